/* Progress of a job from its events: a bar on a terminal, at most 20 lines in a log, JSON lines for machines.
 *
 * One lock; fed from any thread by "job.progress" events (docs/dataflow.md). It also owns the way to standard
 * error, so that messages and the bar do not write over each other.
 */
#ifndef VH_CLI_PROGRESS_H
#define VH_CLI_PROGRESS_H

#include "core/event.h"
#include "core/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum vh_progress_mode { VH_PROGRESS_SILENT, VH_PROGRESS_AS_BAR, VH_PROGRESS_AS_LINES, VH_PROGRESS_AS_JSON };
enum { VH_PROGRESS_MAX_LINES = 20 };

struct vh_progress;

/* Lines and bar go to `err`, JSON to `out`; both borrowed. VH_OK or VH_ERR_RESOURCE. */
int vh_progress_create(struct vh_progress **progress, FILE *out, FILE *err);
void vh_progress_destroy(struct vh_progress **progress);

/* How to show it from now on. */
void vh_progress_set_mode(struct vh_progress *progress, enum vh_progress_mode mode);

/* Observer of events; opaque is the progress. */
void vh_progress_event(void *progress, const struct vh_event *event);

/* `done` of `total` pictures (0 = not known) at time now_ns. Lines come when done * 20 / total grows, the
 * last one only from vh_progress_finish: never more than 20, exactly 20 when total is right and at least 20,
 * one when it is less. With an unknown total a line comes at 100, 200, 400, … pictures, 19 at most. */
void vh_progress_step(struct vh_progress *progress, int64_t done, int64_t total, int64_t now_ns);

/* The job has ended well: shows 100 % (the last line). Nothing when no step came. */
void vh_progress_finish(struct vh_progress *progress, int64_t now_ns);

/* The job has ended otherwise: removes the bar. */
void vh_progress_abandon(struct vh_progress *progress);

/* Writes one line to standard error, above the bar if there is one. */
void vh_progress_print_line(struct vh_progress *progress, const char *line);

#endif
