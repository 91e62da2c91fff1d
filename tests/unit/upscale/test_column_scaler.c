/* Planes enlarged downwards are zimg's own, to the bit, edges included: every filter, many sizes and places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "column_scaler.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"

#include <zimg.h>

enum { WIDTH = 32 };

static void by_zimg(
    uint16_t *out, uint16_t *in, zimg_resample_filter_e filter, struct vh_axis y, int lines, int out_lines)
{
    zimg_image_format from, to;
    zimg_graph_builder_params params;
    zimg_image_format_default(&from, ZIMG_API_VERSION);
    from.width = WIDTH;
    from.height = (unsigned)lines;
    from.pixel_type = ZIMG_PIXEL_WORD;
    from.depth = 16;
    from.pixel_range = ZIMG_RANGE_FULL;
    to = from;
    to.height = (unsigned)out_lines;
    from.active_region.left = 0;
    from.active_region.top = y.start;
    from.active_region.width = WIDTH;
    from.active_region.height = y.step * out_lines;
    zimg_graph_builder_params_default(&params, ZIMG_API_VERSION);
    params.resample_filter = filter;
    if (filter == ZIMG_RESIZE_LANCZOS)
        params.filter_param_a = 3;
    if (filter == ZIMG_RESIZE_BICUBIC) {
        params.filter_param_a = 0;
        params.filter_param_b = 0.5;
    }
    zimg_filter_graph *graph = zimg_filter_graph_build(&from, &to, &params);
    assert_non_null(graph);
    size_t bytes;
    assert_int_equal(zimg_filter_graph_get_tmp_size(graph, &bytes), ZIMG_ERROR_SUCCESS);
    void *work = vh_alloc(bytes + 1, 1);
    zimg_image_buffer_const source = {.version = ZIMG_API_VERSION};
    zimg_image_buffer target = {.version = ZIMG_API_VERSION};
    source.plane[0].data = in;
    source.plane[0].stride = target.plane[0].stride = WIDTH * 2;
    source.plane[0].mask = target.plane[0].mask = ZIMG_BUFFER_MAX;
    target.plane[0].data = out;
    assert_int_equal(
        zimg_filter_graph_process(graph, &source, &target, work, NULL, NULL, NULL, NULL), ZIMG_ERROR_SUCCESS);
    vh_free(work);
    zimg_filter_graph_free(graph);
}

static void check(enum vh_scale_filter filter, int lines, int out_lines, double start)
{
    static const zimg_resample_filter_e filters[] = {
        ZIMG_RESIZE_SPLINE36, ZIMG_RESIZE_LANCZOS, ZIMG_RESIZE_BICUBIC, ZIMG_RESIZE_BILINEAR};
    struct vh_axis y = {start, (double)lines / out_lines};
    struct vh_column_scaler scaler;
    unsigned seed = (unsigned)(lines + out_lines);
    uint16_t *in = vh_alloc((size_t)(WIDTH * lines), sizeof *in), out[WIDTH],
             *want = vh_alloc((size_t)(WIDTH * out_lines), sizeof *want);
    for (int i = 0; i < WIDTH * lines; i++)
        in[i] = (uint16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
    assert_true(vh_column_scaler_fits(y, lines));
    assert_int_equal(vh_column_scaler_init(&scaler, filter, y, lines, out_lines, vh_cpu_detect()), VH_OK);
    by_zimg(want, in, filters[filter], y, lines, out_lines);
    for (int i = 0; i < out_lines; i++) {
        const struct vh_column_taps *taps = &scaler.taps[i];
        const uint16_t *line[VH_SCALE_TAPS];
        assert_in_range(taps->first, 0, lines - VH_SCALE_TAPS);
        for (int t = 0; t < VH_SCALE_TAPS; t++)
            line[t] = in + (taps->first + t) * WIDTH;
        scaler.dsp.run(out, line, taps->coef, WIDTH);
        for (int x = 0; x < WIDTH; x++)
            if (out[x] != want[i * WIDTH + x])
                fail_msg("filter %d, %d to %d lines from %g: line %d is %d, zimg makes %d", filter, lines,
                    out_lines, start, i, out[x], want[i * WIDTH + x]);
    }
    vh_column_scaler_uninit(&scaler);
    vh_free(in);
    vh_free(want);
}

static void as_zimg_does(void **state)
{
    (void)state;
    static const int sizes[][2] = {{64, 120}, {48, 90}, {36, 36}, {288, 540}, {240, 541}, {33, 97}, {12, 64}};
    for (int filter = VH_FILTER_SPLINE36; filter <= VH_FILTER_BILINEAR; filter++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            check((enum vh_scale_filter)filter, sizes[i][0], sizes[i][1], 0);
            check((enum vh_scale_filter)filter, sizes[i][0], sizes[i][1], 0.25);
            check((enum vh_scale_filter)filter, sizes[i][0], sizes[i][1], -0.125);
            check((enum vh_scale_filter)filter, sizes[i][0], sizes[i][1], 1.5);
        }
}

static void only_what_is_enlarged(void **state)
{
    (void)state;
    assert_false(vh_column_scaler_fits((struct vh_axis){0, 1.01}, 64));
    assert_false(vh_column_scaler_fits((struct vh_axis){0, 0}, 64));
    assert_false(vh_column_scaler_fits((struct vh_axis){0, 0.5}, 11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_zimg_does),
        cmocka_unit_test(only_what_is_enlarged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
