/* Kernel that makes slow edges faster along the line, without overshoot.
 *
 * Every sample moves against the curvature that samples VH_TRANSIENT_STEP away show, and never beyond the
 * range of the samples up to that far: a slow edge turns steep in its middle and its foot stays where it is.
 * Curvature up to VH_TRANSIENT_CORE codes is noise and moves nothing. Luma transient improvement as
 * television sets have it; the step, the amount and the core are from docs/algorithms/luma-response.md.
 * Integers: every version gives the same bits.
 */
#ifndef VH_DSP_TRANSIENT_H
#define VH_DSP_TRANSIENT_H

#include <stdint.h>

enum {
    VH_TRANSIENT_STEP = 2, /* samples; as many are read before and behind the line */
    VH_TRANSIENT_CORE = 2, /* codes of 8 bits */
};

struct vh_dsp_transient {
    /* dst[x] for x from 0 to n - 1. src: signed samples (sample minus 32768, as vh_dsp_fir.load makes them),
     * readable VH_TRANSIENT_STEP before and behind. `amount`: part of the curvature, 1/1024, 0 to 512. */
    void (*line)(uint16_t *dst, const int16_t *src, int n, int amount);
};

/* Fills the table with the best version for `cpu_flags`. Thread-safe. */
void vh_dsp_transient_init(struct vh_dsp_transient *table, unsigned cpu_flags);

#endif
