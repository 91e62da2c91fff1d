/* What was measured on a file, kept for the next command: `analyze` and then `restore` measure once.
 *
 * One small file per key in $XDG_CACHE_HOME/vhsup (or ~/.cache/vhsup). The key is a hash of what the
 * measurements depend on: each part's fingerprint (size and samples of its content) and time of change, the
 * range, whether every frame was looked at, the field order if said by hand, and this very program (version,
 * size and time of the executable), so that other detectors measure anew. An entry that cannot be read, is
 * damaged or of another key counts as none. It is written under a temporary name and renamed; the oldest go
 * when there are more than VH_CACHE_ENTRIES. Nothing here ever fails a job.
 */
#ifndef VH_PIPELINE_MEASURE_CACHE_H
#define VH_PIPELINE_MEASURE_CACHE_H

#include "core/log.h"
#include "pipeline/plan.h"
#include "pipeline/request.h"
#include "profile/profile.h"

enum { VH_CACHE_ENTRIES = 500 };

/* What an entry holds besides the profile. */
struct vh_cached {
    char when[32]; /* "2026-11-21 12:30", local time */
    struct vh_ends ends;
};

/* The key of a request's measurements as hex text in `key`; false when the input cannot be known again (a
 * pipe, a URL) or nothing of it may be kept (values by hand). */
bool vh_cache_key(const struct vh_request *request, bool thorough, char key[65]);

/* Reads the entry into an empty profile. False when there is none. */
bool vh_cache_read(
    const char *key, struct vh_profile *profile, struct vh_cached *cached, const struct vh_log *log);

/* Keeps an entry. */
void vh_cache_write(const char *key, const struct vh_profile *profile, const struct vh_ends *ends);

#endif
