/* Text to values, one small parser per type, and the messages for what does not fit. */
#include "option_rows.h"

#include "core/memory.h"
#include "core/status.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Sizes of pictures as captured or wanted: BT.601 (720 samples), 704 of ITU active width, SMPTE 296M, 274M,
 * BT.2020. */
const struct vh_option_named_size vh_option_sizes[] = {
    {"pal", {720, 576}},
    {"ntsc", {720, 480}},
    {"hd720", {1280, 720}},
    {"hd1080", {1920, 1080}},
    {"qhd", {2560, 1440}},
    {"uhd2160", {3840, 2160}},
    {NULL, {0, 0}},
};

/* One value on its way: what to name in messages, and where they go. */
struct parse {
    const struct vh_option_row *row;
    const char *text, *name;
    const struct vh_log *log;
};

/* The text is not of the row's type at all. A range alone would not say that a number is wanted. */
static int refuse(const struct parse *p)
{
    bool number = p->row->type == VH_OPTION_INT || p->row->type == VH_OPTION_DOUBLE;
    char *allowed = vh_option_describe(p->row);
    if (!allowed)
        return VH_ERR_RESOURCE;
    const char *lead = "";
    if (number && strncmp(allowed, "a ", 2))
        lead = p->row->type == VH_OPTION_INT ? "a whole number; expected " : "a number; expected ";
    int status = vh_fail(p->log, VH_ERR_USAGE, "%s '%s' is not %s%s", p->name, p->text, lead, allowed);
    vh_free(allowed);
    return status;
}

/* VH_OK when `value` lies in the row's range. */
static int check_range(const struct parse *p, double value)
{
    const struct vh_option_row *row = p->row;
    if ((row->min == 0 && row->max == 0) || (value >= row->min && value <= row->max))
        return VH_OK;
    char range[112];
    vh_option_describe_range(row, range, sizeof range);
    return vh_fail(p->log, VH_ERR_USAGE, "%s %s %s %s%s%s%s%s", p->name, p->text,
        range[0] == 'a' ? "must be" : "is outside", range, row->unit ? " " : "", row->unit ? row->unit : "",
        row->type == VH_OPTION_SIZE ? " on each side" : "", vh_option_has_auto(row) ? " or auto" : "");
}

static bool is_auto(const struct parse *p)
{
    return vh_option_has_auto(p->row) && !strcmp(p->text, "auto");
}

static int parse_bool(const struct parse *p, bool *value)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(p->text, words[i])) {
            *value = i % 2;
            return VH_OK;
        }
    return refuse(p);
}

static int parse_int(const struct parse *p, int *value)
{
    char *end;
    if (is_auto(p)) {
        *value = VH_AUTO_INT;
        return VH_OK;
    }
    long long number = strtoll(p->text, &end, 10);
    if (end == p->text || *end || strchr(" \t\n\v\f\r", p->text[0]))
        return refuse(p);
    int status = check_range(p, (double)number);
    if (status >= 0 && (number <= INT_MIN || number > INT_MAX))
        return refuse(p);
    if (status >= 0)
        *value = (int)number;
    return status;
}

/* A plain decimal number that uses the whole text: no hexadecimal, no infinity, no NaN, no blanks. */
static bool read_decimal(const char *text, double *value)
{
    char *end;
    if (!*text || text[strspn(text, "+-.0123456789eE")])
        return false;
    *value = strtod(text, &end);
    return end != text && !*end && isfinite(*value);
}

static int parse_double(const struct parse *p, double *value)
{
    double number;
    if (is_auto(p)) {
        *value = NAN;
        return VH_OK;
    }
    if (!read_decimal(p->text, &number))
        return refuse(p);
    int status = check_range(p, number);
    if (status >= 0)
        *value = number;
    return status;
}

static int parse_enum(const struct parse *p, int *value)
{
    for (int i = 0; p->row->names[i]; i++)
        if (!strcmp(p->row->names[i], p->text)) {
            *value = i;
            return VH_OK;
        }
    return refuse(p);
}

/* Reads digits into *value; false when there is none or the number is absurd. */
static bool read_digits(const char **text, int64_t *value)
{
    const char *start = *text;
    *value = 0;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        if (*value > 1000000000000)
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return *text != start;
}

/* ".5" as millionths; digits behind the sixth are cut. */
static bool read_fraction(const char **text, int64_t *millionths)
{
    int64_t scale = 100000;
    *millionths = 0;
    if (**text != '.')
        return true;
    const char *start = ++*text;
    for (; **text >= '0' && **text <= '9'; ++*text, scale /= 10)
        *millionths += (**text - '0') * scale;
    return *text != start;
}

/* Microseconds per unit of the suffix, 0 for an unknown one. */
static int64_t time_unit(const char *suffix)
{
    if (!*suffix || !strcmp(suffix, "s"))
        return 1000000;
    return !strcmp(suffix, "ms") ? 1000 : !strcmp(suffix, "us") ? 1 : 0;
}

static bool read_time(const char *text, int64_t *time_us)
{
    int64_t part, whole = 0, millionths;
    bool negative = *text == '-';
    int colons = 0;
    text += negative;
    for (;; text++, colons++) {
        if (!read_digits(&text, &part) || (colons && part >= 60) || colons > 2)
            return false;
        whole = whole * 60 + part;
        if (*text != ':')
            break;
    }
    if (!read_fraction(&text, &millionths))
        return false;
    int64_t unit = time_unit(text);
    if (!unit || (colons && *text))
        return false;
    if (whole > INT64_MAX / 2 / unit)
        return false;
    *time_us = whole * unit + millionths * unit / 1000000;
    if (negative)
        *time_us = -*time_us;
    return true;
}

