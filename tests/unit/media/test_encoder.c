/* Encoders: every row of the table that this build has opens, encodes and decodes; every wrong option has its
 * message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "frame/frame.h"
#include "media/container.h"
#include "media/encoder.h"
#include "media/library.h"
#include "media_fixture.h"

#include <libavutil/pixdesc.h>

static struct fixture_log seen;
static const struct vh_log log_ = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};

static struct vh_encoder_options options_for(const char *name)
{
    return (struct vh_encoder_options){
        .name = name, .quality = NAN, .native_quality = NAN, .n_threads = 1, .bitexact = true};
}

static struct vh_format format_for(const struct vh_encoder_info *info)
{
    return (struct vh_format){.pix_fmt = info->pix_fmt[0],
        .width = 320,
        .height = 240,
        .sar = {1, 1},
        .frame_rate = {50, 1},
        .fields = VH_FIELDS_PROGRESSIVE,
        .matrix = AVCOL_SPC_BT709,
        .primaries = AVCOL_PRI_BT709,
        .transfer = AVCOL_TRC_BT709,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_LEFT};
}

static AVFrame *grey(const struct vh_format *format, int n)
{
    struct vh_frame_pool *pool;
    AVFrame *frame;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format->pix_fmt);
    assert_int_equal(vh_frame_pool_create(&pool, format->pix_fmt, format->width, format->height), VH_OK);
    frame = vh_frame_pool_acquire(pool);
    vh_frame_pool_destroy(&pool);
    for (int i = 0; i < 3; i++) {
        int lines = i ? AV_CEIL_RSHIFT(format->height, desc->log2_chroma_h) : format->height;
        int middle = i ? 128 : 60 + n;
        for (int y = 0; y < lines; y++)
            for (int x = 0; x < frame->linesize[i] / (desc->comp[0].depth > 8 ? 2 : 1); x++)
                if (desc->comp[0].depth > 8)
                    ((uint16_t *)(void *)(frame->data[i] + y * frame->linesize[i]))[x] =
                        (uint16_t)(middle << (desc->comp[0].depth - 8));
                else
                    frame->data[i][y * frame->linesize[i] + x] = (uint8_t)middle;
    }
    frame->pts = n;
    frame->pict_type = AV_PICTURE_TYPE_I; /* as a decoder leaves it: must not force key frames */
    return frame;
}

/* Encodes n frames; returns packets and key frames. */
static int run(struct vh_encoder *encoder, int n, int *n_keys)
{
    AVPacket *packet = av_packet_alloc();
    int n_packets = 0, status;
    *n_keys = 0;
    for (int i = 0; i <= n; i++) {
        AVFrame *frame = i < n ? grey(vh_encoder_format(encoder), i) : NULL;
        assert_int_equal(vh_encoder_send(encoder, frame), VH_OK);
        vh_frame_free(&frame);
        while ((status = vh_encoder_receive(encoder, packet)) == VH_OK) {
            n_packets++;
            *n_keys += !!(packet->flags & AV_PKT_FLAG_KEY);
            assert_int_equal(packet->time_base.den, 50);
            assert_int_equal(packet->duration, 1);
            av_packet_unref(packet);
        }
        assert_int_equal(status, i < n ? VH_AGAIN : VH_EOF);
    }
    av_packet_free(&packet);
    return n_packets;
}

static void every_picture_encoder_encodes(void **state)
{
    int n, n_keys;
    const struct vh_encoder_info *row = vh_encoder_table(&n);
    (void)state;
    for (int i = 0; i < n; i++) {
        struct vh_encoder_options options = options_for(row[i].name);
        struct vh_encoder *encoder;
        struct vh_format format;
        if (row[i].is_sound || row[i].hardware || vh_encoder_available(&row[i]) != VH_OK)
            continue;
        format = format_for(&row[i]);
        options.preset = row[i].preset && !row[i].preset_is_quality ? row[i].preset[0] : NULL;
        if (vh_encoder_open(&encoder, &options, &format, &log_) != VH_OK)
            fail_msg("%s: %s", row[i].name, seen.last);
        assert_int_equal(run(encoder, 12, &n_keys), 12);
        assert_int_equal(n_keys, row[i].intra_only ? 12 : 1);
        assert_non_null(strstr(vh_encoder_settings(encoder), row[i].libav_name));
        assert_int_equal(vh_encoder_parameters(encoder)->codec_id, row[i].codec_id);
        vh_encoder_close(&encoder);
        assert_null(encoder);
    }
}

