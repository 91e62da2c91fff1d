/* One table of the simulator's line kernels per instruction set; private to the layer. */
#ifndef VH_DSP_TAPE_LINES_TABLES_H
#define VH_DSP_TAPE_LINES_TABLES_H

#include "dsp/tape_lines.h"

extern const struct vh_dsp_tape_lines vh_dsp_tape_lines_c, vh_dsp_tape_lines_avx2, vh_dsp_tape_lines_avx512;

#endif
