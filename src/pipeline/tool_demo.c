/* The demo command: scene, tape, restore, picture; each step an ordinary use of the parts that do the real
 * work. */
#include "pipeline/tool_demo.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/before_after.h"
#include "pipeline/machine.h"
#include "pipeline/tape_maker.h"
#include "simulate/demo_scene.h"
#include "simulate/tape_options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEMO(field) .offset = offsetof(struct vh_demo_options, field), .flags = VH_OPTION_NO_PRESET

static const char *const standard_names[] = {"pal", "ntsc", NULL};
static const char *const speed_names[] = {"clean", "sp", "lp", "ep", "worn", NULL};

static const struct vh_option_row rows[] = {
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FOLDER",
        DEMO(folder),
        .value = "vhsup-demo",
        .help = "folder for everything the demo makes",
        .example = "-o /tmp/demo"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        DEMO(overwrite),
        .help = "replace what an earlier demo left there"},
    {.key = "duration",
        .type = VH_OPTION_TIME,
        DEMO(duration_us),
        .min = 200000,
        .max = 600e6,
        .value = "2",
        .help = "length of the scene"},
    {.key = "standard",
        .type = VH_OPTION_ENUM,
        DEMO(standard),
        .names = standard_names,
        .value = "pal",
        .help = "kind of tape: 625 lines and 50 fields, or 525 and 59.94"},
    {.key = "speed",
        .type = VH_OPTION_ENUM,
        DEMO(speed),
        .names = speed_names,
        .value = "worn",
        .help = "state of the tape"},
};

const struct vh_option_table vh_demo_table = VH_OPTION_TABLE("Demo", rows, struct vh_demo_options);

enum { SCENE, TAPE, TRUTH, RESTORED, PICTURE, FILES };
enum { SAMPLE_RATE = 48000, SOUND_PIECE = 4096 };

static const char *const file_names[FILES] = {
    "scene.mkv", "tape.mkv", "tape.json", "restored.mkv", "before-after.png"};

struct run {
    const struct vh_demo_tool *tool;
    const struct vh_run_context *context;
    struct vh_pool *pool;
    unsigned cpu_flags;
    char *path[FILES];
    struct vh_scene *scene;
    struct vh_frame_pool *frames;
    struct vh_clip_writer *clean; /* scene.mkv */
    struct vh_tape_maker *tape;
    struct vh_format picture; /* progressive, at field rate */
    float *sound[2];
    int64_t n_sound;
};

/* ---- opening ---- */

static int prepare_folder(struct run *r)
{
    const struct vh_log *log = r->context->log;
    const char *folder = r->tool->options.folder;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return vh_fail(log, VH_ERR_OUTPUT, "cannot make the folder %s: %s", folder, strerror(errno));
    for (int i = 0; i < FILES; i++) {
        r->path[i] = vh_format("%s/%s", folder, file_names[i]);
        if (!r->path[i])
            return VH_ERR_RESOURCE;
        if (!r->tool->options.overwrite && access(r->path[i], F_OK) == 0)
            return vh_fail(log, VH_ERR_OUTPUT,
                "%s exists: choose another folder with -o, or -y to replace it", r->path[i]);
    }
    return VH_OK;
}

static void choose_picture(struct run *r)
{
    bool ntsc = r->tool->options.standard == VH_DEMO_NTSC;
    r->picture = (struct vh_format){.pix_fmt = AV_PIX_FMT_YUV420P16,
        .width = 720,
        .height = ntsc ? 480 : 576,
        .sar = ntsc ? (AVRational){8, 9} : (AVRational){16, 15},
        .frame_rate = ntsc ? (AVRational){60000, 1001} : (AVRational){50, 1},
        .fields = VH_FIELDS_PROGRESSIVE,
        .matrix = ntsc ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT470BG,
        .primaries = ntsc ? AVCOL_PRI_SMPTE170M : AVCOL_PRI_BT470BG,
        .transfer = ntsc ? AVCOL_TRC_SMPTE170M : AVCOL_TRC_GAMMA28,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_LEFT};
    r->picture.time_base = av_inv_q(r->picture.frame_rate);
}

