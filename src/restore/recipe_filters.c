/* The parts of the recipe that libavfilter does: field order, deinterlacing, named denoisers, deblock,
 * deband, sharpening.
 *
 * A method is `NAME` or `NAME=PARAMETERS`; parameters follow ours, so that the user's win. Filters that look
 * at neighbouring lines see each field apart on interlaced pictures (libavfilter's il moves the lines of a
 * field together).
 */
#include "recipe_build.h"

#include "core/memory.h"
#include "core/status.h"

#include <stdio.h>
#include <string.h>

struct method {
    char name[32];
    const char *params; /* NULL = none */
};

static struct method split_method(const char *text)
{
    struct method m = {.params = NULL};
    const char *equals = text ? strchr(text, '=') : NULL;
    size_t n = text ? equals ? (size_t)(equals - text) : strlen(text) : 0;
    snprintf(
        m.name, sizeof m.name, "%.*s", (int)(n < sizeof m.name ? n : sizeof m.name - 1), text ? text : "");
    if (equals && equals[1])
        m.params = equals + 1;
    return m;
}

static bool is_none(const char *text)
{
    return !text || !*text || !strcmp(text, "none");
}

static bool interlaced(const struct recipe_build *build)
{
    return build->kind != VH_KIND_PROGRESSIVE && build->recipe->order != VH_FIELDS_PROGRESSIVE;
}

/* `filter` with `params` behind, each field apart where needed; a new string or NULL. */
static char *filter_text(const struct recipe_build *build, const char *filter, const char *params)
{
    const char *join = !params ? "" : strchr(filter, '=') ? ":" : "=";
    const char *before = interlaced(build) ? "il=l=d:c=d," : "",
               *after = interlaced(build) ? ",il=l=i:c=i" : "";
    return vh_format("%s%s%s%s%s", before, filter, join, params ? params : "", after);
}

static void set_order(struct recipe_build *build, enum vh_field_order order, const char *reason)
{
    build->recipe->order = order;
    build->recipe->order_reason = reason;
    if (order == VH_FIELDS_PROGRESSIVE)
        build->kind = VH_KIND_PROGRESSIVE;
}

int recipe_order(struct recipe_build *build)
{
    static const enum vh_field_order given[] = {
        VH_FIELDS_UNKNOWN, VH_FIELDS_TFF, VH_FIELDS_BFF, VH_FIELDS_PROGRESSIVE};
    enum { TFF, BFF };
    enum { INTERLACED, PROGRESSIVE, TELECINED };
    double type = recipe_value(build, "scan.type", -1), order = recipe_value(build, "scan.order", -1);
    const struct vh_recipe_request *request = build->request;
    if (request->options->field_order != VH_ORDER_AUTO)
        set_order(build, given[request->options->field_order], "given by --field-order");
    else if (type == PROGRESSIVE)
        set_order(build, VH_FIELDS_PROGRESSIVE, "measured");
    else if (order == TFF || order == BFF)
        set_order(build, order == TFF ? VH_FIELDS_TFF : VH_FIELDS_BFF, "measured");
    else
        set_order(build, request->format.fields,
            request->format.fields == VH_FIELDS_UNKNOWN ? "unknown" : "flagged by the input");
    return VH_OK;
}

int recipe_user_chain(struct recipe_build *build, const char *name, const char *chain)
{
    if (!chain || !*chain)
        return VH_OK;
    return recipe_add_filter(build, name, vh_strdup(chain), build->kind, vh_strdup("asked for"));
}

int recipe_deblock(struct recipe_build *build)
{
    const char *text = build->request->options->deblock;
    if (is_none(text))
        return VH_OK;
    char *filter;
    if (!strcmp(text, "weak") || !strcmp(text, "strong"))
        filter = vh_format("deblock=filter=%s:block=8", text);
    else
        filter = vh_format("deblock=%s", text);
    char *wrapped = filter ? filter_text(build, filter, NULL) : NULL;
    vh_free(filter);
    return recipe_add_filter(build, "deblock", wrapped, build->kind, vh_strdup("asked for"));
}