static void hardware_is_found_by_opening(void **state)
{
    int n;
    const struct vh_encoder_info *row = vh_encoder_table(&n);
    (void)state;
    for (int i = 0; i < n; i++)
        if (row[i].hardware)
            assert_in_range(-vh_encoder_available(&row[i]), 0, -VH_ERR_UNSUPPORTED);
}

static void expect(
    const char *name, const char *extra, const char *preset, double crf, int status, const char *words)
{
    const struct vh_encoder_info *info = vh_encoder_find(name);
    struct vh_encoder_options options = options_for(name);
    struct vh_format format = format_for(info ? info : vh_encoder_find("x264"));
    struct vh_encoder *encoder;
    int got;
    seen = (struct fixture_log){0};
    options.extra = extra;
    options.preset = preset;
    options.native_quality = crf;
    got = vh_encoder_open(&encoder, &options, &format, &log_);
    if (got != status || (words && !strstr(seen.last, words)))
        fail_msg("%s %s: status %d, \"%s\" instead of %d, \"%s\"", name, extra ? extra : "", got, seen.last,
            status, words ? words : "");
    assert_int_equal(seen.n_errors, status != VH_OK);
    vh_encoder_close(&encoder);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    expect("x266", NULL, NULL, NAN, VH_ERR_USAGE, "x266");
    expect("x264", NULL, "p7", NAN, VH_ERR_USAGE, "has no preset p7 (ultrafast,");
    expect("x264", NULL, NULL, 52, VH_ERR_USAGE, "crf 52 is outside 0 to 51");
    expect("x264", "no-such=1", NULL, NAN, VH_ERR_USAGE, "no-such");
    expect("x264", "bframes=many", NULL, NAN, VH_ERR_USAGE, "bframes does not take the value \"many\"");
    expect("ffv1", "coder=9", NULL, NAN, VH_ERR_USAGE, "coder 9 is outside -2 to 2");
    expect("x264", "bframes", NULL, NAN, VH_ERR_USAGE, "key=value");
    expect("x265", "no-such=1", NULL, NAN, VH_ERR_USAGE, "no-such");
    expect("svtav1", "no-such=1", NULL, NAN, VH_ERR_USAGE, "no-such");
    expect("ffv1", "crf=18", NULL, NAN, VH_ERR_USAGE, "encoder ffv1 has no option crf");
    expect("ffv1", NULL, NULL, 18, VH_ERR_USAGE, "lossless");
    expect("ffv1", NULL, "medium", NAN, VH_ERR_USAGE, "has no presets");
}

static void right_options_are_taken(void **state)
{
    (void)state;
    expect("x264", "bframes=2:ref=1:psy-rd=0.9,0.1:keyint=100", "ultrafast", 20, VH_OK, NULL);
    expect("x264", "aq-mode=1:rc-lookahead=10", "ultrafast", NAN, VH_OK, NULL);
    expect("x265", "aq-mode=1:no-sao=1", "ultrafast", NAN, VH_OK, NULL);
    expect("svtav1", "film-grain=4:tune=0", "12", NAN, VH_OK, NULL);
    expect("ffv1", "coder=1:slices=4", NULL, NAN, VH_OK, NULL);
    expect("prores", NULL, "lt", NAN, VH_OK, NULL);
}

