/* chroma-shift: moves the chroma planes back under luma, along the line and across the lines of a field.
 *
 * The colour-under path of a tape is slower than luma (delay to the right), and each comb in deck and decoder
 * lowers chroma by half a field line or more. Both are undone by one windowed-sinc interpolation each, before
 * anything that smooths, inside the field: lines of the other field are another instant.
 * (docs/algorithms/chroma-delay.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/fir.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { ROW_TAPS = 12, COL_TAPS = 6, MAX_SHIFT = 32, SLICES = 8 };

#define AT(member) offsetof(struct vh_chroma_shift_options, member)

static const struct vh_option_row rows[] = {
    {.key = "chroma.shift",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "move chroma back under luma",
        .detail =
            "auto moves it by what was measured, when that is sure and more than 0.75 px or 0.3 field lines.",
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
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Chroma position", rows, struct vh_chroma_shift_options);

struct priv {
    struct vh_dsp_fir fir;
    int16_t row[ROW_TAPS], col[COL_TAPS];
    int row_at, col_at; /* where the first tap lies, samples and lines from the output's place */
    bool has_row, has_col;
    int16_t *line;    /* SLICES lines for `load` */
    uint16_t *middle; /* SLICES lines between the two directions */
    int line_samples;
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
    const struct vh_format *format = &stage->config.format;
    double x = isnan(o->delay_x) ? 0 : o->delay_x, y = isnan(o->delay_y) ? 0 : o->delay_y;
    int sub_x = 0, sub_y = 0;
    av_pix_fmt_get_chroma_sub_sample(format->pix_fmt, &sub_x, &sub_y);
    vh_dsp_fir_init(&p->fir, stage->config.cpu_flags);
    p->has_row = design(p->row, ROW_TAPS, x / (1 << sub_x), &p->row_at);
    p->has_col = design(p->col, COL_TAPS, y / (1 << sub_y), &p->col_at);
    p->line_samples = format->width + 2 * (MAX_SHIFT + ROW_TAPS) + VH_FIR_SLACK;
    p->line = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->line);
    p->middle = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->middle);
    if (!p->line || !p->middle)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for chroma-shift");
    stage->needs.in = stage->needs.out =
        format->fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->line);
    vh_freep(&p->middle);
}

struct work {
    struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

static void shift_line(
    const struct priv *p, uint16_t *dst, const struct vh_plane_const *src, int y, int index)
{
    const uint16_t *line[COL_TAPS];
    for (int t = 0; t < COL_TAPS; t++) {
        int at = y + p->col_at + t;
        at = at < 0 ? 0 : at >= src->height ? src->height - 1 : at;
        line[t] = src->data + at * src->stride;
    }
    const uint16_t *from = src->data + y * src->stride;
    if (p->has_col) {
        uint16_t *to = p->has_row ? p->middle + (ptrdiff_t)index * p->line_samples : dst;
        p->fir.col(to, line, src->width, p->col, COL_TAPS);
        from = to;
    }
    if (p->has_row) {
        int16_t *padded = p->line + (ptrdiff_t)index * p->line_samples;
        enum { PAD = MAX_SHIFT + ROW_TAPS };
        p->fir.load(padded, from, src->width, PAD, PAD);
        p->fir.row(dst, padded + PAD + p->row_at, src->width, p->row, ROW_TAPS);
    } else if (!p->has_col) {
        memcpy(dst, from, (size_t)src->width * sizeof *dst);
    }
}

static void run_slice(void *arg, int index, int n)
{
    struct work *work = arg;
    for (int i = 0; i < work->in->n_planes; i++) {
        const struct vh_plane_const *src = &work->in->plane[i];
        const struct vh_plane *dst = &work->out->plane[i];
        int y0, y1;
        vh_pool_rows(src->height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++) {
            if (i)
                shift_line(work->p, dst->data + y * dst->stride, src, y, index);
            else
                memcpy(dst->data + y * dst->stride, src->data + y * src->stride, (size_t)src->width * 2);
        }
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct work work = {.p = stage->priv, .in = vh_window_at(&in->window, 0), .out = out};
    vh_pool_run(stage->config.pool, run_slice, &work, SLICES);
    return VH_OK;
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
