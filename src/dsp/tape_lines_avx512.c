/* The simulator's line kernels compiled for AVX512; bit-identical to plain C (no fused multiply-add). */
#define TAPE_LINES_NAME vh_dsp_tape_lines_avx512
#include "tape_lines_tables.h"

#include "tape_lines_tmpl.h"
