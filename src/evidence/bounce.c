/* Vertical positions of fields by the sums of their lines. */
#include "evidence/bounce.h"

#include "core/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRIPS = 8,
    LINES = 512, /* at most so many lines of a field are looked at */
    REACH = 10,  /* lines searched up and down */
    FIELDS = 4,  /* neighbours of the centre's parity */
    IN_LINE = 3, /* neighbours that have to lie on a line */
    LEAST = 3,   /* strips that have to agree */
};

/* Lines: strips agree within this of their median, and neighbours lie on a line within it; a bounce is larger
 * than the other. Errors of the match are 0.05 (docs/algorithms/bounce.md). */
static const double agree = 0.25, least_bounce = 0.5;

/* Slopes of the line sums of a field's strips, codes; n lines. */
struct slopes {
    float strip[STRIPS][LINES];
    int n;
};

static void take_slopes(struct slopes *s, const struct vh_plane_const *luma)
{
    /* The bottom belongs to head switching, the sides to borders. */
    int first = luma->height / 16, end = luma->height - luma->height / 10,
        wide = (luma->width - luma->width / 8) / STRIPS;
    s->n = end - first < LINES ? end - first : LINES;
    for (int k = 0; k < STRIPS; k++) {
        float before = 0;
        for (int j = 0; j < s->n; j++) {
            const uint16_t *line = luma->data + (first + j) * luma->stride + luma->width / 16 + k * wide;
            uint32_t sum = 0;
            for (int x = 0; x < wide; x++)
                sum += line[x];
            float mean = (float)sum / (float)(wide * VH_CODE);
            s->strip[k][j] = j ? mean - before : 0;
            before = mean;
        }
    }
}

/* Where strip b lies below strip a, lines; false when no place fits much better than all others: even strips,
 * and patterns that repeat. */
static bool match(const float *a, const float *b, int n, double *below)
{
    static const double clearly = 0.4, as_well = 0.02;
    double cost[2 * REACH + 1], all = 0, second;
    int best = 0;
    for (int d = -REACH; d <= REACH; d++) {
        float sum = 0;
        for (int j = REACH; j < n - REACH; j++)
            sum += (a[j] - b[j + d]) * (a[j] - b[j + d]);
        cost[d + REACH] = (double)sum;
        all += cost[d + REACH] / (2 * REACH + 1);
        best = cost[d + REACH] < cost[best] ? d + REACH : best;
    }
    second = all;
    for (int d = 1; d < 2 * REACH; d++)
        if (abs(d - best) > 1 && cost[d] <= cost[d - 1] && cost[d] <= cost[d + 1])
            second = fmin(second, cost[d]);
    if (best == 0 || best == 2 * REACH || cost[best] > clearly * second || second < as_well * all)
        return false;
    double left = cost[best - 1] - cost[best], right = cost[best + 1] - cost[best];
    *below = best - REACH + (left + right > 0 ? 0.5 * (left - right) / (left + right) : 0);
    return true;
}

/* Where the neighbours say the centre should be, relative to where it is: of all lines through two of them
 * the one that most others lie on. A picture that moves may also stutter, by as much as it moves from one
 * field to the next of its parity: only more than that is a bounce. */
static bool expected(const double *at, const bool *known, double *where)
{
    static const int distance[FIELDS] = {-2, -1, 1, 2};
    int most = 0;
    double least = 0;
    for (int a = 0; a < FIELDS; a++)
        for (int b = a + 1; b < FIELDS; b++) {
            if (!known[a] || !known[b])
                continue;
            double slope = (at[b] - at[a]) / (distance[b] - distance[a]), zero = at[a] - slope * distance[a],
                   error = 0;
            int with = 0;
            for (int k = 0; k < FIELDS; k++) {
                double off = known[k] ? fabs(at[k] - zero - slope * distance[k]) : agree + 1;
                with += off <= agree;
                error += fmin(off, agree);
            }
            if (with > most || (with == most && error < least)) {
                most = with;
                least = error;
                *where = fabs(zero) < least_bounce + fabs(slope) ? 0 : zero;
            }
        }
    return most >= IN_LINE;
}

/* What strips[0 … n-1] agree on: their median, when most lie near it. */
static bool agreed(double *strip, int n, double *where)
{
    int with = 0;
    if (n < LEAST)
        return false;
    *where = (vh_select_rank(strip, n, (n - 1) / 2) + vh_select_rank(strip, n, n / 2)) / 2;
    for (int k = 0; k < n; k++)
        with += fabs(strip[k] - *where) <= agree;
    return with >= LEAST && 3 * with >= 2 * n;
}

struct vh_bounce vh_bounce_measure(const struct vh_window *window)
{
    static const int at[FIELDS] = {-4, -2, 2, 4};
    struct vh_bounce bounce = {.known = false};
    struct slopes centre, other;
    double below[STRIPS][FIELDS], strip[STRIPS], where = 0;
    bool known[STRIPS][FIELDS] = {{false}};
    int n = 0;
    take_slopes(&centre, &vh_window_at(window, 0)->plane[0]);
    for (int k = 0; k < FIELDS; k++) {
        const struct vh_image_const *field = vh_window_at(window, at[k]);
        if (!field || centre.n < 4 * REACH)
            continue;
        take_slopes(&other, &field->plane[0]);
        for (int i = 0; i < STRIPS; i++)
            known[i][k] = match(centre.strip[i], other.strip[i], centre.n, &below[i][k]);
    }
    for (int i = 0; i < STRIPS; i++)
        n += expected(below[i], known[i], &strip[n]);
    bounce.known = agreed(strip, n, &where);
    if (bounce.known && fabs(where) >= least_bounce)
        bounce.lines = (float)-where;
    return bounce;
}
