/* The upscaler as the pipeline uses it: bars through the whole way, engines, fallback, pass-through, same
 * bits everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/status.h"
#include "upscale/colour.h"
#include "upscale/upscaler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char last_message[512];

static void keep_message(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(last_message, sizeof last_message, "%s", message);
}

static const struct vh_log quiet = {.sink = keep_message, .level = VH_LOG_WARNING};

static AVFrame *frame(int pix_fmt, int width, int height)
{
    AVFrame *f = av_frame_alloc();
    f->format = pix_fmt;
    f->width = width;
    f->height = height;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    return f;
}

static struct vh_upscaler_config config_for(int pix_in, int w, int h, int pix_out, int ow, int oh)
{
    struct vh_upscaler_config c = {.in = {.pix_fmt = (enum AVPixelFormat)pix_in,
                                       .width = w,
                                       .height = h,
                                       .matrix = AVCOL_SPC_SMPTE170M,
                                       .primaries = AVCOL_PRI_SMPTE170M,
                                       .transfer = AVCOL_TRC_SMPTE170M,
                                       .range = AVCOL_RANGE_MPEG,
                                       .chroma = AVCHROMA_LOC_LEFT},
        .cpu_flags = vh_cpu_detect(),
        .log = &quiet};
    c.out = c.in;
    c.out.pix_fmt = (enum AVPixelFormat)pix_out;
    c.out.width = ow;
    c.out.height = oh;
    return c;
}

static void run(const struct vh_upscaler_config *c, const AVFrame *in, AVFrame *out, int threads)
{
    struct vh_upscaler_config config = *c;
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    config.pool = pool;
    struct vh_upscaler *u;
    assert_int_equal(vh_upscaler_open(&u, &config), VH_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(vh_upscaler_collect(u), VH_EOF);
        assert_int_equal(vh_upscaler_submit(u, in, out), VH_OK);
        assert_int_equal(vh_upscaler_collect(u), VH_OK);
    }
    vh_upscaler_close(&u);
    assert_null(u);
    vh_pool_destroy(&pool);
}

static uint16_t *at(const AVFrame *f, int p, int x, int y)
{
    return (uint16_t *)(void *)(f->data[p] + y * f->linesize[p]) + x;
}

static void bar(int x, int width, double *y, double *b, double *r)
{
    int bits = 7 - x * 8 / width;
    double green = bits >> 2 & 1, red = bits >> 1 & 1, blue = bits & 1;
    *y = 0.299 * red + 0.587 * green + 0.114 * blue;
    *b = (blue - *y) / 1.772;
    *r = (red - *y) / 1.402;
}

static void draw_bars(AVFrame *f, int sub_x, int sub_y)
{
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? f->height >> sub_y : f->height); y++)
            for (int x = 0; x < (p ? f->width >> sub_x : f->width); x++) {
                double v[3];
                bar(p ? x << sub_x : x, f->width, &v[0], &v[1], &v[2]);
                *at(f, p, x, y) = (uint16_t)lrint(256 * (p ? 128 + 224 * v[p] : 16 + 219 * v[0]));
            }
}

/* 601 to 709 with scaling and dither, within one 8-bit code on every bar: the matrix as published. */
static void bars_end_to_end(void **state)
{
    (void)state;
    static const int formats[][2] = {{AV_PIX_FMT_YUV420P16, AV_PIX_FMT_YUV420P},
        {AV_PIX_FMT_YUV422P16, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUV422P16, AV_PIX_FMT_YUV422P10},
        {AV_PIX_FMT_YUV444P16, AV_PIX_FMT_YUV420P10}};
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct vh_upscaler_config c = config_for(formats[i][0], 720, 480, formats[i][1], 1440, 1080);
        struct vh_colour_options options = {.target = VH_COLOUR_AUTO, .primaries = VH_PRIMARIES_KEEP};
        vh_colour_resolve_output(&c.out, &c.in, &options);
        AVFrame *in = frame(formats[i][0], 720, 480), *out = frame(formats[i][1], 1440, 1080);
        draw_bars(in, formats[i][0] != AV_PIX_FMT_YUV444P16, formats[i][0] == AV_PIX_FMT_YUV420P16);
        run(&c, in, out, 2);
        int deep = formats[i][1] == AV_PIX_FMT_YUV422P10 || formats[i][1] == AV_PIX_FMT_YUV420P10;
        for (int x = 90; x < 1440; x += 180) {
            double y, b, r;
            bar(x, 1440, &y, &b, &r);
            y = 16 + 219 * y, b *= 224, r *= 224;
            double expected[3] = {y - 0.11555 * b - 0.20794 * r, 128 + 1.01864 * b + 0.11462 * r,
                128 + 0.07505 * b + 1.02533 * r};
            for (int p = 0; p < 3; p++) {
                int px = p ? x / 2 : x;
                double got = deep ? *at(out, p, px, 300) / 4.0 : out->data[p][300 * out->linesize[p] + px];
                assert_true(fabs(got - expected[p]) <= 1);
            }
        }
        av_frame_free(&in);
        av_frame_free(&out);
    }
}

