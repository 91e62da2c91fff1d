/* The native parts of the recipe: which stages stand where, each switched on by its rule (recipe_rule.h). */
#include "recipe_rule.h"

#include "core/memory.h"
#include "core/status.h"
#include "restore/motion_deinterlace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
    const char *stage;
    recipe_rule_fn *decide;
};

/* In the order of processing: docs/algorithms/order.md. */
static const struct rule field_rules[] = {
    {"bounce", recipe_decide_bounce},
    {"head-switch", recipe_decide_head_switch},
    {"flagging", recipe_decide_flagging},
    {"dot-crawl", recipe_decide_dot_crawl},
    {"chroma-shift", recipe_decide_chroma_shift},
    {"tracking", recipe_decide_tracking},
    {"line-sync", recipe_decide_line_sync},
    {"line-sync", recipe_decide_line_sync_again},
    {"flicker", recipe_decide_flicker},
    {"rainbow", recipe_decide_rainbow},
    {"dropouts", recipe_decide_dropouts},
};

static const struct rule picture_rules[] = {
    {"chroma-restore", recipe_decide_chroma_restore},
    {"equalise", recipe_decide_equalise},
    {"dehalo", recipe_decide_dehalo},
    {"transients", recipe_decide_transients},
    {"levels", recipe_decide_levels},
    {"adjust", recipe_decide_adjust},
    {"lut", recipe_decide_lut},
};

static const void *user_options(const struct recipe_build *build, const struct vh_stage_ops *ops)
{
    for (int i = 0; build->request->stage_options && vh_stages[i]; i++)
        if (vh_stages[i] == ops)
            return build->request->stage_options[i];
    return NULL;
}

static int copy_options(const struct recipe_build *build, const struct vh_stage_ops *ops, void **options)
{
    const void *given = user_options(build, ops);
    *options = vh_alloc(1, ops->options->size);
    int status = *options ? vh_option_init(ops->options, *options) : VH_ERR_RESOURCE;
    if (status >= 0 && given)
        status = vh_option_copy(ops->options, *options, given);
    if (status < 0)
        return vh_fail(build->request->log, status, "out of memory for the options of %s", ops->name);
    return VH_OK;
}

static int ask(
    struct recipe_build *build, const struct rule *rule, const struct vh_stage_ops *ops, enum vh_kind in)
{
    char reason[REASON_BYTES] = "";
    void *options = NULL;
    int status = copy_options(build, ops, &options);
    enum recipe_verdict verdict = status >= 0 ? rule->decide(build, options, reason) : RULE_SILENT;
    if (status >= 0 && verdict == RULE_ON)
        return recipe_add_native(build, ops, options, in, in, vh_strdup(reason));
    if (status >= 0 && verdict == RULE_OFF)
        status = recipe_add_off(build, ops->name, ops, vh_strdup(reason));
    if (options)
        vh_option_uninit(ops->options, options);
    vh_free(options);
    return status;
}

static int ask_all(struct recipe_build *build, const struct rule *rule, size_t n, enum vh_kind in)
{
    for (size_t i = 0; i < n; i++) {
        const struct vh_stage_ops *ops = rule[i].stage ? vh_stage_find(rule[i].stage) : NULL;
        int status = ops ? ask(build, &rule[i], ops, in) : VH_OK;
        if (status < 0)
            return status;
    }
    return VH_OK;
}

int recipe_native_fields(struct recipe_build *build)
{
    bool whole = build->kind == VH_KIND_PROGRESSIVE;
    return ask_all(build, field_rules, sizeof field_rules / sizeof *field_rules,
        whole ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD);
}

int recipe_native_pictures(struct recipe_build *build)
{
    bool whole = build->kind == VH_KIND_PROGRESSIVE;
    return ask_all(build, picture_rules, sizeof picture_rules / sizeof *picture_rules,
        whole ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD);
}

bool recipe_has_native(const struct recipe_build *build, const char *stage)
{
    for (int i = 0; i < build->recipe->n_steps; i++) {
        const struct vh_recipe_step *step = &build->recipe->step[i];
        if (step->kind == VH_STEP_NATIVE && !step->off && !strcmp(step->stage->name, stage))
            return true;
    }
    return false;
}

/* What --denoise says to the denoiser inside the deinterlacer: nothing to do when another one, or none, was
 * asked for; `motion=STRENGTH` is short for --denoise-strength. */
static int inner_denoise(const struct recipe_build *build, struct vh_motion_deinterlace_options *o)
{
    const char *text = build->request->options->denoise;
    if (!text || !*text || !strcmp(text, "auto") || !strcmp(text, "motion"))
        return VH_OK;
    o->strength = 0;
    if (strncmp(text, "motion=", 7))
        return VH_OK;
    char *end;
    o->strength = strtod(text + 7, &end);
    if (end == text + 7 || *end || !(o->strength >= 0 && o->strength <= 10))
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "denoise %s: the strength of motion is a number from 0 to 10", text);
    return VH_OK;
}

int recipe_native_deinterlace(struct recipe_build *build, char *reason)
{
    const struct vh_stage_ops *ops = vh_stage_find("motion-deinterlace");
    void *options = NULL;
    int status = copy_options(build, ops, &options);
    if (status >= 0)
        status = inner_denoise(build, options);
    if (status < 0) {
        if (options)
            vh_option_uninit(ops->options, options);
        vh_free(options);
        vh_free(reason);
        return status;
    }
    return recipe_add_native(build, ops, options, VH_KIND_FIELD, VH_KIND_PROGRESSIVE, reason);
}
