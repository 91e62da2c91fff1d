/* libavfilter's graph syntax taken apart: `[in] name@instance=arguments [out], next; other chain`. Quoting is
 * libavutil's (av_get_token): backslash, and single quotes. Our own parser because libavfilter's tells a
 * program only that something was wrong, and because every filter is to be printed as it really runs. */
#include "graph_internal.h"

#include "core/memory.h"
#include "core/status.h"

#include <ctype.h>
#include <libavutil/avstring.h>
#include <libavutil/mem.h>
#include <string.h>

struct parser {
    const char *what, *text, *at;
    const struct vh_log *log;
    struct vh_graph_items *items;
};

static int out_of_memory(const struct vh_log *log)
{
    return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
}

static void skip_space(struct parser *parser)
{
    while (isspace((unsigned char)*parser->at))
        parser->at++;
}

static int bad(const struct parser *parser, const char *problem)
{
    return vh_fail(parser->log, VH_ERR_USAGE, "%s: %s near \"%.20s\" in \"%s\"", parser->what, problem,
        *parser->at ? parser->at : "the end", parser->text);
}

static int parse_labels(struct parser *parser, char **label, int *n)
{
    skip_space(parser);
    while (*parser->at == '[') {
        parser->at++;
        if (*n == VH_GRAPH_MAX_LABELS)
            return bad(parser, "too many labels");
        label[*n] = av_get_token(&parser->at, "]");
        if (!label[*n])
            return out_of_memory(parser->log);
        if (*parser->at != ']' || !label[(*n)++][0])
            return bad(parser, "a label is not closed or empty");
        parser->at++;
        skip_space(parser);
    }
    return VH_OK;
}

static int parse_name(struct parser *parser, struct vh_graph_item *item)
{
    char *at_sign;
    item->name = av_get_token(&parser->at, "=,;[");
    if (!item->name)
        return out_of_memory(parser->log);
    at_sign = strchr(item->name, '@');
    if (at_sign) {
        *at_sign = '\0';
        item->instance = av_strdup(at_sign + 1);
    }
    if (!item->name[0])
        return bad(parser, "a filter's name is missing");
    if (!strcmp(item->name, "sws_flags"))
        return bad(parser, "sws_flags are fixed (accurate_rnd+bitexact); give each scale its own flags");
    if (*parser->at == '=') {
        parser->at++;
        item->arguments = av_get_token(&parser->at, "[],;");
        if (!item->arguments)
            return out_of_memory(parser->log);
    }
    return VH_OK;
}

static int parse_item(struct parser *parser, bool starts_chain)
{
    struct vh_graph_items *items = parser->items;
    struct vh_graph_item *item;
    int status;
    if (items->n == VH_GRAPH_MAX_FILTERS)
        return bad(parser, "too many filters");
    item = &items->item[items->n++];
    item->starts_chain = starts_chain;
    status = parse_labels(parser, item->in, &item->n_in);
    if (status == VH_OK)
        status = parse_name(parser, item);
    if (status == VH_OK)
        status = parse_labels(parser, item->out, &item->n_out);
    return status;
}

int vh_graph_parse(struct vh_graph_items *items, const char *what, const char *text, const struct vh_log *log)
{
    struct parser parser = {.what = what, .text = text, .at = text, .log = log, .items = items};
    int status = VH_OK;
    char end = ';';
    items->n = 0;
    items->item = vh_alloc(VH_GRAPH_MAX_FILTERS, sizeof *items->item);
    if (!items->item)
        return out_of_memory(log);
    while (status == VH_OK) {
        status = parse_item(&parser, end == ';');
        end = *parser.at;
        if (status != VH_OK || !end)
            break;
        if (end != ',' && end != ';')
            return bad(&parser, "a comma or semicolon is missing");
        parser.at++;
        skip_space(&parser);
    }
    return status;
}

void vh_graph_items_free(struct vh_graph_items *items)
{
    for (int i = 0; i < items->n; i++) {
        struct vh_graph_item *item = &items->item[i];
        av_free(item->name);
        av_free(item->instance);
        av_free(item->arguments);
        for (int k = 0; k < VH_GRAPH_MAX_LABELS; k++) {
            av_free(item->in[k]);
            av_free(item->out[k]);
        }
    }
    vh_freep(&items->item);
    items->n = 0;
}

/* Escapes the characters of `special` and leading and trailing space, by backslash. */
static char *escape(const char *text, const char *special)
{
    size_t n = strlen(text);
    char *out = vh_alloc(2 * n + 1, 1), *to = out;
    for (size_t i = 0; out && i < n; i++) {
        bool edge = (!i || i + 1 == n) && isspace((unsigned char)text[i]);
        if (edge || strchr(special, text[i]))
            *to++ = '\\';
        *to++ = text[i];
    }
    return out;
}

/* Two levels are read one after the other: the graph's (brackets, comma, semicolon) and the option list's
 * (colon). */
char *vh_graph_quote(const char *value)
{
    char *inner = escape(value, "\\':"), *outer = inner ? escape(inner, "\\'[],;") : NULL;
    vh_free(inner);
    return outer;
}

void vh_graph_step_names(const char *step, char *names, size_t size)
{
    struct vh_graph_items items;
    size_t used = 0;
    names[0] = '\0';
    if (vh_graph_parse(&items, "", step, NULL) == VH_OK)
        for (int i = 0; i < items.n && used < size; i++)
            used += av_strlcatf(names, size, "%s%s", used ? ", " : "", items.item[i].name) - used;
    vh_graph_items_free(&items);
}
