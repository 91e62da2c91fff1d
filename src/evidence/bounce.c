/* Positions of fields by the sums of their lines, and by those of their columns. */
#include "evidence/bounce.h"

#include "core/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRIPS = 8,
    PLACES = 512, /* at most so many lines of a field, or columns of a tile, are looked at */
    REACH = 10,   /* lines searched up and down */
    ASIDE = 16,   /* columns searched to the left and right */
    TILES_X = 4,  /* strips side by side whose columns are summed */
    SOFT = 6,     /* columns summed: what zooms stays alike over a tile */
    FIELDS = 4,   /* neighbours of the centre's parity */
    IN_LINE = 3,  /* neighbours that have to lie on a line */
    LEAST = 3,    /* strips that have to agree */
};

/* Lines, or pairs of columns: strips agree within this of their median, and neighbours lie on a line within
 * it; a bounce is larger than the other. Errors of the match are 0.05 (docs/algorithms/bounce.md). */
static const double agree = 0.25, least_bounce = 0.5;

/* Slopes of the sums over a field's strips, codes; n places. */
struct slopes {
    float strip[STRIPS][PLACES];
    int n;
};

/* The bottom belongs to head switching, the sides to borders. */
static int first_line(const struct vh_plane_const *luma)
{
    return luma->height / 16;
}

static int n_lines(const struct vh_plane_const *luma)
{
    return luma->height - luma->height / 10 - first_line(luma);
}

static void take_lines(struct slopes *s, const struct vh_plane_const *luma)
{
    int first = first_line(luma), wide = (luma->width - luma->width / 8) / STRIPS, n = n_lines(luma);
    s->n = n < PLACES ? n : PLACES;
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

/* Columns of tiles, TILES_X side by side; each slope is that of SOFT columns and the SOFT behind them. */
static void take_columns(struct slopes *s, const struct vh_plane_const *luma)
{
    int first = first_line(luma), tall = n_lines(luma) / (STRIPS / TILES_X),
        wide = (luma->width - luma->width / 8) / TILES_X;
    wide = wide < PLACES ? wide : PLACES;
    s->n = wide - 2 * SOFT;
    for (int k = 0; k < STRIPS && s->n > 0; k++) {
        const uint16_t *tile =
            luma->data + (first + k / TILES_X * tall) * luma->stride + luma->width / 16 + k % TILES_X * wide;
        uint32_t sum[PLACES] = {0};
        for (int j = 0; j < tall; j++)
            for (int i = 0; i < wide; i++)
                sum[i] += tile[j * luma->stride + i];
        for (int i = 0; i < s->n; i++) {
            float slope = 0;
            for (int x = i; x < i + SOFT; x++)
                slope += (float)sum[x + SOFT] - (float)sum[x];
            s->strip[k][i] = slope / (float)(SOFT * (tall ? tall : 1) * VH_CODE);
        }
    }
}

/* Where strip b lies below (right of) strip a, places, at most `reach`; false when no place fits much better
 * than all others: even strips, and patterns that repeat. */
static bool match(const float *a, const float *b, int n, int reach, double *below)
{
    static const double clearly = 0.4, as_well = 0.02;
    double cost[2 * ASIDE + 1], all = 0, second;
    int best = 0, last = 2 * reach, near = reach > REACH ? SOFT : 1;
    for (int d = -reach; d <= reach; d++) {
        float sum = 0;
        for (int j = reach; j < n - reach; j++)
            sum += (a[j] - b[j + d]) * (a[j] - b[j + d]);
        cost[d + reach] = (double)sum;
        all += cost[d + reach] / (last + 1);
        best = cost[d + reach] < cost[best] ? d + reach : best;
    }
    second = all;
    for (int d = 1; d < last; d++)
        if (abs(d - best) > near && cost[d] <= cost[d - 1] && cost[d] <= cost[d + 1])
            second = fmin(second, cost[d]);
    if (best == 0 || best == last || cost[best] > clearly * second || second < as_well * all)
        return false;
    double left = cost[best - 1] - cost[best], right = cost[best + 1] - cost[best];
    *below = best - reach + (left + right > 0 ? 0.5 * (left - right) / (left + right) : 0);
    return true;
}

/* Where the neighbours say the centre should be, relative to where it is: of all lines through two of them
 * the one that most others lie on; false when too few do. A picture that moves may also stutter, by as much
 * as it moves from one field to the next of its parity: only more than that is a bounce, and what is between
 * says nothing. */
static bool expected(const double *at, const bool *known, double *where)
{
    static const int distance[FIELDS] = {-2, -1, 1, 2};
    int most = 0;
    double least = 0, speed = 0;
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
                *where = fabs(zero) < least_bounce ? 0 : zero;
                speed = fabs(slope);
            }
        }
    return most >= IN_LINE && (*where == 0 || fabs(*where) >= least_bounce + speed);
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

/* A direction: what is summed, how far is searched, and how many places make one of `agree` and
 * `least_bounce`.
 */
struct direction {
    void (*take)(struct slopes *s, const struct vh_plane_const *luma);
    int reach, unit;
};

/* How far the centre stands off its neighbours' course, places, 0 = it does not; false when nothing is known.
 */
static bool measure(const struct vh_window *window, const struct direction *d, float *off)
{
    static const int at[FIELDS] = {-4, -2, 2, 4};
    struct slopes centre, other;
    double below[STRIPS][FIELDS] = {{0}}, strip[STRIPS], where = 0;
    bool known[STRIPS][FIELDS] = {{false}};
    int n = 0;
    *off = 0;
    d->take(&centre, &vh_window_at(window, 0)->plane[0]);
    for (int k = 0; k < FIELDS; k++) {
        const struct vh_image_const *field = vh_window_at(window, at[k]);
        if (!field || centre.n < 4 * d->reach)
            continue;
        d->take(&other, &field->plane[0]);
        for (int i = 0; i < STRIPS; i++) {
            known[i][k] = match(centre.strip[i], other.strip[i], centre.n, d->reach, &below[i][k]);
            below[i][k] /= d->unit;
        }
    }
    for (int i = 0; i < STRIPS; i++)
        n += expected(below[i], known[i], &strip[n]);
    if (!agreed(strip, n, &where))
        return false;
    *off = fabs(where) >= least_bounce ? (float)(-where * d->unit) : 0;
    return true;
}

struct vh_bounce vh_bounce_measure(const struct vh_window *window)
{
    static const struct direction down = {take_lines, REACH, 1}, aside = {take_columns, ASIDE, 2};
    struct vh_bounce bounce;
    bounce.known = measure(window, &down, &bounce.lines);
    bounce.known |= measure(window, &aside, &bounce.px);
    return bounce;
}
