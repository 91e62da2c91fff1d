/* dropouts: lost pieces of lines are replaced by what the neighbouring fields show there, along the motion
 * (evidence/dropout.h finds them). Luma and chroma share the mask; chroma's is wider, for its filters smear
 * the loss over 16 luma samples to the left and 24 to the right and the comb of the deck onto the next line.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "evidence/dropout.h"
#include "evidence/evidence.h"
#include "motion/compensate.h"

#include <libavutil/pixdesc.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 16, CHROMA_LEFT = 16, CHROMA_RIGHT = 24 };

static const int distance[VH_DROPOUT_REFS] = {-2, -1, 1, 2};

#define AT(member) offsetof(struct vh_dropout_options, member)

static const struct vh_option_row rows[] = {
    {.key = "dropouts",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "replace lost pieces of lines from the neighbouring fields",
        .detail = "White, black or noisy streaks where the tape lost its coating. What is found is filled "
                  "along the "
                  "motion from the fields before and after. auto does it when dropouts were measured.",
        .example = "--dropouts on"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Dropouts", rows, struct vh_dropout_options);

struct priv {
    struct vh_dsp_obmc obmc;
    uint16_t *memory[VH_DROPOUT_REFS];
    struct vh_image prediction[VH_DROPOUT_REFS]; /* the frame raster; only the field's lines are filled */
    uint8_t *suspect, *mask;
};

static int ceil_shift(int v, int shift)
{
    return (v + (1 << shift) - 1) >> shift;
}

static bool prediction_make(
    struct priv *p, int r, const struct vh_format *format, const AVPixFmtDescriptor *desc)
{
    struct vh_image *image = &p->prediction[r];
    int w = format->width, h = format->height, cw = ceil_shift(w, desc->log2_chroma_w),
        ch = ceil_shift(h, desc->log2_chroma_h);
    size_t luma = (size_t)w * (size_t)h, chroma = (size_t)cw * (size_t)ch;
    uint16_t *data = p->memory[r] = vh_alloc(luma + 2 * chroma, sizeof *data);
    *image = (struct vh_image){
        .n_planes = desc->nb_components, .sub_x = desc->log2_chroma_w, .sub_y = desc->log2_chroma_h};
    image->plane[0] = (struct vh_plane){data, w, w, h};
    for (int c = 1; data && c < desc->nb_components; c++)
        image->plane[c] = (struct vh_plane){data + luma + (size_t)(c - 1) * chroma, cw, cw, ch};
    return data != NULL;
}

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    const struct vh_format *format = &stage->config.format;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format->pix_fmt);
    if (!desc || (desc->nb_components != 1 && desc->nb_components != 3) ||
        (desc->flags & AV_PIX_FMT_FLAG_RGB))
        return vh_fail(stage->config.log, VH_ERR_UNSUPPORTED,
            "dropouts works on gray and Y'CbCr pictures, not on %s", desc ? desc->name : "an unknown format");
    size_t samples = (size_t)format->width * (size_t)((format->height + 1) / 2);
    vh_dsp_obmc_init(&p->obmc, stage->config.cpu_flags);
    p->suspect = vh_alloc(samples, 1);
    p->mask = vh_alloc(samples, 1);
    bool ok = p->suspect && p->mask;
    for (int r = 0; r < VH_DROPOUT_REFS; r++)
        ok = prediction_make(p, r, format, desc) && ok;
    if (!ok)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for dropouts at %dx%d",
            format->width, format->height);
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_FIELD,
        .look_back = VH_MOTION_REACH,
        .look_ahead = VH_MOTION_REACH,
        .motion = true,
        .evidence = true,
        .format = *format};
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    for (int r = 0; r < VH_DROPOUT_REFS; r++)
        vh_freep(&p->memory[r]);
    vh_freep(&p->suspect);
    vh_freep(&p->mask);
}

struct call {
    struct priv *p;
    const struct vh_stage_input *in;
    const struct vh_image *out;
    struct vh_dropout_job job;
    struct vh_image lines[VH_DROPOUT_REFS]; /* the predictions' lines of the centre's parity */
    long marked[SLICES];
};

static void predict(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->in->motion->cells_y, index, n, &y0, &y1);
    for (int r = 0; y0 < y1 && r < VH_DROPOUT_REFS; r++) {
        struct vh_compensate job = {.motion = c->in->motion,
            .ref = distance[r],
            .image = vh_window_at(&c->in->window, distance[r]),
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + c->job.sigma_8bit * c->job.sigma_8bit,
            .dsp = &c->p->obmc,
            .out = c->p->prediction[r]};
        vh_motion_compensate(&job, y0, y1);
    }
}

static void find_suspects(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->job.field.height, index, n, &y0, &y1);
    vh_dropout_suspect(&c->job, y0, y1);
}

