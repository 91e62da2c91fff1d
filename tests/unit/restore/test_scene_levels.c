/* levels: black, white and tint go where they belong, a scene that goes beyond keeps its detail, parameters
 * pass from scene to scene in steps; nominal values change no bit; same bits everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

#include <stdlib.h>

extern const struct vh_stage_ops vh_stage_levels;

enum { W = 192, H = 96, FLAT = 20 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV422P16, .width = W, .height = H, .fields = VH_FIELDS_PROGRESSIVE};

/* A ramp from one code to the other between flat ends, chroma u and v. */
static struct run_image ramp(double low, double high, double u, double v)
{
    struct run_image r = run_image_make(W, H, 1, 0);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < H; y++)
            for (int x = 0; x < r.image.plane[i].width; x++)
                r.image.plane[i].data[y * r.image.plane[i].stride + x] = (uint16_t)lrint(
                    256 *
                    (i == 0      ? low + (high - low) * fmin(fmax(x - FLAT, 0), W - 2 * FLAT) / (W - 2 * FLAT)
                        : i == 1 ? u
                                 : v));
    return r;
}

static double code(const struct run_image *r, int plane, int x)
{
    return r->image.plane[plane].data[H / 2 * r->image.plane[plane].stride + x] / 256.0;
}

/* Runs the pictures in order through one stage. */
static void run_all(const struct vh_levels_options *o, const struct run_image *in, struct run_image *out,
    int n, struct vh_pool *pool)
{
    struct vh_stage_config config = {
        .format = format, .options = o, .pool = pool, .cpu_flags = vh_cpu_detect()};
    struct vh_stage *stage;
    assert_int_equal(vh_stage_open(&stage, &vh_stage_levels, &config), VH_OK);
    for (int c = 0; c < n; c++) {
        struct vh_stage_input input = {.window = {.index = c, .frame_height = H}};
        for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
            if (c + k >= 0 && c + k < n)
                input.window.image[VH_WINDOW_REACH + k] = vh_image_read(&in[c + k].image);
        out[c] = run_image_make(W, H, 1, 0);
        assert_int_equal(stage->ops->process(stage, &input, &out[c].image), VH_OK);
    }
    vh_stage_close(&stage);
}

static void free_all(struct run_image *a, struct run_image *b, int n)
{
    for (int i = 0; i < n; i++) {
        run_image_free(&a[i]);
        run_image_free(&b[i]);
    }
}

static void levels_and_tint_go_where_they_belong(void **state)
{
    (void)state;
    struct vh_levels_options o = {.black = 24, .white = 215, .tint_u = 3, .tint_v = -2, .strength = 1};
    struct run_image in[] = {ramp(24, 215, 131, 126)}, out[1];
    run_all(&o, in, out, 1, NULL);
    assert_true(fabs(code(&out[0], 0, 0) - 16) < 0.1);
    assert_true(fabs(code(&out[0], 0, W - 1) - 235) < 0.1);
    assert_true(fabs(code(&out[0], 1, 9) - 128) < 0.01 && fabs(code(&out[0], 2, 9) - 128) < 0.01);
    free_all(in, out, 1);
}

static void nominal_values_change_no_bit(void **state)
{
    (void)state;
    struct vh_levels_options o = {.black = 16, .white = 235, .strength = 1};
    struct run_image in[] = {ramp(1, 254, 60, 200)}, out[1];
    run_all(&o, in, out, 1, NULL);
    for (int i = 0; i < 3; i++)
        assert_true(run_psnr(&in[0].image, &out[0].image, i, 0) == 99);
    free_all(in, out, 1);
}

/* A scene from 18 to 228 on a tape of 24 to 215: its ends stay apart, within the range. */
static void scenes_that_go_beyond_are_not_crushed(void **state)
{
    (void)state;
    struct vh_levels_options o = {.black = 24, .white = 215, .strength = 1};
    struct run_image in[] = {ramp(18, 222, 128, 128)}, out[1];
    run_all(&o, in, out, 1, NULL);
    assert_true(code(&out[0], 0, 0) > 13 && code(&out[0], 0, W - 1) < 240);
    for (int x = FLAT + 4; x < W - FLAT; x += 4)
        assert_true(code(&out[0], 0, x) > code(&out[0], 0, x - 4) + 1);
    free_all(in, out, 1);
}

/* Two scenes with limits of their own: the same code of the second one moves in small steps of one direction,
 * and ends. */
static void parameters_pass_from_scene_to_scene(void **state)
{
    (void)state;
    enum { N = 32, CUT = 10 };
    struct vh_levels_options o = {.black = 24, .white = 235, .strength = 1};
    struct run_image in[N], out[N];
    for (int i = 0; i < N; i++)
        in[i] = i < CUT ? ramp(24, 90, 128, 128) : ramp(17, 200, 128, 128);
    run_all(&o, in, out, N, NULL);
    double first = code(&out[CUT], 0, 9), last = code(&out[N - 1], 0, 9);
    assert_true(last > first + 3);
    for (int i = CUT + 1; i < N; i++) {
        double by = code(&out[i], 0, 9) - code(&out[i - 1], 0, 9);
        assert_true(by >= 0 && by < 1.5);
        assert_true(i < CUT + 12 || by == 0);
    }
    free_all(in, out, N);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    struct vh_levels_options o = {.black = 24, .white = 215, .tint_u = 1, .strength = 0.5};
    struct run_image in[2] = {ramp(20, 215, 131, 126), ramp(100, 215, 131, 126)}, a[2], b[2];
    struct vh_pool *pool = NULL;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    run_all(&o, in, a, 2, NULL);
    run_all(&o, in, b, 2, pool);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 3; i++)
            assert_true(run_psnr(&a[k].image, &b[k].image, i, 0) == 99);
    vh_pool_destroy(&pool);
    free_all(in, a, 2);
    run_image_free(&b[0]);
    run_image_free(&b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_and_tint_go_where_they_belong),
        cmocka_unit_test(nominal_values_change_no_bit),
        cmocka_unit_test(scenes_that_go_beyond_are_not_crushed),
        cmocka_unit_test(parameters_pass_from_scene_to_scene),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
