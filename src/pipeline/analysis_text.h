/* What was measured, in words for people: faults first, with how sure that is; then what is not sure enough
 * to act on, what is in order, the facts; at last what a restoration would do. */
#ifndef VH_PIPELINE_ANALYSIS_TEXT_H
#define VH_PIPELINE_ANALYSIS_TEXT_H

#include "profile/profile.h"
#include "restore/recipe.h"

#include <stdbool.h>
#include <stdio.h>

/* Prints the measurements of `profile`; `all`: every one with its evidence, in the order of their keys. */
void vh_analysis_print_profile(const struct vh_profile *profile, bool all, FILE *file);

/* Prints which steps are on, with their reasons, and those that are off. */
void vh_analysis_print_steps(const struct vh_recipe *recipe, FILE *file);

#endif
