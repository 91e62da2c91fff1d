/* The transient kernel's tables, one per instruction set; chosen in transient.c. */
#ifndef VH_DSP_TRANSIENT_TABLES_H
#define VH_DSP_TRANSIENT_TABLES_H

#include "dsp/transient.h"

extern const struct vh_dsp_transient vh_dsp_transient_c;
extern const struct vh_dsp_transient vh_dsp_transient_avx2;

#endif
