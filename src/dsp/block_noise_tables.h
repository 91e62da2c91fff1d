/* Versions of the noise kernels; private to the layer. */
#ifndef VH_DSP_BLOCK_NOISE_TABLES_H
#define VH_DSP_BLOCK_NOISE_TABLES_H

#include "dsp/block_noise.h"

extern const struct vh_dsp_block_noise vh_dsp_block_noise_avx2;

#endif
