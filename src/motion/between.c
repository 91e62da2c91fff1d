/* Pictures between two neighbours: vectors for time t, both neighbours predicted along them, mixed. */
#include "motion/between.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "internal.h"
#include "motion/compensate.h"

#include <math.h>
#include <stdlib.h>

enum {
    PRICE = 4, /* SAD units per quarter sample of distance from the median, as in the search */
    SLICES = 8,
    MAX_CANDIDATES = 24,
};
/* Predictions of a time between have no samples of their own to be measured against, so overlapped blocks are
 * mixed by their windows alone: a floor far above any squared difference (63^2). */
static const float WINDOWS_ALONE = 1e6f;

struct vh_between {
    struct vh_between_config config;
    struct vh_motion_search *search;
    struct vh_dsp_match match;
    struct vh_dsp_obmc obmc;
    struct vh_between_side side[2];
    struct vh_motion motion[2]; /* of the side before, and of the one after */
    bool cut;
    struct vh_mv *to[2]; /* from the new picture to each side; per block */
    struct vh_image prediction[2];
    uint16_t *memory[2];
};

static bool make_picture(struct vh_between *b, int side)
{
    const struct vh_between_config *c = &b->config;
    size_t luma = (size_t)c->width * (size_t)c->height;
    int cw = vh_sub_size(c->width, c->sub_x), ch = vh_sub_size(c->height, c->sub_y);
    size_t chroma = c->n_planes == 3 ? (size_t)cw * (size_t)ch : 0;
    uint16_t *p = b->memory[side] = vh_alloc(luma + 2 * chroma, sizeof *p);
    b->prediction[side] = (struct vh_image){.n_planes = c->n_planes, .sub_x = c->sub_x, .sub_y = c->sub_y};
    b->prediction[side].plane[0] = (struct vh_plane){p, c->width, c->width, c->height};
    for (int i = 1; p && i < c->n_planes; i++)
        b->prediction[side].plane[i] = (struct vh_plane){p + luma + (size_t)(i - 1) * chroma, cw, cw, ch};
    return p != NULL;
}

int vh_between_create(struct vh_between **between, const struct vh_between_config *config)
{
    struct vh_between *b = *between = vh_alloc(1, sizeof *b);
    int status = VH_ERR_RESOURCE;
    if (!b)
        goto fail;
    b->config = *config;
    vh_dsp_match_init(&b->match, config->cpu_flags);
    vh_dsp_obmc_init(&b->obmc, config->cpu_flags);
    struct vh_motion_config search = {.width = config->width,
        .height = config->height,
        .speed = VH_MOTION_BEST,
        .keep = 5,
        .any_order = true,
        .pool = config->pool,
        .cpu_flags = config->cpu_flags,
        .log = config->log};
    status = vh_motion_search_create(&b->search, &search);
    if (status)
        goto reported;
    size_t blocks =
        (size_t)(vh_sub_size(config->width, 3) + 1) * (size_t)(vh_sub_size(config->height, 3) + 1);
    bool ok = true;
    for (int s = 0; s < 2; s++) {
        b->to[s] = vh_alloc(blocks, sizeof *b->to[s]);
        ok = make_picture(b, s) && b->to[s] && ok;
    }
    if (ok)
        return VH_OK;
    status = VH_ERR_RESOURCE;
fail:
    vh_fail(config->log, status, "out of memory to rebuild pictures of %dx%d", config->width, config->height);
reported:
    vh_between_destroy(between);
    return status;
}

void vh_between_destroy(struct vh_between **between)
{
    struct vh_between *b = between ? *between : NULL;
    if (!b)
        return;
    vh_motion_search_destroy(&b->search);
    for (int s = 0; s < 2; s++) {
        vh_freep(&b->to[s]);
        vh_freep(&b->memory[s]);
    }
    vh_freep(between);
}

int vh_between_set(
    struct vh_between *between, const struct vh_between_side *before, const struct vh_between_side *after)
{
    struct vh_between *b = between;
    b->side[0] = *before;
    b->side[1] = *after;
    vh_motion_search_reset(b->search);
    for (int s = 0; s < 2; s++) {
        const struct vh_between_side *side = &b->side[s];
        int status = vh_motion_search_push(b->search, &side->image.plane[0], side->parity, false);
        if (status)
            return status;
    }
    for (int s = 0; s < 2; s++)
        vh_motion_search_get(b->search, s, &b->motion[s]);
    const struct vh_motion_ref *ref = &b->motion[0].ref[VH_MOTION_REACH + 1];
    b->cut = !ref->present || ref->cut;
    return VH_OK;
}

