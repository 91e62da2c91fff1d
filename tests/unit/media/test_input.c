/* Probe, input, decoder and survey on small captures written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "media/decoder.h"
#include "media/library.h"
#include "media/survey.h"
#include "media_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static const struct fixture avi = {.video = "ffv1",
    .audio = "pcm_s16le",
    .width = 96,
    .height = 64,
    .rate = {30000, 1001},
    .sar = {8, 9},
    .order = VH_FIELDS_BFF,
    .n_frames = 60};

/* Luma of the picture tells its number. */
static int number_of(const AVFrame *frame)
{
    return frame->data[0][0] - 16;
}

struct decoded {
    int n, first, last;
    int64_t first_pts, last_pts, samples, first_sample_us;
};

static void decode_all(struct vh_input *input, struct decoded *d)
{
    const struct vh_media_info *info = vh_input_info(input);
    struct vh_decoder *decoder[2] = {NULL, NULL};
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int status;
    *d = (struct decoded){.first = -1, .first_sample_us = INT64_MIN};
    for (int i = 0; i < info->n_streams && i < 2; i++)
        assert_int_equal(vh_decoder_open(&decoder[i], input, i, NULL, NULL), VH_OK);
    do {
        status = vh_input_read(input, packet);
        assert_true(status == VH_OK || status == VH_EOF);
        for (int i = 0; i < 2; i++) {
            if (!decoder[i] || (status == VH_OK && packet->stream_index != i))
                continue;
            vh_decoder_send(decoder[i], status == VH_OK ? packet : NULL);
            while (vh_decoder_receive(decoder[i], frame, NULL) == VH_OK) {
                if (frame->width) {
                    d->last = number_of(frame);
                    d->last_pts = av_rescale_q(frame->pts, frame->time_base, AV_TIME_BASE_Q);
                    if (!d->n++) {
                        d->first = d->last;
                        d->first_pts = av_rescale_q(frame->pts, frame->time_base, AV_TIME_BASE_Q);
                    }
                } else {
                    d->samples += frame->nb_samples;
                    if (d->first_sample_us == INT64_MIN)
                        d->first_sample_us = av_rescale_q(frame->pts, frame->time_base, AV_TIME_BASE_Q);
                }
                av_frame_unref(frame);
            }
        }
        av_packet_unref(packet);
    } while (status == VH_OK);
    vh_decoder_close(&decoder[0]);
    vh_decoder_close(&decoder[1]);
    av_packet_free(&packet);
    av_frame_free(&frame);
}

static void avi_facts(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    const struct vh_media_info *info;
    struct decoded d;
    char *text;
    (void)state;
    f.path = in_folder("a tape: 'one'.AVI");
    fixture_write(&f);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    info = vh_input_info(input);
    assert_int_equal(info->n_streams, 2);
    assert_int_equal(info->video, 0);
    assert_int_equal(info->audio, 1);
    assert_true(info->seekable);
    assert_int_equal(info->stream[0].format.frame_rate.num, 30000);
    assert_int_equal(info->stream[0].format.frame_rate.den, 1001);
    assert_int_equal(info->stream[0].format.sar.num, 8);
    assert_string_equal(info->stream[1].codec, "pcm_s16le");
    assert_int_equal(info->stream[1].sound.sample_rate, 48000);
    assert_in_range(info->duration_us, 1990000, 2010000);
    text = vh_probe_print(info);
    assert_non_null(strstr(text, "stream 0: video ffv1 96x64"));
    vh_free(text);
    decode_all(input, &d);
    assert_int_equal(d.n, 60);
    assert_int_equal(d.last, 59);
    assert_int_equal(d.samples, 96096);
    vh_input_close(&input);
}

static void mkv_keeps_offset_tags_and_chapters(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    const struct vh_media_info *info;
    struct decoded d;
    (void)state;
    f.path = in_folder("offset.mkv");
    f.audio_start_s = 0.478;
    f.chapters = true;
    f.language = "ger";
    fixture_write(&f);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    info = vh_input_info(input);
    assert_int_equal(info->n_chapters, 2);
    assert_int_equal(info->chapter[1].start_us, 400000);
    assert_string_equal(av_dict_get(info->chapter[1].tags, "title", NULL, 0)->value, "second");
    assert_string_equal(info->stream[1].language, "ger");
    assert_string_equal(av_dict_get(info->tags, "title", NULL, 0)->value, "a tape");
    decode_all(input, &d);
    assert_in_range(d.first_sample_us, 477000, 479000);
    assert_int_equal(d.first_pts, 0);
    vh_input_close(&input);
}

