/* Option rows: every type parses, prints and reads back; wrong values say what is allowed; the table check
 * finds faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "option/option.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct thing {
    bool fast;
    int taps, order;
    double strength, gain;
    char *title;
    int64_t start_us;
    struct vh_rational sar;
    struct vh_size size;
    struct vh_list join;
    int seed;
};

static const char *const orders[] = {"auto", "tff", "bff", "none", NULL};
static const struct vh_option_row rows[] = {
    {.key = "fast",
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct thing, fast),
        .help = "Be quick",
        .example = "--no-fast"},
    {.key = "taps",
        .letter = 't',
        .type = VH_OPTION_INT,
        .offset = offsetof(struct thing, taps),
        .min = 1,
        .max = 16,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "Filter taps",
        .example = "-t 4"},
    {.key = "field.order",
        .flag = "field-order",
        .type = VH_OPTION_ENUM,
        .offset = offsetof(struct thing, order),
        .names = orders,
        .value = "auto",
        .help = "Field order",
        .example = "--field-order tff"},
    {.key = "denoise.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = offsetof(struct thing, strength),
        .max = 10,
        .value = "1.1",
        .help = "Strength",
        .example = "--denoise-strength 3"},
    {.key = "gain",
        .type = VH_OPTION_DOUBLE,
        .offset = offsetof(struct thing, gain),
        .min = -20,
        .max = 20,
        .unit = "dB",
        .flags = VH_OPTION_AUTO,
        .help = "Gain"},
    {.key = "title",
        .type = VH_OPTION_STRING,
        .offset = offsetof(struct thing, title),
        .value = "a tape",
        .help = "Title"},
    {.key = "start",
        .type = VH_OPTION_TIME,
        .offset = offsetof(struct thing, start_us),
        .max = INFINITY,
        .help = "Where to start"},
    {.key = "sar",
        .type = VH_OPTION_RATIONAL,
        .offset = offsetof(struct thing, sar),
        .help = "Sample aspect ratio"},
    {.key = "size",
        .type = VH_OPTION_SIZE,
        .offset = offsetof(struct thing, size),
        .min = 16,
        .max = 16384,
        .help = "Output size"},
    {.key = "join", .type = VH_OPTION_LIST, .offset = offsetof(struct thing, join), .help = "More files"},
    {.key = "seed", .type = VH_OPTION_INT, .offset = offsetof(struct thing, seed), .help = "Seed"},
};
static const struct vh_option_table table = VH_OPTION_TABLE("Test", rows, struct thing);

struct heard {
    char text[1024];
    int n;
};

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    struct heard *heard = opaque;
    (void)level, (void)path;
    snprintf(heard->text, sizeof heard->text, "%s", message);
    heard->n++;
}

/* Sets, prints, and compares the printed text with `printed`. */
static void round_trip(const char *key, const char *text, const char *printed)
{
    struct thing a = {0}, b = {0};
    const struct vh_option_row *row = vh_option_find(&table, key);
    assert_non_null(row);
    assert_int_equal(vh_option_set(row, &a, text, key, NULL), VH_OK);
    char *out = vh_option_print(row, &a);
    assert_string_equal(out, printed);
    assert_int_equal(vh_option_set(row, &b, out, key, NULL), VH_OK);
    assert_true(vh_option_equal(row, &a, &b));
    vh_free(out);
    vh_option_uninit(&table, &a);
    vh_option_uninit(&table, &b);
}

