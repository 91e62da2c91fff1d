/* Filters made from a parsed step: options set one by one, so that each error names filter and option, then
 * links by chain and by label, until exactly one input and one output are open. */
#include "graph_internal.h"

#include "core/memory.h"
#include "core/status.h"

#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

/* swscale without these depends on the CPU; full_chroma_int keeps chroma where it is. */
#define SCALE_FLAGS "accurate_rnd+bitexact+full_chroma_int"

enum { MAX_OPEN = 64 };

struct pad {
    AVFilterContext *filter;
    unsigned index;
    const char *label; /* borrowed from the item; NULL = none */
};

struct builder {
    AVFilterGraph *graph;
    const char *what;
    const struct vh_log *log;
    AVBPrint *text;
    struct pad open_in[MAX_OPEN], open_out[MAX_OPEN]; /* not linked yet */
    int n_in, n_out;
    struct pad chain[MAX_OPEN]; /* outputs of the filter before in the chain */
    int n_chain;
};

/* ---- options ---- */

static void list_options(const AVFilterContext *filter, char *names, size_t size)
{
    const AVOption *option = NULL;
    int offset = -1;
    names[0] = '\0';
    while (filter->filter->priv_class && (option = av_opt_next(filter->priv, option))) {
        if (option->type == AV_OPT_TYPE_CONST || option->offset == offset)
            continue;
        offset = option->offset;
        if (strlen(names) + strlen(option->name) + 8 > size) {
            av_strlcat(names, " …", size);
            return;
        }
        av_strlcatf(names, size, "%s%s", *names ? ", " : "", option->name);
    }
}

static int refuse_option(struct builder *b, const AVFilterContext *filter, const char *key)
{
    char names[160];
    list_options(filter, names, sizeof names);
    return vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s has no option %s (%s)", b->what, filter->filter->name,
        key, *names ? names : "it has none");
}

static int set_option(struct builder *b, AVFilterContext *filter, const char *key, const char *value)
{
    const AVOption *option = av_opt_find(filter, key, NULL, 0, AV_OPT_SEARCH_CHILDREN);
    int error;
    if (!option || option->type == AV_OPT_TYPE_CONST)
        return refuse_option(b, filter, key);
    error = av_opt_set(filter, key, value, AV_OPT_SEARCH_CHILDREN);
    if (error == AVERROR(ERANGE))
        return vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s: %s %s is outside %g to %g", b->what,
            filter->filter->name, key, value, option->min, option->max);
    if (error == AVERROR(ENOMEM))
        return vh_fail(b->log, VH_ERR_RESOURCE, "out of memory");
    if (error < 0)
        return vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s: option %s does not take the value \"%s\"",
            b->what, filter->filter->name, key, value);
    return VH_OK;
}

static void print_option(struct builder *b, int n, const char *key, const char *value)
{
    char *quoted = b->text ? vh_graph_quote(value) : NULL;
    if (quoted)
        av_bprintf(b->text, "%s%s=%s", n ? ":" : "=", key, quoted);
    vh_free(quoted);
}

/* The option that a value without a name means: the next one in the filter's list, aliases skipped. */
static const char *next_positional(AVFilterContext *filter, const AVOption **last)
{
    int offset = *last ? (*last)->offset : -1;
    while ((*last = av_opt_next(filter->priv, *last)))
        if ((*last)->type != AV_OPT_TYPE_CONST && (*last)->offset != offset)
            return (*last)->name;
    return NULL;
}

static bool is_scale(const AVFilterContext *filter)
{
    return !strcmp(filter->filter->name, "scale") || !strcmp(filter->filter->name, "scale2ref");
}

static int set_scale_flags(struct builder *b, AVFilterContext *filter, const char *asked, int n)
{
    char *flags = vh_format("%s+%s", asked && *asked ? asked : "bicubic", SCALE_FLAGS);
    int status;
    if (!flags)
        return vh_fail(b->log, VH_ERR_RESOURCE, "out of memory");
    status = set_option(b, filter, "flags", flags);
    if (status == VH_OK)
        print_option(b, n, "flags", flags);
    vh_free(flags);
    return status;
}