/* MPEG-TS starts at 1.4 s: source time counts from there. */
static void ts_counts_from_its_start(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct decoded d;
    (void)state;
    f.path = in_folder("a.ts");
    f.offset_us = 1400000;
    f.video = "mpeg2video";
    f.audio = "mp2";
    f.width = 352;
    f.height = 288;
    f.rate = (AVRational){25, 1};
    f.sar = (AVRational){0, 1};
    f.order = VH_FIELDS_TFF;
    fixture_write(&f);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    assert_true(vh_input_info(input)->discontinuous);
    assert_true(vh_input_info(input)->origin_us > 1000000);
    decode_all(input, &d);
    assert_int_equal(d.n, 60);
    assert_in_range(d.first_pts, 0, 100000);
    vh_input_close(&input);
}

static void check_range(const char *path, int64_t start_us, int64_t end_us, int first, int n, int64_t samples)
{
    struct vh_input *input;
    struct decoded d;
    assert_int_equal(vh_input_open(&input, path, NULL, NULL), VH_OK);
    assert_int_equal(vh_input_set_range(input, start_us, end_us), VH_OK);
    decode_all(input, &d);
    assert_int_equal(d.first, first);
    assert_int_equal(d.n, n);
    assert_int_equal(d.samples, samples);
    assert_true(llabs(d.first_sample_us) < 25);
    vh_input_close(&input);
}

static void ranges_are_exact(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct fixture_log seen = {0};
    const struct vh_log log = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};
    (void)state;
    f.path = in_folder("range.avi");
    f.rate = (AVRational){25, 1};
    f.n_frames = 150;
    fixture_write(&f);
    check_range(f.path, 1000000, 2000000, 25, 25, 48000);
    check_range(f.path, 4000000, 5000000, 100, 25, 48000); /* by seeking */
    check_range(f.path, 4010000, VH_TIME_NONE, 101, 49, 288000 - 192480);
    check_range(f.path, VH_TIME_NONE, 500000, 0, 13, 24000);
    assert_int_equal(vh_input_open(&input, f.path, NULL, &log), VH_OK);
    assert_int_equal(vh_input_set_range(input, 7000000, VH_TIME_NONE), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "behind the end"));
    assert_int_equal(vh_input_set_range(input, 2000000, 1000000), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "empty"));
    vh_input_close(&input);
}

static void range_in_long_groups(void **state)
{
    struct fixture f = avi;
    (void)state;
    f.path = in_folder("gop.mkv");
    f.video = "mpeg4";
    f.rate = (AVRational){25, 1};
    f.n_frames = 180;
    f.gop = 60;
    f.order = VH_FIELDS_PROGRESSIVE;
    fixture_write(&f);
    {
        struct vh_input *input;
        struct decoded d;
        assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
        assert_int_equal(vh_input_set_range(input, 5000000, 6000000), VH_OK);
        decode_all(input, &d);
        assert_int_equal(d.n, 25);
        assert_in_range(d.first, 124, 126); /* lossy */
        vh_input_close(&input);
    }
}

static void expect_open_error(
    const char *path, const struct vh_probe_options *options, int status, const char *words)
{
    struct fixture_log seen = {0};
    const struct vh_log log = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};
    struct vh_input *input;
    assert_int_equal(vh_input_open(&input, path, options, &log), status);
    assert_null(input);
    if (!strstr(seen.last, words))
        fail_msg("expected \"%s\" in \"%s\"", words, seen.last);
    assert_int_equal(seen.n_errors, 1);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void each_bad_input_has_its_message(void **state)
{
    static const char prose[] = "This is not a video.\nIt is a text.\n";
    static unsigned char noise[300000];
    struct fixture f = avi;
    unsigned seed = 1;
    (void)state;
    expect_open_error(in_folder("missing.avi"), NULL, VH_ERR_INPUT, "does not exist");
    expect_open_error(folder, NULL, VH_ERR_INPUT, "is a folder");
    write_file(in_folder("empty.avi"), "", 0);
    expect_open_error(in_folder("empty.avi"), NULL, VH_ERR_INPUT, "is empty");
    write_file(in_folder("prose.txt"), prose, sizeof prose);
    expect_open_error(in_folder("prose.txt"), NULL, VH_ERR_INPUT, "not a media file");
    write_file(in_folder("prose.avi"), prose, sizeof prose);
    expect_open_error(in_folder("prose.avi"), NULL, VH_ERR_INPUT, "not a media file");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
    write_file(in_folder("noise.bin"), noise, sizeof noise);
    expect_open_error(in_folder("noise.bin"), NULL, VH_ERR_INPUT, "not a media file");
    expect_open_error("gopher://example.org/x", NULL, VH_ERR_USAGE, "not allowed");
    f.path = in_folder("limits.avi");
    fixture_write(&f);
    expect_open_error(f.path, &(struct vh_probe_options){.max_width = 64}, VH_ERR_INPUT, "the limit is 64x");
    expect_open_error(f.path, &(struct vh_probe_options){.format = "betamax"}, VH_ERR_USAGE, "betamax");
    expect_open_error(
        f.path, &(struct vh_probe_options){.format_options = "no_such=1"}, VH_ERR_USAGE, "no option no_such");
}

