/* What the rules of native repairs share: what a switch settles, and what is known of the tape. */
#include "recipe_rule.h"

#include "restore/repairs.h"

#include <math.h>
#include <stdio.h>

const char *const vh_repair_switch_names[] = {"auto", "on", "off", NULL};

bool recipe_known(const struct recipe_build *build, const char *key, double *value)
{
    if (isnan(*value))
        *value = recipe_value(build, key, NAN);
    return !isnan(*value);
}

bool recipe_may_measure(const struct recipe_build *build, int mode, char *reason)
{
    if (mode == VH_SWITCH_OFF)
        snprintf(reason, REASON_BYTES, "switched off");
    else if (mode == VH_SWITCH_AUTO && build->request->options->repair == VH_REPAIR_NONE)
        snprintf(reason, REASON_BYTES, "--repair none");
    else
        return true;
    return false;
}

bool recipe_settled(const struct recipe_build *build, int mode, char *reason, enum recipe_verdict *verdict)
{
    *verdict = RULE_SILENT;
    if (build->kind == VH_KIND_PROGRESSIVE)
        return true;
    if (mode == VH_SWITCH_ON) {
        snprintf(reason, REASON_BYTES, "asked for");
        *verdict = RULE_ON;
        return true;
    }
    if (recipe_may_measure(build, mode, reason))
        return false;
    *verdict = mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    return true;
}

double recipe_dead_zone(const char *key)
{
    const struct vh_profile_key *k = vh_profile_find_key(key);
    return k ? k->dead_zone : 0;
}
