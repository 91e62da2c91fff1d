/* The colour carrier of a composite signal, and what of it a simple separator leaves where it does not
 * belong.
 *
 * Decks hand out composite video and capture cards take it apart: C = a U sin p + b V cos p (V with changing
 * sign from line to line in PAL) rides on luma at 3.58 or 4.43 MHz. What a separator leaves of it in luma are
 * dots that crawl along coloured edges and areas; luma detail near the carrier that it takes for colour are
 * rainbows. The phase follows the standards (ITU-R BT.470): 227.5 cycles a line in 525 lines, so the dots
 * stand still over two frames; 283.7516 in 625, so over four. Units: codes; U and V as Cb and Cr less 128.
 */
#ifndef VH_SIMULATE_COMPOSITE_H
#define VH_SIMULATE_COMPOSITE_H

#include "frame/carrier.h"
#include "frame/image.h"

#include <stdbool.h>
#include <stdint.h>

struct composite {
    struct vh_carrier carrier;
    double crawl;   /* part of the colour carrier that is left in luma, 0 to 1 */
    double rainbow; /* part of luma about the carrier that is taken for colour, 0 to 1 */
};

/* `lines` of a frame and `width` samples of a line tell the standard and the sampling rate. */
struct composite composite_make(int width, int lines, double crawl, double rainbow);

/* Mixes luma and colour of a finished field in chroma lines [y0, y1) and the luma lines beside them. `frame`
 * counts from 0, `late` is the second field of its frame;
 * `scratch` holds 5 luma lines. */
void composite_mix(const struct composite *composite, const struct vh_image *field, int64_t frame, bool late,
    int y0, int y1, float *scratch);

#endif
