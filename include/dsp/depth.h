/* Kernels that change the depth of a row of samples: expansion to 16 bit, range scaling, and dithered
 * reduction.
 *
 * 16-bit samples are those of frame/image.h (one 8-bit code = 256). Rows need no alignment; nothing behind n
 * samples is read or written; source and destination may not overlap unless they are the same row of equal
 * sample size. Every version gives the same bits. The plain C version (src/dsp/depth_tmpl.h) is the
 * specification.
 *
 * Dither: a 32x32 blue-noise threshold matrix (void-and-cluster, Ulichney, SPIE 1913, 1993; Gaussian
 * sigma 1.5 on a torus; table in src/dsp/depth.c), so that the mean over every 32x32 block is exact, codes
 * that are already whole stay what they are, and the result does not depend on threads or slices. Measured
 * against error diffusion and no dither in docs/algorithms/scaling.md.
 */
#ifndef VH_DSP_DEPTH_H
#define VH_DSP_DEPTH_H

#include <stdint.h>

enum { VH_DITHER_SIZE = 32 };

struct vh_dsp_depth {
    /* dst[i] = src[i] << 8. */
    void (*expand8)(uint16_t *dst, const uint8_t *src, int n);

    /* dst[i] = (uint16_t)(src[i] << shift), shift 0 to 8; may work in place. */
    void (*expand16)(uint16_t *dst, const uint16_t *src, int n, int shift);

    /* dst[i] = src[i] * gain + offset in float, rounded half up and limited to 0 … 65535. */
    void (*scale8)(uint16_t *dst, const uint8_t *src, int n, float gain, float offset);
    void (*scale16)(
        uint16_t *dst, const uint16_t *src, int n, float gain, float offset); /* may work in place */

    /* dst[i] = min(src[i] + noise[i % 32], 65535) >> shift; noise is one row from vh_dsp_depth_noise for that
     * shift. */
    void (*reduce8)(
        uint8_t *dst, const uint16_t *src, int n, const uint16_t noise[VH_DITHER_SIZE]); /* shift 8 */
    void (*reduce16)(
        uint16_t *dst, const uint16_t *src, int n, const uint16_t noise[VH_DITHER_SIZE], int shift);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_depth_init(struct vh_dsp_depth *table, unsigned cpu_flags);

/* The thresholds of row y (taken modulo 32) for a reduction by `shift` bits (1 to 8): numbers 0 … 2^shift -
 * 1, each equally often over the 32 rows. Planes get different rows so that their patterns do not coincide:
 * pass plane * 11 + y. */
void vh_dsp_depth_noise(uint16_t noise[VH_DITHER_SIZE], int y, int shift);

#endif
