/* Recordings: separated by snow, blue, long black and order flips; not by fades. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/recordings.h"
#include "core/status.h"

#include <stdio.h>

static void add(struct vh_profile *profile, const char *kind, double start_s, double end_s)
{
    struct vh_section s = {.start_s = start_s, .end_s = end_s, .confidence = 1};
    snprintf(s.kind, sizeof s.kind, "%s", kind);
    assert_int_equal(vh_profile_add_section(profile, &s), VH_OK);
}

static void is(const struct vh_profile *profile, int i, double start_s, double end_s)
{
    const struct vh_section *s = vh_recording_get(profile, i);
    assert_non_null(s);
    assert_true(s->start_s == start_s && s->end_s == end_s && (int)s->value == i + 1);
}

static void separators_separate(void **state)
{
    struct vh_profile *p;
    int n;
    (void)state;
    assert_int_equal(vh_profile_create(&p), VH_OK);
    add(p, "snow", 0, 1);
    add(p, "black", 20, 21); /* a fade */
    add(p, "blue", 60, 63);
    add(p, "black", 63, 66); /* both are one gap */
    add(p, "cut", 80, 80);
    add(p, "order", 100, 100);
    add(p, "snow", 101, 102); /* what lies between is too short */
    add(p, "black", 150, 152.5);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(vh_recordings_find(p, 0, 200, &n), VH_OK);
        assert_int_equal(n, 4);
        is(p, 0, 1, 60);
        is(p, 1, 66, 100);
        is(p, 2, 102, 150);
        is(p, 3, 152.5, 200);
        assert_null(vh_recording_get(p, 4));
    }
    vh_profile_destroy(&p);
}

static void one_and_none(void **state)
{
    struct vh_profile *p;
    int n;
    (void)state;
    assert_int_equal(vh_profile_create(&p), VH_OK);
    assert_int_equal(vh_recordings_find(p, 3, 30, &n), VH_OK);
    assert_int_equal(n, 1);
    is(p, 0, 3, 30);
    add(p, "snow", 3, 30);
    assert_int_equal(vh_recordings_find(p, 3, 30, &n), VH_OK);
    assert_int_equal(n, 0);
    vh_profile_destroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(separators_separate), cmocka_unit_test(one_and_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
