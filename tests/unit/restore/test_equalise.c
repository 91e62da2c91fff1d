/* equalise: a known response is undone (sharper, halo gone, in place), noise bounds it, a flat response
 * changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/measure_spectrum.h"
#include "repair_run.h"
#include "restore/repairs.h"

extern const struct vh_stage_ops vh_stage_equalise;

enum { WIDTH = 720, HEIGHT = 64 };

static const struct vh_format format = {
    .pix_fmt = AV_PIX_FMT_YUV420P16, .width = WIDTH, .height = HEIGHT, .fields = VH_FIELDS_PROGRESSIVE};

enum { FINE = 4, REACH = 12 };

/* Steps at random places on a raster four times as fine, `quarters` to the right: derivative of even power at
 * all frequencies, as pictures have. */
static void scene(struct run_image *r, int quarters)
{
    static double fine[FINE * WIDTH + 2 * REACH];
    for (int y = 0; y < HEIGHT; y++) {
        double v = 110;
        for (int x = 0; x < FINE * WIDTH + 2 * REACH; x++) {
            if (run_random(x, y / 2, 3) < 0.012)
                v = 110 + 120 * (run_random(x, y / 2, 4) - 0.5);
            fine[x] = v;
        }
        for (int x = 0; x < WIDTH; x++) {
            double sum = 0;
            for (int i = 0; i < FINE; i++)
                sum += fine[FINE * x + i + REACH - quarters];
            r->image.plane[0].data[y * r->image.plane[0].stride + x] = (uint16_t)lrint(256 * sum / FINE);
        }
        for (int i = 1; i < 3; i++)
            for (int x = 0; x < WIDTH / 2 && y < HEIGHT / 2; x++)
                r->image.plane[i].data[y * r->image.plane[i].stride + x] = (uint16_t)(128 * 256 + x);
    }
}

/* PSNR against the scene at the place where it fits best, which is given in quarters of a sample. */
static double best_psnr(const struct run_image *r, int *quarters)
{
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1);
    double best = 0;
    for (int q = -REACH; q <= REACH; q++) {
        scene(&truth, q);
        double psnr = run_psnr(&r->image, &truth.image, 0, 8);
        if (psnr > best) {
            best = psnr;
            *quarters = q;
        }
    }
    run_image_free(&truth);
    return best;
}

/* One pole low-passes in cascade plus the difference to a slower one: a recorder with a sharpness circuit.
 * Causal, so the phase is not linear; the 4-sample delay is what the deck's delay line takes off. */
static void tape(struct run_image *to, const struct run_image *from, double pole, double sharp, double sigma)
{
    for (int y = 0; y < HEIGHT; y++) {
        const uint16_t *s = from->image.plane[0].data + y * from->image.plane[0].stride;
        uint16_t *d = to->image.plane[0].data + y * to->image.plane[0].stride;
        double a = s[0], b = a, c = a, slow = a;
        for (int x = 0; x < WIDTH + 4; x++) {
            a += pole * (s[x < WIDTH ? x : WIDTH - 1] - a);
            b += pole * (a - b);
            c += pole * (b - c);
            slow += 0.6 * pole * (c - slow);
            double v = c + sharp * (c - slow) + 256 * 3.46 * sigma * (run_random(x, y, 9) - 0.5);
            if (x >= 4)
                d[x - 4] = (uint16_t)lrint(fmin(fmax(v, 0), 65535));
        }
    }
    for (int i = 1; i < 3; i++)
        memcpy(to->image.plane[i].data, from->image.plane[i].data,
            (size_t)from->image.plane[i].stride * (size_t)from->image.plane[i].height * 2);
}

