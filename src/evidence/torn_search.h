/* Lines torn so far aside that no slope leads back: where a line fits its prediction best, by whole samples.
 * Private to the layer.
 *
 * Differences of every second sample, limited, so that what is new in a line counts as wrong only once, over
 * all displacements in reach. A displacement counts only when the line fits there much better than where it
 * lies and clearly better than anywhere else: repetitive texture and what moves by itself do not.
 */
#ifndef VH_EVIDENCE_TORN_SEARCH_H
#define VH_EVIDENCE_TORN_SEARCH_H

#include <stdint.h>

enum {
    TORN_FARTHEST = 40, /* samples */
    TORN_NEAREST = 3,   /* less is no tear: the slopes find it */
};

/* The displacement d, as own(x) = prediction(x + d), of a line of `width` samples with noise of sigma; 0 =
 * none, or not to be told. */
int torn_search(const uint16_t *own, const uint16_t *prediction, int width, float sigma_8bit);

#endif
