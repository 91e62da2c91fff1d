/* The part of the plan that says how the tape's time is kept. */
#ifndef VH_PIPELINE_PLAN_TIME_H
#define VH_PIPELINE_PLAN_TIME_H

#include "pipeline/plan.h"

/* False when the request alone says that the tape's time stays as the file has it. Pure. */
bool vh_plan_wants_time(const struct vh_request *request);

/* True when picture and sound differ so much in length that the whole picture should be looked at first.
 * Pure. */
bool vh_plan_needs_edits(const struct vh_ends *ends);

/* Decides whether lost and doubled frames are looked for and what is done about them; fills follows_time,
 * keeps_frames, unpaired, sound_stretch and time_reason. After the segments and the output are resolved.
 * Pure. */
void vh_plan_resolve_time(struct vh_plan *plan, const struct vh_plan_facts *facts);

#endif
