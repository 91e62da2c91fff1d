/* The healer: jitter is ignored, gaps and collisions are found where they are, drift does not flap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "media/heal.h"

#include <math.h>

enum { MAX = 4096 };

struct result {
    int64_t number[MAX];
    int missing[MAX];
    int source[MAX]; /* which input frame it was */
    int n;
    struct vh_healer_counts counts;
};

static void take(struct vh_healer *healer, struct result *r)
{
    AVFrame *frame;
    struct vh_healed healed;
    while (vh_healer_pull(healer, &frame, &healed) == VH_OK) {
        r->number[r->n] = healed.number;
        r->missing[r->n] = healed.n_missing;
        r->source[r->n++] = frame->width; /* carries the running number */
        av_frame_free(&frame);
    }
}

static void heal(
    const int64_t *pts, int n, AVRational time_base, AVRational rate, int max_gap, struct result *r)
{
    const struct vh_healer_options options = {.frame_rate = rate, .max_gap = max_gap};
    struct vh_healer *healer;
    r->n = 0;
    assert_int_equal(vh_healer_create(&healer, &options, NULL), VH_OK);
    for (int i = 0; i < n; i++) {
        AVFrame *frame = av_frame_alloc();
        frame->pts = pts[i];
        frame->time_base = time_base;
        frame->width = i;
        assert_int_equal(vh_healer_push(healer, frame), VH_OK);
        take(healer, r);
    }
    vh_healer_push(healer, NULL);
    take(healer, r);
    vh_healer_get_counts(healer, &r->counts);
    vh_healer_destroy(&healer);
}

static const AVRational ms = {1, 1000}, ntsc = {30000, 1001};

static void rounding_to_milliseconds(void **state)
{
    static int64_t pts[1000];
    static struct result r;
    (void)state;
    for (int i = 0; i < 1000; i++)
        pts[i] = 478 + llrint(i * 1001.0 / 30);
    heal(pts, 1000, ms, ntsc, 0, &r);
    assert_int_equal(r.n, 1000);
    for (int i = 0; i < r.n; i++)
        assert_int_equal(r.number[i], i);
    assert_int_equal(r.counts.n_missing + r.counts.n_dropped, 0);
    assert_true(fabs(r.counts.start_us - 478000) < 500);
    assert_true(r.counts.jitter_rms_ms < 0.4);
}

static void gap_is_found_where_it_is(void **state)
{
    static int64_t pts[200];
    static struct result r;
    int n = 0;
    (void)state;
    for (int i = 0; i < 120; i++)
        if (i < 50 || i > 52)
            pts[n++] = i * 40 + (i * 7919 % 13) - 6; /* jitter of 6 ms */
    heal(pts, n, ms, (AVRational){25, 1}, 0, &r);
    assert_int_equal(r.n, n);
    for (int i = 0; i < r.n; i++)
        assert_int_equal(r.missing[i], i == 50 ? 3 : 0);
    assert_int_equal(r.number[r.n - 1], 119);
    assert_int_equal(r.counts.n_missing, 3);
}

static void doubled_frame_is_dropped(void **state)
{
    static int64_t pts[200];
    static struct result r;
    (void)state;
    for (int i = 0; i < 100; i++)
        pts[i] = (i < 60 ? i : i - 1) * 40;
    heal(pts, 100, ms, (AVRational){25, 1}, 0, &r);
    assert_int_equal(r.n, 99);
    assert_int_equal(r.number[98], 98);
    assert_int_equal(r.counts.n_dropped, 1);
    assert_int_equal(r.counts.n_missing, 0);
}

static void one_late_stamp_changes_nothing(void **state)
{
    static int64_t pts[100];
    static struct result r;
    (void)state;
    for (int i = 0; i < 100; i++)
        pts[i] = i * 40;
    pts[30] += 39; /* as a USB card does */
    pts[70] -= 39;
    heal(pts, 100, ms, (AVRational){25, 1}, 0, &r);
    assert_int_equal(r.n, 100);
    assert_int_equal(r.counts.n_missing + r.counts.n_dropped, 0);
}

static void drift_costs_one_frame_not_many(void **state)
{
    static int64_t pts[3000];
    static struct result r;
    (void)state;
    for (int i = 0; i < 3000; i++) /* 0.05 % slow: 1.5 frames in all */
        pts[i] = llrint(i * 40 * 1.0005) + (i * 7919 % 9) - 4;
    heal(pts, 3000, ms, (AVRational){25, 1}, 0, &r);
    assert_int_equal(r.n, 3000);
    assert_in_range(r.counts.n_missing, 1, 2);
    assert_int_equal(r.counts.n_dropped, 0);
}

static void untimed_frames_follow(void **state)
{
    int64_t pts[20];
    static struct result r;
    (void)state;
    for (int i = 0; i < 20; i++)
        pts[i] = i % 4 ? AV_NOPTS_VALUE : i * 40;
    heal(pts, 20, ms, (AVRational){25, 1}, 0, &r);
    assert_int_equal(r.n, 20);
    assert_int_equal(r.number[19], 19);
    assert_int_equal(r.counts.n_untimed, 15);
}

static void jumps_are_closed(void **state)
{
    static int64_t pts[100];
    static struct result r;
    (void)state;
    for (int i = 0; i < 100; i++)
        pts[i] = i * 40 + (i >= 40 ? 3600000 : 0) - (i >= 70 ? 7200000 : 0);
    heal(pts, 100, ms, (AVRational){25, 1}, 250, &r);
    assert_int_equal(r.n, 100);
    assert_int_equal(r.number[99], 99);
    assert_int_equal(r.counts.n_jumps, 2);
}

static void a_rate_is_needed(void **state)
{
    const struct vh_healer_options options = {.frame_rate = {0, 1}};
    struct vh_healer *healer;
    (void)state;
    assert_int_equal(vh_healer_create(&healer, &options, NULL), VH_ERR_USAGE);
    assert_null(healer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounding_to_milliseconds),
        cmocka_unit_test(gap_is_found_where_it_is), cmocka_unit_test(doubled_frame_is_dropped),
        cmocka_unit_test(one_late_stamp_changes_nothing), cmocka_unit_test(drift_costs_one_frame_not_many),
        cmocka_unit_test(untimed_frames_follow), cmocka_unit_test(jumps_are_closed),
        cmocka_unit_test(a_rate_is_needed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
