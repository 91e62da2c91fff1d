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

#include "core/status.h"
#include "dsp/fir.h"
#include "dsp/measure_spectrum.h"
#include "line_pass.h"
#include "response_rows.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>

enum { PAD = 32, COL_TAPS = 4 };

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
    RESPONSE_ROWS("chroma", vh_chroma_restore_options, "chroma", 0.05, 1.5, "--chroma-corner 0.2"),
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
        .detail =
            "auto is 1 on pictures and 0 on fields, whose lines lie twice as far apart, and where chroma "
            "reaches beyond 0.44 MHz.",
        .example = "--chroma-vertical 0.5"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Chroma bandwidth and noise", rows, struct vh_chroma_restore_options);

struct priv {
    struct line_pass pass;
    int16_t row[2][VH_EQUALISER_TAPS], col[COL_TAPS];
    bool vertical;
};

static int check(const struct vh_stage *stage, const struct vh_chroma_restore_options *o)
{
    if (o->response.corner > 0 && o->response.order > 0 && o->detail_u > 0 && o->detail_v > 0 && o->noise > 0)
        return VH_OK;
    return vh_fail(stage->config.log, VH_ERR_USAGE,
        "chroma-restore needs corner, order, detail and noise: measure the tape or give chroma.corner");
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_chroma_restore_options *o = stage->config.options;
    struct priv *p = stage->priv;
    int sub_x = 0, sub_y = 0, status = check(stage, o);
    if (status < 0)
        return status;
    av_pix_fmt_get_chroma_sub_sample(stage->config.format.pix_fmt, &sub_x, &sub_y);
    double sampling_mhz = 13.5 / (1 << sub_x);
    response_design(p->row[0], &o->response, sampling_mhz, o->detail_u, o->noise);
    response_design(p->row[1], &o->response, sampling_mhz, o->detail_v, o->noise);
    line_pass_keep_kind(stage);
    line_pass_side_by_side(stage);
    stage->needs.keeps = VH_STAGE_KEEPS_LUMA;
    double side = 0.25 * (isnan(o->vertical) ? stage->needs.in == VH_KIND_PROGRESSIVE : o->vertical);
    vh_fir_quantise(p->col, (const double[COL_TAPS]){side, 1 - 2 * side, side, 0}, COL_TAPS, 1);
    p->vertical = side > 0;
    return line_pass_open(&p->pass, stage, PAD, VH_EQUALISER_TAPS);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

static void filter_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    const struct vh_plane_const *src = place->src;
    const uint16_t *from = place->from;
    if (p->vertical) {
        const uint16_t *above = place->y ? from - src->stride : from,
                       *below = place->y < src->height - 1 ? from + src->stride : from;
        p->pass.fir.col(place->middle, (const uint16_t *const[COL_TAPS]){above, from, below, from},
            src->width, p->col, COL_TAPS);
        from = place->middle;
    }
    line_pass_row(&p->pass, place, from, -VH_EQUALISER_CENTRE, p->row[place->plane - 1], VH_EQUALISER_TAPS);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct priv *p = stage->priv;
    return line_pass_run(stage, &p->pass, LINE_CHROMA, filter_line, in, out);
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
