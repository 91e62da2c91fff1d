/* One table of the line registration kernel per instruction set; private to the layer. */
#ifndef VH_DSP_LINE_MATCH_TABLES_H
#define VH_DSP_LINE_MATCH_TABLES_H

#include "dsp/line_match.h"

extern const struct vh_dsp_line_match vh_dsp_line_match_c, vh_dsp_line_match_avx2, vh_dsp_line_match_avx512;

#endif
