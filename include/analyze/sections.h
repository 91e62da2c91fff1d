/* Stretches of a tape that are not programme, and where pictures repeat: black, blue, snow, freeze.
 *
 * Frame by frame, from vh_frame_stats (algorithm D12 of the project's notes):
 *   black   95 % of the luma below 24 codes and hardly any spread
 *   blue    a flat field of one saturated colour (recorders show blue without a signal)
 *   snow    noise: large spread, lines of a field not alike, frames not alike
 *   freeze  a frame that is the one before, sample by sample, noise included
 * A stretch shorter than half a second is not reported. One accumulator per stream, frames in order; not
 * thread-safe.
 */
#ifndef VH_ANALYZE_SECTIONS_H
#define VH_ANALYZE_SECTIONS_H

#include "analyze/frame_stats.h"
#include "profile/profile.h"

enum vh_section_kind {
    VH_SECTION_PROGRAMME,
    VH_SECTION_BLACK,
    VH_SECTION_BLUE,
    VH_SECTION_SNOW,
    VH_SECTION_FREEZE,
};

/* What one frame looks like by itself. Pure. */
enum vh_section_kind vh_section_classify(const struct vh_frame_stats *stats);

struct vh_sections {
    enum vh_section_kind kind; /* of the run that is open */
    double start_s, last_s;    /* of that run */
    double frame_s;            /* duration of a frame, seconds */
    int n_frames, n_blank;     /* seen in all; of these not programme */
    bool open;
};

/* Adds the next frame; finished runs of at least half a second go into the profile as sections.
 * `break_before`: time jumped (another probe window), runs end. VH_OK or the profile's error. */
int vh_sections_add(struct vh_sections *sections, const struct vh_frame_stats *stats, double time_s,
    bool break_before, struct vh_profile *profile);

/* Ends the last run. */
int vh_sections_finish(struct vh_sections *sections, struct vh_profile *profile);

#endif
