/* bounce: puts a field back that stands a few lines higher or lower, or some samples aside, than those before
 * and after it (evidence/bounce.h). By whole lines and samples where it is off by whole ones, which is what a
 * wrong vertical sync does to lines: nothing is interpolated then; else, and for chroma of half the lines, by
 * the windowed sinc of dsp/fir.h over 6 lines or 12 samples. What the field does not have comes from the
 * field of the same parity before. Stands first: head switching, motion search and all else expect fields
 * that stand still. (docs/algorithms/bounce.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/fir.h"
#include "evidence/bounce.h"
#include "predictions.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { COL_TAPS = 6, ROW_TAPS = 12, REACH = 4, ASIDE = 32 /* samples at most */, PAD = ASIDE + ROW_TAPS };

#define AT(member) offsetof(struct vh_bounce_options, member)

static const struct vh_option_row rows[] = {
    {.key = "bounce",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "put back fields that jump up, down or aside",
        .detail = "A wrong sync moves single fields by some lines or samples. Those that stand half a line, "
                  "or a sample, or "
                  "more off the course of their "
                  "neighbours are moved back; what the camera does is left. auto does it when such fields "
                  "were measured.",
        .example = "--bounce on"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Frame bounce", rows, struct vh_bounce_options);

struct priv {
    struct vh_dsp_fir fir;
    int16_t *padded; /* a line with PAD samples on either side */
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    if (!field_format(stage))
        return VH_ERR_UNSUPPORTED;
    vh_dsp_fir_init(&p->fir, stage->config.cpu_flags);
    p->padded = vh_alloc((size_t)stage->config.format.width + 2 * PAD + VH_FIR_SLACK, sizeof *p->padded);
    if (!p->padded)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for bounce");
    stage->needs.in = stage->needs.out = VH_KIND_FIELD;
    stage->needs.look_back = stage->needs.look_ahead = REACH;
    stage->needs.moves_picture = true;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    vh_freep(&((struct priv *)stage->priv)->padded);
}

/* What stands at a place: what was `whole` places further, or what n taps make of the places around and
 * behind. */
struct move {
    int whole;
    bool between;
    int16_t tap[ROW_TAPS];
};

static struct move design(double by, int n)
{
    static const double nearly = 0.2; /* less off than that is the error of the measurement */
    struct move m = {.whole = (int)floor(by + 0.5)};
    if (fabs(by - m.whole) < nearly)
        return m;
    double tap[ROW_TAPS];
    m.whole = (int)floor(by);
    m.between = true;
    vh_fir_fraction(tap, n, by - m.whole);
    vh_fir_quantise(m.tap, tap, n, 1);
    return m;
}

static const uint16_t *line_at(const struct vh_plane_const *p, int y)
{
    y = y < 0 ? 0 : y < p->height ? y : p->height - 1;
    return p->data + y * p->stride;
}

/* Up or down. */
static void move_lines(const struct priv *p, const struct vh_plane *to, const struct vh_plane_const *field,
    const struct vh_plane_const *other, const struct move *m)
{
    for (int y = 0; y < to->height; y++) {
        uint16_t *out = to->data + y * to->stride;
        const uint16_t *line[COL_TAPS];
        int from = y + m->whole;
        bool outside = from < 0 || from >= field->height;
        if (outside || !m->between) {
            memcpy(out, outside ? line_at(other, y) : line_at(field, from), (size_t)to->width * sizeof *out);
            continue;
        }
        for (int k = 0; k < COL_TAPS; k++)
            line[k] = line_at(field, from + k - (COL_TAPS / 2 - 1));
        p->fir.col(out, line, to->width, m->tap, COL_TAPS);
    }
}

/* Aside, in place. */
static void move_samples(const struct priv *p, const struct vh_plane *plane,
    const struct vh_plane_const *other, const struct move *m)
{
    static const int16_t straight[2] = {VH_FIR_ONE, 0};
    int w = plane->width, before = m->whole < 0 ? -m->whole : 0, behind = m->whole + m->between;
    int taps = m->between ? ROW_TAPS : 2, back = m->between ? ROW_TAPS / 2 - 1 : 0;
    behind = behind > 0 ? behind : 0;
    for (int y = 0; y < plane->height; y++) {
        uint16_t *line = plane->data + y * plane->stride;
        const uint16_t *fill = line_at(other, y);
        p->fir.load(p->padded, line, w, PAD, PAD);
        p->fir.row(line, p->padded + PAD + m->whole - back, w, m->between ? m->tap : straight, taps);
        memcpy(line, fill, (size_t)before * sizeof *line);
        memcpy(line + w - behind, fill + w - behind, (size_t)behind * sizeof *line);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    const struct vh_image_const *field = vh_window_at(&in->window, 0), *other = vh_window_at(&in->window, -2);
    struct vh_bounce bounce = vh_bounce_measure(&in->window);
    if (bounce.lines == 0)
        field_copy(field, out);
    other = other ? other : vh_window_at(&in->window, 2);
    for (int i = 0; i < field->n_planes; i++) {
        const struct vh_plane_const *fill = other ? &other->plane[i] : &field->plane[i];
        struct move down = design((double)bounce.lines / (i ? 1 << field->sub_y : 1), COL_TAPS),
                    aside = design((double)bounce.px / (i ? 1 << field->sub_x : 1), ROW_TAPS);
        if (bounce.lines != 0)
            move_lines(p, &out->plane[i], &field->plane[i], fill, &down);
        if (bounce.px != 0)
            move_samples(p, &out->plane[i], fill, &aside);
    }
    return VH_OK;
}

const struct vh_stage_ops vh_stage_bounce = {
    .name = "bounce",
    .summary = "puts back fields that jump up, down or aside",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
