/* The simulate command: reads the clip, brings it to a tape's raster, hands pairs of pictures to the tape
 * maker. */
#include "pipeline/tool_simulate.h"

#include "core/memory.h"
#include "core/status.h"
#include "pipeline/clip_reader.h"
#include "pipeline/machine.h"
#include "pipeline/tape_maker.h"
#include "upscale/upscaler.h"

#include <math.h>
#include <string.h>

#define TOOL(field) .offset = offsetof(struct vh_simulate_tool_options, field), .flags = VH_OPTION_NO_PRESET

static const char *const rate_names[] = {"auto", "field", "frame", NULL};

static const struct vh_option_row rows[] = {
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FILE",
        TOOL(output),
        .help = "file of the tape to write",
        .example = "-o tape.mkv"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        TOOL(overwrite),
        .help = "replace the files if they exist"},
    {.key = "truth",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        TOOL(truth),
        .help = "write what was done where to this JSON file",
        .example = "--truth tape.json"},
    {.key = "start",
        .type = VH_OPTION_TIME,
        TOOL(start_us),
        .max = 1e14,
        .value = "0",
        .help = "begin here in the clip"},
    {.key = "duration",
        .type = VH_OPTION_TIME,
        TOOL(duration_us),
        .max = 1e14,
        .value = "0",
        .help = "use at most this much of the clip (0 = all)",
        .example = "--duration 10"},
    {.key = "rate",
        .type = VH_OPTION_ENUM,
        TOOL(rate),
        .names = rate_names,
        .value = "auto",
        .help = "what a picture becomes: one field, or a whole frame",
        .detail = "auto takes pictures of clips with more than 40 per second as fields of one instant each, "
                  "as a video "
                  "camera makes them, and others as frames with both fields of one instant, as film is "
                  "transferred."},
    {.key = "size",
        .type = VH_OPTION_SIZE,
        TOOL(size),
        .help = "raster of the tape: pal, ntsc or WxH",
        .detail = "By default a clip of 480, 486 or 576 lines keeps its raster and anything else is scaled "
                  "to 720x576 or "
                  "720x480 by its rate.",
        .example = "--size pal"},
    {.key = "encoder",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        TOOL(encoder),
        .value = "ffv1",
        .help = "picture encoder of the file",
        .example = "--encoder x264"},
    {.key = "bit-depth",
        .type = VH_OPTION_INT,
        TOOL(depth),
        .min = 8,
        .max = 16,
        .value = "8",
        .unit = "bits",
        .help = "bits per sample of the file, as the capture card made them"},
    {.key = "sound",
        .type = VH_OPTION_BOOL,
        TOOL(sound),
        .value = "yes",
        .help = "make the sound of the tape too"},
};

const struct vh_option_table vh_simulate_tool_table =
    VH_OPTION_TABLE("Simulation", rows, struct vh_simulate_tool_options);

struct run {
    const struct vh_simulate_tool *tool;
    const struct vh_run_context *context;
    const char *input;
    struct vh_pool *pool;
    unsigned cpu_flags;
    struct vh_clip_reader *reader;
    struct vh_upscaler *scaler; /* NULL = the clip has the raster already */
    struct vh_frame_pool *scaled;
    struct vh_tape_maker *maker;
    struct vh_format raster;
    bool by_field;
    bool sound_aligned;
};

