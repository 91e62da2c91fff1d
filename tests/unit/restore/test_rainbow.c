/* rainbow: colour that alternates with the carrier over standing luma goes, and in 525 lines where luma moves
 * by known vectors; one that comes or goes stays; same bits everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "frame/carrier.h"
#include "motion/motion.h"
#include "repair_run.h"
#include "restore/repairs.h"

#include <stdlib.h>

extern const struct vh_stage_ops vh_stage_rainbow;

enum { W = 720, NTSC = 480, PAL = 576, H = 16, FIELDS = 9, CENTRE = 4 };

static struct vh_format format_of(int height)
{
    return (struct vh_format){
        .pix_fmt = AV_PIX_FMT_YUV422P16, .width = W, .height = height, .fields = VH_FIELDS_TFF};
}

struct scene {
    int height;
    double rainbow; /* codes of false colour */
    double move;    /* luma samples per field */
    double step;    /* codes of colour more from the centre on */
};

static struct run_image field_of(const struct scene *s, int n)
{
    struct run_image r = run_image_make(W, H, 1, 0);
    double turns = (s->height == NTSC ? 0.5 : 0.25) * (n / 2); /* of the carrier, a frame */
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double at = x - s->move * n;
            double luma = run_scene(0, at, y, 6, 3) + 20 * cos(1.7 * at);
            r.image.plane[0].data[y * r.image.plane[0].stride + x] = (uint16_t)lrint(256 * luma);
            if (x % 2)
                continue;
            for (int i = 1; i < 3; i++) {
                double c = 128 + 20 * sin(x / 50.0 + i) + (n >= CENTRE ? s->step : 0) +
                           s->rainbow * cos(6.28318530717958648 * (x / 90.0 + i / 4.0 + turns));
                r.image.plane[i].data[y * r.image.plane[i].stride + x / 2] = (uint16_t)lrint(256 * c);
            }
        }
    return r;
}

/* The centre's output; the fields are left in `in`. */
static struct run_image run(
    const struct scene *s, double level, struct run_image in[FIELDS], struct vh_pool *pool)
{
    struct vh_format format = format_of(s->height);
    struct vh_rainbow_options o = {.level = level, .strength = 1, .noise = 0};
    struct vh_image image[FIELDS];
    struct run_image out = run_image_make(W, H, 1, 0);
    for (int n = 0; n < FIELDS; n++) {
        in[n] = field_of(s, n);
        image[n] = in[n].image;
    }
    assert_int_equal(
        run_stage(&vh_stage_rainbow, &o, &format, image, FIELDS, CENTRE, &out.image, pool, vh_cpu_detect()),
        VH_OK);
    assert_true(run_psnr(&out.image, &in[CENTRE].image, 0, 0) == 99);
    return out;
}

static void free_all(struct run_image in[FIELDS], struct run_image *out)
{
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&in[n]);
    run_image_free(out);
}

static void false_colour_goes(void **state)
{
    (void)state;
    for (int height = NTSC; height <= PAL; height += PAL - NTSC) {
        struct scene s = {.height = height, .rainbow = 6}, clean = {.height = height};
        struct run_image in[FIELDS], good = field_of(&clean, CENTRE), out = run(&s, 6, in, NULL);
        for (int i = 1; i < 3; i++)
            assert_true(run_psnr(&out.image, &good.image, i, 4) >
                        run_psnr(&in[CENTRE].image, &good.image, i, 4) + 20);
        run_image_free(&good);
        free_all(in, &out);
    }
}

/* No more than three times the level, nothing without one. */
static void no_more_than_the_level_says(void **state)
{
    (void)state;
    struct scene s = {.height = NTSC, .rainbow = 6};
    for (double level = 0; level < 0.6; level += 0.5) {
        struct run_image in[FIELDS], out = run(&s, level, in, NULL);
        const struct vh_plane *a = &out.image.plane[1], *b = &in[CENTRE].image.plane[1];
        int most = 0;
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W / 2; x++) {
                int d = abs(a->data[y * a->stride + x] - b->data[y * b->stride + x]);
                most = d > most ? d : most;
            }
        assert_true(most <= (int)(3 * 256 * level));
        assert_true(level == 0 || most > (int)(2 * 256 * level));
        free_all(in, &out);
    }
}

