/* The truth file: says what the tape says, reads back to itself, refuses what it did not write. Also the
 * option rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulate/tape_truth.h"
#include "tape_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct messages {
    char text[512];
};

static void keep(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)level, (void)path;
    snprintf(((struct messages *)opaque)->text, 512, "%s", message);
}

static struct vh_tape_truth collect(enum vh_tape_speed speed, void (*change)(struct vh_simulate_options *))
{
    struct vh_simulate_options options;
    vh_simulate_defaults(&options, speed);
    if (change)
        change(&options);
    struct vh_simulate_format format = {
        .width = 720, .height = 480, .n_planes = 3, .sub_x = 1, .sub_y = 1, .frame_rate = {30000, 1001}};
    struct vh_simulate *tape = NULL;
    assert_int_equal(vh_simulate_create(&tape, &options, &format, NULL, 0, NULL), VH_OK);
    struct vh_tape_sound *sound = NULL;
    struct vh_tape_sound_format sound_format = {48000, 2};
    assert_int_equal(vh_tape_sound_create(&sound, tape, &sound_format, NULL), VH_OK);
    struct vh_tape_truth truth;
    assert_int_equal(vh_tape_truth_collect(&truth, tape, sound, 200, 48000 * 6), VH_OK);
    vh_tape_sound_destroy(&sound);
    vh_simulate_destroy(&tape);
    return truth;
}

static void everything(struct vh_simulate_options *o)
{
    o->tracking = 20;
    o->drops = 20;
    o->doubles = 30;
    o->sound_dropouts = 60;
    o->clicks = 1;
}

static void reads_back_to_itself(void **state)
{
    (void)state;
    struct vh_tape_truth truth = collect(VH_TAPE_WORN, everything), again;
    assert_in_range(truth.n_dropouts, 500, 700);
    assert_in_range(truth.n_losses, 20, 60);
    assert_in_range(truth.n_clicks, 1, 10);
    assert_in_range(truth.n_holes, 1, 20);
    assert_int_equal(truth.n_doubled, 6);
    assert_int_equal(truth.n_lost, 4);
    assert_int_equal(truth.n_captured, 202);
    assert_int_equal(truth.switch_line[0], 240 - 6);
    char *text = vh_tape_truth_print(&truth);
    assert_non_null(text);
    assert_int_equal(vh_tape_truth_parse(&again, text, "truth.json", NULL), VH_OK);
    assert_int_equal(again.n_dropouts, truth.n_dropouts);
    assert_memory_equal(again.gain, truth.gain, 400 * sizeof(double));
    assert_memory_equal(&again.options, &truth.options, sizeof truth.options);
    char *twice = vh_tape_truth_print(&again);
    assert_string_equal(text, twice);
    vh_free(text);
    vh_free(twice);
    vh_tape_truth_uninit(&again);
    vh_tape_truth_uninit(&truth);
}

static void clean_tape_has_nothing_to_tell(void **state)
{
    (void)state;
    struct vh_tape_truth truth = collect(VH_TAPE_CLEAN, NULL), again;
    assert_int_equal(truth.n_dropouts + truth.n_losses + truth.n_doubled + truth.n_lost + truth.n_clicks, 0);
    assert_int_equal(truth.n_captured, 200);
    assert_null(truth.gain);
    assert_null(truth.band);
    assert_int_equal(truth.switch_line[1], 240);
    char *text = vh_tape_truth_print(&truth);
    assert_int_equal(vh_tape_truth_parse(&again, text, "truth.json", NULL), VH_OK);
    assert_null(again.gain);
    vh_free(text);
    vh_tape_truth_uninit(&again);
    vh_tape_truth_uninit(&truth);
}

/* The text with the first `from` replaced by `to`. */
static char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return vh_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void strangers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"vhsup-tape-truth", "vhsup-profile", "schema"},
        {"\"version\": 1", "\"version\": 2", "version"},
        {"\"tff\"", "\"up\"", "tff or bff"},
        {"\"overshoot\"", "\"overshot\"", "overshot"},
        {"\"tape.noise\": 7", "\"tape.noise\": 700", "tape.noise"},
        {"\"kind\": \"white\"", "\"kind\": \"grey\"", "grey"},
        {"\"frames\": 200", "\"frames\": 2.5", "frames"},
        {"\"gain\": [", "\"gain\": [1,", "fields"},
        {"\"doubled\": [", "\"doubled\": [-1,", "frame number"},
        {"\"version\": 1,", "\"version\": 1", "truth.json"},
    };
    struct vh_tape_truth truth = collect(VH_TAPE_WORN, everything), again;
    truth.order = VH_FIELDS_TFF;
    truth.dropout[0].what.kind = VH_DROPOUT_WHITE;
    char *text = vh_tape_truth_print(&truth);
    if (!strstr(text, "\"kind\": \"white\""))
        fail_msg("lists are not written on one line: %.400s", strstr(text, "\"dropouts\""));
    struct messages messages;
    struct vh_log log = {.sink = keep, .opaque = &messages};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bad = replace(text, cases[i].from, cases[i].to);
        messages.text[0] = 0;
        assert_int_equal(vh_tape_truth_parse(&again, bad, "truth.json", &log), VH_ERR_USAGE);
        if (!strstr(messages.text, cases[i].message))
            fail_msg("case %zu: \"%s\" does not speak of \"%s\"", i, messages.text, cases[i].message);
        assert_null(again.dropout);
        vh_free(bad);
    }
    vh_free(text);
    vh_tape_truth_uninit(&truth);
}

static void rows_and_defaults_agree(void **state)
{
    (void)state;
    struct vh_simulate_options by_rows, by_hand;
    assert_int_equal(vh_option_init(&vh_simulate_table, &by_rows), VH_OK);
    assert_int_equal(by_rows.speed, VH_TAPE_SP);
    vh_simulate_resolve(&by_rows);
    vh_simulate_defaults(&by_hand, VH_TAPE_SP);
    for (int i = 0; i < vh_simulate_table.n_rows; i++) {
        const struct vh_option_row *row = &vh_simulate_table.rows[i];
        if (!vh_option_equal(row, &by_rows, &by_hand))
            fail_msg("%s differs", row->key);
        if (row->type == VH_OPTION_DOUBLE) { /* every value of every speed is inside its own row's range */
            for (int speed = 0; speed < VH_TAPE_SPEEDS; speed++) {
                struct vh_simulate_options o;
                vh_simulate_defaults(&o, (enum vh_tape_speed)speed);
                double v = *(double *)((char *)&o + row->offset);
                assert_true(v >= row->min && v <= row->max);
            }
        }
    }
    vh_option_uninit(&vh_simulate_table, &by_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_to_itself),
        cmocka_unit_test(clean_tape_has_nothing_to_tell),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(rows_and_defaults_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