/* crf has to arrive in the encoder: x264 writes its settings into the stream. */
static void quality_reaches_the_encoder(void **state)
{
    struct vh_encoder_options options = options_for("x264");
    struct vh_format format = format_for(vh_encoder_find("x264"));
    struct vh_encoder *encoder;
    AVPacket *packet = av_packet_alloc();
    bool found = false;
    (void)state;
    options.native_quality = 23.5;
    options.preset = "ultrafast";
    options.extra = "ref=2";
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, NULL), VH_OK);
    for (int i = 0; i < 2; i++) {
        AVFrame *frame = i ? NULL : grey(&format, 0);
        vh_encoder_send(encoder, frame);
        vh_frame_free(&frame);
    }
    assert_int_equal(vh_encoder_receive(encoder, packet), VH_OK);
    for (int i = 0; i + 8 < packet->size; i++)
        found |= !memcmp(packet->data + i, "crf=23.5", 8);
    assert_true(found);
    found = false;
    for (int i = 0; i + 5 < packet->size; i++)
        found |= !memcmp(packet->data + i, "ref=2", 5);
    assert_true(found);
    av_packet_free(&packet);
    vh_encoder_close(&encoder);
}

static void one_quality_scale(void **state)
{
    const struct vh_encoder_info *x264 = vh_encoder_find("libx264"), *prores = vh_encoder_find("prores");
    struct vh_encoder_options options = options_for("prores");
    struct vh_format format = format_for(prores);
    struct vh_encoder *encoder;
    (void)state;
    assert_string_equal(x264->name, "x264");
    assert_true(vh_encoder_quality(x264, 100) == 8);
    assert_true(vh_encoder_quality(x264, 0) == 38);
    assert_true(fabs(vh_encoder_quality(x264, 67) - 18) < 0.2);
    options.quality = 10;
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, NULL), VH_OK);
    assert_non_null(strstr(vh_encoder_settings(encoder), "profile=proxy"));
    vh_encoder_close(&encoder);
    options.quality = 101;
    seen = (struct fixture_log){0};
    options.name = "x264";
    format = format_for(x264);
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "outside 0 to 100"));
}

static void formats_are_checked(void **state)
{
    struct vh_encoder_options options = options_for("x264");
    struct vh_format format = format_for(vh_encoder_find("x264"));
    struct vh_encoder *encoder;
    (void)state;
    format.width = 321;
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "even sizes"));
    format.width = 320;
    format.pix_fmt = AV_PIX_FMT_YUV410P;
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "yuv410p"));
    format.pix_fmt = AV_PIX_FMT_YUV420P;
    format.fields = VH_FIELDS_TFF;
    options.code_interlaced = true;
    options.name = "x265";
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "interlaced"));
    options.name = "x264";
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_OK);
    assert_int_equal(vh_encoder_parameters(encoder)->field_order, AV_FIELD_TT);
    assert_int_equal(vh_encoder_parameters(encoder)->color_space, AVCOL_SPC_BT709);
    vh_encoder_close(&encoder);
}

static void pixel_formats_are_picked(void **state)
{
    (void)state;
    assert_int_equal(vh_encoder_pick_format(vh_encoder_find("x264"), 8, 1, 1), AV_PIX_FMT_YUV420P);
    assert_int_equal(vh_encoder_pick_format(vh_encoder_find("x264"), 10, 1, 0), AV_PIX_FMT_YUV422P10);
    assert_int_equal(vh_encoder_pick_format(vh_encoder_find("svtav1"), 10, 0, 0), AV_PIX_FMT_YUV420P10);
    assert_int_equal(vh_encoder_pick_format(vh_encoder_find("prores"), 8, 1, 1), AV_PIX_FMT_YUV422P10);
    assert_int_equal(vh_encoder_pick_format(vh_encoder_find("ffv1"), 16, 0, 0), AV_PIX_FMT_YUV444P16);
}

