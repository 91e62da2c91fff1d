/* JSON: whatever is accepted is written and read again without a change; nothing else happens. */
#include "fuzz.h"

#include "core/status.h"
#include "option/json.h"

static void write_value(struct vh_json_writer *w, const char *key, const struct vh_json_value *value)
{
    switch (vh_json_type(value)) {
    case VH_JSON_NULL:
        vh_json_write_null(w, key);
        break;
    case VH_JSON_BOOL:
        vh_json_write_bool(w, key, vh_json_bool(value));
        break;
    case VH_JSON_NUMBER:
        vh_json_write_double(w, key, vh_json_number(value));
        break;
    case VH_JSON_TEXT:
        vh_json_write_text(w, key, vh_json_text(value));
        break;
    default:
        vh_json_write_open(w, key, vh_json_type(value) == VH_JSON_ARRAY ? '[' : '{');
        for (const struct vh_json_value *v = vh_json_first(value); v; v = vh_json_next(v))
            if (w->depth < VH_JSON_DEPTH - 1)
                write_value(w, vh_json_type(value) == VH_JSON_OBJECT ? vh_json_key(v) : NULL, v);
        vh_json_write_close(w);
    }
}

/* Parses and writes; NULL when it was refused. */
static char *normalise(const char *text)
{
    struct vh_json *json;
    struct vh_text out = {0};
    struct vh_json_writer w = {.out = &out};
    if (vh_json_parse(&json, text, "fuzz", NULL) < 0)
        return NULL;
    write_value(&w, NULL, vh_json_root(json));
    vh_json_destroy(&json);
    return vh_text_take(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *once = normalise(text);
    if (once) {
        char *twice = normalise(once);
        fuzz_require(twice && !strcmp(once, twice), "written JSON does not read back");
        vh_free(twice);
    }
    vh_free(once);
    vh_free(text);
    return 0;
}
