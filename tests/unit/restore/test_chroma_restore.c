/* chroma-restore: narrow, noisy chroma gets nearer to the truth; luma stays; the measured response is a
 * sensible one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/measure_spectrum.h"
#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_chroma_restore;

enum { WIDTH = 720, HEIGHT = 384, CW = WIDTH / 2, CH = HEIGHT / 2 };

static int band = 16; /* lines that show the same */

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = HEIGHT, .fields = VH_FIELDS_PROGRESSIVE};

/* Coloured stretches in bands of lines; luma a ramp. */
static void scene(struct run_image *r)
{
    for (int i = 0; i < 3; i++) {
        struct vh_plane *p = &r->image.plane[i];
        for (int y = 0; y < p->height; y++) {
            double v = 128;
            for (int x = 0; x < p->width; x++) {
                if (run_random(x, y / band, 10 * i + 3) < 0.03)
                    v = 128 + 100 * (run_random(x, y / band, 10 * i + 4) - 0.5);
                p->data[y * p->stride + x] = (uint16_t)(i ? 256 * v : 100 * 256 + 16 * x);
            }
        }
    }
}

/* Three poles, noise in front of them and a carrier's rest behind. */
static void tape(struct run_image *to, const struct run_image *from, double pole, double sigma)
{
    memcpy(
        to->image.plane[0].data, from->image.plane[0].data, (size_t)to->image.plane[0].stride * HEIGHT * 2);
    for (int i = 1; i < 3; i++)
        for (int y = 0; y < CH; y++) {
            const uint16_t *s = from->image.plane[i].data + y * from->image.plane[i].stride;
            uint16_t *d = to->image.plane[i].data + y * to->image.plane[i].stride;
            double line[CW];
            for (int x = 0; x < CW; x++)
                line[x] = s[x] + 256 * 3.46 * sigma * (run_random(x, y, 90 + i) - 0.5);
            for (int pass = 0; pass < 3; pass++) {
                double v = line[0];
                for (int x = 0; x < CW; x++)
                    line[x] = v += pole * (line[x] - v);
            }
            for (int x = 0; x < CW; x++)
                d[x] = (uint16_t)lrint(line[x] + (x & 1 ? 200 : -200));
        }
}

/* PSNR of plane i at the best whole shift to the left: where chroma lies is another repair's business. */
static double best_psnr(const struct run_image *r, const struct run_image *truth, int i)
{
    double best = 0;
    for (int shift = 0; shift < 24; shift++) {
        struct vh_image moved = r->image, still = truth->image;
        moved.plane[i].data += shift;
        moved.plane[i].width -= 24;
        still.plane[i].width -= 24;
        best = fmax(best, run_psnr(&moved, &still, i, 8));
    }
    return best;
}

static double gain(double pole, double sigma, double vertical)
{
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1), bad = run_image_make(WIDTH, HEIGHT, 1, 1),
                     out = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_spectrum spectrum[2] = {{.n_segments = 0}, {.n_segments = 0}};
    struct vh_response_fit fit[2];
    scene(&truth);
    tape(&bad, &truth, pole, sigma);
    for (int i = 0; i < 2; i++)
        vh_spectrum_add(
            &spectrum[i], bad.image.plane[i + 1].data, bad.image.plane[i + 1].stride, CW, CH, 4, 1);
    vh_response_fit_chroma(spectrum, fit);
    assert_true(fit[0].response.corner > 0.01 && fit[0].response.corner < 0.065);
    struct vh_chroma_restore_options o = {.response = {.corner = 6.75 * fit[0].response.corner,
                                              .order = fit[0].response.order,
                                              .peak = 10 * log10(1 + fit[0].response.peak),
                                              .peak_at = 6.75 * fit[0].response.peak_at},
        .detail_u = fit[0].detail,
        .detail_v = fit[1].detail,
        .noise = sigma * sigma + 0.1,
        .vertical = vertical};
    assert_int_equal(
        run_stage(&vh_stage_chroma_restore, &o, &format, &bad.image, 1, 0, &out.image, NULL, vh_cpu_detect()),
        VH_OK);
    assert_true(run_psnr(&out.image, &truth.image, 0, 0) == 99);
    double u = best_psnr(&out, &truth, 1) - best_psnr(&bad, &truth, 1);
    double v = best_psnr(&out, &truth, 2) - best_psnr(&bad, &truth, 2);
    run_image_free(&truth);
    run_image_free(&bad);
    run_image_free(&out);
    return u < v ? u : v;
}

static void narrow_chroma_gains(void **state)
{
    (void)state;
    assert_true(gain(0.3, 0, 0) > 3);
    assert_true(gain(0.3, 4, 0) > 0.7);
}

/* Lines that show the same: smoothing across them takes noise and nothing else. */
static double across(double vertical)
{
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1), bad = run_image_make(WIDTH, HEIGHT, 1, 1),
                     out = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_chroma_restore_options o = {.response = {.corner = 0.3, .order = 2, .peak = 0, .peak_at = 0.1},
        .detail_u = 8,
        .detail_v = 12,
        .noise = 5,
        .vertical = vertical};
    band = HEIGHT;
    scene(&truth);
    band = 16;
    tape(&bad, &truth, 0.3, 8);
    run_stage(&vh_stage_chroma_restore, &o, &format, &bad.image, 1, 0, &out.image, NULL, vh_cpu_detect());
    double psnr = best_psnr(&out, &truth, 1);
    run_image_free(&truth);
    run_image_free(&bad);
    run_image_free(&out);
    return psnr;
}

static void lines_help_each_other(void **state)
{
    (void)state;
    assert_true(across(1) > across(0) + 0.2);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1), a = run_image_make(WIDTH, HEIGHT, 1, 1),
                     b = run_image_make(WIDTH, HEIGHT, 1, 1);
    struct vh_chroma_restore_options o = {.response = {.corner = 0.2, .order = 2, .peak = 0, .peak_at = 0.1},
        .detail_u = 8,
        .detail_v = 12,
        .noise = 5,
        .vertical = 1};
    struct vh_pool *pool;
    scene(&truth);
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    run_stage(&vh_stage_chroma_restore, &o, &format, &truth.image, 1, 0, &a.image, NULL, 0);
    run_stage(&vh_stage_chroma_restore, &o, &format, &truth.image, 1, 0, &b.image, pool, vh_cpu_detect());
    for (int i = 0; i < 3; i++)
        assert_true(run_psnr(&a.image, &b.image, i, 0) == 99);
    assert_true(run_psnr(&a.image, &truth.image, 1, 0) < 45);
    vh_pool_destroy(&pool);
    run_image_free(&truth);
    run_image_free(&a);
    run_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_chroma_gains),
        cmocka_unit_test(lines_help_each_other),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
