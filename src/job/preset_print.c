/* Presets as text: values that differ from the defaults, and the schema. */
#include "job/preset.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

/* What of one table differs from its defaults. */
static int write_table(struct vh_json_writer *w, const struct vh_binding *binding)
{
    void *defaults = vh_alloc(1, binding->table->size);
    int status = defaults ? vh_option_init(binding->table, defaults) : VH_ERR_RESOURCE;
    for (int i = 0; i < binding->table->n_rows && status >= 0; i++) {
        const struct vh_option_row *row = &binding->table->rows[i];
        if (!(row->flags & VH_OPTION_NO_PRESET) && !vh_option_equal(row, binding->values, defaults))
            status = vh_json_write_option(w, row->key, row, binding->values);
    }
    if (defaults)
        vh_option_uninit(binding->table, defaults);
    vh_free(defaults);
    return status;
}

char *vh_preset_print(const struct vh_binding *bindings, int n, const char *description)
{
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text, .indent = 2};
    int status = VH_OK;
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_int(&w, "version", 1);
    if (description && description[0])
        vh_json_write_text(&w, "description", description);
    vh_json_write_open(&w, "options", '{');
    for (int i = 0; i < n && status >= 0; i++)
        status = write_table(&w, &bindings[i]);
    vh_json_write_close(&w);
    vh_json_write_close(&w);
    vh_text_add(&text, "\n");
    if (status >= 0)
        return vh_text_take(&text);
    vh_text_uninit(&text);
    return NULL;
}

int vh_preset_flatten(
    const char *name, const struct vh_binding *bindings, int n, char **text, const struct vh_log *log)
{
    char *description = NULL;
    *text = NULL;
    int status = vh_preset_describe(name, &description, log);
    if (status >= 0)
        status = vh_preset_apply(name, bindings, n, log);
    if (status >= 0) {
        *text = vh_preset_print(bindings, n, description);
        status = *text ? VH_OK : VH_ERR_RESOURCE;
    }
    vh_free(description);
    return status;
}

static void write_text_schema(struct vh_json_writer *w, const char *key, const char *description)
{
    vh_json_write_open(w, key, '{');
    vh_json_write_text(w, "type", "string");
    vh_json_write_text(w, "description", description);
    vh_json_write_close(w);
}

static void write_options_schema(struct vh_json_writer *w, const struct vh_binding *bindings, int n)
{
    vh_json_write_open(w, "options", '{');
    vh_json_write_text(w, "type", "object");
    vh_json_write_bool(w, "additionalProperties", false);
    vh_json_write_open(w, "properties", '{');
    for (int i = 0; i < n; i++)
        for (int k = 0; k < bindings[i].table->n_rows; k++) {
            const struct vh_option_row *row = &bindings[i].table->rows[k];
            if (!(row->flags & VH_OPTION_NO_PRESET))
                vh_json_write_schema(w, row->key, row);
        }
    vh_json_write_close(w);
    vh_json_write_close(w);
}

char *vh_preset_schema(const struct vh_binding *bindings, int n)
{
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text, .indent = 2};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    vh_json_write_text(&w, "title", "vhsup preset");
    vh_json_write_text(&w, "type", "object");
    vh_json_write_bool(&w, "additionalProperties", false);
    vh_json_write_open(&w, "required", '[');
    vh_json_write_text(&w, NULL, "version");
    vh_json_write_text(&w, NULL, "options");
    vh_json_write_close(&w);
    vh_json_write_open(&w, "properties", '{');
    write_text_schema(&w, "$schema", "where this schema lies, for editors");
    vh_json_write_open(&w, "version", '{');
    vh_json_write_int(&w, "const", 1);
    vh_json_write_close(&w);
    write_text_schema(&w, "description", "one line for lists");
    write_text_schema(&w, "extends", "the preset this one starts from: a name or a file");
    write_options_schema(&w, bindings, n);
    vh_json_write_close(&w);
    vh_json_write_close(&w);
    vh_text_add(&text, "\n");
    return vh_text_take(&text);
}
