/* The combined graph: syntax and options checked by name, segments tried alone, frames through seams, ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "media/filter_graph.h"
#include "media/library.h"
#include "media_fixture.h"

#include <libavfilter/avfilter.h>

static struct fixture_log seen;
static const struct vh_log log_ = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};

static const struct fixture pictures = {
    .width = 96, .height = 64, .rate = {25, 1}, .sar = {16, 15}, .order = VH_FIELDS_TFF};

static struct vh_graph_format picture(enum AVPixelFormat pix_fmt)
{
    return (struct vh_graph_format){.video = {.pix_fmt = pix_fmt,
                                        .width = 96,
                                        .height = 64,
                                        .sar = {16, 15},
                                        .frame_rate = {25, 1},
                                        .fields = VH_FIELDS_TFF,
                                        .matrix = AVCOL_SPC_BT470BG,
                                        .range = AVCOL_RANGE_MPEG}};
}

static void check_says(const char *text, bool sound, int status, const char *words)
{
    seen = (struct fixture_log){0};
    if (vh_graph_check("--vf-pre", text, sound, &log_) != status || (words && !strstr(seen.last, words)))
        fail_msg("%s: \"%s\" instead of \"%s\"", text, seen.last, words ? words : "nothing");
    assert_int_equal(seen.n_errors, status != VH_OK);
    if (status != VH_OK)
        assert_non_null(strstr(seen.last, "--vf-pre"));
}

static void mistakes_are_named(void **state)
{
    (void)state;
    check_says("hqdn3d=luma=3", false, VH_ERR_USAGE, "filter hqdn3d has no option luma (luma_spatial, ");
    check_says("hqdn3d=1:2:3:4:5", false, VH_ERR_USAGE, "filter hqdn3d: \"5\" stands where");
    check_says("hqdn3d=luma_spatial=2:3", false, VH_ERR_USAGE, "\"3\" stands where option=value is expected");
    check_says("nlmeans=s=99", false, VH_ERR_USAGE, "filter nlmeans: s 99 is outside 1 to 30");
    check_says(
        "bwdif=parity=sideways", false, VH_ERR_USAGE, "option parity does not take the value \"sideways\"");
    check_says("denoise9000", false, VH_ERR_UNSUPPORTED, "there is no filter denoise9000");
    check_says("hqdn3d,,bwdif", false, VH_ERR_USAGE, "a filter's name is missing");
    check_says("hqdn3d,", false, VH_ERR_USAGE, "a filter's name is missing near \"the end\"");
    check_says("", false, VH_ERR_USAGE, "a filter's name is missing");
    check_says("split[a][b];[a]hqdn3d[c]", false, VH_ERR_USAGE, "leaves 1 inputs and 2 outputs open");
    check_says("color=c=red", false, VH_ERR_USAGE, "leaves 0 inputs and 1 outputs open");
    check_says("split[a", false, VH_ERR_USAGE, "not closed");
    check_says("volume=2", false, VH_ERR_USAGE, "does not take and give pictures");
    check_says("hqdn3d", true, VH_ERR_USAGE, "does not take and give sound");
    check_says("sws_flags=bilinear;scale=1:1", false, VH_ERR_USAGE, "sws_flags are fixed");
    check_says("lut3d=/no/such.cube", false, VH_ERR_USAGE,
        "filter lut3d refuses its options (/no/such.cube): No such file");
}

static void good_chains_pass(void **state)
{
    (void)state;
    check_says("hqdn3d=2:1.5:3:3", false, VH_OK, NULL);
    check_says(" bwdif=mode=send_field:parity=tff , hqdn3d ", false, VH_OK, NULL);
    check_says("split[a][b];[a]hqdn3d[c];[b][c]blend=all_mode=average", false, VH_OK, NULL);
    check_says("[in]hqdn3d[out]", false, VH_OK, NULL);
    check_says("split [x][y]; [x] gblur=1 [z]; [y][z] blend=all_expr='A*0.5+B*0.5'", false, VH_OK, NULL);
    check_says("hqdn3d@first=2,hqdn3d@second=enable='between(t,1,2)'", false, VH_OK, NULL);
    check_says("format=pix_fmts=yuv420p|yuv422p", false, VH_OK, NULL);
    check_says("volume=2,aresample=44100", true, VH_OK, NULL);
}

static void try_one(const char *step, enum AVPixelFormat pix_fmt, struct vh_graph_format *out)
{
    const struct vh_graph_segment segment = {&step, 1};
    const struct vh_graph_format in = picture(pix_fmt);
    seen = (struct fixture_log){0};
    if (vh_graph_try(&segment, &in, out, &log_) != VH_OK)
        fail_msg("%s: %s", step, seen.last);
}

static void segments_tell_what_comes_out(void **state)
{
    struct vh_graph_format out;
    (void)state;
    try_one("bwdif=mode=send_field:parity=tff:deint=all", AV_PIX_FMT_YUV420P, &out);
    assert_int_equal(out.video.frame_rate.num, 50);
    assert_int_equal(out.video.sar.num, 16);
    try_one("crop=64:32:2:4,scale=w=128:h=32", AV_PIX_FMT_YUV422P10, &out);
    assert_int_equal(out.video.width, 128);
    assert_int_equal(out.video.height, 32);
    assert_int_equal(out.video.pix_fmt, AV_PIX_FMT_YUV422P10);
    assert_int_equal(out.video.sar.num, 8); /* 16/15 * 64/128 */
    try_one("scale,format=gray16", AV_PIX_FMT_GRAY8, &out);
    assert_int_equal(out.video.pix_fmt, AV_PIX_FMT_GRAY16);
    assert_int_equal(out.video.matrix, AVCOL_SPC_BT470BG);
}

