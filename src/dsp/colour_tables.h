/* The colour kernels' tables, one per instruction set; chosen in colour.c. */
#ifndef VH_DSP_COLOUR_TABLES_H
#define VH_DSP_COLOUR_TABLES_H

#include "dsp/colour_kernels.h"

extern const struct vh_dsp_colour vh_dsp_colour_c;
extern const struct vh_dsp_colour vh_dsp_colour_avx2;

#endif
