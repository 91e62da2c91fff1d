/* Lines made twice as long are zimg's own, to the bit but for the rounding of reflected taps at the edges:
 * every filter, shifted and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "row_doubler.h"

#include <stdlib.h>
#include <zimg.h>

enum { WIDTH = 64, EDGE = 5 }; /* where taps are reflected, zimg rounds them after adding them up */

static void by_zimg(uint16_t *out, uint16_t *in, zimg_resample_filter_e filter, struct vh_axis x)
{
    zimg_image_format from, to;
    zimg_graph_builder_params params;
    zimg_image_format_default(&from, ZIMG_API_VERSION);
    from.width = WIDTH;
    from.height = 1;
    from.pixel_type = ZIMG_PIXEL_WORD;
    from.depth = 16;
    from.pixel_range = ZIMG_RANGE_FULL;
    to = from;
    to.width = 2 * WIDTH;
    from.active_region.left = x.start;
    from.active_region.top = 0;
    from.active_region.width = x.step * 2 * WIDTH;
    from.active_region.height = 1;
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
    source.plane[0].stride = WIDTH * 2;
    source.plane[0].mask = target.plane[0].mask = ZIMG_BUFFER_MAX;
    target.plane[0].data = out;
    target.plane[0].stride = WIDTH * 4;
    assert_int_equal(
        zimg_filter_graph_process(graph, &source, &target, work, NULL, NULL, NULL, NULL), ZIMG_ERROR_SUCCESS);
    vh_free(work);
    zimg_filter_graph_free(graph);
}

static void check(enum vh_scale_filter filter, double start, unsigned seed)
{
    static const zimg_resample_filter_e filters[] = {
        ZIMG_RESIZE_SPLINE36, ZIMG_RESIZE_LANCZOS, ZIMG_RESIZE_BICUBIC, ZIMG_RESIZE_BILINEAR};
    struct vh_axis x = {start, 0.5};
    uint16_t *in = vh_alloc(WIDTH, sizeof *in), *want = vh_alloc(2 * WIDTH, sizeof *want);
    uint16_t out[2 * WIDTH];
    int16_t *scratch = vh_alloc(vh_row_doubler_scratch(WIDTH), sizeof *scratch);
    for (int i = 0; i < WIDTH; i++)
        in[i] = (uint16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
    struct vh_row_doubler doubler;
    assert_true(vh_row_doubler_fits(x, WIDTH, 2 * WIDTH));
    vh_row_doubler_init(&doubler, filter, x, WIDTH, vh_cpu_detect());
    vh_row_doubler_line(&doubler, out, in, scratch);
    by_zimg(want, in, filters[filter], x);
    for (int i = 0; i < 2 * WIDTH; i++)
        if (abs(out[i] - want[i]) > (i < 2 * EDGE || i >= 2 * (WIDTH - EDGE) ? 4 : 0))
            fail_msg(
                "filter %d, start %g: sample %d is %d, zimg makes %d", filter, start, i, out[i], want[i]);
    vh_free(in);
    vh_free(want);
    vh_free(scratch);
}

static void as_zimg_does(void **state)
{
    (void)state;
    for (int filter = VH_FILTER_SPLINE36; filter <= VH_FILTER_BILINEAR; filter++)
        for (unsigned seed = 1; seed < 20; seed++) {
            check((enum vh_scale_filter)filter, 0, seed);
            check((enum vh_scale_filter)filter, 0.25, seed);
            check((enum vh_scale_filter)filter, -0.125, seed);
            check((enum vh_scale_filter)filter, 1.5, seed);
        }
}

static void only_what_is_doubled(void **state)
{
    (void)state;
    assert_false(vh_row_doubler_fits((struct vh_axis){0, 0.5}, 64, 127));
    assert_false(vh_row_doubler_fits((struct vh_axis){0, 0.51}, 64, 128));
    assert_false(vh_row_doubler_fits((struct vh_axis){9, 0.5}, 64, 128));
    assert_false(vh_row_doubler_fits((struct vh_axis){0, 0.5}, 8, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_zimg_does),
        cmocka_unit_test(only_what_is_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
