/* The files a job writes or reads beside its input and output: --stats, --metrics, --framemd5, --baseline. */
#ifndef VH_PIPELINE_SIDE_FILES_H
#define VH_PIPELINE_SIDE_FILES_H

#include "pipeline/request.h"
#include "stats/record.h"

/* Refuses, before anything is decoded, what could not be written later, and what would be written over the
 * input, the output or each other. VH_OK, or VH_ERR_OUTPUT or VH_ERR_USAGE after a message. */
int vh_side_files_check(const struct vh_request *request, const struct vh_log *log);

/* The last job's record in a file of --stats. VH_OK, or VH_ERR_USAGE after a message: unreadable, or without
 * a job. */
int vh_side_files_read_baseline(const char *path, struct vh_record *record, const struct vh_log *log);

#endif
