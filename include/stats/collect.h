/* The statistics of one job: a series per node and field, in constant memory, however long the tape.
 *
 * Fed by events (every number in an event becomes a sample of its field, every event is counted) or directly.
 * A series keeps count, sum, mean, deviation, extremes (Welford) and p50, p95, p99 (P²). Thread-safe: one
 * lock around a few dozen arithmetic operations; no allocation once a series exists. At most
 * VH_STATS_MAX_SERIES; samples of further ones are counted as lost and reported.
 */
#ifndef VH_STATS_COLLECT_H
#define VH_STATS_COLLECT_H

#include "core/event.h"
#include "core/text.h"
#include "stats/quantile.h"
#include "stats/welford.h"

enum { VH_STATS_MAX_SERIES = 256, VH_STATS_NAME = 48 };

struct vh_stats;

/* What one series holds; a copy. */
struct vh_series {
    char node[VH_STATS_NAME], field[VH_STATS_NAME];
    struct vh_welford all;
    struct vh_quantile p50, p95, p99;
};

int vh_stats_create(struct vh_stats **stats); /* VH_OK or VH_ERR_RESOURCE */
void vh_stats_destroy(struct vh_stats **stats);

/* Adds one sample. Names are cut to VH_STATS_NAME - 1 bytes. Values that are not finite are counted as lost.
 */
void vh_stats_add(struct vh_stats *stats, const char *node, const char *field, double value);

/* The same from an event; fits struct vh_event_sink with a struct vh_stats as opaque. Counts the event as
 * field "events.<name>" of its node. */
void vh_stats_event(void *stats, const struct vh_event *event);

/* Number of series, and a copy of the i-th in order of first appearance. */
int vh_stats_length(struct vh_stats *stats);
struct vh_series vh_stats_series(struct vh_stats *stats, int i);

/* The series of that name; false when there is none. */
bool vh_stats_find(struct vh_stats *stats, const char *node, const char *field, struct vh_series *series);

int64_t vh_stats_lost(struct vh_stats *stats);

/* One JSON line per series: {"type": "stage", "node": …, "field": …, "n": …, "sum": …, "mean": …,
 * "deviation": …, "min": …, "max": …, "p50": …, "p95": …, "p99": …}. */
void vh_stats_print_json(struct vh_stats *stats, struct vh_text *out);

/* Prometheus text exposition format 0.0.4: a summary vhsup_<field> per field with the node as label. */
void vh_stats_print_prometheus(struct vh_stats *stats, struct vh_text *out);

#endif