/* The tape's raster and rate. */
static int choose_raster(struct run *r)
{
    const struct vh_simulate_tool_options *o = &r->tool->options;
    struct vh_format clip = *vh_clip_reader_format(r->reader);
    if (clip.frame_rate.num <= 0)
        return vh_fail(r->context->log, VH_ERR_INPUT, "%s has no constant frame rate", r->input);
    if (clip.fields == VH_FIELDS_TFF || clip.fields == VH_FIELDS_BFF)
        return vh_fail(r->context->log, VH_ERR_USAGE,
            "%s is interlaced; a tape is made from a clean progressive clip", r->input);
    double rate = av_q2d(clip.frame_rate);
    r->by_field = o->rate == VH_TAPE_RATE_AUTO ? rate > 40 : o->rate == VH_TAPE_RATE_FIELD;
    r->raster = clip;
    if (r->by_field)
        av_reduce(&r->raster.frame_rate.num, &r->raster.frame_rate.den, clip.frame_rate.num,
            2LL * clip.frame_rate.den, 1000000);
    bool tape_raster = clip.height == 480 || clip.height == 486 || clip.height == 576;
    if (o->size.width > 0)
        r->raster.width = o->size.width, r->raster.height = o->size.height;
    else if (!tape_raster)
        r->raster.width = 720, r->raster.height = fabs(av_q2d(r->raster.frame_rate) - 25) < 1.1 ? 576 : 480;
    if (r->raster.width != clip.width || r->raster.height != clip.height) {
        AVRational sar = clip.sar.num > 0 ? clip.sar : (AVRational){1, 1};
        av_reduce(&r->raster.sar.num, &r->raster.sar.den, (int64_t)sar.num * clip.width * r->raster.height,
            (int64_t)sar.den * clip.height * r->raster.width, 10000);
    }
    return VH_OK;
}

static int open_scaler(struct run *r)
{
    const struct vh_format *clip = vh_clip_reader_format(r->reader);
    if (r->raster.width == clip->width && r->raster.height == clip->height)
        return VH_OK;
    struct vh_upscaler_config config = {
        .in = *clip, .out = r->raster, .pool = r->pool, .cpu_flags = r->cpu_flags, .log = r->context->log};
    config.in.fields = config.out.fields = VH_FIELDS_PROGRESSIVE;
    config.out.frame_rate = clip->frame_rate;
    int status = vh_upscaler_open(&r->scaler, &config);
    return status == VH_OK
               ? vh_frame_pool_create(&r->scaled, r->raster.pix_fmt, r->raster.width, r->raster.height)
               : status;
}

static int open_maker(struct run *r)
{
    const struct vh_simulate_tool_options *o = &r->tool->options;
    int64_t expected = vh_clip_reader_expected(r->reader);
    struct vh_tape_maker_config config = {.tape = &r->tool->tape,
        .file = {.path = o->output,
            .source = r->input,
            .overwrite = o->overwrite,
            .encoder = o->encoder,
            .depth = o->depth,
            .picture = r->raster,
            .sound = vh_clip_reader_sound(r->reader),
            .pool = r->pool,
            .cpu_flags = r->cpu_flags,
            .log = r->context->log},
        .truth = o->truth,
        .events = r->context->events,
        .expected_frames = r->by_field ? expected / 2 : expected};
    return vh_tape_maker_open(&r->maker, &config);
}

static int open_all(struct run *r)
{
    const struct vh_simulate_tool_options *o = &r->tool->options;
    struct vh_source_options range = {.start_us = o->start_us, .duration_us = o->duration_us};
    if (!o->output)
        return vh_fail(r->context->log, VH_ERR_USAGE, "no output: name it with -o FILE");
    int status = vh_machine_open(&r->tool->machine, &r->pool, &r->cpu_flags, r->context->log);
    struct vh_clip_reader_config reader = {.url = r->input,
        .range = &range,
        .sound = o->sound,
        .pool = r->pool,
        .cpu_flags = r->cpu_flags,
        .cancel = r->context->cancel,
        .log = r->context->log};
    if (status == VH_OK)
        status = vh_clip_reader_open(&r->reader, &reader);
    if (status == VH_OK)
        status = choose_raster(r);
    if (status == VH_OK)
        status = open_scaler(r);
    return status == VH_OK ? open_maker(r) : status;
}

