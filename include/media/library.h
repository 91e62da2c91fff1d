/* The libav* libraries as a whole: their log, their versions, their error numbers. */
#ifndef VH_MEDIA_LIBRARY_H
#define VH_MEDIA_LIBRARY_H

#include "core/log.h"

#include <stddef.h>

/* Sets how much libav* itself writes to standard error: nothing below VH_LOG_DEBUG (everything that matters
 * is reported by us, once, with its cause), its warnings at DEBUG, everything at TRACE. Process-wide: call
 * once from main. */
void vh_library_set_verbosity(enum vh_log_level level);

/* "libavcodec 59.37.100, …" of the libraries that run (not the headers); at most `size` bytes; returns
 * `text`. */
char *vh_library_versions(char *text, size_t size);

/* The libav error number as a status: no memory, disk full, too many files → VH_ERR_RESOURCE; not found,
 * invalid data, end of file → VH_ERR_INPUT; not implemented, no such codec, filter, format →
 * VH_ERR_UNSUPPORTED; cancelled → VH_ERR_CANCELLED; else VH_ERR_EXTERNAL. Non-negative values give VH_OK. */
int vh_library_status(int averror);

#endif
