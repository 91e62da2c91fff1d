/* The part of the plan that says how the tape's time is kept. */
#ifndef VH_PIPELINE_PLAN_TIME_H
#define VH_PIPELINE_PLAN_TIME_H

#include "pipeline/plan.h"

/* Decides whether lost and doubled frames are looked for and what is done about them; fills follows_time,
 * keeps_frames, unpaired and time_reason. After the segments and the output are resolved. Pure. */
void vh_plan_resolve_time(struct vh_plan *plan, const struct vh_plan_facts *facts);

#endif