static void sound_fits_or_is_refused(void **state)
{
    struct vh_sound_format stereo = {.sample_fmt = AV_SAMPLE_FMT_S16, .sample_rate = 44100, .n_channels = 2};
    struct vh_sound_format eight = {.sample_fmt = AV_SAMPLE_FMT_FLTP, .sample_rate = 48000, .n_channels = 8},
                           fit;
    (void)state;
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("opus"), &stereo, &fit, NULL), VH_OK);
    assert_int_equal(fit.sample_rate, 48000);
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("flac"), &stereo, &fit, NULL), VH_OK);
    assert_int_equal(fit.sample_fmt, AV_SAMPLE_FMT_S16);
    assert_int_equal(fit.sample_rate, 44100);
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("flac"), &eight, &fit, NULL), VH_OK);
    assert_int_equal(fit.sample_fmt, AV_SAMPLE_FMT_S32);
    seen = (struct fixture_log){0};
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("ac3"), &eight, &fit, &log_), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "ac3 cannot hold 48000 Hz 7.1"));
    assert_non_null(strstr(seen.last, "flac"));
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("eac3"), &eight, &fit, NULL), VH_ERR_UNSUPPORTED);
    assert_int_equal(vh_encoder_fit_sound(vh_encoder_find("mp3"), &eight, &fit, NULL), VH_ERR_UNSUPPORTED);
}

static void every_sound_encoder_opens(void **state)
{
    int n;
    const struct vh_encoder_info *row = vh_encoder_table(&n);
    (void)state;
    for (int i = 0; i < n; i++)
        for (int channels = 1; channels <= 8; channels += channels == 1 ? 1 : channels == 2 ? 4 : 2) {
            struct vh_sound_format wanted = {
                .sample_fmt = AV_SAMPLE_FMT_FLTP, .sample_rate = 48000, .n_channels = channels};
            struct vh_sound_format fit;
            struct vh_encoder_options options = options_for(row[i].name);
            struct vh_encoder *encoder;
            if (!row[i].is_sound || vh_encoder_available(&row[i]) != VH_OK ||
                vh_encoder_fit_sound(&row[i], &wanted, &fit, NULL) != VH_OK)
                continue;
            if (vh_encoder_open_sound(&encoder, &options, &fit, &log_) != VH_OK)
                fail_msg("%s with %d channels: %s", row[i].name, channels, seen.last);
            assert_int_equal(vh_encoder_sound(encoder)->n_channels, channels);
            vh_encoder_close(&encoder);
        }
}

static void containers_hold_what_players_play(void **state)
{
    struct vh_container_info mkv, mp4, mov, avi, ts;
    (void)state;
    assert_int_equal(vh_container_find(&mkv, "x/Y.MKV", NULL, NULL), VH_OK);
    assert_string_equal(mkv.name, "matroska");
    assert_int_equal(vh_container_find(&mp4, "a.b.m4v", NULL, NULL), VH_OK);
    assert_string_equal(mp4.name, "mp4");
    assert_int_equal(vh_container_find(&mov, "x", "mov", NULL), VH_OK);
    assert_int_equal(vh_container_find(&avi, "x.Avi", NULL, NULL), VH_OK);
    assert_int_equal(vh_container_find(&ts, "x.ts", NULL, NULL), VH_OK);
    assert_true(
        vh_container_holds(&mkv, AV_CODEC_ID_FFV1) && vh_container_holds(&mkv, AV_CODEC_ID_PCM_S16LE));
    assert_true(vh_container_holds(&mp4, AV_CODEC_ID_H264) && vh_container_holds(&mp4, AV_CODEC_ID_FLAC));
    assert_false(vh_container_holds(&mp4, AV_CODEC_ID_PCM_S16LE));
    assert_false(vh_container_holds(&mp4, AV_CODEC_ID_FFV1));
    assert_false(vh_container_holds(&mp4, AV_CODEC_ID_PRORES));
    assert_true(
        vh_container_holds(&mov, AV_CODEC_ID_PRORES) && vh_container_holds(&mov, AV_CODEC_ID_PCM_S24LE));
    assert_false(vh_container_holds(&mov, AV_CODEC_ID_FLAC));
    assert_true(
        vh_container_holds(&avi, AV_CODEC_ID_FFV1) && vh_container_holds(&avi, AV_CODEC_ID_PCM_S16LE));
    assert_false(vh_container_holds(&avi, AV_CODEC_ID_HEVC));
    assert_true(vh_container_holds(&ts, AV_CODEC_ID_H264));
    assert_false(vh_container_holds(&ts, AV_CODEC_ID_PCM_S16LE));
    seen = (struct fixture_log){0};
    assert_int_equal(
        vh_container_check(&mp4, AV_CODEC_ID_PRORES, "--encoder prores", &log_), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "--encoder prores: prores cannot be stored in mp4"));
    assert_non_null(strstr(seen.last, "mov"));
    assert_int_equal(vh_container_find(&mkv, "noext", NULL, &log_), VH_ERR_USAGE);
    assert_int_equal(vh_container_find(&mkv, "x.beta", NULL, &log_), VH_ERR_USAGE);
    assert_int_equal(vh_container_find(&mkv, "x", "beta", &log_), VH_ERR_USAGE);
    assert_int_equal(vh_container_find(&mkv, "x.m3u8", NULL, &log_), VH_ERR_UNSUPPORTED);
}

