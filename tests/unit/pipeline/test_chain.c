/* The native runner: fields are split and woven back bit for bit, windows hold the right neighbours, breaks
 * stop them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "chain.h"

#include <string.h>

enum { WIDTH = 36, HEIGHT = 25 };

struct seen {
    int64_t pts[64], duration[64];
    uint16_t first[64], second[64]; /* sample 0 of lines 0 and 1 */
    int n;
    enum vh_field_order order;
};

static int collect(void *opaque, AVFrame *frame)
{
    struct seen *seen = opaque;
    struct vh_image_const image;
    assert_int_equal(vh_frame_image_read(frame, &image), VH_OK);
    seen->pts[seen->n] = frame->pts;
    seen->duration[seen->n] = vh_frame_get_duration(frame);
    seen->first[seen->n] = image.plane[0].data[0];
    seen->second[seen->n] = image.plane[0].data[image.plane[0].stride];
    seen->order = vh_frame_get_order(frame);
    seen->n++;
    vh_frame_free(&frame);
    return VH_OK;
}

/* ---- stages made for the test ---- */

struct probe {
    enum vh_kind in, out;
    int back, ahead, at_once;
    unsigned keeps;
    int n_calls[VH_STAGE_AT_ONCE]; /* by slot; [64] below by the centre's number */
    uint16_t neighbours[64][5];    /* sample 0 of the window's entries -2 … +2, 0 = absent */
    uint8_t parity[64];
};

static int probe_open(struct vh_stage *stage)
{
    const struct probe *probe = *(struct probe *const *)stage->config.options;
    stage->needs = (struct vh_stage_needs){.in = probe->in,
        .out = probe->out,
        .look_back = probe->back,
        .look_ahead = probe->ahead,
        .at_once = probe->at_once,
        .keeps = probe->keeps,
        .format = stage->config.format};
    return VH_OK;
}

static void copy_image(const struct vh_image *to, const struct vh_image_const *from, int line_step)
{
    for (int p = 0; p < to->n_planes; p++)
        for (int y = 0; y < to->plane[p].height && to->plane[p].data != from->plane[p].data; y++) {
            int line = y / line_step;
            if (line >= from->plane[p].height)
                line = from->plane[p].height - 1;
            memcpy(to->plane[p].data + y * to->plane[p].stride,
                from->plane[p].data + line * from->plane[p].stride, (size_t)to->plane[p].width * 2);
        }
}

static int probe_process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct probe *probe = *(struct probe *const *)stage->config.options;
    for (int k = -2; k <= 2; k++) {
        const struct vh_image_const *image = vh_window_at(&in->window, k);
        probe->neighbours[in->window.index][k + 2] = image ? image->plane[0].data[0] : 0;
    }
    probe->parity[in->window.index] = in->window.parity[VH_WINDOW_REACH];
    probe->n_calls[in->slot]++;
    for (int p = 0; p < out->n_planes; p++)
        assert_true(
            (out->plane[p].data == vh_window_at(&in->window, 0)->plane[p].data) == (probe->keeps >> p & 1));
    bool bobs = probe->in == VH_KIND_FIELD && probe->out == VH_KIND_PROGRESSIVE;
    copy_image(out, vh_window_at(&in->window, 0), bobs ? 2 : 1);
    return VH_OK;
}

static const struct vh_stage_ops probe_ops = {
    .name = "probe", .summary = "looks", .open = probe_open, .process = probe_process};

/* ---- driving ---- */

static struct vh_format test_format(enum vh_field_order order)
{
    return (struct vh_format){.pix_fmt = AV_PIX_FMT_YUV420P16,
        .width = WIDTH,
        .height = HEIGHT,
        .sar = {1, 1},
        .frame_rate = {25, 1},
        .time_base = {1, 100},
        .fields = order};
}

