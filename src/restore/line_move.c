/* Lines moved sideways. */
#include "line_move.h"

#include <math.h>
#include <string.h>

int line_move_open(struct line_move *move, const struct vh_stage *stage)
{
    double tap[LINE_MOVE_TAPS];
    for (int i = 0; i <= LINE_MOVE_PHASES; i++) {
        vh_fir_fraction(tap, LINE_MOVE_TAPS, (double)i / LINE_MOVE_PHASES);
        vh_fir_quantise(move->tap[i], tap, LINE_MOVE_TAPS, 1);
    }
    return line_pass_open(&move->pass, stage, LINE_MOVE_PAD, LINE_MOVE_TAPS);
}

void line_move_close(struct line_move *move)
{
    line_pass_close(&move->pass);
}

void line_move_row(const struct line_move *move, const struct line_place *place, double by)
{
    static const double least = 0.02, most = LINE_MOVE_PAD - LINE_MOVE_TAPS;
    if (fabs(by) < least) {
        memcpy(place->to, place->from, (size_t)place->src->width * sizeof *place->to);
        return;
    }
    by = fmin(fmax(by, -most), most);
    double whole = floor(-by);
    int phase = (int)lrint((-by - whole) * LINE_MOVE_PHASES);
    line_pass_row(&move->pass, place, place->from, (int)whole - (LINE_MOVE_TAPS / 2 - 1), move->tap[phase],
        LINE_MOVE_TAPS);
}

double line_move_by(const float *luma_by, int n_lines, int y, int sub_x, int sub_y)
{
    double sum = 0;
    int lines = 0;
    for (int k = y << sub_y; k < (y + 1) << sub_y && k < n_lines; k++, lines++)
        sum += (double)luma_by[k];
    return lines ? sum / lines / (1 << sub_x) : 0;
}
