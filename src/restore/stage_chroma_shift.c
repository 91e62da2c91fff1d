/* chroma-shift: moves the chroma planes back under luma, along the line and across the lines of a field.
 *
 * The colour-under path of a tape is slower than luma (delay to the right), and each comb in deck and decoder
 * lowers chroma by half a field line or more; some decoders delay the two colour differences unlike. All is
 * undone by one windowed-sinc interpolation each, before anything that smooths, inside the field: lines of
 * the other field are another instant. (docs/algorithms/chroma-delay.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "line_pass.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { ROW_TAPS = 12, COL_TAPS = 6, MAX_SHIFT = 32 };

#define AT(member) offsetof(struct vh_chroma_shift_options, member)

static const struct vh_option_row rows[] = {
    {.key = "chroma.shift",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "move chroma back under luma",
        .detail = "auto moves it by what was measured, when that is sure and more than 1.25 px (0.85 px to "
                  "the right "
                  "on a tape) or 0.3 field lines.",
        .example = "--chroma-shift off"},
    {.key = "chroma.delay-x",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(delay_x),
        .min = -24,
        .max = 24,
        .unit = "px",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how far chroma lies right of luma",
        .detail =
            "In luma samples; the picture's chroma is moved left by as much. auto uses the measured value.",
        .example = "--chroma-delay-x 6.5"},
    {.key = "chroma.delay-y",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(delay_y),
        .min = -4,
        .max = 4,
        .unit = "field lines",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how far chroma lies below luma",
        .detail = "In lines of one field. auto uses the measured value.",
        .example = "--chroma-delay-y 1"},
    {.key = "chroma.split",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(split),
        .min = -16,
        .max = 16,
        .unit = "px",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "how far red lies right of blue",
        .detail =
            "Where the two colour differences were delayed unlike: the red one is moved left by half of "
            "this, the blue one right, beside what both are moved. auto uses the measured value when it is "
            "sure and more than 2 px.",
        .example = "--chroma-split 4"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Chroma position", rows, struct vh_chroma_shift_options);

struct priv {
    struct line_pass pass;
    int16_t row[2][ROW_TAPS], col[COL_TAPS]; /* row: blue difference, red difference */
    int row_at[2], col_at; /* where the first tap lies, samples and lines from the output's place */
    bool has_row, has_col;
};

/* Splits a shift of `by` samples to the right into a whole number and taps; *at is where the first tap lies.
 */
static bool design(int16_t *coef, int n, double by, int *at)
{
    double tap[ROW_TAPS], whole = floor(by);
    *at = (int)whole - (n / 2 - 1);
    vh_fir_fraction(tap, n, by - whole);
    vh_fir_quantise(coef, tap, n, 1);
    return fabs(by) > 1e-6;
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_chroma_shift_options *o = stage->config.options;
    struct priv *p = stage->priv;
    double x = isnan(o->delay_x) ? 0 : o->delay_x, y = isnan(o->delay_y) ? 0 : o->delay_y,
           split = isnan(o->split) ? 0 : o->split;
    int sub_x = 0, sub_y = 0;
    av_pix_fmt_get_chroma_sub_sample(stage->config.format.pix_fmt, &sub_x, &sub_y);
    for (int i = 0; i < 2; i++)
        p->has_row |= design(p->row[i], ROW_TAPS, (x + (i - 0.5) * split) / (1 << sub_x), &p->row_at[i]);
    p->has_col = design(p->col, COL_TAPS, y / (1 << sub_y), &p->col_at);
    line_pass_keep_kind(stage);
    stage->needs.keeps = VH_STAGE_KEEPS_LUMA;
    return line_pass_open(&p->pass, stage, MAX_SHIFT + ROW_TAPS, ROW_TAPS);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

static void shift_down(const struct priv *p, const struct line_place *place, uint16_t *to)
{
    const struct vh_plane_const *src = place->src;
    const uint16_t *line[COL_TAPS];
    for (int t = 0; t < COL_TAPS; t++) {
        int at = place->y + p->col_at + t;
        at = at < 0 ? 0 : at >= src->height ? src->height - 1 : at;
        line[t] = src->data + at * src->stride;
    }
    p->pass.fir.col(to, line, src->width, p->col, COL_TAPS);
}

static void shift_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    const uint16_t *from = place->from;
    if (p->has_col) {
        uint16_t *to = p->has_row ? place->middle : place->to;
        shift_down(p, place, to);
        from = to;
    }
    if (p->has_row)
        line_pass_row(&p->pass, place, from, p->row_at[place->plane - 1], p->row[place->plane - 1], ROW_TAPS);
    else if (!p->has_col)
        memcpy(place->to, from, (size_t)place->src->width * sizeof *from);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    return line_pass_run(stage, &p->pass, LINE_CHROMA, shift_line, in, out);
}

const struct vh_stage_ops vh_stage_chroma_shift = {
    .name = "chroma-shift",
    .summary = "moves chroma back under luma",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
