/* The collector, its two text forms, the job's record, files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "stats/collect.h"
#include "stats/record.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void events_become_series(void **state)
{
    (void)state;
    struct vh_stats *stats;
    struct vh_series s;
    assert_int_equal(vh_stats_create(&stats), VH_OK);
    for (int i = 1; i <= 4; i++) {
        const struct vh_event_field field[] = {
            VH_EVENT_I("duration_us", i * 10), VH_EVENT_D("sigma", NAN), VH_EVENT_S("what", "text")};
        vh_stats_event(stats,
            &(struct vh_event){.name = "frame.done", .node = "up\"scale", .field = field, .n_fields = 3});
    }
    assert_int_equal(vh_stats_length(stats), 2);
    assert_true(vh_stats_find(stats, "up\"scale", "duration_us", &s));
    assert_int_equal(s.all.n, 4);
    assert_true(s.all.mean == 25 && vh_quantile_value(&s.p50) == 25);
    assert_int_equal(vh_stats_lost(stats), 4); /* the NaNs */
    assert_false(vh_stats_find(stats, "encode", "duration_us", &s));
    struct vh_text out = {0};
    vh_stats_print_json(stats, &out);
    assert_string_equal(out.data,
        "{\"type\": \"stage\", \"node\": \"up\\\"scale\", \"field\": \"events.frame.done\", \"n\": 4, "
        "\"sum\": 4, \"mean\": 1, "
        "\"deviation\": 0, \"min\": 1, \"max\": 1, \"p50\": 1, \"p95\": 1, \"p99\": 1}\n"
        "{\"type\": \"stage\", \"node\": \"up\\\"scale\", \"field\": \"duration_us\", \"n\": 4, \"sum\": "
        "100, \"mean\": 25, "
        "\"deviation\": 12.909944487358056, \"min\": 10, \"max\": 40, \"p50\": 25, \"p95\": 38.5, \"p99\": "
        "39.699999999999996}\n");
    vh_text_clear(&out);
    vh_stats_add(stats, "encode", "duration_us", 7);
    vh_stats_print_prometheus(stats, &out);
    const char *expected = "# HELP vhsup_duration_us duration_us per node\n# TYPE vhsup_duration_us summary\n"
                           "vhsup_duration_us{node=\"up\\\"scale\",quantile=\"0.5\"} 25\n";
    assert_non_null(strstr(out.data, expected));
    assert_non_null(strstr(out.data, "vhsup_duration_us_count{node=\"encode\"} 1\n"));
    assert_null(
        strstr(strstr(out.data, "# TYPE vhsup_duration_us ") + 5, "# TYPE vhsup_duration_us ")); /* once */
    vh_text_uninit(&out);
    vh_stats_destroy(&stats);
    assert_null(stats);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct vh_stats *stats;
    char name[32];
    assert_int_equal(vh_stats_create(&stats), VH_OK);
    for (int i = 0; i < VH_STATS_MAX_SERIES + 10; i++) {
        snprintf(name, sizeof name, "node%d", i);
        vh_stats_add(stats, name, "x", i);
    }
    assert_int_equal(vh_stats_length(stats), VH_STATS_MAX_SERIES);
    assert_int_equal(vh_stats_lost(stats), 10);
    for (int i = 0; i < VH_STATS_MAX_SERIES; i++) {
        struct vh_series s;
        snprintf(name, sizeof name, "node%d", i);
        assert_true(vh_stats_find(stats, name, "x", &s));
        assert_true(s.all.mean == i);
    }
    vh_stats_destroy(&stats);
}

static void *add_many(void *stats)
{
    for (int i = 0; i < 2000; i++)
        vh_stats_add(stats, "node", i % 2 ? "a" : "b", i);
    return NULL;
}

static void threads_may_add(void **state)
{
    (void)state;
    struct vh_stats *stats;
    struct vh_series a;
    pthread_t thread[4];
    assert_int_equal(vh_stats_create(&stats), VH_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, add_many, stats), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    assert_true(vh_stats_find(stats, "node", "a", &a));
    assert_int_equal(a.all.n, 4000);
    vh_stats_destroy(&stats);
}

static void record_has_the_nine_fields(void **state)
{
    (void)state;
    struct vh_record record = vh_record_none();
    struct vh_text out = {0};
    record.total_time_sec = 12.5;
    record.frames_per_second = 40;
    vh_record_print_json(&record, "a\"b.avi", NULL, &out);
    const char *expected =
        "\"input\": \"a\\\"b.avi\", \"output\": null, \"preprocessing_time_sec\": null, "
        "\"upscaling_time_sec\": null, "
        "\"encoding_time_sec\": null, \"total_time_sec\": 12.5, \"peak_memory_mb\": null, "
        "\"gpu_utilization_percent\": null, "
        "\"frames_per_second\": 40, \"model_load_time_sec\": null, \"queue_query_time_ms\": null, ";
    assert_non_null(strstr(out.data, expected));
    vh_text_clear(&out);
    vh_record_print_prometheus(&record, &out);
    assert_string_equal(out.data,
        "# HELP vhsup_job_total_time_sec of the last job\n# TYPE vhsup_job_total_time_sec "
        "gauge\nvhsup_job_total_time_sec 12.5\n"
        "# HELP vhsup_job_frames_per_second of the last job\n# TYPE vhsup_job_frames_per_second gauge\n"
        "vhsup_job_frames_per_second 40\n");
    vh_text_uninit(&out);
    assert_true(vh_record_peak_memory_mb() > 0.5);
}

