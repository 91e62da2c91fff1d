/* A line made twice as long by a kernel of a few taps: the most common enlargement there is (720 samples to
 * 1440), in which all even samples share one set of taps and all odd ones another.
 *
 * Coefficients are 1/16384 as in zimg's integer resampler, sums are rounded to the nearest and limited to 16
 * bits. Integers, so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_DOUBLE_LINE_H
#define VH_DSP_DOUBLE_LINE_H

#include <stdint.h>

enum {
    VH_DOUBLE_ONE = 16384,
    VH_DOUBLE_TAPS = 6,   /* an even number; unused ones are 0. Their magnitudes may add up to 1.9 */
    VH_DOUBLE_SLACK = 32, /* samples readable and writable behind a line */
};

struct vh_dsp_double_line {
    /* dst[2 i + k] = sum over t of coef[k][t] * src[i + at[k] + t], i < width, as unsigned samples; src is
     * signed (minus 32768), with VH_DOUBLE_SLACK samples readable behind the last one that counts. dst has 2
     * * width samples. */
    void (*run)(
        uint16_t *dst, const int16_t *src, int width, const int16_t coef[2][VH_DOUBLE_TAPS], const int at[2]);
};

/* Fills the table with the best version for `cpu_flags`. Thread-safe. */
void vh_dsp_double_line_init(struct vh_dsp_double_line *table, unsigned cpu_flags);

#endif