static void unreadable_file(void **state)
{
    (void)state;
    write_file(in_folder("secret.avi"), "x", 1);
    chmod(folder, 0755);
    if (!fixture_as_somebody(true))
        skip();
    expect_open_error(in_folder("secret.avi"), NULL, VH_ERR_INPUT, "not a media file");
    chmod(in_folder("secret.avi"), 0);
    expect_open_error(in_folder("secret.avi"), NULL, VH_ERR_INPUT, "cannot be read");
    fixture_as_somebody(false);
}

static void truncated_file_is_read_to_its_end(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct vh_input_damage damage;
    struct fixture_log seen = {0};
    const struct vh_log log = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};
    struct decoded d;
    struct stat st;
    (void)state;
    f.path = in_folder("short.mkv");
    f.n_frames = 180;
    f.audio = NULL;
    fixture_write(&f);
    assert_int_equal(stat(f.path, &st), 0);
    assert_int_equal(truncate(f.path, st.st_size / 2), 0);
    assert_int_equal(vh_input_open(&input, f.path, NULL, &log), VH_OK);
    decode_all(input, &d);
    vh_input_get_damage(input, &damage);
    assert_in_range(d.n, 60, 120);
    assert_true(damage.ends_early);
    assert_int_equal(seen.n_warnings, 1);
    assert_non_null(strstr(seen.last, "cut short"));
    vh_input_close(&input);
}

/* FFV1 with slice CRCs: zeroed bytes in the middle are noticed, and nothing stops. */
static void damaged_frames_are_flagged(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct decoded d;
    struct stat st;
    int fd;
    static const char zero[5000];
    (void)state;
    f.path = in_folder("damaged.ts");
    f.video = "mpeg2video";
    f.audio = NULL;
    f.width = 352;
    f.height = 288;
    f.rate = (AVRational){25, 1};
    f.sar = (AVRational){0, 1};
    fixture_write(&f);
    assert_int_equal(stat(f.path, &st), 0);
    fd = open(f.path, O_WRONLY);
    assert_int_equal(pwrite(fd, zero, sizeof zero, st.st_size / 2), sizeof zero);
    close(fd);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    decode_all(input, &d);
    assert_in_range(d.n, 40, 60);
    {
        struct vh_input_damage damage;
        vh_input_get_damage(input, &damage);
        assert_true(damage.n_corrupt_packets > 0);
        char text[200];
        assert_true(damage.first_us != VH_TIME_NONE);
        assert_int_equal(damage.spans.n_spans, 1);
        assert_in_range(damage.spans.span[0].first_us, 900000, 1500000);
        assert_int_equal(damage.spans.span[0].first_us, damage.first_us);
        assert_non_null(strstr(vh_damage_print(&damage.spans, text, sizeof text), "00:00:01."));
    }
    vh_input_close(&input);
}

static int count_looks(void *opaque, const AVFrame *frame, int window)
{
    int *seen = opaque;
    assert_true(frame->width > 0);
    seen[window]++;
    return VH_OK;
}

static bool not_the_first_two(void *opaque, int window)
{
    (void)opaque;
    return window > 1;
}

