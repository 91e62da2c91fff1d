/* The path detectors: a band-limited, delayed, noisy tape is described; a clean one is not accused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/path.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>

enum { W = 704, H = 240, FRAMES = 24 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

/* One line of steps, the same for all lines of a band; plane > 0: other heights, smoothed, `delay` to the
 * right. */
static void make_line(double *to, unsigned band, int plane, int delay)
{
    double raw[W], v = 128;
    for (int x = 0; x < W; x++) {
        if (random_of(band * 4096u + (unsigned)x, 3) < 0.04)
            v = 128 + 90 * (random_of(band * 4096u + (unsigned)x, 4 + (unsigned)plane) - 0.5);
        raw[x] = v;
    }
    for (int x = 0; x < W; x++) {
        double sum = 0;
        int half = plane ? 8 : 0;
        for (int i = -half; i <= half; i++) {
            int at = x - delay + i;
            sum += raw[at < 0 ? 0 : at >= W ? W - 1 : at];
        }
        to[x] = sum / (2 * half + 1);
    }
}

/* Three poles in cascade, there and back: no phase, a limit of about `pole`. */
static void low_pass(double *line, double pole)
{
    for (int pass = 0; pass < 4; pass++) {
        double v = line[0];
        for (int x = 0; x < W; x++)
            line[x] = v += pole * (line[x] - v);
        v = line[W - 1];
        for (int x = W - 1; x >= 0; x--)
            line[x] = v += pole * (line[x] - v);
    }
}

static struct vh_profile *look(int delay, double pole, double sigma)
{
    struct vh_profile *profile;
    struct vh_path path = {.n_frames = 0};
    uint16_t *block = vh_alloc(2 * W * H, sizeof *block), *before = vh_alloc(2 * W * H, sizeof *before);
    struct vh_image_const image = {.n_planes = 3,
        .sub_x = 1,
        .sub_y = 1,
        .plane = {{block, W, W, H}, {block + W * H, W / 2, W / 2, H / 2},
            {block + W * H + W * H / 4, W / 2, W / 2, H / 2}}};
    struct vh_image_const previous = image;
    for (int p = 0; p < 3; p++)
        previous.plane[p].data = before + (image.plane[p].data - block);
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    for (unsigned f = 0; f < FRAMES; f++) {
        for (int i = 0; i < 2 * W * H; i++)
            before[i] = block[i];
        double line[W];
        for (int p = 0; p < 3; p++)
            for (int y = 0; y < (p ? H / 2 : H); y++) {
                uint16_t *to = block + (p ? W * H + (p - 1) * W * H / 4 : 0) + y * (p ? W / 2 : W);
                make_line(line, (unsigned)(y * (p ? 2 : 1)) / 12 + f / 8 * 100, p, p ? delay : 0);
                for (int x = 0; x < W; x++)
                    line[x] +=
                        3.46 * sigma * (random_of((unsigned)(y * W + x), 50 + 3 * f + (unsigned)p) - 0.5);
                if (pole < 1)
                    low_pass(line, pole);
                for (int x = 0; x < (p ? W / 2 : W); x++)
                    to[x] = (uint16_t)lrint(256 * fmin(fmax(line[p ? 2 * x : x], 0), 255));
            }
        if (f % 8 == 0)
            vh_path_end_window(&path);
        assert_int_equal(vh_path_add(&path, &image, f % 8 ? &previous : NULL), VH_OK);
    }
    vh_path_end_window(&path);
    assert_int_equal(vh_path_report(&path, profile), VH_OK);
    vh_path_uninit(&path);
    vh_free(block);
    vh_free(before);
    return profile;
}

static void a_tape_is_described(void **state)
{
    (void)state;
    struct vh_profile *profile = look(6, 0.6, 3);
    double value;
    assert_true(vh_profile_defect(profile, "chroma.delay_x", &value));
    assert_true(fabs(value - 6) < 0.75);
    assert_false(vh_profile_defect(profile, "chroma.delay_y", &value));
    assert_true(vh_profile_known(profile, "response.corner", &value));
    assert_true(value > 0.5 && value < 3);
    assert_true(vh_profile_known(profile, "response.detail", &value));
    vh_profile_destroy(&profile);
}

static void a_clean_picture_is_left_alone(void **state)
{
    (void)state;
    double value;
    struct vh_profile *profile = look(0, 1, 0);
    assert_false(vh_profile_defect(profile, "chroma.delay_x", &value));
    assert_false(vh_profile_defect(profile, "chroma.delay_y", &value));
    assert_null(vh_profile_get(profile, "response.corner"));
    vh_profile_destroy(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tape_is_described),
        cmocka_unit_test(a_clean_picture_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
