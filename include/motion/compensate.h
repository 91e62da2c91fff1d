/* Predictions of one field from a neighbour, along the motion, for every line of the frame raster.
 *
 * Overlapped block compensation with error weights. Each cell (8 x 8 luma samples) has the blocks on its four
 * corners as candidates; equal vectors are fetched once. The candidates' predictions (4 x 4 tap cubic, a =
 * -0.6, in the neighbour's own field lines) are mixed with weights w = window / (floor + local 3 x 5 mean
 * squared difference on S),   window = raised cosine, 16 x 16 so that at object borders each side takes the
 * vector that fits it (algorithms 2.4.5: +0.25 to +0.3 dB over plain overlap). Chroma follows with the same
 * vectors and weights in its own geometry: chroma lines of 4:2:0 fields sit at frame lines 2c + 1/2, so woven
 * chroma lines are an even raster of their own whose odd and even lines are fields.
 *
 * Where the four vectors of a cell are equal and integer, predictions are the neighbour's samples, bit for
 * bit, on the lines that are real lines there (phase 0): what noise measurement needs.
 *
 * Work is by rows of cells, each independent of the others, so any slicing gives the same bits.
 */
#ifndef VH_MOTION_COMPENSATE_H
#define VH_MOTION_COMPENSATE_H

#include "frame/image.h"
#include "motion/motion.h"

struct vh_dsp_obmc;

/* Lines to predict. */
enum vh_compensate_lines {
    VH_COMPENSATE_ALL,      /* every line of the frame */
    VH_COMPENSATE_EXISTING, /* only lines of the centre's own parity; the others are left untouched */
};

/* One prediction: what from, and where to. Plain data, copied freely; nothing is owned. */
struct vh_compensate {
    const struct vh_motion *motion;     /* of the centre */
    int ref;                            /* -2, -1, 1 or 2; must be present */
    const struct vh_image_const *image; /* the neighbour: its field, or with `whole` its whole picture */
    bool whole; /* image is a whole picture of the frame's height (second pass, progressive) */
    enum vh_compensate_lines lines; /* VH_COMPENSATE_ALL unless all lines are not needed */
    float floor_8bit2; /* floor in the error weight, squared 8-bit codes; 1 + sigma^2; at least 0.25 */
    /* Vectors of a cell that differ from the first by no more than this many quarter samples are taken as
     * one, their mean to a sixteenth: 0 = only equal ones. 4 saves a quarter of the time and gains 0.1 dB in
     * the fusion, a smooth field being smoother than quarter samples (docs/algorithms/motion-search.md). */
    int merge_qpel;
    int from_cell, to_cell; /* cells of each row that are wanted, [from_cell, to_cell); 0, 0 = all. Others may
                             * be written too */
    int shift; /* predictions are written divided by 2^shift, rounded down (0 to 8): 2 gives 14-bit samples */
    const struct vh_dsp_obmc *dsp; /* kernels: vh_dsp_obmc_init (dsp/obmc.h) */

    /* Output. Buffers may hold only a strip (two rows of cells from all neighbours stay in the cache and save
     * a quarter of the time against whole fields): their first line is that of cell row `row_origin`. */
    int row_origin;
    struct vh_image out; /* the frame raster: luma width x height and chroma likewise; planes with data NULL
                          * are skipped; n_planes, sub_x, sub_y as of the image */
    uint8_t *phase; /* on the grid of S, 0 to 255, or NULL: s of the upper (top-field) line of the pair in
                     * 1/255, that of the lower line is 255 - it. s = 0: predicted from a real line, 128: a
                     * quarter field line off, 255: half-way between two lines. With `whole` every line is
                     * real: s says 0 for both by convention and the map is filled with 0 */
    ptrdiff_t phase_stride;
    uint16_t *error; /* on the grid of S, or NULL: ES, the local (3 x 5) mean squared difference on S between
                      * centre and prediction, in 1/16 squared 8-bit code; differences are limited to 63 codes
                      * (<= 63504) */
    ptrdiff_t error_stride; /* in entries */
};

/* Predicts cell rows [row0, row1), 0 <= row0 < row1 <= motion->cells_y. Pure; thread-safe. */
void vh_motion_compensate(const struct vh_compensate *job, int row0, int row1);

#endif
