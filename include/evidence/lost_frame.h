/* Whether frames are missing between two others, by their motion.
 *
 * Fields of one parity (or whole pictures) of four frames are compared: two before the place in question, two
 * behind it. The motion between the two on each side is the speed of everything just before and just behind;
 * across the place everything moves by the same vector when nothing is missing, and by n + 1 times that
 * vector when n frames are. The factor is asked of every block by itself and has to be the same nearly
 * everywhere; a camera that jerks, or one object that starts to move, does not multiply all motion by one
 * whole number and then go on as before. Where everything moves alike but slowly the mean vectors are
 * compared, which are finer than a block's. (Fields of both parities would give more vectors, but a match
 * between them is off by up to half a line on soft tapes, which is as much as slow motion.)
 *
 * A frame takes both its fields along, while a field that jumped (evidence/bounce.h) stands alone: where the
 * top fields tell of a loss the bottom ones are asked too, and when their motion just goes on nothing is
 * missing.
 *
 * A loss in a scene that stands still cannot be seen, nor one across a cut.
 * (algorithm D11 of the project's notes; figures in docs/algorithms/timeline.md)
 */
#ifndef VH_EVIDENCE_LOST_FRAME_H
#define VH_EVIDENCE_LOST_FRAME_H

#include "frame/image.h"
#include "motion/search.h"

#include <stdbool.h>

enum { VH_LOST_MOST = 4 }; /* frames missing in one place that can be counted */

struct vh_lost_frame {
    int n_lost;       /* 0 = nothing is missing, or it cannot be told */
    float confidence; /* share of the moving blocks that agree, 0 to 1; 0 with n_lost 0 */
    bool cut;         /* the two sides are different scenes */
};

/* The question. Planes are reduced woven frames (evidence/frame_pair.h) of the size of the search. */
struct vh_lost_frame_job {
    struct vh_motion_search *search; /* reset and used; speed NORMAL, keep of at least 8, any_order */
    bool whole;                      /* progressive: whole pictures are compared, not their top fields */
    /* [0] next to the gap, [1] one further; different pictures, not copies. */
    struct vh_plane_const before[2], behind[2];
};

/* Measures. VH_OK or an error of the motion search. */
int vh_lost_frame_measure(struct vh_lost_frame *lost, const struct vh_lost_frame_job *job);

#endif