static void expect_try(const char *step, enum AVPixelFormat pix_fmt, int status, const char *words)
{
    const struct vh_graph_segment segment = {&step, 1};
    const struct vh_graph_format in = picture(pix_fmt);
    struct vh_graph_format out;
    seen = (struct fixture_log){0};
    if (vh_graph_try(&segment, &in, &out, &log_) != status || !strstr(seen.last, words))
        fail_msg("%s: \"%s\" instead of \"%s\"", step, seen.last, words);
    assert_int_equal(seen.n_errors, 1);
}

static void configuration_errors_name_the_filter(void **state)
{
    (void)state;
    expect_try("crop=9999:10", AV_PIX_FMT_YUV420P, VH_ERR_USAGE,
        "filter crop cannot work as asked (\"crop=9999:10\")");
    /* No silent conversion: eq takes 8 bit only. */
    expect_try("eq=contrast=1.1", AV_PIX_FMT_YUV422P10, VH_ERR_USAGE,
        "filter eq does not take this pixel format (96x64 yuv422p10");
    expect_try(
        "hqdn3d,eq=contrast=1.1", AV_PIX_FMT_YUV422P10, VH_ERR_USAGE, "filter hqdn3d, eq does not take");
}

/* swscale is always exact, and the graph says so. */
static void graph_prints_what_runs(void **state)
{
    const char *const first[] = {"bwdif=send_field:tff:all", "scale=128:64"}, *const second[] = {"hqdn3d=2"};
    const struct vh_graph_segment segments[] = {{first, 2}, {second, 1}, {NULL, 0}};
    struct vh_graph_format in[3] = {
        picture(AV_PIX_FMT_YUV420P), picture(AV_PIX_FMT_YUV444P), picture(AV_PIX_FMT_GRAY16)};
    const struct vh_graph_config config = {.segment = segments, .in = in, .n_segments = 3, .name = "picture"};
    struct vh_graph *graph;
    char *text;
    (void)state;
    assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
    text = vh_graph_print(graph);
    assert_non_null(strstr(text, "[in0: 96x64 yuv420p 16:15 25/1 tff"));
    assert_non_null(strstr(text, "bwdif=mode=send_field:parity=tff:deint=all,scale=w=128:h=64:flags=bicubic+"
                                 "accurate_rnd+bitexact+full_chroma_int [out0: 128x64"));
    assert_non_null(strstr(text, "] hqdn3d=luma_spatial=2 [out1"));
    assert_non_null(strstr(text, "] (nothing) [out2"));
    vh_free(text);
    vh_graph_close(&graph);
}