static void values_read_back(void **state)
{
    (void)state;
    round_trip("fast", "ON", "yes");
    round_trip("fast", "false", "no");
    round_trip("taps", "16", "16");
    round_trip("taps", "auto", "auto");
    round_trip("seed", "-2147483647", "-2147483647");
    round_trip("field.order", "bff", "bff");
    round_trip("denoise.strength", "0.1", "0.1");
    round_trip("denoise.strength", "3.3333333333333335", "3.3333333333333335");
    round_trip("gain", "-1e1", "-10");
    round_trip("gain", "auto", "auto");
    round_trip("title", "a b, c=d", "a b, c=d");
    round_trip("title", "", "");
    round_trip("start", "1:02:03.5", "1:02:03.5");
    round_trip("start", "90", "0:01:30");
    round_trip("start", "2:05.000001", "0:02:05.000001");
    round_trip("start", "1500ms", "1.5");
    round_trip("start", "7us", "0.000007");
    round_trip("sar", "16:15", "16:15");
    round_trip("sar", "32/30", "16:15");
    round_trip("sar", "1.5", "3:2");
    round_trip("sar", "auto", "auto");
    round_trip("size", "PAL", "720x576");
    round_trip("size", "1440x1080", "1440x1080");
    round_trip("size", "auto", "auto");
    round_trip("join", "a,b\nc d", "a,b\nc d");
}

static void time_may_be_negative(void **state)
{
    (void)state;
    struct vh_option_row row = *vh_option_find(&table, "start");
    struct thing a = {0};
    row.min = row.max = 0;
    assert_int_equal(vh_option_set(&row, &a, "-0:00:00.25", "start", NULL), VH_OK);
    assert_int_equal(a.start_us, -250000);
    char *text = vh_option_print(&row, &a);
    assert_string_equal(text, "-0.25");
    vh_free(text);
}

static void defaults_and_copies(void **state)
{
    (void)state;
    struct thing a, b;
    assert_int_equal(vh_option_init(&table, &a), VH_OK);
    assert_int_equal(a.taps, VH_AUTO_INT);
    assert_string_equal(a.title, "a tape");
    assert_true(a.strength == 1.1);
    assert_int_equal(vh_option_set(vh_option_find(&table, "join"), &a, "x.avi", "join", NULL), VH_OK);
    assert_int_equal(vh_option_set(vh_option_find(&table, "join"), &a, "y.avi", "join", NULL), VH_OK);
    assert_int_equal(a.join.n, 2);
    assert_int_equal(vh_option_init(&table, &b), VH_OK);
    assert_false(vh_option_equal(vh_option_find(&table, "join"), &a, &b));
    assert_int_equal(vh_option_copy(&table, &b, &a), VH_OK);
    for (int i = 0; i < table.n_rows; i++)
        assert_true(vh_option_equal(&table.rows[i], &a, &b));
    assert_ptr_not_equal(a.title, b.title);
    assert_string_equal(b.join.item[1], "y.avi");
    assert_int_equal(vh_option_set(vh_option_find(&table, "join"), &b, "", "join", NULL), VH_OK);
    assert_int_equal(b.join.n, 0);
    vh_option_uninit(&table, &a);
    vh_option_uninit(&table, &b);
    assert_null(a.title);
}

static void refused(const char *key, const char *text, const char *message)
{
    struct heard heard = {0};
    struct vh_log log = {.sink = hear, .opaque = &heard, .level = VH_LOG_ERROR};
    struct thing a, before;
    assert_int_equal(vh_option_init(&table, &a), VH_OK);
    assert_int_equal(vh_option_init(&table, &before), VH_OK);
    const struct vh_option_row *row = vh_option_find(&table, key);
    assert_int_equal(vh_option_set(row, &a, text, key, &log), VH_ERR_USAGE);
    assert_int_equal(heard.n, 1);
    assert_string_equal(heard.text, message);
    assert_true(vh_option_equal(row, &a, &before));
    vh_option_uninit(&table, &a);
    vh_option_uninit(&table, &before);
}

