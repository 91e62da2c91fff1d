/* The collector: series in order of appearance, found through a small hash table. */
#include "stats/collect.h"

#include "core/json_write.h"
#include "core/memory.h"
#include "core/status.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 2 * VH_STATS_MAX_SERIES };

struct vh_stats {
    pthread_mutex_t lock;
    struct vh_series series[VH_STATS_MAX_SERIES]; /* all below guarded by lock */
    short slot[SLOTS];                            /* index + 1 into series, 0 = free; linear probing */
    int n;
    int64_t lost;
};

int vh_stats_create(struct vh_stats **stats)
{
    *stats = vh_alloc(1, sizeof **stats);
    if (!*stats)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&(*stats)->lock, NULL);
    return VH_OK;
}

void vh_stats_destroy(struct vh_stats **stats)
{
    if (!stats || !*stats)
        return;
    pthread_mutex_destroy(&(*stats)->lock);
    vh_freep(stats);
}

/* FNV-1a over both names as far as they are kept. */
static unsigned hash(const char *node, const char *field)
{
    unsigned h = 2166136261u;
    for (int i = 0; node[i] && i < VH_STATS_NAME - 1; i++)
        h = (h ^ (unsigned char)node[i]) * 16777619u;
    h = (h ^ 0xff) * 16777619u;
    for (int i = 0; field[i] && i < VH_STATS_NAME - 1; i++)
        h = (h ^ (unsigned char)field[i]) * 16777619u;
    return h;
}

static bool is_series(const struct vh_series *s, const char *node, const char *field)
{
    return !strncmp(s->node, node, VH_STATS_NAME - 1) && !strncmp(s->field, field, VH_STATS_NAME - 1);
}

/* Under the lock. NULL when there is none and none may be made. */
static struct vh_series *find(struct vh_stats *stats, const char *node, const char *field, bool make)
{
    unsigned i = hash(node, field) % SLOTS;
    for (; stats->slot[i]; i = (i + 1) % SLOTS)
        if (is_series(&stats->series[stats->slot[i] - 1], node, field))
            return &stats->series[stats->slot[i] - 1];
    if (!make || stats->n == VH_STATS_MAX_SERIES)
        return NULL;
    struct vh_series *s = &stats->series[stats->n++];
    stats->slot[i] = (short)stats->n;
    snprintf(s->node, sizeof s->node, "%s", node);
    snprintf(s->field, sizeof s->field, "%s", field);
    vh_quantile_init(&s->p50, 0.50);
    vh_quantile_init(&s->p95, 0.95);
    vh_quantile_init(&s->p99, 0.99);
    return s;
}

/* Under the lock. */
static void add(struct vh_stats *stats, const char *node, const char *field, double value)
{
    struct vh_series *s = isfinite(value) ? find(stats, node, field, true) : NULL;
    if (!s) {
        stats->lost++;
        return;
    }
    vh_welford_add(&s->all, value);
    vh_quantile_add(&s->p50, value);
    vh_quantile_add(&s->p95, value);
    vh_quantile_add(&s->p99, value);
}

void vh_stats_add(struct vh_stats *stats, const char *node, const char *field, double value)
{
    pthread_mutex_lock(&stats->lock);
    add(stats, node, field, value);
    pthread_mutex_unlock(&stats->lock);
}

void vh_stats_event(void *opaque, const struct vh_event *event)
{
    struct vh_stats *stats = opaque;
    const char *node = event->node ? event->node : "";
    char count[VH_STATS_NAME];
    snprintf(count, sizeof count, "events.%s", event->name);
    pthread_mutex_lock(&stats->lock);
    add(stats, node, count, 1);
    for (int i = 0; i < event->n_fields; i++) {
        const struct vh_event_field *field = &event->field[i];
        if (field->type == VH_EVENT_INT)
            add(stats, node, field->name, (double)field->i);
        else if (field->type == VH_EVENT_DOUBLE)
            add(stats, node, field->name, field->d);
    }
    pthread_mutex_unlock(&stats->lock);
}

int vh_stats_length(struct vh_stats *stats)
{
    pthread_mutex_lock(&stats->lock);
    int n = stats->n;
    pthread_mutex_unlock(&stats->lock);
    return n;
}

