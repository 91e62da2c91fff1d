/* Black, white, setup, clipping and tint of a tape.
 *
 * Levels are read from means over blocks of 16 samples by 8 field lines, of which noise of sigma 7 moves a
 * single one by little more than a code, and which neither halos nor sparks reach. In each frame black
 * starts at the darkest 0.5 % of the blocks and is then centred on the blocks around it (a few steps of mean
 * shift within what the noise of a mean explains), so that a black area gives its own mean and not the low
 * end of its noise; white likewise. A window has the medians of its frames, since flicker lifts single ones.
 * Windows that show the same scene count once. Black of the programme is what several scenes agree on; a tape
 * without dark scenes has no measurable black, and says so by its confidence. Setup: analogue 525-line black
 * at 7.5 IRE that the capture kept, i.e. dark scenes that end at code 32 (16 + 0.075 * 219) instead of 16
 * (algorithm D13 of the project's notes). Clipping: a spike at an end of the range, more than 4 times its
 * neighbours. Tint: mean chroma of samples that are nearly neutral. One accumulator per stream; not
 * thread-safe.
 */
#ifndef VH_ANALYZE_LEVELS_H
#define VH_ANALYZE_LEVELS_H

#include "analyze/frame_stats.h"
#include "profile/profile.h"

enum { VH_LEVELS_WINDOWS = 256, VH_LEVELS_BLOCKS = 16384, VH_LEVELS_FRAMES = 64 };

struct vh_levels {
    int histogram[256]; /* of the window that is open */
    int last[256];      /* of the scene before */
    int total[256];     /* of everything */
    struct vh_level_block {
        float mean;            /* codes */
        float error;           /* variance of the mean, by what its lines differ; codes^2 */
    } block[VH_LEVELS_BLOCKS]; /* of one frame */
    double frame_black[VH_LEVELS_FRAMES], frame_white[VH_LEVELS_FRAMES]; /* of the window that is open */
    int n_looked;
    double black[VH_LEVELS_WINDOWS]; /* per scene */
    double white[VH_LEVELS_WINDOWS];
    int n_windows;
    double chroma[2]; /* sums over nearly neutral samples, less 128 */
    double n_neutral;
};

/* Adds one frame that is programme. */
void vh_levels_add(
    struct vh_levels *levels, const struct vh_frame_stats *stats, const struct vh_image_const *frame);

/* Ends a window. */
void vh_levels_end_window(struct vh_levels *levels);

/* Stores level.black, level.white, level.setup, level.clipped_black, level.clipped_white, chroma.offset_u and
 * _v as far as they were measurable. `n_lines`: frame lines (setup exists on 525-line tapes only). VH_OK or
 * the profile's error. */
int vh_levels_report(const struct vh_levels *levels, int n_lines, struct vh_profile *profile);

#endif
