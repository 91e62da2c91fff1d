/* What becomes of every stream of the input in the output's container (part of the plan). */
#ifndef VH_PIPELINE_PLAN_STREAMS_H
#define VH_PIPELINE_PLAN_STREAMS_H

#include "pipeline/plan.h"
#include "pipeline/sound_look.h"

/* One sound stream on its way into a container. */
struct vh_sound_route {
    const struct vh_container_info *container;
    const struct vh_request *request;
    const struct vh_stream_info *stream;
    const struct vh_sound_look *look; /* NULL = nobody looked */
    bool timed;                       /* its time has to change */
};

/* Fills fate, encoder, formats, repairs and reason of `track`. VH_OK or a reported error. */
int vh_plan_route_sound(
    const struct vh_sound_route *route, struct vh_plan_stream *track, const struct vh_log *log);

/* Fills plan->container and plan->stream (`looks` may be NULL); checks that the container holds the picture's
 * codec. VH_OK or a reported error. */
int vh_plan_route_streams(struct vh_plan *plan, const struct vh_sound_looks *looks, const struct vh_log *log);

/* The part of the plan's print that is about streams. */
void vh_plan_print_streams(const struct vh_plan *plan, FILE *file);

#endif