/* Line y of frame i holds 1000 * i + 10 * y + 1. */
static AVFrame *make_frame(struct vh_frame_pool *pool, int i, enum vh_field_order order)
{
    AVFrame *frame = vh_frame_pool_acquire(pool);
    struct vh_image image;
    assert_int_equal(vh_frame_image(frame, &image), VH_OK);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < image.plane[p].height; y++)
            for (int x = 0; x < image.plane[p].width; x++)
                image.plane[p].data[y * image.plane[p].stride + x] = (uint16_t)(1000 * i + 10 * y + 1);
    frame->pts = 4 * (i - 1);
    frame->time_base = (AVRational){1, 100};
    vh_frame_set_duration(frame, 4);
    vh_frame_set_order(frame, order);
    return frame;
}

static void run_to(struct probe *probe, int n_stages, enum vh_field_order order, bool one_per_frame,
    int n_frames, int break_at, struct seen *seen, bool finish)
{
    struct vh_stage *stage[4] = {0};
    struct vh_stage_config config = {.format = test_format(order)};
    struct probe *pointer[4];
    for (int i = 0; i < n_stages; i++) {
        pointer[i] = &probe[i];
        config.options = &pointer[i];
        assert_int_equal(vh_stage_open(&stage[i], &probe_ops, &config), VH_OK);
    }
    struct vh_chain_config chain_config = {.stage = stage,
        .n_stages = n_stages,
        .in = test_format(order),
        .kind = VH_KIND_WOVEN,
        .one_per_frame = one_per_frame};
    assert_int_equal(vh_pool_create(&chain_config.pool, 3), VH_OK);
    struct vh_chain *chain;
    struct vh_frame_pool *pool;
    memset(seen, 0, sizeof *seen);
    assert_int_equal(vh_frame_pool_create(&pool, AV_PIX_FMT_YUV420P16, WIDTH, HEIGHT), VH_OK);
    assert_int_equal(vh_chain_create(&chain, &chain_config, collect, seen), VH_OK);
    for (int i = 0; i < n_frames; i++)
        assert_int_equal(vh_chain_push(chain, make_frame(pool, i + 1, order), i == break_at), VH_OK);
    if (finish)
        assert_int_equal(vh_chain_finish(chain), VH_OK);
    vh_chain_destroy(&chain);
    vh_frame_pool_destroy(&pool);
    vh_pool_destroy(&chain_config.pool);
    for (int i = 0; i < n_stages; i++)
        vh_stage_close(&stage[i]);
}

static void run(struct probe *probe, int n_stages, enum vh_field_order order, bool one_per_frame,
    int n_frames, int break_at, struct seen *seen)
{
    run_to(probe, n_stages, order, one_per_frame, n_frames, break_at, seen, true);
}

static void fields_are_woven_back(void **state)
{
    (void)state;
    for (int order = VH_FIELDS_TFF; order <= VH_FIELDS_BFF; order++) {
        struct probe probe[2] = {{.in = VH_KIND_FIELD, .out = VH_KIND_FIELD, .back = 2, .ahead = 2},
            {.in = VH_KIND_FIELD, .out = VH_KIND_FIELD}};
        struct seen seen;
        run(probe, 2, order, false, 6, -1, &seen);
        assert_int_equal(seen.n, 6);
        assert_int_equal(seen.order, order);
        for (int i = 0; i < 6; i++) {
            assert_int_equal(seen.pts[i], 4 * i);
            assert_int_equal(seen.duration[i], 4);
            assert_int_equal(seen.first[i], 1000 * (i + 1) + 1);
            assert_int_equal(seen.second[i], 1000 * (i + 1) + 11);
        }
        assert_int_equal(probe[0].n_calls[0], 12);
        assert_int_equal(probe[0].parity[0], order == VH_FIELDS_BFF);
        assert_int_equal(probe[0].parity[1], order == VH_FIELDS_TFF);
    }
}

