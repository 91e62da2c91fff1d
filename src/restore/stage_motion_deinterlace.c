/* motion-deinterlace: whole pictures from fields by motion-compensated fusion (fuse_field.h). The stage turns
 * options and evidence into the noise the fusion reckons with.
 */
#include "restore/motion_deinterlace.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/evidence.h"
#include "fuse_field.h"
#include "predictions.h"

#include <math.h>
#include <stddef.h>

#define AT(member) offsetof(struct vh_motion_deinterlace_options, member)

static const struct vh_option_row rows[] = {
    {.key = "denoise.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 10,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how much of the measured noise to remove; 1 is right, 0 none",
        .detail = "A factor on the noise that the motion deinterlacer reckons with. Below 1 leaves some of "
                  "it, above 1 "
                  "smooths more than was measured. auto is 1.",
        .example = "--denoise-strength 0.7"},
    {.key = "denoise.sigma",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(sigma_luma),
        .min = 0,
        .max = 40,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "luma noise to reckon with instead of the measured one",
        .detail = "Standard deviation. auto measures it in every field, which follows the tape through its "
                  "sections.",
        .example = "--denoise-sigma 4"},
    {.key = "denoise.sigma-chroma",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(sigma_chroma),
        .min = 0,
        .max = 40,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,
        .value = "auto",
        .help = "chroma noise to reckon with instead of the measured one",
        .detail = "Standard deviation of both chroma planes. auto measures it in every field.",
        .example = "--denoise-sigma-chroma 6"},
    {.key = "deinterlace.lossless-lines",
        .flag = "lossless-lines",
        .type = VH_OPTION_BOOL,
        .offset = AT(lossless_lines),
        .value = "no",
        .help = "leave the lines of the field itself untouched, bit for bit",
        .detail =
            "Only the missing lines are made; noise stays in the others. For archives that must be able to "
            "give the fields back.",
        .example = "--lossless-lines"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Motion deinterlacer", rows, struct vh_motion_deinterlace_options);

/* Fields side by side share nothing, bands of one field would each make their neighbourhood again (a fifth
 * more work for two): so threads take fields first, and bands only where there are more threads. */
struct priv {
    struct vh_fuse_field field[VH_STAGE_AT_ONCE]; /* by slot */
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    const struct vh_format *format = &stage->config.format;
    const AVPixFmtDescriptor *desc = field_format(stage);
    if (!desc)
        return VH_ERR_UNSUPPORTED;
    int threads = vh_pool_threads(stage->config.pool),
        at_once = threads < VH_STAGE_AT_ONCE ? threads : VH_STAGE_AT_ONCE;
    struct vh_fuse_field_config config = {.width = format->width,
        .height = format->height,
        .n_planes = desc->nb_components,
        .sub_x = desc->log2_chroma_w,
        .sub_y = desc->log2_chroma_h,
        .pool = stage->config.pool,
        .n_bands = (threads + at_once - 1) / at_once,
        .cpu_flags = stage->config.cpu_flags};
    for (int i = 0; i < at_once; i++)
        if (vh_fuse_field_init(&p->field[i], &config) != VH_OK)
            return vh_fail(stage->config.log, VH_ERR_RESOURCE,
                "out of memory for motion-deinterlace at %dx%d", format->width, format->height);
    stage->needs = field_needs(stage, VH_KIND_PROGRESSIVE);
    stage->needs.evidence = true;
    stage->needs.at_once = at_once;
    stage->needs.format.fields = VH_FIELDS_PROGRESSIVE;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    for (int i = 0; i < VH_STAGE_AT_ONCE; i++)
        vh_fuse_field_uninit(&p->field[i]);
}

static float noise_of(double given, float measured, double strength)
{
    float sigma = isnan(given) ? measured : (float)given;
    return sigma * (isnan(strength) ? 1.f : (float)strength);
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    const struct vh_motion_deinterlace_options *o = stage->config.options;
    struct vh_evidence own;
    const struct vh_evidence *evidence = in->evidence;
    if (!in->motion)
        return vh_fail(stage->config.log, VH_ERR_INTERNAL,
            "motion-deinterlace got field %lld without its motion", (long long)in->window.index);
    if (!evidence) {
        struct vh_dsp_block_noise blocks;
        vh_dsp_block_noise_init(&blocks, stage->config.cpu_flags);
        vh_evidence_measure(&own, &blocks, &in->window, in->motion);
        evidence = &own;
    }
    bool fast = in->motion->fast;
    float chroma = fmaxf(evidence->sigma_8bit[1], evidence->sigma_8bit[2]);
    struct vh_fuse_field_job job = {.window = &in->window,
        .motion = in->motion,
        .sigma_8bit = {noise_of(o->sigma_luma, evidence->sigma_8bit[0], o->strength),
            noise_of(o->sigma_chroma, chroma, o->strength)},
        .lossless = o->lossless_lines,
        .gates = {fast ? &vh_fuse_fast_luma : &vh_fuse_luma, fast ? &vh_fuse_fast_chroma : &vh_fuse_chroma},
        .out = *out};
    vh_fuse_field_run(&p->field[in->slot], &job);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_motion_deinterlace = {
    .name = "motion-deinterlace",
    .summary = "deinterlaces and denoises along the motion",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
