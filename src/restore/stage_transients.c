/* transients: edges that a narrow tape left slow are made faster, without overshoot.
 *
 * Undoing the response stops where noise begins; what edges lack then cannot be had by any linear filter.
 * They are steepened within their own range (dsp/transient.h), where edges were measured to be slow and the
 * picture is quiet enough. It stands behind the equaliser and what takes off its halo.
 * (docs/algorithms/luma-response.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"
#include "dsp/transient.h"
#include "line_pass.h"

#include <math.h>
#include <stddef.h>

enum { PAD = VH_TRANSIENT_STEP };

#define AT(member) offsetof(struct vh_transients_options, member)

static const struct vh_option_row rows[] = {
    {.key = "transients.mode",
        .flag = "transients",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "make slow edges faster along the line",
        .detail =
            "Luma transient improvement: slow edges are steepened within their own range, so nothing "
            "overshoots. auto does it on narrow tapes whose edges stay slow when the response is undone "
            "(--equalise), unless the tape is noisy.",
        .example = "--transients off"},
    {.key = "transients.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0.1,
        .max = 3,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how much faster, 1 = what suits most tapes",
        .detail = "Setting it switches the repair on.",
        .example = "--transients-strength 2"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Edges", rows, struct vh_transients_options);

struct priv {
    struct line_pass pass;
    struct vh_dsp_transient dsp;
    int amount;
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_transients_options *o = stage->config.options;
    struct priv *p = stage->priv;
    /* Part of the curvature: a sixth gave the most on foreign tapes, a third no more (luma-response.md). */
    static const double usual = 0.15;
    double strength = isnan(o->strength) ? 1 : o->strength;
    p->amount = (int)lrint(1024 * usual * strength);
    vh_dsp_transient_init(&p->dsp, stage->config.cpu_flags);
    return line_pass_open_luma(&p->pass, stage, PAD, 0);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

static void steepen_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    int width = place->src->width;
    p->pass.fir.load(place->padded, place->from, width, PAD, PAD);
    p->dsp.line(place->to, place->padded + PAD, width, p->amount);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    return line_pass_run(stage, &p->pass, LINE_LUMA, steepen_line, in, out);
}

const struct vh_stage_ops vh_stage_transients = {
    .name = "transients",
    .summary = "makes slow edges faster along the line, without overshoot",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
