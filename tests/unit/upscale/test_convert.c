/* Pixel format conversion: exact round trips, field-correct chroma, dither that keeps the mean, same bits
 * everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/status.h"
#include "upscale/convert.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static AVFrame *frame(int pix_fmt, int width, int height)
{
    AVFrame *f = av_frame_alloc();
    f->format = pix_fmt;
    f->width = width;
    f->height = height;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int i = 0; i < 4 && f->buf[i]; i++) /* av_write_image_line only sets bits */
        memset(f->buf[i]->data, 0, (size_t)f->buf[i]->size);
    return f;
}

static struct vh_format format_of(const AVFrame *f, enum AVColorRange range, enum vh_field_order fields)
{
    return (struct vh_format){.pix_fmt = (enum AVPixelFormat)f->format,
        .width = f->width,
        .height = f->height,
        .fields = fields,
        .matrix = AVCOL_SPC_BT470BG,
        .range = range,
        .chroma = AVCHROMA_LOC_LEFT};
}

static void convert(const AVFrame *in, AVFrame *out, enum AVColorRange in_range, enum AVColorRange out_range,
    enum vh_field_order fields, unsigned cpu, int threads)
{
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    struct vh_convert_config config = {.in = format_of(in, in_range, fields),
        .out = format_of(out, out_range, fields),
        .pool = pool,
        .cpu_flags = cpu};
    struct vh_convert *c;
    assert_int_equal(vh_convert_open(&c, &config), VH_OK);
    assert_true(strlen(vh_convert_describe(c)) > 8);
    assert_int_equal(vh_convert_run(c, in, out), VH_OK);
    vh_convert_close(&c);
    assert_null(c);
    vh_pool_destroy(&pool);
}

/* Random codes of the format's depth in every byte of every plane. */
static void fill_random(AVFrame *f, unsigned seed)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    for (int p = 0; p < 4 && f->data[p]; p++) {
        int bytes = av_image_get_linesize((enum AVPixelFormat)f->format, f->width, p);
        int lines = p == 1 || p == 2 ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height;
        for (int y = 0; y < lines; y++)
            for (int x = 0; x < bytes; x++) {
                unsigned v = (seed = seed * 1664525u + 1013904223u) >> 16;
                if (d->comp[0].depth > 8 && d->comp[0].step == 2 && !d->comp[0].shift) {
                    if (x % 2 == 0)
                        ((uint16_t *)(void *)(f->data[p] + y * f->linesize[p]))[x / 2] =
                            (uint16_t)(v & ((1u << d->comp[0].depth) - 1));
                } else {
                    f->data[p][y * f->linesize[p] + x] = (uint8_t)v;
                }
            }
    }
}

static bool same(const AVFrame *a, const AVFrame *b)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)a->format);
    for (int p = 0; p < 3 && a->data[p]; p++) {
        int bytes = av_image_get_linesize((enum AVPixelFormat)a->format, a->width, p);
        for (int y = 0; y < (p ? AV_CEIL_RSHIFT(a->height, d->log2_chroma_h) : a->height); y++)
            if (memcmp(a->data[p] + y * a->linesize[p], b->data[p] + y * b->linesize[p], (size_t)bytes))
                return false;
    }
    return true;
}

static uint16_t sample(const AVFrame *f, int p, int x, int y)
{
    return ((const uint16_t *)(const void *)(f->data[p] + y * f->linesize[p]))[x];
}

static void round_trips_are_exact(void **state)
{
    (void)state;
    static const int formats[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
        AV_PIX_FMT_GRAY8, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12,
        AV_PIX_FMT_YUV444P14, AV_PIX_FMT_GRAY10, AV_PIX_FMT_YUV420P16, AV_PIX_FMT_YUV422P9};
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        for (int full = 0; full < 2; full++) {
            enum AVColorRange range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
            AVFrame *in = frame(formats[i], 75, 51), *back = frame(formats[i], 75, 51);
            AVFrame *work = frame(vh_convert_working((enum AVPixelFormat)formats[i]), 75, 51);
            fill_random(in, i + 1);
            convert(in, work, range, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, vh_cpu_detect(), 2);
            convert(work, back, AVCOL_RANGE_MPEG, range, VH_FIELDS_TFF, vh_cpu_detect(), 3);
            if (!full) {
                assert_true(same(in, back));
            } else { /* full range is scaled by 219/255 in between: at most one code of the format away */
                int deep = av_pix_fmt_desc_get((enum AVPixelFormat)formats[i])->comp[0].depth > 8;
                for (int y = 0; y < 51; y++)
                    for (int x = 0; x < 75; x++)
                        assert_true(abs(deep ? sample(in, 0, x, y) - sample(back, 0, x, y)
                                             : in->data[0][y * in->linesize[0] + x] -
                                                   back->data[0][y * back->linesize[0] + x]) <= 1);
            }
            av_frame_free(&in);
            av_frame_free(&back);
            av_frame_free(&work);
        }
    }
}

