/* Deviation of rows of vectors from a steady velocity. */
#include "row_vectors.h"

#include <math.h>
#include <stddef.h>

enum {
    ONE = ROW_VELOCITY_ONE,
    WIDEST = 512, /* blocks of a row that count: 4096 samples */
};

static int16_t limited(int v)
{
    return (int16_t)(v < -32767 ? -32767 : v > 32767 ? 32767 : v);
}

void row_vectors_travel(struct vh_field_look *look)
{
    int blocks = look->n_x * look->n_y, k[VH_LOOK_REFS];
    const struct vh_mv *mv[VH_LOOK_REFS];
    look->travel_squares = 0;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        k[r] = look->ref[r] ? vh_look_distance[r] : 0;
        mv[r] = look->mv[r]; /* of references that are not there: multiplied by 0 */
        look->travel_squares += k[r] * k[r];
    }
    for (int i = 0; i < blocks; i++) {
        look->travel[2 * i] =
            limited(k[0] * mv[0][i].x + k[1] * mv[1][i].x + k[2] * mv[2][i].x + k[3] * mv[3][i].x);
        look->travel[2 * i + 1] =
            limited(k[0] * mv[0][i].y + k[1] * mv[1][i].y + k[2] * mv[2][i].y + k[3] * mv[3][i].y);
    }
}

void row_vectors_velocity(const struct vh_dsp_line_look *dsp, int16_t *velocity,
    const struct vh_field_look *const *look, int n_looks, int n)
{
    const int16_t *travel[VH_WINDOW_SIZE];
    int squares = 0, there = 0;
    for (int i = 0; i < n_looks; i++)
        if (look[i] && look[i]->travel_squares) {
            travel[there++] = look[i]->travel;
            squares += look[i]->travel_squares;
        }
    dsp->mean(velocity, travel, there, 2 * n, squares ? (float)ONE / (float)squares : 0);
}

/* The mean of a row of deviations by weight; those further than `reach` from `around` count as if they lay
 * there. */
static float mean_near(
    const struct vh_dsp_line_look *dsp, const struct vh_line_vectors *row, int around, int reach)
{
    int32_t sum[2];
    dsp->deviation(sum, row, around, reach);
    return (float)around + (float)sum[0] / ((float)sum[1] + 0.001f);
}

float row_vectors_deviation(const struct vh_dsp_line_look *dsp, float *row, const struct vh_field_look *look,
    int r, const int16_t *velocity)
{
    enum { FAR = 12 * ONE, NEAR = 3 * ONE }; /* three samples, then three quarters of one */
    float sum = 0;
    for (int y = 0; y < look->n_y; y++) {
        ptrdiff_t at = (ptrdiff_t)y * look->n_x;
        const struct vh_line_vectors vectors = {.mv = &look->mv[r][at].x,
            .velocity = velocity + 2 * at,
            .weight = look->texture + at,
            .n = look->n_x < WIDEST ? look->n_x : WIDEST,
            .k = vh_look_distance[r]};
        int around = (int)lrintf(mean_near(dsp, &vectors, 0, FAR));
        row[y] = mean_near(dsp, &vectors, around, NEAR) / ONE;
        sum += row[y];
    }
    for (int y = 0; y < look->n_y; y++)
        row[y] -= sum / (float)look->n_y;
    return sum / (float)look->n_y;
}
