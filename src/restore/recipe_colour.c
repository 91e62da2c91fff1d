/* When levels, colour and look of the restored pictures are changed. */
#include "recipe_rule.h"

#include "restore/looks.h"
#include "restore/repairs.h"

#include <math.h>
#include <stdio.h>

/* A level that many scenes agree on and that lies outside its dead zone; `nominal` otherwise. Surer than the
 * profile asks for: a dark film has no white, and that is no fault. */
static double wrong_level(const struct recipe_build *build, const char *key, double nominal)
{
    static const double sure = 0.85;
    const struct vh_measurement *m =
        build->request->profile ? vh_profile_get(build->request->profile, key) : NULL;
    bool known = m && (m->by_hand || m->confidence >= sure);
    return known && fabs(m->value - nominal) > recipe_dead_zone(key) ? m->value : nominal;
}

/* Setup has its own, exact answer (take_off_setup): its black is no second fault. */
static void fill_levels(const struct recipe_build *build, struct vh_levels_options *o)
{
    double setup = 0;
    bool by_setup =
        build->request->profile && vh_profile_defect(build->request->profile, "level.setup", &setup);
    if (isnan(o->black))
        o->black = by_setup ? 16 : wrong_level(build, "level.black", 16);
    if (isnan(o->white))
        o->white = by_setup ? 235 : wrong_level(build, "level.white", 235);
    if (isnan(o->tint_u))
        o->tint_u = fmax(-6, fmin(6, wrong_level(build, "chroma.offset_u", 0)));
    if (isnan(o->tint_v))
        o->tint_v = fmax(-6, fmin(6, wrong_level(build, "chroma.offset_v", 0)));
}

enum recipe_verdict recipe_decide_levels(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_levels_options *o = options;
    bool by_hand = !isnan(o->black) || !isnan(o->white) || !isnan(o->tint_u) || !isnan(o->tint_v);
    if (!by_hand && !recipe_may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    fill_levels(build, o);
    if (o->black == 16 && o->white == 235 && o->tint_u == 0 && o->tint_v == 0) {
        snprintf(reason, REASON_BYTES, "no black, white or tint is off that enough scenes agree on");
        return RULE_OFF;
    }
    snprintf(reason, REASON_BYTES, "black %.1f and white %.1f to 16 and 235, tint %.1f and %.1f off (%s)",
        o->black, o->white, o->tint_u, o->tint_v, by_hand ? "given" : "measured");
    return RULE_ON;
}

/* 7.5 IRE of setup left in the picture: black at 16 + 7.5 % of 219, white at 235 (SMPTE 170M through a
 * decoder that keeps it). */
static enum recipe_verdict take_off_setup(
    const struct recipe_build *build, struct vh_adjust_options *o, char *reason)
{
    static const double black = 16 + 0.075 * 219;
    double setup = 0;
    if (build->request->options->repair == VH_REPAIR_NONE || !build->request->profile ||
        !vh_profile_defect(build->request->profile, "level.setup", &setup))
        return RULE_SILENT;
    o->contrast = 219 / (235 - black);
    o->brightness = -(o->contrast - 1) / 2; /* white stays where it is */
    snprintf(reason, REASON_BYTES, "7.5 IRE setup was left in the picture (measured): black from 32 to 16");
    return RULE_ON;
}

enum recipe_verdict recipe_decide_adjust(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_adjust_options *o = options;
    if (!vh_adjust_changes(o))
        return take_off_setup(build, o, reason);
    snprintf(reason, REASON_BYTES, "given: brightness %g, contrast %g, gamma %g, saturation %g",
        o->brightness, o->contrast, o->gamma, o->saturation);
    return RULE_ON;
}

enum recipe_verdict recipe_decide_lut(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_lut_options *o = options;
    (void)build;
    if (!o->file || !*o->file)
        return RULE_SILENT;
    snprintf(reason, REASON_BYTES, "given: %.120s at strength %g", o->file, o->strength);
    return vh_lut_changes(o) ? RULE_ON : RULE_OFF;
}
