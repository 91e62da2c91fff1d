/* bounce: a field that jumped goes back, exactly where it jumped by whole lines; pans, shaking and cuts are
 * left; same bits everywhere. Covers the measurement of evidence/bounce.h too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/bounce.h"
#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_bounce;

enum { W = 128, FRAME = 480, H = FRAME / 2, FIELDS = 9, CENTRE = 4 };

/* Where each field's picture stands, in lines of the field. */
struct course {
    double at[FIELDS];
    int other_scene_from; /* a cut; FIELDS = none */
    int sub_y;
    double aside; /* samples that the centre stands to the right of the others */
    int wide;     /* 0 = W */
};

static double value(int plane, double x, double y, int seed)
{
    double v = plane ? 128 : 110;
    for (int k = 1; k <= 5; k++)
        v += (plane ? 5 : 12) *
             sin(y / (2.5 * k + run_random(seed, k, plane)) + k * k + 0.3 * sin(x / (17.0 + k)));
    return v;
}

static struct run_image field_of(const struct course *c, int n)
{
    struct run_image r = run_image_make(c->wide ? c->wide : W, H, 1, c->sub_y);
    double aside = n == CENTRE ? c->aside : 0;
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < r.image.plane[i].height; y++)
            for (int x = 0; x < r.image.plane[i].width; x++) {
                double scale = i ? 1 << c->sub_y : 1;
                double v = value(i, x - aside / (i ? 2 : 1), y * scale - c->at[n] + (n & 1) * 0.5,
                    n < c->other_scene_from ? 3 : 8);
                r.image.plane[i].data[y * r.image.plane[i].stride + x] = (uint16_t)lrint(256 * v);
            }
    return r;
}

static struct run_image run(const struct course *c, struct run_image in[FIELDS])
{
    struct vh_format format = {.pix_fmt = c->sub_y ? AV_PIX_FMT_YUV420P16 : AV_PIX_FMT_YUV422P16,
        .width = c->wide ? c->wide : W,
        .height = FRAME,
        .fields = VH_FIELDS_TFF};
    struct vh_bounce_options o = {.mode = VH_SWITCH_ON};
    struct vh_image image[FIELDS];
    struct run_image out = run_image_make(format.width, H, 1, c->sub_y);
    for (int n = 0; n < FIELDS; n++) {
        in[n] = field_of(c, n);
        image[n] = in[n].image;
    }
    assert_int_equal(
        run_stage(&vh_stage_bounce, &o, &format, image, FIELDS, CENTRE, &out.image, NULL, 0), VH_OK);
    return out;
}

static void free_all(struct run_image in[FIELDS], struct run_image *out)
{
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&in[n]);
    run_image_free(out);
}

/* Standing, and in a slow pan that the jump is not part of; luma comes back bit for bit inside the field. */
static void a_jump_by_whole_lines_goes_back_exactly(void **state)
{
    (void)state;
    for (int by = -3; by <= 3; by += 2)
        for (int pan = 0; pan < 2; pan++) {
            struct course c = {.other_scene_from = FIELDS}, steady;
            for (int n = 0; n < FIELDS; n++)
                c.at[n] = pan * 0.1 * n;
            steady = c;
            c.at[CENTRE] += by;
            struct run_image in[FIELDS], good = field_of(&steady, CENTRE), out = run(&c, in);
            assert_true(run_psnr(&in[CENTRE].image, &good.image, 0, 4) < 40);
            for (int i = 0; i < 3; i++)
                assert_true(run_psnr(&out.image, &good.image, i, 4) > 90);
            run_image_free(&good);
            free_all(in, &out);
        }
}

/* By parts of a line, and chroma of half the lines: interpolated. */
static void a_jump_by_parts_of_a_line_goes_back_nearly(void **state)
{
    (void)state;
    for (int sub_y = 0; sub_y < 2; sub_y++) {
        struct course steady = {.other_scene_from = FIELDS, .sub_y = sub_y}, c = steady;
        c.at[CENTRE] = sub_y ? 1 : 1.5;
        struct run_image in[FIELDS], good = field_of(&steady, CENTRE), out = run(&c, in);
        for (int i = 0; i < 3; i++)
            assert_true(run_psnr(&out.image, &good.image, i, 4) >
                        run_psnr(&in[CENTRE].image, &good.image, i, 4) + 12);
        run_image_free(&good);
        free_all(in, &out);
    }
}

/* Sideways, by whole samples of luma and chroma, by whole ones of luma only, and by parts. */
static void a_step_aside_goes_back(void **state)
{
    (void)state;
    static const double aside[] = {-8, 3, 5.4};
    for (int k = 0; k < 3; k++) {
        struct course steady = {.other_scene_from = FIELDS, .wide = 720}, c = steady;
        c.aside = aside[k];
        struct run_image in[FIELDS], good = field_of(&steady, CENTRE), out = run(&c, in);
        for (int i = 0; i < 3; i++)
            assert_true(run_psnr(&out.image, &good.image, i, 20) >
                        (k == 0 ? 90 : run_psnr(&in[CENTRE].image, &good.image, i, 20) + 12));
        run_image_free(&good);
        free_all(in, &out);
    }
}

/* A pan, one that starts, a shaking camera, a picture held for a field in a pan, a cut: bit for bit. */
static void what_the_camera_does_stays(void **state)
{
    (void)state;
    static const struct course courses[] = {
        {{0, 1, 2, 3, 4, 5, 6, 7, 8}, FIELDS, 0},
        {{0, 0, 0, 0, 0, 1, 2, 3, 4}, FIELDS, 0},
        {{0, 1.1, 1.9, 2.3, 2.1, 1.4, 0.4, -0.7, -1.6}, FIELDS, 0},
        {{0, 0.5, 1, 1.5, 1.5, 2.5, 3, 3.5, 4}, FIELDS, 0},
        {{0, 0, 0, 0, 2, 2, 2, 2, 2}, CENTRE, 0},
        {{0, 0, 0, 0, 0.3, 0, 0, 0, 0}, FIELDS, 0},
    };
    for (size_t k = 0; k < sizeof courses / sizeof *courses; k++) {
        struct run_image in[FIELDS], out = run(&courses[k], in);
        for (int i = 0; i < 3; i++)
            assert_true(run_psnr(&out.image, &in[CENTRE].image, i, 0) == 99);
        free_all(in, &out);
    }
}

/* Stripes that repeat fit in many places: nothing is said. */
static void patterns_that_repeat_say_nothing(void **state)
{
    (void)state;
    struct run_image in[FIELDS];
    struct vh_window window = {.index = CENTRE, .frame_height = FRAME};
    for (int n = 0; n < FIELDS; n++) {
        in[n] = run_image_make(W, H, 1, 0);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                in[n].image.plane[0].data[y * in[n].image.plane[0].stride + x] =
                    (uint16_t)(256 * 100 + 8000 * sin((y + (n == CENTRE ? 2 : 0)) * 6.28318530717958648 / 4));
        window.image[VH_WINDOW_REACH - CENTRE + n] = vh_image_read(&in[n].image);
    }
    assert_false(vh_bounce_measure(&window).known);
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&in[n]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_by_whole_lines_goes_back_exactly),
        cmocka_unit_test(a_jump_by_parts_of_a_line_goes_back_nearly),
        cmocka_unit_test(a_step_aside_goes_back),
        cmocka_unit_test(what_the_camera_does_stays),
        cmocka_unit_test(patterns_that_repeat_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
