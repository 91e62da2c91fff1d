/* The whole picture once, for its course in time: every frame decoded, nothing restored. */
#ifndef VH_PIPELINE_MEASURE_TIME_H
#define VH_PIPELINE_MEASURE_TIME_H

#include "core/cancel.h"
#include "core/event.h"
#include "core/pool.h"
#include "frame/image.h"
#include "media/input.h"
#include "pipeline/plan.h"
#include "profile/profile.h"

struct vh_measure_time_config {
    struct vh_input *input; /* borrowed, seekable; stands where it stood before when this returns */
    int stream;
    enum vh_field_order order; /* of the fields as far as known; UNKNOWN is taken for top first */
    bool order_is_fixed;
    AVRational frame_rate; /* exact */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
    const struct vh_event_sink *events; /* "job.progress"; may be NULL */
    const struct vh_cancel *cancel;     /* may be NULL */
    /* Sees every frame, 16 bit, at its source time; `break_before` where time jumped. A status other than
     * VH_OK ends the measuring. May be NULL. */
    int (*look)(void *opaque, const struct vh_image_const *frame, double time_s, bool break_before);
    void *opaque;
};

/* Adds the sections of analyze/tape_time.h to `profile`, with duplicates.rate and drops.rate, and fills the
 * edits of *ends. VH_OK or a reported error. */
int vh_measure_time(
    const struct vh_measure_time_config *config, struct vh_profile *profile, struct vh_ends *ends);

#endif
