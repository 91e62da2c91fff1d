/* adjust: brightness, contrast, gamma and saturation by hand, in 16 bit.
 *
 * Luma v (0 = black, 1 = white of limited range) becomes ((v - 0.5) * contrast + 0.5 + brightness) ^ (1 /
 * gamma), chroma is multiplied by the saturation: the definitions of FFmpeg's eq filter, which works in 8 bit
 * only. What lies below black is not bent by gamma. Both curves are tables of 65536 entries, so any
 * combination costs one look-up a sample. (docs/algorithms/colour.md)
 */
#include "restore/looks.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "line_pass.h"

#include <math.h>
#include <stddef.h>

enum { CODES = 65536 };

#define AT(member) offsetof(struct vh_adjust_options, member)

static const struct vh_option_row rows[] = {
    {.key = "adjust.brightness",
        .flag = "brightness",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(brightness),
        .min = -1,
        .max = 1,
        .value = "0",
        .help = "added to luma, 1 = from black to white",
        .example = "--brightness 0.05"},
    {.key = "adjust.contrast",
        .flag = "contrast",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(contrast),
        .min = 0,
        .max = 4,
        .value = "1",
        .help = "factor on luma around mid-gray",
        .example = "--contrast 1.1"},
    {.key = "adjust.gamma",
        .flag = "gamma",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(gamma),
        .min = 0.1,
        .max = 10,
        .value = "1",
        .help = "bends luma; above 1 brightens the middle",
        .example = "--gamma 1.1"},
    {.key = "adjust.saturation",
        .flag = "saturation",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(saturation),
        .min = 0,
        .max = 4,
        .value = "1",
        .help = "factor on colour, 0 makes the picture gray",
        .example = "--saturation 1.2"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Look", rows, struct vh_adjust_options);

extern const struct vh_stage_ops vh_stage_adjust;

struct priv {
    uint16_t *luma, *chroma; /* CODES entries each */
};

bool vh_adjust_changes(const struct vh_adjust_options *o)
{
    return o->brightness != 0 || o->contrast != 1 || o->gamma != 1 || o->saturation != 1;
}

static uint16_t limited(double value)
{
    return (uint16_t)(value <= 0 ? 0 : value >= CODES - 1 ? CODES - 1 : lrint(value));
}

static uint16_t adjust_luma(const struct vh_adjust_options *o, int code)
{
    double v = (code - 4096) / (219.0 * 256);
    v = (v - 0.5) * o->contrast + 0.5 + o->brightness;
    if (v > 0 && o->gamma != 1)
        v = pow(v, 1 / o->gamma);
    return limited(4096 + v * 219 * 256);
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_adjust_options *o = stage->config.options;
    struct priv *p = stage->priv;
    p->luma = vh_alloc(CODES, sizeof *p->luma);
    p->chroma = vh_alloc(CODES, sizeof *p->chroma);
    if (!p->luma || !p->chroma)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for adjust");
    for (int i = 0; i < CODES; i++) {
        p->luma[i] = adjust_luma(o, i);
        p->chroma[i] = limited(32768 + (i - 32768) * o->saturation);
    }
    line_pass_keep_kind(stage);
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->luma);
    vh_freep(&p->chroma);
}

static void look_up(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    const uint16_t *codes = place->plane ? p->chroma : p->luma;
    for (int x = 0; x < place->src->width; x++)
        place->to[x] = codes[place->from[x]];
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    return line_pass_run(stage, NULL, LINE_ALL, look_up, in, out);
}

const struct vh_stage_ops vh_stage_adjust = {.name = "adjust",
    .summary = "brightness, contrast, gamma and saturation by hand",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage};
