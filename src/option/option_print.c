/* Values to text that parses back, and the text that says what a row accepts. */
#include "option_rows.h"

#include "core/memory.h"
#include "core/text.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *print_double(double value)
{
    char text[VH_NUMBER_BYTES];
    return vh_strdup(isnan(value) ? "auto" : vh_text_number(value, text));
}

static void format_time(int64_t time_us, char *text, size_t size)
{
    char fraction[8] = "";
    int64_t magnitude = time_us < 0 ? -time_us : time_us, s = magnitude / 1000000;
    if (magnitude % 1000000) {
        snprintf(fraction, sizeof fraction, ".%06d", (int)(magnitude % 1000000));
        for (char *last = fraction + 6; *last == '0'; last--)
            *last = 0;
    }
    const char *sign = time_us < 0 ? "-" : "";
    if (s < 60)
        snprintf(text, size, "%s%d%s", sign, (int)s, fraction);
    else
        snprintf(text, size, "%s%" PRId64 ":%02d:%02d%s", sign, s / 3600, (int)(s / 60 % 60), (int)(s % 60),
            fraction);
}

static char *print_time(int64_t time_us)
{
    char text[48];
    format_time(time_us, text, sizeof text);
    return vh_strdup(text);
}

static char *print_list(const struct vh_list *list)
{
    size_t bytes = 1;
    for (int i = 0; i < list->n; i++)
        bytes += strlen(list->item[i]) + 1;
    char *text = vh_alloc(bytes, 1), *end = text;
    for (int i = 0; text && i < list->n; i++)
        end += sprintf(end, "%s%s", i ? "\n" : "", list->item[i]);
    return text;
}

char *vh_option_print(const struct vh_option_row *row, const void *values)
{
    union vh_option_place at = vh_option_at(row, values);
    switch (row->type) {
    case VH_OPTION_BOOL:
        return vh_strdup(*at.boolean ? "yes" : "no");
    case VH_OPTION_INT:
        return *at.integer == VH_AUTO_INT ? vh_strdup("auto") : vh_format("%d", *at.integer);
    case VH_OPTION_DOUBLE:
        return print_double(*at.real);
    case VH_OPTION_STRING:
        return vh_strdup(*at.string ? *at.string : "");
    case VH_OPTION_ENUM:
        return vh_strdup(row->names[*at.integer]);
    case VH_OPTION_TIME:
        return print_time(*at.time_us);
    case VH_OPTION_RATIONAL:
        return at.rational->den ? vh_format("%d:%d", at.rational->num, at.rational->den) : vh_strdup("auto");
    case VH_OPTION_SIZE:
        return at.size->width ? vh_format("%dx%d", at.size->width, at.size->height) : vh_strdup("auto");
    case VH_OPTION_LIST:
        return print_list(at.list);
    }
    return NULL;
}

/* One end of a range as text, in the row's own notation. */
static const char *limit(const struct vh_option_row *row, double value, char *text, size_t size)
{
    if (row->type == VH_OPTION_TIME)
        format_time((int64_t)value, text, size);
    else
        vh_text_number(value, text);
    return text;
}

static bool open_below(const struct vh_option_row *row)
{
    return isinf(row->min) || (row->type == VH_OPTION_INT && row->min <= -INT_MAX);
}

static bool open_above(const struct vh_option_row *row)
{
    return isinf(row->max) || row->max >= (row->type == VH_OPTION_TIME ? 9e18 : (double)INT_MAX);
}

void vh_option_describe_range(const struct vh_option_row *row, char *text, size_t size)
{
    char low[48], high[48];
    limit(row, open_below(row) ? 0 : row->min, low, sizeof low);
    limit(row, open_above(row) ? 0 : row->max, high, sizeof high);
    if ((row->min == 0 && row->max == 0) || (open_below(row) && open_above(row)))
        snprintf(text, size, "%s", "");
    else if (open_above(row))
        snprintf(text, size, "at least %s", low);
    else if (open_below(row))
        snprintf(text, size, "at most %s", high);
    else
        snprintf(text, size, "%s to %s", low, high);
}

static char *describe_number(const struct vh_option_row *row)
{
    char range[112];
    vh_option_describe_range(row, range, sizeof range);
    const char *kind = row->type == VH_OPTION_INT    ? "a whole number"
                       : row->type == VH_OPTION_TIME ? "a time ([[H:]M:]S[.fraction], or with s, ms, us)"
                                                     : "a number";
    bool bare = range[0] && row->type != VH_OPTION_TIME; /* the range alone tells that it is a number */
    return vh_format("%s%s%s%s%s%s", bare ? "" : kind, range[0] && !bare ? ", " : "", range,
        row->unit ? " " : "", row->unit ? row->unit : "", vh_option_has_auto(row) ? " or auto" : "");
}

static char *describe_names(const struct vh_option_row *row)
{
    size_t bytes = 16;
    for (int i = 0; row->names[i]; i++)
        bytes += strlen(row->names[i]) + 2;
    char *text = vh_alloc(bytes, 1);
    for (int i = 0; text && row->names[i]; i++)
        strcat(strcat(text, i ? ", " : "one of "), row->names[i]);
    return text;
}

static char *describe_size(const struct vh_option_row *row)
{
    char range[112], names[128] = "";
    for (int i = 0; vh_option_sizes[i].name; i++)
        strcat(strcat(names, ", "), vh_option_sizes[i].name);
    vh_option_describe_range(row, range, sizeof range);
    return vh_format("WIDTHxHEIGHT%s%s%s%s", range[0] ? " each " : "", range, names,
        vh_option_has_auto(row) ? " or auto" : "");
}

static char *describe_rational(const struct vh_option_row *row)
{
    char range[112];
    vh_option_describe_range(row, range, sizeof range);
    return vh_format("a ratio A:B, A/B or a decimal number%s%s%s", range[0] ? ", " : "", range,
        vh_option_has_auto(row) ? " or auto" : "");
}

char *vh_option_describe(const struct vh_option_row *row)
{
    switch (row->type) {
    case VH_OPTION_BOOL:
        return vh_strdup("yes or no");
    case VH_OPTION_ENUM:
        return describe_names(row);
    case VH_OPTION_SIZE:
        return describe_size(row);
    case VH_OPTION_RATIONAL:
        return describe_rational(row);
    case VH_OPTION_STRING:
        return vh_strdup("text");
    case VH_OPTION_LIST:
        return vh_strdup("text, may be given several times");
    default:
        return describe_number(row);
    }
}
