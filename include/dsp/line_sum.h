/* Sums of lines by taps: what resampling downwards is made of.
 *
 * Coefficients are 1/16384 as in zimg's integer resampler, sums are rounded to the nearest and limited to 16
 * bits. Integers, so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_LINE_SUM_H
#define VH_DSP_LINE_SUM_H

#include <stdint.h>

enum {
    VH_LINE_SUM_ONE = 16384,
    VH_LINE_SUM_TAPS = 6, /* an even number; unused ones are 0. Their magnitudes may add up to 1.9 */
};

struct vh_dsp_line_sum {
    /* dst[x] = sum over t of coef[t] * src[t][x], x < n. Lines may be the same one; dst is none of them. */
    void (*run)(uint16_t *dst, const uint16_t *const src[VH_LINE_SUM_TAPS],
        const int16_t coef[VH_LINE_SUM_TAPS], int n);
};

/* Fills the table with the best version for `cpu_flags`. Thread-safe. */
void vh_dsp_line_sum_init(struct vh_dsp_line_sum *table, unsigned cpu_flags);

#endif
