/* When the repairs of single fields are switched on: everything that stands before the motion search or reads
 * it, up to the deinterlacer. */
#include "recipe_rule.h"

#include "restore/repairs.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum recipe_verdict recipe_decide_head_switch(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_head_switch_options *o = options;
    bool by_hand = !isnan(o->lines) || o->mode == VH_HEAD_SWITCH_REBUILD || o->mode == VH_HEAD_SWITCH_MASK;
    if (!by_hand &&
        !recipe_may_measure(build, o->mode == VH_HEAD_SWITCH_OFF ? VH_SWITCH_OFF : VH_SWITCH_AUTO, reason))
        return o->mode == VH_HEAD_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    if (!recipe_known(build, "headswitch.lines", &o->lines) || o->lines <= 0) {
        snprintf(reason, REASON_BYTES, "no head-switching band was found");
        return RULE_OFF;
    }
    snprintf(reason, REASON_BYTES, "the last %.0f lines of each field are torn: %s", o->lines,
        o->mode == VH_HEAD_SWITCH_MASK      ? "made black"
        : o->mode == VH_HEAD_SWITCH_REBUILD ? "rebuilt from those above"
                                            : "put back, what is lost rebuilt from those above");
    return RULE_ON;
}

enum recipe_verdict recipe_decide_bounce(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_bounce_options *o = options;
    enum recipe_verdict verdict;
    double rate = recipe_value(build, "bounce.rate", NAN);
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE)
        return RULE_SILENT;
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(rate))
        return RULE_SILENT;
    bool on = rate >= recipe_dead_zone("bounce.rate");
    if (on)
        snprintf(
            reason, REASON_BYTES, "%.1f %% of the fields stand too high, too low or aside (measured)", rate);
    else
        snprintf(reason, REASON_BYTES, "fields stand where their neighbours do");
    return on ? RULE_ON : RULE_OFF;
}

enum recipe_verdict recipe_decide_flagging(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_flagging_options *o = options;
    enum recipe_verdict verdict;
    double bend = recipe_value(build, "flagging", NAN);
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE)
        return RULE_SILENT;
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(bend))
        return RULE_SILENT;
    bool on = fabs(bend) >= recipe_dead_zone("flagging");
    snprintf(reason, REASON_BYTES,
        on ? "the picture's top leans by %.1f px (measured)" : "the picture's top is straight (%.1f px)",
        bend);
    return on ? RULE_ON : RULE_OFF;
}

enum recipe_verdict recipe_decide_tracking(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_tracking_options *o = options;
    enum recipe_verdict verdict;
    double bands = recipe_value(build, "tracking.bands", NAN);
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(bands))
        return RULE_SILENT;
    bool on = bands >= recipe_dead_zone("tracking.bands");
    if (on)
        snprintf(reason, REASON_BYTES, "%.2f tracking bands per field were measured", bands);
    else
        snprintf(reason, REASON_BYTES, "no tracking bands were found");
    return on ? RULE_ON : RULE_OFF;
}

enum recipe_verdict recipe_decide_line_sync(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_line_sync_options *o = options;
    enum recipe_verdict verdict;
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    double jitter = recipe_value(build, "jitter.rms", NAN), torn = recipe_value(build, "jitter.torn", 0);
    if (torn >= recipe_dead_zone("jitter.torn")) {
        snprintf(reason, REASON_BYTES, "%.1f lines a field are torn, the others jitter by %.2f px (measured)",
            torn, isnan(jitter) ? 0 : jitter);
        return RULE_ON;
    }
    if (!(jitter >= recipe_dead_zone("jitter.rms"))) {
        snprintf(reason, REASON_BYTES,
            isnan(jitter) ? "no line jitter was measured" : "lines are steady (%.2f px)", jitter);
        return RULE_OFF;
    }
    snprintf(reason, REASON_BYTES, "lines jitter by %.2f px (measured)", jitter);
    return RULE_ON;
}

