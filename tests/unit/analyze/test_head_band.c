/* The head-switching band: height found to the line when the last lines are displaced, nothing found on a
 * picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/head_switch.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { W = 704, H = 240 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

struct scene {
    int torn; /* field lines at the bottom, moved by 9 samples and then less */
    double sigma;
    bool strips;  /* lines that have nothing in common with each other, as stripes and captions are */
    double slant; /* samples a frame line */
};

/* Soft slanted stripes that move. */
static double measure(const struct scene *scene, double *confidence)
{
    struct vh_head_switch head = {.n_frames = 0};
    struct vh_profile *profile;
    uint16_t *block = vh_alloc(2 * W * H, sizeof *block);
    struct vh_plane_const before = {block + W * H, W, W, H}, plane = {block, W, W, H};
    for (unsigned f = 0; f < 12; f++) {
        for (int y = 0; y < H; y++) {
            int below = y / 2 - (H / 2 - scene->torn);
            double shift = below >= 0 ? 9 * exp(-below / 6.0) : 0;
            for (int x = 0; x < W; x++) {
                double at = x + shift + scene->slant * y + 3.0 * f,
                       pace = scene->strips ? 1 + 0.13 * (y / 2 * 7 % 11) : 1;
                double v = 110 + 40 * sin(at / 23 * pace) + 30 * sin(at / 7.1 * pace + 1) +
                           3.4 * scene->sigma * (random_of(f * 1000003u + (unsigned)(y * W + x), 5) - 0.5);
                block[y * W + x] = (uint16_t)lrint(256 * v);
            }
        }
        if (f)
            vh_head_switch_add(&head, &plane, &before);
        memcpy(block + W * H, block, W * H * sizeof *block);
    }
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    assert_int_equal(vh_head_switch_report(&head, profile), VH_OK);
    const struct vh_measurement *m = vh_profile_get(profile, "headswitch.lines");
    double value = m->value;
    *confidence = m->confidence;
    vh_profile_destroy(&profile);
    vh_free(block);
    return value;
}

static void band_is_found(void **state)
{
    (void)state;
    double confidence;
    for (int torn = 2; torn <= 10; torn += 2)
        for (double sigma = 0; sigma <= 4; sigma += 4) {
            struct scene scene = {.torn = torn, .sigma = sigma, .slant = 0.3};
            assert_true(measure(&scene, &confidence) == torn);
            assert_true(confidence > 0.9);
        }
}

static void a_picture_has_none(void **state)
{
    (void)state;
    static const struct scene scenes[] = {{.slant = 0.3}, {.sigma = 5, .slant = 0.3},
        {.strips = true, .slant = 0.3}, {.sigma = 4, .strips = true, .slant = 0.3},
        /* Edges so flat that each line is the one above, moved: up to the top, not in a band. */
        {.slant = 2.2}, {.sigma = 4, .slant = -2.2}};
    double confidence;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        assert_true(measure(&scenes[i], &confidence) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(band_is_found),
        cmocka_unit_test(a_picture_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
