/* What becomes of every stream of the input in the output's container (part of the plan). */
#ifndef VH_PIPELINE_PLAN_STREAMS_H
#define VH_PIPELINE_PLAN_STREAMS_H

#include "pipeline/plan.h"

/* Fills plan->container and plan->stream; checks that the container holds the picture's codec. VH_OK or a
 * reported error. */
int vh_plan_route_streams(struct vh_plan *plan, const struct vh_log *log);

#endif