static void messages_name_value_and_way_out(void **state)
{
    (void)state;
    refused("denoise.strength", "14", "denoise.strength 14 is outside 0 to 10");
    refused("denoise.strength", "-0.1", "denoise.strength -0.1 is outside 0 to 10");
    refused("denoise.strength", "much", "denoise.strength 'much' is not a number; expected 0 to 10");
    refused("denoise.strength", "auto", "denoise.strength 'auto' is not a number; expected 0 to 10");
    refused("denoise.strength", "0x1p1", "denoise.strength '0x1p1' is not a number; expected 0 to 10");
    refused("denoise.strength", "nan", "denoise.strength 'nan' is not a number; expected 0 to 10");
    refused("gain", "30", "gain 30 is outside -20 to 20 dB or auto");
    refused("taps", "3.5", "taps '3.5' is not a whole number; expected 1 to 16 or auto");
    refused("taps", " 3", "taps ' 3' is not a whole number; expected 1 to 16 or auto");
    refused("taps", "99999999999999999999", "taps 99999999999999999999 is outside 1 to 16 or auto");
    refused("seed", "2147483648", "seed '2147483648' is not a whole number");
    refused("seed", "", "seed '' is not a whole number");
    refused("fast", "maybe", "fast 'maybe' is not yes or no");
    refused("field.order", "TFF", "field.order 'TFF' is not one of auto, tff, bff, none");
    refused(
        "start", "1:60", "start '1:60' is not a time ([[H:]M:]S[.fraction], or with s, ms, us), at least 0");
    refused("start", "1:00s",
        "start '1:00s' is not a time ([[H:]M:]S[.fraction], or with s, ms, us), at least 0");
    refused("start", "-1", "start -1 must be at least 0");
    refused("sar", "4:0", "sar '4:0' is not a ratio A:B, A/B or a decimal number or auto");
    refused("size", "8x8", "size 8x8 is outside 16 to 16384 on each side or auto");
    refused("size", "1080p",
        "size '1080p' is not WIDTHxHEIGHT each 16 to 16384, pal, ntsc, hd720, hd1080, qhd, "
        "uhd2160 or auto");
    refused("size", "99999999999999x2",
        "size '99999999999999x2' is not WIDTHxHEIGHT each 16 to 16384, pal, ntsc, "
        "hd720, hd1080, qhd, uhd2160 or auto");
}

static void flags_are_found(void **state)
{
    (void)state;
    bool negated;
    assert_ptr_equal(vh_option_find_flag(&table, "denoise-strength", &negated), &rows[3]);
    assert_false(negated);
    assert_ptr_equal(vh_option_find_flag(&table, "no-fast", &negated), &rows[0]);
    assert_true(negated);
    assert_ptr_equal(vh_option_find_flag(&table, "no-field-order", &negated), &rows[2]);
    assert_null(vh_option_find_flag(&table, "no-taps", &negated));
    assert_null(vh_option_find_flag(&table, "denoise.strength", NULL));
    assert_null(vh_option_find(&table, "denoise"));
}

static void table_check_finds_faults(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct vh_log log = {.sink = hear, .opaque = &heard, .level = VH_LOG_ERROR};
    assert_int_equal(vh_option_check(&table, &log), VH_OK);
    assert_string_equal(heard.text, "");
    static const struct vh_option_row wrong[] = {
        {.key = "a", .type = VH_OPTION_INT, .value = "x", .help = "Good"},
        {.key = "b", .flag = "a", .type = VH_OPTION_INT, .help = "Good"},
        {.key = "C", .flag = "c", .type = VH_OPTION_INT, .help = "Good"},
        {.key = "d", .type = VH_OPTION_INT, .help = "Full stop."},
        {.key = "e", .type = VH_OPTION_INT, .help = "Good", .offset = 1000},
        {.key = "f", .type = VH_OPTION_INT, .help = "Good", .max = 3, .example = "--f 4"},
        {.key = "g", .type = VH_OPTION_INT, .help = "Good", .example = "--f 1"},
        {.key = "h", .type = VH_OPTION_ENUM, .help = "Good"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct vh_option_row two[] = {
            {.key = "z", .flag = i == 1 ? "a" : "z", .type = VH_OPTION_INT, .help = "Good"}, wrong[i]};
        struct vh_option_table bad = {"Bad", two, 2, sizeof(struct thing)};
        heard.n = 0;
        assert_int_equal(vh_option_check(&bad, &log), VH_ERR_INTERNAL);
        assert_true(heard.n >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read_back),
        cmocka_unit_test(time_may_be_negative),
        cmocka_unit_test(defaults_and_copies),
        cmocka_unit_test(messages_name_value_and_way_out),
        cmocka_unit_test(flags_are_found),
        cmocka_unit_test(table_check_finds_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