static void codes_land_where_they_should(void **state)
{
    (void)state;
    AVFrame *in = frame(AV_PIX_FMT_YUV422P, 32, 16), *work = frame(AV_PIX_FMT_YUV422P16, 32, 16);
    memset(in->data[0], 235, (size_t)in->linesize[0] * 16);
    memset(in->data[1], 128, (size_t)in->linesize[1] * 16);
    memset(in->data[2], 240, (size_t)in->linesize[2] * 16);
    convert(in, work, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, 0, 1);
    assert_int_equal(sample(work, 0, 5, 5), 235 * 256);
    assert_int_equal(sample(work, 1, 5, 5), 32768);
    assert_int_equal(sample(work, 2, 5, 5), 240 * 256);
    memset(in->data[0], 255, (size_t)in->linesize[0] * 16); /* full-range white and strongest red */
    memset(in->data[2], 255, (size_t)in->linesize[2] * 16);
    convert(in, work, AVCOL_RANGE_JPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, 0, 1);
    assert_int_equal(sample(work, 0, 5, 5), 235 * 256);
    assert_int_equal(sample(work, 1, 5, 5), 32768);
    assert_int_equal(sample(work, 2, 5, 5), (int)lrint(32768 + 127 * 224 * 256 / 255.0));
    av_frame_free(&in);
    av_frame_free(&work);
}

/* Chroma of value 10000 + 100 * (its true luma line in the frame), 4:2:0 interlaced. Wanted in 4:2:2: 10000 +
 * 100 * y. */
static void interlaced_chroma_goes_per_field(void **state)
{
    (void)state;
    enum { W = 32, H = 96 };
    AVFrame *in = frame(AV_PIX_FMT_YUV420P16, W, H), *out = frame(AV_PIX_FMT_YUV422P16, W, H);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? H / 2 : H); y++)
            for (int x = 0; x < (p ? W / 2 : W); x++) {
                int k = y / 2, parity = y % 2; /* chroma line k of its field */
                double field_line = 2 * k + (parity ? 0.75 : 0.25), line = 2 * field_line + parity;
                ((uint16_t *)(void *)(in->data[p] + y * in->linesize[p]))[x] =
                    p ? (uint16_t)lrint(10000 + 100 * line) : 32768;
            }
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, vh_cpu_detect(), 2);
    for (int y = 12; y < H - 12; y++)
        assert_true(abs(sample(out, 1, 7, y) - (10000 + 100 * y)) <= 2);
    /* Two fields of different colour never mix. */
    for (int y = 0; y < H / 2; y++)
        for (int x = 0; x < W / 2; x++)
            ((uint16_t *)(void *)(in->data[2] + y * in->linesize[2]))[x] = y % 2 ? 50000 : 20000;
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_BFF, vh_cpu_detect(), 2);
    for (int y = 0; y < H; y++)
        assert_int_equal(sample(out, 2, 7, y), y % 2 ? 50000 : 20000);
    /* The same as a progressive frame would mix them: the difference this test is about. */
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_PROGRESSIVE, vh_cpu_detect(), 2);
    assert_true(sample(out, 2, 7, 40) > 21000 && sample(out, 2, 7, 40) < 49000);
    /* And back down again: 4:2:2 to 4:2:0 with every line where it was. */
    AVFrame *wide = frame(AV_PIX_FMT_YUV422P16, W, H);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < H; y++)
            for (int x = 0; x < (p ? W / 2 : W); x++)
                ((uint16_t *)(void *)(wide->data[p] + y * wide->linesize[p]))[x] =
                    (uint16_t)(10000 + 100 * y);
    convert(wide, in, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, vh_cpu_detect(), 2);
    for (int y = 8; y < H / 2 - 8; y++) {
        double line = 2 * (2 * (y / 2) + (y % 2 ? 0.75 : 0.25)) + y % 2;
        assert_true(fabs(sample(in, 1, 7, y) - (10000 + 100 * line)) <= 3);
    }
    av_frame_free(&in);
    av_frame_free(&out);
    av_frame_free(&wide);
}

