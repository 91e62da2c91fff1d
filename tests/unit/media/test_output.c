/* The muxer: what is written is read back, what may not be written is not, and nothing half done keeps its
 * name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "media/library.h"
#include "media/output.h"
#include "media/subtitle.h"
#include "media_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char folder[64];
static struct fixture_log seen;
static const struct vh_log log_ = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static bool exists(const char *path)
{
    return !access(path, F_OK);
}

/* No file of ours may be left under a temporary name. */
static void no_part_is_left(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while ((entry = readdir(dir)))
        if (strstr(entry->d_name, "vhsup-part"))
            fail_msg("%s is left", entry->d_name);
    closedir(dir);
}

static const struct vh_format format = {.pix_fmt = AV_PIX_FMT_YUV420P,
    .width = 96,
    .height = 64,
    .sar = {12, 11},
    .frame_rate = {50, 1},
    .fields = VH_FIELDS_PROGRESSIVE,
    .matrix = AVCOL_SPC_BT709,
    .primaries = AVCOL_PRI_BT709,
    .transfer = AVCOL_TRC_BT709,
    .range = AVCOL_RANGE_MPEG,
    .chroma = AVCHROMA_LOC_LEFT};

static struct vh_encoder *open_encoder(const char *name, bool global_header)
{
    const struct vh_encoder_options options = {.name = name,
        .quality = NAN,
        .native_quality = NAN,
        .n_threads = 1,
        .preset = strcmp(name, "ffv1") ? "ultrafast" : NULL,
        .global_header = global_header,
        .bitexact = true};
    struct vh_encoder *encoder;
    assert_int_equal(vh_encoder_open(&encoder, &options, &format, &log_), VH_OK);
    return encoder;
}

static int encode_into(struct vh_output *output, int stream, struct vh_encoder *encoder, int n)
{
    const struct fixture f = {.width = 96, .height = 64, .rate = {50, 1}, .sar = {12, 11}};
    AVPacket *packet = av_packet_alloc();
    int status = VH_OK;
    for (int i = 0; i <= n && status == VH_OK; i++) {
        AVFrame *frame = i < n ? fixture_picture(&f, i, 96) : NULL;
        vh_encoder_send(encoder, frame);
        vh_frame_free(&frame);
        while (status == VH_OK && vh_encoder_receive(encoder, packet) == VH_OK)
            status = vh_output_write(output, stream, packet);
    }
    av_packet_free(&packet);
    return status;
}

/* A whole job: the picture of the fixture encoded anew, everything else copied. */
static int restore(
    const char *source, const char *path, const char *encoder_name, bool overwrite, int64_t start_us)
{
    const struct vh_output_options options = {
        .path = path, .source = source, .overwrite = overwrite, .bitexact = true, .faststart = true};
    struct vh_output_expect expect = {.video = 0, .n_frames = 40, .duration_us = 800000};
    struct vh_input *input;
    struct vh_output *output;
    struct vh_encoder *encoder;
    AVPacket *packet = av_packet_alloc();
    int map[8], status;
    seen = (struct fixture_log){0};
    assert_int_equal(vh_input_open(&input, source, NULL, NULL), VH_OK);
    if (start_us)
        assert_int_equal(vh_input_set_range(input, start_us, VH_TIME_NONE), VH_OK);
    status = vh_output_open(&output, &options, &log_);
    if (status != VH_OK) {
        vh_input_close(&input);
        av_packet_free(&packet);
        return status;
    }
    encoder = open_encoder(encoder_name, vh_output_container(output)->global_header);
    assert_int_equal(
        vh_output_add_encoder(output, encoder, &vh_input_info(input)->stream[0], &map[0]), VH_OK);
    for (int i = 1; i < vh_input_info(input)->n_streams; i++)
        assert_int_equal(vh_output_add_copy(output, input, i, &map[i]), VH_OK);
    assert_int_equal(vh_output_copy_metadata(output, input), VH_OK);
    assert_int_equal(vh_output_set_tag(output, -1, "vhsup_version", "test"), VH_OK);
    assert_int_equal(vh_output_start(output), VH_OK);
    assert_int_equal(encode_into(output, map[0], encoder, 40), VH_OK);
    while (vh_input_read(input, packet) == VH_OK) {
        if (packet->stream_index)
            assert_int_equal(vh_output_write(output, map[packet->stream_index], packet), VH_OK);
        av_packet_unref(packet);
    }
    status = vh_output_finish(output, &expect);
    vh_output_close(&output);
    vh_encoder_close(&encoder);
    vh_input_close(&input);
    av_packet_free(&packet);
    no_part_is_left();
    return status;
}

