/* Log messages: levels, a sink, and child loggers that carry a path ("job2/video/upscale").
 *
 * error = the job failed; warning = the result may be worse than asked; info = once per job; debug = never
 * per frame; trace = per frame. A NULL logger is legal everywhere and drops the message. A logger is a small
 * value without resources: copy it freely, but its `parent_path` string must outlive it. Thread-safe when the
 * sink is; the sink of the command line locks.
 */
#ifndef VH_CORE_LOG_H
#define VH_CORE_LOG_H

enum vh_log_level { VH_LOG_ERROR, VH_LOG_WARNING, VH_LOG_INFO, VH_LOG_DEBUG, VH_LOG_TRACE };

/* Receives one finished message, without newline. `path` is "" for the root logger. May be called from any
 * thread. */
typedef void vh_log_sink(void *opaque, enum vh_log_level level, const char *path, const char *message);

struct vh_log {
    vh_log_sink *sink;       /* NULL drops everything */
    void *opaque;            /* handed to the sink, not owned */
    enum vh_log_level level; /* messages above this level are dropped before they are formatted */
    char path[64];           /* where the message comes from, "" at the root */
};

/* A child of `parent` (may be NULL) whose path is the parent's path, a slash and `name`; cut to fit. */
struct vh_log vh_log_child(const struct vh_log *parent, const char *name);

/* Formats and hands on one message. `log` may be NULL. */
void vh_log_write(const struct vh_log *log, enum vh_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports an error and returns `status`, so that detection and report are one line:
 *     return vh_fail(log, VH_ERR_USAGE, "denoise.strength %g is outside 0 to 10", value);
 * The message names the thing, the value, what was expected and the way out. */
int vh_fail(const struct vh_log *log, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define vh_warn(log, ...)  vh_log_write(log, VH_LOG_WARNING, __VA_ARGS__)
#define vh_info(log, ...)  vh_log_write(log, VH_LOG_INFO, __VA_ARGS__)
#define vh_debug(log, ...) vh_log_write(log, VH_LOG_DEBUG, __VA_ARGS__)

#endif
