/* The displacement of a torn line by block matching with what is expected in its place. */
#include "torn_line.h"

#include <math.h>
#include <stdlib.h>

enum {
    MARGIN = 12,    /* samples at both ends that do not count: blanking and its slopes */
    FAR_OFF = 32,   /* codes: wrong */
    NEAR = 64,      /* samples: how far a line may lie from the torn one above */
    LEAST_TOLD = 4, /* blocks */
    MIDDLE = TORN_REACH
};

static void take(uint8_t *dst, const uint16_t *src, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = (uint8_t)(src[x] >> 8);
}

struct blocks {
    int first, end;
};

/* Those whose samples lie in the captured line when it lies d to the right. */
static struct blocks blocks_inside(int width, int d)
{
    int low = d < 0 ? MARGIN - d : MARGIN, high = width - (d > 0 ? MARGIN + d : MARGIN);
    return (struct blocks){(low + TORN_BLOCK - 1) / TORN_BLOCK, high / TORN_BLOCK};
}

static void sum_costs(struct torn_match *m, int width, int d)
{
    struct blocks in = blocks_inside(width, d);
    uint32_t *sum = m->sum[MIDDLE + d];
    for (int b = 0; b <= TORN_BLOCKS; b++)
        sum[b] = 0;
    if (in.first < in.end)
        m->line.blocks(sum + in.first + 1, m->own + in.first * TORN_BLOCK + d,
            m->want + in.first * TORN_BLOCK, in.end - in.first, FAR_OFF);
    for (int b = in.first; b < in.end; b++)
        sum[b + 1] += sum[b];
    for (int b = in.end; b < TORN_BLOCKS; b++)
        sum[b + 1] = sum[b];
}

/* Codes of difference over blocks [from, to); adds how many told to *n. */
static double cost_between(const struct torn_match *m, int width, int d, struct blocks at, int *n)
{
    struct blocks in = blocks_inside(width, d);
    int first = in.first > at.first ? in.first : at.first, end = in.end < at.end ? in.end : at.end;
    if (end <= first)
        return 0;
    *n += end - first;
    return (double)(m->sum[MIDDLE + d][end] - m->sum[MIDDLE + d][first]) / TORN_BLOCK;
}

/* Codes per sample when the line lies d to the right from block `split` on; HUGE_VAL when too few blocks
 * tell. */
static double cost_of(const struct torn_match *m, int width, int d, int split)
{
    int n = 0;
    double right = cost_between(m, width, d, (struct blocks){split, TORN_BLOCKS}, &n);
    if (n < LEAST_TOLD)
        return HUGE_VAL;
    double left = cost_between(m, width, 0, (struct blocks){0, split}, &n);
    return n < width / TORN_BLOCK / 2 ? HUGE_VAL : (right + left) / n;
}

struct found {
    double cost, mean; /* mean: over all displacements looked at */
    int d, split;
};

/* The best displacement within [low, high]; of those that fit alike the one nearest to `hint`. */
static struct found search(
    const struct torn_match *m, int width, const int range[2], int hint, int split, double per_px)
{
    struct found best = {.cost = HUGE_VAL, .split = split};
    double least = HUGE_VAL;
    int n = 0;
    for (int d = range[0]; d <= range[1]; d++) {
        double cost = cost_of(m, width, d, split), with_distance = cost + per_px * abs(d - hint);
        if (with_distance < least)
            least = with_distance, best.cost = cost, best.d = d;
        if (isfinite(cost))
            best.mean += cost, n++;
    }
    best.mean /= n > 0 ? n : 1;
    return best;
}

/* The best displacement for each split at once, as `search` finds it. */
struct splits {
    int first, n;                                 /* split `first` is at [0] */
    double left[TORN_BLOCKS];                     /* cost of the blocks left of it, which stand still, */
    int n_left[TORN_BLOCKS];                      /* and how many tell */
    double least[TORN_BLOCKS], cost[TORN_BLOCKS]; /* with and without the distance */
};

/* Takes displacement d, `way` dear, into account. Splits go side by side and nothing is jumped over, so that
 * several are done at a time. */
