/* bwdif compiled for AVX-512; bit-identical to plain C. */
#define BWDIF_NAME vh_dsp_bwdif_avx512
#include "bwdif_tables.h"

#include "bwdif_tmpl.h"
