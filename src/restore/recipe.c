/* The recipe: the option table, and the order in which its parts are asked (docs/algorithms/order.md).
 *
 * Fields first: what is linear (shift, echo, levels of the two heads), then the deinterlacer and denoiser,
 * then what sharpens or bends curves. libavfilter methods stand where their native equals would.
 */
#include "recipe_build.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stddef.h>

static const char *const orders[] = {"auto", "tff", "bff", "progressive", NULL};
static const char *const rates[] = {"field", "frame", NULL};
static const char *const speeds[] = {"fast", "normal", "best", NULL}; /* enum vh_motion_speed */
static const char *const repairs[] = {"auto", "none", NULL};

#define AT(member) offsetof(struct vh_restore_options, member)

static const struct vh_option_row rows[] = {
    {.key = "deinterlace",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = AT(deinterlace),
        .value = "auto",
        .help = "deinterlacer, NAME or NAME=PARAMETERS",
        .detail =
            "auto takes the best for what was measured: nothing on progressive input, inverse telecine on "
            "film, "
            "else motion, our own motion-compensated deinterlacer and denoiser. none keeps "
            "fields, "
            "weave joins the two fields of a frame that belong together, ivtc undoes 3:2. bwdif is ours, "
            "too, quick and without motion vectors; bwdif=PARAMETERS, yadif, w3fdif, estdif and nnedi (which "
            "needs weights=FILE) are libavfilter's, always with the parity said explicitly; text behind = is "
            "handed to the filter.",
        .example = "--deinterlace bwdif"},
    {.key = "rate",
        .type = VH_OPTION_ENUM,
        .offset = AT(rate),
        .names = rates,
        .value = "field",
        .help = "pictures out: one per field or one per frame",
        .detail = "field keeps the motion of the tape (50 or 59.94 pictures per second), frame halves it.",
        .example = "--rate frame"},
    {.key = "motion.speed",
        .type = VH_OPTION_ENUM,
        .offset = AT(motion_speed),
        .names = speeds,
        .value = "normal",
        .help = "how carefully motion is searched: fast, normal or best",
        .detail =
            "One search per field feeds every repair that follows motion. fast finds half samples, normal "
            "quarter samples, best tries more candidates.",
        .example = "--motion-speed best"},
    {.key = "field-order",
        .type = VH_OPTION_ENUM,
        .offset = AT(field_order),
        .names = orders,
        .value = "auto",
        .help = "which field comes first: auto, tff, bff or progressive",
        .detail = "auto believes the pixels where they are clear, else the flags of the input; never height "
                  "or container.",
        .example = "--field-order tff"},
    {.key = "repair",
        .type = VH_OPTION_ENUM,
        .offset = AT(repair),
        .names = repairs,
        .value = "auto",
        .help = "repair what was measured, or only what is asked for",
        .detail = "auto switches each repair on when its defect was measured with enough confidence. none "
                  "leaves all "
                  "off but those that have an option of their own given.",
        .example = "--repair none"},
    {.key = "denoise",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = AT(denoise),
        .value = "auto",
        .help = "noise reduction, NAME or NAME=PARAMETERS",
        .detail =
            "auto sets strength by the measured noise and does nothing on clean input; with --deinterlace "
            "motion "
            "it is done along the motion in the same step (motion). hqdn3d, nlmeans, bm3d "
            "and "
            "atadenoise are libavfilter's; without parameters their strength follows the measured noise too.",
        .example = "--denoise nlmeans=s=3:p=7:r=9"},
    {.key = "deblock",
        .type = VH_OPTION_STRING,
        .offset = AT(deblock),
        .value = "none",
        .help = "remove block edges of compressed captures: none, weak, strong",
        .detail = "For captures that were compressed hard (MPEG-2, DivX). Any other text is handed to "
                  "libavfilter's "
                  "deblock as its parameters. Works on each field apart on interlaced input.",
        .example = "--deblock weak"},
    {.key = "deband",
        .type = VH_OPTION_STRING,
        .offset = AT(deband),
        .value = "none",
        .help = "smooth steps in even areas: none, default or parameters",
        .detail = "libavfilter's deband, after all repairs.",
        .example = "--deband default"},
    {.key = "sharpen",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = AT(sharpen),
        .value = "none",
        .help = "extra sharpening: none, cas[=STRENGTH], unsharp[=PARAMETERS]",
        .detail =
            "On top of the measured equalisation of the tape, which needs no option. cas: 0.2 to 0.6 is "
            "usual; beyond 0.9 libavfilter's tears even areas apart.",
        .example = "--sharpen cas=0.4"},
    {.key = "vf-pre",
        .type = VH_OPTION_STRING,
        .word = "CHAIN",
        .offset = AT(vf_pre),
        .help = "libavfilter chain before everything",
        .detail = "Gets the pictures as decoded (interlaced as they are).",
        .example = "--vf-pre hflip"},
    {.key = "vf-post",
        .type = VH_OPTION_STRING,
        .word = "CHAIN",
        .offset = AT(vf_post),
        .help = "libavfilter chain after the repairs, before scaling",
        .detail = "Gets the restored pictures at the size of the source.",
        .example = "--vf-post vignette=PI/5"},
};

