/* Black, white and setup of made scenes; what follows from other measurements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/deductions.h"
#include "analyze/levels.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>

enum { W = 352, H = 240, SCENES = 4, FRAMES = 8 };

static uint32_t random_state;

static double noise(double sigma)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        random_state = random_state * 1664525u + 1013904223u;
        sum += (random_state >> 8) / 16777216.0;
    }
    return sigma * sum;
}

/* A grey scene with a dark and a bright square somewhere. */
static struct vh_profile *measure(double black, double white, double sigma)
{
    static uint16_t sample[W * H];
    struct vh_image_const frame = {.n_planes = 1, .plane = {{sample, W, W, H}}};
    struct vh_levels *levels = vh_alloc(1, sizeof *levels);
    struct vh_profile *profile;
    random_state = 1;
    assert_non_null(levels);
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    for (int s = 0; s < SCENES; s++) {
        for (int n = 0; n < FRAMES; n++) {
            struct vh_frame_stats stats;
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    int u = x - 60 - 30 * s, v = y - 60;
                    double dark =
                        u > 0 && u < 50 && v > 0 && v<60, bright = u> 100 && u < 150 && v > 0 && v < 60;
                    double code = dark ? black : bright ? white : 70 + 25 * s + x % 40;
                    sample[y * W + x] = (uint16_t)(fmin(fmax(code + noise(sigma), 1), 254) * VH_CODE);
                }
            vh_frame_stats_measure(&stats, &frame, NULL);
            vh_levels_add(levels, &stats, &frame);
        }
        vh_levels_end_window(levels);
    }
    assert_int_equal(vh_levels_report(levels, H, profile), VH_OK);
    vh_free(levels);
    return profile;
}

static void check(struct vh_profile *profile, const char *key, double value, double tolerance)
{
    double found = -1;
    assert_true(vh_profile_known(profile, key, &found));
    assert_float_equal(found, value, tolerance);
}

static void ends_are_found_in_noise(void **state)
{
    (void)state;
    for (int sigma = 0; sigma <= 6; sigma += 3) {
        struct vh_profile *profile = measure(16, 235, sigma);
        check(profile, "level.black", 16, 1.5);
        check(profile, "level.white", 235, 1.5);
        check(profile, "level.setup", 0, 0);
        vh_profile_destroy(&profile);
    }
}

static void scenes_without_black_or_white_are_no_faults(void **state)
{
    (void)state;
    double found;
    struct vh_profile *profile = measure(52, 185, 3);
    assert_non_null(vh_profile_get(profile, "level.black"));
    assert_false(vh_profile_known(profile, "level.black", &found));
    assert_false(vh_profile_known(profile, "level.white", &found));
    vh_profile_destroy(&profile);
    profile = measure(16, 200, 3);
    check(profile, "level.white", 200, 1.5);
    vh_profile_destroy(&profile);
}

static void setup_is_found(void **state)
{
    (void)state;
    struct vh_profile *profile = measure(32.4, 235, 4);
    check(profile, "level.black", 32.4, 1.5);
    check(profile, "level.setup", 1, 0);
    vh_profile_destroy(&profile);
}

static void standard_and_speed_follow(void **state)
{
    (void)state;
    struct vh_profile *profile;
    struct vh_measurement corner = {.value = 1.8, .confidence = 0.95};
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_profile_set(profile, "response.corner", &corner), VH_OK);
    assert_int_equal(vh_deduce(profile, 576, 25), VH_OK);
    check(profile, "standard", 1, 0);
    check(profile, "tape.speed", 2, 0);
    assert_int_equal(vh_deduce(profile, 480, 30000 / 1001.0), VH_OK);
    check(profile, "standard", 0, 0);
    assert_int_equal(vh_deduce(profile, 1080, 25), VH_OK);
    check(profile, "standard", 2, 0);
    vh_profile_destroy(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_found_in_noise),
        cmocka_unit_test(scenes_without_black_or_white_are_no_faults),
        cmocka_unit_test(setup_is_found),
        cmocka_unit_test(standard_and_speed_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
