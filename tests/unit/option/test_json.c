/* Strict JSON: what must be refused, with line and column or path; options in and out; nearest words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char heard[2048];

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(heard, sizeof heard, "%s", message);
}

static const struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};

static void refused(const char *text, const char *message)
{
    struct vh_json *json;
    heard[0] = 0;
    assert_int_equal(vh_json_parse(&json, text, "x.json", &ear), VH_ERR_USAGE);
    assert_null(json);
    assert_string_equal(heard, message);
}

static void form_is_strict(void **state)
{
    (void)state;
    refused("", "x.json, line 1, column 1: the text ends where a value is expected");
    refused("{", "x.json, line 1, column 2: a name in double quotes expected");
    refused("{\"a\": 1,}", "x.json, line 1, column 9: no comma before the closing bracket");
    refused("{\n  \"a\" 1}", "x.json, line 2, column 7: ':' expected");
    refused("{\"\xc3\xa4\": x}", "x.json, line 1, column 7: a value expected");
    refused("[1 2]", "x.json, line 1, column 4: ',' or ']' expected");
    refused("{\"a\":1 \"b\":2}", "x.json, line 1, column 8: ',' or '}' expected");
    refused("1 2", "x.json, line 1, column 3: more text behind the end of the value");
    refused("{} x", "x.json, line 1, column 4: more text behind the end of the value");
    refused("01", "x.json, line 1, column 2: a number may not begin with 0");
    refused("1.", "x.json, line 1, column 3: digits expected behind the decimal point");
    refused("1e", "x.json, line 1, column 3: digits expected in the exponent");
    refused("-", "x.json, line 1, column 2: malformed number");
    refused("+1", "x.json, line 1, column 1: a value expected");
    refused("NaN", "x.json, line 1, column 1: a value expected");
    refused("'a'", "x.json, line 1, column 1: texts stand in double quotes");
    refused("\"a", "x.json, line 1, column 1: text without closing \"");
    refused("\"a\nb\"",
        "x.json, line 1, column 3: line break or control character inside a text; write \\n, \\t or \\uXXXX");
    refused("\"\\x\"",
        "x.json, line 1, column 2: unknown escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    refused("\"\\u12g4\"", "x.json, line 1, column 2: \\u needs four hexadecimal digits");
    refused("\"\\u0000\"", "x.json, line 1, column 2: a text may not hold a NUL character");
    refused("\"\xff\"", "x.json, line 1, column 2: not UTF-8");
    refused("// c\n1", "x.json, line 1, column 1: a value expected");
    char deep[200];
    memset(deep, '[', 100);
    deep[100] = 0;
    refused(deep, "x.json, line 1, column 65: more than 64 levels");
}

static void names_are_unique(void **state)
{
    (void)state;
    refused("{\"a\": 1, \"b\": 2, \"a\": 3}", "x.json: a is given twice");
    refused("{\"o\": [{}, {\"k\": {\"x\": 1, \"x\": 1}}]}", "x.json: o[1].k.x is given twice");
    refused("{\"a\": 1, \"\\u0061\": 3}", "x.json: a is given twice");
}

static void values_are_read(void **state)
{
    (void)state;
    struct vh_json *json;
    assert_int_equal(
        vh_json_parse(&json,
            " {\"n\": -1.5e1, \"t\": \"\\u00e4\\n\", \"b\": true, \"z\": null, \"l\": [1, []], \"o\": {}} ",
            "x.json", &ear),
        VH_OK);
    const struct vh_json_value *root = vh_json_root(json), *value;
    assert_int_equal(vh_json_length(root), 6);
    assert_true(vh_json_number(vh_json_get(root, "n")) == -15);
    assert_string_equal(vh_json_text(vh_json_get(root, "t")), "\xc3\xa4\n");
    assert_true(vh_json_bool(vh_json_get(root, "b")));
    assert_int_equal(vh_json_type(vh_json_get(root, "z")), VH_JSON_NULL);
    assert_null(vh_json_get(root, "N"));
    assert_null(vh_json_text(vh_json_get(root, "n")));
    assert_string_equal(vh_json_key(vh_json_first(root)), "n");
    assert_int_equal(vh_json_need(json, root, "l", VH_JSON_ARRAY, &value, &ear), VH_OK);
    assert_int_equal(vh_json_type(vh_json_next(vh_json_first(value))), VH_JSON_ARRAY);
    assert_int_equal(vh_json_need(json, root, "l", VH_JSON_TEXT, &value, &ear), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: l is not a text");
    assert_int_equal(vh_json_need(json, root, "q", VH_JSON_TEXT, &value, &ear), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: the outermost value lacks 'q'");
    static const char *const known[] = {"n", "t", "b", "z", "list", "o", NULL};
    assert_int_equal(vh_json_only(json, root, known, &ear), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: l is unknown");
    vh_json_destroy(&json);
    assert_null(json);
}

struct thing {
    bool fast;
    int taps, order;
    double strength;
    char *title;
    struct vh_size size;
    struct vh_list join;
};
static const char *const orders[] = {"auto", "tff", NULL};
static const struct vh_option_row rows[] = {
    {.key = "fast", .type = VH_OPTION_BOOL, .offset = offsetof(struct thing, fast), .help = "Be quick"},
    {.key = "taps",
        .type = VH_OPTION_INT,
        .offset = offsetof(struct thing, taps),
        .min = 1,
        .max = 16,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "Filter taps"},
    {.key = "order",
        .type = VH_OPTION_ENUM,
        .offset = offsetof(struct thing, order),
        .names = orders,
        .value = "auto",
        .help = "Field order"},
    {.key = "strength",
        .type = VH_OPTION_DOUBLE,
        .offset = offsetof(struct thing, strength),
        .max = 10,
        .unit = "dB",
        .value = "1.1",
        .help = "Strength"},
    {.key = "title", .type = VH_OPTION_STRING, .offset = offsetof(struct thing, title), .help = "Title"},
    {.key = "size", .type = VH_OPTION_SIZE, .offset = offsetof(struct thing, size), .help = "Size"},
    {.key = "join", .type = VH_OPTION_LIST, .offset = offsetof(struct thing, join), .help = "Files"},
};
static const struct vh_option_table table = VH_OPTION_TABLE("Test", rows, struct thing);

static int set_all(const char *text, struct thing *thing)
{
    struct vh_json *json;
    int status = vh_json_parse(&json, text, "x.json", &ear);
    assert_int_equal(status, VH_OK);
    for (const struct vh_json_value *v = vh_json_first(vh_json_root(json)); v && status >= 0;
         v = vh_json_next(v))
        status = vh_json_set_option(json, v, vh_option_find(&table, vh_json_key(v)), thing, &ear);
    vh_json_destroy(&json);
    return status;
}

static void options_go_in_and_out(void **state)
{
    (void)state;
    struct thing a, b = {0};
    const char *text =
        "{\"fast\": true, \"taps\": 5, \"order\": \"tff\", \"strength\": 0.1, \"title\": \"x\", "
        "\"size\": \"720x576\", \"join\": [\"a\", \"b c\"]}";
    assert_int_equal(vh_option_init(&table, &a), VH_OK);
    assert_int_equal(set_all(text, &a), VH_OK);
    assert_int_equal(set_all("{\"join\": [\"a\", \"b c\"]}", &a), VH_OK); /* replaces */
    assert_true(a.fast && a.taps == 5 && a.order == 1 && a.size.height == 576 && a.join.n == 2);
    struct vh_text out = {0};
    struct vh_json_writer w = {.out = &out};
    vh_json_write_open(&w, NULL, '{');
    for (int i = 0; i < table.n_rows; i++)
        assert_int_equal(vh_json_write_option(&w, rows[i].key, &rows[i], &a), VH_OK);
    vh_json_write_close(&w);
    assert_string_equal(out.data, text);
    assert_int_equal(set_all("{\"taps\": \"auto\", \"fast\": \"no\"}", &a), VH_OK);
    assert_true(a.taps == VH_AUTO_INT && !a.fast);
    assert_int_equal(set_all("{\"strength\": 14}", &a), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: strength 14 is outside 0 to 10 dB");
    assert_int_equal(set_all("{\"taps\": 1.5}", &a), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: taps '1.5' is not a whole number; expected 1 to 16 or auto");
    assert_int_equal(set_all("{\"fast\": 1}", &a), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: fast is a number, which does not fit");
    assert_int_equal(set_all("{\"join\": \"a\"}", &a), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: join is not an array of texts");
    assert_int_equal(set_all("{\"join\": [\"a\", 3]}", &a), VH_ERR_USAGE);
    assert_string_equal(heard, "x.json: join[1] is not a text");
    vh_text_uninit(&out);
    vh_option_uninit(&table, &a);
    vh_option_uninit(&table, &b);
}

static void schema_says_what_fits(void **state)
{
    (void)state;
    struct vh_text out = {0};
    struct vh_json_writer w = {.out = &out};
    vh_json_write_open(&w, NULL, '[');
    for (int i = 0; i < table.n_rows; i++)
        vh_json_write_schema(&w, NULL, &rows[i]);
    vh_json_write_close(&w);
    assert_string_equal(out.data,
        "[{\"type\": \"boolean\", \"description\": \"Be quick\"}, "
        "{\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 16}, {\"enum\": [\"auto\"]}], "
        "\"description\": \"Filter taps\", \"default\": \"auto\"}, "
        "{\"enum\": [\"auto\", \"tff\"], \"description\": \"Field order\", \"default\": \"auto\"}, "
        "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 10, \"description\": \"Strength (dB)\", "
        "\"default\": 1.1}, "
        "{\"type\": \"string\", \"description\": \"Title\"}, "
        "{\"type\": [\"string\", \"number\"], \"description\": \"Size\"}, "
        "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"description\": \"Files\"}]");
    vh_text_uninit(&out);
}

static void nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {"deinterlace", "denoise", "engine", "height", NULL};
    assert_string_equal(vh_option_nearest("deniose", words), "denoise");
    assert_string_equal(vh_option_nearest("hight", words), "height");
    assert_string_equal(vh_option_nearest("deinterlance", words), "deinterlace");
    assert_null(vh_option_nearest("width", words));
    assert_null(vh_option_nearest("", words));
    assert_int_equal(vh_option_distance("ab", "ba", 3), 1);
    assert_int_equal(vh_option_distance("abcdef", "x", 3), 4);
    assert_int_equal(vh_option_distance("kitten", "sitting", 5), 3);
}

static void files_are_read(void **state)
{
    (void)state;
    struct vh_json *json;
    assert_int_equal(vh_json_read_file(&json, "/nonexistent/x.json", &ear), VH_ERR_INPUT);
    assert_string_equal(heard, "/nonexistent/x.json cannot be opened: No such file or directory");
    assert_int_equal(vh_json_read_file(&json, "/", &ear), VH_ERR_INPUT);
    assert_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_is_strict),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(options_go_in_and_out),
        cmocka_unit_test(schema_says_what_fits),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
