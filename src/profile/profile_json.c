/* The profile as JSON, out and in. What is written reads back to the same profile. */
#include "profile/profile.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char schema_name[] = "vhsup-profile";
enum { VERSION = 1 };

static void write_measurement(
    struct vh_json_writer *w, const struct vh_profile_key *key, const struct vh_measurement *m)
{
    vh_json_write_open(w, key->key, '{');
    if (key->names)
        vh_json_write_text(w, "value", key->names[(int)m->value]);
    else
        vh_json_write_double(w, "value", m->value);
    vh_json_write_text(w, "unit", key->unit);
    vh_json_write_double(w, "confidence", m->confidence);
    vh_json_write_double(w, "spread", m->spread);
    vh_json_write_int(w, "n", m->n);
    vh_json_write_text(w, "evidence", m->evidence);
    vh_json_write_bool(w, "by_hand", m->by_hand);
    vh_json_write_close(w);
}

char *vh_profile_print_json(const struct vh_profile *profile)
{
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text, .indent = 2};
    int n;
    const struct vh_profile_key *keys = vh_profile_keys(&n);
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "schema", schema_name);
    vh_json_write_int(&w, "version", VERSION);
    vh_json_write_open(&w, "measurements", '{');
    for (int i = 0; i < n; i++) {
        const struct vh_measurement *m = vh_profile_get(profile, keys[i].key);
        if (m)
            write_measurement(&w, &keys[i], m);
    }
    vh_json_write_close(&w);
    vh_json_write_open(&w, "sections", '[');
    const struct vh_section *section = vh_profile_sections(profile, &n);
    for (int i = 0; i < n; i++) {
        vh_json_write_open(&w, NULL, '{');
        vh_json_write_text(&w, "kind", section[i].kind);
        vh_json_write_double(&w, "start_s", section[i].start_s);
        vh_json_write_double(&w, "end_s", section[i].end_s);
        vh_json_write_double(&w, "value", section[i].value);
        vh_json_write_double(&w, "confidence", section[i].confidence);
        vh_json_write_close(&w);
    }
    vh_json_write_close(&w);
    vh_json_write_close(&w);
    vh_text_add(&text, "\n");
    return vh_text_take(&text);
}

/* One document under way. */
struct reader {
    const struct vh_json *json;
    const struct vh_log *log;
};

static int need_number(
    const struct reader *r, const struct vh_json_value *object, const char *key, double *number)
{
    const struct vh_json_value *value;
    int status = vh_json_need(r->json, object, key, VH_JSON_NUMBER, &value, r->log);
    if (status >= 0) {
        *number = vh_json_number(value);
        if (!isfinite(*number))
            return vh_json_fail(r->json, value, r->log, "is too large");
    }
    return status;
}

static int need_confidence(const struct reader *r, const struct vh_json_value *object, double *confidence)
{
    int status = need_number(r, object, "confidence", confidence);
    if (status >= 0 && !(*confidence >= 0 && *confidence <= 1))
        return vh_json_fail(
            r->json, vh_json_get(object, "confidence"), r->log, "%g is outside 0 to 1", *confidence);
    return status;
}

static int need_text(
    const struct reader *r, const struct vh_json_value *object, const char *key, char *text, size_t size)
{
    const struct vh_json_value *value;
    int status = vh_json_need(r->json, object, key, VH_JSON_TEXT, &value, r->log);
    if (status >= 0 && (size_t)snprintf(text, size, "%s", vh_json_text(value)) >= size)
        return vh_json_fail(r->json, value, r->log, "is longer than %zu bytes", size - 1);
    return status;
}

/* A number, or the word of a choice. */
static int read_value(const struct reader *r, const struct vh_json_value *object,
    const struct vh_profile_key *key, double *number)
{
    const struct vh_json_value *value;
    if (!key->names)
        return need_number(r, object, "value", number);
    int status = vh_json_need(r->json, object, "value", VH_JSON_TEXT, &value, r->log);
    for (int i = 0; status >= 0 && key->names[i]; i++)
        if (!strcmp(key->names[i], vh_json_text(value))) {
            *number = i;
            return VH_OK;
        }
    return status < 0 ? status
                      : vh_json_fail(
                            r->json, value, r->log, "'%s' is no value of %s", vh_json_text(value), key->key);
}

