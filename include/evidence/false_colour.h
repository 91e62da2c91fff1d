/* False colour over detail that moves, in 525 lines: one block of a field at a time.
 *
 * What a decoder took for colour is luma turned by the carrier's phase. As the complex number V - i U, in
 * units of the carrier, it goes where its detail goes and turns by what the carrier's phase differs between
 * both places: with theta = 2 pi (227.5 lines + 0.2652 samples), half a turn a frame included, f_n(x) =
 * exp(-i D) f_m(x + d), D = theta_n(x) - theta_m(x + d), for the vector d to field m. Real colour goes there
 * without turning. So of c_n = r + f and c_m = r + exp(i D) f follows f = (c_n - c_m) / (1 - exp(i D)): one
 * estimate from the frame before, one from that behind, nothing where D is near a whole turn. Where both
 * agree it was false colour. Chroma of half the lines mixes lines of opposite phase: only vectors of whole
 * chroma lines count there.
 *
 * Noise of the centre is in both estimates and agrees too. What it adds is the same for a carrier that ran
 * backwards (all D negative), so the difference is free of it; so is what mistaken vectors add.
 *
 * (ITU-R BT.470 for the carrier; docs/algorithms/rainbow.md.) Pure; thread-safe.
 */
#ifndef VH_EVIDENCE_FALSE_COLOUR_H
#define VH_EVIDENCE_FALSE_COLOUR_H

#include "frame/carrier.h"
#include "frame/window.h"
#include "motion/motion.h"

#include <stdbool.h>

enum { VH_FALSE_COLOUR_W = 16, VH_FALSE_COLOUR_H = 8 }; /* luma samples and lines of the field of a block */

/* A field between two of its parity. Borrowed. */
struct vh_false_colour_job {
    struct vh_carrier carrier;
    struct vh_image_const now, before, behind;
    const struct vh_motion *motion; /* of `now` */
};

/* The job of a window's centre; false in 625 lines, without colour, at cuts and at the ends. */
bool vh_false_colour_open(
    struct vh_false_colour_job *job, const struct vh_window *window, const struct vh_motion *motion);

struct vh_false_colour {
    int x0, x1, y0, y1; /* samples and lines of the field's chroma: [x0, x1) by [y0, y1) */
    /* Mean of both estimates of U and V, line by line, 16-bit codes. */
    float u[VH_FALSE_COLOUR_W * VH_FALSE_COLOUR_H], v[VH_FALSE_COLOUR_W * VH_FALSE_COLOUR_H];
    double coherence; /* 0 = the estimates have nothing in common, 1 = they are the same */
    double
        amplitude2; /* of false colour, codes^2, free of noise, of either sign; NAN where it cannot be told */
};

/* Looks at block (bx, by), its top left corner at luma (16 bx, 8 by) of the field. False when nothing can be
 * told there: it stands, has no match, or the carrier comes round. Then only the place is filled in. */
bool vh_false_colour_look(
    struct vh_false_colour *found, const struct vh_false_colour_job *job, int bx, int by);

#endif
