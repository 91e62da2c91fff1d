/* Scan type and field order of moving, still and noisy pictures with known truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/cadence.h"
#include "analyze/scan.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

enum { W = 160, H = 96, FRAMES = 12 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Luma of a textured scene that has moved by `shift` samples; `noise` in codes. */
static uint16_t scene(int x, int y, double shift, double noise, uint32_t *state)
{
    double v = 128 + 50 * sin((x - shift) * 0.21) * cos(y * 0.11) + 30 * sin((x - shift + 2 * y) * 0.07);
    double r = ((double)(next_random(state) % 2001) - 1000) / 1000 * noise * 1.73;
    double code = v + r;
    return (uint16_t)((code < 1 ? 1 : code > 254 ? 254 : code) * VH_CODE);
}

/* Frame `n`: lines of parity p show the scene at field time 2n + when[p]. */
static void make_frame(
    uint16_t *data, int n, const double when[2], double speed, double noise, uint32_t *state)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            data[y * W + x] = scene(x, y, speed * (2 * n + when[y & 1]), noise, state);
}

struct seen {
    struct vh_scan scan;
    struct vh_cadence cadence;
};

static struct seen scan_of(double top, double bottom, double speed, double noise)
{
    static uint16_t a[W * H], b[W * H];
    struct seen seen = {.scan = {0}};
    uint32_t state = 7;
    const double when[2] = {top, bottom};
    make_frame(a, 0, when, speed, noise, &state);
    for (int n = 1; n < FRAMES; n++) {
        make_frame(b, n, when, speed, noise, &state);
        struct vh_image_const before = {.n_planes = 1, .plane = {{a, W, W, H}}},
                              now = {.n_planes = 1, .plane = {{b, W, W, H}}};
        struct vh_frame_stats stats;
        vh_frame_stats_measure(&stats, &now, &before);
        vh_cadence_add(&seen.cadence, &stats, vh_scan_add(&seen.scan, before.plane[0], now.plane[0]), false);
        memcpy(a, b, sizeof a);
    }
    vh_cadence_finish(&seen.cadence);
    return seen;
}

static void check(const struct seen *seen, const char *key, double value)
{
    struct vh_profile *profile;
    double found = -1;
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_scan_report(&seen->scan, profile), VH_OK);
    assert_int_equal(vh_cadence_report(&seen->cadence, profile), VH_OK);
    assert_true(vh_profile_known(profile, key, &found));
    assert_float_equal(found, value, 0);
    vh_profile_destroy(&profile);
}

static void order_is_found(void **state)
{
    (void)state;
    for (int noise = 0; noise <= 6; noise += 3) {
        struct seen tff = scan_of(0, 1, 1.7, noise), bff = scan_of(1, 0, 1.7, noise);
        check(&tff, "scan.type", 0);
        check(&tff, "scan.order", 0);
        check(&bff, "scan.order", 1);
    }
}

static void progressive_is_found(void **state)
{
    (void)state;
    struct seen seen = scan_of(0, 0, 1.7, 3);
    check(&seen, "scan.type", 1);
    check(&seen, "scan.cadence", 0);
}

/* The second field of a frame and the first of the next are one picture: 2:2, out of phase. */
static void shifted_film_is_found(void **state)
{
    (void)state;
    struct seen tff = scan_of(0, 2, 1.7, 3), bff = scan_of(2, 0, 1.7, 3);
    check(&tff, "scan.type", 2);
    check(&tff, "scan.cadence", 2);
    check(&tff, "scan.order", 0);
    check(&bff, "scan.order", 1);
}

static void still_pictures_do_not_vote(void **state)
{
    (void)state;
    struct seen seen = scan_of(0, 1, 0, 4);
    struct vh_profile *profile;
    assert_int_equal(seen.scan.n_pairs, FRAMES - 1);
    assert_int_equal(seen.scan.n_moving, 0);
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_scan_report(&seen.scan, profile), VH_OK);
    assert_int_equal(vh_cadence_report(&seen.cadence, profile), VH_OK);
    assert_null(vh_profile_get(profile, "scan.type"));
    assert_null(vh_profile_get(profile, "scan.order"));
    vh_profile_destroy(&profile);
}

static void tiny_planes_are_ignored(void **state)
{
    (void)state;
    uint16_t sample[4] = {0};
    struct vh_scan scan = {0};
    assert_int_equal(VH_SCAN_NONE, vh_scan_add(&scan, (struct vh_plane_const){sample, 2, 2, 2},
                                       (struct vh_plane_const){sample, 2, 2, 2}));
    assert_int_equal(scan.n_moving, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_found),
        cmocka_unit_test(progressive_is_found),
        cmocka_unit_test(shifted_film_is_found),
        cmocka_unit_test(still_pictures_do_not_vote),
        cmocka_unit_test(tiny_planes_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