struct vh_series vh_stats_series(struct vh_stats *stats, int i)
{
    pthread_mutex_lock(&stats->lock);
    struct vh_series series = stats->series[i];
    pthread_mutex_unlock(&stats->lock);
    return series;
}

bool vh_stats_find(struct vh_stats *stats, const char *node, const char *field, struct vh_series *series)
{
    pthread_mutex_lock(&stats->lock);
    const struct vh_series *found = find(stats, node, field, false);
    if (found)
        *series = *found;
    pthread_mutex_unlock(&stats->lock);
    return found;
}

int64_t vh_stats_lost(struct vh_stats *stats)
{
    pthread_mutex_lock(&stats->lock);
    int64_t lost = stats->lost;
    pthread_mutex_unlock(&stats->lock);
    return lost;
}

void vh_stats_print_json(struct vh_stats *stats, struct vh_text *out)
{
    int n = vh_stats_length(stats);
    for (int i = 0; i < n; i++) {
        struct vh_series s = vh_stats_series(stats, i);
        struct vh_json_writer w = {.out = out};
        vh_json_write_open(&w, NULL, '{');
        vh_json_write_text(&w, "type", "stage");
        vh_json_write_text(&w, "node", s.node);
        vh_json_write_text(&w, "field", s.field);
        vh_json_write_int(&w, "n", s.all.n);
        vh_json_write_double(&w, "sum", vh_welford_sum(&s.all));
        vh_json_write_double(&w, "mean", s.all.mean);
        vh_json_write_double(&w, "deviation", vh_welford_deviation(&s.all));
        vh_json_write_double(&w, "min", s.all.min);
        vh_json_write_double(&w, "max", s.all.max);
        vh_json_write_double(&w, "p50", vh_quantile_value(&s.p50));
        vh_json_write_double(&w, "p95", vh_quantile_value(&s.p95));
        vh_json_write_double(&w, "p99", vh_quantile_value(&s.p99));
        vh_json_write_close(&w);
        vh_text_add(out, "\n");
    }
}

/* A metric's name: letters, digits and underscores only. */
static void metric_name(const char *field, char *name, size_t size)
{
    snprintf(name, size, "vhsup_%s", field);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
}

/* A label's value: backslash, quote and line break escaped. */
static void add_label(struct vh_text *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            vh_text_add(out, "\\n");
        else
            vh_text_addf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
    }
}

static void print_sample(struct vh_text *out, const char *name, const char *suffix, const char *node,
    const char *quantile, double value)
{
    char number[VH_NUMBER_BYTES];
    vh_text_addf(out, "%s%s{node=\"", name, suffix);
    add_label(out, node);
    vh_text_addf(out, "\"%s%s%s} %s\n", quantile ? ",quantile=\"" : "", quantile ? quantile : "",
        quantile ? "\"" : "", vh_text_number(value, number));
}

static void print_series(struct vh_text *out, const char *name, const struct vh_series *s)
{
    print_sample(out, name, "", s->node, "0.5", vh_quantile_value(&s->p50));
    print_sample(out, name, "", s->node, "0.95", vh_quantile_value(&s->p95));
    print_sample(out, name, "", s->node, "0.99", vh_quantile_value(&s->p99));
    print_sample(out, name, "_sum", s->node, NULL, vh_welford_sum(&s->all));
    print_sample(out, name, "_count", s->node, NULL, (double)s->all.n);
}

void vh_stats_print_prometheus(struct vh_stats *stats, struct vh_text *out)
{
    int n = vh_stats_length(stats);
    char name[VH_STATS_NAME + 8], other[VH_STATS_NAME + 8];
    /* All lines of one metric must stand together. */
    for (int i = 0; i < n; i++) {
        struct vh_series s = vh_stats_series(stats, i);
        bool first = true;
        metric_name(s.field, name, sizeof name);
        for (int k = 0; k < i && first; k++) {
            struct vh_series before = vh_stats_series(stats, k);
            metric_name(before.field, other, sizeof other);
            first = strcmp(name, other) != 0;
        }
        if (!first)
            continue;
        vh_text_addf(out, "# HELP %s %s per node\n# TYPE %s summary\n", name, s.field, name);
        for (int k = i; k < n; k++) {
            s = vh_stats_series(stats, k);
            metric_name(s.field, other, sizeof other);
            if (!strcmp(name, other))
                print_series(out, name, &s);
        }
    }
}
