/* Kernels of the motion-compensated fusion (src/restore/restore_fuse.h, docs/algorithms/motion.md).
 *
 * Working samples are 14 bits of the 16 in int16_t (one 8-bit code = 64), so that differences and sums of two
 * fit in 16 bits; products with Q15 factors are rounded as (a * b + 2^14) >> 15. Lines are padded to a
 * multiple of VH_FUSE_LANES samples, the padding repeats the last sample, so no kernel has a tail; 16 samples
 * to the left are readable and repeat the first. Local statistics live on cells of 8 samples of one line:
 * energies are exact integers, everything after is elementwise float in a fixed order, so every SIMD level
 * gives the same bits.
 */
#ifndef VH_DSP_FUSE_H
#define VH_DSP_FUSE_H

#include <stdint.h>

enum {
    VH_FUSE_CELL = 8,        /* samples of a cell */
    VH_FUSE_LANES = 32,      /* lines are padded to a multiple of this */
    VH_FUSE_CELL_LANES = 16, /* rows of cells are padded to a multiple of this */
    VH_FUSE_MAX_IN = 24,     /* inputs of a gate */
    VH_FUSE_MAX_HIDDEN = 16,
    VH_FUSE_MAX_OUT = 9, /* candidates a gate chooses between */
};

/* A gate: a perceptron with one hidden layer (ReLU) and a soft-max, from local statistics to the shares of
 * the candidates. Matrices are row by row. */
struct vh_fuse_gate {
    int n_in, n_hidden, n_out;
    const float *w1, *b1; /* n_hidden x n_in, n_hidden */
    const float *w2, *b2; /* n_out x n_hidden, n_out */
};

struct vh_dsp_fuse {
    /* dst(x) = src(x) >> 2 for x < width, then the last one up to `padded`, and the first one at x = -16 …
     * -1. dst and src may be the same memory. */
    void (*load)(int16_t *dst, const uint16_t *src, int width, int padded);

    /* dst(x) = src(x) limited to 0 … 16383, widened back to 16 bits. */
    void (*store)(uint16_t *dst, const int16_t *src, int width);

    /* What a prediction p leaves of the centre o on the four existing lines around a missing one, e = o - p:
     * dst = (9 (e1 + e2) - e0 - e3) / 16, limited to 14 bits and sign: what can be interpolated of it;
     * low = energy of dst, high = energy of (e1 - e2) / 2: what alternates from line to line. */
    void (*residual)(int16_t *dst, int32_t *low, int32_t *high, const int16_t *const o[4],
        const int16_t *const p[4], int n);

    /* dst = (9 (b + c) - a - d) / 16, limited to 14 bits and sign. */
    void (*cubic)(
        int16_t *dst, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n);

    /* dst = (a + 2 b + c) / 4 of three lines, and the same of the differences a - pa, b - pb, c - pc. */
    void (*tent)(int16_t *dst, const int16_t *a, const int16_t *b, const int16_t *c, int n);
    void (*tent_difference)(int16_t *dst, const int16_t *const o[3], const int16_t *const p[3], int n);

    /* Weston's combination: low vertical frequencies of the own lines l[0 … 3] (17236, -852), high ones of
     * the neighbours' sum z[0 … 4] (5570, -3801, 1016; both / 32768), z in lines two apart. */
    void (*weston)(int16_t *dst, const int16_t *const l[4], const int16_t *const z[5], int n);

    void (*add)(int16_t *dst, const int16_t *a, const int16_t *b, int n);     /* a + b; picture samples */
    void (*mean)(int16_t *dst, const int16_t *a, const int16_t *b, int n);    /* (a + b + 1) >> 1 */
    void (*halve)(int16_t *dst, const int16_t *a, int n);                     /* (a + 1) >> 1, a >= 0 */
    void (*correct)(int16_t *dst, const int16_t *a, const int16_t *b, int n); /* a + b limited to 0 … 16383 */

    /* dst = a + (b - a) * w, w in Q15 per sample. */
    void (*mix)(int16_t *dst, const int16_t *a, const int16_t *b, const int16_t *w, int n);

    /* acc += (c - base) * w. */
    void (*blend)(int16_t *acc, const int16_t *base, const int16_t *c, const int16_t *w, int n);

    /* dst = (1 2 2 2 1) / 8 along the line; src(-2) … src(n + 1) are readable, dst gets its left and right
     * padding too. */
    void (*blur)(int16_t *dst, const int16_t *src, int n);

    /* Energies: sums of (d >> 1)^2 over cells. `curve`: d = a - (b + c) / 2. `wave`: d = ((a + d) - (b + c))
     * / 2. */
    void (*energy)(int32_t *cell, const int16_t *d, int n);
    void (*energy_difference)(int32_t *cell, const int16_t *a, const int16_t *b, int n);
    void (*energy_curve)(int32_t *cell, const int16_t *a, const int16_t *b, const int16_t *c, int n);
    void (*energy_wave)(
        int32_t *cell, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n);

    /* Linear interpolation of values on cells to samples; the first and last half cell are constant. */
    void (*expand)(int16_t *dst, const int16_t *cell, int cells);

    /* Rows of cells; `cells` is padded. */
    /* dst = scale * [1 2 1] x [1 2 1] / 16 of three rows of energies. */
    void (*smooth)(
        float *dst, const int32_t *above, const int32_t *here, const int32_t *below, float scale, int cells);

    /* dst = log2(1 + src * scale) / 2, log2 linear between powers of two. src >= 0. */
    void (*feature)(float *dst, const float *src, float scale, int cells);

    /* Share of the second of two references with error energies a and b: (na)^2 / ((na)^2 + (nb)^2) with
     * na = floor + a, in Q15. */
    void (*share)(int16_t *dst, const float *a, const float *b, float floor, int cells);

    /* dst = (1 - w) a + w b, w = share in Q15. */
    void (*between)(float *dst, const float *a, const float *b, const int16_t *share, int cells);

    /* The gate over a row of cells: in[i] are the inputs, out[k] gets the share of candidate k in Q15. */
    void (*gate)(int16_t *const *out, const float *const *in, const struct vh_fuse_gate *gate, int cells);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_fuse_init(struct vh_dsp_fuse *table, unsigned cpu_flags);

#endif
