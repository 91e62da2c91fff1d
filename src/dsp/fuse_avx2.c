/* Fusion kernels for AVX2: the template, compiled for it, with what is done by hand. */
#define FUSE_NAME vh_dsp_fuse_avx2
#include "fuse_tables.h"

#include "fuse_simd.h"
#include "fuse_tmpl.h"