const struct vh_option_table vh_restore_option_table =
    VH_OPTION_TABLE("Restoration", rows, struct vh_restore_options);

double recipe_value(const struct recipe_build *build, const char *key, double otherwise)
{
    double value;
    return build->request->profile && vh_profile_known(build->request->profile, key, &value) ? value
                                                                                             : otherwise;
}

static struct vh_recipe_step *append(struct recipe_build *build)
{
    enum { GROW = 32 };
    struct vh_recipe *recipe = build->recipe;
    if (recipe->n_steps % GROW == 0) {
        struct vh_recipe_step *more = vh_alloc((size_t)recipe->n_steps + GROW, sizeof *more);
        if (!more)
            return NULL;
        for (int i = 0; i < recipe->n_steps; i++)
            more[i] = recipe->step[i];
        vh_free(recipe->step);
        recipe->step = more;
    }
    return &recipe->step[recipe->n_steps++];
}

static int no_memory(const struct recipe_build *build)
{
    return vh_fail(build->request->log, VH_ERR_RESOURCE, "out of memory for the recipe");
}

/* Takes the strings and options of `step`, also on failure. */
static int add(struct recipe_build *build, const struct vh_recipe_step *step)
{
    struct vh_recipe_step *at = step->name && step->reason ? append(build) : NULL;
    if (!at) {
        struct vh_recipe_step gone = *step;
        vh_free(gone.name);
        vh_free(gone.filter);
        vh_free(gone.options);
        vh_free(gone.reason);
        return no_memory(build);
    }
    *at = *step;
    if (!step->off)
        build->kind = step->out;
    return VH_OK;
}

int recipe_add_filter(
    struct recipe_build *build, const char *name, char *filter, enum vh_kind out, char *reason)
{
    if (!filter) {
        vh_free(reason);
        return no_memory(build);
    }
    return add(build, &(struct vh_recipe_step){.kind = VH_STEP_FILTER,
                          .in = build->kind,
                          .out = out,
                          .name = vh_strdup(name),
                          .filter = filter,
                          .reason = reason});
}

int recipe_add_off(
    struct recipe_build *build, const char *name, const struct vh_stage_ops *stage, char *reason)
{
    return add(build, &(struct vh_recipe_step){.kind = stage ? VH_STEP_NATIVE : VH_STEP_FILTER,
                          .off = true,
                          .in = build->kind,
                          .out = build->kind,
                          .name = vh_strdup(name),
                          .stage = stage,
                          .reason = reason});
}

int recipe_add_native(struct recipe_build *build, const struct vh_stage_ops *stage, void *options,
    enum vh_kind in, enum vh_kind out, char *reason)
{
    return add(build, &(struct vh_recipe_step){.kind = VH_STEP_NATIVE,
                          .in = in,
                          .out = out,
                          .name = vh_strdup(stage->name),
                          .stage = stage,
                          .options = options,
                          .reason = reason});
}

static int build_list(struct recipe_build *build)
{
    const struct vh_restore_options *o = build->request->options;
    int status = recipe_order(build);
    if (status >= 0)
        status = recipe_user_chain(build, "vf-pre", o->vf_pre);
    if (status >= 0)
        status = recipe_deblock(build);
    if (status >= 0)
        status = recipe_native_fields(build);
    if (status >= 0)
        status = recipe_deinterlace(build);
    if (status >= 0)
        status = recipe_denoise(build);
    if (status >= 0)
        status = recipe_native_pictures(build);
    if (status >= 0)
        status = recipe_sharpen(build);
    if (status >= 0)
        status = recipe_deband(build);
    if (status >= 0)
        status = recipe_user_chain(build, "vf-post", o->vf_post);
    return status;
}

int vh_recipe_make(struct vh_recipe *recipe, const struct vh_recipe_request *request)
{
    *recipe = (struct vh_recipe){.rate_factor = 1};
    struct recipe_build build = {.request = request, .recipe = recipe, .kind = VH_KIND_WOVEN};
    int status = build_list(&build);
    recipe->out = build.kind == VH_KIND_FIELD ? VH_KIND_WOVEN : build.kind;
    return status;
}

void vh_recipe_uninit(struct vh_recipe *recipe)
{
    for (int i = 0; i < recipe->n_steps; i++) {
        struct vh_recipe_step *step = &recipe->step[i];
        vh_free(step->name);
        vh_free(step->filter);
        vh_free(step->reason);
        if (step->options)
            vh_option_uninit(step->stage->options, step->options);
        vh_free(step->options);
    }
    vh_free(recipe->step);
    *recipe = (struct vh_recipe){0};
}
