/* Which frame of B shows what frame 0 of A shows: a search over small pictures.
 *
 * A thumbnail is the luma averaged over squares of VH_ALIGN_CELL samples; noise, combing and small shifts
 * hardly touch it, motion does. For every offset the mean squared difference of the overlapping thumbnails is
 * taken; the best offset wins when it beats no offset by at least 10 % of its error, else the clips are taken
 * as aligned (a still clip says nothing).
 */
#ifndef VH_METRIC_ALIGN_H
#define VH_METRIC_ALIGN_H

#include "frame/image.h"

#include <stdint.h>

enum { VH_ALIGN_CELL = 8 };

/* Size of the thumbnail of a plane: whole cells only, at least one. */
int vh_align_thumb_size(int width, int height, int *thumb_width, int *thumb_height);

/* Writes the thumbnail of a luma plane; returns the number of cells. */
int vh_align_thumb(uint16_t *dst, struct vh_plane_const luma);

struct vh_alignment {
    int offset;        /* frame i of A shows what frame i + offset of B shows */
    double error;      /* mean squared difference there, 8-bit codes squared */
    double error_at_0; /* without an offset */
};

/* Searches offsets -max … max over the given thumbnails (n_a and n_b of them, `cells` samples each). At least
 * half of the shorter clip must overlap. With n_a or n_b of 0 the offset is 0. Pure. */
struct vh_alignment vh_align_search(
    const uint16_t *const *a, int n_a, const uint16_t *const *b, int n_b, int cells, int max);

#endif
