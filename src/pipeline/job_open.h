/* Opening and closing everything a job needs (private to run.c). */
#ifndef VH_PIPELINE_JOB_OPEN_H
#define VH_PIPELINE_JOB_OPEN_H

#include "pipeline/job.h"

/* Input, range, survey, measurement, plan. VH_OK or a reported error. */
int vh_job_prepare(struct vh_job *job);

/* Parts of it, for jobs without a picture: the range of --start, --end and --duration on job->input; and a
 * profile with what was said by hand or read from --analysis. VH_OK or a reported error. */
int vh_job_set_range(struct vh_job *job);

/* Opens the request's input and what --join puts behind it. VH_OK, or with *input NULL a reported error. */
int vh_job_open_parts(struct vh_input **input, const struct vh_request *request,
    const struct vh_probe_options *options, const struct vh_log *log);
int vh_job_open_input(struct vh_job *job); /* the same as job->input, with the job's cancel and events */
int vh_job_start_profile(struct vh_job *job);

/* Output, encoders, graph, chains, queues and nodes; nothing has started. VH_OK or a reported error. */
int vh_job_open(struct vh_job *job);

/* Pictures that will come out, from the stated duration and the range; 0 = unknown. After vh_job_prepare. */
int64_t vh_job_expected_frames(const struct vh_job *job);

/* Frees everything; legal at any point. Removes the temporary output when it was not finished. */
void vh_job_close(struct vh_job *job);

#endif
