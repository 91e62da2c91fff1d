/* When the tape's time is looked after, and how far edits may go. */
#include "pipeline/plan_time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Picture and sound of one length within this: what is lost in one place comes again in another, or the sound
 * lost as much (one frame of 25 per second). */
#define SAME_LENGTH_S 0.04

/* NULL = nothing speaks against it. */
static const char *why_not(const struct vh_plan *plan)
{
    const struct vh_request *request = plan->request;
    const char *method = request->restore.deinterlace;
    bool wanted = request->time.timeline == VH_TIMES_FOLLOW || request->time.timeline == VH_TIMES_KEEP;
    if (request->time.timeline == VH_TIMES_OFF)
        return "as the file has it (--timeline off)";
    if (plan->frame_rate.num <= 0)
        return "as the file has it: its frames do not lie on a grid";
    if (plan->direct)
        return "as the file has it: the picture is not touched";
    if (method && (!strncmp(method, "ivtc", 4) || !strncmp(method, "weave", 5)))
        return "as the file has it: film cadence repeats fields by itself";
    if (!wanted && !request->source.analyze)
        return "as the file has it (--no-analyze)";
    if (!wanted && request->restore.repair == VH_REPAIR_NONE)
        return "as the file has it (--repair none)";
    return NULL;
}

void vh_plan_resolve_time(struct vh_plan *plan, const struct vh_plan_facts *facts)
{
    const char *reason = why_not(plan);
    const struct vh_ends *ends = &facts->ends;
    bool keep = plan->request->time.timeline == VH_TIMES_KEEP;
    if (reason) {
        snprintf(plan->time_reason, sizeof plan->time_reason, "%s", reason);
        return;
    }
    plan->keeps_frames = keep;
    plan->follows_time = !keep;
    double apart = ends->sound_s - ends->picture_s;
    plan->unpaired = facts->info->audio < 0 || (ends->known && fabs(apart) > SAME_LENGTH_S);
    int used = snprintf(plan->time_reason, sizeof plan->time_reason, "%s",
        keep ? "the sound follows the picture; " : "the picture follows the sound; ");
    char *more = plan->time_reason + used;
    size_t room = sizeof plan->time_reason - (size_t)used;
    if (facts->info->audio < 0)
        snprintf(more, room, "there is no sound, so single losses and copies are edited too");
    else if (!ends->known)
        snprintf(more, room, "their lengths cannot be compared, so only pairs of loss and copy are edited");
    else if (plan->unpaired)
        snprintf(more, room, "the sound is %.2f s %s, so single losses and copies are edited too",
            fabs(apart), apart > 0 ? "longer" : "shorter");
    else
        snprintf(more, room, "both are of one length, so only pairs of loss and copy are edited");
}