static void try_splits(struct splits *restrict s, const struct torn_match *m, int width, int d, double way)
{
    const struct blocks in = blocks_inside(width, d);
    const uint32_t *restrict sum = m->sum[MIDDLE + d] + s->first; /* 0 before the first block inside */
    const int n = s->n, first = in.first - s->first, end = in.end - s->first, told = width / TORN_BLOCK / 2;
    const int32_t whole = (int32_t)m->sum[MIDDLE + d][in.first < in.end ? in.end : 0];
    for (int i = 0; i < n; i++) {
        int right = end - (first > i ? first : i), all = right + s->n_left[i];
        double cost = ((double)(whole - (int32_t)sum[i]) / TORN_BLOCK + s->left[i]) / (double)all;
        double least = s->least[i], of_least = s->cost[i];
        double with_distance = right >= LEAST_TOLD ? cost + way : HUGE_VAL;
        with_distance = all >= told ? with_distance : HUGE_VAL;
        of_least = with_distance < least ? cost : of_least;
        least = with_distance < least ? with_distance : least;
        s->cost[i] = of_least;
        s->least[i] = least;
    }
}

/* The line is not split unless that fits clearly better. */
static struct found search_split(const struct torn_match *m, int width, const int range[2], double per_px)
{
    static const double clearly = 0.9;
    struct splits s = {.first = 4, .n = width / TORN_BLOCK - 8};
    for (int i = 0; i < s.n; i++) {
        s.left[i] = cost_between(m, width, 0, (struct blocks){0, s.first + i}, &s.n_left[i]);
        s.least[i] = s.cost[i] = HUGE_VAL;
    }
    for (int d = range[0]; d <= range[1]; d++)
        try_splits(&s, m, width, d, per_px * abs(d));
    struct found best = search(m, width, range, 0, 0, per_px);
    double least = clearly * best.cost;
    int split = 0;
    for (int i = 0; i < s.n; i++)
        if (s.cost[i] < least)
            least = s.cost[i], split = s.first + i;
    return split ? search(m, width, range, 0, split, per_px) : best;
}

/* What is left between samples, by least squares on those right of the split. */
static double refine(const struct torn_match *m, const struct torn_task *task, int d, int split)
{
    enum { ENDS = 16 };
    struct vh_line_match sums;
    int x0 = split * TORN_BLOCK, x1 = task->width;
    x0 = x0 + d > ENDS ? x0 : ENDS - d;
    x0 = x0 > ENDS ? x0 : ENDS;
    x1 = x1 + d < task->width - ENDS ? x1 : task->width - ENDS - d;
    x1 = x1 < task->width - ENDS ? x1 : task->width - ENDS;
    if (x1 - x0 < 4 * TORN_BLOCK)
        return d;
    double s = 0;
    for (int round = 0; round < 2; round++) { /* then by what the displacement leaves */
        m->line.sums(&sums, task->own + x0 + d, task->want + x0, x1 - x0,
            (round ? 20 : 40) * VH_LINE_MATCH_ONE, (int)lrint(s * VH_LINE_MATCH_SAMPLE), 0);
        s = fmin(fmax((double)sums.gd / ((double)sums.gg + (double)sums.w), -0.75), 0.75);
    }
    return d - s;
}

struct torn_line torn_line_find(struct torn_match *match, const struct torn_task *task)
{
    static const double per_px = 0.001; /* of the natural difference */
    /* A line that shows something else is as far off everywhere; 45 blocks of noise differ by a twentieth. */
    static const double clearly = 0.88, alike = 1.5, grain = 2;
    int width = task->width, hint = (int)lrint(task->before);
    int range[2] = {hint ? hint - NEAR : -TORN_REACH, hint ? hint + NEAR : TORN_REACH};
    range[0] = range[0] < -TORN_REACH ? -TORN_REACH : range[0];
    range[1] = range[1] > TORN_REACH ? TORN_REACH : range[1];
    take(match->own, task->own, width);
    take(match->want, task->want, width);
    for (int d = range[0]; d <= range[1]; d++)
        sum_costs(match, width, d);
    sum_costs(match, width, 0);
    double slope = per_px * (task->natural + grain);
    struct found best =
        hint ? search(match, width, range, hint, 0, slope) : search_split(match, width, range, slope);
    return (struct torn_line){.shift = refine(match, task, best.d, best.split),
        .split = best.split * TORN_BLOCK,
        .found = best.cost < clearly * best.mean || best.cost < alike * task->natural + grain};
}

double torn_line_difference(struct torn_match *match, const uint16_t *own, const uint16_t *want, int width)
{
    take(match->own, own, width);
    take(match->want, want, width);
    sum_costs(match, width, 0);
    int n = 0;
    double sum = cost_between(match, width, 0, (struct blocks){0, TORN_BLOCKS}, &n);
    return n ? sum / n : 0;
}
