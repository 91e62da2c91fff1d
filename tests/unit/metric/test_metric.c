/* The judge: PSNR and SSIM against a few lines of arithmetic, flicker and combing against their meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "metric/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 100, H = 76 };

#define assert_near(value, expected, tolerance)                                                              \
    do {                                                                                                     \
        double v_ = (value), e_ = (expected), t_ = (tolerance);                                              \
        if (!(fabs(v_ - e_) <= t_))                                                                          \
            fail_msg("%s = %.9g, expected %.9g within %g", #value, v_, e_, t_);                              \
    } while (0)

struct picture {
    uint16_t luma[W * H], chroma[2][W / 2 * H / 2];
};

static struct vh_image_const view(const struct picture *p)
{
    return (struct vh_image_const){.plane = {{p->luma, W, W, H}, {p->chroma[0], W / 2, W / 2, H / 2},
                                       {p->chroma[1], W / 2, W / 2, H / 2}},
        .n_planes = 3,
        .sub_x = 1,
        .sub_y = 1};
}

static struct vh_metric *create(struct vh_pool *pool, unsigned cpu, const int crop[4])
{
    struct vh_metric_format format = {
        .width = W, .height = H, .n_planes = 3, .sub_x = 1, .sub_y = 1, .depth = 8};
    if (crop)
        memcpy(format.crop, crop, sizeof format.crop);
    struct vh_metric *metric = NULL;
    assert_int_equal(vh_metric_create(&metric, &format, pool, cpu, NULL), VH_OK);
    return metric;
}

/* A scene of stripes and a bar moving by `t`; 8-bit values in 16 bits, as from an 8-bit clip. */
static void paint(struct picture *p, double t, int noise, unsigned seed)
{
    uint32_t state = seed * 2654435761u + 1;
    uint16_t *all = p->luma;
    for (size_t i = 0; i < sizeof *p / sizeof(uint16_t); i++) {
        int x = (int)(i % W), y = (int)(i / W) % H;
        double edge = 1 / (1 + exp(-(x - 30 - t + 0.3 * y)));
        int v = (int)(60 + 120 * edge + 30 * sin(0.4 * (x - t)));
        state = state * 1664525u + 1013904223u;
        v += noise ? (int)(state >> 16) % (2 * noise + 1) - noise : 0;
        all[i] = (uint16_t)((v < 0 ? 0 : v > 255 ? 255 : v) * 256);
    }
}

/* The few lines: MSE of 8-bit values. */
static double plain_mse(struct vh_plane_const a, struct vh_plane_const b)
{
    double sum = 0;
    for (int y = 0; y < a.height; y++)
        for (int x = 0; x < a.width; x++)
            sum += pow(a.data[y * a.stride + x] / 256.0 - b.data[y * b.stride + x] / 256.0, 2);
    return sum / (a.width * a.height);
}

static double plain_ssim(struct vh_plane_const a, struct vh_plane_const b)
{
    double total = 0, c1 = 0.01 * 0.01 * 255 * 255 * 64, c2 = 0.03 * 0.03 * 255 * 255 * 64 * 63;
    int n = 0;
    for (int y = 0; y + 8 <= a.height / 4 * 4; y += 4)
        for (int x = 0; x + 8 <= a.width / 4 * 4; x += 4, n++) {
            double s1 = 0, s2 = 0, ss = 0, s12 = 0;
            for (int k = 0; k < 64; k++) {
                double u = a.data[(y + k / 8) * a.stride + x + k % 8] / 256.0;
                double v = b.data[(y + k / 8) * b.stride + x + k % 8] / 256.0;
                s1 += u, s2 += v, ss += u * u + v * v, s12 += u * v;
            }
            total += (2 * s1 * s2 + c1) * (2 * (64 * s12 - s1 * s2) + c2) /
                     ((s1 * s1 + s2 * s2 + c1) * (64 * ss - s1 * s1 - s2 * s2 + c2));
        }
    return total / n;
}

