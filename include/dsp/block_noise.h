/* Kernels of the noise measurement (evidence/evidence.h): a block of 16 x 8 samples of two planes.
 *
 * Samples are taken with 12 bits; all sums are of integers, so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_BLOCK_NOISE_H
#define VH_DSP_BLOCK_NOISE_H

#include <stddef.h>
#include <stdint.h>

enum { VH_NOISE_BLOCK_W = 16, VH_NOISE_BLOCK_H = 8 };

/* Sums over a block, d being a - b: of d, of d^2, of d times its left neighbour (where both are in the
 * block), and of a. */
struct vh_block_noise {
    int64_t sum, square, lag, level;
};

struct vh_dsp_block_noise {
    void (*compare)(struct vh_block_noise *sums, const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
        ptrdiff_t b_stride);

    /* Sum over lines 1 … 6 of (above - 2 here + below)^2. */
    int64_t (*vertical)(const uint16_t *a, ptrdiff_t stride);
};

void vh_dsp_block_noise_init(struct vh_dsp_block_noise *dsp, unsigned cpu_flags);

#endif
