/* A temporal window of fields or pictures around one centre, as stages see it.
 *
 * Entry [VH_WINDOW_REACH + k] is the field (picture) k after the centre; entries outside the stream, and
 * entries across an order flip or a gap, have n_planes == 0. Fields are views of woven frames; entry k and
 * k+1 have opposite parity except across an order flip.
 */
#ifndef VH_FRAME_WINDOW_H
#define VH_FRAME_WINDOW_H

#include "frame/image.h"

#include <stdbool.h>
#include <stdint.h>

enum { VH_WINDOW_REACH = 4, VH_WINDOW_SIZE = 2 * VH_WINDOW_REACH + 1 };

struct vh_window {
    struct vh_image_const image[VH_WINDOW_SIZE];
    uint8_t parity[VH_WINDOW_SIZE]; /* 0 top, 1 bottom; meaningless for progressive pictures */
    int64_t index;                  /* running number of the centre in the stream, from 0 */
    int frame_height;               /* luma lines of the woven frame */
};

/* The image at distance k (-VH_WINDOW_REACH … +VH_WINDOW_REACH) or NULL where there is none. */
static inline const struct vh_image_const *vh_window_at(const struct vh_window *window, int k)
{
    const struct vh_image_const *image = &window->image[VH_WINDOW_REACH + k];
    return image->n_planes ? image : NULL;
}

#endif