static void check_windows(int at_once)
{
    struct probe probe = {
        .in = VH_KIND_FIELD, .out = VH_KIND_PROGRESSIVE, .back = 2, .ahead = 2, .at_once = at_once};
    struct seen seen;
    run(&probe, 1, VH_FIELDS_TFF, false, 4, 2, &seen);
    assert_int_equal(seen.n, 8);
    /* Fields: 1001 1011 | 2001 2011 || break || 3001 3011 | 4001 4011 */
    const uint16_t first[5] = {0, 0, 1001, 1011, 2001}, before[5] = {1011, 2001, 2011, 0, 0};
    const uint16_t behind[5] = {0, 0, 3001, 3011, 4001}, last[5] = {3011, 4001, 4011, 0, 0};
    assert_memory_equal(probe.neighbours[0], first, sizeof first);
    assert_memory_equal(probe.neighbours[3], before, sizeof before);
    assert_memory_equal(probe.neighbours[4], behind, sizeof behind);
    assert_memory_equal(probe.neighbours[7], last, sizeof last);
    for (int i = 0; i < 8; i++)
        assert_int_equal(seen.pts[i], 2 * i);
    assert_int_equal(seen.order, VH_FIELDS_PROGRESSIVE);
    for (int i = 0, most = at_once > 1 ? at_once : 1; i < VH_STAGE_AT_ONCE; i++)
        assert_int_equal(probe.n_calls[i], i < most ? (8 + most - 1 - i) / most : 0);
}

/* Kept planes travel with the memory they lie in, through stages of both kinds. */
static void kept_planes_are_not_copied(void **state)
{
    (void)state;
    for (unsigned keeps = 0; keeps < 8; keeps++) {
        struct probe probe[4] = {
            {.in = VH_KIND_FIELD, .out = VH_KIND_FIELD, .back = 2, .ahead = 2, .keeps = keeps},
            {.in = VH_KIND_FIELD, .out = VH_KIND_FIELD, .keeps = keeps},
            {.in = VH_KIND_FIELD, .out = VH_KIND_PROGRESSIVE},
            {.in = VH_KIND_PROGRESSIVE, .out = VH_KIND_PROGRESSIVE, .keeps = keeps}};
        struct seen seen;
        run(probe, 4, VH_FIELDS_TFF, false, 4, -1, &seen);
        assert_int_equal(seen.n, 8);
        for (int i = 0; i < 8; i++)
            assert_int_equal(seen.first[i], 1000 * (i / 2 + 1) + (i & 1 ? 11 : 1));
    }
}

static void windows_hold_neighbours(void **state)
{
    (void)state;
    check_windows(0);
}

static void centres_side_by_side_come_in_order(void **state)
{
    (void)state;
    for (int at_once = 2; at_once <= VH_STAGE_AT_ONCE; at_once++)
        check_windows(at_once);
}

static void frame_rate_takes_first_fields(void **state)
{
    (void)state;
    for (int at_once = 1; at_once <= 2; at_once++) {
        struct probe probe = {
            .in = VH_KIND_FIELD, .out = VH_KIND_PROGRESSIVE, .back = 1, .ahead = 1, .at_once = at_once};
        struct seen seen;
        run(&probe, 1, VH_FIELDS_BFF, true, 4, -1, &seen);
        assert_int_equal(seen.n, 4);
        assert_int_equal(seen.first[1], 2011); /* the bottom field comes first */
        assert_int_equal(seen.pts[2], 8);
        assert_int_equal(seen.duration[2], 4);
        assert_int_equal(probe.n_calls[0], 4 / at_once);
    }
}

/* Centres are still worked on when the chain goes. */
static void may_be_destroyed_half_way(void **state)
{
    (void)state;
    for (int at_once = 1; at_once <= VH_STAGE_AT_ONCE; at_once++) {
        struct probe probe = {
            .in = VH_KIND_FIELD, .out = VH_KIND_PROGRESSIVE, .back = 2, .ahead = 2, .at_once = at_once};
        struct seen seen;
        run_to(&probe, 1, VH_FIELDS_TFF, false, 6, -1, &seen, false);
        int begun = (12 - 2) / at_once * at_once;
        assert_int_equal(seen.n, at_once > 1 ? begun - at_once : begun);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_woven_back),
        cmocka_unit_test(windows_hold_neighbours),
        cmocka_unit_test(kept_planes_are_not_copied),
        cmocka_unit_test(centres_side_by_side_come_in_order),
        cmocka_unit_test(frame_rate_takes_first_fields),
        cmocka_unit_test(may_be_destroyed_half_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