static void mark(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->job.field.height, index, n, &y0, &y1);
    c->marked[index] = vh_dropout_mark(&c->job, y0, y1);
}

/* The mean of the two middle ones of four: one neighbour may be damaged at the same place. */
static uint16_t middle(const uint16_t v[4])
{
    unsigned sum = 0, low = v[0], high = v[0];
    for (int r = 0; r < 4; r++) {
        sum += v[r];
        low = v[r] < low ? v[r] : low;
        high = v[r] > high ? v[r] : high;
    }
    return (uint16_t)((sum - low - high + 1) / 2);
}

static void fill(const struct call *c, int plane, int x, int y)
{
    uint16_t v[4];
    for (int r = 0; r < 4; r++)
        v[r] = c->lines[r].plane[plane].data[c->lines[r].plane[plane].stride * y + x];
    const struct vh_plane *out = &c->out->plane[plane];
    out->data[out->stride * y + x] = middle(v);
}

/* True when luma is lost at any sample of line y from x0 to x1. */
static bool lost(const struct call *c, int x0, int x1, int y)
{
    int w = c->job.field.width;
    x0 = x0 < 0 ? 0 : x0;
    x1 = x1 > w ? w : x1;
    return y >= 0 && y < c->job.field.height && x0 < x1 &&
           memchr(c->job.mask + (ptrdiff_t)w * y + x0, 1, (size_t)(x1 - x0)) != NULL;
}

static void fill_chroma_line(const struct call *c, int plane, int y)
{
    int sx = c->out->sub_x, sy = c->out->sub_y;
    for (int x = 0; x < c->out->plane[plane].width; x++) {
        bool hit = false;
        for (int line = (y << sy) - 1; line < (y + 1) << sy && !hit; line++)
            hit = lost(c, (x << sx) - CHROMA_RIGHT, ((x + 1) << sx) + CHROMA_LEFT, line);
        if (hit)
            fill(c, plane, x, y);
    }
}

static void conceal(struct call *c)
{
    const struct vh_image_const *field = vh_window_at(&c->in->window, 0);
    for (int y = 0; y < field->plane[0].height; y++)
        for (int x = 0; x < field->plane[0].width && lost(c, x, field->plane[0].width, y); x++)
            if (c->job.mask[(ptrdiff_t)field->plane[0].width * y + x])
                fill(c, 0, x, y);
    for (int p = 1; p < field->n_planes; p++)
        for (int y = 0; y < field->plane[p].height; y++) {
            bool any = false;
            for (int line = (y << field->sub_y) - 1; line < (y + 1) << field->sub_y && !any; line++)
                any = lost(c, 0, field->plane[0].width, line);
            if (any)
                fill_chroma_line(c, p, y);
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

static void report(const struct vh_stage *stage, const struct vh_stage_input *in, long samples)
{
    struct vh_event_field fields[] = {VH_EVENT_I("samples", samples), VH_EVENT_I("field", in->window.index)};
    struct vh_event event = {
        .name = "stage.dropout", .node = "native", .time_us = in->time_us, .field = fields, .n_fields = 2};
    if (samples > 0)
        vh_event_send(stage->config.events, &event);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    const struct vh_image_const *field = vh_window_at(&in->window, 0);
    struct call c = {.p = p, .in = in, .out = out};
    struct vh_evidence own;
    const struct vh_evidence *evidence = in->evidence ? in->evidence : &own;
    copy_field(field, out);
    if (!in->motion || field->plane[0].height < 2)
        return VH_OK;
    for (int r = 0; r < VH_DROPOUT_REFS; r++)
        if (!vh_motion_usable(in->motion, distance[r]) || !vh_window_at(&in->window, distance[r]))
            return VH_OK; /* both sides of time are needed to tell a loss from a change */
    if (!in->evidence)
        vh_evidence_measure(&own, &in->window, in->motion);
    c.job = (struct vh_dropout_job){.field = field->plane[0],
        .sigma_8bit = evidence->sigma_8bit[0],
        .suspect = p->suspect,
        .mask = p->mask};
    for (int r = 0; r < VH_DROPOUT_REFS; r++) {
        c.lines[r] = vh_image_field(p->prediction[r], in->motion->parity);
        c.job.prediction[r] = vh_plane_read(c.lines[r].plane[0]);
    }
    vh_pool_run(stage->config.pool, predict, &c, SLICES);
    vh_pool_run(stage->config.pool, find_suspects, &c, SLICES);
    vh_pool_run(stage->config.pool, mark, &c, SLICES);
    long marked = 0;
    for (int i = 0; i < SLICES; i++)
        marked += c.marked[i];
    if (marked > 0)
        conceal(&c);
    report(stage, in, marked);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_dropouts = {
    .name = "dropouts",
    .summary = "replaces lost pieces of lines along the motion",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