bool vh_between_cut(const struct vh_between *between)
{
    return between->cut;
}

/* The choice of vectors for one time. */
struct choice {
    struct vh_between *b;
    int t_q15;
};

/* What a block may move by, from the side before to the side after; x in quarter samples, y in quarter lines.
 */
static int candidates(const struct vh_between *b, int bx, int by, struct vh_mv out[MAX_CANDIDATES])
{
    const struct vh_motion *m = &b->motion[0];
    const struct vh_motion_ref *there = &m->ref[VH_MOTION_REACH + 1];
    const struct vh_motion_ref *back = &b->motion[1].ref[VH_MOTION_REACH - 1];
    int n = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            int x = bx + dx, y = by + dy;
            if (x < 0 || y < 0 || x >= m->n_x || y >= m->n_y)
                continue;
            struct vh_mv u = there->mv[y * m->n_x + x], v = back->mv[y * m->n_x + x];
            out[n++] = u;
            out[n++] = (struct vh_mv){(int16_t)-v.x, (int16_t)-v.y};
        }
    out[n++] = (struct vh_mv){0, 0};
    out[n++] = there->global;
    return n;
}

static int by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static struct vh_mv median_of(const struct vh_mv *v, int n)
{
    int x[MAX_CANDIDATES], y[MAX_CANDIDATES];
    for (int i = 0; i < n; i++) {
        x[i] = v[i].x;
        y[i] = v[i].y;
    }
    qsort(x, (size_t)n, sizeof *x, by_size);
    qsort(y, (size_t)n, sizeof *y, by_size);
    return (struct vh_mv){(int16_t)x[n / 2], (int16_t)y[n / 2]};
}

/* Parts of v that lead from the new picture to both sides: back[0] by t, on[1] by the rest. */
static void split(struct vh_mv v, int t_q15, struct vh_mv part[2])
{
    int x = (v.x * t_q15 + 16384) >> 15, y = (v.y * t_q15 + 16384) >> 15;
    part[0] = (struct vh_mv){(int16_t)-x, (int16_t)-y};
    part[1] = (struct vh_mv){(int16_t)(v.x - x), (int16_t)(v.y - y)};
}

