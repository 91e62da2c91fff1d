/* Line 21: what is drawn by the standard is read back, shifted, noisy, soft and at other depths; pictures are
 * not taken for captions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "media/line21.h"
#include "media_fixture.h"

static AVFrame *blank(enum AVPixelFormat pix_fmt, int height)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = pix_fmt;
    frame->width = 720;
    frame->height = height;
    FIXTURE_OK(av_frame_get_buffer(frame, 0));
    for (int y = 0; y < height; y++)
        memset(frame->data[0] + y * frame->linesize[0], 16, (size_t)frame->linesize[0]);
    return frame;
}

/* Low-passes a line like a tape: three passes of a running mean of nine samples (about 0.7 MHz at -3 dB). */
static void soften(uint8_t *line)
{
    for (int pass = 0; pass < 3; pass++) {
        uint8_t from[720];
        memcpy(from, line, sizeof from);
        for (int x = 4; x < 716; x++) {
            int sum = 0;
            for (int i = -4; i <= 4; i++)
                sum += from[x + i];
            line[x] = (uint8_t)(sum / 9);
        }
    }
}

static void every_byte_is_read(void **state)
{
    AVFrame *frame = blank(AV_PIX_FMT_YUV420P, 486);
    uint8_t pair[2], *line = frame->data[0] + 3 * frame->linesize[0];
    (void)state;
    for (int c = 0; c < 128; c++)
        for (int kind = 0; kind < 4; kind++) {
            const uint8_t drawn[2] = {fixture_odd((uint8_t)c), fixture_odd((uint8_t)(127 - c))};
            fixture_draw_line21(line, drawn, 20 + 7 * (kind - 1), kind == 3 ? 24 : 0);
            if (kind == 2)
                soften(line);
            if (!vh_line21_read(frame, 3, pair))
                fail_msg("byte %d, kind %d", c, kind);
            assert_memory_equal(pair, drawn, 2);
        }
    for (int x = 289; x < 316; x++)
        line[x] = 16; /* the first bit of 127 turned: parity tells */
    assert_false(vh_line21_read(frame, 3, pair));
    assert_false(vh_line21_read(frame, 4, pair));
    av_frame_free(&frame);
}

static void sixteen_bits_are_read(void **state)
{
    AVFrame *frame = blank(AV_PIX_FMT_YUV422P16, 486), *eight = blank(AV_PIX_FMT_YUV420P, 486);
    const uint8_t drawn[2] = {fixture_odd('H'), fixture_odd('i')};
    uint8_t pair[2];
    (void)state;
    fixture_draw_line21(eight->data[0], drawn, 20, 0);
    for (int x = 0; x < 720; x++)
        ((uint16_t *)(void *)frame->data[0])[x] = (uint16_t)(eight->data[0][x] << 8);
    assert_true(vh_line21_read(frame, 0, pair));
    assert_memory_equal(pair, drawn, 2);
    av_frame_free(&frame);
    av_frame_free(&eight);
}

static void pictures_are_no_captions(void **state)
{
    AVFrame *frame = blank(AV_PIX_FMT_YUV420P, 486);
    struct vh_line21_search search = {0};
    unsigned seed = 1;
    int line[2];
    (void)state;
    for (int n = 0; n < 40; n++) {
        for (int y = 0; y < VH_LINE21_LINES; y++)
            for (int x = 0; x < 720; x++) {
                seed = seed * 1664525u + 1013904223u;
                double wave = 100 * (0.5 - 0.5 * cos(2 * M_PI * x / (20 + y + n)));
                frame->data[0][y * frame->linesize[0] + x] = (uint8_t)(16 + wave + (seed >> 28));
            }
        vh_line21_look(&search, frame);
    }
    assert_false(vh_line21_found(&search, line));
    av_frame_free(&frame);
}

static void lines_are_found(void **state)
{
    AVFrame *frame = blank(AV_PIX_FMT_YUV420P, 486);
    struct vh_line21_search one = {0}, two = {0};
    int line[2];
    (void)state;
    for (int n = 0; n < 12; n++) {
        fixture_draw_line21(frame->data[0] + 2 * frame->linesize[0], (uint8_t[]){0x80, 0x80}, 20, 4);
        vh_line21_look(&one, frame);
        assert_int_equal(vh_line21_found(&one, line), n >= 9);
    }
    assert_int_equal(line[0], 2);
    assert_int_equal(line[1], -1);
    fixture_draw_line21(frame->data[0] + frame->linesize[0], (uint8_t[]){0x80, 0x80}, 20, 4);
    for (int n = 0; n < 12; n++)
        vh_line21_look(&two, frame);
    assert_true(vh_line21_found(&two, line));
    assert_int_equal(line[0], 1);
    assert_int_equal(line[1], 2);
    av_frame_free(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_read),
        cmocka_unit_test(sixteen_bits_are_read),
        cmocka_unit_test(pictures_are_no_captions),
        cmocka_unit_test(lines_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
