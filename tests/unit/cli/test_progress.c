/* Progress: the number of lines is exact for any length and speed, JSON is one object a line, messages stand
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "option/json.h"
#include "progress.h"

#include <string.h>

static char text[65536];

static int count_lines(FILE *file)
{
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = 0;
    int lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Lines written for a job of `total` pictures of which `done` come, in steps of `step`. */
static int run(enum vh_progress_mode mode, int64_t total, int64_t done, int64_t step, int64_t step_ns)
{
    struct vh_progress *progress;
    FILE *out = tmpfile(), *err = tmpfile();
    int64_t now = 1;
    assert_int_equal(vh_progress_create(&progress, out, err), VH_OK);
    vh_progress_set_mode(progress, mode);
    for (int64_t i = step; i <= done; i += step)
        vh_progress_step(progress, i, total, now += step_ns);
    vh_progress_finish(progress, now);
    vh_progress_destroy(&progress);
    int lines = count_lines(mode == VH_PROGRESS_AS_JSON ? out : err);
    assert_int_equal(ftell(mode == VH_PROGRESS_AS_JSON ? err : out), 0);
    fclose(out);
    fclose(err);
    return lines;
}

static void a_log_gets_twenty_lines(void **state)
{
    (void)state;
    static const int totals[] = {20, 21, 39, 40, 97, 100, 199, 1000, 12345};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        assert_int_equal(run(VH_PROGRESS_AS_LINES, totals[i], totals[i], 1, 1), 20);
        assert_int_equal(run(VH_PROGRESS_AS_LINES, totals[i], totals[i], 1, 1000000000), 20);
    }
    for (int total = 1; total < 20; total++)
        assert_int_equal(run(VH_PROGRESS_AS_LINES, total, total, 1, 1000), 1);
    assert_int_equal(run(VH_PROGRESS_AS_LINES, 1000, 1000, 250, 1000), 20); /* marks passed at once */
    assert_int_equal(run(VH_PROGRESS_AS_LINES, 1000, 1100, 1, 1000), 20);   /* more came than was thought */
    assert_in_range(run(VH_PROGRESS_AS_LINES, 1000, 900, 1, 1000), 18, 20); /* less came */
    assert_int_equal(run(VH_PROGRESS_AS_LINES, 0, 1000, 1, 1000), 5); /* unknown: 100, 200, 400, 800, end */
    assert_int_equal(run(VH_PROGRESS_AS_LINES, 1000, 0, 1, 1000), 0);
    assert_int_equal(run(VH_PROGRESS_SILENT, 1000, 1000, 1, 1000), 0);
}

static void lines_say_how_far(void **state)
{
    (void)state;
    assert_int_equal(run(VH_PROGRESS_AS_LINES, 40, 40, 20, 10000000), 20);
    assert_non_null(strstr(text, "vhsup:  50.0 %  20/40 pictures"));
    assert_non_null(strstr(text, "vhsup: 100.0 %  40/40 pictures  2000.0 fps"));
}

static void json_is_an_object_a_line(void **state)
{
    (void)state;
    assert_int_equal(run(VH_PROGRESS_AS_JSON, 100, 100, 1, 100000000), 100);
    int n = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        struct vh_json *json;
        assert_int_equal(vh_json_parse(&json, line, "line", NULL), VH_OK);
        assert_string_equal(vh_json_text(vh_json_get(vh_json_root(json), "type")), "progress");
        assert_true(vh_json_number(vh_json_get(vh_json_root(json), "frames_total")) == 100);
        vh_json_destroy(&json);
    }
    assert_int_equal(n, 100);
    assert_true(run(VH_PROGRESS_AS_JSON, 0, 100000, 1, 100000) <= 103); /* ten a second at most */
    assert_non_null(strstr(text, "\"frames_total\": null, \"percent\": null"));
}

static void the_bar_makes_way_for_messages(void **state)
{
    (void)state;
    struct vh_progress *progress;
    FILE *err = tmpfile();
    assert_int_equal(vh_progress_create(&progress, err, err), VH_OK);
    vh_progress_set_mode(progress, VH_PROGRESS_AS_BAR);
    vh_progress_step(progress, 50, 100, 1000);
    vh_progress_print_line(progress, "vhsup: warning: x");
    vh_progress_step(progress, 60, 100, 2000000000);
    vh_progress_finish(progress, 2000000001);
    vh_progress_destroy(&progress);
    assert_int_equal(count_lines(err), 2);
    assert_non_null(strstr(text, "[####"));
    assert_non_null(strstr(text, "\r\033[Kvhsup: warning: x\n"));
    assert_non_null(strstr(text, "%  60/60 pictures"));
    fclose(err);
}

static void events_feed_it(void **state)
{
    (void)state;
    struct vh_progress *progress;
    FILE *err = tmpfile();
    const struct vh_event_field field[] = {VH_EVENT_I("frames_done", 30), VH_EVENT_I("frames_total", 60)};
    assert_int_equal(vh_progress_create(&progress, err, err), VH_OK);
    vh_progress_set_mode(progress, VH_PROGRESS_AS_LINES);
    vh_progress_event(progress, &(struct vh_event){.name = "other", .field = field, .n_fields = 2});
    assert_int_equal(count_lines(err), 0);
    vh_progress_event(progress, &(struct vh_event){.name = "job.progress", .field = field, .n_fields = 2});
    assert_int_equal(count_lines(err), 10);
    vh_progress_abandon(progress);
    vh_progress_finish(progress, 5);
    assert_int_equal(count_lines(err), 10);
    vh_progress_destroy(&progress);
    fclose(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_gets_twenty_lines),
        cmocka_unit_test(lines_say_how_far),
        cmocka_unit_test(json_is_an_object_a_line),
        cmocka_unit_test(the_bar_makes_way_for_messages),
        cmocka_unit_test(events_feed_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
