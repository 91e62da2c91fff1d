/* Colour rules, and 601 to 709 against zimg and against the formula, on all bars and all over the cube. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "upscale/colour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zimg.h>

enum { W = 256, H = 64 };

static const struct vh_format sd_525 = {.pix_fmt = AV_PIX_FMT_YUV444P16,
    .width = W,
    .height = H,
    .matrix = AVCOL_SPC_SMPTE170M,
    .primaries = AVCOL_PRI_SMPTE170M,
    .transfer = AVCOL_TRC_SMPTE170M,
    .range = AVCOL_RANGE_MPEG,
    .chroma = AVCHROMA_LOC_LEFT};

static struct vh_format with(struct vh_format f, int matrix, int primaries)
{
    f.matrix = (enum AVColorSpace)matrix;
    f.primaries = (enum AVColorPrimaries)primaries;
    return f;
}

static struct vh_image image(int sub_x, int sub_y)
{
    struct vh_image i = {.n_planes = 3, .sub_x = sub_x, .sub_y = sub_y};
    for (int p = 0; p < 3; p++) {
        int w = p ? W >> sub_x : W, h = p ? H >> sub_y : H;
        i.plane[p] = (struct vh_plane){vh_alloc((size_t)(w * h), 2), w, w, h};
        assert_non_null(i.plane[p].data);
    }
    return i;
}

static void image_free(struct vh_image *i)
{
    for (int p = 0; p < 3; p++)
        vh_free(i->plane[p].data);
}

static uint16_t *at(const struct vh_image *i, int p, int x, int y)
{
    return &i->plane[p].data[(y >> (p ? i->sub_y : 0)) * i->plane[p].stride + (x >> (p ? i->sub_x : 0))];
}

static void convert(const struct vh_format *in, const struct vh_format *out, const struct vh_image *from,
    const struct vh_image *to, unsigned cpu, int threads)
{
    struct vh_colour *c;
    struct vh_pool *pool;
    struct vh_image_const read = vh_image_read(from);
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    assert_int_equal(vh_colour_open(&c, in, out, cpu, NULL), VH_OK);
    vh_colour_run(c, &read, to, pool);
    vh_colour_close(&c);
    vh_pool_destroy(&pool);
}

/* What zimg makes of it in 4:4:4, in float. */
static void reference(const struct vh_format *in, const struct vh_format *out, const struct vh_image *from,
    const struct vh_image *to)
{
    zimg_image_format a, b;
    zimg_image_format_default(&a, ZIMG_API_VERSION);
    a.width = W, a.height = H, a.pixel_type = ZIMG_PIXEL_WORD, a.depth = 16, a.color_family = ZIMG_COLOR_YUV;
    a.pixel_range = ZIMG_RANGE_LIMITED;
    b = a;
    a.matrix_coefficients = (zimg_matrix_coefficients_e)in->matrix;
    b.matrix_coefficients = (zimg_matrix_coefficients_e)out->matrix;
    if (in->primaries != out->primaries) {
        a.transfer_characteristics = b.transfer_characteristics = ZIMG_TRANSFER_BT709;
        a.color_primaries = (zimg_color_primaries_e)in->primaries;
        b.color_primaries = (zimg_color_primaries_e)out->primaries;
    }
    zimg_filter_graph *graph = zimg_filter_graph_build(&a, &b, NULL);
    assert_non_null(graph);
    zimg_image_buffer_const source = {.version = ZIMG_API_VERSION};
    zimg_image_buffer target = {.version = ZIMG_API_VERSION};
    for (int p = 0; p < 3; p++) {
        source.plane[p].data = from->plane[p].data, target.plane[p].data = to->plane[p].data;
        source.plane[p].stride = target.plane[p].stride = W * 2;
        source.plane[p].mask = target.plane[p].mask = ZIMG_BUFFER_MAX;
    }
    size_t bytes;
    assert_int_equal(zimg_filter_graph_get_tmp_size(graph, &bytes), 0);
    void *work = vh_alloc(bytes + 1, 1);
    assert_int_equal(zimg_filter_graph_process(graph, &source, &target, work, NULL, NULL, NULL, NULL), 0);
    vh_free(work);
    zimg_filter_graph_free(graph);
}

