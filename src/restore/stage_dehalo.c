/* dehalo: the rest of the halo that the inverse of the response leaves.
 *
 * A linear inverse takes back a halo as far as the response is known and the noise allows; on narrow tapes
 * some percent of every edge are left. This takes off thin lines at the foot of strong edges that are no
 * higher than that rest, and nothing else (dsp/dehalo.h). It stands behind the equaliser, which makes the
 * rest what it is. (docs/algorithms/halo.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"
#include "dsp/dehalo.h"
#include "line_pass.h"

#include <math.h>
#include <stddef.h>

enum { PAD = VH_DEHALO_REACH };

#define AT(member) offsetof(struct vh_dehalo_options, member)

static const struct vh_option_row rows[] = {
    {.key = "dehalo.mode",
        .flag = "dehalo",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "take off the halo that is left beside edges",
        .detail =
            "Thin bright and dark lines at the foot of strong edges go when they are no higher than what "
            "the tape's halo leaves there; texture and thin lines of the picture stay. auto does it when "
            "edges show that undoing the response (--equalise) leaves a halo.",
        .example = "--dehalo off"},
    {.key = "dehalo.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0.01,
        .max = 0.25,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how high the halo is, as part of its edge",
        .detail = "Setting it switches the repair on.",
        .example = "--dehalo-strength 0.08"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Halo", rows, struct vh_dehalo_options);

struct priv {
    struct line_pass pass;
    struct vh_dsp_dehalo dsp;
    int part;
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_dehalo_options *o = stage->config.options;
    struct priv *p = stage->priv;
    if (!(o->strength > 0))
        return vh_fail(stage->config.log, VH_ERR_USAGE,
            "dehalo needs to know how high the halo is: measure the tape or give dehalo.strength");
    p->part = (int)lrint(65536 * o->strength);
    vh_dsp_dehalo_init(&p->dsp, stage->config.cpu_flags);
    return line_pass_open_luma(&p->pass, stage, PAD, 0);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

static void clear_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    int width = place->src->width;
    p->pass.fir.load(place->padded, place->from, width, PAD, PAD);
    p->dsp.line(place->to, place->padded + PAD, width, p->part);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    return line_pass_run(stage, &p->pass, LINE_LUMA, clear_line, in, out);
}

const struct vh_stage_ops vh_stage_dehalo = {
    .name = "dehalo",
    .summary = "takes off what is left of the halo beside edges",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