static double gain(double pole, double sharp, double sigma, double *before, struct vh_response_fit *fit)
{
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1), bad = run_image_make(WIDTH, HEIGHT, 1, 1),
                     out = run_image_make(WIDTH, HEIGHT, 1, 1);
    scene(&truth, 0);
    tape(&bad, &truth, pole, sharp, sigma);
    struct vh_spectrum spectrum = {.n_segments = 0};
    vh_spectrum_add(&spectrum, bad.image.plane[0].data, bad.image.plane[0].stride, WIDTH, HEIGHT, 8, 1);
    *fit = vh_response_fit(&spectrum);
    int place_before, place_after;
    double psnr = *before = best_psnr(&bad, &place_before);
    if (fit->response.corner > 0) {
        struct vh_equalise_options o = {.response = {.corner = 13.5 * fit->response.corner,
                                            .order = fit->response.order,
                                            .peak = 10 * log10(1 + fit->response.peak),
                                            .peak_at = 13.5 * fit->response.peak_at},
            .detail = fit->detail,
            .noise = sigma * sigma + 0.1,
            .limit = 1};
        assert_int_equal(
            run_stage(&vh_stage_equalise, &o, &format, &bad.image, 1, 0, &out.image, NULL, vh_cpu_detect()),
            VH_OK);
        psnr = best_psnr(&out, &place_after);
        assert_in_range(place_after - place_before + 100, 98, 102); /* the picture stays where it was */
        assert_true(run_psnr(&out.image, &truth.image, 1, 0) == 99);
    }
    run_image_free(&truth);
    run_image_free(&bad);
    run_image_free(&out);
    return psnr - *before;
}

static void measured_and_undone(void **state)
{
    (void)state;
    struct vh_response_fit fit;
    double before;
    assert_true(gain(0.45, 0.8, 0, &before, &fit) > 5);
    assert_true(gain(0.45, 0.8, 2, &before, &fit) > 1.2);
    assert_true(gain(0.35, 1.2, 3, &before, &fit) > 0.5);
}

static void clean_lines_have_no_limit(void **state)
{
    (void)state;
    struct vh_response_fit fit;
    double before;
    gain(1, 0, 0, &before, &fit);
    assert_true(fit.response.corner == 0);
    gain(1, 0, 2, &before, &fit);
    assert_true(fit.response.corner == 0);
}

/* How far the stage goes beyond the range of the picture, as part of it. */
static double beyond(double limit)
{
    struct run_image in = run_image_make(WIDTH, HEIGHT, 1, 1), out = run_image_make(WIDTH, HEIGHT, 1, 1);
    scene(&in, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) /* one edge, as sharp as it gets: what is lifted must ring */
            in.image.plane[0].data[y * in.image.plane[0].stride + x] = x < WIDTH / 2 ? 80 * 256 : 120 * 256;
    struct vh_equalise_options o = {
        .response = {.corner = 1.7, .order = 4}, .detail = 100, .noise = 0.5, .limit = limit};
    run_stage(&vh_stage_equalise, &o, &format, &in.image, 1, 0, &out.image, NULL, vh_cpu_detect());
    int most = 0;
    for (int x = 0; x < WIDTH; x++)
        most = out.image.plane[0].data[x] > most ? out.image.plane[0].data[x] : most;
    run_image_free(&in);
    run_image_free(&out);
    return (most / 256.0 - 120) / 40;
}

static void the_limiter_holds(void **state)
{
    (void)state;
    assert_true(beyond(1) <= 0);
    assert_true(beyond(0.7) > 0.28 && beyond(0.7) <= 0.3);
    assert_true(beyond(0) > 0.32);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct run_image truth = run_image_make(WIDTH, HEIGHT, 1, 1), a = run_image_make(WIDTH, HEIGHT, 1, 1),
                     b = run_image_make(WIDTH, HEIGHT, 1, 1);
    scene(&truth, 0);
    struct vh_equalise_options o = {.response = {.corner = 1.7, .order = 4, .peak = 1, .peak_at = 0.7},
        .detail = 100,
        .noise = 2,
        .limit = 1};
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    run_stage(&vh_stage_equalise, &o, &format, &truth.image, 1, 0, &a.image, NULL, 0);
    run_stage(&vh_stage_equalise, &o, &format, &truth.image, 1, 0, &b.image, pool, vh_cpu_detect());
    assert_true(run_psnr(&a.image, &b.image, 0, 0) == 99);
    assert_true(run_psnr(&a.image, &truth.image, 0, 0) < 40); /* it did something */
    vh_pool_destroy(&pool);
    run_image_free(&truth);
    run_image_free(&a);
    run_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_and_undone),
        cmocka_unit_test(clean_lines_have_no_limit),
        cmocka_unit_test(the_limiter_holds),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
