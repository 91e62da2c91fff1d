/* One table of the kernels of looks per instruction set; private to the layer. */
#ifndef VH_DSP_LINE_LOOK_TABLES_H
#define VH_DSP_LINE_LOOK_TABLES_H

#include "dsp/line_look.h"

extern const struct vh_dsp_line_look vh_dsp_line_look_c, vh_dsp_line_look_avx2;

#endif
