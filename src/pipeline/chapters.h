/* Chapters at the beginnings of recordings, for a file whose source has none. */
#ifndef VH_PIPELINE_CHAPTERS_H
#define VH_PIPELINE_CHAPTERS_H

#include "pipeline/job.h"

/* Adds a chapter per recording that the job's editor found, when there are at least two, the source has no
 * chapters of its own and the request wants them. Before the output is finished. VH_OK or VH_ERR_RESOURCE. */
int vh_job_add_chapters(struct vh_job *job);

#endif
