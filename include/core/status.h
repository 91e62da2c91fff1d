/* Status codes shared by every layer.
 *
 * A function returns 0 (VH_OK), a positive state, or a negative error category. "Again" and "end of stream"
 * are states, not errors. Whoever detects an error reports it once (see vh_fail in core/log.h) and returns
 * the category; callers only pass it on. The command line turns the category into an exit status
 * (docs/exit-status.md).
 */
#ifndef VH_CORE_STATUS_H
#define VH_CORE_STATUS_H

enum vh_status {
    VH_OK = 0,
    VH_AGAIN = 1, /* nothing to give now, ask again after feeding more */
    VH_EOF = 2,   /* the stream has ended; not an error */

    VH_ERR_USAGE = -1,       /* wrong option, preset key, value or combination: the user can mend it */
    VH_ERR_INPUT = -2,       /* the input is missing, empty, damaged beyond use or not media */
    VH_ERR_OUTPUT = -3,      /* the output exists, equals the input, or cannot be written */
    VH_ERR_UNSUPPORTED = -4, /* meaningful, but this build, library or container cannot do it */
    VH_ERR_RESOURCE = -5,    /* out of memory, disk full, no thread, limit reached */
    VH_ERR_EXTERNAL = -6,    /* an external library failed where it should not */
    VH_ERR_INTERNAL = -7,    /* our own fault */
    VH_ERR_CANCELLED = -8,   /* stopped on request (signal, timeout) */
    VH_ERR_DAMAGED = -9,     /* finished, but the input was damaged and --strict asked for an error */
};

/* The process exit status for a vh_status: 0 for VH_OK and the states, else the number documented for its
 * category. Pure; thread-safe. */
int vh_status_exit(int status);

/* One line of the table of exit statuses. */
struct vh_status_row {
    int status, exit;
    const char *name; /* "usage error" */
    const char *help; /* what it means for the user, one sentence without full stop */
};

/* All categories that end a process, in order of their exit status. docs/exit-status.md is made of it. */
const struct vh_status_row *vh_status_rows(int *n);

/* A short constant English name ("usage error", "end of stream"); never NULL. */
const char *vh_status_name(int status);

#endif
