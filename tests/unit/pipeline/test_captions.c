/* Captions inside the picture's stream: every triplet goes out once, with the picture of its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "captions.h"
#include "core/memory.h"
#include "core/status.h"
#include "media/decoder.h"
#include "media_fixture.h"
#include "pipeline/run.h"

enum { N = 30 };

static char folder[64];

static AVFrame *frame_with(int n, uint8_t first)
{
    AVFrame *frame = av_frame_alloc();
    AVFrameSideData *data = av_frame_new_side_data(frame, AV_FRAME_DATA_A53_CC, (size_t)n * 3);
    for (int i = 0; i < n; i++)
        memcpy(data->data + (size_t)i * 3, ((uint8_t[]){0xfc, (uint8_t)(first + i), 0x55}), 3);
    return frame;
}

/* Triplets that `give` attaches for this time; *first is the first one's number. */
static int given(struct vh_captions *captions, int64_t time_us, int *first)
{
    AVFrame *frame = av_frame_alloc();
    assert_int_equal(vh_captions_give(captions, frame, time_us), VH_OK);
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC);
    int n = data ? (int)data->size / 3 : 0;
    *first = n ? data->data[1] : -1;
    av_frame_free(&frame);
    return n;
}

static void each_goes_out_once(void **state)
{
    struct vh_captions *captions;
    int first;
    (void)state;
    assert_int_equal(vh_captions_create(&captions, true), VH_OK);
    for (int i = 0; i < 3; i++) {
        AVFrame *frame = frame_with(20, (uint8_t)(20 * i));
        vh_captions_take(captions, frame, 40000 * i);
        assert_null(av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC));
        av_frame_free(&frame);
    }
    assert_int_equal(given(captions, 0, &first), 20);
    assert_int_equal(first, 0);
    assert_int_equal(given(captions, 20000, &first), 0);  /* the second field's picture */
    assert_int_equal(given(captions, 80000, &first), 31); /* two frames' worth: what fits */
    assert_int_equal(first, 20);
    assert_int_equal(given(captions, 120000, &first), 9);
    assert_int_equal(first, 51);
    assert_int_equal(vh_captions_lost(captions), 0);
    vh_captions_destroy(&captions);
    assert_int_equal(vh_captions_create(&captions, false), VH_OK);
    AVFrame *frame = frame_with(1, 0);
    vh_captions_take(captions, frame, 0);
    assert_int_equal(vh_captions_lost(captions), 1);
    assert_int_equal(given(captions, 0, &first), 0);
    av_frame_free(&frame);
    vh_captions_destroy(&captions);
}

/* Reads the captions of a file's pictures; picture i's are checked by `number[i]`, -1 = none. Returns
 * pictures. */
static int read_captions(const char *path, int *number, int most)
{
    struct vh_input *input;
    struct vh_decoder *decoder;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int n = 0, status = VH_OK;
    assert_int_equal(vh_input_open(&input, path, NULL, NULL), VH_OK);
    assert_int_equal(vh_decoder_open(&decoder, input, 0, NULL, NULL), VH_OK);
    while (status != VH_EOF) {
        int end = vh_input_read(input, packet);
        assert_true(vh_decoder_send(decoder, end == VH_EOF ? NULL : packet) == VH_OK);
        av_packet_unref(packet);
        while ((status = vh_decoder_receive(decoder, frame, NULL)) == VH_OK && n < most) {
            const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC);
            assert_true(!data || data->size == 3);
            number[n++] = data ? data->data[1] : -1;
            av_frame_unref(frame);
        }
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    vh_decoder_close(&decoder);
    vh_input_close(&input);
    return n;
}

static int restore(const char *in, const char *out, const char *encoder, struct fixture_log *seen)
{
    const struct vh_log log = {.sink = fixture_sink, .opaque = seen, .level = VH_LOG_WARNING};
    struct vh_request request;
    struct vh_run_context context = {.log = &log};
    assert_int_equal(vh_request_init(&request), VH_OK);
    request.input = vh_strdup(in);
    request.run.output = vh_strdup(out);
    request.source.analyze = false;
    request.geometry.height = 0;
    vh_free(request.encode.encoder);
    request.encode.encoder = vh_strdup(encoder);
    vh_free(request.restore.deinterlace);
    request.restore.deinterlace = vh_strdup("bwdif");
    int status = vh_run_restore(&request, &context, NULL);
    vh_request_uninit(&request);
    return status;
}

static void a_job_keeps_them_or_says_so(void **state)
{
    struct fixture f = {.video = "libx264",
        .width = 96,
        .height = 64,
        .rate = {25, 1},
        .sar = {1, 1},
        .order = VH_FIELDS_TFF};
    char in[96], out[96];
    int number[4 * N];
    struct fixture_log seen = {0};
    (void)state;
    snprintf(in, sizeof in, "%s/in.mkv", folder);
    snprintf(out, sizeof out, "%s/out.mkv", folder);
    f.path = in;
    f.n_frames = N;
    f.captions = true;
    fixture_write(&f);
    assert_int_equal(read_captions(in, number, 4 * N), N); /* the source is what it should be */
    for (int i = 0; i < N; i++)
        assert_int_equal(number[i], i);
    assert_int_equal(restore(in, out, "x264", &seen), VH_OK);
    assert_int_equal(read_captions(out, number, 4 * N), 2 * N);
    for (int i = 0; i < 2 * N; i++)
        assert_int_equal(number[i], i % 2 ? -1 : i / 2);
    assert_int_equal(seen.n_warnings, 0);
    snprintf(out, sizeof out, "%s/lost.mkv", folder);
    assert_int_equal(restore(in, out, "ffv1", &seen), VH_OK);
    assert_non_null(strstr(seen.last, "captions of 30 pictures are lost: encoder ffv1 writes none"));
}

static void line_21_becomes_captions(void **state)
{
    struct fixture f = {.video = "mpeg2video",
        .width = 720,
        .height = 96,
        .rate = {30000, 1001},
        .sar = {1, 1},
        .order = VH_FIELDS_BFF,
        .line21 = true};
    char in[96], out[96];
    int number[4 * N];
    struct fixture_log seen = {0};
    (void)state;
    snprintf(in, sizeof in, "%s/line21.mkv", folder);
    snprintf(out, sizeof out, "%s/line21-out.mkv", folder);
    f.path = in;
    f.n_frames = N;
    fixture_write(&f);
    assert_int_equal(restore(in, out, "x264", &seen), VH_OK);
    assert_int_equal(read_captions(out, number, 4 * N), 2 * N);
    for (int i = 0; i < 2 * N; i++)
        assert_int_equal(number[i], i % 2 ? -1 : fixture_odd((uint8_t)('A' + i / 2 % 26)));
}

static int make_folder(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_ERROR);
    fixture_folder(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_goes_out_once),
        cmocka_unit_test(a_job_keeps_them_or_says_so),
        cmocka_unit_test(line_21_becomes_captions),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
