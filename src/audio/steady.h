/* What stands still in a stream of complex vectors while everything else moves: the buzz among the fields of
 * a programme, the hum among its hops.
 *
 * Frames (vectors of n complex values) come at a steady pace. Value h is modelled as E_h plus programme, E_h
 * constant over a window of some seconds except for a slow turn by h (theta u + bend u^2), u in blocks, that
 * all values share (a clock that is off and drifts). The programme is neither white nor steady, so the mean
 * is weighted, and formed from several smoothings of the same stream at once (1 to 101 frames, cos^2):
 * between words the single frame is clean, beside a held note only the long average is, and each sample x
 * counts by 1 / (e + d), d being the mean of |x - E|^2 around it. E and d are found in turns (iteratively
 * reweighted least squares, as in P. Huber, Robust Statistics, 1981), theta by maximising sum_h |sum_b num_bh
 * exp(-j h theta b)|^2 / den_h over the blocks b of the window. docs/algorithms/sound.md has the figures.
 *
 * Nothing is thread-safe; memory is the window. */
#ifndef VH_AUDIO_STEADY_H
#define VH_AUDIO_STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct vh_steady_config {
    int n;            /* values of a frame; value 0 is ignored */
    int block;        /* frames of one block, at least 8 */
    int n_blocks;     /* of a window, at least 2 */
    int n_scales;     /* smoothings used: 1, 5, 15, 41, 101 frames; 1 to 5 */
    double turn_most; /* greatest |theta|, radians per block; 0 = none is looked for */
    double turn_step; /* first grid of theta; times the highest value that matters and the window: below a
                         radian */
    double bend_most; /* greatest |bend|, radians per block^2; 0 = none is looked for */
    bool follow;  /* turn the frames back by the clock as it is found: for clocks that turn within a block */
    double least; /* e: power below any programme */
};

struct vh_steady;

/* VH_OK or VH_ERR_RESOURCE with *steady NULL. */
int vh_steady_create(struct vh_steady **steady, const struct vh_steady_config *config);
void vh_steady_destroy(struct vh_steady **steady);

/* The next frame; `known` false: it says nothing (muted sound). */
void vh_steady_push(struct vh_steady *steady, const float *re, const float *im, bool known);

/* No more frames come. */
void vh_steady_end(struct vh_steady *steady);

/* An estimate for one block of frames: E under the windows around the block's beginning and its end, both
 * turned to its middle. */
struct vh_steady_block {
    float *re[2], *im[2]; /* caller's, n values each */
    double turn, bend;    /* of value 1 there: radians per block, and per block^2 */
    int64_t first;        /* frame it begins with */
    int n;                /* frames in it */
};

/* Fills *block for the next block and returns true when its window is complete: half a window behind what was
 * pushed, a whole one at first. Read all there is after every push; the frames of a window and three blocks
 * are kept. */
bool vh_steady_read(struct vh_steady *steady, struct vh_steady_block *block);

/* Frame k, of the block read last or later; true when it was known. When the clock is followed it is turned
 * back, like the estimates, by h * vh_steady_angle: turn both that far to get what was pushed. */
bool vh_steady_frame(const struct vh_steady *steady, int64_t k, const float **re, const float **im);
double vh_steady_angle(const struct vh_steady *steady, int64_t k);

#endif