/* One pass leaves what the neighbours jitter by (line-sync.md); the second sees them steadied. */
enum recipe_verdict recipe_decide_line_sync_again(
    const struct recipe_build *build, void *options, char *reason)
{
    /* px: a second look costs as much as the first, and noise hides what the first has left. */
    static const double clean = 0.2, per_sigma = 0.01, always = 0.3;
    double jitter = recipe_value(build, "jitter.rms", NAN);
    double worth_it = fmin(clean + per_sigma * recipe_value(build, "noise.luma", 0), always);
    if (recipe_decide_line_sync(build, options, reason) != RULE_ON || jitter < worth_it)
        return RULE_SILENT;
    snprintf(reason, REASON_BYTES, "second pass, against neighbours that are steady now");
    return RULE_ON;
}

enum recipe_verdict recipe_decide_flicker(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_flicker_options *o = options;
    enum recipe_verdict verdict;
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    double flicker = recipe_value(build, "flicker", NAN);
    bool on = flicker >= recipe_dead_zone("flicker");
    if (isnan(flicker))
        snprintf(reason, REASON_BYTES, "flicker was not measured with enough confidence");
    else
        snprintf(reason, REASON_BYTES, "brightness %s by %.2f %%%s (measured)",
            on ? "flickers" : "is steady: it varies", flicker,
            recipe_value(build, "flicker.kind", 0) > 0.5 ? ", from head to head" : "");
    return on ? RULE_ON : RULE_OFF;
}

enum recipe_verdict recipe_decide_dot_crawl(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_dot_crawl_options *o = options;
    bool by_hand = !isnan(o->leak);
    if (build->request->format.pix_fmt == AV_PIX_FMT_GRAY8 ||
        (!by_hand && !recipe_may_measure(build, o->mode, reason)))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    if (!recipe_known(build, "dotcrawl.leak", &o->leak)) {
        snprintf(reason, REASON_BYTES, "too little colour to tell whether its carrier is left in luma");
        return RULE_OFF;
    }
    double level = recipe_value(build, "dotcrawl.level", 0);
    if (!by_hand && o->mode == VH_SWITCH_AUTO && level < recipe_dead_zone("dotcrawl.level")) {
        snprintf(reason, REASON_BYTES, "no dots: %.1f codes of the colour carrier in luma", level);
        return RULE_OFF;
    }
    snprintf(reason, REASON_BYTES, "%.0f %% of the colour carrier was left in luma (%s)", 100 * o->leak,
        by_hand ? "given" : "measured");
    return o->leak > 0 ? RULE_ON : RULE_OFF;
}

enum recipe_verdict recipe_decide_rainbow(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_rainbow_options *o = options;
    bool by_hand = !isnan(o->level);
    if (build->request->format.pix_fmt == AV_PIX_FMT_GRAY8 || build->kind == VH_KIND_PROGRESSIVE ||
        (!by_hand && !recipe_may_measure(build, o->mode, reason)))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    if (!recipe_known(build, "noise.luma", &o->noise))
        o->noise = 0;
    if (!recipe_known(build, "rainbow.level", &o->level)) {
        snprintf(reason, REASON_BYTES, "too little standing detail to tell whether colour flashes over it");
        return RULE_OFF;
    }
    bool on =
        o->level > 0 && (by_hand || o->mode == VH_SWITCH_ON || o->level >= recipe_dead_zone("rainbow.level"));
    snprintf(reason, REASON_BYTES, "colour %s over fine detail: %.1f codes (%s)",
        on ? "flashes" : "is steady", o->level, by_hand ? "given" : "measured");
    return on ? RULE_ON : RULE_OFF;
}

/* From where on chroma is moved sideways. Scenes paint their colours up to a pixel beside their objects, so
 * the dead zone is wide; on a tape, which makes colour late, what lies right is the tape's sooner. */
static double least_delay_x(const struct recipe_build *build, double delay)
{
    static const double on_tape = 0.85;
    double corner = NAN, zone = recipe_dead_zone("chroma.delay_x");
    return delay > 0 && recipe_known(build, "response.chroma_corner", &corner) ? fmin(zone, on_tape) : zone;
}

/* Each plane goes half the way from the common delay to its own: the filter that lifts chroma afterwards has
 * its phase too, and the whole way overshot by a pixel on two of three tapes
 * (docs/algorithms/chroma-delay.md).
 */
static double measured_split(double split)
{
    static const double share = 0.5;
    return fabs(split) < recipe_dead_zone("chroma.delay_split") ? 0 : share * split;
}

