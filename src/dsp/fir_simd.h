/* The SIMD levels of dsp/fir.h. */
#ifndef VH_DSP_FIR_SIMD_H
#define VH_DSP_FIR_SIMD_H

#include "dsp/fir.h"

void fir_init_avx2(struct vh_dsp_fir *fir);

#endif