static int limited(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* The window of a block on the search planes, and how far it may move (whole samples of S). */
struct window {
    int x, y, min_x, max_x, min_y, max_y;
};

static struct window window_of(const struct vh_search_plane *s, int bx, int by)
{
    int last_x = s->width > VH_WINDOW_W ? s->width - VH_WINDOW_W : 0;
    int last_y = s->height > VH_WINDOW_H ? s->height - VH_WINDOW_H : 0;
    struct window w = {.x = limited(bx * VH_STEP_X - VH_WINDOW_W / 2, 0, last_x),
        .y = limited(by * VH_STEP_Y - VH_WINDOW_H / 2, 0, last_y)};
    w.min_x = -VH_OUTSIDE_X - w.x;
    w.max_x = s->width + VH_OUTSIDE_X - VH_WINDOW_W - w.x;
    w.min_y = -VH_OUTSIDE_Y - w.y;
    w.max_y = s->height + VH_OUTSIDE_Y - VH_WINDOW_H - w.y;
    return w;
}

static bool inside(const struct window *w, struct vh_mv v)
{
    return v.x >= 4 * w->min_x && v.x <= 4 * w->max_x && v.y >= 8 * w->min_y && v.y <= 8 * w->max_y;
}

/* S at a vector, to the nearest half sample. */
static const uint8_t *at_vector(const struct vh_search_plane *s, const struct window *w, struct vh_mv v)
{
    int hx = limited((v.x + 1) >> 1, 2 * w->min_x, 2 * w->max_x);
    int hy = limited((v.y + 2) >> 2, 2 * w->min_y, 2 * w->max_y);
    return s->half[(hx & 1) + 2 * (hy & 1)] + (w->y + (hy >> 1)) * s->stride + w->x + (hx >> 1);
}

static void choose_block(const struct choice *c, int bx, int by)
{
    const struct vh_between *b = c->b;
    const struct vh_search_plane *before = &b->motion[0].search[VH_MOTION_REACH],
                                 *after = &b->motion[1].search[VH_MOTION_REACH];
    struct vh_mv candidate[MAX_CANDIDATES], best[2] = {{0, 0}, {0, 0}};
    int n = candidates(b, bx, by, candidate), least = INT32_MAX;
    struct vh_mv middle = median_of(candidate, n);
    struct window w = window_of(before, bx, by);
    for (int i = 0; i < n; i++) {
        struct vh_mv part[2];
        split(candidate[i], c->t_q15, part);
        if (!inside(&w, part[0]) || !inside(&w, part[1]))
            continue;
        int cost = b->match.sad(at_vector(before, &w, part[0]), before->stride, at_vector(after, &w, part[1]),
                       after->stride) +
                   PRICE * (abs(candidate[i].x - middle.x) + abs(candidate[i].y - middle.y) / 2);
        if (cost >= least)
            continue;
        least = cost;
        best[0] = part[0];
        best[1] = part[1];
    }
    int at = by * b->motion[0].n_x + bx;
    b->to[0][at] = best[0];
    b->to[1][at] = best[1];
}

static void choose_rows(void *arg, int index, int n)
{
    const struct choice *c = arg;
    const struct vh_motion *m = &c->b->motion[0];
    int y0, y1;
    vh_pool_rows(m->n_y, index, n, &y0, &y1);
    for (int by = y0; by < y1; by++)
        for (int bx = 0; bx < m->n_x; bx++) {
            int at = by * m->n_x + bx;
            if (c->b->cut)
                c->b->to[0][at] = c->b->to[1][at] = (struct vh_mv){0, 0};
            else
                choose_block(c, bx, by);
        }
}

/* The motion of the new picture, in the form that compensation reads. */
struct render {
    struct vh_between *b;
    struct vh_motion motion;
    int parity, share_q15; /* of the side after */
    const struct vh_image *out;
};

static struct render describe(struct vh_between *b, int parity, int share_q15, const struct vh_image *out)
{
    struct render r = {.b = b, .motion = b->motion[0], .parity = parity, .share_q15 = share_q15, .out = out};
    r.motion.parity = parity;
    for (int s = 0; s < 2; s++) {
        int i = VH_MOTION_REACH + (s ? 1 : -1);
        r.motion.ref[i] = (struct vh_motion_ref){.present = true, .mv = b->to[s]};
        r.motion.ref_parity[i] = (uint8_t)b->side[s].parity;
        r.motion.search[i] = b->motion[s].search[VH_MOTION_REACH];
    }
    return r;
}

static void predict_rows(void *arg, int index, int n)
{
    const struct render *r = arg;
    int y0, y1;
    vh_pool_rows(r->motion.cells_y, index, n, &y0, &y1);
    for (int s = 0; s < 2 && y0 < y1; s++) {
        if (r->share_q15 == (s ? 0 : 32768))
            continue;
        struct vh_compensate job = {.motion = &r->motion,
            .ref = s ? 1 : -1,
            .image = &r->b->side[s].image,
            .whole = r->b->side[s].parity == 2,
            .lines = r->parity == 2 ? VH_COMPENSATE_ALL : VH_COMPENSATE_EXISTING,
            .floor_8bit2 = WINDOWS_ALONE,
            .dsp = &r->b->obmc,
            .out = r->b->prediction[s]};
        vh_motion_compensate(&job, y0, y1);
    }
}

static void mix_line(uint16_t *dst, const uint16_t *a, const uint16_t *b, int share_q15, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (uint16_t)(a[x] + (((b[x] - a[x]) * (int64_t)share_q15 + 16384) >> 15));
}

static void mix_rows(void *arg, int index, int n)
{
    const struct render *r = arg;
    for (int p = 0; p < r->out->n_planes; p++) {
        struct vh_plane side[2];
        int y0, y1;
        for (int s = 0; s < 2; s++) {
            side[s] = r->b->prediction[s].plane[p];
            if (r->parity != 2)
                side[s] = vh_plane_field(side[s], r->parity);
        }
        const struct vh_plane *out = &r->out->plane[p];
        vh_pool_rows(out->height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            mix_line(out->data + y * out->stride, side[0].data + y * side[0].stride,
                side[1].data + y * side[1].stride, r->share_q15, out->width);
    }
}

void vh_between_make(struct vh_between *between, double t, int parity, const struct vh_image *out)
{
    struct choice choice = {between, (int)lrint(t * 32768)};
    int share = between->cut ? (t < 0.5 ? 0 : 32768) : choice.t_q15;
    vh_pool_run(between->config.pool, choose_rows, &choice, SLICES);
    struct render render = describe(between, parity, share, out);
    vh_pool_run(between->config.pool, predict_rows, &render, SLICES);
    vh_pool_run(between->config.pool, mix_rows, &render, SLICES);
}
