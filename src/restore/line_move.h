/* Moves lines sideways by fractions of a sample: a windowed sinc of 12 taps in steps of 1/32. Private to the
 * layer. */
#ifndef VH_RESTORE_LINE_MOVE_H
#define VH_RESTORE_LINE_MOVE_H

#include "line_pass.h"

enum { LINE_MOVE_TAPS = 12, LINE_MOVE_PHASES = 32, LINE_MOVE_PAD = 64 };

struct line_move {
    struct line_pass pass;
    int16_t tap[LINE_MOVE_PHASES + 1][LINE_MOVE_TAPS];
};

/* VH_OK, or an error that was reported. close is legal either way. */
int line_move_open(struct line_move *move, const struct vh_stage *stage);
void line_move_close(struct line_move *move);

/* to(x) = from(x - by), by up to about +-50 samples; a copy below 0.02, which is the floor of what can be
 * measured (algorithms 3.2). */
void line_move_row(const struct line_move *move, const struct line_place *place, double by);

/* The mean of the displacements of the luma lines beside line y of a plane, in samples of the plane. */
double line_move_by(const float *luma_by, int n_lines, int y, int sub_x, int sub_y);

#endif
