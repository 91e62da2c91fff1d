/* line-sync: fields whose lines jitter come nearer to the steady scene, steady ones stay, ends of the stream
 * pass, and the bits do not depend on threads or SIMD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "look_bench.h"
#include "repair_run.h"
#include "restore/repairs.h"

#include <stdlib.h>

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

/* The repaired luma of field `centre` against the steady scene; *before without the repair. */
static double repaired(
    int centre, double rms, double *before, struct vh_pool *pool, unsigned flags, struct run_image *out)
{
    struct vh_line_sync_options o = {.mode = VH_SWITCH_ON, .strength = 1};
    struct vh_stage_config config = {
        .format = {.pix_fmt = AV_PIX_FMT_YUV420P16, .width = W, .height = H, .fields = VH_FIELDS_TFF},
        .options = &o,
        .cpu_flags = flags,
        .pool = pool};
    struct vh_stage_input in;
    struct run_image picture[FIELDS], steady = draw(centre, 0);
    struct vh_image view[FIELDS];
    static struct look_bench bench;
    struct vh_stage *stage;
    assert_int_equal(vh_stage_open(&stage, &vh_stage_line_sync, &config), VH_OK);
    for (int n = 0; n < FIELDS; n++) {
        picture[n] = draw(n, rms);
        view[n] = picture[n].image;
    }
    look_bench_open(&bench, view, FIELDS, 0, pool, flags);
    look_bench_input(&bench, centre, &in);
    *out = run_image_make(W, H, 1, 1);
    struct vh_image field = vh_image_field(out->image, centre & 1),
                    truth = vh_image_field(steady.image, centre & 1),
                    own = vh_image_field(picture[centre].image, centre & 1);
    assert_int_equal(stage->ops->process(stage, &in, &field), VH_OK);
    *before = run_psnr(&own, &truth, 0, 8);
    double after = run_psnr(&field, &truth, 0, 8);
    vh_stage_close(&stage);
    look_bench_close(&bench);
    run_image_free(&steady);
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&picture[n]);
    return after;
}

static void jitter_falls(void **state)
{
    (void)state;
    struct run_image out;
    double before, after = repaired(MIDDLE, 0.7, &before, NULL, vh_cpu_detect(), &out);
    run_image_free(&out);
    assert_true(after > before + 6);
}

static void steady_fields_stay(void **state)
{
    (void)state;
    for (int centre = 0; centre < FIELDS; centre++) { /* ends of the stream too */
        struct run_image out;
        double before, after = repaired(centre, 0, &before, NULL, vh_cpu_detect(), &out);
        run_image_free(&out);
        assert_true(before == 99 && after > 48);
    }
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image a, b;
    struct vh_pool *pool;
    double before;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    repaired(MIDDLE, 0.5, &before, NULL, 0, &a);
    repaired(MIDDLE, 0.5, &before, pool, vh_cpu_detect(), &b);
    struct vh_image fa = vh_image_field(a.image, 0), fb = vh_image_field(b.image, 0);
    for (int i = 0; i < 3; i++)
        assert_true(run_psnr(&fa, &fb, i, 0) == 99);
    vh_pool_destroy(&pool);
    run_image_free(&a);
    run_image_free(&b);
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
