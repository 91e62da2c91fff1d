/* Kernels of the colour conversion: one row of YCbCr samples in 16-bit limited range (frame/image.h).
 *
 * Between two YCbCr systems of the same transfer and primaries, chroma depends on chroma only, and luma
 * changes by a sum of the two chroma values: Cb' and Cr' are made at chroma resolution, and the luma
 * difference (`delta`) is interpolated to the luma grid and added. With different primaries the same is done
 * through linear light, with the luma found at each chroma site: exact where the picture is flat, and within
 * the chroma's own resolution elsewhere. Formulas and figures: docs/algorithms/colour.md. Rows need no
 * alignment; nothing behind n elements is touched; every version gives the same bits.
 */
#ifndef VH_DSP_COLOUR_KERNELS_H
#define VH_DSP_COLOUR_KERNELS_H

#include <stdint.h>

/* The display's curve is computed, not looked up: x^2.4 and x^(1/2.4) as polynomials of square roots, right
 * within 0.02 8-bit codes from black to VH_CURVE_TOP (docs/algorithms/colour.md). */
#define VH_CURVE_TOP 1.5f /* largest R'G'B' that is linearised; 1 is nominal white */

struct vh_dsp_colour_params {
    /* matrix: everything in 16-bit sample units. */
    float delta_cb, delta_cr; /* Y' - Y = delta_cb * (Cb - 32768) + delta_cr * (Cr - 32768) */
    float cb_cb, cb_cr;       /* Cb' - 32768 = cb_cb * (Cb - 32768) + cb_cr * (Cr - 32768) */
    float cr_cb, cr_cr;
    /* primaries: YCbCr -> R'G'B' -> linear -> linear of the other primaries -> R'G'B' -> YCbCr. What lies
     * below black (noise does) goes round the curves unchanged; colours the other primaries cannot make are
     * clipped. */
    float to_rgb[3][3];    /* from (Y - 4096, Cb - 32768, Cr - 32768) to 0 … 1 */
    float primaries[3][3]; /* linear light */
    float to_ycc[3][3];    /* back to sample units */
};

struct vh_dsp_colour {
    /* One row of n chroma samples with the matrix part; cb_out may be cb and cr_out may be cr. */
    void (*matrix)(float *delta, uint16_t *cb_out, uint16_t *cr_out, const uint16_t *cb, const uint16_t *cr,
        int n, const struct vh_dsp_colour_params *params);

    /* The same through linear light; luma = luma at the chroma sites, in sample units. */
    void (*primaries)(float *delta, uint16_t *cb_out, uint16_t *cr_out, const float *luma, const uint16_t *cb,
        const uint16_t *cr, int n, const struct vh_dsp_colour_params *params);

    /* dst[i] = the luma of two lines (weights 1 - below and below) at n chroma sites of every second sample:
     * (y[2i-1] + 2 y[2i] + y[2i+1]) / 4 when co-sited, (y[2i] + y[2i+1]) / 2 when not; `width` luma samples
     * exist. */
    void (*luma_at)(
        float *dst, const uint16_t *a, const uint16_t *b, float below, int width, int cosited, int n);

    /* dst[i] = a[i] + (b[i] - a[i]) * below: between two rows of the difference. */
    void (*between)(float *dst, const float *a, const float *b, float below, int n);

    /* Twice as many: dst[2i] = src[i] + (src[i-1] - src[i]) * before, dst[2i+1] = src[i] + (src[i+1] -
     * src[i]) * after; ends are repeated; `width` = number of results, n = (width + 1) / 2 samples are read.
     */
    void (*twice)(float *dst, const float *src, float before, float after, int width);

    /* dst[i] = y[i] + delta[i], rounded half up and limited; dst may be y. */
    void (*add)(uint16_t *dst, const uint16_t *y, const float *delta, int n);
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_colour_init(struct vh_dsp_colour *table, unsigned cpu_flags);

#endif
