/* When the tape's time is looked after, and how far edits may go. */
#include "pipeline/plan_time.h"

#include "audio/sound_analysis.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Picture and sound of one length within this: what is lost in one place comes again in another, or the sound
 * lost as much (one frame of 25 per second). */
#define SAME_LENGTH_S 0.04

/* Streams of one file end this far apart by the way they are interleaved, more so where it was cut short. */
#define RAGGED_END_S 0.06
/* Below this a difference in length may be a ragged end. */
#define LONG_ENOUGH_S 600

/* What in the request speaks against it; NULL = nothing. */
static const char *why_not_asked(const struct vh_request *request)
{
    const char *method = request->restore.deinterlace;
    bool wanted = request->time.timeline == VH_TIMES_FOLLOW || request->time.timeline == VH_TIMES_KEEP;
    if (request->time.timeline == VH_TIMES_OFF)
        return "as the file has it (--timeline off)";
    if (method && (!strncmp(method, "ivtc", 4) || !strncmp(method, "weave", 5)))
        return "as the file has it: film cadence repeats fields by itself";
    if (!wanted && !request->source.analyze)
        return "as the file has it (--no-analyze)";
    if (!wanted && request->restore.repair == VH_REPAIR_NONE)
        return "as the file has it (--repair none)";
    return NULL;
}

static const char *why_not(const struct vh_plan *plan)
{
    if (plan->frame_rate.num <= 0)
        return "as the file has it: its frames do not lie on a grid";
    return why_not_asked(plan->request);
}

/* Single edits are right when they explain at least a quarter of what picture and sound differ by: losses
 * where nothing moves cannot be seen. */
static bool edits_explain(const struct vh_ends *ends)
{
    double apart = ends->sound_s - ends->picture_s;
    return fabs(apart) > SAME_LENGTH_S &&
           fabs(apart - ends->edits_s) <= fmax(0.75 * fabs(apart), RAGGED_END_S);
}

/* What is left of the difference is a clock that ran wrong, if it is long enough to tell. A picture that is
 * not touched keeps its losses and copies: sound that lost none is not of another speed. */
static void resolve_speed(struct vh_plan *plan, const struct vh_ends *ends)
{
    double ppm, edits_s = plan->unpaired ? ends->edits_s : 0;
    if ((plan->direct && ends->edits_s != 0) || !ends->known || !ends->edits_known ||
        ends->picture_s < LONG_ENOUGH_S || !vh_sound_drift(ends->sound_s, ends->picture_s, edits_s, &ppm))
        return;
    plan->sound_stretch = (ends->picture_s + edits_s) / ends->sound_s - 1;
}

/* Takes the text over. */
static void keep_reason(struct vh_plan *plan, struct vh_text *text)
{
    snprintf(plan->time_reason, sizeof plan->time_reason, "%s", text->failed ? "" : text->data);
    vh_text_uninit(text);
}

static void add_speed(const struct vh_plan *plan, struct vh_text *text)
{
    if (plan->sound_stretch != 0)
        vh_text_addf(text, "; the clocks differ by %.0f ppm: the sound's speed is corrected",
            -plan->sound_stretch * 1e6);
}

static void print_reason(struct vh_plan *plan, const struct vh_plan_facts *facts)
{
    const struct vh_ends *ends = &facts->ends;
    double apart = ends->sound_s - ends->picture_s;
    struct vh_text text = {0};
    if (plan->direct) {
        vh_text_add(&text, "as the file has it: the picture is not touched");
        add_speed(plan, &text);
        keep_reason(plan, &text);
        return;
    }
    vh_text_add(
        &text, plan->keeps_frames ? "the sound follows the picture; " : "the picture follows the sound; ");
    if (facts->info->audio < 0)
        vh_text_add(&text, "there is no sound, so single losses and copies are edited too");
    else if (!ends->known)
        vh_text_add(&text, "their lengths cannot be compared, so only pairs of loss and copy are edited");
    else if (fabs(apart) <= SAME_LENGTH_S)
        vh_text_add(&text, "both are of one length, so only pairs of loss and copy are edited");
    else
        vh_text_addf(&text, "the sound is %.3f s %s, losses and copies explain %.3f s: %s are edited",
            fabs(apart), apart > 0 ? "longer" : "shorter", ends->edits_s,
            plan->unpaired ? "single ones too" : "only pairs");
    add_speed(plan, &text);
    keep_reason(plan, &text);
}

bool vh_plan_wants_time(const struct vh_request *request)
{
    return !why_not_asked(request);
}

bool vh_plan_needs_edits(const struct vh_ends *ends)
{
    return ends->known && !ends->edits_known && fabs(ends->sound_s - ends->picture_s) > SAME_LENGTH_S;
}

void vh_plan_resolve_time(struct vh_plan *plan, const struct vh_plan_facts *facts)
{
    const char *reason = why_not(plan);
    const struct vh_ends *ends = &facts->ends;
    if (reason) {
        snprintf(plan->time_reason, sizeof plan->time_reason, "%s", reason);
        return;
    }
    plan->keeps_frames = !plan->direct && plan->request->time.timeline == VH_TIMES_KEEP;
    plan->follows_time = !plan->direct && !plan->keeps_frames;
    plan->unpaired = !plan->direct &&
                     (facts->info->audio < 0 || (ends->known && ends->edits_known && edits_explain(ends)));
    resolve_speed(plan, ends);
    print_reason(plan, facts);
}
