/* Noise, jitter and dropouts of made fields with known truth, through the collector of a window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/tape_fields.h"
#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

enum { W = 320, H = 192, FRAMES = 12 };

struct faults {
    double sigma, jitter, dropouts, pan;
};

static uint32_t random_state;

static double uniform(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) / 16777216.0;
}

static double normal(void)
{
    return uniform() + uniform() + uniform() + uniform() + uniform() + uniform() + uniform() + uniform() +
           uniform() + uniform() + uniform() + uniform() - 6;
}

/* Shapes with soft edges and texture; even areas between them, as pictures have. */
static double scene(double x, double y)
{
    double even = 0.5 + 0.5 * tanh(6 * sin(x * 0.021 + 1) * sin(y * 0.033));
    double v = 40 * tanh(4 * sin(x * 0.061) * cos(y * 0.043)) + 25 * tanh(5 * sin(x * 0.17 + y * 0.05));
    return 120 + even * (v + 12 * sin(x * 0.4) * sin(y * 0.21));
}

static void make_line(uint16_t *to, double field, double y, const struct faults *f)
{
    double shift = f->pan * field + f->jitter * normal();
    for (int x = 0; x < W; x++) {
        double v = floor(scene(x - shift, y) + f->sigma * normal() + 0.5);
        to[x] = (uint16_t)(fmin(fmax(v, 1), 254) * VH_CODE);
    }
    if (uniform() >= f->dropouts / (H / 2))
        return;
    int at = (int)(uniform() * (W - 60));
    for (int x = at; x < at + 40; x++)
        to[x] = 235 * VH_CODE;
}

static struct vh_profile *measure(const struct faults *f)
{
    static uint16_t sample[W * H];
    struct vh_tape_fields *fields;
    struct vh_profile *profile;
    struct vh_tape_fields_config config = {.width = W, .height = H};
    struct vh_image_const frame = {.n_planes = 1, .plane = {{sample, W, W, H}}};
    random_state = 4;
    assert_int_equal(vh_tape_fields_create(&fields, &config), VH_OK);
    assert_int_equal(vh_profile_create(&profile), VH_OK);
    for (int n = 0; n < FRAMES; n++) {
        for (int y = 0; y < H; y++)
            make_line(sample + y * W, 2 * n + (y & 1), y, f);
        assert_int_equal(vh_tape_fields_add(fields, &frame), VH_OK);
    }
    assert_int_equal(vh_tape_fields_end_window(fields, false), VH_OK);
    assert_int_equal(vh_tape_fields_report(fields, profile), VH_OK);
    vh_tape_fields_destroy(&fields);
    return profile;
}

static void check(const struct faults *f, const char *key, double value, double tolerance)
{
    struct vh_profile *profile = measure(f);
    const struct vh_measurement *m = vh_profile_get(profile, key);
    assert_non_null(m);
    assert_float_equal(m->value, value, tolerance);
    vh_profile_destroy(&profile);
}

static void noise_is_measured(void **state)
{
    (void)state;
    check(&(struct faults){.pan = 1.3}, "noise.luma", 0, 0.3);
    check(&(struct faults){.sigma = 2, .pan = 1.3}, "noise.luma", 2, 0.3);
    check(&(struct faults){.sigma = 6, .pan = 0.6}, "noise.luma", 6, 0.9);
}

static void jitter_is_no_noise(void **state)
{
    (void)state;
    check(&(struct faults){.sigma = 2, .jitter = 0.7}, "noise.luma", 2, 0.6);
}

static void jitter_is_measured(void **state)
{
    (void)state;
    check(&(struct faults){.sigma = 2, .pan = 1.3}, "jitter.rms", 0, 0.1);
    check(&(struct faults){.sigma = 2, .jitter = 0.4, .pan = 1.3}, "jitter.rms", 0.4, 0.08);
    check(&(struct faults){.sigma = 2, .jitter = 1.0}, "jitter.rms", 1.0, 0.2);
}

static void dropouts_are_counted(void **state)
{
    (void)state;
    check(&(struct faults){.sigma = 3, .pan = 1.3}, "dropout.rate", 0, 0.05);
    check(&(struct faults){.sigma = 3, .dropouts = 2, .pan = 1.3}, "dropout.rate", 2, 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_measured),
        cmocka_unit_test(jitter_is_no_noise),
        cmocka_unit_test(jitter_is_measured),
        cmocka_unit_test(dropouts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