static int64_t count_frames(const struct run *r)
{
    double fields = (double)r->tool->options.duration_us * 1e-6 * av_q2d(r->picture.frame_rate);
    return (int64_t)fmax(1, floor(fields / 2 + 0.5));
}

static int open_files(struct run *r)
{
    struct vh_sound_format sound = {.sample_fmt = AV_SAMPLE_FMT_FLTP,
        .sample_rate = SAMPLE_RATE,
        .n_channels = 2,
        .mask = AV_CH_LAYOUT_STEREO,
        .time_base = {1, SAMPLE_RATE}};
    struct vh_clip_writer_config clean = {.path = r->path[SCENE],
        .overwrite = r->tool->options.overwrite,
        .encoder = "ffv1",
        .depth = 8,
        .picture = r->picture,
        .sound = &sound,
        .pool = r->pool,
        .cpu_flags = r->cpu_flags,
        .log = r->context->log};
    int status = vh_clip_writer_open(&r->clean, &clean);
    struct vh_simulate_options faults;
    vh_simulate_defaults(&faults, (enum vh_tape_speed)r->tool->options.speed);
    struct vh_tape_maker_config tape = {.tape = &faults, .file = clean, .truth = r->path[TRUTH]};
    tape.file.path = r->path[TAPE];
    tape.file.picture.frame_rate.den *= 2;
    av_reduce(&tape.file.picture.frame_rate.num, &tape.file.picture.frame_rate.den,
        tape.file.picture.frame_rate.num, tape.file.picture.frame_rate.den, 1000000);
    tape.file.picture.time_base = av_inv_q(tape.file.picture.frame_rate);
    return status == VH_OK ? vh_tape_maker_open(&r->tape, &tape) : status;
}

static int open_all(struct run *r)
{
    int status = prepare_folder(r);
    if (status == VH_OK)
        status = vh_machine_open(&r->tool->machine, &r->pool, &r->cpu_flags, r->context->log);
    if (status == VH_OK)
        status = vh_scene_create(&r->scene, r->context->log);
    choose_picture(r);
    if (status == VH_OK)
        status = vh_frame_pool_create(&r->frames, r->picture.pix_fmt, r->picture.width, r->picture.height);
    for (int c = 0; c < 2 && status == VH_OK; c++) {
        r->sound[c] = vh_alloc(SOUND_PIECE, sizeof **r->sound);
        status = r->sound[c] ? VH_OK : VH_ERR_RESOURCE;
    }
    return status == VH_OK ? open_files(r) : status;
}

/* ---- the tape ---- */

static int render(struct run *r, int64_t index, AVFrame **frame)
{
    struct vh_image image;
    *frame = vh_frame_pool_acquire(r->frames);
    if (!*frame)
        return VH_ERR_RESOURCE;
    vh_frame_apply_format(*frame, &r->picture);
    int status = vh_frame_image(*frame, &image);
    if (status == VH_OK)
        vh_scene_render(r->scene, (double)index / av_q2d(r->picture.frame_rate), &image, r->pool);
    return status;
}

static int write_sound_until(struct run *r, int64_t sample)
{
    int status = VH_OK;
    while (r->n_sound < sample && status == VH_OK) {
        int n = sample - r->n_sound < SOUND_PIECE ? (int)(sample - r->n_sound) : SOUND_PIECE;
        vh_scene_sound(r->n_sound, n, SAMPLE_RATE, r->sound, 2);
        status = vh_clip_write_sound(r->clean, r->sound, n);
        if (status == VH_OK)
            status = vh_tape_maker_sound(r->tape, r->sound, n);
        r->n_sound += n;
    }
    return status;
}