/* Colour bars: 100 % in the upper half, 75 % in the lower, in 8-bit codes times 256, as a pattern generator
 * rounds them. */
static void draw_bars(const struct vh_image *i)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            int bar = 7 - x / (W / 8);
            double level = y < H / 2 ? 1 : 0.75;
            double g = (bar >> 2 & 1) * level, r = (bar >> 1 & 1) * level, b = (bar & 1) * level;
            double luma = 0.299 * r + 0.587 * g + 0.114 * b;
            *at(i, 0, x, y) = (uint16_t)(lrint(16 + 219 * luma) * 256);
            *at(i, 1, x, y) = (uint16_t)(lrint(128 + 224 * (b - luma) / 1.772) * 256);
            *at(i, 2, x, y) = (uint16_t)(lrint(128 + 224 * (r - luma) / 1.402) * 256);
        }
}

/* Largest difference in 8-bit codes over the middles of the bars. */
static double worst_on_bars(const struct vh_image *a, const struct vh_image *b)
{
    double worst = 0;
    for (int p = 0; p < 3; p++)
        for (int y = 8; y < H; y += 16)
            for (int x = 16; x < W; x += 32)
                worst = fmax(worst, fabs(*at(a, p, x, y) - (double)*at(b, p, x, y)) / 256);
    return worst;
}

static void bars_match_the_reference(void **state)
{
    (void)state;
    static const int cases[][2] = {{AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M},
        {AVCOL_SPC_BT470BG, AVCOL_PRI_BT470BG}, {AVCOL_SPC_SMPTE170M, AVCOL_PRI_BT709}};
    struct vh_image full = image(0, 0), expected = image(0, 0);
    draw_bars(&full);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vh_format in = with(sd_525, cases[i][0], cases[i][1]),
                         out = with(in, AVCOL_SPC_BT709, AVCOL_PRI_BT709);
        reference(&in, &out, &full, &expected);
        for (int sub = 0; sub < 3; sub++) { /* 4:4:4, 4:2:2, 4:2:0 */
            struct vh_image from = image(sub > 0, sub > 1), to = image(sub > 0, sub > 1);
            draw_bars(&from);
            in.pix_fmt = sub == 0   ? AV_PIX_FMT_YUV444P16
                         : sub == 1 ? AV_PIX_FMT_YUV422P16
                                    : AV_PIX_FMT_YUV420P16;
            convert(&in, &out, &from, &to, vh_cpu_detect(), 1);
            /* The issue asks for 1. Rounded bars lie up to half a code below black, which zimg clips and we
             * keep. */
            assert_true(worst_on_bars(&to, &expected) < (in.primaries == out.primaries ? 0.01 : 0.6));
            assert_true(worst_on_bars(&to, &from) > 3);
            image_free(&from);
            image_free(&to);
        }
    }
    image_free(&full);
    image_free(&expected);
}

/* The matrix alone, against the published numbers (algorithms.md 5.4, 8-bit scale). */
static void matrix_is_the_published_one(void **state)
{
    (void)state;
    struct vh_image from = image(0, 0), to = image(0, 0);
    draw_bars(&from);
    struct vh_format out = with(sd_525, AVCOL_SPC_BT709, AVCOL_PRI_SMPTE170M);
    convert(&sd_525, &out, &from, &to, 0, 1);
    for (int y = 8; y < H; y += 16)
        for (int x = 16; x < W; x += 32) {
            double l = *at(&from, 0, x, y) / 256.0, b = *at(&from, 1, x, y) / 256.0 - 128,
                   r = *at(&from, 2, x, y) / 256.0 - 128;
            assert_true(fabs(*at(&to, 0, x, y) / 256.0 - (l - 0.11555 * b - 0.20794 * r)) < 0.01);
            assert_true(fabs(*at(&to, 1, x, y) / 256.0 - (128 + 1.01864 * b + 0.11462 * r)) < 0.01);
            assert_true(fabs(*at(&to, 2, x, y) / 256.0 - (128 + 0.07505 * b + 1.02533 * r)) < 0.01);
        }
    image_free(&from);
    image_free(&to);
}