static int read_measurement(
    const struct reader *r, const struct vh_json_value *object, struct vh_profile *profile)
{
    static const char *const known[] = {
        "value", "unit", "confidence", "spread", "n", "evidence", "by_hand", NULL};
    const struct vh_profile_key *key = vh_profile_find_key(vh_json_key(object));
    const struct vh_json_value *by_hand;
    struct vh_measurement m = {0};
    char unit[32];
    double n;
    int status;
    if (!key)
        return vh_json_fail(r->json, object, r->log, "is not a measurement of this version");
    if (vh_json_type(object) != VH_JSON_OBJECT)
        return vh_json_fail(r->json, object, r->log, "is not an object");
    if ((status = vh_json_only(r->json, object, known, r->log)) < 0 ||
        (status = read_value(r, object, key, &m.value)) < 0 ||
        (status = need_confidence(r, object, &m.confidence)) < 0 ||
        (status = need_text(r, object, "unit", unit, sizeof unit)) < 0 ||
        (status = need_number(r, object, "spread", &m.spread)) < 0 ||
        (status = need_number(r, object, "n", &n)) < 0 ||
        (status = need_text(r, object, "evidence", m.evidence, sizeof m.evidence)) < 0 ||
        (status = vh_json_need(r->json, object, "by_hand", VH_JSON_BOOL, &by_hand, r->log)) < 0)
        return status;
    if (strcmp(unit, key->unit))
        return vh_json_fail(
            r->json, vh_json_get(object, "unit"), r->log, "'%s' is not '%s'", unit, key->unit);
    if (n < 0 || n > INT_MAX || n != floor(n))
        return vh_json_fail(r->json, vh_json_get(object, "n"), r->log, "%g is not a count", n);
    m.n = (int)n;
    m.by_hand = vh_json_bool(by_hand);
    return vh_profile_set(profile, key->key, &m);
}

static int read_section(
    const struct reader *r, const struct vh_json_value *object, struct vh_profile *profile)
{
    static const char *const known[] = {"kind", "start_s", "end_s", "value", "confidence", NULL};
    struct vh_section section = {0};
    int status;
    if (vh_json_type(object) != VH_JSON_OBJECT)
        return vh_json_fail(r->json, object, r->log, "is not an object");
    if ((status = vh_json_only(r->json, object, known, r->log)) < 0 ||
        (status = need_text(r, object, "kind", section.kind, sizeof section.kind)) < 0 ||
        (status = need_number(r, object, "start_s", &section.start_s)) < 0 ||
        (status = need_number(r, object, "end_s", &section.end_s)) < 0 ||
        (status = need_number(r, object, "value", &section.value)) < 0 ||
        (status = need_confidence(r, object, &section.confidence)) < 0)
        return status;
    if (!section.kind[0])
        return vh_json_fail(r->json, vh_json_get(object, "kind"), r->log, "is empty");
    if (section.end_s < section.start_s)
        return vh_json_fail(r->json, object, r->log, "ends before it starts");
    return vh_profile_add_section(profile, &section);
}

static int read_header(const struct reader *r, const struct vh_json_value *root)
{
    static const char *const known[] = {"schema", "version", "measurements", "sections", NULL};
    char schema[32];
    double version;
    int status;
    if ((status = need_text(r, root, "schema", schema, sizeof schema)) < 0)
        return status;
    if (strcmp(schema, schema_name))
        return vh_json_fail(
            r->json, vh_json_get(root, "schema"), r->log, "'%s' is not '%s'", schema, schema_name);
    if ((status = need_number(r, root, "version", &version)) < 0)
        return status;
    if (version != VERSION)
        return vh_json_fail(r->json, vh_json_get(root, "version"), r->log,
            "%g is not %d, the one this program reads", version, VERSION);
    return vh_json_only(r->json, root, known, r->log);
}

static int read_profile(const struct reader *r, struct vh_profile *profile)
{
    const struct vh_json_value *root = vh_json_root(r->json), *list;
    int status = read_header(r, root);
    if (status < 0 ||
        (status = vh_json_need(r->json, root, "measurements", VH_JSON_OBJECT, &list, r->log)) < 0)
        return status;
    for (const struct vh_json_value *v = vh_json_first(list); v && status >= 0; v = vh_json_next(v))
        status = read_measurement(r, v, profile);
    if (status < 0 || (status = vh_json_need(r->json, root, "sections", VH_JSON_ARRAY, &list, r->log)) < 0)
        return status;
    for (const struct vh_json_value *v = vh_json_first(list); v && status >= 0; v = vh_json_next(v))
        status = read_section(r, v, profile);
    return status;
}

int vh_profile_parse_json(
    struct vh_profile *profile, const char *text, const char *name, const struct vh_log *log)
{
    struct vh_json *json;
    int status = vh_json_parse(&json, text, name, log);
    if (status < 0)
        return status;
    status = read_profile(&(struct reader){json, log}, profile);
    vh_json_destroy(&json);
    return status;
}
