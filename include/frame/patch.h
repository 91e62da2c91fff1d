/* A patch of a plane whose edge samples are repeated outwards: what a block that leaves the picture is
 * predicted from.
 */
#ifndef VH_FRAME_PATCH_H
#define VH_FRAME_PATCH_H

#include "frame/image.h"

#include <string.h>

enum { VH_PATCH_WIDTH = 16 };

/* Fills `rows` rows of VH_PATCH_WIDTH samples, one behind the other, with what stands from sample x and line
 * y on; both may lie outside the plane. */
static inline void vh_patch_take(uint16_t *patch, const struct vh_plane_const *plane, int x, int y, int rows)
{
    /* Of a row: the first sample inside, and the first beyond; at least one is taken. */
    int last = plane->width - 1, first = x < 0 ? -x : 0, end = plane->width - x;
    first = first < VH_PATCH_WIDTH - 1 ? first : VH_PATCH_WIDTH - 1;
    end = end > first + 1 ? end : first + 1;
    end = end < VH_PATCH_WIDTH ? end : VH_PATCH_WIDTH;
    int from = x + first;
    from = from < 0 ? 0 : from < last ? from : last;
    for (int r = 0; r < rows; r++, patch += VH_PATCH_WIDTH) {
        int line = y + r;
        line = line < 0 ? 0 : line < plane->height ? line : plane->height - 1;
        memcpy(
            patch + first, plane->data + line * plane->stride + from, (size_t)(end - first) * sizeof *patch);
        for (int i = 0; i < first; i++)
            patch[i] = patch[first];
        for (int i = end; i < VH_PATCH_WIDTH; i++)
            patch[i] = patch[end - 1];
    }
}

#endif
