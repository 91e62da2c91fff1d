/* --split-recordings: one job per recording of a tape, each with measurements and a file of its own. */
#ifndef VH_PIPELINE_RUN_SPLIT_H
#define VH_PIPELINE_RUN_SPLIT_H

#include "pipeline/run.h"

/* Looks at the whole tape, checks all names, then restores recording after recording to NAME-1.EXT,
 * NAME-2.EXT …; one recording alone goes to NAME-1.EXT too. The first failure ends it; files that were
 * finished stay. `result` holds sums. VH_OK or the status of the job that failed. */
int vh_run_split(
    const struct vh_request *request, const struct vh_run_context *context, struct vh_run_result *result);

#endif
