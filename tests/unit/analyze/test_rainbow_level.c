/* False colour over standing detail is found to its size in both standards; noise, drifts and moving colour
 * are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/rainbow.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>

enum { W = 720, FRAMES = 7 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

struct scene {
    int height;
    double rainbow; /* amplitude in codes */
    double noise;   /* of chroma, sigma */
    double drift;   /* of chroma, codes a frame */
    double move;    /* samples a frame */
    double detail;  /* of luma, codes */
};

static void paint(const struct scene *s, uint16_t *block, unsigned frame)
{
    double turns = (s->height == 480 ? 0.5 : 0.25) * frame;
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < W; x++) {
            block[y * W + x] = (uint16_t)lrint(256 * (100 + s->detail * cos(1.7 * (x - s->move * frame))));
            for (int i = 0; i < 2 && x % 2 == 0; i++) {
                double c = 128 + 15 * sin((x - s->move * frame) / 60.0) + s->drift * frame +
                           s->rainbow * cos(6.28318530717958648 * (x / 90.0 + y / 4.0 + i / 4.0 + turns)) +
                           3.46 * s->noise *
                               (random_of(frame * 2999929u + (unsigned)(y * W + x), (unsigned)i) - 0.5);
                block[(1 + i) * W * s->height - i * W / 2 * s->height + y * W / 2 + x / 2] =
                    (uint16_t)lrint(256 * c);
            }
        }
}

/* The level as measured; returns whether it is known. */
static bool measure(const struct scene *s, double *level)
{
    struct vh_rainbow *rainbow = vh_alloc(1, sizeof *rainbow);
    struct vh_profile *profile;
    size_t n = (size_t)W * (size_t)s->height;
    uint16_t *block = vh_alloc(2 * n * FRAMES, sizeof *block);
    struct vh_image_const frame[FRAMES];
    for (int f = 0; f < FRAMES; f++) {
        uint16_t *at = block + 2 * n * (size_t)f;
        paint(s, at, (unsigned)f);
        frame[f] = (struct vh_image_const){.n_planes = 3,
            .sub_x = 1,
            .plane = {{at, W, W, s->height}, {at + n, W / 2, W / 2, s->height},
                {at + n + n / 2, W / 2, W / 2, s->height}}};
    }
    vh_rainbow_add(rainbow, frame, FRAMES);
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_rainbow_report(rainbow, profile), VH_OK);
    bool known = vh_profile_known(profile, "rainbow.level", level);
    vh_profile_destroy(&profile);
    vh_free(block);
    vh_free(rainbow);
    return known;
}

static void false_colour_is_found(void **state)
{
    (void)state;
    for (int height = 480; height <= 576; height += 96)
        for (double size = 2; size < 20; size *= 2) {
            struct scene s = {.height = height, .rainbow = size, .noise = 1.5, .detail = 20};
            double level;
            assert_true(measure(&s, &level));
            assert_true(level > 0.8 * size && level < 1.3 * size);
        }
}

static void nothing_is_found_where_nothing_alternates(void **state)
{
    (void)state;
    for (int height = 480; height <= 576; height += 96) {
        struct scene noisy = {.height = height, .noise = 5, .detail = 20},
                     drifts = {.height = height, .drift = 1, .detail = 20};
        double level;
        assert_true(measure(&noisy, &level));
        assert_true(level < 0.7);
        assert_true(measure(&drifts, &level));
        assert_true(level < 0.5);
    }
}

static void moving_and_even_pictures_tell_nothing(void **state)
{
    (void)state;
    struct scene moving = {.height = 576, .rainbow = 5, .move = 1.3, .detail = 20},
                 even = {.height = 576, .rainbow = 5};
    double level;
    assert_false(measure(&moving, &level));
    assert_false(measure(&even, &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_colour_is_found),
        cmocka_unit_test(nothing_is_found_where_nothing_alternates),
        cmocka_unit_test(moving_and_even_pictures_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
