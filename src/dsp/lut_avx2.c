/* Look-up kernels compiled for AVX2; bit-identical to plain C (no fused multiply-add). */
#define LUT_NAME vh_dsp_lut_avx2
#include "lut_tables.h"

#include "lut_tmpl.h"
