/* What one field tells together with its motion: noise, brightness against its neighbours, repeats and cuts.
 *
 * Measured from the window and the motion of one centre field, nothing else: a pure function, so that chunks,
 * threads and the order of fields do not matter. `analyze` aggregates it over a tape, `restore` acts on it.
 *
 * Noise. Between fields of the same parity, blocks whose vector is a whole number of samples and field lines
 * differ by the noise of both and by what the vector does not explain; no interpolation smooths anything. The
 * variance of the difference of a block, halved, is at least the noise; the 20th percentile over the picture
 * (algorithms D1), divided by the 20th percentile of chi-square for the number of independent samples in a
 * block, estimates it. That number follows from the correlation along the line, for the noise of tapes is far
 * from white. Blocks near black or white are left out as long as there are others: they clip the noise, or
 * are borders made by the capture.
 */
#ifndef VH_EVIDENCE_EVIDENCE_H
#define VH_EVIDENCE_EVIDENCE_H

#include "dsp/block_noise.h"
#include "frame/window.h"
#include "motion/motion.h"

#include <stdbool.h>

struct vh_evidence {
    /* Standard deviation of the noise in 8-bit codes: Y, Cb, Cr; and the number of blocks it rests on (0: not
     * known, sigma is 0). Below MIN_BLOCKS in evidence.c even blocks with fractions of a sample are used. */
    float sigma_8bit[VH_MAX_PLANES];
    int n_blocks[VH_MAX_PLANES];

    /* The centre's luma is gain * neighbour's, by the medians of blocks of n-1 and n+1 along the dominant
     * motion, about black; 1 where there is no neighbour. */
    float gain[2];

    /* n-1 or n+1 belongs to another scene, or is missing; a step of brightness that leaves most blocks
     * without a match is none. */
    bool cut_before, cut_after;
    bool repeat; /* the field is a digital copy of n-2, noise included */
};

/* Measures. motion may be NULL (then only zeros come). Pure; thread-safe; 0.45 ms for 720 x 576. */
void vh_evidence_measure(struct vh_evidence *evidence, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *motion);

/* What one block of a plane differs from its match in n-2 or n+2 by. */
struct vh_noise_block {
    float variance; /* of the difference, halved: noise and whatever the match does not explain; codes^2 */
    float
        gradient; /* energy of the horizontal and vertical slope of the mean of both, codes^2 per sample^2 */
    float lag;    /* correlation of the difference between neighbours along the line */
    float level;  /* mean, codes */
    bool exact;   /* the vector is whole samples and lines: nothing was rounded */
};

/* The blocks of plane p of the centre of `window` against n-2 and n+2, at most `max` of them spread over the
 * picture; returns how many. Pure; thread-safe. */
int vh_evidence_blocks(const struct vh_dsp_block_noise *dsp, const struct vh_window *window,
    const struct vh_motion *motion, int p, struct vh_noise_block *block, int max);

#endif
