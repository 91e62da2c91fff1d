/* Predictions of a field's own luma lines from a neighbour, a row of cells (four lines) at a time, for looks.
 *
 * Each cell of 8 samples comes from one place: where the mean of its four corners' vectors says, or, where
 * these differ, the vector of the corner that matched best. What mixes vectors (motion/compensate.h) is
 * better by a tenth of a code at the borders of what moves and takes six times as long; looks weigh samples
 * by how well they fit, so borders count little. Private to the layer.
 */
#ifndef VH_EVIDENCE_LINE_PREDICT_H
#define VH_EVIDENCE_LINE_PREDICT_H

#include "dsp/line_look.h"
#include "frame/image.h"
#include "motion/motion.h"

struct line_predict {
    const struct vh_dsp_line_look *dsp;
    const struct vh_motion_ref *ref; /* vectors to the neighbour; sad */
    int n_x;                         /* blocks of a row */
    int parity, ref_parity;
    struct vh_plane_const from; /* the neighbour's luma lines */
};

/* Scratch of one call at a time, for rows of n_x blocks. VH_OK or VH_ERR_RESOURCE. */
struct line_predict_scratch {
    struct vh_line_cell *cell;
    int16_t *sum, *spread; /* of the corners' vectors, x and y by turns */
    uint16_t *patch;       /* sources of cells at the border, with repeated edges */
};
int line_predict_scratch_init(struct line_predict_scratch *s, int n_x);
void line_predict_scratch_uninit(struct line_predict_scratch *s);

/* Predicts the four lines of row `row` of cells into dst, (n_x - 1) * VH_MOTION_CELL samples each. Lines and
 * samples beyond the field are written, with something. */
void line_predict_row(const struct line_predict *p, struct line_predict_scratch *s, int row, uint16_t *dst,
    ptrdiff_t dst_stride);

#endif
