/* Inside the recipe: the list under construction, and what its parts give each other. */
#ifndef VH_RESTORE_RECIPE_BUILD_H
#define VH_RESTORE_RECIPE_BUILD_H

#include "restore/recipe.h"

struct recipe_build {
    const struct vh_recipe_request *request;
    struct vh_recipe *recipe;
    enum vh_kind kind; /* what the next step gets */
};

/* Value of a measurement that is known with enough confidence, else `otherwise`. */
double recipe_value(const struct recipe_build *build, const char *key, double otherwise);

/* Appends a filter step; takes `filter` and `reason` (either NULL = out of memory). */
int recipe_add_filter(
    struct recipe_build *build, const char *name, char *filter, enum vh_kind out, char *reason);

/* Appends a step that is off; takes `reason`. */
int recipe_add_off(
    struct recipe_build *build, const char *name, const struct vh_stage_ops *stage, char *reason);

/* Appends a native step; takes `options` and `reason`. */
int recipe_add_native(struct recipe_build *build, const struct vh_stage_ops *stage, void *options,
    enum vh_kind in, enum vh_kind out, char *reason);

/* Parts of the list, in their order (recipe_filters.c and recipe_native.c). */
int recipe_order(struct recipe_build *build);
int recipe_deblock(struct recipe_build *build);
int recipe_deinterlace(struct recipe_build *build);
int recipe_denoise(struct recipe_build *build);
int recipe_sharpen(struct recipe_build *build);
int recipe_deband(struct recipe_build *build);
int recipe_user_chain(struct recipe_build *build, const char *name, const char *chain);
int recipe_native_fields(struct recipe_build *build);
int recipe_native_pictures(struct recipe_build *build);

/* The native deinterlacer, which denoises too; takes `reason`. */
int recipe_native_deinterlace(struct recipe_build *build, char *reason);

/* True when the list holds this stage, switched on. */
bool recipe_has_native(const struct recipe_build *build, const char *stage);

#endif
