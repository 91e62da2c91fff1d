/* Kernels of the motion search: search planes, pyramid, and matching of 16 x 8 windows.
 *
 * All planes are 8 bit. Windows may start anywhere; callers guarantee that all samples named here are
 * readable. The search itself uses the sums inline (dsp/match_window.h); here they are for tests. Every
 * kernel is an integer function of its input and gives the same result at every SIMD level; the C versions in
 * match.c are the specification.
 */
#ifndef VH_DSP_MATCH_H
#define VH_DSP_MATCH_H

#include <stddef.h>
#include <stdint.h>

struct vh_dsp_match {
    /* Sum of |a - b| over 16 x 8 samples; at most 32640. */
    int (*sad)(const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, ptrdiff_t b_stride);

    /* Sum of |a - (b + c + 1) / 2| over 16 x 8 samples; b and c share a stride. */
    int (*sad_mean)(
        const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, const uint8_t *c, ptrdiff_t stride);

    /* Four of these at once: out[i] for b[i] and c[i], all with one stride. b[i] == c[i] gives the plain SAD.
     */
    void (*sad_mean4)(const uint8_t *a, ptrdiff_t a_stride, const uint8_t *const b[4],
        const uint8_t *const c[4], ptrdiff_t stride, int out[4]);

    /* Four plain SADs at once: out[i] for b[i]. */
    void (*sad4)(
        const uint8_t *a, ptrdiff_t a_stride, const uint8_t *const b[4], ptrdiff_t stride, int out[4]);

    /* Sum of |a - m| over 16 x 8 samples, m = their mean, rounded to the nearest code. */
    int (*activity)(const uint8_t *a, ptrdiff_t stride);

    /* Sum of |a - b| over `width` samples of one row; width up to 65536. */
    uint32_t (*row_difference)(const uint8_t *a, const uint8_t *b, int width);

    /* One row of the search plane from 16-bit field lines: t = (3 near + far) / 4, then [1 2 1] / 4 along the
     * row with the border repeated. In 12-bit integers: t = 3 (near >> 4) + (far >> 4), then dst = min(65535,
     * t(x-1) + 2 t(x) + t(x+1) + 128) >> 8. `scratch` holds width + 32 values, aligned to 64. */
    void (*search_row)(uint8_t *dst, const uint16_t *near, const uint16_t *far, int width, uint16_t *scratch);

    /* Half-sample rows by (-1, 9, 9, -1) / 16: dst(x) = clip((9 (s1 + s2) - s0 - s3 + 8) >> 4) to 0 … 255.
     * Vertically the four rows are given; horizontally s0 … s3 are src[x - 1 … x + 2]. dst must not overlap.
     */
    void (*half_vertical)(
        uint8_t *dst, const uint8_t *s0, const uint8_t *s1, const uint8_t *s2, const uint8_t *s3, int width);
    void (*half_horizontal)(uint8_t *dst, const uint8_t *src, int width);

    /* One row of the next pyramid level: dst(x) = (r0(2x) + r0(2x+1) + r1(2x) + r1(2x+1) + 2) >> 2. */
    void (*shrink_row)(uint8_t *dst, const uint8_t *r0, const uint8_t *r1, int width);
};

/* Fills the table for the given enum vh_cpu_flag set. Thread-safe. */
void vh_dsp_match_init(struct vh_dsp_match *dsp, unsigned cpu_flags);

/* Overrides entries with this instruction set's versions; called by vh_dsp_match_init. */
void vh_dsp_match_init_avx2(struct vh_dsp_match *dsp);

#endif
