/* Block matching: coarse levels in whole samples, the finest level in fractions, composed vectors refined.
 *
 * Each block tests candidates (zero, median of its neighbours, vectors of the coarser level, of neighbours in
 * scan order, of other pairs of fields) and then walks down in diamonds. The cost is the SAD plus a small
 * price per quarter sample of distance from the median of the neighbours, so that ambiguous blocks follow
 * their surroundings. Candidate sets after MVTools and 3DRS (de Haan et al., IEEE TCSVT 1993).
 *
 * Blocks see their neighbours' results in scan order; the finest level is cut into bands of VH_BAND_ROWS
 * block rows that do not see each other, always the same bands, so that threads can share the work without
 * changing the result.
 *
 * Included once per instruction set, so that sums of absolute differences are compiled in place
 * (dsp/match_window.h). SEARCH_NAME names the table of steps. No include guard.
 */
#include "dsp/match_window.h"
#include "internal.h"

#include <stdlib.h>

/* Set by the sweep in docs/algorithms/motion-search.md. */
enum {
    PRICE = 4,      /* SAD units per quarter sample of distance from the median of the neighbours */
    NEW_VECTOR = 8, /* what a refined vector must save against the best candidate, besides 1/32 of its SAD */
    SETTLED_SAD =
        64, /* a candidate within 3/2 of the neighbours' SAD and this is only refined at the last step */
    STILL_SAD = 32, /* a quarter code per sample: 8-bit rounding */
    FAR_PART = 2,   /* the two fields of one parity count half */
    FAR_LIMIT = 2,  /* and no more than twice the SAD itself and this: motion need not be steady */
    FAR_SAD = 64,
    MAX_TESTED = 24,
};

/* Steady motion can be checked on two fields of one parity, which vertical detail (alias between the lines of
 * a field) does not make differ. */
enum far_kind {
    FAR_NONE,
    FAR_BACK,  /* the centre, and the field two before: displaced by twice the vector */
    FAR_ACROSS /* the fields before and after the centre: displaced by the vector each, together twice */
};

/* State of one block's search on the finest level. Vectors in quarter samples of S. */
struct probe {
    struct vh_match_window own;
    ptrdiff_t stride;
    const uint8_t *ref[4]; /* half-sample planes at the window's place */
    enum far_kind far;
    uint8_t *const *far_a, *const
                               *far_b; /* half-sample planes of two fields of one parity, two fields apart */
    bool same;                         /* these two are there */
    ptrdiff_t at;                      /* the window's place */
    int min_x, max_x, min_y, max_y;
    int middle_x, middle_y; /* where the price is zero */
    int cost, sad, x, y;    /* best so far */
    int sad_still;          /* the two fields of one parity at zero motion; -1: not asked for yet */
    int sad_up, sad_down;   /* a quarter row above and below the best; -1: not known */
    int n_tested;
    struct vh_mv tested[MAX_TESTED];
    int sad_zero; /* of the zero vector, where that was tested first */
};