static void psnr_and_ssim_are_what_they_say(void **state)
{
    (void)state;
    struct picture a, b;
    struct vh_metric *m = create(NULL, vh_cpu_detect(), NULL);
    double mse[4] = {0}, ssim[4] = {0};
    for (int t = 0; t < 5; t++) {
        paint(&a, t, 0, 1);
        paint(&b, t + 0.5, 3 * t, 7);
        struct vh_image_const va = view(&a), vb = view(&b);
        struct vh_metric_score frame;
        vh_metric_add(m, &va, &vb, &frame);
        for (int i = 0; i < 3; i++) {
            double one = plain_mse(va.plane[i], vb.plane[i]), like = plain_ssim(va.plane[i], vb.plane[i]);
            assert_near(frame.psnr[i], 10 * log10(255 * 255 / one), 1e-9);
            assert_near(frame.ssim[i], like, 1e-9);
            assert_near(vh_metric_psnr(va.plane[i], vb.plane[i], 8), frame.psnr[i], 1e-9);
            assert_near(vh_metric_ssim(va.plane[i], vb.plane[i], 8), like, 1e-9);
            mse[i] += one / 5;
            ssim[i] += like / 5;
        }
    }
    struct vh_metric_score total;
    vh_metric_total(m, &total);
    assert_int_equal(total.n_frames, 5);
    for (int i = 0; i < 3; i++) {
        assert_near(total.psnr[i], 10 * log10(255 * 255 / mse[i]), 1e-9);
        assert_near(total.ssim[i], ssim[i], 1e-9);
    }
    assert_near(
        total.psnr[VH_METRIC_ALL], 10 * log10(255 * 255 / (mse[0] / 1.5 + (mse[1] + mse[2]) / 6)), 1e-9);
    assert_near(total.ssim[VH_METRIC_ALL], ssim[0] / 1.5 + (ssim[1] + ssim[2]) / 6, 1e-9);
    vh_metric_destroy(&m);
}

static void identical_clips_are_perfect(void **state)
{
    (void)state;
    struct picture a;
    struct vh_metric *m = create(NULL, 0, NULL);
    for (int t = 0; t < 3; t++) {
        paint(&a, 4 * t, 20, (unsigned)t);
        struct vh_image_const v = view(&a);
        vh_metric_add(m, &v, &v, NULL);
    }
    struct vh_metric_score total;
    vh_metric_total(m, &total);
    assert_true(isinf(total.psnr[0]) && isinf(total.psnr[VH_METRIC_ALL]));
    assert_near(total.ssim[0], 1, 1e-12);
    assert_true(total.flicker == 0 && total.combing == 0);
    assert_true(total.combing_a > 0 && total.combing_a == total.combing_b);
    vh_metric_destroy(&m);
}

/* Interlaces `early` and `late` into `out` (luma); with `bob`, fills the late lines from the early ones
 * instead. */
static void weave(struct picture *out, const struct picture *early, const struct picture *late, int bob)
{
    *out = *early;
    for (int y = 1; y < H; y += 2)
        for (int x = 0; x < W; x++) {
            int down = y + 1 < H ? y + 1 : y - 1;
            out->luma[y * W + x] =
                bob ? (uint16_t)((early->luma[(y - 1) * W + x] + early->luma[down * W + x]) / 2)
                    : late->luma[y * W + x];
        }
}

static void combing_ranks_truth_bob_weave(void **state)
{
    (void)state;
    struct vh_metric *m[2] = {create(NULL, 0, NULL), create(NULL, 0, NULL)};
    for (int t = 0; t < 6; t++) {
        struct picture truth, late, made;
        paint(&truth, 8 * t, 0, 0);
        paint(&late, 8 * t + 8, 0, 0);
        struct vh_image_const vt = view(&truth);
        for (int i = 0; i < 2; i++) {
            weave(&made, &truth, &late, i == 0);
            struct vh_image_const v = view(&made);
            vh_metric_add(m[i], &vt, &v, NULL);
        }
    }
    struct vh_metric_score bob, woven;
    vh_metric_total(m[0], &bob);
    vh_metric_total(m[1], &woven);
    assert_true(bob.combing < woven.combing / 4 && woven.combing > 1);
    assert_true(bob.flicker < woven.flicker && bob.flicker > 0);
    vh_metric_destroy(&m[0]);
    vh_metric_destroy(&m[1]);
}

static void flicker_sees_change_not_offset(void **state)
{
    (void)state;
    struct vh_metric *steady = create(NULL, 0, NULL), *alternating = create(NULL, 0, NULL);
    for (int t = 0; t < 8; t++) {
        struct picture a, b, c;
        paint(&a, 3 * t, 0, 0);
        b = c = a;
        for (int i = 0; i < W * H; i++) {
            b.luma[i] = (uint16_t)(b.luma[i] + 5 * 256);
            c.luma[i] = (uint16_t)(c.luma[i] + (t & 1) * 3 * 256);
        }
        struct vh_image_const va = view(&a), vb = view(&b), vc = view(&c);
        vh_metric_add(steady, &va, &vb, NULL);
        vh_metric_add(alternating, &va, &vc, NULL);
    }
    struct vh_metric_score score;
    vh_metric_total(steady, &score);
    assert_true(score.flicker == 0);
    assert_true(score.change_a == score.change_b);
    vh_metric_total(alternating, &score);
    assert_near(score.flicker, 3, 1e-12);
    assert_true(score.change_b > score.change_a && score.change_a > 0);
    vh_metric_destroy(&steady);
    vh_metric_destroy(&alternating);
}

