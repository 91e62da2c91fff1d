/* The plane resampler: right against a reference in double, no seams, same bits for any threads, SIMD level
 * and alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "plane_scaler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct picture {
    uint16_t *memory;
    struct vh_plane plane;
};

static struct picture picture(int width, int height, int offset)
{
    int stride = (width + 63) / 32 * 32;
    struct picture p = {.memory = vh_alloc((size_t)stride * (size_t)(height + 1), sizeof(uint16_t))};
    assert_non_null(p.memory);
    p.plane = (struct vh_plane){p.memory + offset, stride, width, height};
    return p;
}

static void fill_random(struct vh_plane *p, unsigned seed)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            p->data[y * p->stride + x] = (uint16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
}

static struct vh_plane_scaler_config upscale(int w, int h, int ow, int oh)
{
    struct vh_siting luma = {1, 0};
    return (struct vh_plane_scaler_config){.in_width = w,
        .in_height = h,
        .out_width = ow,
        .out_height = oh,
        .x = vh_axis_make(luma, luma, 0, w, ow),
        .y = vh_axis_make(luma, luma, 0, h, oh),
        .filter = VH_FILTER_SPLINE36,
        .cpu_flags = vh_cpu_detect()};
}

static void keep_line(void *opaque, int y, const uint16_t *line)
{
    const struct vh_plane *plane = opaque;
    memcpy(plane->data + y * plane->stride, line, (size_t)plane->width * sizeof *line);
}

static void scale_to_sink(
    const struct vh_plane_scaler_config *config, struct vh_plane in, struct vh_plane out)
{
    struct vh_plane_scaler *s;
    struct vh_pool *pool;
    struct vh_line_sink sink = {keep_line, &out};
    struct vh_plane_const source = vh_plane_read(in);
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    assert_int_equal(vh_plane_scaler_open(&s, config), VH_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(vh_plane_scaler_run(s, &source, NULL, &sink, pool), VH_OK);
    vh_plane_scaler_close(&s);
    vh_pool_destroy(&pool);
}

static void scale(
    const struct vh_plane_scaler_config *config, struct vh_plane in, struct vh_plane out, int threads)
{
    struct vh_plane_scaler *s;
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    assert_int_equal(vh_plane_scaler_open(&s, config), VH_OK);
    struct vh_plane_const source = vh_plane_read(in);
    for (int i = 0; i < 2; i++) /* twice: nothing may be left from the first run */
        assert_int_equal(vh_plane_scaler_run(s, &source, &out, NULL, pool), VH_OK);
    vh_plane_scaler_close(&s);
    assert_null(s);
    vh_pool_destroy(&pool);
}

static bool same(struct vh_plane a, struct vh_plane b)
{
    for (int y = 0; y < a.height; y++)
        if (memcmp(a.data + y * a.stride, b.data + y * b.stride, (size_t)a.width * 2))
            return false;
    return true;
}

/* spline36 as Avery Lee and AviSynth define it. */
static double spline36(double x)
{
    x = fabs(x);
    if (x < 1)
        return ((13.0 / 11 * x - 453.0 / 209) * x - 3.0 / 209) * x + 1;
    if (x < 2)
        return ((-6.0 / 11 * (x - 1) + 270.0 / 209) * (x - 1) - 156.0 / 209) * (x - 1);
    return x < 3 ? ((1.0 / 11 * (x - 2) - 45.0 / 209) * (x - 2) + 26.0 / 209) * (x - 2) : 0;
}

static double reference(struct vh_plane in, double px, double py)
{
    double sum = 0, weight = 0;
    int ix = (int)floor(px), iy = (int)floor(py);
    for (int y = iy - 2; y <= iy + 3; y++)
        for (int x = ix - 2; x <= ix + 3; x++) {
            double w = spline36(px - x) * spline36(py - y);
            sum += w * in.data[y * in.stride + x];
            weight += w;
        }
    return sum / weight;
}

static void matches_a_reference(void **state)
{
    (void)state;
    struct picture in = picture(90, 150, 0), out = picture(181, 283, 0);
    for (int y = 0; y < 150; y++) /* smooth, so that rounding in between does not clip */
        for (int x = 0; x < 90; x++)
            in.plane.data[y * in.plane.stride + x] = (uint16_t)(32768 + 20000 * sin(x * 0.9 + y * 0.7));
    struct vh_plane_scaler_config c = upscale(90, 150, 181, 283);
    scale(&c, in.plane, out.plane, 1);
    double worst = 0;
    for (int y = 6; y < 283 - 6; y++)
        for (int x = 6; x < 181 - 6; x++) {
            double px = (x + 0.5) * 90 / 181 - 0.5, py = (y + 0.5) * 150 / 283 - 0.5;
            double error = fabs(out.plane.data[y * out.plane.stride + x] - reference(in.plane, px, py));
            worst = error > worst ? error : worst;
        }
    assert_true(worst < 16); /* of 65536: 14-bit coefficients of zimg; 1/16 of an 8-bit code */
    vh_free(in.memory);
    vh_free(out.memory);
}

