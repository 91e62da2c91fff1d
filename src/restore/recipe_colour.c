/* When levels, colour and look of the restored pictures are changed. */
#include "recipe_rule.h"

#include "restore/looks.h"

#include <stdio.h>

/* 7.5 IRE of setup left in the picture: black at 32, white at 235 (SMPTE 170M through a decoder that keeps
 * it). */
static enum recipe_verdict take_off_setup(
    const struct recipe_build *build, struct vh_adjust_options *o, char *reason)
{
    double setup = 0;
    if (build->request->options->repair == VH_REPAIR_NONE || !build->request->profile ||
        !vh_profile_defect(build->request->profile, "level.setup", &setup))
        return RULE_SILENT;
    o->contrast = 219.0 / (235 - 32);
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
