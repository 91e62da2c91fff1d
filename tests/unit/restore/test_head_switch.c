/* head-switch: torn lines are gone, good ones untouched bit for bit, in luma and chroma, rebuilt or masked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_head_switch;

enum { WIDTH = 64, HEIGHT = 40, TORN = 5 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = 2 * HEIGHT, .fields = VH_FIELDS_TFF};

static void check(int mode, bool masked)
{
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < in.image.plane[i].height; y++)
            for (int x = 0; x < in.image.plane[i].width; x++)
                in.image.plane[i].data[y * in.image.plane[i].stride + x] = (uint16_t)(20000 + 100 * y + x);
    struct vh_head_switch_options o = {.mode = mode, .lines = TORN};
    assert_int_equal(
        run_stage(&vh_stage_head_switch, &o, &format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    for (int i = 0; i < 3; i++) {
        const struct vh_plane *p = &out.image.plane[i];
        int good = p->height - (i ? (TORN + 1) / 2 : TORN);
        for (int y = 0; y < p->height; y++) {
            int want = y < good ? 20000 + 100 * y
                       : masked ? (i ? 32768 : 4096)
                                : 20000 + 100 * (2 * good - 1 - y);
            assert_int_equal(p->data[y * p->stride], want);
            assert_int_equal(p->data[y * p->stride + 7], y < good || !masked ? want + 7 : want);
        }
    }
    run_image_free(&in);
    run_image_free(&out);
}

static void rebuilds(void **state)
{
    (void)state;
    check(VH_HEAD_SWITCH_REBUILD, false);
    check(VH_HEAD_SWITCH_AUTO, false);
}

static void masks(void **state)
{
    (void)state;
    check(VH_HEAD_SWITCH_MASK, true);
}

/* A slanted edge, 0.75 samples per line, goes straight on through the torn lines. */
static void slanted_edges_go_on(void **state)
{
    (void)state;
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_REBUILD, .lines = TORN};
    const struct vh_plane *p = &in.image.plane[0], *q = &out.image.plane[0];
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < in.image.plane[i].height; y++)
            for (int x = 0; x < in.image.plane[i].width; x++)
                in.image.plane[i].data[y * in.image.plane[i].stride + x] =
                    (uint16_t)(256 * (60 + 100 * run_edge(x - WIDTH / 2 - 0.75 * (y - HEIGHT), 3)));
    assert_int_equal(
        run_stage(&vh_stage_head_switch, &o, &format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    for (int y = HEIGHT - TORN; y < HEIGHT; y++)
        for (int x = WIDTH / 2 - 8; x < WIDTH / 2 + 8; x++)
            assert_true(
                fabs((double)p->data[y * p->stride + x] - (double)q->data[y * q->stride + x]) < 256 * 6);
    run_image_free(&in);
    run_image_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilds),
        cmocka_unit_test(masks),
        cmocka_unit_test(slanted_edges_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