static void streams_are_routed(void **state)
{
    struct vh_container_info mkv, mp4, avi;
    struct vh_stream_route route;
    struct vh_stream_info pcm = {
        .kind = VH_STREAM_AUDIO, .codec_id = AV_CODEC_ID_PCM_S16LE, .decoder = "pcm_s16le", .copyable = true};
    struct vh_stream_info srt = {
        .kind = VH_STREAM_SUBTITLE, .codec_id = AV_CODEC_ID_SUBRIP, .copyable = true};
    struct vh_stream_info font = {.kind = VH_STREAM_ATTACHMENT, .codec_id = AV_CODEC_ID_TTF};
    (void)state;
    vh_container_find(&mkv, "a.mkv", NULL, NULL);
    vh_container_find(&mp4, "a.mp4", NULL, NULL);
    vh_container_find(&avi, "a.avi", NULL, NULL);
    vh_container_route(&mkv, &pcm, &route);
    assert_int_equal(route.fate, VH_FATE_COPY);
    vh_container_route(&mp4, &pcm, &route);
    assert_int_equal(route.fate, VH_FATE_CONVERT);
    assert_int_equal(route.codec_id, AV_CODEC_ID_AAC);
    vh_container_route(&mkv, &srt, &route);
    assert_int_equal(route.fate, VH_FATE_COPY);
    vh_container_route(&mp4, &srt, &route);
    assert_int_equal(route.fate, VH_FATE_CONVERT);
    assert_int_equal(route.codec_id, AV_CODEC_ID_MOV_TEXT);
    vh_container_route(&avi, &srt, &route);
    assert_int_equal(route.fate, VH_FATE_DROP);
    assert_non_null(route.reason);
    vh_container_route(&mkv, &font, &route);
    assert_int_equal(route.fate, VH_FATE_COPY);
    vh_container_route(&mp4, &font, &route);
    assert_int_equal(route.fate, VH_FATE_DROP);
}

static int setup(void **state)
{
    (void)state;
    vh_library_set_verbosity(VH_LOG_ERROR);
    setenv("SVT_LOG", "-2", 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_picture_encoder_encodes),
        cmocka_unit_test(hardware_is_found_by_opening), cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(right_options_are_taken), cmocka_unit_test(quality_reaches_the_encoder),
        cmocka_unit_test(one_quality_scale), cmocka_unit_test(formats_are_checked),
        cmocka_unit_test(pixel_formats_are_picked), cmocka_unit_test(sound_fits_or_is_refused),
        cmocka_unit_test(every_sound_encoder_opens), cmocka_unit_test(containers_hold_what_players_play),
        cmocka_unit_test(streams_are_routed)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
