/* transients: slow edges get faster and nothing overshoots, noise and flat areas stay, same bits everywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_transients;

enum { WIDTH = 720, HEIGHT = 64, LOW = 60, HIGH = 160, EDGE = 300 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = HEIGHT, .fields = VH_FIELDS_PROGRESSIVE};

/* An edge of `rise` samples (10 to 90 %), noise of a code or so beside it. */
static void draw(struct run_image *r, double rise, double noise)
{
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < r->image.plane[i].height; y++)
            for (int x = 0; x < r->image.plane[i].width; x++) {
                double v = i ? 128 : LOW + (HIGH - LOW) * run_edge(x - EDGE - y % 7 / 7.0, rise);
                v += noise * (run_random(x, y, i) - 0.5);
                r->image.plane[i].data[y * r->image.plane[i].stride + x] = (uint16_t)lrint(256 * v);
            }
}

static void run(
    const struct run_image *in, struct run_image *out, double strength, struct vh_pool *pool, unsigned cpu)
{
    struct vh_transients_options o = {.strength = strength};
    assert_int_equal(
        run_stage(&vh_stage_transients, &o, &format, &in->image, 1, 0, &out->image, pool, cpu), VH_OK);
}

static void slow_edges_get_faster(void **state)
{
    (void)state;
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1),
                     fast = run_image_make(WIDTH, HEIGHT, 1, 1);
    draw(&in, 4.8, 0);
    draw(&fast, 3.8, 0);
    run(&in, &out, NAN, NULL, vh_cpu_detect());
    assert_true(run_psnr(&out.image, &fast.image, 0, 0) > run_psnr(&in.image, &fast.image, 0, 0) + 2);
    assert_true(run_psnr(&in.image, &out.image, 1, 0) == 99);
    run(&in, &out, 3, NULL, vh_cpu_detect());
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const uint16_t *line = out.image.plane[0].data + y * out.image.plane[0].stride;
            assert_in_range(line[x], 256 * LOW, 256 * HIGH);
        }
    run_image_free(&in);
    run_image_free(&out);
    run_image_free(&fast);
}

static void noise_stays(void **state)
{
    (void)state;
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    draw(&in, 1000, 0.9); /* curvature within the core */
    run(&in, &out, 3, NULL, vh_cpu_detect());
    assert_true(run_psnr(&in.image, &out.image, 0, 0) == 99);
    run_image_free(&in);
    run_image_free(&out);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), a = run_image_make(WIDTH, HEIGHT, 1, 1),
                     b = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    draw(&in, 5, 8);
    run(&in, &a, NAN, NULL, 0);
    run(&in, &b, 1, pool, vh_cpu_detect());
    assert_true(run_psnr(&a.image, &b.image, 0, 0) == 99);
    assert_true(run_psnr(&a.image, &in.image, 0, 0) < 60);
    vh_pool_destroy(&pool);
    run_image_free(&in);
    run_image_free(&a);
    run_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_edges_get_faster),
        cmocka_unit_test(noise_stays),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
