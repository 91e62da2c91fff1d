/* flagging: a bent top is straightened, whichever way it leans and under noise; straight pictures, pictures
 * without blanking and blanking that the capture made itself stay bit for bit; the bits do not depend on
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_flagging;

enum { W = 320, H = 288, FIELDS = 9, MIDDLE = 4, BLANK = 10, MARGIN = 24, TOP = 40 };

struct tape {
    double bend;   /* of the first line, samples */
    double noise;  /* sigma, codes */
    bool blanking; /* beside the picture */
    bool upright;  /* made by the capture: it does not bend */
};

static double bent(const struct tape *t, double line)
{
    return t->bend * exp(-line / 16);
}

static struct run_image draw(int n, const struct tape *t)
{
    struct run_image r = run_image_make(W, H, 1, 1);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *plane = &r.image.plane[p];
        int s = p ? 2 : 1;
        for (int y = 0; y < plane->height; y++)
            for (int x = 0; x < plane->width; x++) {
                double by = bent(t, y * s / 2), u = x * s - by, edge = t->upright ? x * s : u;
                double v = 110 + 45 * sin(u * 0.15 + 0.1 * n) * cos(y * s * 0.06) + 25 * sin(u * 0.43);
                if (t->blanking) {
                    double in =
                        fmin(fmax(edge - BLANK + 0.5, 0), 1) * fmin(fmax(W - BLANK - edge + 0.5, 0), 1);
                    v = (p ? 128 : 16) + in * (v - (p ? 128 : 16));
                }
                for (int i = 0; i < 12; i++)
                    v += t->noise * (run_random(x + 1000 * p, y + 311 * n, i) - 0.5);
                plane->data[y * plane->stride + x] = (uint16_t)(256 * fmin(fmax(v, 0), 255));
            }
    }
    return r;
}

/* PSNR of luma's first lines, off the blanking. */
static double top_psnr(const struct vh_image *a, const struct vh_image *b)
{
    struct vh_image x = *a, y = *b;
    x.plane[0].height = y.plane[0].height = TOP;
    x.plane[0].width = y.plane[0].width = W - 2 * MARGIN;
    x.plane[0].data += MARGIN;
    y.plane[0].data += MARGIN;
    return run_psnr(&x, &y, 0, 0);
}

/* The middle field repaired; true when nothing changed. */
static bool repaired(const struct tape *t, double *before, double *after, struct vh_pool *pool,
    unsigned flags, struct run_image *out)
{
    static const struct vh_flagging_options options = {.mode = VH_SWITCH_ON};
    const struct vh_format format = {
        .pix_fmt = AV_PIX_FMT_YUV420P16, .width = W, .height = H, .fields = VH_FIELDS_TFF};
    struct tape straight = *t;
    straight.bend = 0;
    straight.noise = 0;
    struct run_image picture[FIELDS], truth = draw(MIDDLE, &straight);
    struct vh_image field[FIELDS], good = vh_image_field(truth.image, 0);
    for (int n = 0; n < FIELDS; n++) {
        picture[n] = draw(n, t);
        field[n] = vh_image_field(picture[n].image, 0);
    }
    *out = run_image_make(W, H, 1, 1);
    struct vh_image made = vh_image_field(out->image, 0);
    assert_int_equal(
        run_stage(&vh_stage_flagging, &options, &format, field, FIELDS, MIDDLE, &made, pool, flags), VH_OK);
    *before = top_psnr(&field[MIDDLE], &good);
    *after = top_psnr(&made, &good);
    bool same = true;
    for (int p = 0; p < 3; p++)
        same = same && run_psnr(&made, &field[MIDDLE], p, 0) == 99;
    for (int n = 0; n < FIELDS; n++)
        run_image_free(&picture[n]);
    run_image_free(&truth);
    return same;
}

static void bends_are_straightened(void **state)
{
    (void)state;
    static const struct tape tapes[] = {{.bend = 6, .blanking = true}, {.bend = -5, .blanking = true},
        {.bend = 4, .noise = 4, .blanking = true}};
    for (int i = 0; i < 3; i++) {
        struct run_image out;
        double before, after;
        assert_false(repaired(&tapes[i], &before, &after, NULL, vh_cpu_detect(), &out));
        assert_true(after > before + (tapes[i].noise > 0 ? 3 : 10));
        run_image_free(&out);
    }
}

static void others_stay(void **state)
{
    (void)state;
    static const struct tape tapes[] = {{.blanking = true}, {.noise = 4, .blanking = true}, {.bend = 6},
        {.bend = 6, .blanking = true, .upright = true}};
    for (int i = 0; i < 4; i++) {
        struct run_image out;
        double before, after;
        assert_true(repaired(&tapes[i], &before, &after, NULL, vh_cpu_detect(), &out));
        run_image_free(&out);
    }
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    static const struct tape tape = {.bend = 5, .noise = 2, .blanking = true};
    struct vh_pool *pool;
    struct run_image a, b;
    double before, after;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    repaired(&tape, &before, &after, NULL, 0, &a);
    repaired(&tape, &before, &after, pool, vh_cpu_detect(), &b);
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
        cmocka_unit_test(bends_are_straightened),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
