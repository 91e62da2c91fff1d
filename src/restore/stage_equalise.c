/* equalise: the Wiener inverse of the tape's luma response along the line: one filter of 49 taps per picture.
 *
 * It lifts what the tape's bandwidth took away up to where noise would be lifted more than picture, takes
 * back the hump of the recorder's sharpness circuit (which is the halo on edges), and straightens the phase.
 * It stands behind the temporal denoiser, which decides how far the lift may go.
 * (docs/algorithms/luma-response.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/fir.h"
#include "dsp/measure_spectrum.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 8, PAD = 32 };

#define AT(member) offsetof(struct vh_equalise_options, member)

static const struct vh_option_row rows[] = {
    {.key = "equalise.mode",
        .flag = "equalise",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "undo the tape's response along the line",
        .detail =
            "Lifts what the bandwidth of the tape took away as far as the noise allows, and takes back the "
            "halo of "
            "the recorder's sharpness circuit. auto does it when a limit of the bandwidth was measured.",
        .example = "--equalise off"},
    {.key = "equalise.corner",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(corner),
        .min = 0.4,
        .max = 5,
        .unit = "MHz",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "luma bandwidth (-3 dB)",
        .detail = "At 13.5 MHz sampling. Setting it switches the repair on.",
        .example = "--equalise-corner 1.7"},
    {.key = "equalise.order",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(order),
        .min = 1,
        .max = 12,
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "steepness, 6 dB per octave each"},
    {.key = "equalise.peak",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(peak),
        .min = 0,
        .max = 9,
        .unit = "dB",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "height of the peaking hump"},
    {.key = "equalise.peak-at",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(peak_at),
        .min = 0.1,
        .max = 4,
        .unit = "MHz",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "centre of the peaking hump"},
    {.key = "equalise.detail",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(detail),
        .min = 1,
        .max = 5000,
        .unit = "codes^2",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "detail of the scenes"},
    {.key = "equalise.noise",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(noise),
        .min = 0.01,
        .max = 1000,
        .unit = "codes^2",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "noise left: more of it, less sharpening",
        .detail = "Variance of the noise that reaches this stage. auto takes what the denoiser leaves of the "
                  "measured "
                  "noise. Doubling it makes the picture softer, halving it sharper.",
        .example = "--equalise-noise 4"},
    {.key = "equalise.limit",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(limit),
        .min = 0,
        .max = 1,
        .flags = VH_OPTION_ADVANCED,
        .value = "1",
        .help = "1 keeps every sample within its surroundings, 0 does not"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Sharpness", rows, struct vh_equalise_options);

struct priv {
    struct vh_dsp_fir fir;
    int16_t coef[VH_EQUALISER_TAPS];
    int16_t *line;
    int line_samples;
    bool limit;
};

static int check(const struct vh_stage *stage, const struct vh_equalise_options *o)
{
    if (o->corner > 0 && o->order > 0 && o->detail > 0 && o->noise > 0)
        return VH_OK;
    return vh_fail(stage->config.log, VH_ERR_USAGE,
        "equalise needs corner, order, detail and noise: measure the tape or give equalise.corner");
}

static int open_stage(struct vh_stage *stage)
{
    static const double sampling_mhz = 13.5;
    const struct vh_equalise_options *o = stage->config.options;
    struct priv *p = stage->priv;
    double tap[VH_EQUALISER_TAPS], sum = 0;
    int status = check(stage, o);
    if (status < 0)
        return status;
    struct vh_response response = {.corner = o->corner / sampling_mhz,
        .order = o->order,
        .peak = isnan(o->peak) ? 0 : pow(10, o->peak / 10) - 1,
        .peak_at = (isnan(o->peak_at) ? 0.45 * o->corner : o->peak_at) / sampling_mhz};
    double noise = o->noise;
    do { /* coefficients must fit the kernel: almost noiseless tapes are treated as a little noisier */
        vh_equaliser_design(tap, &response, o->detail, noise);
        sum = 0;
        for (int i = 0; i < VH_EQUALISER_TAPS; i++)
            sum += fabs(tap[i]);
        noise *= 1.3;
    } while (sum * VH_FIR_ONE > VH_FIR_MAX_SUM - VH_EQUALISER_TAPS);
    vh_fir_quantise(p->coef, tap, VH_EQUALISER_TAPS, 1);
    vh_dsp_fir_init(&p->fir, stage->config.cpu_flags);
    p->limit = o->limit > 0.5;
    p->line_samples = stage->config.format.width + 2 * PAD + VH_EQUALISER_TAPS + VH_FIR_SLACK;
    p->line = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->line);
    if (!p->line)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for equalise");
    stage->needs.in = stage->needs.out =
        stage->config.format.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    vh_freep(&((struct priv *)stage->priv)->line);
}

struct work {
    struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

static void filter_line(const struct priv *p, int16_t *line, uint16_t *dst, const uint16_t *src, int width)
{
    p->fir.load(line, src, width, PAD, PAD);
    p->fir.row(dst, line + PAD - VH_EQUALISER_CENTRE, width, p->coef, VH_EQUALISER_TAPS);
    if (p->limit)
        p->fir.limit(dst, line + PAD - VH_FIR_LIMIT_SPAN / 2, width);
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
            uint16_t *to = dst->data + y * dst->stride;
            const uint16_t *from = src->data + y * src->stride;
            if (i)
                memcpy(to, from, (size_t)src->width * sizeof *to);
            else
                filter_line(
                    work->p, work->p->line + (ptrdiff_t)index * work->p->line_samples, to, from, src->width);
        }
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct work work = {.p = stage->priv, .in = vh_window_at(&in->window, 0), .out = out};
    vh_pool_run(stage->config.pool, run_slice, &work, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_equalise = {
    .name = "equalise",
    .summary = "undoes the tape's response along the line as far as noise allows",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
