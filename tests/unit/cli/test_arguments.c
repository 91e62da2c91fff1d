/* Arguments by rows: every way to write an option, operands, and the message for each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "arguments.h"
#include "core/status.h"

#include <stdio.h>
#include <string.h>

struct thing {
    bool fast, loud;
    int height, mode;
    double gain;
    char *output;
    struct vh_list join;
};
static const char *const modes[] = {"auto", "none", "motion", NULL};
static const struct vh_option_row rows[] = {
    {.key = "fast",
        .letter = 'f',
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct thing, fast),
        .help = "h"},
    {.key = "loud",
        .letter = 'l',
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct thing, loud),
        .value = "yes",
        .help = "h"},
    {.key = "height",
        .type = VH_OPTION_INT,
        .offset = offsetof(struct thing, height),
        .min = 16,
        .max = 8192,
        .help = "h"},
    {.key = "mode",
        .type = VH_OPTION_ENUM,
        .offset = offsetof(struct thing, mode),
        .names = modes,
        .help = "h"},
    {.key = "audio.gain", .type = VH_OPTION_DOUBLE, .offset = offsetof(struct thing, gain), .help = "h"},
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .offset = offsetof(struct thing, output),
        .help = "h"},
    {.key = "join",
        .type = VH_OPTION_LIST,
        .offset = offsetof(struct thing, join),
        .value = "default",
        .help = "h"},
};
static const struct vh_option_table table = VH_OPTION_TABLE("Test", rows, struct thing);
static const struct vh_command command = {.name = "test"};

static char heard[1024];

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(heard, sizeof heard, "%s", message);
}
static const struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};

/* Splits `line` at blanks ("_" is an empty word), scans and applies. */
static int parse(const char *line, struct thing *thing, struct vh_arguments *arguments)
{
    static char text[256], empty[1];
    static char *words[16];
    int n = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        words[n++] = strcmp(word, "_") ? word : empty;
    assert_int_equal(vh_option_init(&table, thing), VH_OK);
    struct vh_command_use use = {.command = &command, .binding = {{&table, thing}}, .n_bindings = 1};
    int status = vh_arguments_scan(arguments, &use, n, words, &ear);
    return status < 0 ? status : vh_arguments_apply(arguments, NULL, &ear);
}

static void every_way_to_write_it(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "in --fast --height 720 --mode motion --audio-gain -3 -o out --no-loud",
        "--fast=yes --height=720 in --mode=motion --audio-gain=-3 --output=out --loud=no",
        "-foout --height 576 --height 720 --mode motion --audio-gain -3 --loud=off -- in",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct thing thing;
        struct vh_arguments arguments;
        assert_int_equal(parse(lines[i], &thing, &arguments), VH_OK);
        assert_true(thing.fast && !thing.loud && thing.height == 720 && thing.mode == 2 && thing.gain == -3);
        assert_string_equal(thing.output, "out");
        assert_int_equal(arguments.n_operands, 1);
        assert_string_equal(arguments.operand[0], "in");
        assert_false(arguments.help);
        vh_arguments_uninit(&arguments);
        vh_option_uninit(&table, &thing);
    }
}

static void odd_corners(void **state)
{
    (void)state;
    struct thing thing;
    struct vh_arguments arguments;
    assert_int_equal(parse("- --no-mode --join a,b --join c -fl -- --fast -x", &thing, &arguments), VH_OK);
    assert_int_equal(thing.mode, 1);
    assert_int_equal(thing.join.n, 2); /* the default was replaced */
    assert_string_equal(thing.join.item[0], "a,b");
    assert_int_equal(arguments.n_operands, 3);
    assert_string_equal(arguments.operand[0], "-");
    assert_string_equal(arguments.operand[1], "--fast");
    vh_arguments_uninit(&arguments);
    vh_option_uninit(&table, &thing);
    assert_int_equal(parse("-h", &thing, &arguments), VH_OK);
    assert_true(arguments.help);
    vh_arguments_uninit(&arguments);
    vh_option_uninit(&table, &thing);
    assert_int_equal(parse("--output=", &thing, &arguments), VH_OK);
    assert_null(thing.output);
    vh_arguments_uninit(&arguments);
    vh_option_uninit(&table, &thing);
}

static void only_one_table_is_applied(void **state)
{
    (void)state;
    struct thing thing, other;
    struct vh_arguments arguments;
    assert_int_equal(parse("--height 720", &thing, &arguments), VH_OK);
    thing.height = 0;
    assert_int_equal(vh_arguments_apply(&arguments, &other, &ear), VH_OK);
    assert_int_equal(thing.height, 0);
    assert_int_equal(vh_arguments_apply(&arguments, &thing, &ear), VH_OK);
    assert_int_equal(thing.height, 720);
    vh_arguments_uninit(&arguments);
    vh_option_uninit(&table, &thing);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"--hieght 720", "--hieght is unknown; did you mean --height?"},
        {"--gain 3", "--gain is unknown; 'vhsup help test' lists all options"},
        {"--audio.gain 3", "--audio.gain is unknown; did you mean --audio-gain?"},
        {"-x", "-x is unknown; 'vhsup help test' lists all options"},
        {"-fx", "-x is unknown; 'vhsup help test' lists all options"},
        {"--height", "--height needs a value: 16 to 8192"},
        {"--height --fast", "--height needs a value: 16 to 8192"},
        {"-o", "-o needs a value: text"},
        {"--height 9999", "--height 9999 is outside 16 to 8192"},
        {"--height tall", "--height 'tall' is not a whole number; expected 16 to 8192"},
        {"--mode fast", "--mode 'fast' is not one of auto, none, motion"},
        {"--fast=maybe", "--fast 'maybe' is not yes or no"},
        {"--no-fast=no", "--no-fast takes no value"},
        {"--no-height", "--no-height is unknown; did you mean --height?"},
        {"--=3", "-- is unknown; 'vhsup help test' lists all options"},
        {"--help=3", "--help is unknown; 'vhsup help test' lists all options"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thing thing;
        struct vh_arguments arguments;
        assert_int_equal(parse(cases[i][0], &thing, &arguments), VH_ERR_USAGE);
        assert_string_equal(heard, cases[i][1]);
        vh_arguments_uninit(&arguments);
        vh_option_uninit(&table, &thing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_it),
        cmocka_unit_test(odd_corners),
        cmocka_unit_test(only_one_table_is_applied),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
