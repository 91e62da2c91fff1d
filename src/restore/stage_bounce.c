/* bounce: puts a field back that stands a few lines higher or lower than those before and after it
 * (evidence/bounce.h). By whole lines where it is off by whole lines, which is what a wrong vertical sync
 * does: nothing is interpolated then; else, and for chroma of half the lines, by the windowed sinc of
 * dsp/fir.h over 6 lines. Lines that the field does not have come from the field of the same parity before.
 * Stands first: head switching, motion search and all else expect fields that stand still.
 * (docs/algorithms/bounce.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"
#include "dsp/fir.h"
#include "evidence/bounce.h"
#include "predictions.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { TAPS = 6, REACH = 4 };

#define AT(member) offsetof(struct vh_bounce_options, member)

static const struct vh_option_row rows[] = {
    {.key = "bounce",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "put back fields that jump up or down",
        .detail = "A wrong vertical sync moves single fields by some lines. Those that stand half a line or "
                  "more off the course of their "
                  "neighbours are moved back; what the camera does is left. auto does it when such fields "
                  "were measured.",
        .example = "--bounce on"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Frame bounce", rows, struct vh_bounce_options);

static int open_stage(struct vh_stage *stage)
{
    if (!field_format(stage))
        return VH_ERR_UNSUPPORTED;
    vh_dsp_fir_init(stage->priv, stage->config.cpu_flags);
    stage->needs.in = stage->needs.out = VH_KIND_FIELD;
    stage->needs.look_back = stage->needs.look_ahead = REACH;
    stage->needs.moves_picture = true;
    return VH_OK;
}

/* What every line of a plane is made of: from y + whole - 2 … + 3 by `tap`, or the line y + whole itself. */
struct move {
    int whole;
    bool between;
    int16_t tap[TAPS];
};

static struct move design(double lines)
{
    static const double nearly = 0.2; /* lines: less off than that is the error of the measurement */
    struct move m = {.whole = (int)floor(lines + 0.5)};
    if (fabs(lines - m.whole) < nearly)
        return m;
    double tap[TAPS];
    m.whole = (int)floor(lines);
    m.between = true;
    vh_fir_fraction(tap, TAPS, lines - m.whole);
    vh_fir_quantise(m.tap, tap, TAPS, 1);
    return m;
}

static const uint16_t *line_at(const struct vh_plane_const *p, int y)
{
    y = y < 0 ? 0 : y < p->height ? y : p->height - 1;
    return p->data + y * p->stride;
}

static void move_plane(const struct vh_dsp_fir *fir, const struct vh_plane *to,
    const struct vh_plane_const *field, const struct vh_plane_const *other, const struct move *m)
{
    for (int y = 0; y < to->height; y++) {
        uint16_t *out = to->data + y * to->stride;
        const uint16_t *line[TAPS];
        int from = y + m->whole;
        bool outside = from < 0 || from >= field->height;
        if (outside || !m->between) {
            memcpy(out, outside ? line_at(other, y) : line_at(field, from), (size_t)to->width * sizeof *out);
            continue;
        }
        for (int k = 0; k < TAPS; k++)
            line[k] = line_at(field, from + k - (TAPS / 2 - 1));
        fir->col(out, line, to->width, m->tap, TAPS);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct vh_image_const *field = vh_window_at(&in->window, 0), *other = vh_window_at(&in->window, -2);
    struct vh_bounce bounce = vh_bounce_measure(&in->window);
    if (bounce.lines == 0) {
        field_copy(field, out);
        return VH_OK;
    }
    other = other ? other : vh_window_at(&in->window, 2);
    for (int i = 0; i < field->n_planes; i++) {
        struct move m = design((double)bounce.lines / (i ? 1 << field->sub_y : 1));
        move_plane(
            stage->priv, &out->plane[i], &field->plane[i], other ? &other->plane[i] : &field->plane[i], &m);
    }
    return VH_OK;
}

const struct vh_stage_ops vh_stage_bounce = {
    .name = "bounce",
    .summary = "puts back fields that jump up or down",
    .options = &table,
    .priv_size = sizeof(struct vh_dsp_fir),
    .open = open_stage,
    .process = process,
};
