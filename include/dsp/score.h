/* Kernels of picture comparison: sums over lines of 16-bit samples.
 *
 * Integer sums are exact. The SSIM kernels work in double on integers below 2^53, so their sums are exact
 * too, and the quotient is computed per window with the same operations at every level: all levels give the
 * same bits. n >= 1; no alignment needed.
 */
#ifndef VH_DSP_SCORE_H
#define VH_DSP_SCORE_H

#include <stdint.h>

/* Sums over blocks of 4x4 samples of two pictures, one entry per block. */
struct vh_score_blocks {
    double *a, *b;   /* Σ a, Σ b */
    double *squares; /* Σ a² + Σ b² */
    double *product; /* Σ a b */
};

struct vh_dsp_score {
    /* Σ (a[i] - b[i])². */
    uint64_t (*sse)(const uint16_t *a, const uint16_t *b, int n);

    /* Sums of n blocks over four lines of each picture; a[k] and b[k] are the lines, 4 n samples are read. */
    void (*ssim_blocks)(
        const struct vh_score_blocks *dst, const uint16_t *const a[4], const uint16_t *const b[4], int n);

    /* SSIM of n windows of 8x8 samples, each of blocks i and i + 1 of two rows of blocks; reads n + 1 blocks.
     * c1 and c2 are the constants as they stand beside sums of 64 samples (metric/metric.h). */
    void (*ssim_windows)(double *dst, const struct vh_score_blocks *upper,
        const struct vh_score_blocks *lower, double c1, double c2, int n);

    /* Adds to sum[0] and sum[1] the combing of pictures a and b, to sum[2] the part by which b exceeds a: per
     * sample c = max(0, |2 mid - up - down| - |up - down| - threshold) with line[0] = up, line[1] = mid,
     * line[2] = down. */
    void (*combing)(
        uint64_t sum[3], const uint16_t *const a[3], const uint16_t *const b[3], int threshold, int n);

    /* Σ |(b1[i] - a1[i]) - (b0[i] - a0[i])|. */
    uint64_t (*flicker)(
        const uint16_t *a0, const uint16_t *a1, const uint16_t *b0, const uint16_t *b1, int n);
};

/* Fills the table with the best versions for `cpu_flags` (core/cpu.h; 0 = plain C). Thread-safe. */
void vh_dsp_score_init(struct vh_dsp_score *table, unsigned cpu_flags);

#endif
