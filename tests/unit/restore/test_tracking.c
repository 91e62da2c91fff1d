/* tracking: a band of noise comes nearer to the steady scene, everything else stays bit for bit, and the bits
 * do not depend on threads or SIMD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/tracking.h"
#include "look_bench.h"
#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_tracking;

enum { W = 256, H = 192, FIELDS = 9, MIDDLE = 4, FIRST = 30, BAND = 14 };

/* Woven picture n of a scene that moves two samples per field; the band moves down by a line and a half. */
static struct run_image draw(int n, bool band)
{
    struct run_image r = run_image_make(W, H, 1, 1);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *plane = &r.image.plane[p];
        for (int y = 0; y < plane->height; y++)
            for (int x = 0; x < W >> (p > 0); x++) {
                int s = p ? 2 : 1, line = y * s / 2;
                double u = x * s - 2 * n, v = y * s, noise = 0;
                bool lost = band && line >= FIRST + 3 * n / 2 && line < FIRST + 3 * n / 2 + BAND;
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

/* Runs the stage on the middle field; PSNR of luma lines [y0, y1) before and after. */
static struct run_image repaired(
    bool band, double *before, double *after, struct vh_pool *pool, unsigned flags, int *bands)
{
    static struct look_bench bench;
    struct vh_tracking_options o = {.mode = VH_SWITCH_ON};
    struct vh_stage_config config = {
        .format = {.pix_fmt = AV_PIX_FMT_YUV420P16, .width = W, .height = H, .fields = VH_FIELDS_TFF},
        .options = &o,
        .cpu_flags = flags,
        .pool = pool};
    struct run_image picture[FIELDS], steady = draw(MIDDLE, false), out = run_image_make(W, H, 1, 1);
    struct vh_image view[FIELDS];
    struct vh_stage_input in;
    struct vh_stage *stage;
    uint8_t broken[H];
    assert_int_equal(vh_stage_open(&stage, &vh_stage_tracking, &config), VH_OK);
    for (int n = 0; n < FIELDS; n++) {
        picture[n] = draw(n, band);
        view[n] = picture[n].image;
    }
    look_bench_open(&bench, view, FIELDS, 0, pool, flags);
    look_bench_input(&bench, MIDDLE, &in);
    *bands = vh_tracking_find(&bench.look[MIDDLE], broken);
    struct vh_image field = vh_image_field(out.image, MIDDLE & 1),
                    truth = vh_image_field(steady.image, MIDDLE & 1),
                    own = vh_image_field(picture[MIDDLE].image, MIDDLE & 1);
    assert_int_equal(stage->ops->process(stage, &in, &field), VH_OK);
    *before = run_psnr(&own, &truth, 0, 8);
    *after = run_psnr(&field, &truth, 0, 8);
    for (int y = 0; y < H / 2; y++) /* outside the band nothing changes */
        if (!broken[y])
            assert_memory_equal(field.plane[0].data + y * field.plane[0].stride,
                own.plane[0].data + y * own.plane[0].stride, W * sizeof(uint16_t));
    vh_stage_close(&stage);
    look_bench_close(&bench);
    run_image_free(&steady);
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&picture[n]);
    return out;
}

static void a_band_is_calmed(void **state)
{
    (void)state;
    double before, after;
    int bands;
    struct run_image out = repaired(true, &before, &after, NULL, vh_cpu_detect(), &bands);
    assert_int_equal(bands, 1);
    assert_true(after > before + 5);
    run_image_free(&out);
}

static void steady_fields_stay(void **state)
{
    (void)state;
    double before, after;
    int bands;
    struct run_image out = repaired(false, &before, &after, NULL, vh_cpu_detect(), &bands);
    assert_int_equal(bands, 0);
    assert_true(after == 99);
    run_image_free(&out);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    double before, after;
    int bands;
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    struct run_image a = repaired(true, &before, &after, NULL, 0, &bands),
                     b = repaired(true, &before, &after, pool, vh_cpu_detect(), &bands);
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
        cmocka_unit_test(a_band_is_calmed),
        cmocka_unit_test(steady_fields_stay),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
