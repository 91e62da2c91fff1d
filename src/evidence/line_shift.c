/* Sideways displacement of lines: the graph of fields, one small least squares problem per line, and the
 * smoothing down the field. */
#include "evidence/line_shift.h"

#include "core/memory.h"
#include "core/status.h"
#include "row_vectors.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    REACH = VH_WINDOW_REACH + VH_MOTION_REACH, /* fields on each side that take part */
    NODES = 2 * REACH + 1,
    KEPT = VH_WINDOW_REACH + 1, /* the centre's and those before it */
};
static const double FREE = 1e-6;
/* What matches err by beside what noise does: interpolation and vectors, by their part of the jitter's rms;
 * and what their vectors err by in velocity, samples per field (docs/algorithms/line-sync.md). */
static const double NEAR_ERROR = 0.1, FAR_ERROR = 0.15, DRIFT = 0.15, STILL = 0.25;
static const double FARTHEST = 2.5; /* samples: matches further off the others are doubted; whole fields'
                                       lines that far off may be torn */

struct vh_line_shift {
    const struct vh_field_look *look[VH_WINDOW_SIZE];
    int n_x, n_y;
    struct vh_dsp_line_look dsp;
    double variance;                      /* of a displacement, samples^2, as the matches show it */
    double wild;                          /* further off the others, samples, matches are doubted */
    double error_square[VH_MOTION_REACH]; /* of matches one and two fields off */
    int16_t *velocity;                    /* of each block's place */
    /* Displacement of a row of blocks that the vectors took for motion, quarter samples, by look, reference
     * and row.
     */
    const float *taken[VH_WINDOW_SIZE][VH_LOOK_REFS];
    float *behind[VH_WINDOW_REACH][VH_LOOK_REFS]; /* memory for those of looks behind the centre */
    /* Those that were found when a look was the centre, in the midst of the nine that tell the velocity; look
     * n is at [n % KEPT] when its number says so. */
    struct kept {
        int64_t number; /* of the field, + 1; 0 = none */
        float *taken[VH_LOOK_REFS];
    } kept[KEPT];
    float *memory;
};