static void nothing_to_do_changes_nothing(void **state)
{
    (void)state;
    struct vh_upscaler_config c = config_for(AV_PIX_FMT_YUV420P16, 64, 48, AV_PIX_FMT_YUV420P, 64, 48);
    AVFrame *in = frame(AV_PIX_FMT_YUV420P16, 64, 48), *out = frame(AV_PIX_FMT_YUV420P, 64, 48);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 24 : 48); y++)
            for (int x = 0; x < (p ? 32 : 64); x++)
                *at(in, p, x, y) = (uint16_t)(((x * 7 + y * 13 + p * 31) & 255) << 8);
    run(&c, in, out, 1);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 24 : 48); y++)
            for (int x = 0; x < (p ? 32 : 64); x++)
                assert_int_equal(out->data[p][y * out->linesize[p] + x], (x * 7 + y * 13 + p * 31) & 255);
    av_frame_free(&in);
    av_frame_free(&out);
}

static AVFrame *noise(int pix_fmt, int w, int h, int sub_x, int sub_y)
{
    AVFrame *f = frame(pix_fmt, w, h);
    unsigned seed = 5;
    for (int p = 0; p < 3 && f->data[p]; p++)
        for (int y = 0; y < (p ? h >> sub_y : h); y++)
            for (int x = 0; x < (p ? w >> sub_x : w); x++)
                *at(f, p, x, y) = (uint16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
    return f;
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct vh_upscaler_config c = config_for(AV_PIX_FMT_YUV422P16, 360, 240, AV_PIX_FMT_YUV420P, 720, 540);
    c.out.matrix = AVCOL_SPC_BT709;
    c.out.primaries = AVCOL_PRI_BT709;
    AVFrame *in = noise(AV_PIX_FMT_YUV422P16, 360, 240, 1, 0);
    AVFrame *a = frame(AV_PIX_FMT_YUV420P, 720, 540), *b = frame(AV_PIX_FMT_YUV420P, 720, 540);
    run(&c, in, a, 1);
    run(&c, in, b, 7);
    for (int round = 0; round < 2; round++) {
        for (int p = 0; p < 3; p++)
            for (int y = 0; y < (p ? 270 : 540); y++)
                assert_memory_equal(
                    a->data[p] + y * a->linesize[p], b->data[p] + y * b->linesize[p], p ? 360 : 720);
        c.cpu_flags = 0;
        run(&c, in, b, 1);
    }
    av_frame_free(&in);
    av_frame_free(&a);
    av_frame_free(&b);
}

/* Both engines put the same picture in the same place. */
static void engines_agree(void **state)
{
    (void)state;
    AVFrame *in = frame(AV_PIX_FMT_YUV420P16, 360, 288), *out[2];
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 144 : 288); y++)
            for (int x = 0; x < (p ? 180 : 360); x++)
                *at(in, p, x, y) = (uint16_t)(32768 + 15000 * sin(0.11 * (p + 1) * x + 0.07 * y));
    static char zimg[] = "zimg", swscale[] = "swscale";
    char *names[] = {zimg, swscale};
    for (int e = 0; e < 2; e++) {
        struct vh_upscale_options o = {.engine = names[e], .filter = VH_FILTER_BICUBIC, .antiring = 0};
        struct vh_upscaler_config c =
            config_for(AV_PIX_FMT_YUV420P16, 360, 288, AV_PIX_FMT_YUV420P16, 720, 540);
        c.options = &o;
        c.strict = true;
        out[e] = frame(AV_PIX_FMT_YUV420P16, 720, 540);
        run(&c, in, out[e], 2);
    }
    for (int p = 0; p < 3; p++)
        for (int y = 20; y < 240; y++)
            for (int x = 20; x < 340; x++)
                assert_true(abs(*at(out[0], p, x, y) - *at(out[1], p, x, y)) < 256);
    av_frame_free(&in);
    av_frame_free(&out[0]);
    av_frame_free(&out[1]);
}

