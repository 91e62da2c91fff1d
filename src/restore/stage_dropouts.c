/* dropouts: lost pieces of lines are replaced by what the neighbouring fields show there, along the motion
 * (evidence/dropout.h finds them, in the look at the field). Luma and chroma share the mask; chroma's is
 * wider, for its filters smear the loss over 16 luma samples to the left and 24 to the right and the comb of
 * the deck onto the next line.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "evidence/field_look.h"
#include "motion/compensate.h"

#include <libavutil/pixdesc.h>
#include <stddef.h>
#include <string.h>

enum {
    SLICES = 16,
    CHROMA_LEFT = 16, /* luma samples */
    CHROMA_RIGHT = 24,
    REFS = VH_LOOK_REFS,
    AROUND = 4, /* frame lines above and below a loss in which chroma may have to be filled */
};

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
    uint16_t *memory[REFS];
    struct vh_image prediction[REFS]; /* the frame raster; only rows of cells with losses are filled */
    bool *wanted;                     /* rows of cells */
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
    vh_dsp_obmc_init(&p->obmc, stage->config.cpu_flags);
    p->wanted = vh_alloc((size_t)format->height / VH_MOTION_CELL + 1, sizeof *p->wanted);
    bool ok = p->wanted != NULL;
    for (int r = 0; r < REFS; r++)
        ok = prediction_make(p, r, format, desc) && ok;
    if (!ok)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for dropouts at %dx%d",
            format->width, format->height);
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
    for (int r = 0; r < REFS; r++)
        vh_freep(&p->memory[r]);
    vh_freep(&p->wanted);
}

struct call {
    struct priv *p;
    const struct vh_stage_input *in;
    const struct vh_image *out;
    const struct vh_field_look *look;
    struct vh_image lines[REFS]; /* the predictions' lines of the centre's parity */
};

/* Whether luma line y has losses. */
static bool hurt(const struct vh_field_look *look, int y)
{
    return memchr(look->lost + (ptrdiff_t)look->width * y, 1, (size_t)look->width) != NULL;
}

static void want_rows(struct call *c)
{
    int n_rows = c->in->motion->cells_y;
    memset(c->p->wanted, 0, (size_t)n_rows * sizeof *c->p->wanted);
    for (int y = 0; y < c->look->n_lines; y++) {
        if (!hurt(c->look, y))
            continue;
        int first = (2 * y - AROUND < 0 ? 0 : 2 * y - AROUND) / VH_MOTION_CELL,
            last = (2 * y + 1 + AROUND) / VH_MOTION_CELL;
        for (int row = first; row <= last && row < n_rows; row++)
            c->p->wanted[row] = true;
    }
}

static void predict(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->in->motion->cells_y, index, n, &y0, &y1);
    for (int r = 0; r < REFS; r++) {
        struct vh_compensate job = {.motion = c->in->motion,
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
    int w = c->look->width;
    x0 = x0 < 0 ? 0 : x0;
    x1 = x1 > w ? w : x1;
    return y >= 0 && y < c->look->n_lines && x0 < x1 &&
           memchr(c->look->lost + (ptrdiff_t)w * y + x0, 1, (size_t)(x1 - x0)) != NULL;
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
    int width = c->look->width;
    for (int y = 0; y < c->look->n_lines; y++)
        for (int x = 0; x < width && lost(c, x, width, y); x++)
            if (c->look->lost[(ptrdiff_t)width * y + x])
                fill(c, 0, x, y);
    for (int p = 1; p < field->n_planes; p++)
        for (int y = 0; y < field->plane[p].height; y++) {
            bool any = false;
            for (int line = (y << field->sub_y) - 1; line < (y + 1) << field->sub_y && !any; line++)
                any = lost(c, 0, width, line);
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
    struct call c = {.p = p, .in = in, .out = out, .look = in->look[VH_WINDOW_REACH]};
    copy_field(field, out);
    if (!in->motion || !c.look || c.look->n_lost == 0)
        return VH_OK;
    for (int r = 0; r < REFS; r++)
        c.lines[r] = vh_image_field(p->prediction[r], in->motion->parity);
    want_rows(&c);
    vh_pool_run(stage->config.pool, predict, &c, SLICES);
    conceal(&c);
    report(stage, in, c.look->n_lost);
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
