/* tracking: a band of noise comes nearer to the steady scene, everything else stays bit for bit, and the bits
 * do not depend on threads or SIMD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/tracking.h"
#include "look_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_tracking;

enum { W = 256, H = 192, FIELDS = 9, MIDDLE = 4, FIRST = 30, BAND = 14 };

/* Woven picture n of a scene that moves two samples per field; the band moves down by a line and a half. */
static struct run_image draw(int n, double band)
{
    struct run_image r = run_image_make(W, H, 1, 1);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *plane = &r.image.plane[p];
        for (int y = 0; y < plane->height; y++)
            for (int x = 0; x < W >> (p > 0); x++) {
                int s = p ? 2 : 1, line = y * s / 2;
                double u = x * s - 2 * n, v = y * s, noise = 0;
                bool lost = band > 0 && line >= FIRST + 3 * n / 2 && line < FIRST + 3 * n / 2 + BAND;
                for (int i = 0; i < 4 && lost; i++)
                    noise += 90 * (run_random(x + 1000 * p, y + 311 * n, i) - 0.5);
                plane->data[y * plane->stride + x] =
                    (uint16_t)(256 * fmin(fmax(110 + 45 * sin(u * 0.15) * cos(v * 0.06) +
                                                   25 * sin(u * 0.43 + v * 0.1) + noise,
                                              0),
                                         255));
            }
    }
    return r;
}

struct found {
    int bands;
    uint8_t broken[H];
};

static void find(void *arg, const struct vh_field_look *look)
{
    struct found *found = arg;
    found->bands = vh_tracking_find(look, found->broken);
}

static struct look_run run_of(struct found *found)
{
    static const struct vh_tracking_options options = {.mode = VH_SWITCH_ON};
    return (struct look_run){.ops = &vh_stage_tracking,
        .options = &options,
        .width = W,
        .height = H,
        .fields = FIELDS,
        .centre = MIDDLE,
        .draw = draw,
        .flags = vh_cpu_detect(),
        .look = find,
        .arg = found};
}

static void a_band_is_calmed(void **state)
{
    (void)state;
    struct found found;
    struct look_run run = run_of(&found);
    struct look_run_result r = look_run(&run, 1);
    assert_int_equal(found.bands, 1);
    assert_true(r.after > r.before + 5);
    for (int y = 0; y < H / 2; y++) /* outside the band nothing changes */
        if (!found.broken[y])
            assert_memory_equal(r.field.plane[0].data + y * r.field.plane[0].stride,
                r.own.plane[0].data + y * r.own.plane[0].stride, W * sizeof(uint16_t));
    look_run_free(&r);
}

static void steady_fields_stay(void **state)
{
    (void)state;
    struct found found;
    struct look_run run = run_of(&found);
    struct look_run_result r = look_run(&run, 0);
    assert_int_equal(found.bands, 0);
    assert_true(r.after == 99);
    look_run_free(&r);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct found found;
    look_run_same_bits(run_of(&found), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_band_is_calmed),
        cmocka_unit_test(steady_fields_stay),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
