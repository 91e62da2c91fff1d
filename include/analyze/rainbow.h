/* Rainbows: fine luma that a decoder took for colour, and that changes its sign with the carrier.
 *
 * The carrier of colour is at the opposite phase one frame later in 525 lines and two frames later in 625
 * (ITU-R BT.470), so colour that came from a standing luma pattern alternates with that step and real colour
 * does not. Pieces of a line of four frames that step apart, c0 to c3, whose luma stands still and has
 * detail: (c0 - c1)(c2 - c3) / 4 is the alternating amplitude squared; noise gives either sign alike, so the
 * highest decile less as much as the lowest lies below zero is free of it. (c1 - c2) must go the other way: a
 * drift does not. Where the picture moves, blocks of a field tell in the same way along their vectors, in 525
 * lines. (D16 of the project's notes; docs/algorithms/rainbow.md)
 */
#ifndef VH_ANALYZE_RAINBOW_H
#define VH_ANALYZE_RAINBOW_H

#include "frame/window.h"
#include "motion/motion.h"
#include "profile/profile.h"

enum { VH_RAINBOW_PIECES = 16384 };

/* Alternating power of pieces of the picture, codes^2, both planes; of either sign. */
struct vh_rainbow_pieces {
    float amplitude2[VH_RAINBOW_PIECES];
    int n;
};

/* One tape being measured; zero = new. */
struct vh_rainbow {
    struct vh_rainbow_pieces standing, moving;
};

/* Looks at n successive woven frames of one window. Stops when the list of standing pieces is full. */
void vh_rainbow_add(struct vh_rainbow *rainbow, const struct vh_image_const *frame, int n);

/* Looks at the centre of a window of fields, 525 lines only: blocks that move and whose detail is found again
 * two fields before and behind (evidence/false_colour.h). */
void vh_rainbow_add_moving(
    struct vh_rainbow *rainbow, const struct vh_window *window, const struct vh_motion *motion);

/* Stores rainbow.level (reorders the lists) when enough detail was seen: what stands tells, what moves where
 * nothing stands or more is surely there. VH_OK or the profile's
 * error. */
int vh_rainbow_report(struct vh_rainbow *rainbow, struct vh_profile *profile);

#endif
