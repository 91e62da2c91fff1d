/* The versions of dsp/double_line.h; private to the layer. */
#ifndef VH_DSP_DOUBLE_LINE_TABLES_H
#define VH_DSP_DOUBLE_LINE_TABLES_H

#include "dsp/double_line.h"

void double_line_c(
    uint16_t *dst, const int16_t *src, int width, const int16_t coef[2][VH_DOUBLE_TAPS], const int at[2]);
extern const struct vh_dsp_double_line vh_dsp_double_line_avx2;

#endif
