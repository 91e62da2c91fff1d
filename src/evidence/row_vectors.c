/* Deviation of rows of vectors from a steady velocity. */
#include "row_vectors.h"

#include <stddef.h>
#include <string.h>

void row_vectors_velocity(
    struct row_velocity *velocity, const struct vh_field_look *const *look, int n_looks, int n)
{
    int squares = 0;
    memset(velocity, 0, (size_t)n * sizeof *velocity);
    for (int i = 0; i < n_looks; i++)
        for (int r = 0; r < VH_LOOK_REFS; r++) {
            if (!look[i] || !look[i]->ref[r])
                continue;
            float k = (float)vh_look_distance[r];
            const struct vh_mv *mv = look[i]->mv[r];
            squares += vh_look_distance[r] * vh_look_distance[r];
            for (int b = 0; b < n; b++) {
                velocity[b].x += k * (float)mv[b].x;
                velocity[b].y += k * (float)mv[b].y;
            }
        }
    for (int b = 0; b < n && squares; b++) {
        velocity[b].x /= (float)squares;
        velocity[b].y /= (float)squares;
    }
}

struct vectors { /* of a row */
    const struct vh_mv *mv;
    const uint8_t *texture;
    const struct row_velocity *velocity;
    int n;
    float k;
};

/* The mean deviation; those further than `reach` from `around` count as if they lay there. */
static float mean_near(const struct vectors *v, float around, float reach)
{
    float sum = 0, weights = 1e-3f;
    for (int x = 0; x < v->n; x++) {
        float d = (float)v->mv[x].x - v->k * v->velocity[x].x - around, w = (float)v->texture[x];
        d = d < -reach ? -reach : d > reach ? reach : d;
        sum += w * d;
        weights += w;
    }
    return around + sum / weights;
}

float row_vectors_deviation(
    float *row, const struct vh_field_look *look, int r, const struct row_velocity *velocity)
{
    static const float far = 12, near = 3; /* quarter samples */
    float sum = 0;
    for (int y = 0; y < look->n_y; y++) {
        ptrdiff_t at = (ptrdiff_t)y * look->n_x;
        struct vectors v = {
            look->mv[r] + at, look->texture + at, velocity + at, look->n_x, (float)vh_look_distance[r]};
        row[y] = mean_near(&v, mean_near(&v, 0, far), near);
        sum += row[y];
    }
    for (int y = 0; y < look->n_y; y++)
        row[y] -= sum / (float)look->n_y;
    return sum / (float)look->n_y;
}
