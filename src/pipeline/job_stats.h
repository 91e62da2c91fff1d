/* Statistics of a job: --stats (JSON lines) and --metrics (Prometheus text). */
#ifndef VH_PIPELINE_JOB_STATS_H
#define VH_PIPELINE_JOB_STATS_H

#include "pipeline/job.h"

/* Creates the collector when a file was asked for, and joins it with the caller's observer in job->events.
 * VH_OK or VH_ERR_RESOURCE. */
int vh_job_start_stats(struct vh_job *job);

/* Writes what was asked for. VH_OK or a reported error. */
int vh_job_write_stats(struct vh_job *job, const struct vh_run_result *result);

#endif
