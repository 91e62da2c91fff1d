/* A job's record, and how statistics reach files. */
#include "stats/record.h"

#include "core/json_write.h"
#include "core/memory.h"
#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(struct vh_record, name)                                                              \
    }
    FIELD(preprocessing_time_sec),
    FIELD(upscaling_time_sec),
    FIELD(encoding_time_sec),
    FIELD(total_time_sec),
    FIELD(peak_memory_mb),
    FIELD(gpu_utilization_percent),
    FIELD(frames_per_second),
    FIELD(model_load_time_sec),
    FIELD(queue_query_time_ms),
    FIELD(cpu_time_sec),
    FIELD(speed),
    FIELD(frames_in),
    FIELD(frames_out),
    FIELD(frames_damaged),
    FIELD(bytes_out),
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static double get(const struct vh_record *record, int i)
{
    double value;
    memcpy(&value, (const char *)record + fields[i].offset, sizeof value);
    return value;
}

bool vh_record_set(struct vh_record *record, const char *name, double value)
{
    for (int i = 0; i < N_FIELDS; i++)
        if (!strcmp(name, fields[i].name)) {
            memcpy((char *)record + fields[i].offset, &value, sizeof value);
            return true;
        }
    return false;
}

struct vh_record vh_record_none(void)
{
    struct vh_record record;
    const double none = NAN;
    for (int i = 0; i < N_FIELDS; i++)
        memcpy((char *)&record + fields[i].offset, &none, sizeof none);
    return record;
}

double vh_record_peak_memory_mb(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        return NAN;
    return (double)usage.ru_maxrss / 1024; /* Linux counts kilobytes */
}

void vh_record_print_json(
    const struct vh_record *record, const char *input, const char *output, struct vh_text *out)
{
    struct vh_json_writer w = {.out = out};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "type", "job");
    vh_json_write_text(&w, "vhsup", VHSUP_VERSION);
    vh_json_write_text(&w, "input", input);
    vh_json_write_text(&w, "output", output);
    for (int i = 0; i < N_FIELDS; i++)
        vh_json_write_double(&w, fields[i].name, get(record, i));
    vh_json_write_close(&w);
    vh_text_add(out, "\n");
}

void vh_record_print_prometheus(const struct vh_record *record, struct vh_text *out)
{
    char number[VH_NUMBER_BYTES];
    for (int i = 0; i < N_FIELDS; i++)
        if (isfinite(get(record, i)))
            vh_text_addf(out,
                "# HELP vhsup_job_%s of the last job\n# TYPE vhsup_job_%s gauge\nvhsup_job_%s %s\n",
                fields[i].name, fields[i].name, fields[i].name, vh_text_number(get(record, i), number));
}

/* Alert levels of the systems we replace: 1.2 times the time, 1.5 times the memory, 100 ms for a query. */
static const double time_factor = 1.2, memory_factor = 1.5, query_limit_ms = 100;

static int compare(
    const struct vh_log *log, const char *what, double now, double before, double factor, const char *unit)
{
    if (!(now > before * factor)) /* also when one was not measured */
        return 0;
    vh_warn(log, "%s was %.4g %s, %.2f times the %.4g %s of the run compared with (alert above %.1f)", what,
        now, unit, now / before, before, unit, factor);
    return 1;
}

/* Milliseconds per picture where pictures were counted, else the seconds of the whole job. */
static int compare_time(const struct vh_record *now, const struct vh_record *before, size_t offset,
    const char *what, const struct vh_log *log)
{
    bool per_picture = now->frames_out > 0 && before->frames_out > 0;
    double a, b;
    memcpy(&a, (const char *)now + offset, sizeof a);
    memcpy(&b, (const char *)before + offset, sizeof b);
    if (!per_picture)
        return compare(log, what, a, b, time_factor, "s");
    return compare(
        log, what, 1000 * a / now->frames_out, 1000 * b / before->frames_out, time_factor, "ms a picture");
}

int vh_record_compare(const struct vh_record *now, const struct vh_record *before, const struct vh_log *log)
{
    int n =
        compare_time(now, before, offsetof(struct vh_record, preprocessing_time_sec), "preprocessing", log);
    n += compare_time(now, before, offsetof(struct vh_record, upscaling_time_sec), "upscaling", log);
    n += compare_time(now, before, offsetof(struct vh_record, encoding_time_sec), "encoding", log);
    n += compare(log, "peak memory", now->peak_memory_mb, before->peak_memory_mb, memory_factor, "MB");
    if (now->queue_query_time_ms > query_limit_ms) {
        vh_warn(log, "a query of the queue took %.0f ms (alert above %.0f)", now->queue_query_time_ms,
            query_limit_ms);
        n++;
    }
    return n;
}

/* 0 or an errno. */
static int write_all(int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t done = write(fd, data, n);
        if (done < 0 && errno != EINTR)
            return errno;
        if (done > 0) {
            data += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

static int report(const struct vh_log *log, const char *path, int error)
{
    return vh_fail(log, error == ENOSPC || error == EDQUOT ? VH_ERR_RESOURCE : VH_ERR_OUTPUT,
        "%s cannot be written: %s", path, strerror(error));
}

/* A file that is opened in place: not one that a rename would replace. */
static bool is_special(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode);
}

int vh_stats_check_file(const char *path, const char *what, const struct vh_log *log)
{
    int flags = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    bool fresh = access(path, F_OK) < 0;
    int fd = open(path, flags | (fresh ? O_CREAT | O_EXCL : O_APPEND), 0666);
    if (fd < 0 && (errno != ENXIO || fresh)) /* a pipe nobody reads yet */
        return vh_fail(log, VH_ERR_OUTPUT, "%s %s cannot be written: %s", what, path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (fresh)
        unlink(path);
    return VH_OK;
}

int vh_stats_append_file(const char *path, const struct vh_text *lines, const struct vh_log *log)
{
    if (lines->failed)
        return VH_ERR_RESOURCE;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return report(log, path, errno);
    int error = write_all(fd, lines->data ? lines->data : "", lines->n);
    if (close(fd) && !error)
        error = errno;
    return error ? report(log, path, error) : VH_OK;
}

int vh_stats_replace_file(const char *path, const struct vh_text *text, const struct vh_log *log)
{
    if (is_special(path))
        return vh_stats_append_file(path, text, log);
    char *temporary = text->failed ? NULL : vh_format("%s.%ld.tmp", path, (long)getpid());
    if (!temporary)
        return VH_ERR_RESOURCE;
    int error = 0, fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        error = errno;
    else {
        error = write_all(fd, text->data ? text->data : "", text->n);
        if (close(fd) && !error)
            error = errno;
        if (!error && rename(temporary, path))
            error = errno;
        if (error)
            unlink(temporary);
    }
    vh_free(temporary);
    return error ? report(log, path, error) : VH_OK;
}
