/* Numbers of one woven frame that several detectors need, measured once, on a grid.
 *
 * The grid takes every 4th luma sample of every line, and every 2nd chroma sample of every line of its plane,
 * inside the middle of the picture (the outer 1/16 is left out on each side: borders and head switching
 * belong to other detectors). Thread-safe; pure.
 */
#ifndef VH_ANALYZE_FRAME_STATS_H
#define VH_ANALYZE_FRAME_STATS_H

#include "frame/image.h"

struct vh_frame_stats {
    int histogram[256];          /* of luma, in 8-bit codes */
    int n;                       /* samples in it */
    double mean[3], sigma[3];    /* per plane, 8-bit codes; chroma 128/0 for gray */
    double vertical_correlation; /* of luma between successive lines of one field, -1 … 1 */
    double difference[2];   /* mean |f - f of the frame before| of the top and bottom field, codes; -1 = no
                             * frame   before */
    double duplicate_share; /* share of grid samples that are exactly those of the frame before; -1 = none
                               before */
};

/* Measures `frame`; `previous` (same shape) may be NULL. Planes smaller than 32x32 give n == 0. */
void vh_frame_stats_measure(
    struct vh_frame_stats *stats, const struct vh_image_const *frame, const struct vh_image_const *previous);

/* The code below which the share `p` (0 … 1) of the histogram lies, interpolated inside the bin; 0 when
 * empty. */
double vh_frame_stats_percentile(const int histogram[256], double p);

#endif