enum recipe_verdict recipe_decide_chroma_shift(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_chroma_shift_options *o = options;
    bool by_hand = !isnan(o->delay_x) || !isnan(o->delay_y) || !isnan(o->split);
    if (build->request->format.pix_fmt == AV_PIX_FMT_GRAY8 ||
        (!by_hand && !recipe_may_measure(build, o->mode, reason)))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    bool x = recipe_known(build, "chroma.delay_x", &o->delay_x),
         y = recipe_known(build, "chroma.delay_y", &o->delay_y);
    bool split_given = !isnan(o->split), split_known = recipe_known(build, "chroma.delay_split", &o->split);
    if (!x && !y && !split_given) {
        snprintf(reason, REASON_BYTES, "the delay of chroma was not measured with enough confidence");
        return RULE_OFF;
    }
    o->delay_x = x ? o->delay_x : 0;
    o->delay_y = y ? o->delay_y : 0;
    if (!split_given)
        o->split = split_known && x ? measured_split(o->split) : 0;
    if (!by_hand && o->mode == VH_SWITCH_AUTO) {
        o->delay_x = fabs(o->delay_x) < least_delay_x(build, o->delay_x) ? 0 : o->delay_x;
        o->delay_y = fabs(o->delay_y) < recipe_dead_zone("chroma.delay_y") ? 0 : o->delay_y;
    }
    int n = snprintf(reason, REASON_BYTES, "chroma lies %.2f px %s of and %.2f field lines %s luma",
        fabs(o->delay_x), o->delay_x < 0 ? "left" : "right", fabs(o->delay_y),
        o->delay_y < 0 ? "above" : "below");
    if (o->split != 0)
        n += snprintf(reason + n, REASON_BYTES - (size_t)n, ", red %.2f px %s of blue", fabs(o->split),
            o->split < 0 ? "left" : "right");
    snprintf(reason + n, REASON_BYTES - (size_t)n, " (%s)", by_hand ? "given" : "measured");
    return o->delay_x != 0 || o->delay_y != 0 || o->split != 0 ? RULE_ON : RULE_OFF;
}

/* Whether pieces of lines are filled. */
static enum recipe_verdict decide_streaks(
    const struct recipe_build *build, const struct vh_dropout_options *o, char *reason)
{
    static const double by_motion =
        0.5; /* found on clean footage with hard motion: up to 0.3 (dropouts.md) */
    enum recipe_verdict verdict;
    double rate = recipe_value(build, "dropout.rate", NAN);
    if (recipe_settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(rate))
        return RULE_SILENT;
    snprintf(reason, REASON_BYTES, "%.2f dropouts per field were measured", rate);
    return rate > fmax(by_motion, recipe_dead_zone("dropout.rate")) ? RULE_ON : RULE_OFF;
}

/* Whether spots are; adds why to the reason. */
static bool fills_dirt(const struct recipe_build *build, const struct vh_dropout_options *o, char *reason)
{
    double rate = recipe_value(build, "dirt.rate", 0);
    size_t used = strlen(reason);
    const char *comma = used ? ", " : "";
    if (build->kind == VH_KIND_PROGRESSIVE || o->dirt == VH_SWITCH_OFF)
        return false;
    if (o->dirt == VH_SWITCH_ON)
        snprintf(reason + used, REASON_BYTES - used, "%sdirt: asked for", comma);
    else if (build->request->options->repair != VH_REPAIR_NONE && rate >= recipe_dead_zone("dirt.rate"))
        snprintf(reason + used, REASON_BYTES - used, "%s%.2f spots of dirt", comma, rate);
    else
        return false;
    return true;
}

enum recipe_verdict recipe_decide_dropouts(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_dropout_options *o = options;
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE)
        return RULE_SILENT;
    enum recipe_verdict verdict = decide_streaks(build, o, reason);
    bool dirt = fills_dirt(build, o, reason);
    o->mode = verdict == RULE_ON ? VH_SWITCH_ON : VH_SWITCH_OFF;
    o->dirt = dirt ? VH_SWITCH_ON : VH_SWITCH_OFF;
    return dirt ? RULE_ON : verdict;
}