static inline int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static inline int median3(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* The mean of the middle two. */
static inline int median4(int a, int b, int c, int d)
{
    int low = a < b ? a : b, high = a < b ? b : a, low2 = c < d ? c : d, high2 = c < d ? d : c;
    return ((low > low2 ? low : low2) + (high < high2 ? high : high2)) / 2;
}

static inline int place(int corner, int half_window, int size, int window)
{
    int last = size > window ? size - window : 0;
    return clamp(corner - half_window, 0, last);
}

/* The reference at (x, y): whole and half samples are read (b == c), quarters are the mean of the two halves
 * around. */
static inline void place_at(const struct probe *p, int x, int y, const uint8_t **b, const uint8_t **c)
{
    int hx = x >> 1, hy = y >> 1;
    *b = p->ref[(hx & 1) + 2 * (hy & 1)] + (hy >> 1) * p->stride + (hx >> 1);
    hx += x & 1;
    hy += y & 1;
    *c = p->ref[(hx & 1) + 2 * (hy & 1)] + (hy >> 1) * p->stride + (hx >> 1);
}

static inline int sad_at(const struct probe *p, int x, int y)
{
    const uint8_t *b, *c;
    place_at(p, x, y, &b, &c);
    if (b == c)
        return vh_match_sad(&p->own, b, p->stride);
    return vh_match_sad_mean(&p->own, b, c, p->stride);
}

/* SAD between the two fields of one parity for motion at (x, y) per field, in half samples, which twice a
 * quarter is. */
static inline int sad_far(const struct probe *p, int x, int y)
{
    int ax = 0, ay = 0, bx = x, by = y;
    if (p->far == FAR_ACROSS) {
        bx = (x + 1) >> 1;
        by = (y + 1) >> 1;
        ax = bx - x;
        ay = by - y;
        if (x <= -p->max_x || x >= -p->min_x || y <= -p->max_y || y >= -p->min_y)
            return INT32_MAX;
    } else if (2 * x < p->min_x || 2 * x > p->max_x || 2 * y < p->min_y || 2 * y > p->max_y) {
        return INT32_MAX;
    }
    const uint8_t *a = p->far_a[(ax & 1) + 2 * (ay & 1)] + p->at + (ay >> 1) * p->stride + (ax >> 1);
    const uint8_t *b = p->far_b[(bx & 1) + 2 * (by & 1)] + p->at + (by >> 1) * p->stride + (bx >> 1);
    return vh_match_sad_planes(a, p->stride, b, p->stride);
}

static inline int still(struct probe *p)
{
    if (p->sad_still < 0)
        p->sad_still = vh_match_sad_planes(p->far_a[0] + p->at, p->stride, p->far_b[0] + p->at, p->stride);
    return p->sad_still;
}

/* Takes (x, y), whose SAD is `sad`, when it costs less than the best so far. */
static inline void weigh(struct probe *p, int x, int y, int sad)
{
    int cost = sad + PRICE * (abs(x - p->middle_x) + abs(y - p->middle_y));
    if (cost >= p->cost)
        return;
    if (p->far) {
        int far = x | y ? sad_far(p, x, y) : still(p), limit = FAR_LIMIT * sad + FAR_SAD;
        cost += (far < limit ? far : limit) / FAR_PART;
        if (cost >= p->cost)
            return;
    }
    p->cost = cost;
    p->sad = sad;
    p->x = x;
    p->y = y;
}

/* Tests a candidate, each place once. */
static inline void test_candidate(struct probe *p, int x, int y)
{
    x = clamp(x, p->min_x, p->max_x);
    y = clamp(y, p->min_y, p->max_y);
    for (int i = 0; i < p->n_tested; i++)
        if (p->tested[i].x == x && p->tested[i].y == y)
            return;
    if (p->n_tested == MAX_TESTED)
        return;
    p->tested[p->n_tested++] = (struct vh_mv){(int16_t)x, (int16_t)y};
    weigh(p, x, y, sad_at(p, x, y));
}

static void start(struct probe *p, const struct vh_planes *cur, const struct vh_planes *ref, int bx, int by)
{
    const struct vh_level *level = &cur->level[0];
    int x = place(bx * VH_STEP_X, VH_WINDOW_W / 2, level->width, VH_WINDOW_W);
    int y = place(by * VH_STEP_Y, VH_WINDOW_H / 2, level->height, VH_WINDOW_H);
    ptrdiff_t at = y * level->stride + x;
    p->stride = level->stride;
    vh_match_take(&p->own, level->data + at, level->stride);
    for (int i = 0; i < 4; i++) {
        p->ref[i] = ref->half[i] + at;
        for (int r = VH_WINDOW_H; r < VH_WINDOW_H + VH_STEP_Y; r++)
            __builtin_prefetch(p->ref[i] + r * p->stride);
    }
    p->min_x = 4 * (-VH_OUTSIDE_X - x);
    p->max_x = 4 * (level->width + VH_OUTSIDE_X - VH_WINDOW_W - x);
    p->min_y = 4 * (-VH_OUTSIDE_Y - y);
    p->max_y = 4 * (level->height + VH_OUTSIDE_Y - VH_WINDOW_H - y);
    p->sad_still = p->sad_up = p->sad_down = -1;
    p->far = FAR_NONE;
    p->far_a = p->far_b = cur->half;
    p->at = at;
    p->same = false;
    p->cost = INT32_MAX;
    p->n_tested = 0;
    p->middle_x = p->middle_y = p->x = p->y = p->sad = 0;
}

/* Adds the two fields of one parity around the pair, where they are known. */
static void look_far(struct probe *p, const struct vh_search_job *job)
{
    p->same = job->same[0] != NULL;
    if (!p->same)
        return;
    bool back = job->cur == job->same[0];
    if (job->search->effort.far)
        p->far = back ? FAR_BACK : FAR_ACROSS;
    p->far_a = job->same[back ? 0 : 1]->half;
    p->far_b = job->same[back ? 1 : 0]->half;
}

/* Tests four places, in this order. */
static inline void test4(struct probe *p, const int x[4], const int y[4], int sad[4])
{
    const uint8_t *b[4], *c[4];
    int cx[4], cy[4];
    for (int i = 0; i < 4; i++) {
        cx[i] = clamp(x[i], p->min_x, p->max_x);
        cy[i] = clamp(y[i], p->min_y, p->max_y);
        place_at(p, cx[i], cy[i], &b[i], &c[i]);
    }
    if (b[0] == c[0] && b[1] == c[1] && b[2] == c[2] && b[3] == c[3])
        vh_match_sad4(&p->own, b, p->stride, sad);
    else
        vh_match_sad_mean4(&p->own, b, c, p->stride, sad);
    for (int i = 0; i < 4; i++)
        weigh(p, cx[i], cy[i], sad[i]);
}

/* The four neighbours at `step`, then with `corners` the four diagonal ones. */
static inline void diamond(struct probe *p, int step, bool corners)
{
    int x = p->x, y = p->y, sad[4], unused[4];
    test4(p, (const int[4]){x + step, x - step, x, x}, (const int[4]){y, y, y + step, y - step}, sad);
    if (corners)
        test4(p, (const int[4]){x + step, x - step, x + step, x - step},
            (const int[4]){y + step, y - step, y - step, y + step}, unused);
    bool stayed = p->x == x && p->y == y;
    p->sad_down = stayed && step == 1 ? sad[2] : -1;
    p->sad_up = stayed && step == 1 ? sad[3] : -1;
}

/* Walks down from the best candidate. Candidates are vectors refined before, so where one fits as well as its
 * neighbours' vectors fit them (`settled`), only the last step is walked. */
static void refine(struct probe *p, const struct vh_effort *effort, bool settled)
{
    p->cost -= p->sad / 32 + NEW_VECTOR;
    for (int i = 0; i < effort->diamonds && !settled; i++) {
        int x = p->x, y = p->y;
        diamond(p, 4, false);
        if (p->x == x && p->y == y)
            break;
    }
    if (!settled && effort->finest < 2)
        diamond(p, 2, effort->corners);
    diamond(p, effort->finest, effort->corners && !settled);
}

/* One more bit of vertical precision from the SADs a quarter row above and below: the crossing of two slopes
 * of equal steepness. 0 unless the minimum is clear, so that noise does not move still pictures. */
static int half_step(const struct probe *p)
{
    if (p->y <= p->min_y || p->y >= p->max_y)
        return 0;
    int up = p->sad_up >= 0 ? p->sad_up : sad_at(p, p->x, p->y - 1);
    int down = p->sad_down >= 0 ? p->sad_down : sad_at(p, p->x, p->y + 1);
    int steep = (up > down ? up : down) - p->sad;
    if (8 * steep < p->sad + 256)
        return 0;
    return 2 * (up - down) > steep ? 1 : 2 * (down - up) > steep ? -1 : 0;
}

static void finish(const struct vh_motion_search *search, struct probe *p, struct vh_pair *pair, int at)
{
    pair->q[at] = (struct vh_mv){(int16_t)p->x, (int16_t)p->y};
    int y = 2 * p->y + (search->effort.lines && (p->x || p->y) ? half_step(p) : 0);
    pair->mv[at] = (struct vh_mv){(int16_t)p->x, (int16_t)y};
    pair->sad[at] = (uint16_t)p->sad;
}

/* Vectors of the coarser level around block (bx, by), scaled by `scale` to the units of the finer one. */
static int parents(struct vh_mv out[4], const struct vh_planes *planes, int coarse, const struct vh_mv *mv,
    int bx, int by, int scale)
{
    const struct vh_level *level = &planes->level[coarse];
    int n = 0;
    for (int j = 0; j <= (by & 1); j++)
        for (int i = 0; i <= (bx & 1); i++) {
            int px = clamp(bx / 2 + i, 0, level->n_x - 1), py = clamp(by / 2 + j, 0, level->n_y - 1);
            struct vh_mv v = mv[py * level->n_x + px];
            out[n++] = (struct vh_mv){(int16_t)(v.x * scale), (int16_t)(v.y * scale)};
        }
    return n;
}

/* Fields of one parity show a still place alike, even where vertical detail makes fields of different parity
 * differ. */
static bool stands_still(struct probe *p)
{
    return p->same && still(p) <= p->sad + p->sad / 8 + STILL_SAD;
}

/* Candidates that a block needs whose neighbours' vectors do not fit: coarser level, other pairs, dominant
 * motion. */
static void test_others(struct probe *p, const struct vh_search_job *job, int bx, int by, int step)
{
    const struct vh_motion_search *search = job->search;
    struct vh_mv parent[4];
    int n = job->cur->n_levels > 1 ? parents(parent, job->cur, 1, job->pair->coarse[1], bx, by, 8) : 0;
    for (int i = 0; i < n; i++)
        test_candidate(p, parent[i].x, parent[i].y);
    for (int i = 0; i < 2; i++) {
        const struct vh_mv *other = job->hints.field[i];
        int sign = job->hints.sign[i], ax = bx + 2 * step, ay = by + 2 * step;
        if (other && i)
            test_candidate(p, sign * other[by * search->n_x + bx].x, sign * other[by * search->n_x + bx].y);
        if (other && (i == 0 || search->effort.spread) && ax >= 0 && ax < search->n_x && ay >= 0 &&
            ay < search->n_y) {
            struct vh_mv v = other[ay * search->n_x + ax];
            test_candidate(p, sign * v.x, sign * v.y);
        }
        if (search->effort.spread || i == 0)
            test_candidate(p, job->hints.global[i].x, job->hints.global[i].y);
    }
}

static struct vh_mv parent_of(const struct vh_search_job *job, int bx, int by)
{
    struct vh_mv parent[4];
    parents(parent, job->cur, 1, job->pair->coarse[1], bx, by, 8);
    return parent[0];
}

/* Where a block finds the results of its neighbours, in scan order. */
struct around {
    struct vh_mv left, up, diagonal;
    int sad; /* mean of those of left and up; 0 when one of them is not known */
    bool known;
};

/* Searches block (bx, by) from what is known around it. */
static void search_block(const struct vh_search_job *job, int bx, int by, const struct around *around)
{
    const struct vh_motion_search *search = job->search;
    const struct vh_effort *effort = &search->effort;
    int at = by * search->n_x + bx, step = job->scan ? -1 : 1;
    struct vh_mv left = around->left, up = around->up, diagonal = around->diagonal;
    struct probe p;
    start(&p, job->cur, job->ref, bx, by);
    look_far(&p, job);
    p.middle_x = median3(left.x, up.x, diagonal.x);
    p.middle_y = median3(left.y, up.y, diagonal.y);
    test_candidate(&p, 0, 0);
    p.sad_zero = p.sad;
    if (around->known && !(left.x | left.y | up.x | up.y) && stands_still(&p) &&
        still(&p) <= job->quiet_sad) {
        finish(search, &p, job->pair, at);
        return;
    }
    test_candidate(&p, p.middle_x, p.middle_y);
    test_candidate(&p, left.x, left.y);
    test_candidate(&p, up.x, up.y);
    if (job->hints.field[0])
        test_candidate(&p, job->hints.sign[0] * job->hints.field[0][at].x,
            job->hints.sign[0] * job->hints.field[0][at].y);
    bool settled = around->sad && 2 * p.sad <= 3 * around->sad + 2 * SETTLED_SAD;
    if (!settled) {
        test_others(&p, job, bx, by, step);
        test_candidate(&p, diagonal.x, diagonal.y);
        settled = around->sad && 2 * p.sad <= 3 * around->sad + 2 * SETTLED_SAD;
    }
    if (!effort->hasty || p.sad > job->quiet_sad)
        refine(&p, effort, settled);
    if ((p.x || p.y) && stands_still(&p)) {
        p.x = p.y = 0;
        p.sad = p.sad_zero;
    }
    finish(search, &p, job->pair, at);
}

/* The neighbour at (bx + dx, by + dy) when it has been searched: inside the band. */
static inline const struct vh_mv *neighbour(
    const struct vh_search_job *job, int bx, int by, int first, int last)
{
    bool inside = bx >= 0 && bx < job->search->n_x && by >= first && by < last;
    return inside ? &job->pair->q[by * job->search->n_x + bx] : NULL;
}

/* Searches block (bx, by) after those of its lattice before it: `across` and `up` tell where they are. */
struct lattice {
    int step_x, step_y,
        shift; /* blocks (x, y) with y a multiple of step_y and x of step_x after `shift` more each row */
};

static void lattice_block(
    const struct vh_search_job *job, const struct lattice *l, int bx, int by, int first, int last)
{
    int step = job->scan ? -1 : 1, aside = l->shift ? l->shift : 0;
    const struct vh_mv *q = job->pair->q;
    const struct vh_mv *left = neighbour(job, bx - step * l->step_x, by, first, last);
    const struct vh_mv *up = neighbour(job, bx - step * aside, by - step * l->step_y, first, last);
    const struct vh_mv *diagonal =
        neighbour(job, bx + step * (l->step_x - aside), by - step * l->step_y, first, last);
    struct vh_mv none = job->cur->n_levels > 1 ? parent_of(job, bx, by) : (struct vh_mv){0, 0};
    struct around around = {.left = left ? *left : none,
        .up = up ? *up : none,
        .diagonal = diagonal ? *diagonal : none,
        .known = left && up};
    if (around.known)
        around.sad = (job->pair->sad[left - q] + job->pair->sad[up - q]) / 2;
    search_block(job, bx, by, &around);
}

/* Blocks that have been searched around one that has not. */
struct between {
    int n, at[4];
    struct vh_mv v[4];
    int sad; /* sum */
};

static void look_around(struct between *b, const struct vh_search_job *job, int bx, int by, int first,
    int last, const int8_t offset[4][2])
{
    const struct vh_mv *q = job->pair->q;
    b->n = b->sad = 0;
    for (int k = 0; k < 4; k++) {
        const struct vh_mv *v = neighbour(job, bx + offset[k][0], by + offset[k][1], first, last);
        if (!v)
            continue;
        b->at[b->n] = (int)(v - q);
        b->v[b->n++] = *v;
        b->sad += job->pair->sad[v - q];
    }
}

/* A block between others takes the best of their vectors where that fits as well as they do; else it is
 * searched as they were. At least one of them is there. */
static void between_block(const struct vh_search_job *job, int bx, int by, const struct between *b)
{
    const struct vh_pair *pair = job->pair;
    const struct vh_mv *v = b->v, second = v[b->n > 1], third = v[b->n > 2 ? 2 : 0];
    int best = 0, at = by * job->search->n_x + bx;
    struct probe p;
    start(&p, job->cur, job->ref, bx, by);
    look_far(&p, job);
    p.middle_x = b->n == 4 ? median4(v[0].x, v[1].x, v[2].x, v[3].x) : median3(v[0].x, second.x, third.x);
    p.middle_y = b->n == 4 ? median4(v[0].y, v[1].y, v[2].y, v[3].y) : median3(v[0].y, second.y, third.y);
    for (int k = 0; k < b->n; k++) {
        int cost = p.cost;
        test_candidate(&p, v[k].x, v[k].y);
        best = p.cost < cost ? k : best;
    }
    if (p.x == v[best].x && p.y == v[best].y && 2 * b->n * p.sad <= 3 * b->sad + 2 * b->n * SETTLED_SAD) {
        pair->q[at] = v[best];
        pair->mv[at] = pair->mv[b->at[best]];
        pair->sad[at] = (uint16_t)p.sad;
        return;
    }
    struct around around = {v[0], second, third, .sad = b->sad / b->n, .known = b->n > 1};
    search_block(job, bx, by, &around);
}

static const int8_t diagonal_blocks[4][2] = {{-1, -1}, {1, -1}, {-1, 1}, {1, 1}},
                    next_blocks[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};

/* The blocks of a band one of `part` of which are searched: all (1), every other one as on a chess-board (2),
 * or one of each two by two (4); then those between diagonal neighbours, then the rest. */
static void search_part(const struct vh_search_job *job, int first, int last, int part)
{
    static const struct lattice lattices[5] = {[1] = {1, 1, 0}, [2] = {2, 1, 1}, [4] = {2, 2, 0}};
    const struct lattice *l = &lattices[part];
    int n_x = job->search->n_x;
    for (int j = first; j < last; j++)
        for (int i = 0; i < n_x; i++) {
            int by = job->scan ? last - 1 - (j - first) : j, bx = job->scan ? n_x - 1 - i : i;
            if (by % l->step_y == 0 && (bx + l->shift * by) % l->step_x == 0)
                lattice_block(job, l, bx, by, first, last);
        }
}

static void fill_between(const struct vh_search_job *job, int first, int last, int part)
{
    struct between b;
    for (int by = first; by < last && part == 4; by++)
        for (int bx = 1; bx < job->search->n_x && (by & 1); bx += 2) {
            look_around(&b, job, bx, by, first, last, diagonal_blocks);
            between_block(job, bx, by, &b);
        }
    for (int by = first; by < last; by++)
        for (int bx = (by + 1) & 1; bx < job->search->n_x; bx += 2) {
            look_around(&b, job, bx, by, first, last, next_blocks);
            between_block(job, bx, by, &b);
        }
}

static void search_fine(const struct vh_search_job *job, int band)
{
    int first, last, part = job->search->effort.part;
    vh_pool_rows(job->search->n_y, band, vh_search_bands(job->search), &first, &last);
    search_part(job, first, last, part);
    if (part > 1)
        fill_between(job, first, last, part);
}

/* State of one block's search on a coarse level. Vectors in whole samples of the level. */
struct coarse_probe {
    struct vh_match_window own;
    const uint8_t *ref;
    ptrdiff_t stride;
    int min_x, max_x, min_y, max_y;
    int middle_x, middle_y;
    int cost, x, y;
};

static inline void test_coarse(struct coarse_probe *p, int x, int y)
{
    x = clamp(x, p->min_x, p->max_x);
    y = clamp(y, p->min_y, p->max_y);
    int cost = vh_match_sad(&p->own, p->ref + y * p->stride + x, p->stride) +
               4 * PRICE * (abs(x - p->middle_x) + abs(y - p->middle_y));
    if (cost < p->cost) {
        p->cost = cost;
        p->x = x;
        p->y = y;
    }
}

static void coarse_walk(struct coarse_probe *p, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int x = p->x, y = p->y;
        test_coarse(p, x + 1, y);
        test_coarse(p, x - 1, y);
        test_coarse(p, x, y + 1);
        test_coarse(p, x, y - 1);
        if (p->x == x && p->y == y)
            break;
    }
}

