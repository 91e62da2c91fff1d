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
    VH_FUSE_MAX_OUT = 9,   /* candidates a gate chooses between */
    VH_FUSE_ONE = 1 << 10, /* 1 as an input of a gate */
};

/* A gate: a perceptron with one hidden layer (ReLU) and a soft-max, from local statistics to the shares of
 * the candidates. Inputs are Q10. Weights of the hidden layer are Q11, its sums Q21, its outputs Q9 limited
 * to 64; weights of the outputs are Q10, their sums Q19. Sums of a layer must fit 32 bits: the weights of a
 * row may add up to 110 and 60 in magnitude. Matrices are row by row; n_hidden is even, and rows of w1 have
 * n_in rounded up to even, the last one being 0 then. */
struct vh_fuse_gate {
    int n_in, n_hidden, n_out;
    const int16_t *w1; /* n_hidden rows */
    const int32_t *b1; /* Q21 */
    const int16_t *w2; /* n_out rows of n_hidden */
    const int32_t *b2; /* Q19 */
    /* What the inputs and outputs stand for, by the numbers of the user's lists; NULL: all of a list, in its
     * order. Not read by the kernel. */
    const uint8_t *input, *output;
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

    /* dst = (2 a + b) / 3. */
    void (*two_to_one)(int16_t *dst, const int16_t *a, const int16_t *b, int n);

    /* dst = c[0] + sum over k >= 1 of (c[k] - c[0]) * w[k], w being share[k] (Q15, one per cell) linearly
     * interpolated between the middles of cells; the first and last half cell are constant. `cells` is a
     * multiple of 4, of VH_FUSE_LANES samples. */
    void (*blend)(int16_t *dst, const int16_t *const *c, const int16_t *const *share, int k, int cells);

    /* dst[i] = a[i] blended with b[i] by one row of shares; cell = energy of dst[1]. */
    void (*mix)(int16_t *const dst[2], int32_t *cell, const int16_t *const a[2], const int16_t *const b[2],
        const int16_t *share, int cells);

    /* Pulls samples that leave the range of the lines above and below towards it, by what two predictions
     * differ there ((1 2 1) / 4 along the line) beyond `noise`, times the cell's strength (Q15). */
    void (*guard)(int16_t *line, const int16_t *above, const int16_t *below, const int16_t *p0,
        const int16_t *p1, const int16_t *strength, int noise, int n);

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

    /* Rows of cells; `cells` is padded. */
    /* dst = scale * [1 2 1] x [1 2 1] / 16 of three rows of energies. */
    void (*smooth)(
        float *dst, const int32_t *above, const int32_t *here, const int32_t *below, float scale, int cells);

    /* Gate inputs: log2(1 + v) / 2 in Q10, log2 linear between powers of two, v >= 0 being … */
    void (*feature)(int16_t *dst, const float *src, float scale, int cells); /* src * scale */
    void (*smooth_feature)(int16_t *dst, const int32_t *above, const int32_t *here, const int32_t *below,
        float scale, int cells); /* smooth */
    void (*smooth4_feature)(int16_t *dst, const int32_t *const row[4], float scale,
        int cells); /* scale * [1 2 1] x [1 3 3 1] / 32 of four rows */
    void (*between_feature)(int16_t *dst, const float *a, const float *b, const int16_t *share, float scale,
        int cells); /* scale * (a + (b - a) * share), share in Q15 */

    /* Share of the second of two references with error energies a and b: (na)^2 / ((na)^2 + (nb)^2) with
     * na = floor + a, in Q15. */
    void (*share)(int16_t *dst, const float *a, const float *b, float floor, int cells);

    /* dst = a + (b - a) * share, share in Q15. */
    void (*between)(int16_t *dst, const int16_t *a, const int16_t *b, const int16_t *share, int cells);

    /* The gate over a row of cells: in[i] are the inputs, out[k] gets the share of candidate k in Q15. */
    void (*gate)(int16_t *const *out, const int16_t *const *in, const struct vh_fuse_gate *gate, int cells);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_fuse_init(struct vh_dsp_fuse *table, unsigned cpu_flags);

#endif
