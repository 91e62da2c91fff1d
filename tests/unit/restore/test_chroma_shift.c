/* chroma-shift: undoes a known shift both ways, leaves luma and unshifted chroma alone, same bits at every
 * level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_chroma_shift;

enum { WIDTH = 722, HEIGHT = 96 };

/* One field with its chroma `dx` luma samples right and `dy` field lines below its place. */
static struct run_image field(double dx, double dy, int sub_y)
{
    struct run_image r = run_image_make(WIDTH, HEIGHT, 1, sub_y);
    for (int i = 0; i < 3; i++) {
        struct vh_plane *p = &r.image.plane[i];
        int sx = i ? 2 : 1, sy = i && sub_y ? 2 : 1;
        for (int y = 0; y < p->height; y++)
            for (int x = 0; x < p->width; x++) {
                double at_x = x * sx - (i ? dx : 0), at_y = 2 * (y * sy - (i ? dy : 0));
                p->data[y * p->stride + x] = (uint16_t)lrint(256 * run_scene(i, at_x, at_y, i ? 24 : 4, 7));
            }
    }
    return r;
}

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = 2 * HEIGHT, .fields = VH_FIELDS_TFF};

static double told_split; /* what `after` is told of the planes' difference */

static double after(double dx, double dy, double told_x, double told_y, int plane, double *before)
{
    struct run_image truth = field(0, 0, 1), bad = field(dx, dy, 1),
                     out = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_chroma_shift_options o = {.delay_x = told_x, .delay_y = told_y, .split = told_split};
    assert_int_equal(
        run_stage(&vh_stage_chroma_shift, &o, &format, &bad.image, 1, 0, &out.image, NULL, vh_cpu_detect()),
        VH_OK);
    double psnr = run_psnr(&out.image, &truth.image, plane, 16);
    *before = run_psnr(&bad.image, &truth.image, plane, 16);
    run_image_free(&truth);
    run_image_free(&bad);
    run_image_free(&out);
    return psnr;
}

static void undoes_the_shift(void **state)
{
    (void)state;
    double before;
    for (int plane = 1; plane < 3; plane++) {
        assert_true(after(6.5, 0, 6.5, 0, plane, &before) > before + 15);
        assert_true(after(-3, 0, -3, 0, plane, &before) > before + 15);
        assert_true(after(0, 1, 0, 1, plane, &before) > before + 4);
        assert_true(after(5.25, 1.5, 5.25, 1.5, plane, &before) > before + 6);
        /* the wrong way makes it worse: the test can fail */
        assert_true(after(6.5, 0, -6.5, 0, plane, &before) < before);
    }
}

/* Told that red lies 4 px right of blue, the planes are moved by 2 px to either side of the common value. */
static void planes_go_their_own_ways(void **state)
{
    (void)state;
    double before;
    told_split = 4;
    assert_true(after(3, 0, 5, 0, 1, &before) > before + 10);
    assert_true(after(7, 0, 5, 0, 2, &before) > before + 10);
    assert_true(after(7, 0, 5, 0, 1, &before) < after(3, 0, 5, 0, 1, &before) - 10);
    told_split = 0;
}

static void leaves_the_rest_alone(void **state)
{
    (void)state;
    double before;
    assert_true(after(6.5, 1, 6.5, 1, 0, &before) == 99); /* luma: the same bits */
    assert_true(after(0, 0, NAN, NAN, 1, &before) == 99);
    assert_true(
        after(0, 0, 0.1, 0, 1, &before) > 50); /* a tenth of a sample told wrongly does next to nothing */
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image bad = field(4, 0.5, 1), a = run_image_make(WIDTH, HEIGHT, 1, 1),
                     b = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_chroma_shift_options o = {.delay_x = 4, .delay_y = 0.5};
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    run_stage(&vh_stage_chroma_shift, &o, &format, &bad.image, 1, 0, &a.image, NULL, 0);
    run_stage(&vh_stage_chroma_shift, &o, &format, &bad.image, 1, 0, &b.image, pool, vh_cpu_detect());
    for (int i = 0; i < 3; i++)
        assert_true(run_psnr(&a.image, &b.image, i, 0) == 99);
    vh_pool_destroy(&pool);
    run_image_free(&bad);
    run_image_free(&a);
    run_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undoes_the_shift),
        cmocka_unit_test(planes_go_their_own_ways),
        cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
