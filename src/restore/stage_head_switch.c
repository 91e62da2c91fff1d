/* head-switch: takes the torn lines at the bottom of each field out of sight.
 *
 * While the deck changes heads the last lines of a field are displaced, noise or both. `rebuild` continues
 * the picture downwards: the lines above are mirrored, each sample taken along the direction of the edges
 * that run into the band, so that texture stays texture and a slanted edge goes straight on. `mask` makes
 * the lines black. Inside the field and before the motion search, so that nothing is
 * ever predicted from torn lines.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 8 };

#define AT(member) offsetof(struct vh_head_switch_options, member)

static const char *const modes[] = {"auto", "rebuild", "mask", "off", NULL};

static const struct vh_option_row rows[] = {
    {.key = "headswitch.mode",
        .flag = "head-switch",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = modes,
        .value = "auto",
        .help = "torn lines at the bottom: rebuild, mask, or off",
        .detail = "auto rebuilds as many lines as were measured, by continuing those above along their "
                  "edges; mask makes them "
                  "black. To cut "
                  "them off instead use --crop.",
        .example = "--head-switch mask"},
    {.key = "headswitch.lines",
        .flag = "head-switch-lines",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(lines),
        .min = 0,
        .max = 32,
        .unit = "field lines",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "height of the torn band",
        .detail = "In lines of one field. Setting it switches the repair on.",
        .example = "--head-switch-lines 6"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Head switching", rows, struct vh_head_switch_options);

enum {
    BLOCK = 16,   /* luma samples that share a direction */
    AROUND = 12,  /* samples compared on each side of a block's middle */
    APART = 4,    /* lines between those compared */
    STEEPEST = 12 /* samples by which an edge may move over APART lines */
};

struct priv {
    int lines; /* of a luma field */
    bool mask;
    int n_blocks;
    float *slope, *raw; /* of each block: samples to the right per line downwards */
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_head_switch_options *o = stage->config.options;
    struct priv *p = stage->priv;
    p->lines = isnan(o->lines) ? 0 : (int)ceil(o->lines);
    p->mask = o->mode == VH_HEAD_SWITCH_MASK;
    stage->needs.in = stage->needs.out =
        stage->config.format.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
    if (stage->needs.in == VH_KIND_PROGRESSIVE)
        p->lines *= 2;
    p->n_blocks = (stage->config.format.width + BLOCK - 1) / BLOCK;
    p->slope = vh_alloc((size_t)p->n_blocks, sizeof *p->slope);
    p->raw = vh_alloc((size_t)p->n_blocks, sizeof *p->raw);
    if (!p->slope || !p->raw)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for head-switch");
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->slope);
    vh_freep(&p->raw);
}

static int inside(int x, int width)
{
    return x < 0 ? 0 : x < width ? x : width - 1;
}

/* How badly the picture above line `good` continues when it moves by d samples over APART lines. */
static long misfit(const struct vh_plane_const *luma, int good, int x, int d)
{
    long sum = 0;
    for (int k = 1; k <= 3; k++) {
        const uint16_t *low = luma->data + (good - k) * luma->stride,
                       *high = luma->data + (good - k - APART) * luma->stride;
        for (int u = x - AROUND; u <= x + AROUND; u++)
            sum += labs((long)low[inside(u, luma->width)] - high[inside(u - d, luma->width)]);
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

static void find_directions(struct priv *p, const struct vh_plane_const *luma, int good)
{
    int n = p->n_blocks;
    for (int i = 0; i < n; i++)
        p->raw[i] = good > APART + 3 ? direction(luma, good, i * BLOCK + BLOCK / 2) : 0;
    for (int i = 0; i < n; i++)
        p->slope[i] = middle_of(p->raw[i ? i - 1 : 0], p->raw[i], p->raw[i < n - 1 ? i + 1 : n - 1]);
}

/* Between the middles of blocks. */
static float slope_at(const struct priv *p, int luma_x)
{
    float at = ((float)luma_x - BLOCK / 2) / BLOCK;
    int i = at < 0                      ? 0
            : (int)at < p->n_blocks - 1 ? (int)at
                                        : p->n_blocks - 1,
        k = i < p->n_blocks - 1 ? i + 1 : i;
    float part = fminf(fmaxf(at - (float)i, 0), 1);
    return p->slope[i] + part * (p->slope[k] - p->slope[i]);
}

struct work {
    const struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

/* Line `from` moved along the directions to where line `y` is. */
static void continue_line(const struct work *work, int plane, uint16_t *to, int y, int from)
{
    const struct vh_plane_const *src = &work->in->plane[plane];
    const uint16_t *line = src->data + from * src->stride;
    int sub_x = plane ? work->in->sub_x : 0, sub_y = plane ? work->in->sub_y : 0;
    float lines = (float)((y - from) << sub_y) / (float)(1 << sub_x);
    for (int x = 0; x < src->width; x++) {
        float at = (float)x - lines * slope_at(work->p, x << sub_x), whole = floorf(at);
        int i = (int)whole;
        float a = line[inside(i, src->width)], b = line[inside(i + 1, src->width)];
        to[x] = (uint16_t)lrintf(a + (at - whole) * (b - a));
    }
}

static void write_line(const struct work *work, int plane, int y, int good)
{
    const struct vh_plane_const *src = &work->in->plane[plane];
    const struct vh_plane *dst = &work->out->plane[plane];
    uint16_t *to = dst->data + y * dst->stride;
    if (y < good)
        memcpy(to, src->data + y * src->stride, (size_t)src->width * sizeof *to);
    else if (work->p->mask)
        for (int x = 0; x < src->width; x++)
            to[x] = plane ? 128 * 256 : 16 * 256;
    else
        continue_line(work, plane, to, y, 2 * good - 1 - y < 0 ? 0 : 2 * good - 1 - y);
}

static int good_lines(const struct work *work, int plane)
{
    int sub = plane ? work->in->sub_y : 0,
        good = work->in->plane[plane].height - vh_sub_size(work->p->lines, sub);
    return good < 1 ? 1 : good;
}

static void run_slice(void *arg, int index, int n)
{
    const struct work *work = arg;
    for (int i = 0; i < work->in->n_planes; i++) {
        int height = work->in->plane[i].height, good = good_lines(work, i), y0, y1;
        vh_pool_rows(height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            write_line(work, i, y, good);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct work work = {.p = stage->priv, .in = vh_window_at(&in->window, 0), .out = out};
    if (!work.p->mask && work.p->lines > 0)
        find_directions(stage->priv, &work.in->plane[0], good_lines(&work, 0));
    vh_pool_run(stage->config.pool, run_slice, &work, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_head_switch = {
    .name = "head-switch",
    .summary = "takes torn lines at the bottom out of sight",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
