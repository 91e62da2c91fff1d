/* The head-switching band: where, a few lines above the bottom, the picture jumps sideways because the deck
 * changed heads.
 *
 * Each of the last lines of a field is matched with the line above it, shifted by up to 48 samples. In a
 * picture the best shift is near zero; at the switch it is many samples, field after field at the same line.
 * A line that matches nothing above counts when it does not match its own place in the frame before either.
 * Where the utmost of the 12 lines looked at is displaced, six more above it are asked: a tear has an end,
 * the slanted edges of a picture go on. A line of the band is one where that happens in at least half of the
 * fields looked at.
 */
#ifndef VH_ANALYZE_HEAD_SWITCH_H
#define VH_ANALYZE_HEAD_SWITCH_H

#include "frame/image.h"
#include "profile/profile.h"

enum {
    VH_HEAD_SWITCH_LINES = 12
}; /* the band is never thicker: 6.5 +- 1.5 lines before sync, and the blanking */

/* Zero it before the first frame. */
struct vh_head_switch {
    int broken[VH_HEAD_SWITCH_LINES]; /* fields in which the line, counted from the bottom (0 = last), is
                                         displaced */
    int n_fields;
    int n_frames;
    int height; /* of a field */
};

/* Adds a woven frame; every fourth is looked at. `before`: the frame before it, the same size. */
void vh_head_switch_add(
    struct vh_head_switch *head, const struct vh_plane_const *luma, const struct vh_plane_const *before);

/* Stores headswitch.lines (0 when there is no band), .start and .wander. */
int vh_head_switch_report(const struct vh_head_switch *head, struct vh_profile *profile);

#endif
