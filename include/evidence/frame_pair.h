/* What two successive frames of a tape tell about time: how much changed in each field, and which field is
 * the earlier one.
 *
 * Everything is measured on a reduced plane of luma: two samples side by side are averaged (which halves the
 * power of white noise and the work), all lines are kept, because the fields of a frame are told apart by
 * them. The outer sixteenth of the picture is left out, and twelve lines at the bottom: borders and head
 * switching are not motion.
 *
 * Order. Of three fields t(n), b(n), t(n+1) in the order of time the middle one lies between its neighbours
 * in motion too; the mean squared second difference |2 b(j) - t(j) - t(j+1)|^2 over moving blocks is small
 * for the true order and large for the other (algorithm D9 of the project's notes,
 * docs/algorithms/timeline.md).
 *
 * Pure functions; thread-safe; integers inside, so results do not depend on threads or instruction sets.
 */
#ifndef VH_EVIDENCE_FRAME_PAIR_H
#define VH_EVIDENCE_FRAME_PAIR_H

#include "frame/image.h"

struct vh_frame_pair {
    float difference[2]; /* mean |b - a| of the top and the bottom fields, 8-bit codes */
    float order;         /* ln(E bottom first / E top first): positive = top field first; 0 = nothing moves */
    int n_moving;        /* blocks that voted on it */
};

/* Samples of a reduced line: half of them from 512 samples on, else all. */
int vh_frame_pair_width(int width);

/* Reduces the luma plane `from` into `to` (vh_frame_pair_width wide, same height). */
void vh_frame_pair_reduce(const struct vh_plane_const *from, const struct vh_plane *to);

/* Compares two successive reduced woven planes of the same size, the earlier one first. Planes below 32 x 32
 * give zeros. */
void vh_frame_pair_measure(
    struct vh_frame_pair *pair, const struct vh_plane_const *a, const struct vh_plane_const *b);

#endif