static int set_options(struct builder *b, AVFilterContext *filter, const char *arguments)
{
    const AVOption *positional = NULL;
    bool named = !filter->filter->priv_class;
    char *flags = NULL;
    int n = 0, status = VH_OK;
    while (arguments && *arguments && status == VH_OK) {
        char *key = NULL, *value = NULL;
        const char *name;
        int error = av_opt_get_key_value(&arguments, "=", ":", AV_OPT_FLAG_IMPLICIT_KEY, &key, &value);
        if (error < 0)
            return vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s: \"%s\" is not a list of options", b->what,
                filter->filter->name, arguments);
        named |= key != NULL;
        name = key ? key : named ? NULL : next_positional(filter, &positional);
        if (!name) {
            status =
                vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s: \"%s\" stands where option=value is expected",
                    b->what, filter->filter->name, value);
        } else if (is_scale(filter) && !strcmp(name, "flags")) {
            av_freep(&flags);
            flags = av_strdup(value);
        } else {
            status = set_option(b, filter, name, value);
            if (status == VH_OK)
                print_option(b, n++, name, value);
        }
        av_free(key);
        av_free(value);
        arguments += *arguments == ':';
    }
    if (status == VH_OK && is_scale(filter))
        status = set_scale_flags(b, filter, flags, n);
    av_free(flags);
    return status;
}

/* ---- filters ---- */

static void print_labels(struct builder *b, char *const *label, int n)
{
    for (int i = 0; b->text && i < n; i++)
        av_bprintf(b->text, "[%s]", label[i]);
}

static int make_filter(struct builder *b, const struct vh_graph_item *item, AVFilterContext **filter)
{
    const AVFilter *kind = avfilter_get_by_name(item->name);
    AVDictionary *none = NULL; /* scale of 5.1 looks behind the pointer */
    char instance[80];
    int status, error;
    if (!kind)
        return vh_fail(b->log, VH_ERR_UNSUPPORTED, "%s: there is no filter %s in this build of libavfilter",
            b->what, item->name);
    if (item->instance)
        snprintf(instance, sizeof instance, "%s@%s", item->name, item->instance);
    else
        snprintf(instance, sizeof instance, "%s_%u", item->name, b->graph->nb_filters);
    *filter = avfilter_graph_alloc_filter(b->graph, kind, instance);
    if (!*filter)
        return vh_fail(b->log, VH_ERR_RESOURCE, "out of memory making filter %s", item->name);
    print_labels(b, item->in, item->n_in);
    if (b->text)
        av_bprintf(
            b->text, "%s%s%s", item->name, item->instance ? "@" : "", item->instance ? item->instance : "");
    status = set_options(b, *filter, item->arguments);
    print_labels(b, item->out, item->n_out);
    if (status != VH_OK)
        return status;
    error = avfilter_init_dict(*filter, &none);
    av_dict_free(&none);
    if (error < 0)
        return vh_fail(b->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_USAGE,
            "%s: filter %s refuses its options (%s): %s", b->what, item->name,
            item->arguments ? item->arguments : "none", av_err2str(error));
    return VH_OK;
}

/* ---- links ---- */

static int link_pads(struct builder *b, const struct pad *from, const struct pad *to)
{
    if (avfilter_pad_get_type(from->filter->output_pads, (int)from->index) !=
        avfilter_pad_get_type(to->filter->input_pads, (int)to->index))
        return vh_fail(b->log, VH_ERR_USAGE, "%s: filters %s and %s cannot be joined: picture and sound",
            b->what, from->filter->filter->name, to->filter->filter->name);
    if (avfilter_link(from->filter, from->index, to->filter, to->index) < 0)
        return vh_fail(b->log, VH_ERR_USAGE, "%s: filters %s and %s cannot be joined", b->what,
            from->filter->filter->name, to->filter->filter->name);
    return VH_OK;
}

static int find_label(const struct pad *pad, int n, const char *label)
{
    for (int i = 0; i < n; i++)
        if (pad[i].label && !strcmp(pad[i].label, label))
            return i;
    return -1;
}

static int add_open(struct builder *b, struct pad *list, int *n, struct pad pad)
{
    if (*n == MAX_OPEN)
        return vh_fail(b->log, VH_ERR_USAGE, "%s: too many inputs and outputs", b->what);
    list[(*n)++] = pad;
    return VH_OK;
}

static void remove_at(struct pad *list, int *n, int at)
{
    list[at] = list[--*n];
}

