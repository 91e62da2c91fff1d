/* The output's insides, shared by output.c (streams and packets), output_file.c (names, locks, rename) and
 * output_check.c (the finished file looked at). */
#ifndef VH_MEDIA_OUTPUT_INTERNAL_H
#define VH_MEDIA_OUTPUT_INTERNAL_H

#include "media/output.h"
#include "media_internal.h"

/* The file under its temporary name. */
struct vh_output_file {
    char *final_path; /* links resolved */
    char *temp_path;  /* NULL when written directly (standard output, devices) */
    int fd;           /* -1 = closed */
    int error;        /* errno of the first failed write, 0 = none */
    int64_t bytes;    /* highest position written */
    bool direct;      /* no temporary name, no check, no rename */
    bool overwrite;
};

/* VH_OK or a reported error. */
int vh_output_file_check(const struct vh_output_options *options, const struct vh_log *log);
int vh_output_file_open(
    struct vh_output_file *file, const struct vh_output_options *options, const struct vh_log *log);

/* Syncs and renames; then the file is complete. VH_OK or a reported error. */
int vh_output_file_sync(struct vh_output_file *file, const struct vh_log *log);
int vh_output_file_commit(struct vh_output_file *file, const struct vh_log *log);

/* Closes; removes the temporary file when not committed. */
void vh_output_file_close(struct vh_output_file *file);

/* Reports why writing failed. */
int vh_output_file_explain(const struct vh_output_file *file, int averror, const struct vh_log *log);

/* Opens the finished temporary file and compares with what was written: `n_packets` per stream. */
struct vh_output_written {
    const char *path; /* the temporary file */
    const char *name; /* for messages */
    int n_streams;
    const int64_t *n_packets; /* per stream; -1 = cannot be counted in this container */
};
int vh_output_verify(
    const struct vh_output_written *written, const struct vh_output_expect *expect, const struct vh_log *log);

#endif