static void survey_counts_flags_and_returns(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct vh_survey survey;
    struct decoded d;
    int seen[16] = {0};
    struct vh_survey_options options = {.frames_per_window = 10, .look = count_looks, .opaque = seen};
    (void)state;
    f.path = in_folder("survey.mkv");
    f.video = "mpeg2video";
    f.n_frames = 150;
    fixture_write(&f);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    assert_int_equal(vh_survey_run(input, 0, &options, &survey, NULL), VH_OK);
    assert_int_equal(survey.n_frames, 80);
    assert_int_equal(survey.n_windows, 8);
    assert_int_equal(survey.n_bff, 80);
    assert_int_equal(survey.flagged, VH_FIELDS_BFF);
    assert_int_equal(survey.format.width, 96);
    for (int i = 0; i < 8; i++)
        assert_int_equal(seen[i], 10);
    options.useful = not_the_first_two; /* made up for in between */
    assert_int_equal(vh_survey_run(input, 0, &options, &survey, NULL), VH_OK);
    assert_int_equal(survey.n_windows, 10);
    decode_all(input, &d); /* as if nothing had happened */
    assert_int_equal(d.n, 150);
    assert_int_equal(d.first_pts, 0);
    vh_input_close(&input);
}

/* A pipe: looked at, and still whole. */
static void pipe_survives_a_survey(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct vh_survey survey;
    struct decoded d;
    const struct vh_survey_options options = {.frames_per_window = 10};
    char command[300];
    FILE *pipe;
    int saved = dup(0);
    (void)state;
    f.path = in_folder("pipe.nut");
    f.order = VH_FIELDS_TFF;
    f.video = "mpeg2video";
    fixture_write(&f);
    snprintf(command, sizeof command, "cat '%s'", f.path);
    pipe = popen(command, "r");
    dup2(fileno(pipe), 0);
    assert_int_equal(vh_input_open(&input, "-", NULL, NULL), VH_OK);
    assert_false(vh_input_info(input)->seekable);
    assert_int_equal(vh_survey_run(input, 0, &options, &survey, NULL), VH_OK);
    assert_int_equal(survey.n_frames, 10);
    assert_int_equal(survey.flagged, VH_FIELDS_TFF);
    decode_all(input, &d);
    assert_int_equal(d.n, 60);
    assert_int_equal(d.samples > 90000, 1);
    vh_input_close(&input);
    pclose(pipe);
    dup2(saved, 0);
    close(saved);
}

/* Three parts with other settings of the codec: as if they were one file. */
static void joined_files_are_one(void **state)
{
    struct fixture f = avi;
    const char *parts[3] = {in_folder("join1.mkv"), in_folder("join2.mkv"), in_folder("join3.mkv")};
    static const enum AVPixelFormat formats[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P};
    struct vh_input *input;
    struct vh_survey survey;
    struct vh_input_damage damage;
    struct decoded d;
    (void)state;
    f.rate = (AVRational){25, 1};
    f.n_frames = 50;
    f.chapters = true;
    for (int i = 0; i < 3; i++) {
        f.path = parts[i];
        f.pix_fmt = formats[i]; /* stands in FFV1's global data */
        f.offset_us = i == 2 ? 5000000 : 0;
        fixture_write(&f);
    }
    assert_int_equal(vh_input_open_joined(&input, parts, 3, NULL, NULL), VH_OK);
    assert_in_range(vh_input_info(input)->duration_us, 5990000, 6010000);
    assert_int_equal(vh_input_info(input)->n_chapters, 6);
    assert_int_equal(vh_input_info(input)->chapter[3].start_us / 10000, 240);
    assert_int_equal(vh_survey_run(input, 0, NULL, &survey, NULL), VH_OK);
    assert_int_equal(survey.n_windows, 8);
    decode_all(input, &d);
    assert_int_equal(d.n, 150);
    assert_int_equal(d.last_pts, 149 * 40000);
    assert_int_equal(d.samples, 3 * 96000);
    assert_int_equal(d.first, 0);
    assert_int_equal(d.last, 49);
    vh_input_get_damage(input, &damage);
    assert_false(damage.ends_early);
    vh_input_close(&input);

    assert_int_equal(vh_input_open_joined(&input, parts, 3, NULL, NULL), VH_OK);
    assert_int_equal(vh_input_set_range(input, 3000000, 5000000), VH_OK);
    decode_all(input, &d);
    assert_int_equal(d.n, 50);
    assert_int_equal(d.first, 25);
    assert_true(llabs(d.first_pts) < 1100);
    vh_input_close(&input);
}

