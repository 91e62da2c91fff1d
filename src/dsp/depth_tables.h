/* The depth kernels' tables, one per instruction set; chosen in depth.c. */
#ifndef VH_DSP_DEPTH_TABLES_H
#define VH_DSP_DEPTH_TABLES_H

#include "dsp/depth.h"

extern const struct vh_dsp_depth vh_dsp_depth_c;
extern const struct vh_dsp_depth vh_dsp_depth_avx2;

#endif
