/* Kernels of the anti-ringing clamp: a resampled picture may overshoot the source samples around it only so
 * far.
 *
 * Kernels with negative lobes (spline36, Lanczos) ring beside edges. Each output sample is pulled towards the
 * range of the four source samples around its position (2x2): out += strength * (limit(out, min, max) - out),
 * strength 0.8 by default (the idea of mpv's scale-antiring; figures in docs/algorithms/scaling.md). Works
 * row by row: `pairs` folds two source rows into the range of every 2x2 cell, `spread` brings that to the
 * output's columns, `clamp` applies it. Everything is in integers; every version gives the same bits. No
 * alignment is needed.
 */
#ifndef VH_DSP_ANTIRING_H
#define VH_DSP_ANTIRING_H

#include <stdint.h>

struct vh_dsp_antiring {
    /* low[i], high[i] = range of a[i], a[i+1], b[i], b[i+1]; the last sample counts twice. n >= 1. */
    void (*pairs)(uint16_t *low, uint16_t *high, const uint16_t *a, const uint16_t *b, int n);

    /* dst[i] = src[index[i]]. index rises by 0 or 1 from one i to the next (enlarging); src is readable up to
     * 8 samples behind its last. */
    void (*spread)(uint16_t *dst, const uint16_t *src, const uint16_t *index, int n);

    /* dst[i] += (limit(dst[i], low[i], high[i]) - dst[i]) * strength / 256, rounded towards minus infinity;
     * strength 0 to 256. */
    void (*clamp)(uint16_t *dst, const uint16_t *low, const uint16_t *high, int n, int strength);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_antiring_init(struct vh_dsp_antiring *table, unsigned cpu_flags);

#endif