/* Two segments with our own copy between them, as the pipeline does it. */
static void frames_pass_the_seam(void **state)
{
    const char *const first[] = {"bwdif=mode=send_field:parity=tff:deint=all"}, *const second[] = {
                                                                                    "crop=48:32:0:0"};
    const struct vh_graph_segment segments[] = {{first, 1}, {second, 1}};
    struct vh_graph_format in[2] = {picture(AV_PIX_FMT_YUV420P), picture(AV_PIX_FMT_YUV420P)};
    const struct vh_graph_config config = {
        .segment = segments, .in = in, .n_segments = 2, .n_threads = 2, .name = "picture"};
    struct vh_graph *graph;
    AVFrame *frame = av_frame_alloc();
    int n_in = 0, n_mid = 0, n_out = 0, status;
    int64_t last = -1;
    bool ended[2] = {false, false};
    (void)state;
    in[1].video.frame_rate = (AVRational){50, 1};
    in[1].video.time_base = (AVRational){1, 50};
    assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
    assert_true(vh_graph_hungry(graph, 0));
    for (;;) {
        if (!ended[0] && vh_graph_hungry(graph, 0)) {
            AVFrame *fresh = n_in < 12 ? fixture_picture(&pictures, n_in, 96) : NULL;
            if (fresh)
                fresh->time_base = (AVRational){1, 25};
            assert_int_equal(vh_graph_push(graph, 0, fresh), VH_OK);
            assert_false(vh_graph_hungry(graph, 0));
            ended[0] = !fresh;
            n_in += !ended[0];
            av_frame_free(&fresh);
        }
        status = vh_graph_poll(graph, 0, frame);
        if (status == VH_OK) {
            assert_int_equal(vh_frame_get_order(frame), VH_FIELDS_PROGRESSIVE);
            n_mid++;
            assert_int_equal(vh_graph_push(graph, 1, frame), VH_OK);
            assert_null(frame->buf[0]); /* taken */
        } else if (status == VH_EOF && !ended[1]) {
            ended[1] = true;
            assert_int_equal(vh_graph_push(graph, 1, NULL), VH_OK);
        }
        status = vh_graph_poll(graph, 1, frame);
        if (status == VH_EOF)
            break;
        if (status == VH_OK) {
            int64_t pts = av_rescale_q(frame->pts, frame->time_base, (AVRational){1, 50});
            assert_int_equal(frame->width, 48);
            assert_true(pts > last);
            last = pts;
            n_out++;
            av_frame_unref(frame);
        }
    }
    assert_int_equal(n_in, 12);
    assert_int_equal(n_mid, 24);
    assert_int_equal(n_out, 24);
    assert_int_equal(last, 23);
    assert_int_equal(vh_graph_poll(graph, 1, frame), VH_EOF); /* and stays so */
    vh_graph_close(&graph);
    av_frame_free(&frame);
}

static void wrong_frames_are_refused(void **state)
{
    const struct vh_graph_segment segment = {NULL, 0};
    const struct vh_graph_format in = picture(AV_PIX_FMT_YUV422P);
    const struct vh_graph_config config = {.segment = &segment, .in = &in, .n_segments = 1};
    struct vh_graph *graph;
    AVFrame *frame = fixture_picture(&pictures, 0, 96);
    (void)state;
    assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
    assert_int_equal(vh_graph_push(graph, 0, frame), VH_ERR_INTERNAL);
    assert_non_null(frame->buf[0]);
    assert_int_equal(vh_graph_push(graph, 0, NULL), VH_OK);
    assert_int_equal(vh_graph_push(graph, 0, NULL), VH_ERR_INTERNAL);
    vh_graph_close(&graph);
    av_frame_free(&frame);
}

/* atadenoise of 5.1 neither gives nor ends with three frames: that must be said, not waited for. Newer
 * versions end. */
static void filters_that_never_end_are_named(void **state)
{
    const char *const steps[] = {"hqdn3d", "atadenoise", "crop=48:32"};
    const struct vh_graph_segment segment = {steps, 3};
    const struct vh_graph_format in = picture(AV_PIX_FMT_YUV420P);
    const struct vh_graph_config config = {
        .segment = &segment, .in = &in, .n_segments = 1, .name = "picture"};
    struct vh_graph *graph;
    AVFrame *frame = av_frame_alloc();
    int n = 0, status;
    (void)state;
    seen = (struct fixture_log){0};
    assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
    for (int i = 0; i < 3; i++) {
        AVFrame *fresh = fixture_picture(&pictures, i, 96);
        assert_int_equal(vh_graph_push(graph, 0, fresh), VH_OK);
        av_frame_free(&fresh);
    }
    assert_int_equal(vh_graph_push(graph, 0, NULL), VH_OK);
    while ((status = vh_graph_poll(graph, 0, frame)) == VH_OK) {
        n++;
        av_frame_unref(frame);
    }
    if (status != VH_EOF) {
        assert_int_equal(status, VH_ERR_EXTERNAL);
        assert_non_null(strstr(seen.last, "filter atadenoise does not end after 3 frames"));
    } else {
        assert_int_equal(n, 3);
    }
    vh_graph_close(&graph);
    av_frame_free(&frame);
}

