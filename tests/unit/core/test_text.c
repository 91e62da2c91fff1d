/* Growing text, wrapping, numbers, strict JSON output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/json_write.h"
#include "core/memory.h"
#include "core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void text_grows(void **state)
{
    (void)state;
    struct vh_text text = {0};
    for (int i = 0; i < 1000; i++)
        vh_text_addf(&text, "%03d,", i);
    char *all = vh_text_take(&text);
    assert_int_equal(strlen(all), 4000);
    assert_memory_equal(all + 3996, "999,", 5);
    assert_null(text.data);
    vh_free(all);
    all = vh_text_take(&text);
    assert_string_equal(all, "");
    vh_free(all);
}

static void text_wraps(void **state)
{
    (void)state;
    struct vh_text text = {0};
    vh_text_add(&text, "--x ");
    vh_text_wrap(&text, "one two three four  five\nsix", 4, 4, 16);
    char *all = vh_text_take(&text);
    assert_string_equal(all, "--x one two\n    three four\n    five\n    six");
    vh_free(all);
}

static void number(double value, const char *expected)
{
    char text[VH_NUMBER_BYTES];
    assert_string_equal(vh_text_number(value, text), expected);
    if (isfinite(value))
        assert_true(strtod(text, NULL) == value);
}

static void numbers_read_back(void **state)
{
    (void)state;
    number(0.1, "0.1");
    number(-0.0, "0");
    number(1e6, "1000000");
    number(3.3333333333333335, "3.3333333333333335");
    number(1.0 / 3, "0.3333333333333333");
    number(-1e300, "-1e+300");
    number(5e-324, "4.94066e-324");
    number(NAN, "nan");
}

static void json_is_strict(void **state)
{
    (void)state;
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "a\"b", "line\n\ttab \\ \x01 \x7f \xc3\xa4 \xff \xed\xa0\x80 \xf0\x9f\x93\xbc");
    vh_json_write_double(&w, "nan", NAN);
    vh_json_write_double(&w, "x", 0.25);
    vh_json_write_int(&w, "n", INT64_MIN);
    vh_json_write_bool(&w, "yes", true);
    vh_json_write_open(&w, "list", '[');
    vh_json_write_null(&w, NULL);
    vh_json_write_text(&w, NULL, NULL);
    vh_json_write_close(&w);
    vh_json_write_open(&w, "empty", '{');
    vh_json_write_close(&w);
    vh_json_write_close(&w);
    char *all = vh_text_take(&text);
    assert_string_equal(all,
        "{\"a\\\"b\": \"line\\n\\ttab \\\\ \\u0001 \\u007f \xc3\xa4 \xef\xbf\xbd "
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
        "\xf0\x9f\x93\xbc\", \"nan\": null, \"x\": 0.25, \"n\": -9223372036854775808, \"yes\": true, "
        "\"list\": [null, null], \"empty\": {}}");
    vh_free(all);
}

static void json_is_indented(void **state)
{
    (void)state;
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text, .indent = 2};
    vh_json_write_open(&w, NULL, '[');
    vh_json_write_int(&w, NULL, 1);
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_int(&w, "k", 2);
    vh_json_write_close(&w);
    vh_json_write_close(&w);
    char *all = vh_text_take(&text);
    assert_string_equal(all, "[\n  1,\n  {\n    \"k\": 2\n  }\n]");
    vh_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(text_wraps),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(json_is_strict),
        cmocka_unit_test(json_is_indented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
