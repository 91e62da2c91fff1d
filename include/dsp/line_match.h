/* Kernel of line registration: how far a line lies from its prediction, as the sums of a weighted least
 * squares fit.
 *
 * With d = own - prediction and g the mean slope of both (the slope half-way, so that the linear model is
 * right to second order), a line that shows the prediction moved, own(x) = P(x + s), has d = s g. Samples
 * that differ by more than displacement explains count less: w = 1 / (1 + d^2 k). Values are 8-bit codes as
 * float. Sums run in 16 fixed lanes that are added in order, so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_LINE_MATCH_H
#define VH_DSP_LINE_MATCH_H

#include <stdint.h>

struct vh_line_match {
    float gd, gg, dd, w; /* sums of w g d, w g^2, w d^2 and w */
};

struct vh_dsp_line_match {
    /* The sums over samples 0 … n - 1, n >= 1; samples -1 and n of both lines are read too. k >= 0. */
    void (*sums)(struct vh_line_match *sums, const uint16_t *own, const uint16_t *prediction, int n, float k);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_line_match_init(struct vh_dsp_line_match *table, unsigned cpu_flags);

#endif
