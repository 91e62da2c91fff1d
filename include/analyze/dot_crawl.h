/* How much of the colour carrier is left in luma: dots that crawl over coloured areas.
 *
 * A capture over a composite cable leaves some of the carrier (3.58 MHz in 525 lines, 4.43 in 625) in luma,
 * in proportion to the colour there. Pieces of 64 samples of a line with even, strong colour are compared:
 * the power at the carrier against that 0.5 MHz below and above (Hann windows, so the three do not overlap).
 * The median of what it has more, by the power the colour itself has on the carrier, is the share that
 * leaked. Texture has as much beside the carrier as on it; the share of pieces that stand out by twice says
 * how sure that is (one in six by chance). Method: D16 of the project's notes, without its phases, which
 * tapes do not keep.
 */
#ifndef VH_ANALYZE_DOT_CRAWL_H
#define VH_ANALYZE_DOT_CRAWL_H

#include "frame/image.h"
#include "profile/profile.h"

#include <stdbool.h>

enum { VH_DOT_CRAWL_PIECES = 8192 };

/* One tape being measured; zero = new. */
struct vh_dot_crawl {
    float share2[VH_DOT_CRAWL_PIECES];    /* of each piece: power of the leak by that of its colour */
    float amplitude[VH_DOT_CRAWL_PIECES]; /* what stands out at the carrier, codes; 0 = nothing */
    int n, n_clear, n_frames;
};

/* Looks at every fourth woven frame. */
void vh_dot_crawl_add(struct vh_dot_crawl *crawl, const struct vh_image_const *frame);

/* Stores dotcrawl.level and dotcrawl.leak when there was enough colour to tell. VH_OK or the profile's error.
 */
int vh_dot_crawl_report(struct vh_dot_crawl *crawl, struct vh_profile *profile);

#endif
