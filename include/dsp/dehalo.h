/* Kernel that takes a thin bright or dark line off the foot of an edge: the rest of a halo.
 *
 * A halo is a line narrower than VH_DEHALO_WIDTH samples on the even side of an edge, a few percent of the
 * edge high. A morphological opening along the line (closing for dark ones) is the picture without such
 * lines; what it takes off is taken off for good where it is a small part of an edge nearby, and left where
 * it is more: a thin line of the scene is as high as the range around it. The method is ours; figures in
 * docs/algorithms/halo.md. Integers: every version gives the same bits.
 */
#ifndef VH_DSP_DEHALO_H
#define VH_DSP_DEHALO_H

#include <stdint.h>

enum {
    VH_DEHALO_WIDTH = 7,  /* samples: lines narrower than this are lines */
    VH_DEHALO_REACH = 10, /* how far away the edge may be; samples read on either side of the line */
    VH_DEHALO_LEAST = 8,  /* codes of 8 bits that an edge must have more than */
};

struct vh_dsp_dehalo {
    /* dst[x] = src[x] less what it stands out by, for x from 0 to n - 1. src: signed samples (sample minus
     * 32768, as vh_dsp_fir.load makes them), readable from -VH_DEHALO_REACH to n + VH_DEHALO_REACH - 1.
     * `part`: how high a halo is, in 1/65536 of its edge, 0 to 16384. What is up to that high goes wholly, up
     * to twice as high less and less. */
    void (*line)(uint16_t *dst, const int16_t *src, int n, int part);
};

/* Fills the table with the best version for `cpu_flags`. Thread-safe. */
void vh_dsp_dehalo_init(struct vh_dsp_dehalo *table, unsigned cpu_flags);

#endif
