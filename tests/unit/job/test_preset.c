/* Presets: inheritance, sparse values, the user's folder, and a message for every mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "job/preset.h"
#include "option/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct thing {
    int height;
    double strength;
    char *output;
    char *encoder;
    struct vh_list join;
};
static const struct vh_option_row rows[] = {
    {.key = "height",
        .type = VH_OPTION_INT,
        .offset = offsetof(struct thing, height),
        .min = 16,
        .max = 8192,
        .value = "1080",
        .help = "Lines"},
    {.key = "denoise.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = offsetof(struct thing, strength),
        .max = 10,
        .value = "3",
        .help = "Strength"},
    {.key = "output",
        .type = VH_OPTION_STRING,
        .offset = offsetof(struct thing, output),
        .flags = VH_OPTION_NO_PRESET,
        .help = "Output"},
    {.key = "encoder",
        .type = VH_OPTION_STRING,
        .offset = offsetof(struct thing, encoder),
        .value = "x264",
        .help = "Encoder"},
    {.key = "join", .type = VH_OPTION_LIST, .offset = offsetof(struct thing, join), .help = "Files"},
};
static const struct vh_option_table table = VH_OPTION_TABLE("Test", rows, struct thing);

static char heard[2048], folder[64];

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(heard, sizeof heard, "%s", message);
}
static const struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/vhsup/presets/%s.json", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int apply(const char *name, struct thing *thing)
{
    struct vh_binding binding = {&table, thing};
    assert_int_equal(vh_option_init(&table, thing), VH_OK);
    return vh_preset_apply(name, &binding, 1, &ear);
}

static void children_win_over_parents(void **state)
{
    (void)state;
    struct thing thing;
    put("base", "{\"version\": 1, \"options\": {\"height\": 720, \"denoise.strength\": 5, \"join\": [\"a\", "
                "\"b\"]}}");
    put("child", "{\"version\": 1, \"extends\": \"base\", \"options\": {\"denoise.strength\": 7.5, \"join\": "
                 "[\"c\"]}}");
    assert_int_equal(apply("child", &thing), VH_OK);
    assert_int_equal(thing.height, 720);
    assert_true(thing.strength == 7.5);
    assert_string_equal(thing.encoder, "x264");
    assert_int_equal(thing.join.n, 1);
    vh_option_uninit(&table, &thing);
}

static void flattened_presets_read_back(void **state)
{
    (void)state;
    struct thing thing, again;
    struct vh_binding binding = {&table, &thing};
    char *text;
    assert_int_equal(vh_option_init(&table, &thing), VH_OK);
    assert_int_equal(vh_preset_flatten("child", &binding, 1, &text, &ear), VH_OK);
    assert_string_equal(text,
        "{\n  \"version\": 1,\n  \"options\": {\n    \"height\": 720,\n    \"denoise.strength\": 7.5,\n"
        "    \"join\": [\n      \"c\"\n    ]\n  }\n}\n");
    put("flat", text);
    assert_int_equal(apply("flat", &again), VH_OK);
    for (int i = 0; i < table.n_rows; i++)
        assert_true(vh_option_equal(&rows[i], &thing, &again));
    vh_free(text);
    vh_option_uninit(&table, &thing);
    vh_option_uninit(&table, &again);
}

static void refused(const char *name, const char *text, const char *message)
{
    struct thing thing;
    char wanted[512], path[128];
    put(name, text);
    snprintf(path, sizeof path, "%s/vhsup/presets/%s.json", folder, name);
    assert_int_equal(apply(name, &thing), VH_ERR_USAGE);
    snprintf(wanted, sizeof wanted, "%s%s", path, message);
    assert_string_equal(heard, wanted);
    vh_option_uninit(&table, &thing);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    refused("bad", "{\"version\": 1,\n \"options\": {\"height\": 720,}}",
        ", line 2, column 28: no comma before the closing bracket");
    refused("bad", "{\"version\": 1, \"options\": {}, \"options\": {}}", ": options is given twice");
    refused("bad", "{\"version\": 1, \"options\": {\"height\": 1, \"height\": 2}}",
        ": options.height is given twice");
    refused("bad", "{\"options\": {}}", ": the outermost value lacks 'version'");
    refused("bad", "{\"version\": 2, \"options\": {}}", ": version 2 is not 1, the one this program reads");
    refused("bad", "{\"version\": 1}", ": the outermost value lacks 'options'");
    refused("bad", "{\"version\": 1, \"option\": {}}", ": option is unknown; did you mean 'options'?");
    refused("bad", "{\"version\": 1, \"extends\": 3, \"options\": {}}", ": extends is not a text");
    refused("bad", "{\"version\": 1, \"options\": {\"hieght\": 720}}",
        ": options.hieght is not an option; did you mean 'height'?");
    refused("bad", "{\"version\": 1, \"options\": {\"x\": 720}}",
        ": options.x is not an option; 'vhsup help restore' lists them");
    refused("bad", "{\"version\": 1, \"options\": {\"output\": \"x\"}}",
        ": options.output is about one run and cannot stand in a preset");
    refused("bad", "{\"version\": 1, \"options\": {\"denoise.strength\": 14}}",
        ": options.denoise.strength 14 is outside 0 to 10");
    refused("bad", "{\"version\": 1, \"options\": {\"denoise.strength\": \"14\"}}",
        ": options.denoise.strength 14 is outside 0 to 10");
    refused("bad", "{\"version\": 1, \"options\": {\"height\": null}}",
        ": options.height is null, which does not fit");
    refused("bad", "{\"version\": 1, \"options\": {\"height\": {}}}",
        ": options.height is an object, which does not fit");
}

static void names_are_found_or_suggested(void **state)
{
    (void)state;
    struct thing thing;
    char message[256];
    assert_int_equal(apply("vsh", &thing), VH_ERR_USAGE);
    assert_string_equal(heard, "there is no preset 'vsh'; did you mean 'vhs'?");
    vh_option_uninit(&table, &thing);
    assert_int_equal(apply("qqqqqq", &thing), VH_ERR_USAGE);
    assert_string_equal(heard, "there is no preset 'qqqqqq'; 'vhsup preset list' shows all");
    vh_option_uninit(&table, &thing);
    assert_int_equal(apply("./no.json", &thing), VH_ERR_INPUT);
    assert_string_equal(heard, "./no.json cannot be opened: No such file or directory");
    vh_option_uninit(&table, &thing);
    put("orphan", "{\"version\": 1, \"extends\": \"nobody-at-all\", \"options\": {}}");
    assert_int_equal(apply("orphan", &thing), VH_ERR_USAGE);
    assert_string_equal(heard, "there is no preset 'nobody-at-all'; 'vhsup preset list' shows all");
    vh_option_uninit(&table, &thing);
    put("path", "{\"version\": 1, \"extends\": \"base.json\", \"options\": {}}");
    snprintf(message, sizeof message, "%s/vhsup/presets/path.json", folder);
    assert_int_equal(apply(message, &thing), VH_OK); /* base.json stands beside it */
    assert_int_equal(thing.height, 720);
    vh_option_uninit(&table, &thing);
}

