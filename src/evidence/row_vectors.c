/* Deviation of rows of vectors from a steady velocity. */
#include "row_vectors.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    ONE = ROW_VELOCITY_ONE,
    BATCH = 64,
    WIDEST = 512, /* blocks of a row that count: 4096 samples */
};

void row_vectors_velocity(
    struct row_velocity *velocity, const struct vh_field_look *const *look, int n_looks, int n)
{
    for (int from = 0; from < n; from += BATCH) {
        int32_t x[BATCH] = {0}, y[BATCH] = {0}, squares = 0, m = n - from < BATCH ? n - from : BATCH;
        for (int i = 0; i < n_looks * VH_LOOK_REFS; i++) {
            const struct vh_field_look *l = look[i / VH_LOOK_REFS];
            int r = i % VH_LOOK_REFS, k = vh_look_distance[r];
            if (!l || !l->ref[r])
                continue;
            const struct vh_mv *mv = l->mv[r] + from;
            squares += k * k;
            for (int b = 0; b < m; b++) {
                x[b] += k * mv[b].x;
                y[b] += k * mv[b].y;
            }
        }
        float scale = squares ? (float)ONE / (float)squares : 0;
        for (int b = 0; b < m; b++)
            velocity[from + b] = (struct row_velocity){
                (int16_t)lrintf((float)x[b] * scale), (int16_t)lrintf((float)y[b] * scale)};
    }
}

/* The mean of n deviations by weight; those further than `reach` from `around` count as if they lay there. */
static float mean_near(const int32_t *d, const uint8_t *weight, int n, int around, int reach)
{
    int32_t sum = 0, weights = 0;
    for (int x = 0; x < n; x++) {
        int32_t e = d[x] - around, w = weight[x];
        e = e < -reach ? -reach : e > reach ? reach : e;
        sum += w * e;
        weights += w;
    }
    return (float)around + (float)sum / ((float)weights + 0.001f);
}

float row_vectors_deviation(
    float *row, const struct vh_field_look *look, int r, const struct row_velocity *velocity)
{
    enum { FAR = 12 * ONE, NEAR = 3 * ONE }; /* three samples, then three quarters of one */
    float sum = 0;
    int k = vh_look_distance[r], n = look->n_x < WIDEST ? look->n_x : WIDEST;
    for (int y = 0; y < look->n_y; y++) {
        int32_t d[WIDEST];
        ptrdiff_t at = (ptrdiff_t)y * look->n_x;
        for (int x = 0; x < n; x++)
            d[x] = ONE * look->mv[r][at + x].x - k * velocity[at + x].x;
        int around = (int)lrintf(mean_near(d, look->texture + at, n, 0, FAR));
        row[y] = mean_near(d, look->texture + at, n, around, NEAR) / ONE;
        sum += row[y];
    }
    for (int y = 0; y < look->n_y; y++)
        row[y] -= sum / (float)look->n_y;
    return sum / (float)look->n_y;
}
