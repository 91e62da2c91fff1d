/* The comparison kernels compiled for AVX2; bit-identical to plain C. */
#define SCORE_NAME vh_dsp_score_avx2
#include "score_tables.h"

#include "score_tmpl.h"
