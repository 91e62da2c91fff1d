/* The recipe: options + measurements -> one ordered list of steps, each with its reason.
 *
 * A pure function decides what is done to a picture before it is scaled, in the order of
 * docs/algorithms/order.md: linear repairs before non-linear ones, everything that moves lines before the
 * motion search, sharpening strictly after the temporal denoiser. A step is either text for libavfilter or a
 * native stage with its option struct. The plan turns runs of equal kind into segments of the one graph, and
 * prints `reason` beside every step; steps that were considered and are off are in the list too (off = true),
 * so that a plan says why nothing is done.
 *
 * How kinds meet: VH_KIND_WOVEN and VH_KIND_FIELD are the same memory (a field is a view of every second
 * line), so a native field stage may follow a filter that gives woven frames, and a filter (bwdif) may follow
 * a native field stage; the runner weaves. VH_KIND_PROGRESSIVE never goes back. Native steps work on 16-bit
 * samples (frame/image.h); which conversions a filter step needs is the plan's business.
 *
 * Option values come in two parts: struct vh_restore_options (this file) for the methods, and one struct per
 * native stage that has options (stage->options describes it). In the stages' structs a value left at "auto"
 * (NaN or VH_AUTO_INT) is filled from the profile; a value that is given wins over the measurement and
 * switches the stage on.
 */
#ifndef VH_RESTORE_RECIPE_H
#define VH_RESTORE_RECIPE_H

#include "core/log.h"
#include "frame/format.h"
#include "option/option.h"
#include "profile/profile.h"
#include "restore/stage.h"

#include <stdbool.h>

enum vh_output_rate {
    VH_RATE_FIELD, /* one picture per field: 50 or 59.94 per second, motion as on the tape */
    VH_RATE_FRAME, /* one picture per frame */
};

enum vh_repair_mode {
    VH_REPAIR_AUTO, /* what was measured with enough confidence */
    VH_REPAIR_NONE, /* only what is asked for by its own option */
};

enum vh_field_choice {
    VH_ORDER_AUTO, /* measured, else as flagged */
    VH_ORDER_TFF,
    VH_ORDER_BFF,
    VH_ORDER_PROGRESSIVE,
};

/* Methods are text, `NAME` or `NAME=PARAMETERS`; the parameters are those of the libavfilter filter of that
 * name. */
struct vh_restore_options {
    char *
        deinterlace; /* auto, none, motion, weave, ivtc, bwdif, yadif, w3fdif, estdif, nnedi=weights=FILE … */
    int rate;        /* enum vh_output_rate */
    int field_order;  /* enum vh_field_choice */
    int motion_speed; /* enum vh_motion_speed of the one motion search */
    int repair;       /* enum vh_repair_mode */
    char *denoise;    /* auto, none, motion, hqdn3d, nlmeans, bm3d, atadenoise */
    char *deblock;    /* none, weak, strong, or the filter's own parameters */
    char *deband;     /* none, default, or the filter's own parameters */
    char *sharpen;    /* none, cas, unsharp */
    char *vf_pre;     /* a libavfilter chain before everything, NULL = none */
    char *vf_post;    /* a libavfilter chain behind the last repair, before scaling, NULL = none */
};

extern const struct vh_option_table vh_restore_option_table;

enum vh_step_kind {
    VH_STEP_FILTER, /* `filter` is a libavfilter chain */
    VH_STEP_NATIVE, /* `stage` with `options` */
};

struct vh_recipe_step {
    enum vh_step_kind kind;
    bool off;                         /* considered, not done: only for printing */
    enum vh_kind in, out;             /* what comes in and goes out; for a filter WOVEN or PROGRESSIVE */
    char *name;                       /* "deinterlace", "chroma-shift"; owned */
    char *filter;                     /* FILTER: chain text, NULL when off; owned */
    const struct vh_stage_ops *stage; /* NATIVE */
    void *options; /* NATIVE: a struct as stage->options says, NULL when it has none; owned */
    char *reason;  /* "chroma lies 6.3 px right (confidence 0.94)"; owned, never NULL */
};

struct vh_recipe {
    struct vh_recipe_step *step;
    int n_steps;
    enum vh_field_order order; /* the field order decided on */
    const char
        *order_reason; /* constant text: "measured", "flagged by the input", "given by --field-order" */
    enum vh_kind out;  /* what leaves the last step */
    int rate_factor; /* pictures out per frame in: 2 = one per field, 1 otherwise (inverse telecine then gives
                        4/5, which the graph knows) */
};

struct vh_recipe_request {
    const struct vh_restore_options *options;
    const void *const
        *stage_options; /* parallel to vh_stages[]: a struct of that stage's table or NULL; the whole
                           pointer may be NULL. Everything that is NULL stands at its defaults. */
    const struct vh_profile
        *profile;            /* NULL: nothing was measured, so nothing is repaired unless asked for */
    struct vh_format format; /* of the input as the plan resolved it; format.fields as flagged */
    const struct vh_log *log;
};

/* Decides. Fills *recipe; the caller frees it with vh_recipe_uninit, also after an error. Pure: same request,
 * same recipe. VH_OK; VH_ERR_USAGE for a method or parameter that does not exist or two options that
 * contradict each other; VH_ERR_INPUT when the field order matters and is neither measured, flagged nor
 * given; VH_ERR_RESOURCE. */
int vh_recipe_make(struct vh_recipe *recipe, const struct vh_recipe_request *request);

/* Frees what vh_recipe_make made; a zeroed struct is legal. */
void vh_recipe_uninit(struct vh_recipe *recipe);

#endif
