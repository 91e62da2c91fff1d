/* Black, white, setup, clipping and tint of a tape.
 *
 * One histogram per probe window (about one second, so one scene or two). Black of the programme is the
 * darkest 0.5 % that several windows agree on, white the brightest 99.5 % likewise; a tape without dark
 * scenes has no measurable black, and says so by its confidence. Setup: analogue 525-line black at 7.5 IRE
 * that the capture kept, i.e. dark scenes that end at code 32 (16 + 0.075 * 219) instead of 16 (algorithm D13
 * of the project's notes). Clipping: a spike at an end of the range, more than 4 times its neighbours. Tint:
 * mean chroma of samples that are nearly neutral. One accumulator per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_LEVELS_H
#define VH_ANALYZE_LEVELS_H

#include "analyze/frame_stats.h"
#include "profile/profile.h"

enum { VH_LEVELS_WINDOWS = 256 };

struct vh_levels {
    int histogram[256];              /* of the window that is open */
    int total[256];                  /* of everything */
    double black[VH_LEVELS_WINDOWS]; /* 0.5 percentile per window */
    double white[VH_LEVELS_WINDOWS]; /* 99.5 percentile per window */
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