static void make_source(const char *path, const char *audio)
{
    const struct fixture f = {.path = path,
        .video = "ffv1",
        .audio = audio,
        .width = 96,
        .height = 64,
        .rate = {25, 1},
        .sar = {16, 15},
        .order = VH_FIELDS_TFF,
        .n_frames = 20,
        .audio_start_s = 0.25,
        .chapters = true,
        .language = "ger"};
    fixture_write(&f);
}

static void check_result(const char *path, int64_t audio_us, int n_chapters)
{
    struct vh_input *input;
    const struct vh_media_info *info;
    assert_int_equal(vh_input_open(&input, path, NULL, &log_), VH_OK);
    info = vh_input_info(input);
    assert_true(info->n_streams >= 2);
    assert_int_equal(info->stream[0].format.width, 96);
    assert_int_equal(info->stream[0].format.sar.num, 12);
    assert_int_equal(info->stream[0].format.frame_rate.num, 50);
    assert_int_equal(info->stream[0].format.matrix, AVCOL_SPC_BT709);
    assert_int_equal(info->stream[0].format.range, AVCOL_RANGE_MPEG);
    assert_string_equal(info->stream[1].language, "ger");
    assert_true(llabs(info->stream[1].start_us - audio_us) <= 1000);
    assert_int_equal(info->n_chapters, n_chapters);
    assert_string_equal(
        av_dict_get(info->chapter[0].tags, "title", NULL, 0)->value, n_chapters == 2 ? "first" : "second");
    assert_string_equal(av_dict_get(info->tags, "title", NULL, 0)->value, "a tape");
    vh_input_close(&input);
}

static void matroska_keeps_everything(void **state)
{
    (void)state;
    make_source(in_folder("in.mkv"), "pcm_s16le");
    assert_int_equal(restore(in_folder("in.mkv"), in_folder("out.mkv"), "x264", false, 0), VH_OK);
    check_result(in_folder("out.mkv"), 250000, 2);
    assert_int_equal(restore(in_folder("in.mkv"), in_folder("out-ffv1.mkv"), "ffv1", false, 0), VH_OK);
}

static void mp4_has_its_index_in_front_and_hvc1(void **state)
{
    unsigned char head[4096];
    FILE *file;
    bool moov_first = false, hvc1 = false;
    (void)state;
    make_source(in_folder("in-aac.mkv"), "ac3");
    assert_int_equal(restore(in_folder("in-aac.mkv"), in_folder("out.mp4"), "x265", false, 0), VH_OK);
    check_result(in_folder("out.mp4"), 244667, 2); /* AC-3 begins 256 samples early */
    file = fopen(in_folder("out.mp4"), "rb");
    assert_true(fread(head, 1, sizeof head, file) > 1000);
    fclose(file);
    for (size_t i = 0; i + 4 < sizeof head; i++) {
        if (!memcmp(head + i, "mdat", 4))
            break;
        moov_first |= !memcmp(head + i, "moov", 4);
        hvc1 |= !memcmp(head + i, "hvc1", 4);
    }
    assert_true(moov_first);
    assert_true(hvc1);
}

static void ranges_move_chapters(void **state)
{
    (void)state;
    make_source(in_folder("in-range.mkv"), "pcm_s16le");
    assert_int_equal(
        restore(in_folder("in-range.mkv"), in_folder("out-range.mkv"), "x264", false, 400000), VH_OK);
    check_result(in_folder("out-range.mkv"), 20667, 1); /* the first packet that begins inside */
}

/* AVI begins every stream at 0: 0.25 s of silence stand in front of sound that is 0.25 s late. */
static void late_sound_keeps_its_place_in_avi(void **state)
{
    struct vh_input *input;
    AVPacket *packet = av_packet_alloc();
    int64_t bytes = 0, silent = 0;
    bool heard = false;
    (void)state;
    make_source(in_folder("in-late.mkv"), "pcm_s16le");
    assert_int_equal(restore(in_folder("in-late.mkv"), in_folder("late.avi"), "x264", false, 0), VH_OK);
    assert_int_equal(vh_input_open(&input, in_folder("late.avi"), NULL, &log_), VH_OK);
    while (vh_input_read(input, packet) == VH_OK) {
        for (int i = 0; packet->stream_index == 1 && i < packet->size; i++) {
            heard |= packet->data[i] != 0;
            silent += !heard;
        }
        bytes += packet->stream_index == 1 ? packet->size : 0;
        av_packet_unref(packet);
    }
    assert_int_equal(bytes, 38400 * 4); /* 0.8 s of stereo */
    assert_in_range(silent, 12000 * 4, 12004 * 4);
    vh_input_close(&input);
    av_packet_free(&packet);
}

