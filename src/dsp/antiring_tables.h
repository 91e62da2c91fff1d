/* The anti-ringing kernels' tables, one per instruction set; chosen in antiring.c. */
#ifndef VH_DSP_ANTIRING_TABLES_H
#define VH_DSP_ANTIRING_TABLES_H

#include "dsp/antiring.h"

extern const struct vh_dsp_antiring vh_dsp_antiring_c;
extern const struct vh_dsp_antiring vh_dsp_antiring_avx2;

#endif
