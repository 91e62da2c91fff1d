/* flicker: random gain falls to a quarter, a fade and a cut pass, steady fields keep their bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/evidence.h"
#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_flicker;

enum { W = 64, H = 32, FIELDS = 400 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = W, .height = 2 * H, .fields = VH_FIELDS_TFF};

/* rms of ln(brightness out / brightness wanted) over the fields after the first 50: gains random by
 * `flicker`, changing by `fade` per field, doubled at field `cut` (a cut, said so by the evidence). */
static double strength = 1, head_pair;

static double left(double flicker, double fade, int cut)
{
    struct vh_flicker_options o = {.mode = VH_SWITCH_ON, .strength = strength};
    struct vh_stage_config config = {.format = format, .options = &o};
    struct run_image in = run_image_make(W, H, 1, 1), out = run_image_make(W, H, 1, 1);
    struct vh_stage *stage;
    double sum = 0, n = 0, before = 0;
    assert_int_equal(vh_stage_open(&stage, &vh_stage_flicker, &config), VH_OK);
    for (int f = 0; f < FIELDS; f++) {
        double random = -6;
        for (int i = 0; i < 12; i++)
            random += run_random(f, i, 77);
        double wanted = 60 * exp(fade * (f - FIELDS / 2)) * (cut && f >= cut ? 2 : 1),
               is = wanted * exp(flicker * random) * (1 + (f & 1 ? -0.5 : 0.5) * head_pair);
        for (int i = 0; i < 3; i++)
            for (int y = 0; y < in.image.plane[i].height; y++)
                for (int x = 0; x < in.image.plane[i].width; x++)
                    in.image.plane[i].data[y * in.image.plane[i].stride + x] =
                        (uint16_t)lrint(256 * (16 + is));
        struct vh_evidence evidence = {
            .gain = {f ? (float)(is / before) : 1, 1}, .cut_before = !f || f == cut};
        struct vh_stage_input input = {.evidence = &evidence, .window = {.index = f, .frame_height = 2 * H}};
        input.window.image[VH_WINDOW_REACH] = vh_image_read(&in.image);
        assert_int_equal(stage->ops->process(stage, &input, &out.image), VH_OK);
        assert_int_equal(out.image.plane[1].data[5], in.image.plane[1].data[5]); /* chroma stays */
        double got = log((out.image.plane[0].data[W / 2] / 256.0 - 16) / wanted);
        if (f >= 50 && (!cut || f < cut || f > cut + 50)) {
            sum += got * got;
            n++;
        }
        before = is;
    }
    vh_stage_close(&stage);
    run_image_free(&in);
    run_image_free(&out);
    return sqrt(sum / n);
}

static void flicker_falls(void **state)
{
    (void)state;
    assert_true(left(0.03, 0, 0) < 0.007);
    assert_true(left(0.01, 0, 0) < 0.0035);
}

static void unlike_heads_become_alike(void **state)
{
    (void)state;
    head_pair = 0.04; /* 2 % rms */
    assert_true(left(0, 0, 0) < 0.002);
    assert_true(left(0.01, 0, 0) < 0.004);
    strength = 0.5;
    double half = left(0, 0, 0);
    assert_true(half > 0.009 && half < 0.012);
    strength = 1;
    head_pair = 0;
}

static void fades_and_cuts_pass(void **state)
{
    (void)state;
    assert_true(left(0, 0.002, 0) < 0.002);
    assert_true(left(0.01, 0.002, 0) < 0.005);
    assert_true(
        left(0.01, 0, 200) < 0.012); /* after a cut the level is that of one field: an offset, no flicker */
}

static void steady_fields_keep_their_bits(void **state)
{
    (void)state;
    assert_true(left(0, 0, 0) < 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flicker_falls),
        cmocka_unit_test(unlike_heads_become_alike),
        cmocka_unit_test(fades_and_cuts_pass),
        cmocka_unit_test(steady_fields_keep_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
