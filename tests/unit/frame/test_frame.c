/* Frames: pools, views, field flags, formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "frame/sound.h"

#include <string.h>

static void pool_gives_aligned_writable_frames(void **state)
{
    struct vh_frame_pool *pool;
    AVFrame *a, *b;
    const uint8_t *memory;
    (void)state;
    assert_int_equal(vh_frame_pool_create(&pool, AV_PIX_FMT_YUV422P16, 719, 577), VH_OK);
    a = vh_frame_pool_acquire(pool);
    b = vh_frame_pool_acquire(pool);
    assert_ptr_not_equal(a->data[0], b->data[0]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal((uintptr_t)a->data[i] % VH_ALIGN_BYTES, 0);
        assert_int_equal(a->linesize[i] % VH_ALIGN_BYTES, 0);
    }
    assert_true(av_frame_is_writable(a));
    assert_in_range(vh_frame_bytes(a), 719 * 577 * 2 * 2, 719 * 577 * 2 * 2 + 200000);
    memory = a->data[0];
    vh_frame_free(&a);
    assert_null(a);
    a = vh_frame_pool_acquire(pool);
    assert_ptr_equal(a->data[0], memory); /* used again */
    vh_frame_pool_destroy(&pool);
    memset(a->data[0], 0, 10); /* frames outlive their pool */
    vh_frame_free(&a);
    vh_frame_free_item(b);
}

static void pool_refuses_what_has_no_planes(void **state)
{
    struct vh_frame_pool *pool;
    (void)state;
    assert_int_equal(vh_frame_pool_create(&pool, AV_PIX_FMT_VAAPI, 64, 64), VH_ERR_UNSUPPORTED);
    assert_int_equal(vh_frame_pool_create(&pool, AV_PIX_FMT_YUV420P, 0, 64), VH_ERR_UNSUPPORTED);
    assert_null(pool);
}

static void view_follows_subsampling(void **state)
{
    struct vh_frame_pool *pool;
    struct vh_image image;
    struct vh_image_const read;
    AVFrame *frame, *other;
    (void)state;
    assert_int_equal(vh_frame_pool_create(&pool, AV_PIX_FMT_YUV420P16, 7, 5), VH_OK);
    frame = vh_frame_pool_acquire(pool);
    assert_int_equal(vh_frame_image(frame, &image), VH_OK);
    assert_int_equal(image.n_planes, 3);
    assert_int_equal(image.plane[0].width, 7);
    assert_int_equal(image.plane[1].width, 4);
    assert_int_equal(image.plane[2].height, 3);
    assert_ptr_equal(image.plane[0].data, frame->data[0]);
    assert_int_equal(image.plane[0].stride * 2, frame->linesize[0]);
    other = vh_frame_ref(frame);
    assert_int_equal(vh_frame_image(frame, &image), VH_ERR_INTERNAL); /* shared */
    assert_int_equal(vh_frame_image_read(frame, &read), VH_OK);
    vh_frame_free(&other);
    frame->format = AV_PIX_FMT_YUV420P;
    assert_int_equal(vh_frame_image_read(frame, &read), VH_ERR_INTERNAL);
    vh_frame_free(&frame);
    vh_frame_pool_destroy(&pool);
}

static void native_formats(void **state)
{
    (void)state;
    assert_int_equal(vh_frame_native_format(1, 0, 0), AV_PIX_FMT_GRAY16);
    assert_int_equal(vh_frame_native_format(3, 1, 1), AV_PIX_FMT_YUV420P16);
    assert_int_equal(vh_frame_native_format(3, 1, 0), AV_PIX_FMT_YUV422P16);
    assert_int_equal(vh_frame_native_format(3, 0, 0), AV_PIX_FMT_YUV444P16);
    assert_int_equal(vh_frame_native_format(3, 2, 0), AV_PIX_FMT_NONE); /* 4:1:1 */
    assert_int_equal(vh_frame_native_format(3, 0, 1), AV_PIX_FMT_NONE); /* 4:4:0 */
    assert_true(vh_frame_is_native(AV_PIX_FMT_GRAY16));
    assert_false(vh_frame_is_native(AV_PIX_FMT_YUV422P10));
}