/* 4:1:1 is co-sited: chroma sample k lies on luma 4k; 4:1:0 becomes 4:2:0. */
static void dv_chroma_is_cosited(void **state)
{
    (void)state;
    assert_int_equal(vh_convert_working(AV_PIX_FMT_YUV411P), AV_PIX_FMT_YUV422P16);
    assert_int_equal(vh_convert_working(AV_PIX_FMT_YUV410P), AV_PIX_FMT_YUV420P16);
    AVFrame *in = frame(AV_PIX_FMT_YUV411P, 128, 32), *out = frame(AV_PIX_FMT_YUV422P16, 128, 32);
    for (int y = 0; y < 32; y++) {
        memset(in->data[0] + y * in->linesize[0], 99, 128);
        for (int x = 0; x < 32; x++)
            in->data[1][y * in->linesize[1] + x] = in->data[2][y * in->linesize[2] + x] =
                (uint8_t)(20 + 4 * x); /* 20 + luma x */
    }
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_BFF, vh_cpu_detect(), 1);
    for (int x = 4; x < 56; x++)
        assert_true(abs(sample(out, 1, x, 9) - 256 * (20 + 2 * x)) <= 4);
    assert_int_equal(sample(out, 0, 9, 9), 99 * 256);
    av_frame_free(&in);
    av_frame_free(&out);
    in = frame(AV_PIX_FMT_YUV410P, 64, 64);
    out = frame(AV_PIX_FMT_YUV420P16, 64, 64);
    fill_random(in, 4);
    memset(in->data[1], 77, (size_t)in->linesize[1] * 16);
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, vh_cpu_detect(), 1);
    assert_int_equal(sample(out, 1, 9, 9), 77 * 256);
    av_frame_free(&in);
    av_frame_free(&out);
}

static void packed_formats_are_unpacked(void **state)
{
    (void)state;
    static const int packed[][2] = {{AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P},
        {AV_PIX_FMT_UYVY422, AV_PIX_FMT_YUV422P}, {AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUV420P10BE, AV_PIX_FMT_YUV420P10}};
    for (unsigned i = 0; i < sizeof packed / sizeof *packed; i++) {
        AVFrame *in = frame(packed[i][0], 64, 32), *out = frame(packed[i][1], 64, 32);
        AVFrame *work = frame(vh_convert_working((enum AVPixelFormat)packed[i][0]), 64, 32);
        const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)packed[i][0]);
        uint16_t line[64];
        for (int c = 0; c < 3; c++) /* value by component, column and line, written by libavutil itself */
            for (int y = 0; y < (c ? AV_CEIL_RSHIFT(32, d->log2_chroma_h) : 32); y++) {
                int w = c ? AV_CEIL_RSHIFT(64, d->log2_chroma_w) : 64;
                for (int x = 0; x < w; x++)
                    line[x] = (uint16_t)(40 + 50 * c + x + y);
                av_write_image_line(line, in->data, in->linesize, d, 0, y, c, w);
            }
        convert(in, work, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, 0, 1);
        convert(work, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_TFF, 0, 1);
        int shift = 16 - d->comp[0].depth;
        assert_int_equal(sample(work, 0, 3, 5), (40 + 8) << shift);
        assert_int_equal(sample(work, 1, 3, 5), (90 + 8) << shift);
        assert_int_equal(sample(work, 2, 3, 5), (140 + 8) << shift);
        av_frame_free(&in);
        av_frame_free(&out);
        av_frame_free(&work);
    }
}

static void rgb_and_gray(void **state)
{
    (void)state;
    assert_int_equal(vh_convert_working(AV_PIX_FMT_BGR24), AV_PIX_FMT_YUV444P16);
    assert_int_equal(vh_convert_working(AV_PIX_FMT_GRAY8), AV_PIX_FMT_GRAY16);
    AVFrame *in = frame(AV_PIX_FMT_RGB24, 64, 32), *out = frame(AV_PIX_FMT_YUV444P16, 64, 32);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 64; x++) {
            uint8_t *p = in->data[0] + y * in->linesize[0] + 3 * x;
            p[0] = 255, p[1] = p[2] = 0; /* red */
        }
    convert(in, out, AVCOL_RANGE_JPEG, AVCOL_RANGE_MPEG, VH_FIELDS_PROGRESSIVE, 0, 1);
    assert_true(
        abs(sample(out, 0, 9, 9) - (int)(256 * (16 + 219 * 0.299))) < 128); /* BT.601 red: 81.5, 90.2, 240 */
    assert_true(abs(sample(out, 1, 9, 9) - (int)(256 * (128 - 224 * 0.168736))) < 128);
    assert_true(abs(sample(out, 2, 9, 9) - 256 * 240) < 128);
    av_frame_free(&in);
    av_frame_free(&out);
    in = frame(AV_PIX_FMT_GRAY8, 64, 32);
    out = frame(AV_PIX_FMT_YUV420P10, 64, 32);
    memset(in->data[0], 100, (size_t)in->linesize[0] * 32);
    convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_PROGRESSIVE, 0, 1);
    assert_int_equal(sample(out, 0, 9, 9), 400);
    assert_int_equal(sample(out, 1, 9, 9), 512);
    av_frame_free(&in);
    av_frame_free(&out);
}

