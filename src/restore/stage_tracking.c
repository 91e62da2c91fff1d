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
#include "dsp/obmc.h"
#include "evidence/field_look.h"
#include "evidence/tracking.h"
#include "motion/compensate.h"

#include <libavutil/pixdesc.h>
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
    struct vh_dsp_obmc obmc;
    uint16_t *memory[REFS];
    struct vh_image prediction[REFS]; /* the frame raster; only wanted rows of cells are filled */
    struct vh_mv *mv[REFS];
    float *mixed[VH_MAX_PLANES]; /* lines mixed in time, of the field */
    float *variance;             /* of luma lines, after that */
    uint8_t *broken;             /* luma lines */
    bool *wanted;                /* rows of cells */
    float bell[REACH + 1];
};

static int ceil_shift(int v, int shift)
{
    return (v + (1 << shift) - 1) >> shift;
}

static bool planes_make(struct priv *p, const struct vh_format *format, const AVPixFmtDescriptor *desc)
{
    int w = format->width, h = format->height, cw = ceil_shift(w, desc->log2_chroma_w),
        ch = ceil_shift(h, desc->log2_chroma_h);
    size_t luma = (size_t)w * (size_t)h, chroma = (size_t)cw * (size_t)ch;
    bool ok = true;
    for (int r = 0; r < REFS; r++) {
        uint16_t *data = p->memory[r] = vh_alloc(luma + 2 * chroma, sizeof *data);
        p->prediction[r] = (struct vh_image){
            .n_planes = desc->nb_components, .sub_x = desc->log2_chroma_w, .sub_y = desc->log2_chroma_h};
        for (int i = 0; data && i < desc->nb_components; i++)
            p->prediction[r].plane[i] =
                i ? (struct vh_plane){data + luma + (size_t)(i - 1) * chroma, cw, cw, ch}
                  : (struct vh_plane){data, w, w, h};
        ok = ok && data;
    }
    for (int i = 0; i < desc->nb_components; i++) {
        p->mixed[i] = vh_alloc((i ? chroma : luma) / 2 + (size_t)(i ? cw : w), sizeof *p->mixed[i]);
        ok = ok && p->mixed[i];
    }
    return ok;
}

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    const struct vh_format *format = &stage->config.format;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format->pix_fmt);
    if (!desc || (desc->nb_components != 1 && desc->nb_components != 3) ||
        (desc->flags & AV_PIX_FMT_FLAG_RGB))
        return vh_fail(stage->config.log, VH_ERR_UNSUPPORTED,
            "tracking works on gray and Y'CbCr pictures, not on %s", desc ? desc->name : "an unknown format");
    size_t blocks =
               ((size_t)format->width / VH_MOTION_CELL + 2) * ((size_t)format->height / VH_MOTION_CELL + 2),
           lines = (size_t)format->height + 1;
    vh_dsp_obmc_init(&p->obmc, stage->config.cpu_flags);
    p->variance = vh_alloc(lines, sizeof *p->variance);
    p->broken = vh_alloc(lines, 1);
    p->wanted = vh_alloc(lines, sizeof *p->wanted);
    bool ok = planes_make(p, format, desc) && p->variance && p->broken && p->wanted;
    for (int r = 0; r < REFS; r++)
        ok = (p->mv[r] = vh_alloc(blocks, sizeof *p->mv[r])) && ok;
    if (!ok)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for tracking");
    for (int k = 0; k <= REACH; k++)
        p->bell[k] = expf(-(float)(k * k) / (2 * 2.5f * 2.5f));
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_FIELD,
        .look_back = VH_MOTION_REACH,
        .look_ahead = VH_MOTION_REACH,
        .motion = true,
        .look = true,
        .format = *format};
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    for (int r = 0; r < REFS; r++) {
        vh_freep(&p->memory[r]);
        vh_freep(&p->mv[r]);
    }
    for (int i = 0; i < VH_MAX_PLANES; i++)
        vh_freep(&p->mixed[i]);
    vh_freep(&p->variance);
    vh_freep(&p->broken);
    vh_freep(&p->wanted);
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
        c->p->wanted[row] = any_broken(c, row * VH_MOTION_CELL / 2 - 2, (row + 1) * VH_MOTION_CELL / 2 + 2);
}

static void predict(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->motion.cells_y, index, n, &y0, &y1);
    for (int r = 0; r < REFS; r++) {
        if (!c->look->ref[r])
            continue;
        struct vh_compensate job = {.motion = &c->motion,
            .ref = vh_look_distance[r],
            .image = vh_window_at(&c->in->window, vh_look_distance[r]),
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + c->look->sigma_8bit * c->look->sigma_8bit,
            .dsp = &c->p->obmc,
            .out = c->p->prediction[r]};
        for (int row = y0; row < y1; row++)
            if (c->p->wanted[row])
                vh_motion_compensate(&job, row, row + 1);
    }
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

static void copy_field(const struct vh_image_const *from, const struct vh_image *to)
{
    for (int p = 0; p < from->n_planes; p++)
        for (int y = 0; y < from->plane[p].height; y++)
            memcpy(to->plane[p].data + to->plane[p].stride * y,
                from->plane[p].data + from->plane[p].stride * y,
                (size_t)from->plane[p].width * sizeof(uint16_t));
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    struct call c = {.p = p, .in = in, .out = out, .look = in->look[VH_WINDOW_REACH]};
    if (!in->motion || !c.look || vh_tracking_find(c.look, p->broken) == 0) {
        copy_field(vh_window_at(&in->window, 0), out);
        return VH_OK;
    }
    c.motion = *in->motion;
    for (int r = 0; r < REFS; r++)
        c.lines[r] = vh_image_field(p->prediction[r], c.motion.parity);
    find_vectors(&c);
    vh_pool_run(stage->config.pool, predict, &c, SLICES);
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
