/* The timeline: knots, times there and back, watermark, and what a listener hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "timeline.h"

#include <math.h>

static const AVRational pal = {25, 1};

static void near(double a, double b)
{
    if (fabs(a - b) > 1e-9)
        fail_msg("%.9f instead of %.9f", a, b);
}

static void times_there_and_back(void **state)
{
    struct vh_timeline *t;
    (void)state;
    assert_int_equal(vh_timeline_create(&t, VH_TIMELINE_FOLLOW, pal), VH_OK);
    near(vh_timeline_tape_s(t, 3), 3);
    assert_int_equal(vh_timeline_shift(t, 100, 2), VH_OK);  /* two missing before frame 100 (4.00 s) */
    assert_int_equal(vh_timeline_shift(t, 201, -1), VH_OK); /* frame 200 was a copy */
    near(vh_timeline_tape_s(t, 3.96), 3.96);
    near(vh_timeline_tape_s(t, 4), 4.08);
    near(vh_timeline_tape_s(t, 8.04), 8.08);
    near(vh_timeline_file_s(t, 3.96), 3.96);
    near(vh_timeline_file_s(t, 4.04), 4); /* in the hole */
    near(vh_timeline_file_s(t, 4.08), 4);
    near(vh_timeline_file_s(t, 8.08), 8.04);
    near(vh_timeline_output_s(t, 5), 5);
    assert_int_equal(vh_timeline_knots(t), 2);
    vh_timeline_destroy(&t);
    assert_null(t);
    vh_timeline_destroy(&t);
}

static void edits_come_in_order(void **state)
{
    struct vh_timeline *t;
    (void)state;
    assert_int_equal(vh_timeline_create(&t, VH_TIMELINE_FOLLOW, pal), VH_OK);
    assert_int_equal(vh_timeline_shift(t, 50, 1), VH_OK);
    assert_int_equal(vh_timeline_shift(t, 49, 1), VH_ERR_INTERNAL);
    vh_timeline_final(t, 80);
    assert_int_equal(vh_timeline_shift(t, 79, 1), VH_ERR_INTERNAL);
    assert_int_equal(vh_timeline_shift(t, 80, -1), VH_OK);
    vh_timeline_finish(t);
    assert_true(isinf(vh_timeline_watermark_s(t)));
    assert_int_equal(vh_timeline_shift(t, 90, 1), VH_ERR_INTERNAL);
    vh_timeline_destroy(&t);
}

struct heard {
    int n_edits;
    double time_s[8], delta_s[8], final_s;
};

static void hear(void *opaque, const struct vh_timeline_news *news)
{
    struct heard *heard = opaque;
    assert_true(news->final_s >= heard->final_s);
    heard->final_s = news->final_s;
    if (news->delta_s != 0) {
        heard->time_s[heard->n_edits] = news->time_s;
        heard->delta_s[heard->n_edits++] = news->delta_s;
    }
}

/* With `keep` the sound that belongs to missing frames goes, and sound is added under copies; in tape time.
 */
static void sound_is_told(void **state)
{
    struct vh_timeline *t;
    struct heard heard = {.final_s = -1};
    (void)state;
    assert_int_equal(vh_timeline_create(&t, VH_TIMELINE_KEEP, pal), VH_OK);
    vh_timeline_listen(t, hear, &heard);
    vh_timeline_final(t, 90);
    near(heard.final_s, 89 * 0.04);
    assert_int_equal(vh_timeline_shift(t, 100, 2), VH_OK);
    vh_timeline_final(t, 101);
    assert_int_equal(vh_timeline_shift(t, 201, -1), VH_OK);
    vh_timeline_finish(t);
    assert_int_equal(heard.n_edits, 2);
    near(heard.time_s[0], 4.00);
    near(heard.delta_s[0], -0.08);
    near(heard.time_s[1], (201 + 2 - 1) * 0.04);
    near(heard.delta_s[1], 0.04);
    assert_true(isinf(heard.final_s));
    near(vh_timeline_output_s(t, 6), 5.92);
    near(vh_timeline_output_s(t, 9), 8.96);
    vh_timeline_destroy(&t);
}

static void follow_says_nothing_to_sound(void **state)
{
    struct vh_timeline *t;
    struct heard heard = {.final_s = -1};
    (void)state;
    assert_int_equal(vh_timeline_create(&t, VH_TIMELINE_FOLLOW, (AVRational){30000, 1001}), VH_OK);
    vh_timeline_listen(t, hear, &heard);
    assert_int_equal(vh_timeline_shift(t, 100, 2), VH_OK);
    vh_timeline_finish(t);
    assert_int_equal(heard.n_edits, 0);
    vh_timeline_destroy(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times_there_and_back),
        cmocka_unit_test(edits_come_in_order), cmocka_unit_test(sound_is_told),
        cmocka_unit_test(follow_says_nothing_to_sound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
