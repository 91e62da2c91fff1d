/* Film cadence 3:2: every fifth field repeats the field two before it.
 *
 * q(n) = mean |f(n) - f(n-2)| drops to the noise floor at each repeat. In every group of five successive
 * fields the smallest q votes for its phase when it is clearly below the other four; telecined film votes for
 * one phase nearly always (at least 80 % of the groups), anything else spreads over all five (algorithm D10
 * of the project's notes). Both field orders are tried, since the order is measured independently and a wrong
 * one hides the rhythm. One accumulator per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_CADENCE_H
#define VH_ANALYZE_CADENCE_H

#include "analyze/frame_stats.h"
#include "profile/profile.h"

#include <stdbool.h>

struct vh_cadence_track {
    double group[5]; /* q of the group that is filling */
    int filled;
    int phase[5]; /* votes in this run */
    int agreed;   /* votes for the strongest phase of each finished run */
    int n_groups; /* groups in which something moved, all runs */
};

struct vh_cadence {
    struct vh_cadence_track order[2]; /* as if top first, as if bottom first */
};

/* Adds the next frame; `break_before` starts a new run (the first frame of a run has no difference and is
 * skipped). */
void vh_cadence_add(struct vh_cadence *cadence, const struct vh_frame_stats *stats, bool break_before);

/* Ends the last run. */
void vh_cadence_finish(struct vh_cadence *cadence);

/* Stores scan.cadence and, when it is 3:2, scan.type telecined. VH_OK or the profile's error. */
int vh_cadence_report(const struct vh_cadence *cadence, struct vh_profile *profile);

#endif
