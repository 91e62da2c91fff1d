/* dot-crawl: the carrier of coloured areas goes, what has no colour stays bit for bit, and vertical detail as
 * fine as the carrier stays in colour too; same bits everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_dot_crawl;

enum { W = 720, NTSC = 480, PAL = 576, H = 48 };

static struct vh_format format_of(int height)
{
    return (struct vh_format){
        .pix_fmt = AV_PIX_FMT_YUV422P16, .width = W, .height = height, .fields = VH_FIELDS_TFF};
}

/* A field: the left half has colour. `detail` is the contrast of upright stripes at the carrier's own
 * frequency. */
static struct run_image field_of(int height, double leak, double detail)
{
    struct run_image r = run_image_make(W, H, 1, 0);
    double per_sample = height == NTSC ? 227.5 / 858 : 283.7516 / 864,
           cycles = height == NTSC ? 227.5 : 283.7516;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double cb = x < W / 2 ? 25 : 0, cr = x < W / 2 ? -35 : 0;
            double phase = 6.28318530717958648 * (per_sample * x + cycles * y);
            double carrier = 0.8546 * cb * sin(phase) + 1.2026 * cr * cos(phase);
            double v = run_scene(0, x, y, 6, 3) + leak * carrier +
                       detail * cos(6.28318530717958648 * per_sample * x);
            r.image.plane[0].data[y * r.image.plane[0].stride + x] = (uint16_t)lrint(256 * v);
            if (x % 2 == 0) {
                r.image.plane[1].data[y * r.image.plane[1].stride + x / 2] =
                    (uint16_t)lrint(256 * (128 + cb));
                r.image.plane[2].data[y * r.image.plane[2].stride + x / 2] =
                    (uint16_t)lrint(256 * (128 + cr));
            }
        }
    return r;
}

/* PSNR of luma against the same field without a leak: before and after. */
static void run(int height, double leak, double detail, double *before, double *after)
{
    struct vh_format format = format_of(height);
    struct vh_dot_crawl_options o = {.mode = VH_SWITCH_AUTO, .leak = leak > 0 ? leak : 0.3};
    struct run_image in = field_of(height, leak, detail), good = field_of(height, 0, detail),
                     out = run_image_make(W, H, 1, 0);
    assert_int_equal(
        run_stage(&vh_stage_dot_crawl, &o, &format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    *before = run_psnr(&in.image, &good.image, 0, 8);
    *after = run_psnr(&out.image, &good.image, 0, 8);
    for (int i = 1; i < 3; i++)
        assert_true(run_psnr(&out.image, &good.image, i, 0) == 99);
    run_image_free(&in);
    run_image_free(&good);
    run_image_free(&out);
}

static void carrier_is_taken_out(void **state)
{
    (void)state;
    for (int height = NTSC; height <= PAL; height += PAL - NTSC)
        for (double leak = 0.1; leak < 1; leak += 0.4) {
            double before, after;
            run(height, leak, 0, &before, &after);
            assert_true(after > before + 9);
        }
}

/* Upright stripes keep their sign from line to line. */
static void detail_stays(void **state)
{
    (void)state;
    for (int height = NTSC; height <= PAL; height += PAL - NTSC) {
        double before, after;
        run(height, 0, 12, &before, &after);
        assert_true(after > 55);
        run(height, 0, 0, &before, &after);
        assert_true(after > 55);
    }
}

static void grey_stays_bit_for_bit_and_all_levels_agree(void **state)
{
    (void)state;
    struct vh_format format = format_of(PAL);
    struct vh_dot_crawl_options o = {.leak = 1};
    struct run_image in = field_of(PAL, 0.3, 10), out[2];
    struct vh_pool *pool = NULL;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    for (int k = 0; k < 2; k++) {
        out[k] = run_image_make(W, H, 1, 0);
        assert_int_equal(run_stage(&vh_stage_dot_crawl, &o, &format, &in.image, 1, 0, &out[k].image,
                             k ? pool : NULL, k ? vh_cpu_detect() : 0),
            VH_OK);
    }
    const struct vh_plane *p = &in.image.plane[0], *a = &out[0].image.plane[0], *b = &out[1].image.plane[0];
    for (int y = 0; y < H; y++) {
        assert_memory_equal(
            p->data + y * p->stride + W / 2 + 16, a->data + y * a->stride + W / 2 + 16, (W / 2 - 16) * 2);
        assert_memory_equal(a->data + y * a->stride, b->data + y * b->stride, W * 2);
    }
    vh_pool_destroy(&pool);
    run_image_free(&in);
    run_image_free(&out[0]);
    run_image_free(&out[1]);
}

/* Chroma as fine as luma: no wider than what the lines' scratch was made for. */
static void chroma_of_full_width_is_read(void **state)
{
    (void)state;
    struct vh_format format = format_of(PAL);
    format.pix_fmt = AV_PIX_FMT_YUV444P16;
    struct vh_dot_crawl_options o = {.leak = 0.3};
    struct run_image narrow = field_of(PAL, 0.3, 0), good = field_of(PAL, 0, 0),
                     in = run_image_make(W, H, 0, 0), out = run_image_make(W, H, 0, 0);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                in.image.plane[i].data[y * in.image.plane[i].stride + x] =
                    narrow.image.plane[i].data[y * narrow.image.plane[i].stride + (i ? x / 2 : x)];
    assert_int_equal(
        run_stage(&vh_stage_dot_crawl, &o, &format, &in.image, 1, 0, &out.image, NULL, 0), VH_OK);
    assert_true(run_psnr(&out.image, &good.image, 0, 8) > run_psnr(&in.image, &good.image, 0, 8) + 9);
    run_image_free(&narrow);
    run_image_free(&good);
    run_image_free(&in);
    run_image_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carrier_is_taken_out),
        cmocka_unit_test(detail_stays),
        cmocka_unit_test(chroma_of_full_width_is_read),
        cmocka_unit_test(grey_stays_bit_for_bit_and_all_levels_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