static void circles_are_found(void **state)
{
    (void)state;
    struct thing thing;
    char message[512], *f = folder;
    put("one", "{\"version\": 1, \"extends\": \"two\", \"options\": {}}");
    put("two", "{\"version\": 1, \"extends\": \"one\", \"options\": {}}");
    assert_int_equal(apply("one", &thing), VH_ERR_USAGE);
    snprintf(message, sizeof message,
        "presets extend each other in a circle: %s/vhsup/presets/one.json extends %s/vhsup/presets/two.json "
        "extends "
        "%s/vhsup/presets/one.json",
        f, f, f);
    assert_string_equal(heard, message);
    vh_option_uninit(&table, &thing);
    /* A user's preset may refine the built-in one of the same name. */
    put("vhs", "{\"version\": 1, \"extends\": \"vhs\", \"options\": {\"hieght\": 3}}");
    assert_int_equal(apply("vhs", &thing), VH_ERR_USAGE);
    assert_null(strstr(heard, "circle"));
    vh_option_uninit(&table, &thing);
}

static int n_seen, n_mine;

static void see(void *opaque, const char *name, bool built_in)
{
    (void)opaque, (void)name;
    n_seen++;
    n_mine += !built_in;
}

static void lists_hold_both_kinds(void **state)
{
    (void)state;
    int n;
    vh_preset_files(&n);
    assert_true(n >= 1);
    n_seen = n_mine = 0;
    vh_preset_each(see, NULL);
    assert_int_equal(n_mine, 9);              /* base bad child flat one orphan path two vhs */
    assert_int_equal(n_seen, n_mine + n - 1); /* the user's vhs hides the built-in one */
}

static void schema_is_json(void **state)
{
    (void)state;
    struct thing thing;
    struct vh_binding binding = {&table, &thing};
    struct vh_json *json;
    char *schema = vh_preset_schema(&binding, 1);
    assert_int_equal(vh_json_parse(&json, schema, "schema", &ear), VH_OK);
    const struct vh_json_value *properties = vh_json_get(
        vh_json_get(vh_json_get(vh_json_get(vh_json_root(json), "properties"), "options"), "properties"),
        "height");
    assert_true(vh_json_number(vh_json_get(properties, "maximum")) == 8192);
    assert_null(strstr(schema, "\"output\""));
    vh_json_destroy(&json);
    vh_free(schema);
}

static int make_folder(void **state)
{
    char path[128];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/vhsup-preset-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/vhsup", folder);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/vhsup/presets", folder);
    mkdir(path, 0777);
    return setenv("XDG_CONFIG_HOME", folder, 1);
}

static void remove_preset(void *opaque, const char *name, bool built_in)
{
    char path[192];
    (void)opaque;
    snprintf(path, sizeof path, "%s/vhsup/presets/%s.json", folder, name);
    if (!built_in)
        unlink(path);
}

static int remove_folder(void **state)
{
    char path[128];
    (void)state;
    vh_preset_each(remove_preset, NULL);
    snprintf(path, sizeof path, "%s/vhsup/presets", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/vhsup", folder);
    rmdir(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_win_over_parents),
        cmocka_unit_test(flattened_presets_read_back),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(names_are_found_or_suggested),
        cmocka_unit_test(circles_are_found),
        cmocka_unit_test(lists_hold_both_kinds),
        cmocka_unit_test(schema_is_json),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
