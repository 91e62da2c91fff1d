/* Formatting of log messages. Messages are cut at 2 kB: longer text belongs in a report. */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct vh_log vh_log_child(const struct vh_log *parent, const char *name)
{
    struct vh_log child = {0};
    if (!parent)
        return child;
    child = *parent;
    if (parent->path[0])
        snprintf(child.path, sizeof child.path, "%.40s/%.20s", parent->path, name);
    else
        snprintf(child.path, sizeof child.path, "%.60s", name);
    return child;
}

static void write_message(const struct vh_log *log, enum vh_log_level level, const char *format, va_list args)
{
    char message[2048];
    if (!log || !log->sink || level > log->level)
        return;
    vsnprintf(message, sizeof message, format, args);
    log->sink(log->opaque, level, log->path, message);
}

void vh_log_write(const struct vh_log *log, enum vh_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(log, level, format, args);
    va_end(args);
}

int vh_fail(const struct vh_log *log, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(log, VH_LOG_ERROR, format, args);
    va_end(args);
    return status;
}
