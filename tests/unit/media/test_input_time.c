/* Transport streams glued from several, whose time stamps start anew: read as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "media/input.h"
#include "media_fixture.h"

enum { MAX_PACKETS = 600, FRAME_US = 40000 };

static char folder[64];

/* Presentation times of all packets of both streams. */
struct times {
    int n[2];
    int64_t us[2][MAX_PACKETS];
};

static void write_stream(const char *name, int n_frames, double start_s, double sound_start_s, char *path)
{
    struct fixture f = {.video = "mpeg2video",
        .audio = "mp2",
        .width = 176,
        .height = 144,
        .rate = {25, 1},
        .order = VH_FIELDS_TFF,
        .n_frames = n_frames,
        .audio_start_s = sound_start_s,
        .offset_us = (int64_t)(start_s * 1e6)};
    snprintf(path, 128, "%s/%s", folder, name);
    f.path = path;
    fixture_write(&f);
}

static void read_times(const char *path, struct times *times, struct vh_input_damage *damage,
    int64_t start_us, const struct vh_log *log)
{
    struct vh_input *input;
    AVPacket *packet = av_packet_alloc();
    int status;
    *times = (struct times){0};
    assert_int_equal(vh_input_open(&input, path, NULL, log), VH_OK);
    if (start_us)
        assert_int_equal(vh_input_set_range(input, start_us, VH_TIME_NONE), VH_OK);
    while ((status = vh_input_read(input, packet)) == VH_OK) {
        int s = packet->stream_index;
        assert_in_range(s, 0, 1);
        assert_in_range(times->n[s], 0, MAX_PACKETS - 1);
        times->us[s][times->n[s]++] = av_rescale_q(packet->pts, packet->time_base, AV_TIME_BASE_Q);
        av_packet_unref(packet);
    }
    assert_int_equal(status, VH_EOF);
    vh_input_get_damage(input, damage);
    vh_input_close(&input);
    av_packet_free(&packet);
}

static void glue(const char *const *part, int n, const char *name, char *path)
{
    snprintf(path, 128, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    for (int i = 0; i < n; i++) {
        FILE *in = fopen(part[i], "rb");
        assert_non_null(in);
        for (int c; (c = getc(in)) != EOF;)
            putc(c, out);
        fclose(in);
    }
    assert_int_equal(fclose(out), 0);
}

static void picture_has_no_gap(const struct times *t, int n)
{
    assert_int_equal(t->n[0], n);
    for (int i = 1; i < n; i++)
        assert_true(llabs(t->us[0][i] - t->us[0][i - 1] - FRAME_US) <= 1000);
}

static void sound_goes_on(const struct times *t)
{
    for (int i = 1; i < t->n[1]; i++)
        assert_in_range(t->us[1][i] - t->us[1][i - 1], 10000, 130000); /* packets last 24 ms */
}

/* The last part begins with picture `at`: its sound stands to it as it does in the part alone. */
static void ends_in_step(const struct times *whole, const struct times *part, int at)
{
    int64_t is = whole->us[1][whole->n[1] - 1] - whole->us[0][at];
    assert_true(llabs(is - (part->us[1][part->n[1] - 1] - part->us[0][0])) <= 1000);
}

/* The clock starts anew behind the first part and runs far ahead in the third. */
static void every_stretch_goes_on(void **state)
{
    static const int frames[] = {60, 50, 40};
    static const double start_s[] = {1.4, 1.4, 200};
    static struct times whole, one[3];
    char part[3][128], path[128];
    const char *parts[] = {part[0], part[1], part[2]};
    struct fixture_log seen = {0};
    const struct vh_log log = {.sink = fixture_sink, .opaque = &seen, .level = VH_LOG_INFO};
    struct vh_input_damage damage;
    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d.ts", i);
        write_stream(name, frames[i], start_s[i], 0, part[i]);
        read_times(part[i], &one[i], &damage, 0, NULL);
        assert_int_equal(damage.n_jumps, 0);
    }
    glue(parts, 3, "glued.ts", path);
    read_times(path, &whole, &damage, 0, &log);
    assert_int_equal(damage.n_jumps, 2);
    assert_int_equal(seen.n_warnings, 2);
    assert_non_null(strstr(seen.last, "time stamps jump forwards by 196.58"));
    assert_non_null(strstr(seen.last, "at 00:00:04.4"));
    picture_has_no_gap(&whole, 150);
    sound_goes_on(&whole);
    /* A packet or two at each joint have no place beside the sound before. */
    assert_in_range(
        whole.n[1], one[0].n[1] + one[1].n[1] + one[2].n[1] - 6, one[0].n[1] + one[1].n[1] + one[2].n[1]);
    ends_in_step(&whole, &one[2], 110);
}

/* The sound ends half a second before the picture, and that of the next part comes first in the file: the
 * picture must not run over its own end. */
static void sound_comes_first(void **state)
{
    static struct times whole, second;
    char part[2][128], path[128];
    const char *parts[] = {part[0], part[1]};
    struct vh_input_damage damage;
    (void)state;
    write_stream("a.ts", 60, 2.0, -0.5, part[0]);
    write_stream("b.ts", 50, 1.4, -0.1, part[1]);
    read_times(part[1], &second, &damage, 0, NULL);
    glue(parts, 2, "first.ts", path);
    read_times(path, &whole, &damage, 0, NULL);
    assert_int_equal(damage.n_jumps, 1);
    picture_has_no_gap(&whole, 110);
    sound_goes_on(&whole);
    ends_in_step(&whole, &second, 60);
}

static int set_up(void **state)
{
    (void)state;
    fixture_folder(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stretch_goes_on),
        cmocka_unit_test(sound_comes_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