static void what_moves_or_comes_stays(void **state)
{
    (void)state;
    static const struct scene scenes[] = {{.height = NTSC, .rainbow = 6, .move = 1.2},
        {.height = NTSC, .step = 20}, {.height = PAL, .rainbow = 6, .move = 0.6},
        {.height = PAL, .step = 20}};
    for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++) {
        struct run_image in[FIELDS], out = run(&scenes[k], 6, in, NULL);
        for (int i = 1; i < 3; i++)
            assert_true(run_psnr(&out.image, &in[CENTRE].image, i, 0) > 60);
        free_all(in, &out);
    }
}

/* A field of detail that moves by 0.75 samples a frame under false colour that follows it, and what its
 * search would have said. */
static struct run_image moving_field(int n, double rainbow)
{
    struct scene s = {.height = NTSC, .move = 0.375};
    struct vh_carrier carrier = vh_carrier_of(W, NTSC);
    struct run_image r = field_of(&s, n);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x += 2) {
            int frame = n / 2, at = y * r.image.plane[1].stride + x / 2;
            double turns = 0.28 * (x - 0.375 * n) - carrier.per_line * (525 * frame + (n & 1) * 263 + y) -
                           carrier.per_sample * x;
            double u = -rainbow * sin(6.28318530717958648 * turns) / VH_CARRIER_PER_CB,
                   v = rainbow * cos(6.28318530717958648 * turns) / VH_CARRIER_PER_CR;
            r.image.plane[1].data[at] = (uint16_t)(r.image.plane[1].data[at] + lrint(256 * u));
            r.image.plane[2].data[at] = (uint16_t)(r.image.plane[2].data[at] + lrint(256 * v));
        }
    return r;
}

static void false_colour_goes_along_the_motion(void **state)
{
    (void)state;
    enum { BLOCKS = (W / 8 + 1) * (2 * H / 8 + 1) };
    static struct vh_mv mv[2][BLOCKS];
    static uint16_t sad[BLOCKS], activity[BLOCKS];
    struct vh_motion motion = {.n_x = W / 8 + 1, .activity = activity};
    for (int i = 0; i < BLOCKS; i++) {
        activity[i] = 1000;
        mv[0][i].x = -3;
        mv[1][i].x = 3;
    }
    for (int side = 0; side < 2; side++)
        motion.ref[4 * side] = (struct vh_motion_ref){.present = true, .mv = mv[side], .sad = sad};
    struct vh_rainbow_options o = {.level = 6, .strength = 1, .noise = 0};
    struct vh_stage_config config = {.format = format_of(NTSC), .options = &o, .cpu_flags = vh_cpu_detect()};
    struct vh_stage_input in = {.window = {.frame_height = NTSC}, .motion = &motion};
    struct run_image field[3], good = moving_field(CENTRE, 0), out = run_image_make(W, H, 1, 0);
    struct vh_stage *stage;
    for (int k = 0; k < 3; k++) {
        field[k] = moving_field(CENTRE - 2 + 2 * k, 6);
        in.window.image[VH_WINDOW_REACH - 2 + 2 * k] = vh_image_read(&field[k].image);
    }
    assert_int_equal(vh_stage_open(&stage, &vh_stage_rainbow, &config), VH_OK);
    assert_int_equal(stage->ops->process(stage, &in, &out.image), VH_OK);
    for (int i = 1; i < 3; i++)
        assert_true(
            run_psnr(&out.image, &good.image, i, 4) > run_psnr(&field[1].image, &good.image, i, 4) + 6);
    vh_stage_close(&stage);
    for (int k = 0; k < 3; k++)
        run_image_free(&field[k]);
    run_image_free(&good);
    run_image_free(&out);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    struct scene s = {.height = PAL, .rainbow = 6};
    struct vh_pool *pool = NULL;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    struct run_image in[2][FIELDS], a = run(&s, 6, in[0], NULL), b = run(&s, 6, in[1], pool);
    for (int i = 1; i < 3; i++)
        assert_true(run_psnr(&a.image, &b.image, i, 0) == 99);
    vh_pool_destroy(&pool);
    free_all(in[0], &a);
    free_all(in[1], &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_colour_goes),
        cmocka_unit_test(no_more_than_the_level_says),
        cmocka_unit_test(what_moves_or_comes_stays),
        cmocka_unit_test(false_colour_goes_along_the_motion),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
