/* Filters along a line and across lines with integer coefficients: what the linear repairs (shifts, echo
 * inverse, equaliser, low-pass) are made of.
 *
 * Coefficients are 1/4096 (VH_FIR_ONE = 1.0), so that a product of a sample and all coefficients fits 32 bits
 * as long as the sum of their absolute values stays at or below VH_FIR_MAX_SUM. Integer arithmetic: every
 * SIMD level gives the same bits. Kernels neither allocate nor check.
 */
#ifndef VH_DSP_FIR_H
#define VH_DSP_FIR_H

#include <stdint.h>

enum {
    VH_FIR_ONE = 4096,          /* coefficient 1.0 */
    VH_FIR_MAX_SUM = 15 * 4096, /* largest sum of |coefficient| */
    VH_FIR_MAX_TAPS = 64,
    VH_FIR_SLACK = 32, /* samples readable behind what `row` needs */
};

struct vh_dsp_fir {
    /* Copies `width` samples to dst[before …] as signed samples (minus 32768) and repeats the first and the
     * last one `before` and `after` times. dst holds before + width + after + VH_FIR_SLACK samples. */
    void (*load)(int16_t *dst, const uint16_t *src, int width, int before, int after);

    /* dst[x] = sum over t of coef[t] * src[x + t], rounded, as unsigned samples; t < n_taps, n_taps even
     * (fill with a zero), at most VH_FIR_MAX_TAPS. src comes from `load`: width + n_taps + VH_FIR_SLACK
     * samples are read at most. The centre tap is the caller's business (its `before`). */
    void (*row)(uint16_t *dst, const int16_t *src, int width, const int16_t *coef, int n_taps);

    /* dst[x] = sum over t of coef[t] * src[t][x], rounded; n_taps even. Lines may be the same one. */
    void (*col)(uint16_t *dst, const uint16_t *const *src, int width, const int16_t *coef, int n_taps);

    /* Holds dst[x] within the range of src[x … x + 16] (VH_FIR_LIMIT_SPAN samples, from `load`, so 8 on
     * either side when src starts 8 samples before the line), widened on both sides by margin / 65536 of
     * itself (0 to 65535): what a sharpener adds far beyond what is around is ringing. */
    void (*limit)(uint16_t *dst, const int16_t *src, int width, int margin);
};

enum { VH_FIR_LIMIT_SPAN = 17 };

void vh_dsp_fir_init(struct vh_dsp_fir *fir, unsigned cpu_flags);

/* ---- design: plain C, double precision, the same everywhere ---- */

/* Rounds n taps to coefficients whose sum is exactly `sum` times 4096; what rounding leaves goes to the
 * largest tap. */
void vh_fir_quantise(int16_t *coef, const double *tap, int n, double sum);

/* Taps that give the value `at` samples right of src[n / 2 - 1] (0 <= at <= 1): Kaiser-windowed sinc, n even
 * (4 to 16). Sum 1. */
void vh_fir_fraction(double *tap, int n, double at);

#endif