int vh_line_shift_create(struct vh_line_shift **shift, int width, int height, unsigned cpu_flags)
{
    struct vh_line_shift *s = *shift = vh_alloc(1, sizeof *s);
    if (!s)
        return VH_ERR_RESOURCE;
    vh_dsp_line_look_init(&s->dsp, cpu_flags);
    s->n_x = (width + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1;
    s->n_y = (height + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1;
    size_t rows = (size_t)s->n_y, blocks = rows * (size_t)s->n_x;
    float *at = s->memory = vh_alloc((VH_WINDOW_REACH + KEPT) * VH_LOOK_REFS * rows, sizeof *at);
    s->velocity = vh_alloc(2 * blocks, sizeof *s->velocity);
    if (!at || !s->velocity) {
        vh_line_shift_destroy(shift);
        return VH_ERR_RESOURCE;
    }
    for (int i = 0; i < VH_WINDOW_REACH + KEPT; i++)
        for (int r = 0; r < VH_LOOK_REFS; r++, at += rows)
            *(i < KEPT ? &s->kept[i].taken[r] : &s->behind[i - KEPT][r]) = at;
    return VH_OK;
}

void vh_line_shift_destroy(struct vh_line_shift **shift)
{
    if (!shift || !*shift)
        return;
    vh_free((*shift)->memory);
    vh_free((*shift)->velocity);
    vh_freep(shift);
}

/* ---- how much there is to be found ---- */

/* A match is the difference of two displacements, so half its mean square, less what noise does, is theirs.
 * Every fourth line of each look tells. */
static double variance_of(const struct vh_field_look *const look[VH_WINDOW_SIZE])
{
    static const double most = 1, least = 0.01; /* samples^2 */
    double sum = 0, n = 0;
    for (int i = 0; i < VH_WINDOW_SIZE; i++)
        for (int r = 0; r < VH_LOOK_REFS && look[i]; r++)
            for (int y = 0; y < look[i]->n_lines && look[i]->ref[r]; y += 4) {
                double d = (double)look[i]->shift[r][y], w = (double)look[i]->weight[r][y];
                if (w > 0 && !look[i]->torn[y] && fabs(d) < FARTHEST)
                    sum += d * d - 1 / w, n++;
            }
    return fmin(fmax(n > 0 ? 0.5 * sum / n : 0, least), most);
}

/* ---- what the vectors took ---- */

/* What was kept of look i of the window, if anything. */
static struct kept *kept_of(struct vh_line_shift *s, int64_t number, int i)
{
    int64_t n = number + i - VH_WINDOW_REACH;
    return n < 0 ? NULL : &s->kept[n % KEPT];
}

void vh_line_shift_begin(
    struct vh_line_shift *s, const struct vh_field_look *const look[VH_WINDOW_SIZE], int64_t number)
{
    memcpy(s->look, look, sizeof s->look);
    s->variance = variance_of(look);
    s->wild = 3 * sqrt(s->variance) + 0.25;
    s->error_square[0] = NEAR_ERROR * NEAR_ERROR * (s->variance + STILL);
    s->error_square[1] = FAR_ERROR * FAR_ERROR * (s->variance + STILL);
    row_vectors_velocity(&s->dsp, s->velocity, look, VH_WINDOW_SIZE, s->n_x * s->n_y);
    for (int i = 0; i < VH_WINDOW_SIZE; i++) {
        if (i == VH_WINDOW_REACH + 1) /* looks behind the centre lie in the midst of nobody's nine yet */
            row_vectors_velocity(
                &s->dsp, s->velocity, look + VH_WINDOW_REACH, VH_WINDOW_REACH + 1, s->n_x * s->n_y);
        struct kept *kept = i <= VH_WINDOW_REACH ? kept_of(s, number, i) : NULL;
        bool known = kept && kept->number == number + i - VH_WINDOW_REACH + 1;
        if (kept && look[i] && !known) /* found by another centre's velocity: not worth keeping */
            kept->number = i == VH_WINDOW_REACH ? number + 1 : 0;
        for (int r = 0; r < VH_LOOK_REFS && look[i]; r++) {
            float *row = kept ? kept->taken[r] : s->behind[i - VH_WINDOW_REACH - 1][r];
            s->taken[i][r] = row;
            if (look[i]->ref[r] && !known)
                row_vectors_deviation(&s->dsp, row, look[i], r, s->velocity);
        }
    }
}

void vh_line_shift_forget(struct vh_line_shift *shift)
{
    for (int i = 0; i < KEPT; i++)
        shift->kept[i].number = 0;
}

/* At a frame line: in the cells of a row the mean of the blocks above and below is what predicts
 * (line_predict.h). Quarter samples there, samples here. */
static int row_of(const struct vh_line_shift *s, double frame_line)
{
    int y = (int)(frame_line / VH_MOTION_CELL);
    return y < 0 ? 0 : y > s->n_y - 2 ? s->n_y - 2 : y;
}

static double taken_at(const struct vh_line_shift *s, int m, int r, int y)
{
    const float *row = s->taken[VH_WINDOW_REACH + m][r];
    return 0.125 * ((double)row[y] + (double)row[y + 1]);
}

/* ---- the graph ---- */

/* A place in a field: between lines `line` and `line` + 1 by `part`. */
struct place {
    int line;
    double part;
};

/* The equations of one line; node `REACH` is the centre. */
struct graph {
    double a[NODES][NODES], b[NODES];
    double known;           /* weight of the centre's matches */
    double place[NODES];    /* frame line at which the centre's line is found in field m */
    struct place at[NODES]; /* of those that have a look and are inside its field */
    bool there[NODES], inside[NODES];
    bool torn[NODES]; /* as far as looks know */
    bool far[NODES];  /* displaced further than jitter does: torn, perhaps */
};

/* The look at field m of the window, NULL where there is none. */
static const struct vh_field_look *look_at(const struct vh_line_shift *s, int m)
{
    return m < -VH_WINDOW_REACH || m > VH_WINDOW_REACH ? NULL : s->look[VH_WINDOW_REACH + m];
}

static bool find_place(struct place *p, const struct vh_field_look *look, double frame_line)
{
    double at = (frame_line - look->parity) / 2;
    if (!(at > -0.5 && at < look->n_lines - 0.5))
        return false;
    at = at < 0 ? 0 : at > look->n_lines - 1 ? look->n_lines - 1 : at;
    p->line = (int)at < look->n_lines - 1 ? (int)at : (look->n_lines > 1 ? look->n_lines - 2 : 0);
    p->part = at - p->line;
    return true;
}

static double down_at(const struct vh_field_look *look, int r, const struct place *p)
{
    return (double)look->down[r][p->part < 0.5 || look->n_lines < 2 ? p->line : p->line + 1];
}

/* Follows the line from the centre outwards, by single steps or, where there is none, by double ones. */
static void follow(struct graph *g, const struct vh_line_shift *s, int direction)
{
    int one = direction < 0 ? 1 : 2, two = direction < 0 ? 0 : 3; /* references of that side */
    for (int i = 1; i <= REACH; i++) {
        int m = direction * i;
        for (int step = 1; step <= 2 && step <= i && !g->there[REACH + m]; step++) {
            const struct vh_field_look *from = look_at(s, m - direction * step);
            int r = step == 1 ? one : two;
            struct place p;
            if (!from || !from->ref[r] || !g->there[REACH + m - direction * step] ||
                !find_place(&p, from, g->place[REACH + m - direction * step]))
                continue;
            g->place[REACH + m] = g->place[REACH + m - direction * step] + down_at(from, r, &p);
            g->there[REACH + m] = true;
        }
    }
}

/* The matches of one look: each joins two fields, shift = s_m - s_other + distance * v with weight w. v is
 * what is left of the line's motion, one unknown more for each look, of variance DRIFT^2; being nobody else's
 * it is eliminated at once. */
struct star {
    double w[2 * VH_MOTION_REACH + 1]; /* of fields m - 2 … m + 2 by v, as in the matrix */
    double v, b;
};

static void join(struct graph *g, struct star *star, int m, int distance, double shift, double w)
{
    int other = m + distance;
    g->known += m == REACH || other == REACH ? w : 0;
    g->a[m][m] += w;
    g->a[other][other] += w;
    g->a[m][other] -= w;
    g->a[other][m] -= w;
    g->b[m] += w * shift;
    g->b[other] -= w * shift;
    star->w[VH_MOTION_REACH] += w * distance;
    star->w[VH_MOTION_REACH + distance] -= w * distance;
    star->v += w * distance * distance;
    star->b += w * distance * shift;
}

static void end_star(struct graph *g, const struct star *star, int m)
{
    double scale = 1 / (star->v + 1 / (DRIFT * DRIFT));
    for (int i = 0; i <= 2 * VH_MOTION_REACH; i++) {
        int k = m + i - VH_MOTION_REACH;
        double f = star->w[i] * scale;
        if (f == 0)
            continue;
        g->b[k] -= f * star->b;
        for (int j = 0; j <= 2 * VH_MOTION_REACH; j++)
            g->a[k][m + j - VH_MOTION_REACH] -= f * star->w[j];
    }
}

/* The lines of the fields looked at that the centre's line is found at, and which of them are torn. */
static void find_places(struct graph *g, const struct vh_line_shift *s)
{
    for (int m = -VH_WINDOW_REACH; m <= VH_WINDOW_REACH; m++) {
        const struct vh_field_look *look = look_at(s, m);
        struct place *p = &g->at[REACH + m];
        if (!look || !g->there[REACH + m] || !find_place(p, look, g->place[REACH + m]))
            continue;
        g->inside[REACH + m] = true;
        g->torn[REACH + m] = look->torn[p->line] || (p->part > 0 && look->torn[p->line + 1]);
    }
}

struct match {
    double shift, weight; /* 0 = none */
};

/* What the look at field m says at the centre's line against reference r, its row of blocks being `row`. */
static inline struct match match_of(
    const struct graph *g, const struct vh_line_shift *s, int m, int r, int row)
{
    const struct vh_field_look *look = look_at(s, m);
    const struct place *p = &g->at[REACH + m];
    int other = REACH + m + vh_look_distance[r];
    if (!look->ref[r] || !g->there[other] || g->torn[other]) /* torn: it rests on what is not there */
        return (struct match){0};
    double w0 = (double)look->weight[r][p->line] * (1 - p->part), w1 = 0,
           sum = w0 * (double)look->shift[r][p->line];
    if (p->part > 0) {
        w1 = (double)look->weight[r][p->line + 1] * p->part;
        sum += w1 * (double)look->shift[r][p->line + 1];
    }
    if (!(w0 + w1 > 0))
        return (struct match){0};
    return (struct match){sum / (w0 + w1) + taken_at(s, m, r, row), w0 + w1};
}

/* The mean of all matches without the least and the greatest. */
static double middle(const struct match match[VH_LOOK_REFS])
{
    double least = INFINITY, most = -INFINITY, sum = 0;
    int n = 0;
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (match[r].weight > 0) {
            least = match[r].shift < least ? match[r].shift : least;
            most = match[r].shift > most ? match[r].shift : most;
            sum += match[r].shift, n++;
        }
    return n > 2 ? (sum - least - most) / (n - 2) : n ? sum / n : 0;
}

/* The weight of a match whose own noise says this much, `off` the others. */
static double believed(const struct vh_line_shift *s, double weight, int distance, double off)
{
    double wild = off > s->wild ? off - s->wild : 0;
    return weight / (1 + weight * (s->error_square[distance * distance > 1] + wild * wild));
}

static void join_look(struct graph *g, const struct vh_line_shift *s, int m)
{
    struct star star = {.v = 0};
    struct match match[VH_LOOK_REFS];
    if (!g->inside[REACH + m] || (m && g->torn[REACH + m]))
        return;
    int row = row_of(s, g->place[REACH + m]);
    for (int r = 0; r < VH_LOOK_REFS; r++)
        match[r] = match_of(g, s, m, r, row);
    double others = middle(match);
    g->far[REACH + m] = fabs(others) > FARTHEST;
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (match[r].weight > 0)
            join(g, &star, REACH + m, vh_look_distance[r], match[r].shift,
                believed(s, match[r].weight, vh_look_distance[r], fabs(match[r].shift - others)));
    end_star(g, &star, REACH + m);
}

enum { BAND = 2 * VH_MOTION_REACH };

/* Eliminates field i, which is joined with none but the BAND ones from `from` on and those that are gone. */
static inline void drop(struct graph *g, int i, int from)
{
    double scale = 1 / g->a[i][i], row[BAND];
    memcpy(row, &g->a[i][from], sizeof row);
    for (int k = from; k < from + BAND; k++) {
        double f = g->a[k][i] * scale;
        g->b[k] -= f * g->b[i];
        for (int l = 0; l < BAND; l++)
            g->a[k][from + l] -= f * row[l];
    }
}

/* The centre's unknown by elimination of all others, from the outside inwards: a look joins five fields, so
 * each is joined with the four before and the four behind it, and elimination touches no others but such as
 * are gone (the matrix is positive definite by the prior). */
static double eliminate(struct graph *g)
{
    for (int out = REACH; out > 0; out--) {
        drop(g, REACH - out, REACH - out + 1);
        drop(g, REACH + out, REACH + out - BAND);
    }
    return g->b[REACH] / g->a[REACH][REACH];
}

static void solve_line(const struct vh_line_shift *s, float *by, float *weight, int y)
{
    struct graph g;
    memset(&g, 0, sizeof g);
    g.place[REACH] = 2.0 * y + s->look[VH_WINDOW_REACH]->parity;
    g.there[REACH] = true;
    follow(&g, s, -1);
    follow(&g, s, 1);
    find_places(&g, s);
    for (int m = -VH_WINDOW_REACH; m <= VH_WINDOW_REACH; m++)
        join_look(&g, s, m);
    for (int i = 0; i < NODES; i++) /* a tear is no small displacement, and none of its neighbours' */
        g.a[i][i] += g.far[i] || (i == REACH && s->look[VH_WINDOW_REACH]->torn[y]) ? FREE : 1 / s->variance;
    *weight = (float)g.known;
    *by = g.known > 0 ? (float)eliminate(&g) : 0;
}

void vh_line_shift_solve(const struct vh_line_shift *shift, float *by, float *weight, int y0, int y1)
{
    for (int y = y0; y < y1; y++)
        solve_line(shift, &by[y], &weight[y], y);
}

/* Variance, correlation of neighbours, and high-frequency jitter of the raw shifts, all less their measuring
 * noise. */
struct moments {
    double variance, correlation, jitter;
};

static struct moments moments_of(const float *shift, const float *weight, int n)
{
    struct moments m = {0};
    double square = 0, product = 0, bent = 0, noise = 0, bent_noise = 0, n1 = 0, n2 = 0, n3 = 0;
    for (int y = 0; y < n; y++) {
        if (weight[y] <= 0)
            continue;
        square += (double)shift[y] * shift[y], noise += 1.0 / weight[y], n1++;
        if (y && weight[y - 1] > 0)
            product += (double)shift[y] * shift[y - 1], n2++;
        if (y && y < n - 1 && weight[y - 1] > 0 && weight[y + 1] > 0) {
            double b = shift[y] - 0.5 * (shift[y - 1] + shift[y + 1]);
            bent += b * b, n3++;
            bent_noise += 1.0 / weight[y] + 0.25 / weight[y - 1] + 0.25 / weight[y + 1];
        }
    }
    m.variance = n1 > 0 ? fmax(0, (square - noise) / n1) : 0;
    m.correlation = n2 > 0 && m.variance > 0 ? fmin(0.95, fmax(0, product / n2 / m.variance)) : 0;
    m.jitter = n3 > 0 ? sqrt(fmax(0, (bent - bent_noise) / n3 / 1.5)) : 0;
    return m;
}

float vh_line_shift_smooth(float *shift, const float *weight, int n, float *scratch)
{
    struct moments m = moments_of(shift, weight, n);
    double rho = m.correlation, drive = m.variance * (1 - rho * rho), s = 0, v = m.variance;
    float *variance = scratch;
    for (int y = 0; y < n; y++) { /* down: shift[y] and variance[y] become the filtered ones */
        double ps = rho * s, pv = rho * rho * v + drive;
        double gain = weight[y] > 0 ? pv / (pv + 1.0 / weight[y]) : 0;
        s = ps + gain * (shift[y] - ps);
        v = (1 - gain) * pv;
        shift[y] = (float)s;
        variance[y] = (float)v;
    }
    for (int y = n - 2; y >= 0; y--) { /* up */
        double pv = rho * rho * variance[y] + drive;
        double back = pv > 0 ? rho * variance[y] / pv : 0;
        shift[y] += (float)(back * (shift[y + 1] - rho * shift[y]));
    }
    return (float)m.jitter;
}