/* Data goes where the container has a place for it, packet by packet at its time. */
static void data_is_copied_where_it_can_be(void **state)
{
    const struct fixture f = {.path = in_folder("data.ts"),
        .video = "mpeg2video",
        .width = 96,
        .height = 64,
        .rate = {50, 1},
        .sar = {1, 1},
        .n_frames = 40,
        .data = true};
    struct vh_input *input;
    struct vh_container_info mkv;
    struct vh_stream_route route;
    AVPacket *packet = av_packet_alloc();
    int64_t first_us = 0;
    int n = 0;
    (void)state;
    fixture_write(&f);
    assert_int_equal(restore(f.path, in_folder("data-out.ts"), "x264", false, 0), VH_OK);
    assert_int_equal(vh_input_open(&input, in_folder("data-out.ts"), NULL, &log_), VH_OK);
    assert_int_equal(vh_input_info(input)->n_streams, 2);
    assert_int_equal(vh_input_info(input)->stream[1].codec_id, AV_CODEC_ID_SMPTE_KLV);
    while (vh_input_read(input, packet) == VH_OK) {
        int64_t us = av_rescale_q(packet->pts, packet->time_base, AV_TIME_BASE_Q);
        if (packet->stream_index == 1) {
            first_us = n ? first_us : us;
            assert_int_equal(packet->size, 8);
            assert_int_equal(packet->data[0], ++n);
            assert_in_range(us - first_us + 100, (n - 1) * 20000, (n - 1) * 20000 + 200);
        }
        av_packet_unref(packet);
    }
    assert_int_equal(n, 40);
    assert_int_equal(vh_container_find(&mkv, "x.mkv", NULL, NULL), VH_OK);
    vh_container_route(&mkv, &vh_input_info(input)->stream[1], &route);
    assert_int_equal(route.fate, VH_FATE_DROP);
    assert_string_equal(route.reason, "the container has no place for this kind of data");
    vh_input_close(&input);
    av_packet_free(&packet);
}

static void existing_files_are_left_alone(void **state)
{
    struct stat before, after;
    (void)state;
    make_source(in_folder("in2.mkv"), "pcm_s16le");
    assert_int_equal(restore(in_folder("in2.mkv"), in_folder("twice.mkv"), "x264", false, 0), VH_OK);
    assert_int_equal(stat(in_folder("twice.mkv"), &before), 0);
    assert_int_equal(restore(in_folder("in2.mkv"), in_folder("twice.mkv"), "x264", false, 0), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "exists; -y replaces it"));
    assert_int_equal(stat(in_folder("twice.mkv"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(restore(in_folder("in2.mkv"), in_folder("twice.mkv"), "x264", true, 0), VH_OK);
    assert_int_equal(stat(in_folder("twice.mkv"), &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino);
}

static void the_source_is_never_written(void **state)
{
    (void)state;
    make_source(in_folder("in3.mkv"), "pcm_s16le");
    assert_int_equal(symlink(in_folder("in3.mkv"), in_folder("soft.mkv")), 0);
    assert_int_equal(link(in_folder("in3.mkv"), in_folder("hard.mkv")), 0);
    assert_int_equal(restore(in_folder("in3.mkv"), in_folder("in3.mkv"), "x264", true, 0), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "is the input itself"));
    assert_int_equal(restore(in_folder("in3.mkv"), in_folder("soft.mkv"), "x264", true, 0), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "is the input itself"));
    assert_int_equal(restore(in_folder("in3.mkv"), in_folder("hard.mkv"), "x264", true, 0), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "is the input itself"));
}

static void bad_places_have_their_message(void **state)
{
    struct vh_output *output;
    struct vh_output_options options = {.path = in_folder("no/such/x.mkv")};
    (void)state;
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "does not exist"));
    assert_int_equal(mkdir(in_folder("dir.mkv"), 0755), 0);
    options.path = in_folder("dir.mkv");
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "is a folder"));
    options.path = "-";
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "needs --format"));
}

