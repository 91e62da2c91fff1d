/* dehalo: a halo beside an edge goes, thin lines and gratings of the scene stay, same bits everywhere; the
 * recipe switches it on for a halo that undoing the response leaves, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

#include <stdlib.h>

extern const struct vh_stage_ops vh_stage_dehalo;

enum { WIDTH = 720, HEIGHT = 64, LOW = 60, HIGH = 160, EDGE = 300 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = HEIGHT, .fields = VH_FIELDS_PROGRESSIVE};

typedef double scene_fn(int x, int y);

/* An edge three samples wide with lines of 7 % on both sides, four to five samples wide. */
static double haloed_edge(int x, int y)
{
    (void)y;
    double v = LOW + (HIGH - LOW) * fmin(1, fmax(0, (x - EDGE) / 3.0));
    if (x > EDGE + 3 && x <= EDGE + 7)
        v += 0.07 * (HIGH - LOW);
    if (x < EDGE && x >= EDGE - 5)
        v -= 0.07 * (HIGH - LOW);
    return v;
}

/* Lines of one to six samples, and gratings: all as high as the range around them. */
static double lines(int x, int y)
{
    if (x < WIDTH / 2)
        return x % 40 < 1 + y % 6 ? HIGH : LOW;
    return 110 + 40 * sin(2 * 3.14159265 * x / (3 + y % 8));
}

/* The edge without its halo, which must come back as it is. */
static double clean_edge(int x, int y)
{
    return LOW + (HIGH - LOW) * fmin(1, fmax(0, (x - EDGE - y % 5) / (1.0 + y % 4)));
}

static void draw(struct run_image *r, scene_fn *scene)
{
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < r->image.plane[i].height; y++)
            for (int x = 0; x < r->image.plane[i].width; x++)
                r->image.plane[i].data[y * r->image.plane[i].stride + x] =
                    (uint16_t)lrint(256 * (i ? 128 : scene(x, y)));
}

static void run(
    const struct run_image *in, struct run_image *out, double strength, struct vh_pool *pool, unsigned cpu)
{
    struct vh_dehalo_options o = {.strength = strength};
    assert_int_equal(
        run_stage(&vh_stage_dehalo, &o, &format, &in->image, 1, 0, &out->image, pool, cpu), VH_OK);
}

static void a_halo_goes(void **state)
{
    (void)state;
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    draw(&in, haloed_edge);
    run(&in, &out, 0.1, NULL, vh_cpu_detect());
    const uint16_t *line = out.image.plane[0].data;
    for (int x = 10; x < WIDTH - 10; x++) {
        assert_in_range(line[x], 256 * (LOW - 1), 256 * (HIGH + 1));
        if (x < EDGE - 1 || x > EDGE + 4)
            assert_in_range(abs((int)line[x] - 256 * (x < EDGE ? LOW : HIGH)), 0, 256);
    }
    run(&in, &out, 0.02, NULL, vh_cpu_detect()); /* three times as high as a halo was said to be: no halo */
    assert_true(run_psnr(&in.image, &out.image, 0, 0) == 99);
    run_image_free(&in);
    run_image_free(&out);
}

static void the_scene_stays(void **state)
{
    (void)state;
    scene_fn *const scenes[] = {lines, clean_edge};
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    for (int i = 0; i < 2; i++) {
        draw(&in, scenes[i]);
        run(&in, &out, 0.1, NULL, vh_cpu_detect());
        assert_true(run_psnr(&in.image, &out.image, 0, 12) > 60);
        assert_true(run_psnr(&in.image, &out.image, 1, 0) == 99);
    }
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
    draw(&in, haloed_edge);
    run(&in, &a, 0.08, NULL, 0);
    run(&in, &b, 0.08, pool, vh_cpu_detect());
    assert_true(run_psnr(&a.image, &b.image, 0, 0) == 99);
    assert_true(run_psnr(&a.image, &in.image, 0, 0) < 60);
    vh_pool_destroy(&pool);
    run_image_free(&in);
    run_image_free(&a);
    run_image_free(&b);
}

static void strength_must_be_known(void **state)
{
    (void)state;
    struct vh_dehalo_options o = {.strength = NAN};
    struct vh_stage_config config = {.format = format, .options = &o};
    struct vh_stage *stage;
    assert_int_equal(vh_stage_open(&stage, &vh_stage_dehalo, &config), VH_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_halo_goes),
        cmocka_unit_test(the_scene_stays),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(strength_must_be_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
