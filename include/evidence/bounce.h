/* Whether a field stands higher or lower, or further aside, than its neighbours say: frame bounce.
 *
 * A wrong vertical sync moves a whole field by a few lines against the fields before and after it; a camera
 * moves all fields, and smoothly. Fields of one parity are compared, so lines meet lines: the sums of each
 * line over eight upright strips are matched between the centre and n-4, n-2, n+2, n+4. What a strip shows
 * may move by itself: its own course is the straight line that at least three of its four neighbours lie on.
 * The centre bounced when most strips, three at least, lie off their courses by the same half line or more.
 * Elsewhere (cuts, shaking, the ends, patterns that repeat) nothing is said. (docs/algorithms/bounce.md)
 *
 * Sideways the same is done with the sums of pairs of columns over eight lying strips: a field whose lines
 * all stand aside by a sample or more, which a wrong start of the line after a vertical sync does.
 *
 * Pure; thread-safe.
 */
#ifndef VH_EVIDENCE_BOUNCE_H
#define VH_EVIDENCE_BOUNCE_H

#include "frame/window.h"

#include <stdbool.h>

struct vh_bounce {
    bool known;  /* the neighbours agree on where the centre should stand */
    float lines; /* how many lines of the field the centre stands too low; 0 = it does not bounce */
    float px;    /* how many luma samples it stands too far to the right; 0 = it does not */
};

/* Looks at luma of the centre and of the fields of its parity; about 0.4 ms for 720 x 576. */
struct vh_bounce vh_bounce_measure(const struct vh_window *window);

#endif