static void locked_folder_is_refused(void **state)
{
    struct vh_output_options options = {.path = in_folder("locked/x.mkv")};
    (void)state;
    assert_int_equal(mkdir(in_folder("locked"), 0777), 0);
    chmod(folder, 0755);
    chmod(in_folder("locked"), 0777);
    if (!fixture_as_somebody(true))
        skip();
    assert_int_equal(vh_output_check_path(&options, &log_), VH_OK);
    chmod(in_folder("locked"), 0555);
    assert_int_equal(vh_output_check_path(&options, &log_), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "cannot be written"));
    fixture_as_somebody(false);
}

static void second_writer_is_refused(void **state)
{
    struct vh_output *a, *b;
    const struct vh_output_options options = {.path = in_folder("shared.mkv")};
    (void)state;
    assert_int_equal(vh_output_open(&a, &options, &log_), VH_OK);
    assert_int_equal(vh_output_open(&b, &options, &log_), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "another process"));
    assert_true(exists(in_folder(".shared.mkv.vhsup-part"))); /* the first one's is untouched */
    vh_output_close(&a);
    no_part_is_left();
}

static void stale_part_is_taken_over(void **state)
{
    FILE *file = fopen(in_folder(".stale.mkv.vhsup-part"), "wb");
    (void)state;
    fputs("left by a killed job", file);
    fclose(file);
    make_source(in_folder("in5.mkv"), "pcm_s16le");
    assert_int_equal(restore(in_folder("in5.mkv"), in_folder("stale.mkv"), "x264", false, 0), VH_OK);
}

/* Somebody puts a file there while the job runs: it stays theirs. */
static void a_race_is_lost_politely(void **state)
{
    struct vh_output *output;
    struct vh_encoder *encoder = open_encoder("ffv1", true);
    const struct vh_output_options options = {.path = in_folder("race.mkv")};
    const struct vh_output_expect expect = {.video = 0, .n_frames = 5, .duration_us = 100000};
    FILE *file;
    int index;
    (void)state;
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_OK);
    assert_int_equal(vh_output_add_encoder(output, encoder, NULL, &index), VH_OK);
    assert_int_equal(vh_output_start(output), VH_OK);
    assert_int_equal(encode_into(output, index, encoder, 5), VH_OK);
    file = fopen(in_folder("race.mkv"), "wb");
    fputs("mine", file);
    fclose(file);
    assert_int_equal(vh_output_finish(output, &expect), VH_ERR_OUTPUT);
    assert_non_null(strstr(seen.last, "appeared while the job ran"));
    vh_output_close(&output);
    vh_encoder_close(&encoder);
    no_part_is_left();
}

/* Writes until the limit; what fails has to say why and leave nothing. */
static int write_many(const char *path, const char *muxer, struct vh_output_expect *expect)
{
    struct vh_output *output;
    struct vh_encoder *encoder = open_encoder("ffv1", true);
    const struct vh_output_options options = {.path = path, .format = muxer};
    int index, status = vh_output_open(&output, &options, &log_);
    assert_int_equal(status, VH_OK);
    status = vh_output_add_encoder(output, encoder, NULL, &index);
    if (status == VH_OK)
        status = vh_output_start(output);
    if (status == VH_OK)
        status = encode_into(output, index, encoder, 2000);
    if (status == VH_OK)
        status = vh_output_finish(output, expect);
    vh_output_close(&output);
    vh_encoder_close(&encoder);
    return status;
}

static void full_disk_is_said(void **state)
{
    struct vh_output_expect expect = {.video = 0, .n_frames = -1, .duration_us = VH_TIME_NONE};
    struct rlimit limit, old;
    (void)state;
    seen = (struct fixture_log){0};
    assert_int_equal(write_many("/dev/full", "mkv", &expect), VH_ERR_RESOURCE);
    assert_non_null(strstr(seen.last, "the disk is full after"));
    assert_int_equal(seen.n_errors, 1);

    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    limit = old;
    limit.rlim_cur = 50000;
    setrlimit(RLIMIT_FSIZE, &limit);
    seen = (struct fixture_log){0};
    assert_int_equal(write_many(in_folder("large.mkv"), NULL, &expect), VH_ERR_RESOURCE);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_non_null(strstr(seen.last, "no file larger than"));
    assert_int_equal(seen.n_errors, 1);
    assert_false(exists(in_folder("large.mkv")));
    no_part_is_left();
}