static int make_frame(struct run *r, int64_t t)
{
    AVFrame *field[2] = {NULL, NULL};
    int status = render(r, 2 * t, &field[0]);
    if (status == VH_OK)
        status = render(r, 2 * t + 1, &field[1]);
    if (status == VH_OK)
        status = vh_tape_maker_frame(r->tape, field[0], field[1]);
    for (int i = 0; i < 2; i++) {
        if (status == VH_OK)
            status = vh_clip_write_picture(r->clean, &field[i]);
        vh_frame_free(&field[i]);
    }
    double end_s = (double)(2 * t + 2) / av_q2d(r->picture.frame_rate);
    return status == VH_OK ? write_sound_until(r, llround(end_s * SAMPLE_RATE)) : status;
}

static int make_tape(struct run *r)
{
    int status = VH_OK;
    int64_t n = count_frames(r);
    for (int64_t t = 0; t < n && status == VH_OK; t++) {
        status = make_frame(r, t);
        if (status == VH_OK)
            status = vh_cancel_check(r->context->cancel);
    }
    if (status == VH_OK)
        status = vh_clip_writer_finish(r->clean);
    return status == VH_OK ? vh_tape_maker_finish(r->tape) : status;
}

/* ---- the rest ---- */

static int restore(struct run *r)
{
    struct vh_request request;
    struct vh_run_result result = {0};
    int status = vh_request_init(&request);
    if (status == VH_OK) {
        request.input = vh_strdup(r->path[TAPE]);
        vh_free(request.run.output);
        request.run.output = vh_strdup(r->path[RESTORED]);
        request.run.overwrite = r->tool->options.overwrite;
        request.machine = r->tool->machine;
        status = request.input && request.run.output ? vh_run_restore(&request, r->context, &result)
                                                     : VH_ERR_RESOURCE;
    }
    vh_request_uninit(&request);
    return status;
}

static int show(struct run *r)
{
    /* the speaking face and the caption, where text, colour edges, motion and fine print meet */
    struct vh_before_after picture = {.before = r->path[TAPE],
        .after = r->path[RESTORED],
        .at_s = (double)r->tool->options.duration_us * 0.6e-6,
        .close_up = {0.05, 0.58, 0.4, 0.4},
        .path = r->path[PICTURE],
        .overwrite = r->tool->options.overwrite,
        .pool = r->pool,
        .cpu_flags = r->cpu_flags,
        .log = r->context->log};
    return vh_before_after_write(&picture);
}

static void report(const struct run *r, double seconds)
{
    static const char *const what[FILES] = {"the scene, as it was", "a tape of it",
        "what was done to the tape", "the tape, restored", "before and after"};
    FILE *file = r->context->results ? r->context->results : stdout;
    for (int i = 0; i < FILES; i++)
        fprintf(file, "%-28s %s\n", what[i], r->path[i]);
    fprintf(file, "made in %.1f s; how far it came: vhsup compare %s %s\n", seconds, r->path[SCENE],
        r->path[RESTORED]);
}

int vh_tool_demo(const struct vh_demo_tool *tool, const struct vh_run_context *context)
{
    struct run r = {.tool = tool, .context = context};
    int64_t since = vh_clock_ns();
    int status = open_all(&r);
    if (status == VH_OK)
        status = make_tape(&r);
    if (status == VH_OK)
        status = restore(&r);
    if (status == VH_OK)
        status = show(&r);
    if (status == VH_OK)
        report(&r, (double)(vh_clock_ns() - since) * 1e-9);
    vh_clip_writer_close(&r.clean);
    vh_tape_maker_close(&r.tape);
    vh_frame_pool_destroy(&r.frames);
    vh_scene_destroy(&r.scene);
    vh_pool_destroy(&r.pool);
    for (int i = 0; i < FILES; i++)
        vh_free(r.path[i]);
    for (int c = 0; c < 2; c++)
        vh_free(r.sound[c]);
    return status;
}
