/* line-sync: fields whose lines jitter come nearer to the steady scene, steady ones stay, ends of the stream
 * pass, and the bits do not depend on threads or SIMD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "look_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_line_sync;

enum { W = 256, H = 128, FIELDS = 13, MIDDLE = 6 };

static double jitter_of(int n, int y, double rms)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += run_random(n, y, 100 + i);
    return rms * sum;
}

/* Woven picture n of a scene that moves two samples per field, its lines displaced at random. */
static struct run_image draw(int n, double rms)
{
    struct run_image r = run_image_make(W, H, 1, 1);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *plane = &r.image.plane[p];
        for (int y = 0; y < plane->height; y++)
            for (int x = 0; x < W >> (p > 0); x++) {
                int s = p ? 2 : 1;
                double u = x * s - 2 * n + jitter_of(n, y * s, rms), v = y * s;
                plane->data[y * plane->stride + x] =
                    (uint16_t)(256 *
                               (110 + 45 * sin(u * 0.15) * cos(v * 0.06) + 25 * sin(u * 0.43 + v * 0.1)));
            }
    }
    return r;
}

/* The repaired field `centre`. */
static struct look_run run_of(int centre)
{
    static const struct vh_line_sync_options options = {.mode = VH_SWITCH_ON, .strength = 1};
    return (struct look_run){.ops = &vh_stage_line_sync,
        .options = &options,
        .width = W,
        .height = H,
        .fields = FIELDS,
        .centre = centre,
        .draw = draw,
        .flags = vh_cpu_detect()};
}

static void jitter_falls(void **state)
{
    (void)state;
    struct look_run run = run_of(MIDDLE);
    struct look_run_result r = look_run(&run, 0.7);
    look_run_free(&r);
    assert_true(r.after > r.before + 6);
}

static void steady_fields_stay(void **state)
{
    (void)state;
    for (int centre = 0; centre < FIELDS; centre++) { /* ends of the stream too */
        struct look_run run = run_of(centre);
        struct look_run_result r = look_run(&run, 0);
        look_run_free(&r);
        assert_true(r.before == 99 && r.after > 48);
    }
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    look_run_same_bits(run_of(MIDDLE), 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_falls),
        cmocka_unit_test(steady_fields_stay),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
