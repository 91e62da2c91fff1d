/* Kernels of the colour look-up tables: a row of YCbCr through R'G'B' and a table, and back.
 *
 * The picture is 16-bit limited range; chroma comes in as float at luma resolution, centred on 0 (Cb -
 * 32768), and what leaves is the new luma and the change of chroma, so that a table that changes nothing
 * changes nothing on subsampled pictures either. The strength of the table is part of its values (blended
 * with the identity once), and `rest` carries what lies outside the table's input range: rest = 1 - strength.
 * Every version gives the same bits. Rows need no alignment; the tables do (16 bytes).
 */
#ifndef VH_DSP_LUT_H
#define VH_DSP_LUT_H

#include <stdint.h>

struct vh_dsp_lut_params {
    float to_rgb[3][3];    /* from (Y - 4096, Cb - 32768, Cr - 32768) */
    float to_ycc[3][3];    /* back */
    const float *node;     /* cube: size^3 x (R, G, B, unused), red fastest; curves: size x the same */
    int size;              /* entries per axis, at least 2 */
    float low[3], high[3]; /* input of the first and last entry */
    float scale[3];        /* (size - 1) / (high - low) */
    float rest;            /* share of the input beyond low … high that stays */
};

/* y_out may be y. */
typedef void vh_dsp_lut_fn(uint16_t *y_out, float *cb_change, float *cr_change, const uint16_t *y,
    const float *cb, const float *cr, int n, const struct vh_dsp_lut_params *params);

struct vh_dsp_lut {
    vh_dsp_lut_fn *cube;   /* three axes, tetrahedral interpolation */
    vh_dsp_lut_fn *curves; /* one axis per channel, linear interpolation */
};

/* Fills the table with the best versions for `cpu_flags`. Thread-safe. */
void vh_dsp_lut_init(struct vh_dsp_lut *table, unsigned cpu_flags);

#endif
