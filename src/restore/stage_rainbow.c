/* rainbow: takes out colour that flashes over luma detail because a decoder took that for colour.
 *
 * False colour changes its sign with the carrier: after one frame in 525 lines, after two in 625. So where
 * luma stands still, a sample of chroma that lies on the same side of both its neighbours at that distance is
 * brought half-way to the nearer of them: what alternates goes, what is there in one direction only (a colour
 * that comes or goes) stays. Where luma moves, in 525 lines, what turns with the carrier along the motion is
 * taken out (evidence/false_colour.h), as far as both sides agree on it. Inside the field, behind the repairs
 * that steady lines, before the deinterlacer mixes fields. (Algorithms 4.6 of the project's notes;
 * docs/algorithms/rainbow.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/false_colour.h"
#include "frame/carrier.h"
#include "predictions.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 8, AROUND = 3 /* chroma samples whose luma counts, each side */, FULL = 256, SHAKE = 6 };

#define AT(member) offsetof(struct vh_rainbow_options, member)

static const struct vh_option_row rows[] = {
    {.key = "rainbow.mode",
        .flag = "rainbow",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "false colour that flashes over fine detail",
        .detail = "Fine patterns that a decoder took for colour. Where the picture stands still, colour that "
                  "alternates with the "
                  "carrier from frame to frame is averaged out; in 525 lines also where it moves. auto does "
                  "it when rainbows were measured, on "
                  "needs --rainbow-level where they were not.",
        .example = "--rainbow on"},
    {.key = "rainbow.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 1,
        .value = "1",
        .flags = VH_OPTION_ADVANCED,
        .help = "part of the false colour that is taken out"},
    {.key = "rainbow.level",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(level),
        .min = 0,
        .max = 60,
        .value = "auto",
        .flags = VH_OPTION_AUTO,
        .help = "how strong the false colour is, 8-bit codes",
        .detail = "No more than three times as much is taken out. Setting it switches the repair on.",
        .example = "--rainbow-level 4"},
    {.key = "rainbow.noise",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(noise),
        .min = 0,
        .max = 50,
        .value = "auto",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .help = "luma noise that is no motion, 8-bit codes (sigma)"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Rainbows", rows, struct vh_rainbow_options);

struct priv {
    int apart;      /* fields to the opposite phase */
    int low, high;  /* luma change, 16-bit codes: below the first all is done, above the second nothing */
    int limit;      /* what may alternate, 16-bit codes from top to bottom */
    int line_width; /* of chroma */
    int *scratch;   /* for each slice two lines of chroma's width */
    /* 525 lines: false colour along the motion of U and V of a field, 16-bit codes, 0 where none is known;
     * NULL in 625. */
    int16_t *moving[2];
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_rainbow_options *o = stage->config.options;
    const struct vh_format *f = &stage->config.format;
    struct priv *p = stage->priv;
    const AVPixFmtDescriptor *format = field_format(stage);
    if (!format)
        return VH_ERR_UNSUPPORTED;
    /* The larger one of two differences of samples with noise s has a mean of 1.7 s. */
    double noise = isnan(o->noise) ? 0 : o->noise;
    p->low = (int)lrint(VH_CODE * (3 + 2 * noise));
    p->high = (int)lrint(VH_CODE * (7 + 3.5 * noise));
    p->limit = (int)lrint(2 * 3 * VH_CODE * (isnan(o->level) ? 0 : o->level));
    p->apart = vh_is_525(f->height) ? 2 : 4;
    p->line_width = -(-f->width >> format->log2_chroma_w);
    bool follows = vh_is_525(f->height), ok = true;
    size_t field = (size_t)p->line_width * (size_t)(-(-((f->height + 1) / 2) >> format->log2_chroma_h));
    for (int i = 0; i < 2 && follows; i++)
        ok &= (p->moving[i] = vh_alloc(field, sizeof *p->moving[i])) != NULL;
    p->scratch = vh_alloc((size_t)p->line_width * 2 * SLICES, sizeof *p->scratch);
    if (!ok || !p->scratch)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for rainbow");
    stage->needs.in = stage->needs.out = VH_KIND_FIELD;
    stage->needs.motion = follows;
    stage->needs.keeps = VH_STAGE_KEEPS_LUMA;
    stage->needs.look_back = stage->needs.look_ahead = p->apart;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->scratch);
    vh_freep(&p->moving[0]);
    vh_freep(&p->moving[1]);
}

struct call {
    const struct priv *p;
    const struct vh_image_const *now, *before, *after;
    const struct vh_image *out;
    int strength; /* of FULL */
    bool moving;  /* p->moving is filled, from: */
    struct vh_false_colour_job motion;
};

static const uint16_t *line_of(const struct vh_image_const *image, int plane, int y)
{
    const struct vh_plane_const *p = &image->plane[plane];
    y = y < p->height ? y : p->height - 1;
    return p->data + y * p->stride;
}

/* Adds to change[] what luma line y changes to either side less what a quarter of a sample of shake would
 * change there, for each sample of chroma. */
static void add_change(const struct call *c, int *restrict sum, int y)
{
    const uint16_t *restrict now = line_of(c->now, 0, y), *restrict before = line_of(c->before, 0, y),
                             *restrict after = line_of(c->after, 0, y);
    const int n = c->p->line_width, last = c->now->plane[0].width - 1, sub = c->now->sub_x;
    for (int x = 0; x < n; x++) {
        int first = x << sub, second = first + sub <= last ? first + sub : first;
        int left = first > 0 ? first - 1 : 0, right = second < last ? second + 1 : last;
        int a = abs(now[first] - before[first]), b = abs(now[first] - after[first]);
        int d = abs(now[second] - before[second]), e = abs(now[second] - after[second]);
        int slope = abs(now[right] - now[first]) + abs(now[second] - now[left]);
        sum[x] += (a > b ? a : b) + (d > e ? d : e) - slope * SHAKE / 16;
    }
}

/* How much may be done at each sample of chroma line y, 0 to FULL. */
static void weigh(const struct call *c, int *restrict weight, int *restrict change, int y)
{
    const int n = c->p->line_width, lines = 1 << c->now->sub_y, low = c->p->low, high = c->p->high;
    memset(change, 0, (size_t)n * sizeof *change);
    for (int j = 0; j < lines; j++)
        add_change(c, change, y * lines + j);
    int64_t sum = 0;
    for (int x = -AROUND; x < n; x++) {
        /* Of the samples x - AROUND … x + AROUND inside the line. */
        int enters = x + AROUND, leaves = x - AROUND - 1;
        sum += enters < n ? change[enters] : 0;
        sum -= leaves >= 0 ? change[leaves] : 0;
        if (x < 0)
            continue;
        int first = x < AROUND ? 0 : x - AROUND, last = enters < n ? enters : n - 1;
        int64_t mean = sum / (2 * lines * (last - first + 1));
        weight[x] = mean <= low ? FULL : mean >= high ? 0 : (int)(FULL * (high - mean) / (high - low));
    }
}

static void mend_line(const struct call *c, const int *restrict weight, int plane, int y)
{
    const uint16_t *restrict now = line_of(c->now, plane, y), *restrict before = line_of(c->before, plane, y),
                             *restrict after = line_of(c->after, plane, y);
    uint16_t *restrict to = c->out->plane[plane].data + y * c->out->plane[plane].stride;
    const int limit = c->p->limit;
    for (int x = 0; x < c->p->line_width; x++) {
        int a = now[x] - before[x], b = now[x] - after[x];
        int least = a < b ? a : b, most = a < b ? b : a;
        int by = (least > 0 ? least : 0) + (most < 0 ? most : 0);
        by = by < -limit ? -limit : by > limit ? limit : by;
        to[x] = (uint16_t)(now[x] - by * (weight[x] * c->strength / FULL) / (2 * FULL));
    }
}

/* Takes off what was found along the motion, as far as the sample does not stand still. */
static void mend_moving(const struct call *c, const int *restrict weight, int plane, int y)
{
    uint16_t *restrict to = c->out->plane[plane].data + y * c->out->plane[plane].stride;
    const int16_t *restrict part = c->p->moving[plane - 1] + (ptrdiff_t)y * c->p->line_width;
    const int limit = c->p->limit / 2;
    for (int x = 0; x < c->p->line_width; x++) {
        int by = part[x] < -limit ? -limit : part[x] > limit ? limit : part[x];
        int v = to[x] - by * ((FULL - weight[x]) * c->strength / FULL) / FULL;
        to[x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
}

static int16_t limited(double v)
{
    return (int16_t)(v < -32767 ? -32767 : v > 32767 ? 32767 : lrint(v));
}

/* Fills p->moving for rows of blocks. */
static void follow_slice(void *arg, int index, int n)
{
    const struct call *c = arg;
    const struct vh_plane_const *luma = &c->now->plane[0];
    struct vh_false_colour found;
    int by, end;
    vh_pool_rows((luma->height + VH_FALSE_COLOUR_H - 1) / VH_FALSE_COLOUR_H, index, n, &by, &end);
    for (; by < end; by++)
        for (int bx = 0; bx * VH_FALSE_COLOUR_W < luma->width; bx++) {
            bool told = vh_false_colour_look(&found, &c->motion, bx, by);
            int k = 0;
            for (int y = found.y0; y < found.y1; y++)
                for (int x = found.x0; x < found.x1; x++, k++) {
                    ptrdiff_t at = (ptrdiff_t)y * c->p->line_width + x;
                    c->p->moving[0][at] = told ? limited(found.coherence * (double)found.u[k]) : 0;
                    c->p->moving[1][at] = told ? limited(found.coherence * (double)found.v[k]) : 0;
                }
        }
}

static void mend_slice(void *arg, int index, int n)
{
    const struct call *c = arg;
    int *change = c->p->scratch + (ptrdiff_t)2 * index * c->p->line_width,
        *weight = change + c->p->line_width, y, y1;
    vh_pool_rows(c->now->plane[1].height, index, n, &y, &y1);
    for (; y < y1; y++) {
        weigh(c, weight, change, y);
        for (int plane = 1; plane < 3; plane++) {
            mend_line(c, weight, plane, y);
            if (c->moving)
                mend_moving(c, weight, plane, y);
        }
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct vh_rainbow_options *o = stage->config.options;
    const struct priv *p = stage->priv;
    struct call c = {.p = p,
        .now = vh_window_at(&in->window, 0),
        .before = vh_window_at(&in->window, -p->apart),
        .after = vh_window_at(&in->window, p->apart),
        .out = out,
        .strength = (int)lrint(FULL * o->strength)};
    if (c.now->n_planes < 3 || !c.before || !c.after) {
        field_copy(c.now, out);
        return VH_OK;
    }
    plane_copy(&c.now->plane[0], &out->plane[0]);
    c.moving = p->moving[0] && vh_false_colour_open(&c.motion, &in->window, in->motion);
    if (c.moving)
        vh_pool_run(stage->config.pool, follow_slice, &c, SLICES);
    vh_pool_run(stage->config.pool, mend_slice, &c, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_rainbow = {
    .name = "rainbow",
    .summary = "takes out false colour that flashes over fine detail",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