/* Inputs are fed by the labels written before the filter, then by the chain. */
static int connect_inputs(struct builder *b, const struct vh_graph_item *item, AVFilterContext *filter)
{
    int from_chain = 0, status = VH_OK;
    for (unsigned i = 0; i < filter->nb_inputs && status == VH_OK; i++) {
        struct pad pad = {filter, i, (int)i < item->n_in ? item->in[i] : NULL};
        int at = pad.label ? find_label(b->open_out, b->n_out, pad.label) : -1;
        if (at >= 0) {
            status = link_pads(b, &b->open_out[at], &pad);
            remove_at(b->open_out, &b->n_out, at);
        } else if (!pad.label && from_chain < b->n_chain) {
            status = link_pads(b, &b->chain[from_chain++], &pad);
        } else {
            status = add_open(b, b->open_in, &b->n_in, pad);
        }
    }
    if (status == VH_OK && (item->n_in > (int)filter->nb_inputs || from_chain < b->n_chain))
        return vh_fail(
            b->log, VH_ERR_USAGE, "%s: filter %s has only %u inputs", b->what, item->name, filter->nb_inputs);
    return status;
}

static int connect_outputs(struct builder *b, const struct vh_graph_item *item, AVFilterContext *filter)
{
    int status = VH_OK;
    b->n_chain = 0;
    if (item->n_out > (int)filter->nb_outputs)
        return vh_fail(b->log, VH_ERR_USAGE, "%s: filter %s has only %u outputs", b->what, item->name,
            filter->nb_outputs);
    for (unsigned i = 0; i < filter->nb_outputs && status == VH_OK; i++) {
        struct pad pad = {filter, i, (int)i < item->n_out ? item->out[i] : NULL};
        int at = pad.label ? find_label(b->open_in, b->n_in, pad.label) : -1;
        if (at >= 0) {
            status = link_pads(b, &pad, &b->open_in[at]);
            remove_at(b->open_in, &b->n_in, at);
        } else if (pad.label) {
            status = add_open(b, b->open_out, &b->n_out, pad);
        } else {
            status = add_open(b, b->chain, &b->n_chain, pad);
        }
    }
    return status;
}

/* The chain's end: what it leaves open stays open. */
static int end_chain(struct builder *b)
{
    int status = VH_OK;
    for (int i = 0; i < b->n_chain && status == VH_OK; i++)
        status = add_open(b, b->open_out, &b->n_out, b->chain[i]);
    b->n_chain = 0;
    return status;
}

static int build_items(struct builder *b, const struct vh_graph_items *items)
{
    int status = VH_OK;
    for (int i = 0; i < items->n && status == VH_OK; i++) {
        AVFilterContext *filter = NULL;
        if (i && b->text)
            av_bprintf(b->text, "%s", items->item[i].starts_chain ? ";" : ",");
        if (items->item[i].starts_chain)
            status = end_chain(b);
        if (status == VH_OK)
            status = make_filter(b, &items->item[i], &filter);
        if (status == VH_OK)
            status = connect_inputs(b, &items->item[i], filter);
        if (status == VH_OK)
            status = connect_outputs(b, &items->item[i], filter);
    }
    return status == VH_OK ? end_chain(b) : status;
}

static int check_ends(struct builder *b, const char *step, bool is_sound, struct vh_graph_ends *ends)
{
    enum AVMediaType wanted = is_sound ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
    if (b->n_in != 1 || b->n_out != 1)
        return vh_fail(b->log, VH_ERR_USAGE,
            "%s: \"%s\" leaves %d inputs and %d outputs open, one of each is needed", b->what, step, b->n_in,
            b->n_out);
    *ends = (struct vh_graph_ends){
        b->open_in[0].filter, b->open_out[0].filter, b->open_in[0].index, b->open_out[0].index};
    if (avfilter_pad_get_type(ends->in->input_pads, (int)ends->in_pad) != wanted ||
        avfilter_pad_get_type(ends->out->output_pads, (int)ends->out_pad) != wanted)
        return vh_fail(b->log, VH_ERR_USAGE, "%s: \"%s\" does not take and give %s", b->what, step,
            is_sound ? "sound" : "pictures");
    return VH_OK;
}

int vh_graph_build_step(AVFilterGraph *graph, const char *what, const char *step, bool is_sound,
    struct vh_graph_ends *ends, AVBPrint *text, const struct vh_log *log)
{
    struct vh_graph_items items;
    struct builder b = {.graph = graph, .what = what, .log = log, .text = text};
    int status = vh_graph_parse(&items, what, step, log);
    if (status == VH_OK)
        status = build_items(&b, &items);
    if (status == VH_OK)
        status = check_ends(&b, step, is_sound, ends);
    vh_graph_items_free(&items);
    return status;
}