static void gray_and_full_range(void **state)
{
    (void)state;
    struct vh_upscaler_config c = config_for(AV_PIX_FMT_GRAY16, 64, 48, AV_PIX_FMT_YUV420P, 128, 96);
    c.out.range = AVCOL_RANGE_JPEG;
    AVFrame *in = frame(AV_PIX_FMT_GRAY16, 64, 48), *out = frame(AV_PIX_FMT_YUV420P, 128, 96);
    for (int y = 0; y < 48; y++)
        for (int x = 0; x < 64; x++)
            *at(in, 0, x, y) = 235 * 256;
    run(&c, in, out, 1);
    assert_int_equal(out->data[0][50 * out->linesize[0] + 50], 255);
    assert_int_equal(out->data[1][20 * out->linesize[1] + 20], 128);
    av_frame_free(&in);
    av_frame_free(&out);
}

/* A ramp in every plane by luma position: whatever is cropped, a sample must show the value of its own place.
 */
static void crop_is_exact(void **state)
{
    (void)state;
    static const struct vh_crop crops[] = {
        {0, 0, 0, 0}, {2, 2, 4, 4}, {1, 3, 3, 5}, {3, 0, 0, 7}, {0, 5, 1, 0}};
    AVFrame *in = frame(AV_PIX_FMT_YUV420P16, 96, 80);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 40 : 80); y++)
            for (int x = 0; x < (p ? 48 : 96); x++) {
                double lx = p ? 2 * x : x, ly = p ? 2 * y + 0.5 : y; /* left siting */
                *at(in, p, x, y) = (uint16_t)lrint(10000 + 200 * lx + 100 * ly);
            }
    for (unsigned i = 0; i < sizeof crops / sizeof *crops; i++)
        for (int factor = 1; factor < 3; factor++) {
            const struct vh_crop *c = &crops[i];
            int w = 96 - c->left - c->right, h = 80 - c->top - c->bottom;
            struct vh_upscaler_config config =
                config_for(AV_PIX_FMT_YUV420P16, 96, 80, AV_PIX_FMT_YUV420P16, factor * w, factor * h);
            config.crop = *c;
            AVFrame *out = frame(AV_PIX_FMT_YUV420P16, factor * w, factor * h);
            run(&config, in, out, 2);
            for (int p = 0; p < 3; p++)
                for (int y = 12 * factor; y < (p ? factor * h / 2 : factor * h) - 12 * factor; y++)
                    for (int x = 12 * factor; x < (p ? factor * w / 2 : factor * w) - 12 * factor; x++) {
                        double ox = p ? 2 * x : x, oy = p ? 2 * y + 0.5 : y;
                        double lx = (ox + 0.5) / factor - 0.5 + c->left,
                               ly = (oy + 0.5) / factor - 0.5 + c->top;
                        assert_true(fabs(*at(out, p, x, y) - (10000 + 200 * lx + 100 * ly)) <= 4);
                    }
            av_frame_free(&out);
        }
    av_frame_free(&in);
    struct vh_upscaler *u;
    static char swscale[] = "swscale";
    struct vh_upscale_options o = {.engine = swscale};
    struct vh_upscaler_config config =
        config_for(AV_PIX_FMT_YUV420P16, 96, 80, AV_PIX_FMT_YUV420P16, 190, 160);
    config.crop.left = 1;
    config.options = &o;
    assert_int_equal(vh_upscaler_open(&u, &config), VH_OK); /* falls back */
    assert_string_equal(last_message, "engine swscale cannot run here (it cannot crop through a chroma "
                                      "sample; even numbers it can); zimg is used instead");
    vh_upscaler_close(&u);
    config.strict = true;
    assert_int_equal(vh_upscaler_open(&u, &config), VH_ERR_UNSUPPORTED);
    config.crop.left = 90;
    assert_int_equal(vh_upscaler_open(&u, &config), VH_ERR_UNSUPPORTED);
}

