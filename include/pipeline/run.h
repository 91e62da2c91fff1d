/* One restore job from a request to a finished file. */
#ifndef VH_PIPELINE_RUN_H
#define VH_PIPELINE_RUN_H

#include "core/cancel.h"
#include "core/event.h"
#include "core/log.h"
#include "pipeline/request.h"

#include <stdio.h>

/* Where a job's messages go and how it can be stopped. All borrowed for the call; all but `log` may be NULL.
 */
struct vh_run_context {
    const struct vh_log *log;
    const struct vh_event_sink *events; /* "job.progress", "frame.done", … (docs/dataflow.md) */
    struct vh_cancel *cancel;
    FILE *results; /* --dry-run prints the plan here */
};

/* What a finished job can say about itself. */
struct vh_run_result {
    int64_t frames_in, frames_out;
    int64_t damaged;   /* packets or frames that were lost or concealed */
    double duration_s; /* of the picture written */
    double wall_s, cpu_s;
    int64_t bytes_out;
};

/* Plans and runs the job: probes the input, decides, opens the encoders, then decodes the first frame. Blocks
 * until the file is complete, checked and renamed, or until it failed (then nothing is under the final name
 * and the input is untouched). `result` is filled on success. Errors were reported through the log. Returns
 * VH_OK, VH_ERR_DAMAGED with
 * --strict, VH_ERR_CANCELLED, or the category of the failure. */
int vh_run_restore(
    const struct vh_request *request, const struct vh_run_context *context, struct vh_run_result *result);

#endif
