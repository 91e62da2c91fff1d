/* dropouts: lost pieces of lines are replaced by what the neighbouring fields show there, along the motion
 * (evidence/dropout.h finds them, evidence/dirt.h spots, in the look at the field). Luma and chroma share the
 * mask; chroma's is wider, for its filters smear the loss over 16 luma samples to the left and 24 to the
 * right and the comb of the deck onto the next line.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "motion/motion.h"
#include "predictions.h"

#include <stddef.h>
#include <string.h>

enum {
    CHROMA_LEFT = 16, /* luma samples */
    CHROMA_RIGHT = 24,
    CHROMA_AROUND = 32, /* more than both, and than a sample of chroma is wide */
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
    {.key = "dropouts.dirt",
        .flag = "dirt",
        .type = VH_OPTION_ENUM,
        .offset = AT(dirt),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "replace spots of several lines that are in one field only",
        .detail = "Dark or bright dirt. Filled along the motion as dropouts are, together with them. auto "
                  "does it when such spots were measured.",
        .example = "--dirt on"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Dropouts", rows, struct vh_dropout_options);

struct priv {
    struct predictions predictions;
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    stage->needs = field_needs(stage, VH_KIND_FIELD);
    const struct vh_dropout_options *o = stage->config.options;
    stage->needs.look =
        (o->mode != VH_SWITCH_OFF ? VH_LOOK_LOST : 0) | (o->dirt == VH_SWITCH_ON ? VH_LOOK_DIRT : 0);
    return predictions_open(&p->predictions, stage);
}

static void close_stage(struct vh_stage *stage)
{
    predictions_close(&((struct priv *)stage->priv)->predictions);
}

struct call {
    struct priv *p;
    const struct vh_stage_input *in;
    const struct vh_image *out;
    const struct vh_field_look *look;
    struct vh_image lines[REFS]; /* the predictions' lines of the centre's parity */
};

/* Adds what a loss on line y of luma from x0 to x1 may need to the cells wanted: as far as chroma is looked
 * at around it. */
static void want(struct call *c, int x0, int x1, int y)
{
    int n_rows = c->in->motion->cells_y, n = c->in->motion->cells_x;
    int from = (x0 - CHROMA_AROUND < 0 ? 0 : x0 - CHROMA_AROUND) / VH_MOTION_CELL,
        to = (x1 + CHROMA_AROUND) / VH_MOTION_CELL + 1;
    int first = (2 * y - AROUND < 0 ? 0 : 2 * y - AROUND) / VH_MOTION_CELL,
        last = (2 * y + 1 + AROUND) / VH_MOTION_CELL;
    for (int row = first; row <= last && row < n_rows; row++) {
        struct wanted_cells *cells = &c->p->predictions.wanted[row];
        cells->from = cells->to && cells->from < from ? cells->from : from;
        cells->to = cells->to > to ? cells->to : to < n ? to : n;
    }
}

static void want_cells(struct call *c)
{
    const struct vh_field_look *look = c->look;
    memset(c->p->predictions.wanted, 0, (size_t)c->in->motion->cells_y * sizeof *c->p->predictions.wanted);
    for (int y = 0; y < look->n_lines; y++) {
        const uint8_t *line = look->lost + (ptrdiff_t)look->width * y,
                      *at = memchr(line, 1, (size_t)look->width);
        if (!at)
            continue;
        int x1 = look->width;
        while (!line[x1 - 1])
            x1--;
        want(c, (int)(at - line), x1, y);
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

/* Whether a sample of chroma lies well outside of what the four predictions show: colour near a loss of luma
 * is often whole, and what is whole is better than any prediction. */
static bool is_off(const struct call *c, int plane, int x, int y)
{
    static const int tolerance = 6 * 256;
    const struct vh_plane *out = &c->out->plane[plane];
    int own = out->data[out->stride * y + x], low = 65535, high = 0;
    for (int r = 0; r < 4; r++) {
        int v = c->lines[r].plane[plane].data[c->lines[r].plane[plane].stride * y + x];
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return own < low - tolerance || own > high + tolerance;
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
        if (hit && is_off(c, plane, x, y))
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
    field_copy(field, out);
    if (!in->motion || !c.look || c.look->n_lost == 0)
        return VH_OK;
    want_cells(&c);
    predictions_make(&p->predictions, stage, in, in->motion, c.look, c.lines);
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
