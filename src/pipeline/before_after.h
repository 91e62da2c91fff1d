/* One picture that shows what the program is for: tape and restored picture, whole and close up. */
#ifndef VH_PIPELINE_BEFORE_AFTER_H
#define VH_PIPELINE_BEFORE_AFTER_H

#include "core/log.h"
#include "core/pool.h"

#include <stdbool.h>

struct vh_before_after {
    const char *before, *after; /* clips */
    double at_s;                /* when, in both */
    double
        close_up[4]; /* left, top, width, height of the part shown close up, parts of the picture (0 … 1) */
    const char *path; /* PNG */
    bool overwrite;
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* VH_OK or a reported error. */
int vh_before_after_write(const struct vh_before_after *what);

#endif
