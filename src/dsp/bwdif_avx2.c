/* bwdif compiled for AVX2; bit-identical to plain C. */
#define BWDIF_NAME vh_dsp_bwdif_avx2
#include "bwdif_tables.h"

#include "bwdif_tmpl.h"
