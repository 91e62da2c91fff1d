/* One table of the comparison kernels per instruction set; private to the layer. */
#ifndef VH_DSP_SCORE_TABLES_H
#define VH_DSP_SCORE_TABLES_H

#include "dsp/score.h"

extern const struct vh_dsp_score vh_dsp_score_c, vh_dsp_score_avx2, vh_dsp_score_avx512;

#endif
