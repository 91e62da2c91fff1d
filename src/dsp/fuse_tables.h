/* The fusion kernels' tables, one per instruction set; chosen in fuse.c. */
#ifndef VH_DSP_FUSE_TABLES_H
#define VH_DSP_FUSE_TABLES_H

#include "dsp/fuse.h"

extern const struct vh_dsp_fuse vh_dsp_fuse_c;
extern const struct vh_dsp_fuse vh_dsp_fuse_avx2;
extern const struct vh_dsp_fuse vh_dsp_fuse_avx512;

#endif
