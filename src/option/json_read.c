/* Documents and values: the strict scan first, then cJSON's tree, then names given twice. */
#include "option/json.h"

#include "json_scan.h"

#include "core/memory.h"
#include "core/status.h"

#include <cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE_BYTES = 64 << 20 };

struct vh_json {
    cJSON *root;
    char *name;
};

/* A value is a node of cJSON's tree under another name. */
static const cJSON *node(const struct vh_json_value *value)
{
    return (const cJSON *)value;
}

static const struct vh_json_value *value_of(const cJSON *item)
{
    return (const struct vh_json_value *)item;
}

static int report_form(
    const char *name, const char *text, const char *at, const char *error, const struct vh_log *log)
{
    int line = 1, column = 1;
    for (const char *c = text; c < at; c++) {
        column += ((unsigned char)*c & 0xc0) != 0x80;
        if (*c == '\n') {
            line++;
            column = 1;
        }
    }
    return vh_fail(log, VH_ERR_USAGE, "%s, line %d, column %d: %s", name, line, column, error);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* The second of two members with one name, NULL when all differ. Sorted, so that a hostile file costs n log
 * n. */
static const cJSON *find_twin(const cJSON *object, int n)
{
    const cJSON **members = vh_alloc((size_t)n, sizeof *members), *twin = NULL;
    int i = 0;
    for (const cJSON *child = object->child; members && child; child = child->next)
        members[i++] = child;
    if (members)
        qsort(members, (size_t)n, sizeof *members, compare_keys);
    for (i = 1; members && i < n && !twin; i++)
        if (!strcmp(members[i - 1]->string, members[i]->string))
            twin = members[i];
    vh_free(members);
    return twin;
}

static int check_twins(const struct vh_json *json, const cJSON *item, const struct vh_log *log)
{
    int n = cJSON_GetArraySize(item), status = VH_OK;
    const cJSON *twin = cJSON_IsObject(item) && n > 1 ? find_twin(item, n) : NULL;
    if (twin)
        return vh_json_fail(json, value_of(twin), log, "is given twice");
    for (const cJSON *child = item->child; child && status >= 0; child = child->next)
        if (child->child)
            status = check_twins(json, child, log);
    return status;
}

int vh_json_parse(struct vh_json **json, const char *text, const char *name, const struct vh_log *log)
{
    const char *at;
    *json = NULL;
    const char *error = vh_json_scan(text, &at);
    if (error)
        return report_form(name, text, at, error, log);
    struct vh_json *doc = *json = vh_alloc(1, sizeof *doc);
    if (doc) {
        doc->name = vh_strdup(name);
        doc->root = cJSON_Parse(text);
    }
    int status = doc && doc->name && doc->root ? check_twins(doc, doc->root, log) : VH_ERR_RESOURCE;
    if (status < 0)
        vh_json_destroy(json);
    return status;
}

static int read_all(FILE *file, const char *path, char **text, const struct vh_log *log)
{
    size_t n = 0, capacity = 1 << 16;
    *text = vh_alloc(capacity, 1);
    while (*text && !feof(file)) {
        n += fread(*text + n, 1, capacity - 1 - n, file);
        if (ferror(file))
            return vh_fail(log, VH_ERR_INPUT, "%s cannot be read: %s", path, strerror(errno));
        if (n > MAX_FILE_BYTES)
            return vh_fail(log, VH_ERR_INPUT, "%s is larger than 64 MB: not a preset or profile", path);
        if (n < capacity - 1)
            continue;
        char *more = vh_alloc(capacity *= 2, 1);
        if (more)
            memcpy(more, *text, n);
        vh_free(*text);
        *text = more;
    }
    if (!*text)
        return VH_ERR_RESOURCE;
    if (memchr(*text, 0, n))
        return vh_fail(log, VH_ERR_USAGE, "%s holds a NUL byte: not JSON", path);
    return VH_OK;
}

int vh_json_read_file(struct vh_json **json, const char *path, const struct vh_log *log)
{
    char *text = NULL;
    *json = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return vh_fail(log, VH_ERR_INPUT, "%s cannot be opened: %s", path, strerror(errno));
    int status = read_all(file, path, &text, log);
    fclose(file);
    if (status >= 0)
        status = vh_json_parse(json, text, path, log);
    vh_free(text);
    return status;
}

void vh_json_destroy(struct vh_json **json)
{
    if (!json || !*json)
        return;
    cJSON_Delete((*json)->root);
    vh_free((*json)->name);
    vh_freep(json);
}

const struct vh_json_value *vh_json_root(const struct vh_json *json)
{
    return value_of(json->root);
}

enum vh_json_type vh_json_type(const struct vh_json_value *value)
{
    switch (node(value)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return VH_JSON_BOOL;
    case cJSON_Number:
        return VH_JSON_NUMBER;
    case cJSON_String:
        return VH_JSON_TEXT;
    case cJSON_Array:
        return VH_JSON_ARRAY;
    case cJSON_Object:
        return VH_JSON_OBJECT;
    default:
        return VH_JSON_NULL;
    }
}

const char *vh_json_type_name(enum vh_json_type type)
{
    static const char *const names[] = {
        "null", "true or false", "a number", "a text", "an array", "an object"};
    return names[type];
}

const struct vh_json_value *vh_json_get(const struct vh_json_value *object, const char *key)
{
    return value_of(cJSON_GetObjectItemCaseSensitive(node(object), key));
}

const struct vh_json_value *vh_json_first(const struct vh_json_value *parent)
{
    return value_of(node(parent)->child);
}

const struct vh_json_value *vh_json_next(const struct vh_json_value *value)
{
    return value_of(node(value)->next);
}

int vh_json_length(const struct vh_json_value *parent)
{
    return cJSON_GetArraySize(node(parent));
}

const char *vh_json_key(const struct vh_json_value *value)
{
    return node(value)->string;
}

double vh_json_number(const struct vh_json_value *value)
{
    return cJSON_IsNumber(node(value)) ? node(value)->valuedouble : 0;
}

bool vh_json_bool(const struct vh_json_value *value)
{
    return cJSON_IsTrue(node(value));
}

const char *vh_json_text(const struct vh_json_value *value)
{
    return cJSON_IsString(node(value)) ? node(value)->valuestring : NULL;
}

/* Finds `wanted` below `item` and writes its path; false when it is not there. */
static bool find_path(const cJSON *item, const cJSON *wanted, struct vh_text *path)
{
    size_t length = path->n;
    int index = 0;
    if (item == wanted)
        return true;
    for (const cJSON *child = item->child; child; child = child->next, index++) {
        if (child->string)
            vh_text_addf(path, "%s%s", length ? "." : "", child->string);
        else
            vh_text_addf(path, "[%d]", index);
        if (find_path(child, wanted, path))
            return true;
        path->n = length;
        path->data[length] = 0;
    }
    return false;
}

/* "NAME: PATH" as a new string. */
static char *place(const struct vh_json *json, const struct vh_json_value *value)
{
    struct vh_text path = {0};
    vh_text_add(&path, "");
    bool found = find_path(json->root, node(value), &path) && path.n;
    char *text = vh_format("%s: %s", json->name, found ? path.data : "the outermost value");
    vh_text_uninit(&path);
    return text;
}

int vh_json_fail(const struct vh_json *json, const struct vh_json_value *value, const struct vh_log *log,
    const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    char *where = place(json, value);
    vh_fail(log, VH_ERR_USAGE, "%s %s", where ? where : json->name, message);
    vh_free(where);
    return VH_ERR_USAGE;
}

int vh_json_need(const struct vh_json *json, const struct vh_json_value *object, const char *key,
    enum vh_json_type type, const struct vh_json_value **value, const struct vh_log *log)
{
    *value = NULL;
    if (vh_json_type(object) != VH_JSON_OBJECT)
        return vh_json_fail(json, object, log, "is not an object");
    const struct vh_json_value *found = vh_json_get(object, key);
    if (!found)
        return vh_json_fail(json, object, log, "lacks '%s'", key);
    if (vh_json_type(found) != type)
        return vh_json_fail(json, found, log, "is not %s", vh_json_type_name(type));
    *value = found;
    return VH_OK;
}

int vh_json_only(const struct vh_json *json, const struct vh_json_value *object, const char *const *known,
    const struct vh_log *log)
{
    for (const struct vh_json_value *v = vh_json_first(object); v; v = vh_json_next(v)) {
        const char *const *name = known;
        while (*name && strcmp(*name, vh_json_key(v)))
            name++;
        if (*name)
            continue;
        const char *near = vh_option_nearest(vh_json_key(v), known);
        if (near)
            return vh_json_fail(json, v, log, "is unknown; did you mean '%s'?", near);
        return vh_json_fail(json, v, log, "is unknown");
    }
    return VH_OK;
}

int vh_json_set_option(const struct vh_json *json, const struct vh_json_value *value,
    const struct vh_option_row *row, void *values, const struct vh_log *log)
{
    enum vh_json_type type = vh_json_type(value);
    char number[VH_NUMBER_BYTES];
    const char *text = vh_json_text(value);
    if (row->type == VH_OPTION_LIST) {
        if (type != VH_JSON_ARRAY)
            return vh_json_fail(json, value, log, "is not an array of texts");
        int status = vh_option_set(row, values, "", "", NULL);
        for (const struct vh_json_value *v = vh_json_first(value); v && status >= 0; v = vh_json_next(v))
            status = !vh_json_text(v) ? vh_json_fail(json, v, log, "is not a text")
                                      : vh_option_set(row, values, vh_json_text(v), "", NULL);
        return status;
    }
    if (type == VH_JSON_BOOL && row->type == VH_OPTION_BOOL)
        text = vh_json_bool(value) ? "yes" : "no";
    if (type == VH_JSON_NUMBER && row->type != VH_OPTION_BOOL && row->type != VH_OPTION_STRING)
        text = vh_text_number(vh_json_number(value), number);
    if (!text)
        return vh_json_fail(json, value, log, "is %s, which does not fit", vh_json_type_name(type));
    char *where = place(json, value);
    int status = where ? vh_option_set(row, values, text, where, log) : VH_ERR_RESOURCE;
    vh_free(where);
    return status;
}