static int read_scene(struct run *r, AVFrame **frame)
{
    int status = vh_clip_read_picture(r->reader, frame);
    if (status != VH_OK || !r->scaler)
        return status;
    AVFrame *out = vh_frame_pool_acquire(r->scaled);
    status = out ? vh_upscaler_submit(r->scaler, *frame, out) : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_upscaler_collect(r->scaler);
    vh_frame_free(frame);
    *frame = out;
    if (status != VH_OK)
        vh_frame_free(frame);
    return status;
}

/* Silence where the sound begins later than the picture; what comes before the picture is cut off *from. */
static int align_sound(struct run *r, const AVFrame *frame, int *from)
{
    int64_t late = llround(vh_clip_reader_sound_offset(r->reader) * frame->sample_rate);
    int status = VH_OK;
    *from = late < 0 ? (int)(-late < frame->nb_samples ? -late : frame->nb_samples) : 0;
    r->sound_aligned = true;
    if (late <= 0)
        return VH_OK;
    int channels = frame->ch_layout.nb_channels, n = late < 10 * frame->sample_rate ? (int)late : 0;
    float *silence = n ? vh_alloc((size_t)n * (size_t)channels, sizeof *silence) : NULL, *at[64];
    for (int c = 0; silence && c < channels; c++)
        at[c] = silence + (ptrdiff_t)c * n;
    if (silence)
        status = vh_tape_maker_sound(r->maker, at, n);
    vh_free(silence);
    return status;
}

static int pass_sound(struct run *r)
{
    AVFrame *frame;
    int status;
    while ((status = vh_clip_read_sound(r->reader, &frame)) == VH_OK) {
        int from = 0;
        status = av_frame_make_writable(frame) >= 0 ? VH_OK : VH_ERR_RESOURCE;
        if (status == VH_OK && !r->sound_aligned)
            status = align_sound(r, frame, &from);
        float *at[64];
        for (int c = 0; c < frame->ch_layout.nb_channels && c < 64; c++)
            at[c] = (float *)frame->extended_data[c] + from;
        if (status == VH_OK && from < frame->nb_samples)
            status = vh_tape_maker_sound(r->maker, at, frame->nb_samples - from);
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status;
    }
    return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
}

/* The next frame of the tape: two pictures, or one twice. VH_EOF when the clip has no complete pair left. */
static int make_frame(struct run *r)
{
    AVFrame *early = NULL, *late = NULL;
    int status = read_scene(r, &early);
    if (status == VH_OK && r->by_field)
        status = read_scene(r, &late);
    if (status == VH_OK)
        status = vh_tape_maker_frame(r->maker, early, late ? late : early);
    vh_frame_free(&early);
    vh_frame_free(&late);
    return status;
}

static int make_tape(struct run *r)
{
    int status = VH_OK;
    while (status == VH_OK) {
        status = make_frame(r);
        if (status == VH_OK)
            status = pass_sound(r);
    }
    if (status == VH_EOF)
        status = pass_sound(r);
    if (status == VH_OK && vh_tape_maker_frames(r->maker) == 0)
        status = vh_fail(r->context->log, VH_ERR_INPUT, "%s is too short for one frame of tape", r->input);
    return status == VH_OK ? vh_tape_maker_finish(r->maker) : status;
}

int vh_tool_simulate(
    const char *input, const struct vh_simulate_tool *tool, const struct vh_run_context *context)
{
    struct run r = {.tool = tool, .context = context, .input = input};
    int status = open_all(&r);
    if (status == VH_OK)
        status = make_tape(&r);
    if (status == VH_OK)
        vh_info(context->log, "%s: %lld frames of tape%s%s", tool->options.output,
            (long long)vh_tape_maker_frames(r.maker), tool->options.truth ? ", truth in " : "",
            tool->options.truth ? tool->options.truth : "");
    vh_tape_maker_close(&r.maker);
    vh_upscaler_close(&r.scaler);
    vh_frame_pool_destroy(&r.scaled);
    vh_clip_reader_close(&r.reader);
    vh_pool_destroy(&r.pool);
    return status;
}
