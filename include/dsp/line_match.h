/* Kernels of line registration: how far a line lies from its prediction, as the sums of a weighted least
 * squares fit.
 *
 * With d = own - prediction and g the mean slope of both (the slope half-way, so that the linear model is
 * right to second order), a line that shows the prediction moved, own(x) = P(x + s), has d = s g. Samples
 * that differ by more than the displacement known so far explains, r = d - known * g, count less, by Tukey's
 * biweight: w = (1 - (r / reach)^2)^2, 0 beyond. All is in integers (samples with 12 bits, weights in Q15),
 * so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_LINE_MATCH_H
#define VH_DSP_LINE_MATCH_H

#include <stdint.h>

struct vh_line_match {
    float gd, gg, dd, w; /* sums of w g d, w g^2, w d^2 and w; 8-bit codes */
};

enum {
    VH_LINE_MATCH_ONE = 16,       /* units of `reach` in an 8-bit code */
    VH_LINE_MATCH_SAMPLE = 16384, /* units of `known` in a sample */
    VH_LINE_MATCH_BLOCK = 16,     /* samples */
};

struct vh_dsp_line_match {
    /* The sums over samples 0 … n - 1, n >= 1; samples -1 and n of both lines are read too. `reach`: 16 to
     * 2047 sixteenths of a code; `known`: -16384 to 16384, of 1 / VH_LINE_MATCH_SAMPLE samples. `skip`
     * samples (a multiple of 16) are left out behind every 16, where a rough answer will do. */
    void (*sums)(struct vh_line_match *sums, const uint16_t *own, const uint16_t *prediction, int n,
        int reach, int known, int skip);

    /* cost[b] = sum over block b of VH_LINE_MATCH_BLOCK samples of |own - want|, each at most `limit`. */
    void (*blocks)(uint32_t *cost, const uint8_t *own, const uint8_t *want, int n_blocks, int limit);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_line_match_init(struct vh_dsp_line_match *table, unsigned cpu_flags);

#endif