static void field_flags_go_there_and_back(void **state)
{
    static const enum vh_field_order orders[] = {VH_FIELDS_TFF, VH_FIELDS_BFF, VH_FIELDS_PROGRESSIVE};
    AVFrame *frame = av_frame_alloc();
    (void)state;
    for (int i = 0; i < 3; i++) {
        vh_frame_set_order(frame, orders[i]);
        assert_int_equal(vh_frame_get_order(frame), orders[i]);
        assert_int_equal(vh_frame_get_fields(frame).interlaced, orders[i] != VH_FIELDS_PROGRESSIVE);
        vh_frame_set_order(frame, VH_FIELDS_UNKNOWN); /* changes nothing */
        assert_int_equal(vh_frame_get_order(frame), orders[i]);
        assert_int_equal(vh_field_order_parse(vh_field_order_name(orders[i])), orders[i]);
    }
    assert_int_equal(vh_field_order_parse("sideways"), -1);
    vh_frame_set_duration(frame, 42);
    assert_int_equal(vh_frame_get_duration(frame), 42);
    assert_false(vh_frame_is_corrupt(frame));
    frame->flags |= AV_FRAME_FLAG_CORRUPT;
    assert_true(vh_frame_is_corrupt(frame));
    av_frame_free(&frame);
}

static void formats_go_there_and_back(void **state)
{
    struct vh_format in = {.sar = {16, 15},
        .time_base = {1, 25},
        .fields = VH_FIELDS_BFF,
        .matrix = AVCOL_SPC_BT470BG,
        .primaries = AVCOL_PRI_BT470BG,
        .transfer = AVCOL_TRC_BT709,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_TOPLEFT};
    struct vh_format out;
    char text[160];
    AVFrame *frame = av_frame_alloc();
    (void)state;
    frame->width = in.width = 720;
    frame->height = in.height = 576;
    frame->format = in.pix_fmt = AV_PIX_FMT_YUV420P;
    vh_frame_apply_format(frame, &in);
    vh_format_from_frame(&out, frame, (AVRational){25, 1}, (AVRational){0, 1});
    assert_int_equal(out.fields, VH_FIELDS_BFF);
    assert_int_equal(out.matrix, AVCOL_SPC_BT470BG);
    assert_int_equal(out.chroma, AVCHROMA_LOC_TOPLEFT);
    assert_int_equal(out.time_base.den, 25);
    assert_true(vh_format_same_layout(&in, &out));
    assert_string_equal(
        vh_format_print(&out, text, sizeof text), "720x576 yuv420p 16:15 25/1 bff bt470bg/bt470bg/bt709 tv");
    av_frame_free(&frame);
}

static void sound_layouts(void **state)
{
    struct vh_sound_format sound = {.sample_fmt = AV_SAMPLE_FMT_FLTP, .sample_rate = 48000, .n_channels = 6},
                           back;
    AVChannelLayout layout;
    char text[80];
    (void)state;
    vh_sound_get_layout(&sound, &layout);
    assert_int_equal(layout.nb_channels, 6);
    assert_string_equal(vh_sound_print(&sound, text, sizeof text), "48000 Hz 5.1 fltp");
    back = sound;
    vh_sound_set_layout(&back, &layout);
    assert_int_equal(back.mask, AV_CH_LAYOUT_5POINT1_BACK);
    assert_false(vh_sound_equal(&sound, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pool_gives_aligned_writable_frames),
        cmocka_unit_test(pool_refuses_what_has_no_planes), cmocka_unit_test(view_follows_subsampling),
        cmocka_unit_test(native_formats), cmocka_unit_test(field_flags_go_there_and_back),
        cmocka_unit_test(formats_go_there_and_back), cmocka_unit_test(sound_layouts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
