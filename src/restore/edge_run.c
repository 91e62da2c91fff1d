/* Directions of edges by block matching inside one field, and lines moved along them. */
#include "edge_run.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCK = 16,   /* luma samples that share a direction */
    AROUND = 12,  /* samples compared on each side of a block's middle */
    APART = 4,    /* lines between those compared */
    STEEPEST = 12 /* samples by which an edge may move over APART lines */
};

int edge_run_init(struct edge_run *run, int width)
{
    run->n_blocks = (width + BLOCK - 1) / BLOCK;
    run->slope = vh_alloc((size_t)run->n_blocks, sizeof *run->slope);
    run->raw = vh_alloc((size_t)run->n_blocks, sizeof *run->raw);
    run->at = vh_alloc((size_t)run->n_blocks * BLOCK, sizeof *run->at);
    return run->slope && run->raw && run->at ? VH_OK : VH_ERR_RESOURCE;
}

void edge_run_uninit(struct edge_run *run)
{
    vh_freep(&run->slope);
    vh_freep(&run->raw);
    vh_freep(&run->at);
}

static int inside(int x, int width)
{
    return x < 0 ? 0 : x < width ? x : width - 1;
}

enum { COMPARED = 2 * AROUND + 1 };

static int32_t difference(const uint16_t *restrict a, const uint16_t *restrict b)
{
    int32_t sum = 0;
    for (int u = 0; u < COMPARED; u++)
        sum += a[u] < b[u] ? b[u] - a[u] : a[u] - b[u];
    return sum;
}

/* Samples x - AROUND … x + AROUND of a line, repeated beyond its ends: where they are, or copied. */
static const uint16_t *around(uint16_t copy[COMPARED], const uint16_t *line, int x, int width)
{
    if (x >= AROUND && x + AROUND < width)
        return line + x - AROUND;
    for (int u = 0; u < COMPARED; u++)
        copy[u] = line[inside(x - AROUND + u, width)];
    return copy;
}

/* How badly the picture above line `good` continues when it moves by d samples over APART lines. */
static long misfit(const struct vh_plane_const *luma, int good, int x, int d)
{
    uint16_t copy[2][COMPARED];
    long sum = 0;
    for (int k = 1; k <= 3; k++) {
        const uint16_t *low = luma->data + (good - k) * luma->stride, *high = low - APART * luma->stride;
        if (x >= AROUND + STEEPEST && x + AROUND + STEEPEST < luma->width)
            sum += difference(low + x - AROUND, high + x - AROUND - d);
        else
            sum +=
                difference(around(copy[0], low, x, luma->width), around(copy[1], high, x - d, luma->width));
    }
    return sum;
}

/* The direction at a block, 0 unless another one is clearly better. */
static float direction(const struct vh_plane_const *luma, int good, int x)
{
    const long none = misfit(luma, good, x, 0);
    long least = none;
    int best = 0;
    for (int d = -STEEPEST; d <= STEEPEST; d++) {
        long m = misfit(luma, good, x, d);
        if (m < least)
            least = m, best = d;
    }
    return 10 * least < 7 * none ? (float)best / APART : 0;
}

static float middle_of(float a, float b, float c)
{
    return fmaxf(fminf(a, b), fminf(fmaxf(a, b), c));
}

/* Between the middles of blocks. */
static float slope_at(const struct edge_run *run, int luma_x)
{
    float at = ((float)luma_x - BLOCK / 2) / BLOCK;
    int i = at < 0                        ? 0
            : (int)at < run->n_blocks - 1 ? (int)at
                                          : run->n_blocks - 1,
        k = i < run->n_blocks - 1 ? i + 1 : i;
    float part = at - (float)i;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return run->slope[i] + part * (run->slope[k] - run->slope[i]);
}

void edge_run_find(struct edge_run *run, const struct vh_plane_const *luma, int good)
{
    int n = run->n_blocks;
    for (int i = 0; i < n; i++)
        run->raw[i] = good > APART + 3 ? direction(luma, good, i * BLOCK + BLOCK / 2) : 0;
    for (int i = 0; i < n; i++)
        run->slope[i] = middle_of(run->raw[i ? i - 1 : 0], run->raw[i], run->raw[i < n - 1 ? i + 1 : n - 1]);
    for (int x = 0; x < n * BLOCK; x++)
        run->at[x] = slope_at(run, x);
}

void edge_run_move(
    const struct edge_run *run, uint16_t *to, const uint16_t *from, int width, int sub_x, int lines)
{
    float way = (float)lines / (float)(1 << sub_x);
    for (int x = 0; x < width; x++) {
        float at = (float)x - way * run->at[x << sub_x];
        int i = (int)at - ((float)(int)at > at); /* floor, which has no instruction everywhere */
        float whole = (float)i;
        float a = from[inside(i, width)], b = from[inside(i + 1, width)];
        to[x] = (uint16_t)lrintf(a + (at - whole) * (b - a));
    }
}