static void errors(void **state)
{
    (void)state;
    static char wrong[] = "magic";
    struct vh_upscaler *u;
    struct vh_upscale_options o = {.engine = wrong};
    struct vh_upscaler_config c = config_for(AV_PIX_FMT_YUV420P16, 64, 48, AV_PIX_FMT_YUV420P, 128, 96);
    c.options = &o;
    assert_int_equal(vh_upscaler_open(&u, &c), VH_ERR_USAGE);
    assert_string_equal(last_message, "engine \"magic\" is unknown; there are auto, zimg, swscale");
    c.out.width = 64, c.out.height = 48; /* also where no engine is needed */
    assert_int_equal(vh_upscaler_open(&u, &c), VH_ERR_USAGE);
    c.options = NULL;
    c.out.pix_fmt = AV_PIX_FMT_NV12;
    assert_int_equal(vh_upscaler_open(&u, &c), VH_ERR_UNSUPPORTED);
    c.out.pix_fmt = AV_PIX_FMT_YUV420P;
    c.in.pix_fmt = AV_PIX_FMT_YUV420P;
    assert_int_equal(vh_upscaler_open(&u, &c), VH_ERR_INTERNAL);
    c = config_for(AV_PIX_FMT_YUV420P16, 64, 48, AV_PIX_FMT_YUV420P, 4, 4);
    assert_int_equal(vh_upscaler_open(&u, &c), VH_ERR_UNSUPPORTED);
    assert_null(u);
    c = config_for(AV_PIX_FMT_YUV420P16, 64, 48, AV_PIX_FMT_YUV420P, 128, 96);
    assert_int_equal(vh_upscaler_open(&u, &c), VH_OK);
    assert_non_null(strstr(vh_upscaler_describe(u), "zimg spline36, anti-ringing 0.80, 64x48 -> 128x96"));
    AVFrame *in = noise(AV_PIX_FMT_YUV420P16, 64, 48, 1, 1), *out = frame(AV_PIX_FMT_YUV420P, 128, 96);
    assert_int_equal(vh_upscaler_submit(u, in, out), VH_OK);
    assert_int_equal(vh_upscaler_depth(u), 1);
    assert_int_equal(vh_upscaler_submit(u, in, out), VH_AGAIN);
    assert_int_equal(vh_upscaler_collect(u), VH_OK);
    assert_int_equal(vh_upscaler_submit(u, out, out), VH_ERR_INTERNAL);
    vh_upscaler_close(&u);
    av_frame_free(&in);
    av_frame_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_end_to_end),
        cmocka_unit_test(nothing_to_do_changes_nothing),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(engines_agree),
        cmocka_unit_test(gray_and_full_range),
        cmocka_unit_test(crop_is_exact),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