static void coarse_block(const struct vh_search_job *job, int l, int bx, int by)
{
    const struct vh_level *level = &job->cur->level[l];
    const struct vh_effort *effort = &job->search->effort;
    struct vh_mv *mv = job->pair->coarse[l];
    int x = place(bx * VH_STEP_X, VH_WINDOW_W / 2, level->width, VH_WINDOW_W);
    int y = place(by * VH_STEP_Y, VH_WINDOW_H / 2, level->height, VH_WINDOW_H);
    ptrdiff_t offset = y * level->stride + x;
    struct coarse_probe p = {.ref = job->ref->level[l].data + offset,
        .stride = level->stride,
        .min_x = -VH_OUTSIDE_X - x,
        .max_x = level->width + VH_OUTSIDE_X - VH_WINDOW_W - x,
        .min_y = -VH_OUTSIDE_Y - y,
        .max_y = level->height + VH_OUTSIDE_Y - VH_WINDOW_H - y,
        .cost = INT32_MAX};
    vh_match_take(&p.own, level->data + offset, level->stride);
    int at = by * level->n_x + bx;
    if (l == job->cur->n_levels - 1) {
        for (int vy = -effort->coarse_y; vy <= effort->coarse_y; vy++)
            for (int vx = -effort->coarse_x; vx <= effort->coarse_x; vx++)
                test_coarse(&p, vx, vy);
    } else {
        struct vh_mv parent[4];
        int n = parents(parent, job->cur, l + 1, job->pair->coarse[l + 1], bx, by, 2);
        p.middle_x = parent[0].x;
        p.middle_y = parent[0].y;
        test_coarse(&p, 0, 0);
        for (int i = 0; i < n; i++)
            test_coarse(&p, parent[i].x, parent[i].y);
        if (bx)
            test_coarse(&p, mv[at - 1].x, mv[at - 1].y);
        if (by)
            test_coarse(&p, mv[at - level->n_x].x, mv[at - level->n_x].y);
        if (by && bx < level->n_x - 1)
            test_coarse(&p, mv[at - level->n_x + 1].x, mv[at - level->n_x + 1].y);
        test_coarse(&p, job->hints.global[0].x >> (l + 2), job->hints.global[0].y >> (l + 2));
    }
    coarse_walk(&p, 3);
    mv[at] = (struct vh_mv){(int16_t)p.x, (int16_t)p.y};
}