static void what_cannot_be_joined(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct fixture_log seen = {0};
    const struct vh_log log = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};
    const char *parts[2] = {in_folder("odd1.mkv"), in_folder("odd2.mkv")};
    (void)state;
    f.path = parts[0];
    fixture_write(&f);
    f.path = parts[1];
    f.audio = "mp2";
    fixture_write(&f);
    assert_int_equal(vh_input_open_joined(&input, parts, 2, NULL, &log), VH_ERR_INPUT);
    assert_non_null(strstr(seen.last, "its stream 1 is mp2"));
    parts[1] = "-";
    assert_int_equal(vh_input_open_joined(&input, parts, 2, NULL, &log), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "only files can be joined"));
    parts[1] = in_folder("odd3.mkv");
    assert_int_equal(vh_input_open_joined(&input, parts, 2, NULL, &log), VH_ERR_INPUT);
    assert_non_null(strstr(seen.last, "odd3.mkv does not exist"));
}

static void cancel_ends_reading(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    struct vh_cancel cancel = {0};
    AVPacket *packet = av_packet_alloc();
    (void)state;
    f.path = in_folder("cancel.avi");
    fixture_write(&f);
    assert_int_equal(
        vh_input_open(&input, f.path, &(struct vh_probe_options){.cancel = &cancel}, NULL), VH_OK);
    assert_int_equal(vh_input_read(input, packet), VH_OK);
    av_packet_unref(packet);
    vh_cancel_set(&cancel, VH_ERR_CANCELLED);
    assert_int_equal(vh_input_read(input, packet), VH_ERR_CANCELLED);
    vh_input_close(&input);
    av_packet_free(&packet);
}

static void unselected_streams_are_skipped(void **state)
{
    struct fixture f = avi;
    struct vh_input *input;
    AVPacket *packet = av_packet_alloc();
    (void)state;
    f.path = in_folder("select.avi");
    fixture_write(&f);
    assert_int_equal(vh_input_open(&input, f.path, NULL, NULL), VH_OK);
    vh_input_select(input, 0, false);
    while (vh_input_read(input, packet) == VH_OK) {
        assert_int_equal(packet->stream_index, 1);
        av_packet_unref(packet);
    }
    vh_input_close(&input);
    av_packet_free(&packet);
}

static void standard_rates(void **state)
{
    AVRational r = vh_probe_standard_rate((AVRational){2997, 100});
    (void)state;
    assert_int_equal(r.num, 30000);
    r = vh_probe_standard_rate((AVRational){30, 1});
    assert_int_equal(r.num, 30);
    r = vh_probe_standard_rate((AVRational){19001, 317}); /* 59.94 */
    assert_int_equal(r.den, 1001);
    r = vh_probe_standard_rate((AVRational){17, 1});
    assert_int_equal(r.num, 17);
    r = vh_probe_standard_rate((AVRational){0, 0});
    assert_int_equal(r.num, 0);
}

static void fingerprints_differ(void **state)
{
    char a[65], b[65];
    (void)state;
    write_file(in_folder("f1"), "one", 3);
    write_file(in_folder("f2"), "two", 3);
    assert_int_equal(vh_probe_fingerprint(in_folder("f1"), a), VH_OK);
    assert_int_equal(vh_probe_fingerprint(in_folder("f2"), b), VH_OK);
    assert_int_equal(strlen(a), 64);
    assert_string_not_equal(a, b);
    assert_int_equal(vh_probe_fingerprint(in_folder("f3"), b), VH_ERR_INPUT);
    assert_int_equal(vh_probe_fingerprint(folder, b), VH_ERR_UNSUPPORTED);
}

static int setup(void **state)
{
    (void)state;
    vh_library_set_verbosity(VH_LOG_ERROR);
    fixture_folder(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(avi_facts),
        cmocka_unit_test(mkv_keeps_offset_tags_and_chapters), cmocka_unit_test(ts_counts_from_its_start),
        cmocka_unit_test(ranges_are_exact), cmocka_unit_test(range_in_long_groups),
        cmocka_unit_test(each_bad_input_has_its_message), cmocka_unit_test(unreadable_file),
        cmocka_unit_test(truncated_file_is_read_to_its_end), cmocka_unit_test(damaged_frames_are_flagged),
        cmocka_unit_test(survey_counts_flags_and_returns), cmocka_unit_test(pipe_survives_a_survey),
        cmocka_unit_test(joined_files_are_one), cmocka_unit_test(what_cannot_be_joined),
        cmocka_unit_test(cancel_ends_reading), cmocka_unit_test(unselected_streams_are_skipped),
        cmocka_unit_test(standard_rates), cmocka_unit_test(fingerprints_differ)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
