/* The versions of dsp/line_sum.h; private to the layer. */
#ifndef VH_DSP_LINE_SUM_TABLES_H
#define VH_DSP_LINE_SUM_TABLES_H

#include "dsp/line_sum.h"

/* Samples x0 … n - 1. */
static inline void line_sum_from(uint16_t *dst, const uint16_t *const src[VH_LINE_SUM_TAPS],
    const int16_t coef[VH_LINE_SUM_TAPS], int x0, int n)
{
    for (int x = x0; x < n; x++) {
        int32_t sum = VH_LINE_SUM_ONE / 2;
        for (int t = 0; t < VH_LINE_SUM_TAPS; t++)
            sum += coef[t] * (src[t][x] - 32768);
        int32_t v = (sum >> 14) + 32768;
        dst[x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
}

extern const struct vh_dsp_line_sum vh_dsp_line_sum_avx2;

#endif