static void same_bits(void **state)
{
    (void)state;
    static const int sizes[][4] = {{90, 150, 181, 283}, {720, 100, 1440, 188}, {33, 17, 97, 64},
        {100, 200, 50, 90}, {64, 64, 64, 129}, {64, 64, 129, 64}, {64, 64, 64, 64}};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int *z = sizes[i];
        struct picture in = picture(z[0], z[1], 0), shifted = picture(z[0], z[1], 3);
        struct picture a = picture(z[2], z[3], 0), b = picture(z[2], z[3], 5);
        fill_random(&in.plane, 7);
        for (int y = 0; y < z[1]; y++)
            memcpy(shifted.plane.data + y * shifted.plane.stride, in.plane.data + y * in.plane.stride,
                (size_t)z[0] * 2);
        struct vh_plane_scaler_config c = upscale(z[0], z[1], z[2], z[3]);
        c.antiring = 0.8;
        scale(&c, in.plane, a.plane, 1);
        scale(&c, in.plane, b.plane, 5);
        assert_true(same(a.plane, b.plane));
        memset(b.memory, 0, 64);
        scale(&c, shifted.plane, b.plane, 2);
        assert_true(same(a.plane, b.plane));
        memset(b.memory, 0, 64);
        scale_to_sink(&c, in.plane, b.plane);
        assert_true(same(a.plane, b.plane));
        c.cpu_flags = 0;
        scale(&c, in.plane, b.plane, 1);
        assert_true(same(a.plane, b.plane));
        vh_free(in.memory);
        vh_free(shifted.memory);
        vh_free(a.memory);
        vh_free(b.memory);
    }
}

/* Co-sited chroma stays over its luma: a ramp keeps its value at every luma position. */
static void siting_holds(void **state)
{
    (void)state;
    struct picture in = picture(100, 40, 0), out = picture(200, 80, 0);
    for (int y = 0; y < 40; y++)
        for (int x = 0; x < 100; x++)
            in.plane.data[y * in.plane.stride + x] =
                (uint16_t)(10000 + 200 * x); /* = 10000 + 100 per luma sample */
    struct vh_plane_scaler_config c = upscale(100, 40, 200, 80);
    c.x = vh_axis_make((struct vh_siting){2, 0}, (struct vh_siting){2, 0}, 0, 200, 400);
    scale(&c, in.plane, out.plane, 1);
    for (int x = 10; x < 190; x++) {
        double luma = (2 * x + 0.5) * 0.5 - 0.5; /* source luma index of output chroma sample x */
        assert_true(fabs(out.plane.data[20 * out.plane.stride + x] - (10000 + 100 * luma)) < 8);
    }
    vh_free(in.memory);
    vh_free(out.memory);
}

static void antiring_limits_overshoot(void **state)
{
    (void)state;
    struct picture in = picture(64, 32, 0), out = picture(128, 64, 0);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 64; x++)
            in.plane.data[y * in.plane.stride + x] = x < 32 ? 10000 : 50000;
    int over[3];
    static const double strength[] = {0, 0.8, 1};
    for (int i = 0; i < 3; i++) {
        struct vh_plane_scaler_config c = upscale(64, 32, 128, 64);
        c.antiring = strength[i];
        scale(&c, in.plane, out.plane, 1);
        over[i] = 0;
        for (int x = 0; x < 128; x++) {
            int v = out.plane.data[30 * out.plane.stride + x], o = v > 50000   ? v - 50000
                                                                   : v < 10000 ? 10000 - v
                                                                               : 0;
            over[i] = o > over[i] ? o : over[i];
        }
    }
    assert_true(over[0] > 1500);
    assert_true(over[1] > over[0] * 0.15 && over[1] < over[0] * 0.25);
    assert_int_equal(over[2], 0);
    vh_free(in.memory);
    vh_free(out.memory);
}

static void impossible_is_reported(void **state)
{
    (void)state;
    struct vh_plane_scaler_config c = upscale(64, 32, 128, 64);
    c.x.step = 0;
    struct vh_plane_scaler *s;
    assert_int_equal(vh_plane_scaler_open(&s, &c), VH_ERR_EXTERNAL);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_a_reference),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(siting_holds),
        cmocka_unit_test(antiring_limits_overshoot),
        cmocka_unit_test(impossible_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
