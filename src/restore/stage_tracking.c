/* tracking: lines in tracking bands are replaced by what their neighbours in time and space say, each by its
 * noise.
 *
 * In a band (evidence/tracking.h finds it) the head has left its track: lines are noise, torn, without
 * colour. Neighbouring fields have the band too, a few lines away. So every line within reach gets a
 * variance, its own misfit; a broken line is first mixed with its motion-compensated predictions, then with
 * the lines above and below, always by 1 / variance and, across lines, by a bell curve of the distance. Near
 * the edges of a band good lines decide, in its middle the mean of many bad ones. Vectors found in noise are
 * none: rows of blocks in the band take those of the nearest row outside.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/tracking.h"
#include "motion/motion.h"
#include "predictions.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    SLICES = 16,
    REFS = VH_LOOK_REFS,
    REACH = 8, /* lines on each side that a line may be made of */
};

#define AT(member) offsetof(struct vh_tracking_options, member)

static const struct vh_option_row rows[] = {
    {.key = "tracking.mode",
        .flag = "tracking",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "calm bands of bad tracking",
        .detail =
            "Bands of noise across the picture, where the heads left their track, are replaced by what the "
            "fields and lines around them show, as far as these are better. auto does it when bands were "
            "measured.",
        .example = "--tracking off"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Tracking", rows, struct vh_tracking_options);

struct priv {
    struct predictions predictions;
    struct vh_mv *mv[REFS];
    float *mixed[VH_MAX_PLANES]; /* lines mixed in time, of the field */
    float *variance;             /* of luma lines, after that */
    uint8_t *broken;             /* luma lines */
    float bell[REACH + 1];
};

static bool make_memory(struct priv *p, const struct vh_stage *stage)
{
    const struct vh_format *format = &stage->config.format;
    const struct vh_image *raster = &p->predictions.raster[0];
    size_t blocks =
               ((size_t)format->width / VH_MOTION_CELL + 2) * ((size_t)format->height / VH_MOTION_CELL + 2),
           lines = (size_t)format->height + 1;
    p->variance = vh_alloc(lines, sizeof *p->variance);
    p->broken = vh_alloc(lines, 1);
    bool ok = p->variance && p->broken;
    for (int r = 0; r < REFS; r++)
        ok = (p->mv[r] = vh_alloc(blocks, sizeof *p->mv[r])) && ok;
    for (int i = 0; i < raster->n_planes; i++) {
        size_t samples = (size_t)raster->plane[i].width * (size_t)(raster->plane[i].height / 2 + 1);
        ok = (p->mixed[i] = vh_alloc(samples, sizeof *p->mixed[i])) && ok;
    }
    return ok;
}

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    stage->needs = field_needs(stage, VH_KIND_FIELD);
    stage->needs.look = VH_LOOK_LINES;
    int status = predictions_open(&p->predictions, stage);
    if (status != VH_OK)
        return status;
    if (!make_memory(p, stage))
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for tracking");
    for (int k = 0; k <= REACH; k++)
        p->bell[k] = expf(-(float)(k * k) / (2 * 2.5f * 2.5f));
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    predictions_close(&p->predictions);
    for (int r = 0; r < REFS; r++)
        vh_freep(&p->mv[r]);
    for (int i = 0; i < VH_MAX_PLANES; i++)
        vh_freep(&p->mixed[i]);
    vh_freep(&p->variance);
    vh_freep(&p->broken);
}

struct call {
    struct priv *p;
    const struct vh_stage_input *in;
    const struct vh_image *out;
    const struct vh_field_look *look;
    struct vh_motion motion; /* with vectors from outside the bands */
    struct vh_image lines[REFS];
    int plane;
};

static bool any_broken(const struct call *c, int from, int until)
{
    for (int y = from < 0 ? 0 : from; y < until && y < c->look->n_lines; y++)
        if (c->p->broken[y])
            return true;
    return false;
}

/* The row of blocks nearest to `row` whose 16 lines of the frame hold no band. */
static int sound_row(const struct call *c, int row)
{
    for (int k = 0; k < c->motion.n_y; k++)
        for (int side = -1; side <= 1; side += 2) {
            int at = row + side * k, line = at * VH_MOTION_CELL / 2;
            if (at >= 0 && at < c->motion.n_y &&
                !any_broken(c, line - VH_MOTION_CELL / 2, line + VH_MOTION_CELL / 2))
                return at;
        }
    return row;
}

static void find_vectors(struct call *c)
{
    struct vh_motion *m = &c->motion;
    size_t row_bytes = (size_t)m->n_x * sizeof(struct vh_mv);
    for (int row = 0; row < m->n_y; row++) {
        int from = sound_row(c, row);
        for (int r = 0; r < REFS; r++)
            if (c->look->ref[r])
                memcpy(c->p->mv[r] + (ptrdiff_t)row * m->n_x, c->look->mv[r] + (ptrdiff_t)from * m->n_x,
                    row_bytes);
    }
    for (int r = 0; r < REFS; r++)
        m->ref[VH_MOTION_REACH + vh_look_distance[r]].mv = c->p->mv[r];
    for (int row = 0; row < m->cells_y; row++)
        c->p->predictions.wanted[row].to =
            any_broken(c, row * VH_MOTION_CELL / 2 - 2, (row + 1) * VH_MOTION_CELL / 2 + 2) ? m->cells_x : 0;
}

/* What a line of the look is worth: the variance of its samples. */
static float variance_of(const struct vh_field_look *look, int y)
{
    y = y < 0 ? 0 : y < look->n_lines ? y : look->n_lines - 1;
    return look->misfit[y] + look->sigma_8bit * look->sigma_8bit + 1;
}

/* Weights of the line itself and of its predictions; returns the variance of their mean. */
static float weights_of(const struct call *c, int y, float weight[REFS + 1])
{
    float own = variance_of(c->look, y), sum = weight[REFS] = 1 / own;
    for (int r = 0; r < REFS; r++) {
        const struct vh_field_look *other = c->in->look[VH_WINDOW_REACH + vh_look_distance[r]];
        weight[r] = 0;
        if (!c->look->ref[r])
            continue;
        weight[r] = other ? 1 / variance_of(other, y) : 1 / own;
        sum += weight[r];
    }
    for (int r = 0; r <= REFS; r++)
        weight[r] /= sum;
    return 1 / sum;
}

/* Mixes lines of plane c->plane in time; good ones stay as they are. */
static void mix(void *arg, int index, int n)
{
    struct call *c = arg;
    const struct vh_plane_const *src = &vh_window_at(&c->in->window, 0)->plane[c->plane];
    int sub = c->plane ? c->out->sub_y : 0, y0, y1;
    vh_pool_rows(src->height, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        float weight[REFS + 1] = {0}, *to = c->p->mixed[c->plane] + (ptrdiff_t)y * src->width;
        const uint16_t *own = src->data + y * src->stride;
        int luma_y = (y << sub) < c->look->n_lines ? y << sub : c->look->n_lines - 1;
        bool broken = any_broken(c, luma_y, (y + 1) << sub);
        float variance = c->look->sigma_8bit * c->look->sigma_8bit + 1;
        weight[REFS] = 1;
        if (broken)
            variance = weights_of(c, luma_y, weight);
        for (int x = 0; x < src->width; x++)
            to[x] = weight[REFS] * own[x];
        for (int r = 0; r < REFS; r++) {
            const struct vh_plane *p = &c->lines[r].plane[c->plane];
            for (int x = 0; x < src->width && weight[r] > 0; x++)
                to[x] += weight[r] * p->data[y * p->stride + x];
        }
        if (!c->plane)
            c->p->variance[y] = variance;
    }
}

/* Replaces a broken line by the mean of the lines around it. */
static void smooth_line(const struct call *c, int y, uint16_t *to)
{
    const struct vh_plane *plane = &c->out->plane[c->plane];
    int sub = c->plane ? c->out->sub_y : 0;
    float sum = 0, weight[2 * REACH + 1] = {0};
    for (int k = -REACH; k <= REACH; k++) {
        int at = y + k, luma = at << sub;
        if (at < 0 || at >= plane->height || luma >= c->look->n_lines)
            continue;
        weight[REACH + k] = c->p->bell[k < 0 ? -k : k] / c->p->variance[luma];
        sum += weight[REACH + k];
    }
    for (int x = 0; x < plane->width; x++) {
        float v = 0;
        for (int k = -REACH; k <= REACH; k++)
            if (weight[REACH + k] > 0)
                v += weight[REACH + k] * c->p->mixed[c->plane][(ptrdiff_t)(y + k) * plane->width + x];
        to[x] = (uint16_t)lrintf(v / sum);
    }
}

static void smooth(void *arg, int index, int n)
{
    struct call *c = arg;
    const struct vh_plane_const *src = &vh_window_at(&c->in->window, 0)->plane[c->plane];
    const struct vh_plane *out = &c->out->plane[c->plane];
    int sub = c->plane ? c->out->sub_y : 0, y0, y1;
    vh_pool_rows(src->height, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        uint16_t *to = out->data + y * out->stride;
        if (any_broken(c, y << sub, (y + 1) << sub))
            smooth_line(c, y, to);
        else
            memcpy(to, src->data + y * src->stride, (size_t)src->width * sizeof *to);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    struct call c = {.p = p, .in = in, .out = out, .look = in->look[VH_WINDOW_REACH]};
    if (!in->motion || !c.look || vh_tracking_find(c.look, p->broken) == 0) {
        field_copy(vh_window_at(&in->window, 0), out);
        return VH_OK;
    }
    c.motion = *in->motion;
    find_vectors(&c);
    predictions_make(&p->predictions, stage, in, &c.motion, c.look, c.lines);
    for (c.plane = 0; c.plane < out->n_planes; c.plane++) {
        vh_pool_run(stage->config.pool, mix, &c, SLICES);
        vh_pool_run(stage->config.pool, smooth, &c, SLICES);
    }
    return VH_OK;
}

const struct vh_stage_ops vh_stage_tracking = {
    .name = "tracking",
    .summary = "calms bands of bad tracking by the fields and lines around them",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