static void a_wrong_result_is_not_kept(void **state)
{
    struct vh_output_expect expect = {.video = 0, .n_frames = -1, .duration_us = 1000000};
    (void)state;
    assert_int_equal(write_many(in_folder("wrong.mkv"), NULL, &expect), VH_ERR_OUTPUT); /* it lasts 40 s */
    assert_non_null(strstr(seen.last, "failed its check"));
    assert_false(exists(in_folder("wrong.mkv")));
    expect = (struct vh_output_expect){.video = 0, .n_frames = 1999, .duration_us = VH_TIME_NONE};
    assert_int_equal(write_many(in_folder("wrong.mkv"), NULL, &expect), VH_ERR_INTERNAL);
    assert_false(exists(in_folder("wrong.mkv")));
}

static void muxer_options_are_checked(void **state)
{
    struct vh_output *output;
    struct vh_encoder *encoder = open_encoder("ffv1", true);
    const struct vh_output_options options = {.path = in_folder("opt.mkv"), .format_options = "no_such=1"};
    int index;
    (void)state;
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_OK);
    assert_int_equal(vh_output_add_encoder(output, encoder, NULL, &index), VH_OK);
    assert_int_equal(vh_output_start(output), VH_ERR_USAGE);
    assert_non_null(strstr(seen.last, "no_such"));
    vh_output_close(&output);
    vh_encoder_close(&encoder);
    no_part_is_left();
}

static void wrong_codec_is_refused_before_writing(void **state)
{
    struct vh_output *output;
    struct vh_encoder *encoder = open_encoder("ffv1", true);
    const struct vh_output_options options = {.path = in_folder("ffv1.mp4")};
    int index;
    (void)state;
    assert_int_equal(vh_output_open(&output, &options, &log_), VH_OK);
    assert_int_equal(vh_output_add_encoder(output, encoder, NULL, &index), VH_ERR_UNSUPPORTED);
    assert_non_null(strstr(seen.last, "cannot be stored in mp4"));
    vh_output_close(&output);
    vh_encoder_close(&encoder);
    assert_false(exists(in_folder("ffv1.mp4")));
    no_part_is_left();
}

/* SubRip becomes mov_text, text and time kept. */
static void subtitles_are_converted(void **state)
{
    static const char srt[] = "1\n00:00:01,000 --> 00:00:02,500\nHello, tape\n\n";
    FILE *file = fopen(in_folder("s.srt"), "wb");
    struct vh_input *input;
    struct vh_subtitle *subtitle;
    AVPacket *packet = av_packet_alloc(), *out = av_packet_alloc();
    (void)state;
    fputs(srt, file);
    fclose(file);
    assert_int_equal(vh_input_open(&input, in_folder("s.srt"), NULL, &log_), VH_OK);
    assert_int_equal(vh_subtitle_open(&subtitle, input, 0, AV_CODEC_ID_MOV_TEXT, &log_), VH_OK);
    assert_int_equal(vh_input_read(input, packet), VH_OK);
    assert_int_equal(vh_subtitle_convert(subtitle, packet, out), VH_OK);
    assert_int_equal(out->duration, 1500);
    assert_memory_equal(out->data + 2, "Hello, tape", 11);
    assert_int_equal(vh_subtitle_parameters(subtitle)->codec_id, AV_CODEC_ID_MOV_TEXT);
    vh_subtitle_close(&subtitle);
    vh_input_close(&input);
    av_packet_free(&packet);
    av_packet_free(&out);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(matroska_keeps_everything),
        cmocka_unit_test(mp4_has_its_index_in_front_and_hvc1), cmocka_unit_test(ranges_move_chapters),
        cmocka_unit_test(late_sound_keeps_its_place_in_avi), cmocka_unit_test(data_is_copied_where_it_can_be),
        cmocka_unit_test(existing_files_are_left_alone), cmocka_unit_test(the_source_is_never_written),
        cmocka_unit_test(bad_places_have_their_message), cmocka_unit_test(locked_folder_is_refused),
        cmocka_unit_test(second_writer_is_refused), cmocka_unit_test(stale_part_is_taken_over),
        cmocka_unit_test(a_race_is_lost_politely), cmocka_unit_test(full_disk_is_said),
        cmocka_unit_test(a_wrong_result_is_not_kept), cmocka_unit_test(muxer_options_are_checked),
        cmocka_unit_test(wrong_codec_is_refused_before_writing), cmocka_unit_test(subtitles_are_converted)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
