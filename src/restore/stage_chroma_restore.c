/* chroma-restore: the Wiener inverse of the tape's chroma response along the line, and [1 2 1] across the
 * lines.
 *
 * A tape carries some 40 colour samples per line; what stands above that in a capture is crosstalk and noise.
 * One filter per plane lifts what the narrow path weakened as far as the noise allows and takes off
 * everything beyond. Across the lines chroma was averaged by the decks' combs already, so neighbouring lines
 * may share their noise. (docs/algorithms/chroma-response.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/fir.h"
#include "dsp/measure_spectrum.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 8, PAD = 32, COL_TAPS = 4 };

#define AT(member) offsetof(struct vh_chroma_restore_options, member)

static const struct vh_option_row rows[] = {
    {.key = "chroma.restore",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "chroma back to its bandwidth, without noise beyond it",
        .detail = "auto does it when a limit of the chroma bandwidth below 0.44 MHz was measured, which is "
                  "what tapes "
                  "with colour-under have.",
        .example = "--chroma-restore off"},
    {.key = "chroma.corner",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(corner),
        .min = 0.05,
        .max = 1.5,
        .unit = "MHz",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "chroma bandwidth (-3 dB)",
        .detail = "Setting it switches the repair on.",
        .example = "--chroma-corner 0.2"},
    {.key = "chroma.order",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(order),
        .min = 0.5,
        .max = 8,
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "steepness, 6 dB per octave each"},
    {.key = "chroma.peak",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(peak),
        .min = 0,
        .max = 9,
        .unit = "dB",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "height of a hump in the response"},
    {.key = "chroma.peak-at",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(peak_at),
        .min = 0.02,
        .max = 1,
        .unit = "MHz",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "centre of that hump"},
    {.key = "chroma.detail-u",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(detail_u),
        .min = 0.01,
        .max = 5000,
        .unit = "codes^2",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "detail of the scenes, blue difference"},
    {.key = "chroma.detail-v",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(detail_v),
        .min = 0.01,
        .max = 5000,
        .unit = "codes^2",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "detail of the scenes, red difference"},
    {.key = "chroma.noise",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(noise),
        .min = 0.01,
        .max = 10000,
        .unit = "codes^2",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "chroma noise left: more of it, softer colour",
        .detail = "Power per bin of the noise that reaches this stage. auto takes what the denoiser leaves.",
        .example = "--chroma-noise 20"},
    {.key = "chroma.vertical",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(vertical),
        .min = 0,
        .max = 1,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "smoothing of chroma across lines, 1 = [1 2 1]",
        .detail = "auto is 1 on pictures and 0 on fields, whose lines lie twice as far apart.",
        .example = "--chroma-vertical 0.5"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Chroma bandwidth and noise", rows, struct vh_chroma_restore_options);

struct priv {
    struct vh_dsp_fir fir;
    int16_t row[2][VH_EQUALISER_TAPS], col[COL_TAPS];
    bool vertical;
    int16_t *line;
    uint16_t *middle;
    int line_samples;
};

static void design(struct priv *p, int plane, const struct vh_response *response, double detail, double noise)
{
    double tap[VH_EQUALISER_TAPS], sum;
    do {
        vh_equaliser_design(tap, response, detail, noise);
        sum = 0;
        for (int i = 0; i < VH_EQUALISER_TAPS; i++)
            sum += fabs(tap[i]);
        noise *= 1.3;
    } while (sum * VH_FIR_ONE > VH_FIR_MAX_SUM - VH_EQUALISER_TAPS);
    vh_fir_quantise(p->row[plane], tap, VH_EQUALISER_TAPS, 1);
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_chroma_restore_options *o = stage->config.options;
    const struct vh_format *format = &stage->config.format;
    struct priv *p = stage->priv;
    bool whole = format->fields == VH_FIELDS_PROGRESSIVE;
    int sub_x = 0, sub_y = 0;
    if (!(o->corner > 0 && o->order > 0 && o->detail_u > 0 && o->detail_v > 0 && o->noise > 0))
        return vh_fail(stage->config.log, VH_ERR_USAGE,
            "chroma-restore needs corner, order, detail and noise: measure the tape or give chroma.corner");
    av_pix_fmt_get_chroma_sub_sample(format->pix_fmt, &sub_x, &sub_y);
    double sampling_mhz = 13.5 / (1 << sub_x);
    struct vh_response response = {.corner = o->corner / sampling_mhz,
        .order = o->order,
        .peak = isnan(o->peak) ? 0 : pow(10, o->peak / 10) - 1,
        .peak_at = (isnan(o->peak_at) ? 0.45 * o->corner : o->peak_at) / sampling_mhz};
    design(p, 0, &response, o->detail_u, o->noise);
    design(p, 1, &response, o->detail_v, o->noise);
    double side = 0.25 * (isnan(o->vertical) ? whole : o->vertical);
    vh_fir_quantise(p->col, (const double[COL_TAPS]){side, 1 - 2 * side, side, 0}, COL_TAPS, 1);
    p->vertical = side > 0;
    vh_dsp_fir_init(&p->fir, stage->config.cpu_flags);
    p->line_samples = format->width + 2 * PAD + VH_EQUALISER_TAPS + VH_FIR_SLACK;
    p->line = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->line);
    p->middle = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->middle);
    if (!p->line || !p->middle)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for chroma-restore");
    stage->needs.in = stage->needs.out = whole ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
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

static void filter_line(const struct work *work, int plane, int y, int index)
{
    struct priv *p = work->p;
    const struct vh_plane_const *src = &work->in->plane[plane];
    const struct vh_plane *dst = &work->out->plane[plane];
    const uint16_t *from = src->data + y * src->stride;
    int16_t *padded = p->line + (ptrdiff_t)index * p->line_samples;
    if (p->vertical) {
        const uint16_t *above = y ? from - src->stride : from,
                       *below = y < src->height - 1 ? from + src->stride : from;
        uint16_t *middle = p->middle + (ptrdiff_t)index * p->line_samples;
        p->fir.col(middle, (const uint16_t *const[COL_TAPS]){above, from, below, from}, src->width, p->col,
            COL_TAPS);
        from = middle;
    }
    p->fir.load(padded, from, src->width, PAD, PAD);
    p->fir.row(dst->data + y * dst->stride, padded + PAD - VH_EQUALISER_CENTRE, src->width, p->row[plane - 1],
        VH_EQUALISER_TAPS);
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
                filter_line(work, i, y, index);
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

const struct vh_stage_ops vh_stage_chroma_restore = {
    .name = "chroma-restore",
    .summary = "brings chroma back to its bandwidth and takes off the noise beyond it",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
