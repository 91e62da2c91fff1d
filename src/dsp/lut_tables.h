/* The look-up kernels' tables, one per instruction set; chosen in lut.c. */
#ifndef VH_DSP_LUT_TABLES_H
#define VH_DSP_LUT_TABLES_H

#include "dsp/lut.h"

extern const struct vh_dsp_lut vh_dsp_lut_c;
extern const struct vh_dsp_lut vh_dsp_lut_avx2;

#endif
