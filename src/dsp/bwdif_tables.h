/* One table of the bwdif kernels per instruction set; private to the layer. */
#ifndef VH_DSP_BWDIF_TABLES_H
#define VH_DSP_BWDIF_TABLES_H

#include "dsp/bwdif.h"

extern const struct vh_dsp_bwdif vh_dsp_bwdif_c, vh_dsp_bwdif_avx2, vh_dsp_bwdif_avx512;

#endif
