/* The look at the input before the plan: flags of decoded frames, and what is measured from their pixels. */
#ifndef VH_PIPELINE_MEASURE_H
#define VH_PIPELINE_MEASURE_H

#include "core/pool.h"
#include "media/survey.h"
#include "profile/profile.h"

struct vh_measure_config {
    struct vh_input *input; /* borrowed; stands where it stood before when this returns */
    int stream;
    bool pixels; /* measure, not only count flags */
    bool brief;  /* nothing depends on flags either: look at the first frames only, for the format */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* Surveys the stream, fills *survey and adds measurements to `profile`. VH_OK or a reported error. */
int vh_measure(const struct vh_measure_config *config, struct vh_survey *survey, struct vh_profile *profile);

#endif