static int parse_time(const struct parse *p, int64_t *value)
{
    int64_t time_us;
    if (!read_time(p->text, &time_us))
        return refuse(p);
    int status = check_range(p, (double)time_us);
    if (status >= 0)
        *value = time_us;
    return status;
}

static struct vh_rational reduce(int64_t num, int64_t den)
{
    int64_t a = num < 0 ? -num : num, b = den;
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    struct vh_rational none = {0, 0};
    if (den <= 0 || num / a > INT_MAX || num / a < -INT_MAX || den / a > INT_MAX)
        return none;
    return (struct vh_rational){(int)(num / a), (int)(den / a)};
}

/* A:B and A/B keep their meaning exactly; a decimal number becomes the fraction that it is. {0, 0} when
 * malformed. */
static struct vh_rational read_rational(const char *text)
{
    struct vh_rational none = {0, 0};
    int64_t num, den = 1, millionths;
    bool negative = *text == '-';
    text += negative;
    if (!read_digits(&text, &num))
        return none;
    if (*text == ':' || *text == '/') {
        text++;
        if (!read_digits(&text, &den))
            return none;
    } else {
        if (!read_fraction(&text, &millionths))
            return none;
        num = num * 1000000 + millionths;
        den = 1000000;
    }
    return *text ? none : reduce(negative ? -num : num, den);
}

static int parse_rational(const struct parse *p, struct vh_rational *value)
{
    if (is_auto(p)) {
        *value = (struct vh_rational){0, 0};
        return VH_OK;
    }
    struct vh_rational number = read_rational(p->text);
    if (!number.den)
        return refuse(p);
    int status = check_range(p, (double)number.num / number.den);
    if (status >= 0)
        *value = number;
    return status;
}

static bool read_size(const char *text, struct vh_size *size)
{
    for (int i = 0; vh_option_sizes[i].name; i++)
        if (!strcasecmp(text, vh_option_sizes[i].name)) {
            *size = vh_option_sizes[i].size;
            return true;
        }
    int64_t width, height;
    if (!read_digits(&text, &width) || (*text != 'x' && *text != 'X'))
        return false;
    text++;
    if (!read_digits(&text, &height) || *text || !width || !height || width > INT_MAX || height > INT_MAX)
        return false;
    *size = (struct vh_size){(int)width, (int)height};
    return true;
}

static int parse_size(const struct parse *p, struct vh_size *value)
{
    struct vh_size size;
    if (is_auto(p)) {
        *value = (struct vh_size){0, 0};
        return VH_OK;
    }
    if (!read_size(p->text, &size))
        return refuse(p);
    int status = check_range(p, size.width);
    if (status >= 0)
        status = check_range(p, size.height);
    if (status >= 0)
        *value = size;
    return status;
}

static int parse_string(const struct parse *p, char **value)
{
    char *copy = *p->text ? vh_strdup(p->text) : NULL;
    if (*p->text && !copy)
        return VH_ERR_RESOURCE;
    vh_free(*value);
    *value = copy;
    return VH_OK;
}

static void cut_list(struct vh_list *list, int n)
{
    while (list->n > n)
        vh_free(list->item[--list->n]);
}

static int parse_list(const struct parse *p, struct vh_list *list)
{
    int n = list->n, lines = 1;
    for (const char *c = p->text; *c; c++)
        lines += *c == '\n';
    if (!*p->text) {
        cut_list(list, 0);
        return VH_OK;
    }
    char **item = vh_alloc((size_t)n + (size_t)lines, sizeof *item);
    if (!item)
        return VH_ERR_RESOURCE;
    if (n)
        memcpy(item, list->item, (size_t)n * sizeof *item);
    vh_free(list->item);
    list->item = item;
    for (const char *start = p->text; start; list->n++) {
        const char *end = strchr(start, '\n');
        item[list->n] = vh_format("%.*s", (int)(end ? end - start : (ptrdiff_t)strlen(start)), start);
        if (!item[list->n]) {
            cut_list(list, n);
            return VH_ERR_RESOURCE;
        }
        start = end ? end + 1 : NULL;
    }
    return VH_OK;
}

int vh_option_set(const struct vh_option_row *row, void *values, const char *text, const char *name,
    const struct vh_log *log)
{
    union vh_option_place at = vh_option_at(row, values);
    struct parse p = {row, text, name, log};
    switch (row->type) {
    case VH_OPTION_BOOL:
        return parse_bool(&p, at.boolean);
    case VH_OPTION_INT:
        return parse_int(&p, at.integer);
    case VH_OPTION_DOUBLE:
        return parse_double(&p, at.real);
    case VH_OPTION_STRING:
        return parse_string(&p, at.string);
    case VH_OPTION_ENUM:
        return parse_enum(&p, at.integer);
    case VH_OPTION_TIME:
        return parse_time(&p, at.time_us);
    case VH_OPTION_RATIONAL:
        return parse_rational(&p, at.rational);
    case VH_OPTION_SIZE:
        return parse_size(&p, at.size);
    case VH_OPTION_LIST:
        return parse_list(&p, at.list);
    }
    return VH_ERR_INTERNAL;
}
