/* What follows from other measurements: standard, tape speed, generation.
 *
 * Standard: 576 lines at 25 frames are 625/50, 480 or 486 lines at 29.97 are 525/60, anything else neither.
 * Speed: VHS records luma up to about 3.0 MHz in SP, 2.4 in LP and 1.8 in EP (forward model of
 * docs/algorithms/simulate.md), so a measured corner says which it was, less surely near the middle between
 * two; a corner above 3.4 MHz is no VHS. Generation: each copy narrows luma, adds noise and lowers chroma by
 * half a field line (525) or a whole one (625); the index is the mean of how far each has gone from a good
 * first recording (0) to a third copy (1).
 */
#ifndef VH_ANALYZE_DEDUCTIONS_H
#define VH_ANALYZE_DEDUCTIONS_H

#include "profile/profile.h"

/* Adds standard, tape.speed and generation.index to `profile` as far as what they rest on is known. Pure but
 * for the profile. VH_OK or the profile's error. */
int vh_deduce(struct vh_profile *profile, int n_lines, double frame_rate);

#endif