static void sound_comes_in_the_encoders_size(void **state)
{
    const char *const steps[] = {"aformat=sample_fmts=fltp"};
    const struct vh_graph_segment segment = {steps, 1};
    const struct vh_graph_format in = {
        .is_sound = true, .sound = {.sample_fmt = AV_SAMPLE_FMT_S16, .sample_rate = 48000, .n_channels = 2}};
    const struct vh_graph_config config = {
        .segment = &segment, .in = &in, .n_segments = 1, .frame_size = 1024, .name = "sound 1"};
    struct vh_graph *graph;
    struct vh_graph_format out;
    AVFrame *frame = av_frame_alloc();
    int total = 0, status;
    (void)state;
    seen = (struct fixture_log){0};
    if (vh_graph_open(&graph, &config, &log_) == VH_OK)
        fail_msg("s16 became fltp without a conversion being named");
    assert_non_null(strstr(seen.last, "aformat"));
    {
        const char *const right[] = {"aresample=48000:out_sample_fmt=fltp"};
        const struct vh_graph_segment good = {right, 1};
        const struct vh_graph_config fine = {
            .segment = &good, .in = &in, .n_segments = 1, .frame_size = 1024};
        assert_int_equal(vh_graph_open(&graph, &fine, &log_), VH_OK);
    }
    vh_graph_output(graph, 0, &out);
    assert_int_equal(out.sound.sample_fmt, AV_SAMPLE_FMT_FLTP);
    for (int i = 0; i < 10; i++) {
        AVFrame *fresh = av_frame_alloc();
        fresh->format = AV_SAMPLE_FMT_S16;
        fresh->sample_rate = 48000;
        fresh->nb_samples = 1000;
        av_channel_layout_default(&fresh->ch_layout, 2);
        assert_int_equal(av_frame_get_buffer(fresh, 0), 0);
        memset(fresh->data[0], 0, 4000);
        fresh->pts = 480 + i * 1000;
        assert_int_equal(vh_graph_push(graph, 0, fresh), VH_OK);
        av_frame_free(&fresh);
    }
    assert_int_equal(vh_graph_push(graph, 0, NULL), VH_OK);
    while ((status = vh_graph_poll(graph, 0, frame)) == VH_OK) {
        assert_int_equal(frame->pts, 480 + total);
        assert_true(frame->nb_samples == 1024 || total + frame->nb_samples == 10000);
        total += frame->nb_samples;
        av_frame_unref(frame);
    }
    assert_int_equal(status, VH_EOF);
    assert_int_equal(total, 10000);
    vh_graph_close(&graph);
    av_frame_free(&frame);
}

/* Quoting survives both levels: a name with everything in it arrives as it was. */
static void quoting_survives(void **state)
{
    static const char path[] = " /tmp/it's: a [lut], 100%;\\x.cube ";
    char *quoted = vh_graph_quote(path), *step, *text;
    struct vh_graph *graph;
    const struct vh_graph_format in = picture(AV_PIX_FMT_YUV420P);
    (void)state;
    step = vh_format("metadata=mode=add:key=file:value=%s", quoted);
    {
        const char *const steps[] = {step};
        const struct vh_graph_segment segment = {steps, 1};
        const struct vh_graph_config config = {.segment = &segment, .in = &in, .n_segments = 1};
        AVFrame *frame = fixture_picture(&pictures, 0, 96);
        assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
        assert_int_equal(vh_graph_push(graph, 0, frame), VH_OK);
        assert_int_equal(vh_graph_poll(graph, 0, frame), VH_OK);
        assert_string_equal(av_dict_get(frame->metadata, "file", NULL, 0)->value, path);
        av_frame_free(&frame);
    }
    text = vh_graph_print(graph); /* printed with the same quotes: can be read back */
    assert_non_null(strstr(text, step + strlen("metadata=mode=add:key=file:")));
    vh_free(text);
    vh_graph_close(&graph);
    vh_free(step);
    vh_free(quoted);
}

static void commands_reach_filters(void **state)
{
    const char *const steps[] = {"hqdn3d"};
    const struct vh_graph_segment segment = {steps, 1};
    const struct vh_graph_format in = picture(AV_PIX_FMT_YUV420P);
    const struct vh_graph_config config = {.segment = &segment, .in = &in, .n_segments = 1};
    struct vh_graph *graph;
    (void)state;
    assert_int_equal(vh_graph_open(&graph, &config, &log_), VH_OK);
    assert_int_equal(vh_graph_command(graph, "hqdn3d", "luma_spatial", "3"), VH_OK);
    assert_int_equal(vh_graph_command(graph, "hqdn3d", "no_such", "3"), VH_ERR_UNSUPPORTED);
    vh_graph_close(&graph);
}

static int setup(void **state)
{
    (void)state;
    vh_library_set_verbosity(VH_LOG_ERROR);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(good_chains_pass), cmocka_unit_test(segments_tell_what_comes_out),
        cmocka_unit_test(configuration_errors_name_the_filter), cmocka_unit_test(graph_prints_what_runs),
        cmocka_unit_test(frames_pass_the_seam), cmocka_unit_test(wrong_frames_are_refused),
        cmocka_unit_test(filters_that_never_end_are_named),
        cmocka_unit_test(sound_comes_in_the_encoders_size), cmocka_unit_test(quoting_survives),
        cmocka_unit_test(commands_reach_filters)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
