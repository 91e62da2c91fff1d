/* What one job cost: the nine classic fields that other systems' tools read, and ours. Written as one JSON
 * line behind the series of the job, and compared with an earlier run's.
 */
#ifndef VH_STATS_RECORD_H
#define VH_STATS_RECORD_H

#include "core/log.h"
#include "stats/collect.h"

#include <stdbool.h>

/* NaN = not measured, written as null. */
struct vh_record {
    /* The nine classic fields. */
    double preprocessing_time_sec;  /* time at work on decoding, fields and repair */
    double upscaling_time_sec;      /* time at work in the upscaler */
    double encoding_time_sec;       /* time at work in the encoder */
    double total_time_sec;          /* wall time of the job */
    double peak_memory_mb;          /* largest resident set, 2^20 bytes */
    double gpu_utilization_percent; /* mean while the job ran */
    double frames_per_second;       /* pictures written per second of wall time */
    double model_load_time_sec;     /* loading neural models */
    double queue_query_time_ms;     /* slowest query of the batch queue */
    /* Ours. */
    double cpu_time_sec; /* of the whole process */
    double speed;        /* source seconds per second of wall time */
    double frames_in, frames_out, frames_damaged, bytes_out;
};

/* A record with everything not measured. */
struct vh_record vh_record_none(void);

/* The largest resident set of this process so far, in 2^20 bytes. */
double vh_record_peak_memory_mb(void);

/* One line: {"type": "job", "vhsup": VERSION, "input": …, "output": …, nine fields, ours}. */
void vh_record_print_json(
    const struct vh_record *record, const char *input, const char *output, struct vh_text *out);

/* The fields that were measured as Prometheus gauges vhsup_job_<field>. */
void vh_record_print_prometheus(const struct vh_record *record, struct vh_text *out);

/* Sets the field of that name in an earlier record that is being read. False when there is none. */
bool vh_record_set(struct vh_record *record, const char *name, double value);

/* Warns where `now` is worse than an earlier record by the factors every operator of such systems knows: any
 * of the three stage times above 1.2 times, peak memory above 1.5 times, queue queries above 100 ms. Times
 * are compared per picture written when both records count pictures, so tapes of other lengths may be
 * compared. Returns the number of warnings. */
int vh_record_compare(const struct vh_record *now, const struct vh_record *before, const struct vh_log *log);

/* Finds out whether a file can be written without changing it: an existing one is opened for appending, a new
 * one is made and removed again. `what` leads the message ("--stats"). VH_OK, or VH_ERR_OUTPUT after a
 * message.
 */
int vh_stats_check_file(const char *path, const char *what, const struct vh_log *log);

/* Appends `lines` to a file in one write, so that jobs that share a file do not mix their lines. VH_OK, or
 * VH_ERR_OUTPUT or VH_ERR_RESOURCE after a message. */
int vh_stats_append_file(const char *path, const struct vh_text *lines, const struct vh_log *log);

/* Replaces a file in one step (temporary name beside it, then rename), as Prometheus' text-file collector
 * needs. A pipe or device is written to. */
int vh_stats_replace_file(const char *path, const struct vh_text *text, const struct vh_log *log);

#endif