static void crop_leaves_the_rest_out(void **state)
{
    (void)state;
    struct picture a, b;
    paint(&a, 0, 0, 0);
    paint(&b, 1, 2, 3);
    const int crop[4] = {4, 8, 12, 2};
    struct vh_metric *m = create(NULL, vh_cpu_detect(), crop);
    struct vh_image_const va = view(&a), vb = view(&b);
    struct vh_metric_score one, same;
    vh_metric_add(m, &va, &vb, &one);
    vh_metric_destroy(&m);
    struct vh_plane_const pa = {a.luma + 4 * W + 12, W, W - 14, H - 12},
                          pb = {b.luma + 4 * W + 12, W, W - 14, H - 12};
    assert_near(one.psnr[0], 10 * log10(255 * 255 / plain_mse(pa, pb)), 1e-9);
    assert_near(one.ssim[0], plain_ssim(pa, pb), 1e-9);
    for (int x = 0; x < W; x++) /* what is cropped has no say */
        b.luma[x] = 0, b.luma[(H - 1) * W + x] = 65280;
    m = create(NULL, vh_cpu_detect(), crop);
    vh_metric_add(m, &va, &vb, &same);
    assert_memory_equal(&one, &same, sizeof one);
    vh_metric_destroy(&m);
    struct vh_metric_format bad = {
        .width = W, .height = H, .n_planes = 1, .depth = 8, .crop = {40, 40, 0, 0}};
    assert_int_equal(vh_metric_create(&m, &bad, NULL, 0, NULL), VH_ERR_USAGE);
    assert_null(m);
}

static void grey_has_no_colour_figures(void **state)
{
    (void)state;
    struct picture a, b;
    paint(&a, 0, 0, 0);
    paint(&b, 1, 2, 3);
    struct vh_metric_format format = {.width = W, .height = H, .n_planes = 1, .depth = 8};
    struct vh_metric *m = NULL;
    assert_int_equal(vh_metric_create(&m, &format, NULL, 0, NULL), VH_OK);
    struct vh_image_const va = view(&a), vb = view(&b);
    va.n_planes = vb.n_planes = 1;
    struct vh_metric_score score;
    vh_metric_add(m, &va, &vb, &score);
    assert_near(score.psnr[VH_METRIC_ALL], score.psnr[0], 0);
    assert_near(score.ssim[VH_METRIC_ALL], score.ssim[0], 0);
    assert_true(isnan(score.psnr[1]) && isnan(score.ssim[2]));
    vh_metric_destroy(&m);
}

static void depth_sets_the_peak(void **state)
{
    (void)state;
    uint16_t a[64] = {0}, b[64];
    for (int i = 0; i < 64; i++)
        b[i] = 64; /* one code of 10 bits */
    struct vh_plane_const pa = {a, 8, 8, 8}, pb = {b, 8, 8, 8};
    assert_near(vh_metric_psnr(pa, pb, 10), 20 * log10(1023), 1e-9);
    assert_near(vh_metric_psnr(pa, pb, 8), 20 * log10(255 * 4), 1e-9);
}

static void threads_and_levels_do_not_matter(void **state)
{
    (void)state;
    struct vh_metric_score first = {0};
    const unsigned levels[] = {0, vh_cpu_detect() & VH_CPU_AVX2, vh_cpu_detect()};
    for (int run = 0; run < 6; run++) {
        struct vh_pool *pool = NULL;
        assert_int_equal(vh_pool_create(&pool, 1 + run), VH_OK);
        struct vh_metric *m = create(pool, levels[run % 3], NULL);
        for (int t = 0; t < 3; t++) {
            struct picture a, b;
            paint(&a, t, 0, 0);
            paint(&b, t + 0.7, 5, (unsigned)t);
            struct vh_image_const va = view(&a), vb = view(&b);
            vh_metric_add(m, &va, &vb, NULL);
        }
        struct vh_metric_score total;
        vh_metric_total(m, &total);
        if (run == 0)
            first = total;
        assert_memory_equal(&total, &first, sizeof total);
        vh_metric_destroy(&m);
        vh_pool_destroy(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psnr_and_ssim_are_what_they_say),
        cmocka_unit_test(identical_clips_are_perfect),
        cmocka_unit_test(combing_ranks_truth_bob_weave),
        cmocka_unit_test(flicker_sees_change_not_offset),
        cmocka_unit_test(crop_leaves_the_rest_out),
        cmocka_unit_test(grey_has_no_colour_figures),
        cmocka_unit_test(depth_sets_the_peak),
        cmocka_unit_test(threads_and_levels_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
