/* Kernels of the look at a field's lines (evidence/field_look.h): predictions of whole rows of cells, and
 * what lines and rows of vectors tell.
 *
 * Samples are 16 bit. All is in integers, so every SIMD level gives the same bits.
 */
#ifndef VH_DSP_LINE_LOOK_H
#define VH_DSP_LINE_LOOK_H

#include <stddef.h>
#include <stdint.h>

enum {
    VH_LINE_CELL = 8,      /* samples of a cell */
    VH_LINE_CELL_ROWS = 4, /* field lines of a cell */
    VH_LINE_CELL_TAPS = 4,
    VH_LINE_CELL_SOURCE = VH_LINE_CELL_ROWS + VH_LINE_CELL_TAPS - 1, /* rows a cell is made of */
};

/* Where a cell comes from: its first sample in the first of VH_LINE_CELL_SOURCE rows; samples -1 … +9 are
 * readable. Phases are sixteenths of a sample and of a field line behind the second tap. */
struct vh_line_cell {
    const uint16_t *src;
    int32_t stride; /* samples */
    uint8_t phase_x, phase_y;
};

/* A line is suspect by these, 16-bit samples. */
struct vh_line_limits {
    uint16_t faint, strong; /* outside the range of the predictions by more than this */
    uint16_t agree;         /* the means of past and future are nearer than this */
};

/* A row of vectors (x, y, x, y … of int16) against k times a row of velocities in sixteenths. */
struct vh_line_vectors {
    const int16_t *mv, *velocity; /* 2 n values each */
    const uint8_t *weight;        /* n */
    int n, k;                     /* k: -2, -1, 1 or 2 */
};

struct vh_dsp_line_look {
    /* Predicts n cells side by side, 8 n samples of 4 lines at dst: horizontally, then vertically by the
     * 4-tap cubic of dsp/obmc.h. Products are rounded down to 16 bits, sums saturate: within 4/65536 of full
     * scale. Phase 0 copies. */
    void (*cells)(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell, int n);

    /* dst[x] = 0, `faint` or `strong` (values of the map): how far own[x] lies outside the range of the four
     * predictions p[0 … 3], past and future being two each; 0 where these do not agree. */
    void (*suspect)(uint8_t *dst, const uint16_t *own, const uint16_t *const p[4], int n,
        const struct vh_line_limits *limits, uint8_t faint, uint8_t strong);

    /* Sum over n samples of ((2 b - a - c) / 2)^2 in whole 8-bit codes; n at most 32768. */
    int32_t (*rough)(const uint16_t *a, const uint16_t *b, const uint16_t *c, int n);

    /* Sums over a row: sum[0] of weight * e, sum[1] of weight, e being the sideways deviation 16 mv.x - k
     * velocity.x less `around`, limited to +-reach, at most 32767; n at most 512. */
    void (*deviation)(int32_t sum[2], const struct vh_line_vectors *row, int around, int reach);

    /* velocity[i] = scale * (sum of travel[0 … n_looks - 1][i]), rounded; n values. */
    void (*mean)(int16_t *velocity, const int16_t *const *travel, int n_looks, int n, float scale);

    /* Puts vectors back: with to = k velocity + (camera, 0), in sixteenths, a vector within `sway` of it,
     * both ways, becomes `to` (rounded), any other one loses `common` sixteenths sideways. */
    void (*steady)(int16_t *mv, const int16_t *velocity, int n, int k, int camera, int common, int sway);
};

void vh_dsp_line_look_init(struct vh_dsp_line_look *dsp, unsigned cpu_flags);

#endif
