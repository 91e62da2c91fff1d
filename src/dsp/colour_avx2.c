/* Colour kernels compiled for AVX2; bit-identical to plain C (no fused multiply-add). */
#define COLOUR_NAME vh_dsp_colour_avx2
#include "colour_tables.h"

#include "colour_tmpl.h"