static void search_coarse(const struct vh_search_job *job)
{
    for (int l = job->cur->n_levels - 1; l > 0; l--)
        for (int by = 0; by < job->cur->level[l].n_y; by++)
            for (int bx = 0; bx < job->cur->level[l].n_x; bx++)
                coarse_block(job, l, bx, by);
}

/* The block whose middle is nearest to where block b's vector lands. */
static int landing(int b, int displacement, int step, int n)
{
    int target = 4 * step * b + displacement + 2 * step;
    return clamp(target < 0 ? 0 : target / (4 * step), 0, n - 1);
}

/* One composed vector. `a` and `b` are the two steps as searched. Where their sum fits as well as the
 * quietest blocks of the pair before, it is kept with the vertical precision of its parts. */
static void compose_block(const struct vh_compose_job *job, int bx, int by)
{
    const struct vh_motion_search *search = job->search;
    const struct vh_effort *effort = &search->effort;
    int at = by * search->n_x + bx;
    struct vh_mv a = job->first->q[at];
    int lx = landing(bx, a.x, VH_STEP_X, search->n_x), ly = landing(by, a.y, VH_STEP_Y, search->n_y);
    int middle = ly * search->n_x + lx;
    struct vh_mv b = job->second->q[middle];
    struct probe p;
    start(&p, job->cur, job->ref, bx, by);
    p.middle_x = a.x + b.x;
    p.middle_y = a.y + b.y;
    test_candidate(&p, a.x + b.x, a.y + b.y);
    if (effort->sums && p.sad <= job->quiet_sad && p.x == p.middle_x && p.y == p.middle_y) {
        int y = job->first->mv[at].y + job->second->mv[middle].y;
        job->pair->q[at] = (struct vh_mv){(int16_t)p.x, (int16_t)p.y};
        job->pair->mv[at] = (struct vh_mv){(int16_t)p.x, (int16_t)y};
        job->pair->sad[at] = (uint16_t)p.sad;
        return;
    }
    test_candidate(&p, 2 * a.x, 2 * a.y);
    test_candidate(&p, 0, 0);
    bool settled = 2 * p.sad <= 3 * job->first->sad[at] + 2 * SETTLED_SAD;
    for (int s = !effort->compose_step ? 0
                 : settled             ? effort->finest
                                       : effort->compose_step;
         s >= effort->finest; s /= 2)
        diamond(&p, s, false);
    finish(search, &p, job->pair, at);
}

static void search_compose(const struct vh_compose_job *job, int band)
{
    int first, last;
    vh_pool_rows(job->search->n_y, band, vh_search_bands(job->search), &first, &last);
    for (int by = first; by < last; by++)
        for (int bx = 0; bx < job->search->n_x; bx++)
            compose_block(job, bx, by);
}

const struct vh_search_steps SEARCH_NAME = {search_coarse, search_fine, search_compose};
