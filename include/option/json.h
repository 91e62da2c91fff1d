/* Strict reading of JSON (RFC 8259) for presets, profiles and truth files, and options as JSON.
 *
 * The reader refuses what many readers let pass: text behind the value, names given twice, numbers such as 01
 * or 1., control characters in texts, text that is not UTF-8, NUL characters, more than 64 levels. Errors of
 * form are reported by line and column (counted from 1, columns in characters), errors of meaning by the path
 * of the value
 * ("my.json: video.denoise.strength 14 is outside 0 to 10"). cJSON holds the tree; nobody above sees it.
 *
 * A document is read-only after parsing and may be read by several threads.
 */
#ifndef VH_OPTION_JSON_H
#define VH_OPTION_JSON_H

#include "core/json_write.h"
#include "core/log.h"
#include "option/option.h"

struct vh_json;       /* a document */
struct vh_json_value; /* a value inside a document, owned by it */

enum vh_json_type { VH_JSON_NULL, VH_JSON_BOOL, VH_JSON_NUMBER, VH_JSON_TEXT, VH_JSON_ARRAY, VH_JSON_OBJECT };

/* Parses `text`. `name` (a file's name) is copied and leads every message. VH_OK, VH_ERR_USAGE after one
 * message, or VH_ERR_RESOURCE; *json is NULL unless VH_OK. */
int vh_json_parse(struct vh_json **json, const char *text, const char *name, const struct vh_log *log);

/* Reads and parses a file of at most 64 MB. As vh_json_parse, and VH_ERR_INPUT when it cannot be read. */
int vh_json_read_file(struct vh_json **json, const char *path, const struct vh_log *log);

void vh_json_destroy(struct vh_json **json);

const struct vh_json_value *vh_json_root(const struct vh_json *json);

enum vh_json_type vh_json_type(const struct vh_json_value *value);
const char *vh_json_type_name(enum vh_json_type type); /* "a text", "an object", … */

/* The member of an object, NULL when there is none or `object` is NULL or no object. */
const struct vh_json_value *vh_json_get(const struct vh_json_value *object, const char *key);

/* The children of an object or array, in order; NULL at the end. */
const struct vh_json_value *vh_json_first(const struct vh_json_value *parent);
const struct vh_json_value *vh_json_next(const struct vh_json_value *value);
int vh_json_length(const struct vh_json_value *parent);

const char *vh_json_key(const struct vh_json_value *value); /* of a member of an object, else NULL */

/* The value itself; 0, false or NULL when it is of another type. */
double vh_json_number(const struct vh_json_value *value);
bool vh_json_bool(const struct vh_json_value *value);
const char *vh_json_text(const struct vh_json_value *value);

/* "NAME: PATH MESSAGE" as an error; returns VH_ERR_USAGE. */
int vh_json_fail(const struct vh_json *json, const struct vh_json_value *value, const struct vh_log *log,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The member `key` of `object`, which must be there and of that type: VH_OK, or VH_ERR_USAGE after a message.
 */
int vh_json_need(const struct vh_json *json, const struct vh_json_value *object, const char *key,
    enum vh_json_type type, const struct vh_json_value **value, const struct vh_log *log);

/* Fails for a member of `object` that is not in the NULL-terminated `known`, naming it and the nearest known
 * name. */
int vh_json_only(const struct vh_json *json, const struct vh_json_value *object, const char *const *known,
    const struct vh_log *log);

/* Sets an option from JSON: true/false for BOOL, numbers for INT and DOUBLE, an array of texts for LIST
 * (which replaces what is there), and for every type but LIST the same text as on the command line. Errors
 * name the path. VH_OK, VH_ERR_USAGE or VH_ERR_RESOURCE. */
int vh_json_set_option(const struct vh_json *json, const struct vh_json_value *value,
    const struct vh_option_row *row, void *values, const struct vh_log *log);

/* Writes an option in the form vh_json_set_option reads. VH_OK or VH_ERR_RESOURCE. */
int vh_json_write_option(
    struct vh_json_writer *writer, const char *key, const struct vh_option_row *row, const void *values);

/* Writes the JSON Schema (draft 2020-12) of one option's value. */
void vh_json_write_schema(struct vh_json_writer *writer, const char *key, const struct vh_option_row *row);

/* The word of the NULL-terminated `words` that is most like `text`, for "did you mean"; NULL when none is
 * near (at most a third of the letters changed, added, left out or swapped: Damerau 1964). */
const char *vh_option_nearest(const char *text, const char *const *words);

/* The number of letters changed, added, left out or swapped between neighbours; at most `limit` + 1 is
 * counted. */
int vh_option_distance(const char *a, const char *b, int limit);

#endif
