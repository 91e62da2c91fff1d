/* Depth kernels compiled for AVX2; bit-identical to plain C (no fused multiply-add). */
#define DEPTH_NAME vh_dsp_depth_avx2
#include "depth_tables.h"

#include "depth_tmpl.h"
