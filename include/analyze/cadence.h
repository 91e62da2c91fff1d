/* Scan type and film cadence, stretch by stretch.
 *
 * The tape is looked at in stretches of 15 frames (30 fields). In each:
 *   3:2          every fifth field repeats the field two before it: q(n) = mean |f(n) - f(n-2)| is smallest
 * at one phase of five in at least three quarters of the groups of five fields (algorithm D10 of the
 * project's notes); both field orders are tried, since a wrong one hides the rhythm; and the votes of the
 * frame pairs are those of whole pictures (analyze/scan.h) shifted 2:2  the pairs' votes say that a picture
 * lies in the last field of one frame and the first of the next progressive  nine tenths of the votes say
 * that both fields of a frame are one instant interlaced   anything else that moves One kind in at least 85 %
 * of the stretches is the tape's; two kinds with a fifth each make it mixed. A tape is called progressive
 * only when hardly any pair says interlaced: the mistake would comb. Film at 25 pictures per second whose
 * frames hold one picture each (2:2 in phase) is progressive, with no cadence.
 *
 * One accumulator per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_CADENCE_H
#define VH_ANALYZE_CADENCE_H

#include "analyze/frame_stats.h"
#include "analyze/scan.h"
#include "profile/profile.h"

#include <stdbool.h>

enum vh_cadence_kind {
    VH_CADENCE_INTERLACED,
    VH_CADENCE_PROGRESSIVE,
    VH_CADENCE_SHIFTED,
    VH_CADENCE_FILM,
    VH_CADENCE_KINDS,
};

/* The rhythm of one stretch under one field order. */
struct vh_cadence_track {
    double group[5]; /* q of the group that is filling */
    int filled;
    int phase[5]; /* groups whose repeat is there */
    int n_groups; /* groups in which something moved */
};

struct vh_cadence {
    struct vh_cadence_track order[2]; /* as if top first, as if bottom first */
    int n_frames;                     /* in the stretch */
    int votes[VH_SCAN_VOTES];         /* in the stretch */
    int all_votes[VH_SCAN_VOTES];     /* in all */
    int stretches[VH_CADENCE_KINDS];
};

/* Adds the next frame with what it says against the frame before; `break_before` starts a new run (the first
 * frame of a run says nothing). */
void vh_cadence_add(struct vh_cadence *cadence, const struct vh_frame_stats *stats, enum vh_scan_vote vote,
    bool break_before);

/* Ends the last stretch. */
void vh_cadence_finish(struct vh_cadence *cadence);

/* Stores scan.type and scan.cadence; nothing when nothing moved. VH_OK or the profile's error. */
int vh_cadence_report(const struct vh_cadence *cadence, struct vh_profile *profile);

#endif