static void dither_keeps_the_mean(void **state)
{
    (void)state;
    AVFrame *in = frame(AV_PIX_FMT_YUV420P16, 64, 64), *out = frame(AV_PIX_FMT_YUV420P, 64, 64);
    for (int value = 4096; value < 4096 + 257; value += 37) {
        for (int p = 0; p < 3; p++)
            for (int y = 0; y < (p ? 32 : 64); y++)
                for (int x = 0; x < (p ? 32 : 64); x++)
                    ((uint16_t *)(void *)(in->data[p] + y * in->linesize[p]))[x] = (uint16_t)value;
        convert(in, out, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG, VH_FIELDS_PROGRESSIVE, vh_cpu_detect(), 3);
        int sum = 0;
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 64; x++)
                sum += out->data[0][y * out->linesize[0] + x];
        assert_int_equal(sum * 256 / (64 * 64), value); /* exact over every 32x32 block */
    }
    av_frame_free(&in);
    av_frame_free(&out);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    static const int pairs[][2] = {{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P16},
        {AV_PIX_FMT_YUV411P, AV_PIX_FMT_YUV422P16}, {AV_PIX_FMT_YUV422P16, AV_PIX_FMT_YUV420P10},
        {AV_PIX_FMT_YUV444P16, AV_PIX_FMT_YUV420P}};
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int full = 0; full < 2; full++) {
            enum AVColorRange r = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
            AVFrame *in = frame(pairs[i][0], 101, 67), *a = frame(pairs[i][1], 101, 67),
                    *b = frame(pairs[i][1], 101, 67);
            fill_random(in, 77);
            convert(in, a, r, AVCOL_RANGE_MPEG, VH_FIELDS_BFF, 0, 1);
            convert(in, b, r, AVCOL_RANGE_MPEG, VH_FIELDS_BFF, vh_cpu_detect(), 5);
            assert_true(same(a, b));
            av_frame_free(&in);
            av_frame_free(&a);
            av_frame_free(&b);
        }
}

static void refuses_what_it_cannot(void **state)
{
    (void)state;
    struct vh_convert *c;
    AVFrame *in = frame(AV_PIX_FMT_YUV420P, 64, 32), *out = frame(AV_PIX_FMT_YUV420P16, 64, 32);
    struct vh_convert_config config = {.in = format_of(in, AVCOL_RANGE_MPEG, VH_FIELDS_TFF),
        .out = format_of(out, AVCOL_RANGE_MPEG, VH_FIELDS_TFF)};
    assert_int_equal(vh_convert_open(&c, &config), VH_OK);
    AVFrame *other = frame(AV_PIX_FMT_YUV420P, 32, 32);
    assert_int_equal(vh_convert_run(c, other, out), VH_ERR_INPUT);
    vh_convert_close(&c);
    config.in.pix_fmt = AV_PIX_FMT_VAAPI;
    assert_int_equal(vh_convert_open(&c, &config), VH_ERR_UNSUPPORTED);
    config.in.pix_fmt = AV_PIX_FMT_YUV420P;
    config.out.pix_fmt = AV_PIX_FMT_NV12;
    assert_int_equal(vh_convert_open(&c, &config), VH_ERR_UNSUPPORTED);
    config.out = config.in;
    config.in.width = config.out.width = 4;
    assert_int_equal(vh_convert_open(&c, &config), VH_ERR_INPUT);
    assert_null(c);
    assert_int_equal(vh_convert_working(AV_PIX_FMT_BAYER_BGGR8), AV_PIX_FMT_NONE);
    assert_int_equal(vh_convert_working(AV_PIX_FMT_NONE), AV_PIX_FMT_NONE);
    assert_int_equal(vh_convert_depth(AV_PIX_FMT_YUV422P16, 10), AV_PIX_FMT_YUV422P10);
    assert_int_equal(vh_convert_depth(AV_PIX_FMT_YUV420P16, 8), AV_PIX_FMT_YUV420P);
    assert_int_equal(vh_convert_depth(AV_PIX_FMT_YUV420P16, 11), AV_PIX_FMT_NONE);
    av_frame_free(&in);
    av_frame_free(&out);
    av_frame_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips_are_exact),
        cmocka_unit_test(codes_land_where_they_should),
        cmocka_unit_test(interlaced_chroma_goes_per_field),
        cmocka_unit_test(dv_chroma_is_cosited),
        cmocka_unit_test(packed_formats_are_unpacked),
        cmocka_unit_test(rgb_and_gray),
        cmocka_unit_test(dither_keeps_the_mean),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(refuses_what_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
