/* flicker: takes out what the brightness does faster than scene light and AGC do.
 *
 * Every field's gain against the one before, measured along the motion (evidence), sums up to a curve of
 * level over time. A level with trend follows it slowly (double exponential smoothing: slow fades pass
 * without lag); the field is brought from the curve to the slow level, by at most 12 %. Starts afresh at
 * cuts. (docs/algorithms/flicker.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"
#include "evidence/evidence.h"
#include "line_pass.h"

#include <math.h>
#include <stddef.h>

enum { ONE = 16384, BLACK = 16 * 256 };

#define AT(member) offsetof(struct vh_flicker_options, member)

static const struct vh_option_row rows[] = {
    {.key = "flicker.mode",
        .flag = "flicker",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "even out brightness that flickers",
        .detail =
            "auto does it when more than 0.5 % of flicker (3 to 25 Hz) was measured. Fades and cuts pass.",
        .example = "--flicker off"},
    {.key = "flicker.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 1,
        .value = "1",
        .flags = VH_OPTION_ADVANCED,
        .help = "part of the flicker that is taken out"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Flicker", rows, struct vh_flicker_options);

struct priv {
    double level;       /* ln of the field's gain since the last cut */
    double slow, trend; /* what it should be, and its change per field */
    int n_fields;       /* since the last cut */
    int factor;         /* for the field under way, in 1/ONE */
};

static int open_stage(struct vh_stage *stage)
{
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .keeps = VH_STAGE_KEEPS_CHROMA,
        .out = VH_KIND_FIELD,
        .look_back = 2,
        .look_ahead = 2,
        .motion = true,
        .evidence = true,
        .stateful = true,
        .format = stage->config.format};
    return VH_OK;
}

static void reset(struct vh_stage *stage)
{
    *(struct priv *)stage->priv = (struct priv){.level = 0};
}

/* The factor for this field, in 1/ONE. */
static int next_factor(struct vh_stage *stage, const struct vh_evidence *evidence)
{
    /* White flicker falls to sqrt(a / (2 - a)) = 0.18 of itself, unlike heads to a / (2 - a) = 0.03; the
     * trend is slower again. */
    static const double follow = 0.06, follow_trend = 0.003, most = 0.12;
    static const double error_of_gain = 0.006; /* measured on steady footage: 0.1 to 0.33 % (flicker.md) */
    double strength = ((const struct vh_flicker_options *)stage->config.options)->strength;
    struct priv *p = stage->priv;
    if (!evidence || evidence->cut_before || !(evidence->gain[0] > 0)) {
        reset(stage);
        return ONE;
    }
    p->level += log((double)evidence->gain[0]);
    double expected = p->slow + p->trend, error = p->level - expected;
    p->n_fields++;
    p->slow = expected + fmax(follow, 1.0 / (p->n_fields + 1)) * error; /* the mean, while there are few */
    p->trend += follow_trend * error;
    double by = p->slow - p->level;
    double sure = by / error_of_gain * (by / error_of_gain);
    by *= strength * sure * sure / (sure * sure + 1);
    return (int)lrint(ONE * exp(by < -most ? -most : by > most ? most : by));
}

static void scale_line(const void *priv, const struct line_place *place)
{
    const int factor = ((const struct priv *)priv)->factor, width = place->src->width;
    const uint16_t *src = place->from;
    uint16_t *dst = place->to;
    for (int x = 0; x < width; x++) {
        int v = BLACK + (((src[x] - BLACK) * factor + ONE / 2) >> 14);
        dst[x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    p->factor = next_factor(stage, in->evidence);
    return line_pass_run(stage, NULL, p->factor == ONE ? 0 : LINE_LUMA, scale_line, in, out);
}

const struct vh_stage_ops vh_stage_flicker = {
    .name = "flicker",
    .summary = "evens out brightness that flickers from field to field",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .reset = reset,
};