/* Random legal colours all over the cube in 4:4:4; gray stays gray. */
static void cube_matches_the_reference(void **state)
{
    (void)state;
    struct vh_image from = image(0, 0), to = image(0, 0), expected = image(0, 0);
    unsigned seed = 3;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double c[3];
            for (int k = 0; k < 3; k++)
                c[k] = ((seed = seed * 1664525u + 1013904223u) >> 8) / 16777216.0;
            if (y == 0)
                c[1] = c[2] = c[0];
            double luma = 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
            *at(&from, 0, x, y) = (uint16_t)lrint(256 * (16 + 219 * luma));
            *at(&from, 1, x, y) = (uint16_t)lrint(256 * (128 + 224 * (c[2] - luma) / 1.772));
            *at(&from, 2, x, y) = (uint16_t)lrint(256 * (128 + 224 * (c[0] - luma) / 1.402));
        }
    struct vh_format out = with(sd_525, AVCOL_SPC_BT709, AVCOL_PRI_BT709);
    reference(&sd_525, &out, &from, &expected);
    convert(&sd_525, &out, &from, &to, vh_cpu_detect(), 3);
    double worst = 0;
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < W * H; i++)
            worst = fmax(worst, fabs(to.plane[p].data[i] - (double)expected.plane[p].data[i]));
    assert_true(worst <= 16); /* a sixteenth of an 8-bit code */
    for (int x = 0; x < W; x++) {
        assert_true(abs(to.plane[0].data[x] - from.plane[0].data[x]) <= 6); /* 6/256 of an 8-bit code */
        assert_true(abs(to.plane[1].data[x] - 32768) <= 2);
    }
    image_free(&from);
    image_free(&to);
    image_free(&expected);
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    struct vh_format out = with(sd_525, AVCOL_SPC_BT709, AVCOL_PRI_BT709);
    for (int sub = 0; sub < 3; sub++) {
        struct vh_image from = image(sub > 0, sub > 1), a = image(sub > 0, sub > 1),
                        b = image(sub > 0, sub > 1);
        unsigned seed = 9;
        for (int p = 0; p < 3; p++)
            for (int i = 0; i < from.plane[p].stride * from.plane[p].height; i++)
                from.plane[p].data[i] = (uint16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
        struct vh_format in = sd_525;
        in.pix_fmt = sub == 0 ? AV_PIX_FMT_YUV444P16 : sub == 1 ? AV_PIX_FMT_YUV422P16 : AV_PIX_FMT_YUV420P16;
        convert(&in, &out, &from, &a, 0, 1);
        convert(&in, &out, &from, &b, vh_cpu_detect(), 4);
        for (int p = 0; p < 3; p++)
            assert_memory_equal(
                a.plane[p].data, b.plane[p].data, (size_t)(from.plane[p].stride * from.plane[p].height) * 2);
        convert(&in, &out, &from, &from, vh_cpu_detect(), 2); /* in place */
        for (int p = 0; p < 3; p++)
            assert_memory_equal(a.plane[p].data, from.plane[p].data,
                (size_t)(from.plane[p].stride * from.plane[p].height) * 2);
        image_free(&from);
        image_free(&a);
        image_free(&b);
    }
}

