/* The noise of a tape, apart from what jitter and motion add to it.
 *
 * Blocks of a field and their matches two fields away (evidence/evidence.h) differ by the noise, and, where
 * the picture is not even, by what is left of a displacement: variance = sigma^2 + d^2 G, with G the energy
 * of the slopes and d the rms of jitter and sub-sample motion. Over the blocks of a window, sorted by G into
 * ten classes, the twentieth percentile of each class lies on that line as long as some blocks match; its
 * value at G = 0 is the noise (after the 20th percentile of chi-square for the independent samples of a
 * block). The noise lifts G too, which is taken off again. Medians over the windows. (algorithm D1 of the
 * project's notes; docs/algorithms/measuring.md)
 *
 * One accumulator per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_NOISE_H
#define VH_ANALYZE_NOISE_H

#include "evidence/evidence.h"
#include "profile/profile.h"

enum { VH_NOISE_WINDOWS = 512, VH_NOISE_BLOCKS = 16384, VH_NOISE_LEVELS = 4 };

struct vh_noise_plane {
    struct vh_noise_block *block; /* of the window */
    int n;
    float sigma[VH_NOISE_WINDOWS], correlation[VH_NOISE_WINDOWS];
    float level[VH_NOISE_LEVELS][VH_NOISE_WINDOWS]; /* sigma by brightness */
    int n_windows, n_levels[VH_NOISE_LEVELS];
    long n_blocks; /* in all windows */
};

struct vh_noise {
    struct vh_noise_plane plane[3];
};

/* Adds the field in the middle of `window`. VH_OK or VH_ERR_RESOURCE. Zero the struct before the first. */
int vh_noise_add(struct vh_noise *noise, const struct vh_dsp_block_noise *dsp, const struct vh_window *window,
    const struct vh_motion *motion);

/* Ends a window. `rounding_8bit2`: variance that the input's own steps add (1/12 for 8 bits). */
void vh_noise_end_window(struct vh_noise *noise, double rounding_8bit2);

/* Stores noise.luma, noise.luma.0 to .3, noise.luma.correlation_x and noise.chroma as far as they were
 * measurable. */
int vh_noise_report(const struct vh_noise *noise, struct vh_profile *profile);

void vh_noise_uninit(struct vh_noise *noise);

#endif
