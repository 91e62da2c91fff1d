/* Options as JSON values and as JSON Schema. */
#include "option/json.h"

#include "option_rows.h"

#include "core/memory.h"
#include "core/status.h"

#include <limits.h>
#include <math.h>

static void write_list(struct vh_json_writer *writer, const char *key, const struct vh_list *list)
{
    vh_json_write_open(writer, key, '[');
    for (int i = 0; i < list->n; i++)
        vh_json_write_text(writer, NULL, list->item[i]);
    vh_json_write_close(writer);
}

int vh_json_write_option(
    struct vh_json_writer *writer, const char *key, const struct vh_option_row *row, const void *values)
{
    union vh_option_place at = vh_option_at(row, values);
    char *text = vh_option_print(row, values);
    if (!text)
        return VH_ERR_RESOURCE;
    if (row->type == VH_OPTION_BOOL)
        vh_json_write_bool(writer, key, *at.boolean);
    else if (row->type == VH_OPTION_INT && *at.integer != VH_AUTO_INT)
        vh_json_write_int(writer, key, *at.integer);
    else if (row->type == VH_OPTION_DOUBLE && !isnan(*at.real))
        vh_json_write_double(writer, key, *at.real);
    else if (row->type == VH_OPTION_LIST)
        write_list(writer, key, at.list);
    else
        vh_json_write_text(writer, key, text);
    vh_free(text);
    return VH_OK;
}

static bool is_number(const struct vh_option_row *row)
{
    return row->type == VH_OPTION_INT || row->type == VH_OPTION_DOUBLE;
}

static void write_number_schema(struct vh_json_writer *w, const struct vh_option_row *row)
{
    bool limited = row->min != 0 || row->max != 0;
    vh_json_write_text(w, "type", row->type == VH_OPTION_INT ? "integer" : "number");
    if (limited && isfinite(row->min))
        vh_json_write_double(w, "minimum", row->min);
    if (limited && isfinite(row->max) && row->max < INT_MAX)
        vh_json_write_double(w, "maximum", row->max);
}

static void write_words(struct vh_json_writer *w, const char *const *names)
{
    vh_json_write_open(w, "enum", '[');
    for (; *names; names++)
        vh_json_write_text(w, NULL, *names);
    vh_json_write_close(w);
}

static void write_type(struct vh_json_writer *w, const struct vh_option_row *row)
{
    static const char *const word_auto[] = {"auto", NULL};
    if (is_number(row) && vh_option_has_auto(row)) {
        vh_json_write_open(w, "anyOf", '[');
        vh_json_write_open(w, NULL, '{');
        write_number_schema(w, row);
        vh_json_write_close(w);
        vh_json_write_open(w, NULL, '{');
        write_words(w, word_auto);
        vh_json_write_close(w);
        vh_json_write_close(w);
    } else if (is_number(row)) {
        write_number_schema(w, row);
    } else if (row->type == VH_OPTION_BOOL) {
        vh_json_write_text(w, "type", "boolean");
    } else if (row->type == VH_OPTION_ENUM) {
        write_words(w, row->names);
    } else if (row->type == VH_OPTION_LIST) {
        vh_json_write_text(w, "type", "array");
        vh_json_write_open(w, "items", '{');
        vh_json_write_text(w, "type", "string");
        vh_json_write_close(w);
    } else if (row->type == VH_OPTION_STRING) {
        vh_json_write_text(w, "type", "string");
    } else {
        vh_json_write_open(w, "type", '[');
        vh_json_write_text(w, NULL, "string");
        vh_json_write_text(w, NULL, "number");
        vh_json_write_close(w);
    }
}

/* The default, in the form a preset has it. */
static void write_default(struct vh_json_writer *w, const struct vh_option_row *row)
{
    struct vh_option_row at_zero = *row;
    int64_t place[4] = {0};
    at_zero.offset = 0;
    const struct vh_option_table one = {"", &at_zero, 1, sizeof place};
    if (row->value && vh_option_init(&one, place) >= 0)
        vh_json_write_option(w, "default", &at_zero, place);
    vh_option_uninit(&one, place);
}

void vh_json_write_schema(struct vh_json_writer *w, const char *key, const struct vh_option_row *row)
{
    vh_json_write_open(w, key, '{');
    write_type(w, row);
    if (row->unit) {
        char *help = vh_format("%s (%s)", row->help, row->unit);
        vh_json_write_text(w, "description", help ? help : row->help);
        vh_free(help);
    } else {
        vh_json_write_text(w, "description", row->help);
    }
    write_default(w, row);
    vh_json_write_close(w);
}