static void untagged_sources(void **state)
{
    (void)state;
    static const struct {
        int height, rate, matrix, primaries;
    } table[] = {{480, 30, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M},
        {486, 25, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M}, {576, 25, AVCOL_SPC_BT470BG, AVCOL_PRI_BT470BG},
        {288, 25, AVCOL_SPC_BT470BG, AVCOL_PRI_BT470BG}, {400, 25, AVCOL_SPC_BT470BG, AVCOL_PRI_BT470BG},
        {400, 30, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M}, {720, 25, AVCOL_SPC_BT709, AVCOL_PRI_BT709},
        {1080, 25, AVCOL_SPC_BT709, AVCOL_PRI_BT709}};
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct vh_format f = {.pix_fmt = AV_PIX_FMT_YUV420P,
            .width = 720,
            .height = table[i].height,
            .frame_rate = {table[i].rate, 1},
            .matrix = AVCOL_SPC_UNSPECIFIED,
            .primaries = AVCOL_PRI_UNSPECIFIED,
            .transfer = AVCOL_TRC_UNSPECIFIED};
        assert_non_null(strstr(vh_colour_resolve_source(&f, NULL), "untagged"));
        assert_int_equal(f.matrix, table[i].matrix);
        assert_int_equal(f.primaries, table[i].primaries);
        assert_int_not_equal(f.transfer, AVCOL_TRC_UNSPECIFIED);
        assert_int_equal(f.range, AVCOL_RANGE_MPEG);
        assert_int_equal(f.chroma, AVCHROMA_LOC_LEFT);
    }
    struct vh_format f = {.pix_fmt = AV_PIX_FMT_YUV420P,
        .height = 576,
        .matrix = AVCOL_SPC_BT709,
        .primaries = AVCOL_PRI_UNSPECIFIED,
        .transfer = AVCOL_TRC_UNSPECIFIED};
    vh_colour_resolve_source(&f, NULL);
    assert_int_equal(f.primaries, AVCOL_PRI_BT709);
    f = (struct vh_format){.pix_fmt = AV_PIX_FMT_BGR24,
        .height = 576,
        .matrix = AVCOL_SPC_RGB,
        .primaries = AVCOL_PRI_UNSPECIFIED,
        .transfer = AVCOL_TRC_UNSPECIFIED};
    vh_colour_resolve_source(&f, NULL);
    assert_int_equal(f.matrix, AVCOL_SPC_BT470BG);
    assert_int_equal(f.range, AVCOL_RANGE_MPEG);
    struct vh_colour_options o = {.source = VH_SOURCE_BT601_525};
    vh_colour_resolve_source(&f, &o);
    assert_int_equal(f.matrix, AVCOL_SPC_SMPTE170M);
}

static void output_rules(void **state)
{
    (void)state;
    struct vh_format in = with(sd_525, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M), out = {0};
    in.range = AVCOL_RANGE_JPEG;
    static const int heights[] = {480, 719, 720, 1080};
    for (int i = 0; i < 4; i++) {
        out = (struct vh_format){.pix_fmt = AV_PIX_FMT_YUV420P, .width = 960, .height = heights[i]};
        vh_colour_resolve_output(&out, &in, NULL);
        bool hd = heights[i] >= 720;
        assert_int_equal(out.matrix, hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M);
        assert_int_equal(out.primaries, hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M);
        assert_int_equal(out.range, hd ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG);
        assert_int_equal(vh_colour_differs(&in, &out), hd);
    }
    struct vh_colour_options keep = {.target = VH_COLOUR_KEEP};
    vh_colour_resolve_output(&out, &in, &keep);
    assert_int_equal(out.matrix, AVCOL_SPC_SMPTE170M);
    struct vh_colour_options asked = {
        .target = VH_COLOUR_BT709, .primaries = VH_PRIMARIES_KEEP, .range = VH_RANGE_FULL};
    out.height = 480;
    vh_colour_resolve_output(&out, &in, &asked);
    assert_int_equal(out.matrix, AVCOL_SPC_BT709);
    assert_int_equal(out.primaries, AVCOL_PRI_SMPTE170M);
    assert_int_equal(out.range, AVCOL_RANGE_JPEG);
    in.primaries = AVCOL_PRI_BT2020; /* wide gamut is left alone */
    in.matrix = AVCOL_SPC_BT2020_NCL;
    out.height = 1080;
    vh_colour_resolve_output(&out, &in, NULL);
    assert_int_equal(out.primaries, AVCOL_PRI_BT2020);
}

static void unknown_pairs_are_refused(void **state)
{
    (void)state;
    struct vh_colour *c;
    struct vh_format out = with(sd_525, AVCOL_SPC_YCGCO, AVCOL_PRI_BT709);
    assert_int_equal(vh_colour_open(&c, &sd_525, &out, 0, NULL), VH_ERR_UNSUPPORTED);
    out = with(sd_525, AVCOL_SPC_BT709, AVCOL_PRI_FILM);
    assert_int_equal(vh_colour_open(&c, &sd_525, &out, 0, NULL), VH_ERR_UNSUPPORTED);
    struct vh_format gray = sd_525;
    gray.pix_fmt = AV_PIX_FMT_GRAY16;
    assert_int_equal(vh_colour_open(&c, &gray, &sd_525, 0, NULL), VH_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_match_the_reference),
        cmocka_unit_test(matrix_is_the_published_one),
        cmocka_unit_test(cube_matches_the_reference),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(untagged_sources),
        cmocka_unit_test(output_rules),
        cmocka_unit_test(unknown_pairs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
