/* How far the top of the picture leans: evidence/line_edge.h over a tape.
 *
 * Fields of frames spread over the window are looked at; the reported bend is the median of groups of eight
 * fields, its confidence the share of groups that agree within half a sample and a fifth. Without blanking on
 * both sides nothing is reported.
 */
#ifndef VH_ANALYZE_FLAGGING_H
#define VH_ANALYZE_FLAGGING_H

#include "evidence/line_edge.h"
#include "profile/profile.h"

enum { VH_FLAGGING_GROUPS = 32, VH_FLAGGING_FIELDS = 8 };

/* One tape being measured; zero = new. */
struct vh_flagging {
    struct vh_line_edges edges[VH_FLAGGING_FIELDS]; /* of the group at hand */
    int n_edges, n_frames, n_groups, n_tried;
    float top[VH_FLAGGING_GROUPS], noise[VH_FLAGGING_GROUPS];
};

/* Looks at every second woven frame. */
void vh_flagging_add(struct vh_flagging *flagging, const struct vh_plane_const *luma);

/* Stores flagging when edges were seen. VH_OK or the profile's error. */
int vh_flagging_report(struct vh_flagging *flagging, struct vh_profile *profile);

#endif