int recipe_deband(struct recipe_build *build)
{
    const char *text = build->request->options->deband;
    if (is_none(text))
        return VH_OK;
    const char *params = strcmp(text, "default") ? text : NULL;
    return recipe_add_filter(
        build, "deband", filter_text(build, "deband", params), build->kind, vh_strdup("asked for"));
}

int recipe_sharpen(struct recipe_build *build)
{
    const char *text = build->request->options->sharpen;
    if (is_none(text))
        return VH_OK;
    struct method m = split_method(text);
    if (strcmp(m.name, "cas") && strcmp(m.name, "unsharp"))
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "sharpen %s is unknown; there are none, cas and unsharp", m.name);
    return recipe_add_filter(
        build, "sharpen", filter_text(build, m.name, m.params), build->kind, vh_strdup("asked for"));
}

/* ---- deinterlacing ---- */

struct deinterlacer {
    const char *name;
    const char *by_field, *by_frame; /* with two %s for tff/bff, or one for nnedi's letter */
    const char *summary;
};

/* By libavfilter's names. The parity is always said: its "auto" believes flags. */
static const struct deinterlacer deinterlacers[] = {
    {"bwdif", "bwdif=mode=send_field:parity=%s:deint=all", "bwdif=mode=send_frame:parity=%s:deint=all",
        "bwdif"},
    {"yadif", "yadif=mode=send_field:parity=%s:deint=all", "yadif=mode=send_frame:parity=%s:deint=all",
        "yadif"},
    {"w3fdif", "w3fdif=filter=complex:mode=field:parity=%s:deint=all",
        "w3fdif=filter=complex:mode=frame:parity=%s:deint=all", "w3fdif"},
    {"estdif", "estdif=mode=field:parity=%s:deint=all", "estdif=mode=frame:parity=%s:deint=all", "estdif"},
};

static const char *parity_name(const struct recipe_build *build)
{
    return build->recipe->order == VH_FIELDS_BFF ? "bff" : "tff";
}

static int order_needed(const struct recipe_build *build)
{
    if (build->recipe->order != VH_FIELDS_UNKNOWN)
        return VH_OK;
    return vh_fail(build->request->log, VH_ERR_INPUT,
        "the field order is neither flagged nor measured; give it with --field-order tff, bff or "
        "progressive");
}

static int add_deinterlacer(
    struct recipe_build *build, const struct method *m, const struct deinterlacer *d, char *why)
{
    bool field = build->request->options->rate == VH_RATE_FIELD;
    char text[128];
    snprintf(text, sizeof text, field ? d->by_field : d->by_frame, parity_name(build));
    build->recipe->rate_factor = field ? 2 : 1;
    char *filter = m->params ? vh_format("%s:%s", text, m->params) : vh_strdup(text);
    return recipe_add_filter(build, "deinterlace", filter, VH_KIND_PROGRESSIVE, why);
}

static int add_nnedi(struct recipe_build *build, const struct method *m, char *why)
{
    if (!m->params || !strstr(m->params, "weights=")) {
        vh_free(why);
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "deinterlace nnedi needs its weights: --deinterlace nnedi=weights=FILE");
    }
    bool field = build->request->options->rate == VH_RATE_FIELD, bff = build->recipe->order == VH_FIELDS_BFF;
    build->recipe->rate_factor = field ? 2 : 1;
    char *filter = vh_format("nnedi=deint=all:field=%s%s:%s", bff ? "b" : "t", field ? "f" : "", m->params);
    return recipe_add_filter(build, "deinterlace", filter, VH_KIND_PROGRESSIVE, why);
}

/* Film on video: match the fields of each film frame, deinterlace what is left combed, drop the doubles. */
static int add_ivtc(struct recipe_build *build, const struct method *m, char *why)
{
    const char *p = parity_name(build);
    build->recipe->rate_factor = 1;
    char *filter =
        vh_format("fieldmatch=order=%s:combmatch=full%s%s,bwdif=mode=send_frame:parity=%s:deint=interlaced,"
                  "decimate",
            p, m->params ? ":" : "", m->params ? m->params : "", p);
    return recipe_add_filter(build, "deinterlace", filter, VH_KIND_PROGRESSIVE, why);
}

