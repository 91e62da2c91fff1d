/* equalise: the Wiener inverse of the tape's luma response along the line: one filter of 49 taps per picture.
 *
 * It lifts what the tape's bandwidth took away up to where noise would be lifted more than picture, takes
 * back the hump of the recorder's sharpness circuit (which is the halo on edges), and straightens the phase.
 * It stands behind the temporal denoiser, which decides how far the lift may go.
 * (docs/algorithms/luma-response.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"
#include "dsp/measure_spectrum.h"
#include "line_pass.h"
#include "response_rows.h"

#include <math.h>
#include <stddef.h>

enum { PAD = 32 };

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
    RESPONSE_ROWS("equalise", vh_equalise_options, "luma", 0.4, 5, "--equalise-corner 1.7"),
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
        .value = "0.7",
        .help = "how strictly samples stay within their surroundings, 0 = free",
        .detail = "No sample may go beyond the range of the 17 around it by more than 1 minus this part of "
                  "that range. 1 never draws a line that was not there, and costs fine detail its contrast."},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Sharpness", rows, struct vh_equalise_options);

struct priv {
    struct line_pass pass;
    int16_t coef[VH_EQUALISER_TAPS];
    int margin; /* of dsp/fir.h's limit; below 0: none */
};

static int check(const struct vh_stage *stage, const struct vh_equalise_options *o)
{
    if (o->response.corner > 0 && o->response.order > 0 && o->detail > 0 && o->noise > 0)
        return VH_OK;
    return vh_fail(stage->config.log, VH_ERR_USAGE,
        "equalise needs corner, order, detail and noise: measure the tape or give equalise.corner");
}

static int open_stage(struct vh_stage *stage)
{
    static const double sampling_mhz = 13.5;
    const struct vh_equalise_options *o = stage->config.options;
    struct priv *p = stage->priv;
    int status = check(stage, o);
    if (status < 0)
        return status;
    response_design(p->coef, &o->response, sampling_mhz, o->detail, o->noise);
    p->margin = o->limit > 0 ? (int)lrint((1 - o->limit) * 65535) : -1;
    return line_pass_open_luma(&p->pass, stage, PAD, VH_EQUALISER_TAPS);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

static void filter_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    line_pass_row(&p->pass, place, place->from, -VH_EQUALISER_CENTRE, p->coef, VH_EQUALISER_TAPS);
    if (p->margin >= 0)
        p->pass.fir.limit(
            place->to, place->padded + PAD - VH_FIR_LIMIT_SPAN / 2, place->src->width, p->margin);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    return line_pass_run(stage, &p->pass, LINE_LUMA, filter_line, in, out);
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
