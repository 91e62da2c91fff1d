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

/* Texture without any slope, a slanted edge and a bar that begins inside the band, so that nothing above
 * tells of it. */
static double wide_scene(int plane, double x, int y)
{
    double v = (plane ? 128 : 110) + 30 * sin(0.09 * x + 1.7 * sin(0.013 * x)) + 14 * sin(0.31 * x);
    v += 50 * run_edge(x - 300 - 0.75 * (y - HEIGHT), 3);
    return v + (y >= HEIGHT - TORN + 2 ? 40 * (run_edge(x - 500, 3) - run_edge(x - 520, 3)) : 0);
}

enum { WIDE = 720 };

static const struct vh_format wide_format = {
    .pix_fmt = AV_PIX_FMT_YUV444P16, .width = WIDE, .height = 2 * HEIGHT, .fields = VH_FIELDS_TFF};

static uint16_t sample(double code)
{
    return (uint16_t)lrint(256 * fmin(fmax(code, 0), 255));
}

/* A field whose last lines lie `torn` samples and less to the right. `colours` is the hue of the torn lines:
 * 1 = theirs, -1 = the opposite one. */
static struct run_image torn_field(double torn, int colours)
{
    struct run_image in = run_image_make(WIDE, HEIGHT, 0, 0);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDE; x++) {
                int line = y - (HEIGHT - TORN);
                double shift = line < 0 ? 0 : torn * exp(-line / 3.0);
                double v = wide_scene(i, x - shift, y);
                v = i && line >= 0 ? 128 + colours * (v - 128) : v;
                in.image.plane[i].data[y * in.image.plane[i].stride + x] = sample(v);
            }
    return in;
}

/* Worst difference of a plane's torn lines from the scene, `margin` samples at both ends left out. */
static double worst(const struct run_image *out, int plane, int margin)
{
    const struct vh_plane *p = &out->image.plane[plane];
    double most = 0;
    for (int y = HEIGHT - TORN; y < HEIGHT; y++)
        for (int x = margin; x < WIDE - margin; x++)
            most = fmax(most, fabs(p->data[y * p->stride + x] / 256.0 - wide_scene(plane, x, y)));
    return most;
}

static void displaced_lines_are_put_back(void **state)
{
    (void)state;
    static const double torn[] = {14.3, -33.6, 120.5};
    for (int t = 0; t < 3; t++) {
        struct run_image in = torn_field(torn[t], 1), out = run_image_make(WIDE, HEIGHT, 0, 0);
        struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_AUTO, .lines = TORN};
        assert_int_equal(
            run_stage(&vh_stage_head_switch, &o, &wide_format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
        int margin = (int)fabs(torn[t]) + 24;
        for (int i = 0; i < 3; i++)
            assert_true(worst(&out, i, margin) < 4);
        assert_true(worst(&in, 0, margin) > 30);
        run_image_free(&in);
        run_image_free(&out);
    }
}

/* The displacement begins inside the first torn line. */
static void a_line_torn_in_its_middle_is_put_back(void **state)
{
    (void)state;
    struct run_image in = torn_field(25, 1), good = torn_field(0, 1),
                     out = run_image_make(WIDE, HEIGHT, 0, 0);
    struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_AUTO, .lines = TORN};
    for (int i = 0; i < 3; i++) {
        ptrdiff_t at = (HEIGHT - TORN) * in.image.plane[i].stride;
        memcpy(in.image.plane[i].data + at, good.image.plane[i].data + at, 352 * sizeof(uint16_t));
    }
    assert_int_equal(
        run_stage(&vh_stage_head_switch, &o, &wide_format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    const struct vh_plane *p = &out.image.plane[0];
    for (int x = 24; x < WIDE - 60; x++)
        if (x < 320 || x >= 360) {
            double d = p->data[(HEIGHT - TORN) * p->stride + x] / 256.0 - wide_scene(0, x, HEIGHT - TORN);
            assert_true(fabs(d) < 4);
        }
    run_image_free(&in);
    run_image_free(&good);
    run_image_free(&out);
}

/* Noise is not put back: what stands there is as smooth as the picture above. Lines that are in their place
 * stay bit for bit. */
static void noise_is_replaced_and_good_lines_stay(void **state)
{
    (void)state;
    struct run_image in = torn_field(0, 1), out = run_image_make(WIDE, HEIGHT, 0, 0);
    struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_AUTO, .lines = TORN};
    struct vh_plane *p = &in.image.plane[0], *q = &out.image.plane[0];
    for (int x = 0; x < WIDE; x++)
        p->data[(HEIGHT - 1) * p->stride + x] = sample(16 + 219 * run_random(x, 7, 7));
    assert_int_equal(
        run_stage(&vh_stage_head_switch, &o, &wide_format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    for (int y = 0; y < HEIGHT - 1; y++)
        assert_memory_equal(p->data + y * p->stride, q->data + y * q->stride, WIDE * sizeof(uint16_t));
    for (int x = 24; x < 280; x++)
        assert_true(fabs(q->data[(HEIGHT - 1) * q->stride + x] / 256.0 - wide_scene(0, x, HEIGHT - 1)) < 8);
    run_image_free(&in);
    run_image_free(&out);
}

/* Colour torn from its burst has another hue: the colour of the lines above stands instead. */
static void wrong_hue_is_not_put_back(void **state)
{
    (void)state;
    struct run_image in = torn_field(10, -1), out = run_image_make(WIDE, HEIGHT, 0, 0);
    struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_AUTO, .lines = TORN};
    assert_int_equal(
        run_stage(&vh_stage_head_switch, &o, &wide_format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    const struct vh_plane *p = &out.image.plane[1];
    for (int x = 24; x < 280; x++)
        assert_true(fabs(p->data[(HEIGHT - 1) * p->stride + x] / 256.0 - wide_scene(1, x, HEIGHT - 1)) < 20);
    assert_true(worst(&in, 1, 24) > 40);
    run_image_free(&in);
    run_image_free(&out);
}

/* Same bits for any SIMD level. */
static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image in = torn_field(21.7, 1), out[2];
    struct vh_head_switch_options o = {.mode = VH_HEAD_SWITCH_AUTO, .lines = TORN};
    for (int k = 0; k < 2; k++) {
        out[k] = run_image_make(WIDE, HEIGHT, 0, 0);
        assert_int_equal(run_stage(&vh_stage_head_switch, &o, &wide_format, &in.image, 1, 0, &out[k].image,
                             NULL, k ? vh_cpu_detect() : 0),
            VH_OK);
    }
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < HEIGHT; y++)
            assert_memory_equal(out[0].image.plane[i].data + y * out[0].image.plane[i].stride,
                out[1].image.plane[i].data + y * out[1].image.plane[i].stride, WIDE * sizeof(uint16_t));
    run_image_free(&in);
    run_image_free(&out[0]);
    run_image_free(&out[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilds),
        cmocka_unit_test(masks),
        cmocka_unit_test(slanted_edges_go_on),
        cmocka_unit_test(displaced_lines_are_put_back),
        cmocka_unit_test(a_line_torn_in_its_middle_is_put_back),
        cmocka_unit_test(noise_is_replaced_and_good_lines_stay),
        cmocka_unit_test(wrong_hue_is_not_put_back),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
