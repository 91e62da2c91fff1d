/* Filter graphs inside: a description taken apart (graph_parse.c), filters made and linked from it
 * (graph_build.c), and the running graph (filter_graph.c). */
#ifndef VH_MEDIA_GRAPH_INTERNAL_H
#define VH_MEDIA_GRAPH_INTERNAL_H

#include "media/filter_graph.h"

#include <libavfilter/avfilter.h>
#include <libavutil/bprint.h>

enum { VH_GRAPH_MAX_LABELS = 16, VH_GRAPH_MAX_FILTERS = 64 };

/* One filter as written. Strings are owned (av_free). */
struct vh_graph_item {
    char *name, *instance; /* instance NULL = none given */
    char *arguments;       /* first level of quoting removed; NULL = none */
    char *in[VH_GRAPH_MAX_LABELS], *out[VH_GRAPH_MAX_LABELS];
    int n_in, n_out;
    bool starts_chain;
};

struct vh_graph_items {
    struct vh_graph_item *item; /* VH_GRAPH_MAX_FILTERS */
    int n;
};

/* Takes `text` apart. VH_OK or a reported error with `what` in front; items are to be freed in both cases. */
int vh_graph_parse(
    struct vh_graph_items *items, const char *what, const char *text, const struct vh_log *log);
void vh_graph_items_free(struct vh_graph_items *items);

/* Where a built step is open. */
struct vh_graph_ends {
    AVFilterContext *in, *out;
    unsigned in_pad, out_pad;
};

/* Makes the filters of one step in `graph` and links them among each other. What was built is appended to
 * `text` in libavfilter's syntax (may be NULL). VH_OK or a reported error. */
int vh_graph_build_step(AVFilterGraph *graph, const char *what, const char *step, bool is_sound,
    struct vh_graph_ends *ends, AVBPrint *text, const struct vh_log *log);

/* "bwdif, hqdn3d": the names of the filters of a step, for messages. */
void vh_graph_step_names(const char *step, char *names, size_t size);

#endif