static char heard[1024];

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(heard, sizeof heard, "%s", message);
}

static void worse_runs_are_noticed(void **state)
{
    (void)state;
    struct vh_log ear = {.sink = hear, .level = VH_LOG_WARNING};
    struct vh_record now = vh_record_none(), before = vh_record_none();
    assert_int_equal(vh_record_compare(&now, &before, &ear), 0);
    now.encoding_time_sec = 1.2, before.encoding_time_sec = 1;
    now.peak_memory_mb = 149, before.peak_memory_mb = 100;
    now.queue_query_time_ms = 100;
    assert_int_equal(vh_record_compare(&now, &before, &ear), 0);
    now.encoding_time_sec = 1.3;
    assert_int_equal(vh_record_compare(&now, &before, &ear), 1);
    assert_string_equal(
        heard, "encoding was 1.3 s, 1.30 times the 1 s of the run compared with (alert above 1.2)");
    now.peak_memory_mb = 151, now.queue_query_time_ms = 101;
    assert_int_equal(vh_record_compare(&now, &before, &ear), 3);
}

static void times_are_compared_per_picture(void **state)
{
    (void)state;
    struct vh_log ear = {.sink = hear, .level = VH_LOG_WARNING};
    struct vh_record now = vh_record_none(), before = vh_record_none();
    assert_true(vh_record_set(&before, "encoding_time_sec", 1));
    assert_true(vh_record_set(&before, "frames_out", 100));
    assert_false(vh_record_set(&before, "frames", 100));
    now.encoding_time_sec = 10, now.frames_out = 1000;
    assert_int_equal(vh_record_compare(&now, &before, &ear), 0);
    now.encoding_time_sec = 13;
    assert_int_equal(vh_record_compare(&now, &before, &ear), 1);
    assert_string_equal(heard, "encoding was 13 ms a picture, 1.30 times the 10 ms a picture of the run "
                               "compared with (alert above 1.2)");
}

static void files_are_checked_before(void **state)
{
    (void)state;
    struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};
    char folder[] = "/tmp/vhsup-stats-XXXXXX", path[64], text[8] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    assert_int_equal(vh_stats_check_file(path, "--stats", &ear), VH_OK);
    assert_int_equal(access(path, F_OK), -1); /* leaves nothing */
    FILE *file = fopen(path, "w");
    fputs("old", file);
    fclose(file);
    assert_int_equal(vh_stats_check_file(path, "--stats", &ear), VH_OK);
    file = fopen(path, "r");
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 3);
    fclose(file);
    assert_int_equal(vh_stats_check_file(folder, "--stats", &ear), VH_ERR_OUTPUT);
    assert_int_equal(vh_stats_check_file("/nonexistent/x", "--stats", &ear), VH_ERR_OUTPUT);
    assert_string_equal(heard, "--stats /nonexistent/x cannot be written: No such file or directory");
    /* A device stays one. */
    struct vh_text line = {0};
    vh_text_add(&line, "one\n");
    assert_int_equal(vh_stats_check_file("/dev/null", "--metrics", &ear), VH_OK);
    assert_int_equal(vh_stats_replace_file("/dev/null", &line, &ear), VH_OK);
    vh_text_uninit(&line);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void files_grow_or_are_replaced(void **state)
{
    (void)state;
    struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};
    char folder[] = "/tmp/vhsup-stats-XXXXXX", path[64], text[64] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    struct vh_text line = {0};
    vh_text_add(&line, "one\n");
    assert_int_equal(vh_stats_append_file(path, &line, &ear), VH_OK);
    assert_int_equal(vh_stats_append_file(path, &line, &ear), VH_OK);
    FILE *file = fopen(path, "r");
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 8);
    fclose(file);
    assert_int_equal(vh_stats_replace_file(path, &line, &ear), VH_OK);
    file = fopen(path, "r");
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 4);
    fclose(file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left behind */
    assert_int_equal(vh_stats_append_file("/nonexistent/x", &line, &ear), VH_ERR_OUTPUT);
    assert_string_equal(heard, "/nonexistent/x cannot be written: No such file or directory");
    assert_int_equal(vh_stats_replace_file("/nonexistent/x", &line, &ear), VH_ERR_OUTPUT);
    vh_text_uninit(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_become_series),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(threads_may_add),
        cmocka_unit_test(record_has_the_nine_fields),
        cmocka_unit_test(worse_runs_are_noticed),
        cmocka_unit_test(times_are_compared_per_picture),
        cmocka_unit_test(files_are_checked_before),
        cmocka_unit_test(files_grow_or_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
