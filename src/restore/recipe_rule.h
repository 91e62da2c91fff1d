/* Inside the recipe: the rules that switch native stages on.
 *
 * A rule gets the stage's options as the user left them, fills what stands at auto from the profile, and says
 * on, off or silence, with the reason. A stage without a rule never runs.
 */
#ifndef VH_RESTORE_RECIPE_RULE_H
#define VH_RESTORE_RECIPE_RULE_H

#include "recipe_build.h"

enum recipe_verdict {
    RULE_SILENT, /* not even worth a line in the plan */
    RULE_OFF,    /* looked at, not needed: say so */
    RULE_ON,
};

enum { REASON_BYTES = 192 };

/* Decides on `options` (the stage's struct) and writes why to reason[REASON_BYTES]. */
typedef enum recipe_verdict recipe_rule_fn(const struct recipe_build *build, void *options, char *reason);

/* One for each stage, in the files of their groups: fields (recipe_fields.c), the response of the tape
 * (recipe_response.c), levels and looks (recipe_colour.c). */
recipe_rule_fn recipe_decide_head_switch;
recipe_rule_fn recipe_decide_bounce;
recipe_rule_fn recipe_decide_flagging;
recipe_rule_fn recipe_decide_tracking;
recipe_rule_fn recipe_decide_line_sync;
recipe_rule_fn recipe_decide_line_sync_again;
recipe_rule_fn recipe_decide_flicker;
recipe_rule_fn recipe_decide_dot_crawl;
recipe_rule_fn recipe_decide_rainbow;
recipe_rule_fn recipe_decide_chroma_shift;
recipe_rule_fn recipe_decide_dropouts;
recipe_rule_fn recipe_decide_levels;
recipe_rule_fn recipe_decide_adjust;
recipe_rule_fn recipe_decide_lut;
recipe_rule_fn recipe_decide_equalise;
recipe_rule_fn recipe_decide_dehalo;
recipe_rule_fn recipe_decide_transients;
recipe_rule_fn recipe_decide_chroma_restore;

/* Fills *value from the profile where it is NaN; false when it is not known either. */
bool recipe_known(const struct recipe_build *build, const char *key, double *value);

/* True when the repair may look at measurements; says why not otherwise. */
bool recipe_may_measure(const struct recipe_build *build, int mode, char *reason);

/* For repairs of fields that a switch alone rules: true when *verdict is settled before any measurement. */
bool recipe_settled(const struct recipe_build *build, int mode, char *reason, enum recipe_verdict *verdict);

/* Of a key of the profile; 0 for one that is unknown. */
double recipe_dead_zone(const char *key);

#endif
