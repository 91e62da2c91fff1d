/* How the plan keeps time: when edits are trusted, and when a clock is corrected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "plan_time.h"

#include <math.h>
#include <string.h>

struct bench {
    struct vh_request request;
    struct vh_media_info info;
    struct vh_plan plan;
    struct vh_plan_facts facts;
};

static void begin(struct bench *b)
{
    memset(b, 0, sizeof *b);
    assert_int_equal(vh_request_init(&b->request), VH_OK);
    b->info.audio = 1;
    b->plan.request = &b->request;
    b->plan.frame_rate = (AVRational){25, 1};
    b->facts.info = &b->info;
    b->facts.ends = (struct vh_ends){.known = true, .picture_s = 600, .sound_s = 600};
}

static void resolve(struct bench *b)
{
    b->plan.unpaired = b->plan.keeps_frames = b->plan.follows_time = false;
    b->plan.sound_stretch = 0;
    vh_plan_resolve_time(&b->plan, &b->facts);
}

static void lengths_say_what_is_edited(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    resolve(&b);
    assert_true(b.plan.follows_time && !b.plan.keeps_frames && !b.plan.unpaired);
    b.facts.ends.sound_s = 600.4;
    assert_true(vh_plan_needs_edits(&b.facts.ends));
    b.facts.ends.edits_known = true;
    b.facts.ends.edits_s = 0.4;
    assert_false(vh_plan_needs_edits(&b.facts.ends));
    resolve(&b);
    assert_true(b.plan.unpaired && b.plan.sound_stretch == 0);
    b.facts.ends.edits_s = -0.4; /* they would make it worse: the sound lost as much */
    resolve(&b);
    assert_false(b.plan.unpaired);
    b.info.audio = -1;
    b.facts.ends.known = false;
    resolve(&b);
    assert_true(b.plan.unpaired);
    b.request.time.timeline = VH_TIMES_KEEP;
    resolve(&b);
    assert_true(b.plan.keeps_frames && !b.plan.follows_time);
    vh_request_uninit(&b.request);
}

/* Above 40 ms and 50 ppm over ten minutes, what edits do not explain is a clock; the sound ends with the
 * picture then. */
static void clocks_are_corrected(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    b.facts.ends.edits_known = true;
    b.facts.ends.sound_s = 600.06;
    resolve(&b);
    assert_true(fabs(b.facts.ends.sound_s * (1 + b.plan.sound_stretch) - 600) < 0.001);
    b.facts.ends.edits_s = 0.4; /* ten frames will be put back */
    b.facts.ends.sound_s = 600.46;
    resolve(&b);
    assert_true(b.plan.unpaired);
    assert_true(fabs(b.facts.ends.sound_s * (1 + b.plan.sound_stretch) - 600.4) < 0.001);
    b.plan.direct = true; /* they stay lost: that is no clock */
    resolve(&b);
    assert_true(b.plan.sound_stretch == 0 && !b.plan.unpaired);
    b.facts.ends.edits_s = 0;
    b.facts.ends.sound_s = 600.06;
    resolve(&b);
    assert_true(fabs(b.facts.ends.sound_s * (1 + b.plan.sound_stretch) - 600) < 0.001);
    assert_non_null(strstr(b.plan.time_reason, "not touched; the clocks differ by 100 ppm"));
    b.plan.direct = false;
    b.facts.ends.sound_s = 600.039;
    resolve(&b);
    assert_true(b.plan.sound_stretch == 0); /* below 40 ms */
    b.facts.ends.picture_s = 3600;
    b.facts.ends.sound_s = 3600.1;
    resolve(&b);
    assert_true(b.plan.sound_stretch == 0); /* below 50 ppm */
    b.facts.ends.picture_s = 60;
    b.facts.ends.sound_s = 60.1;
    resolve(&b);
    assert_true(b.plan.sound_stretch == 0); /* too short: a ragged end */
    vh_request_uninit(&b.request);
}

static void some_do_not_want_it(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    b.request.restore.repair = VH_REPAIR_NONE;
    resolve(&b);
    assert_false(b.plan.follows_time);
    b.request.time.timeline = VH_TIMES_FOLLOW;
    resolve(&b);
    assert_true(b.plan.follows_time);
    b.plan.direct = true;
    resolve(&b);
    assert_false(b.plan.follows_time);
    b.plan.direct = false;
    b.plan.frame_rate = (AVRational){0, 1};
    resolve(&b);
    assert_false(b.plan.follows_time);
    vh_request_uninit(&b.request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lengths_say_what_is_edited),
        cmocka_unit_test(clocks_are_corrected), cmocka_unit_test(some_do_not_want_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
