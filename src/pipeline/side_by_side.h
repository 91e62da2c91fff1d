/* Two pictures beside each other with labels: for comparisons people look at. */
#ifndef VH_PIPELINE_SIDE_BY_SIDE_H
#define VH_PIPELINE_SIDE_BY_SIDE_H

#include "frame/frame.h"
#include "media/still.h"

enum { VH_SIDE_GAP = 8 }; /* black samples between the halves */

/* Width of the woven picture of two halves of `width` samples. */
static inline int vh_side_width(int width)
{
    return 2 * width + VH_SIDE_GAP;
}

/* Writes a and b (same native format and size) into out (vh_side_width wide), labels in their upper left
 * corners. VH_OK or VH_ERR_RESOURCE. */
int vh_side_compose(
    const AVFrame *a, const AVFrame *b, const char *label_a, const char *label_b, AVFrame *out);

/* Writes white text on a dark box into a still, its corner at (x, y); `height` of the capitals in pixels. */
int vh_side_label(struct vh_still *still, int x, int y, int height, const char *text);

#endif
