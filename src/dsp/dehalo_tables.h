/* The halo kernel's tables, one per instruction set; chosen in dehalo.c. */
#ifndef VH_DSP_DEHALO_TABLES_H
#define VH_DSP_DEHALO_TABLES_H

#include "dsp/dehalo.h"

extern const struct vh_dsp_dehalo vh_dsp_dehalo_c;
extern const struct vh_dsp_dehalo vh_dsp_dehalo_avx2;

#endif
