/* Colour carrier in luma: found to its share, in both standards; nothing on clean pictures, however fine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/dot_crawl.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>

enum { W = 720 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

struct scene {
    int height;
    double leak;  /* of the carrier */
    double noise; /* white, sigma: the finest texture there is */
    double colour;
};

static void paint(const struct scene *s, uint16_t *block, unsigned frame)
{
    bool ntsc = s->height == 480;
    double per_sample = ntsc ? 227.5 / 858 : 283.7516 / 864, cycles = ntsc ? 227.5 : 283.7516;
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < W; x++) {
            double cb = s->colour * (x / 90 % 2 ? 0.6 : -1), cr = s->colour * (y / 60 % 2 ? 0.8 : -0.5);
            double phase = 6.28318530717958648 * (per_sample * x + cycles * (y / 2 + 17.0 * frame));
            double carrier = 0.8546 * cb * sin(phase) + 1.2026 * cr * cos(phase);
            double v = 100 + 20 * sin(x / 31.0 + y / 17.0) + s->leak * carrier +
                       3.46 * s->noise * (random_of(frame * 999983u + (unsigned)(y * W + x), 3) - 0.5);
            block[y * W + x] = (uint16_t)lrint(256 * v);
            if (x % 2)
                continue;
            uint16_t *chroma = block + W * s->height + y * W / 2 + x / 2;
            chroma[0] = (uint16_t)lrint(256 * (128 + cb));
            chroma[W / 2 * s->height] = (uint16_t)lrint(256 * (128 + cr));
        }
}

/* Leak and level as measured; returns whether the level is known. */
static bool measure(const struct scene *s, double *leak, double *level)
{
    struct vh_dot_crawl *crawl = vh_alloc(1, sizeof *crawl);
    struct vh_profile *profile;
    uint16_t *block = vh_alloc(2 * W * (size_t)s->height, sizeof *block), *chroma = block + W * s->height;
    struct vh_image_const frame = {.n_planes = 3, .sub_x = 1, .plane = {{block, W, W, s->height}}};
    for (int i = 0; i < 2; i++)
        frame.plane[i + 1] = (struct vh_plane_const){chroma + i * W / 2 * s->height, W / 2, W / 2, s->height};
    for (unsigned f = 0; f < 8; f++) {
        paint(s, block, f);
        vh_dot_crawl_add(crawl, &frame);
    }
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_dot_crawl_report(crawl, profile), VH_OK);
    *leak = *level = -1;
    bool known = vh_profile_known(profile, "dotcrawl.leak", leak) &&
                 vh_profile_known(profile, "dotcrawl.level", level);
    vh_profile_destroy(&profile);
    vh_free(block);
    vh_free(crawl);
    return known;
}

static void leak_is_found(void **state)
{
    (void)state;
    for (int height = 480; height <= 576; height += 96)
        for (double leak = 0.1; leak < 0.9; leak += 0.3) {
            struct scene s = {.height = height, .leak = leak, .noise = 3, .colour = 30};
            double found, level;
            assert_true(measure(&s, &found, &level));
            assert_true(fabs(found - leak) < 0.1 * leak);
            assert_true(level > 20 * leak && level < 45 * leak);
        }
}

/* White noise has as much at the carrier as beside it. */
static void nothing_is_found_where_nothing_leaked(void **state)
{
    (void)state;
    for (int height = 480; height <= 576; height += 96)
        for (double noise = 0; noise < 25; noise += 8) {
            struct scene s = {.height = height, .noise = noise, .colour = 30};
            double leak, level;
            assert_true(measure(&s, &leak, &level));
            assert_true(level < 0.5);
        }
}

static void pictures_without_colour_tell_nothing(void **state)
{
    (void)state;
    struct scene s = {.height = 576, .noise = 3, .colour = 3};
    double leak, level;
    assert_false(measure(&s, &leak, &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leak_is_found),
        cmocka_unit_test(nothing_is_found_where_nothing_leaked),
        cmocka_unit_test(pictures_without_colour_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