/* Film out of phase: the last field of a frame and the first of the next are one picture. */
static int add_field_match(struct recipe_build *build, char *why)
{
    const char *p = parity_name(build);
    build->recipe->rate_factor = 1;
    char *filter = vh_format(
        "fieldmatch=order=%s:combmatch=full,bwdif=mode=send_frame:parity=%s:deint=interlaced", p, p);
    return recipe_add_filter(build, "deinterlace", filter, VH_KIND_PROGRESSIVE, why);
}

static int add_weave(struct recipe_build *build, char *why)
{
    build->recipe->rate_factor = 1;
    return recipe_add_filter(build, "deinterlace", vh_strdup("setfield=prog"), VH_KIND_PROGRESSIVE, why);
}

static int add_motion(struct recipe_build *build, const struct method *m, char *why)
{
    if (m->params) {
        vh_free(why);
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "deinterlace motion takes no parameters; see --denoise-strength and --lossless-lines");
    }
    build->recipe->rate_factor = build->request->options->rate == VH_RATE_FIELD ? 2 : 1;
    return recipe_native_deinterlace(build, why);
}

/* Ours (stage_bwdif.c) is several times as fast as libavfilter's, which does what the parameters say. */
static int add_bwdif(struct recipe_build *build, char *why)
{
    build->recipe->rate_factor = build->request->options->rate == VH_RATE_FIELD ? 2 : 1;
    return recipe_add_native(build, vh_stage_find("bwdif"), NULL, VH_KIND_FIELD, VH_KIND_PROGRESSIVE, why);
}

static int add_named(struct recipe_build *build, const struct method *m, char *why)
{
    if (!strcmp(m->name, "motion"))
        return add_motion(build, m, why);
    if (!strcmp(m->name, "bwdif") && !m->params)
        return add_bwdif(build, why);
    for (size_t i = 0; i < sizeof deinterlacers / sizeof *deinterlacers; i++)
        if (!strcmp(m->name, deinterlacers[i].name))
            return add_deinterlacer(build, m, &deinterlacers[i], why);
    if (!strcmp(m->name, "nnedi"))
        return add_nnedi(build, m, why);
    if (!strcmp(m->name, "ivtc"))
        return add_ivtc(build, m, why);
    if (!strcmp(m->name, "weave"))
        return add_weave(build, why);
    vh_free(why);
    return vh_fail(build->request->log, VH_ERR_USAGE,
        "deinterlace %s is unknown; there are auto, none, motion, weave, ivtc, bwdif, yadif, w3fdif, "
        "estdif and nnedi",
        m->name);
}

static int deinterlace_auto(struct recipe_build *build)
{
    enum { CADENCE_32 = 1, CADENCE_22 = 2 };
    struct method m = {.name = "motion"}, rest = {.name = "bwdif"};
    double cadence = recipe_value(build, "scan.cadence", 0);
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE)
        return recipe_add_off(build, "deinterlace", NULL,
            vh_format("the input is progressive (%s)", build->recipe->order_reason));
    int status = order_needed(build);
    if (status < 0)
        return status;
    if (cadence == CADENCE_32)
        return add_ivtc(build, &rest, vh_strdup("film with 3:2 cadence was measured"));
    if (cadence == CADENCE_22)
        return add_field_match(build, vh_strdup("film with 2:2 cadence, a field out of step, was measured"));
    return add_named(
        build, &m, vh_format("interlaced, %s (%s)", parity_name(build), build->recipe->order_reason));
}

