/* Fusion kernels for AVX-512: the template, compiled for it, with what is done by hand for 256 bits. */
#define FUSE_NAME vh_dsp_fuse_avx512
#include "fuse_tables.h"

#include "fuse_simd.h"
#include "fuse_tmpl.h"