int recipe_deinterlace(struct recipe_build *build)
{
    struct method m = split_method(build->request->options->deinterlace);
    if (!m.name[0] || !strcmp(m.name, "auto"))
        return deinterlace_auto(build);
    if (!strcmp(m.name, "none"))
        return VH_OK;
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE &&
        build->request->options->field_order == VH_ORDER_PROGRESSIVE)
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "--deinterlace %s contradicts --field-order progressive", m.name);
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE && strcmp(m.name, "weave")) {
        enum vh_field_order flagged = build->request->format.fields;
        if (flagged != VH_FIELDS_TFF && flagged != VH_FIELDS_BFF)
            return recipe_add_off(build, "deinterlace", NULL,
                vh_format("%s was asked for, but the input is progressive (%s)", m.name,
                    build->recipe->order_reason));
        build->kind = VH_KIND_WOVEN;
        set_order(build, flagged, "flagged by the input, since deinterlacing was asked for");
    }
    int status = strcmp(m.name, "weave") ? order_needed(build) : VH_OK;
    return status < 0 ? status : add_named(build, &m, vh_strdup("asked for"));
}

/* ---- denoising ---- */

/* Strengths by measured sigma (8-bit codes). hqdn3d's parameters are the largest difference that is smoothed,
 * so about two sigma; nlmeans' s and bm3d's sigma are in units of sigma. */
static char *denoise_text(const struct method *m, double sigma, double sigma_chroma)
{
    if (!strcmp(m->name, "hqdn3d"))
        return vh_format("hqdn3d=%.3g:%.3g:%.3g:%.3g", sigma, sigma_chroma, 1.5 * sigma, 1.5 * sigma_chroma);
    if (!strcmp(m->name, "nlmeans"))
        return vh_format("nlmeans=s=%.3g:p=7:r=9", sigma < 1 ? 1 : sigma > 30 ? 30 : sigma);
    if (!strcmp(m->name, "bm3d"))
        return vh_format("bm3d=sigma=%.3g:block=8:bstep=4:group=8", sigma);
    return vh_format(
        "atadenoise=0a=%.3g:1a=%.3g:2a=%.3g", sigma / 100, sigma_chroma / 100, sigma_chroma / 100);
}

static int add_denoiser(struct recipe_build *build, const struct method *m, const char *why)
{
    static const double usual = 2.5; /* a good consumer tape (algorithms, table of section 1.1) */
    double sigma = recipe_value(build, "noise.luma", usual),
           chroma = recipe_value(build, "noise.chroma", 1.3 * sigma);
    char *filter = m->params ? vh_format("%s=%s", m->name, m->params) : denoise_text(m, sigma, chroma);
    char *wrapped = filter ? filter_text(build, filter, NULL) : NULL;
    vh_free(filter);
    return recipe_add_filter(build, "denoise", wrapped, build->kind,
        m->params ? vh_strdup(why) : vh_format("%s; noise %.1f luma, %.1f chroma", why, sigma, chroma));
}

int recipe_denoise(struct recipe_build *build)
{
    static const char *const names[] = {"hqdn3d", "nlmeans", "bm3d", "atadenoise"};
    struct method m = split_method(build->request->options->denoise);
    if (!m.name[0] || !strcmp(m.name, "none"))
        return VH_OK;
    if (recipe_has_native(build, "motion-deinterlace") &&
        (!strcmp(m.name, "auto") || !strcmp(m.name, "motion")))
        return VH_OK;
    if (!strcmp(m.name, "motion"))
        return vh_fail(
            build->request->log, VH_ERR_USAGE, "denoise motion comes with --deinterlace motion only");
    if (!strcmp(m.name, "auto")) {
        double sigma;
        if (!build->request->profile || !vh_profile_defect(build->request->profile, "noise.luma", &sigma))
            return recipe_add_off(build, "denoise", NULL, vh_strdup("no noise was measured"));
        return add_denoiser(build, &(struct method){.name = "hqdn3d"}, "measured");
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(m.name, names[i]))
            return add_denoiser(build, &m, "asked for");
    return vh_fail(build->request->log, VH_ERR_USAGE,
        "denoise %s is unknown; there are auto, none, motion, hqdn3d, nlmeans, bm3d and atadenoise", m.name);
}
