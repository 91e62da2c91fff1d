/* Segment 0 of the graph makes planar float; then native chains and further segments take turns; the last
 * segment makes what the encoder wants. Integers are dithered there and nowhere else. */
#include "pipeline/sound_line.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"

#include <libavutil/mathematics.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_STEPS = VH_SOUND_ITEMS + 4, STEP_CHARS = 1152, MAX_SEGMENTS = 8, PIECE = 4096, MAX_JUMPS = 256 };

/* A place where the source's time stamps start anew. */
struct jump {
    int64_t sample, pts;
};

/* A native chain behind segment i. */
struct native {
    struct vh_sound_chain *chain;
    struct vh_sound_format out;
    int64_t n_in, n_out;
    struct jump jump[MAX_JUMPS];
    int n_jumps;
    bool ended;
    bool timed;   /* its samples do not keep their time: they are counted from the first */
    int64_t lead; /* samples by which edits before the beginning move that */
};

struct vh_sound_line {
    struct vh_graph *graph;
    struct native native[MAX_SEGMENTS];
    int n_segments;
    bool begun;
    struct vh_sound_plan *time_plan;    /* the time step alone, as a plan; NULL = none */
    int timed;                          /* segment with it, when there is one */
    bool awaits;                        /* more edits may come: its sound may not end yet */
    struct vh_sound_line_config config; /* in and out point to the copies below */
    struct vh_sound_format in, out;
    char name[32];
    const struct vh_log *log;
};

/* What open builds before the graph is there. */
struct draft {
    char text[MAX_STEPS][STEP_CHARS];
    const char *step[MAX_STEPS];
    struct vh_graph_segment segment[MAX_SEGMENTS];
    struct vh_graph_format in[MAX_SEGMENTS];
    int n_steps;
};

static void describe_layout(const struct vh_sound_format *sound, char *text, size_t size)
{
    AVChannelLayout layout;
    vh_sound_get_layout(sound, &layout);
    av_channel_layout_describe(&layout, text, size);
    av_channel_layout_uninit(&layout);
}

/* Adds a step to segment `s`; steps of a segment are added in a row. */
static char *add_step(struct draft *d, int s)
{
    struct vh_graph_segment *segment = &d->segment[s];
    d->step[d->n_steps] = d->text[d->n_steps];
    if (!segment->n_steps)
        segment->step = &d->step[d->n_steps];
    segment->n_steps++;
    return d->text[d->n_steps++];
}

static void set_channels(struct vh_sound_format *format, int n)
{
    static const uint64_t mask[VH_SOUND_CHANNELS + 1] = {[1] = AV_CH_LAYOUT_MONO,
        [2] = AV_CH_LAYOUT_STEREO,
        [6] = AV_CH_LAYOUT_5POINT1_BACK,
        [8] = AV_CH_LAYOUT_7POINT1};
    if (n == format->n_channels)
        return;
    format->n_channels = n;
    format->mask = mask[n];
}

/* Opens the chain behind segment s and says what enters segment s + 1. */
static int add_native(
    struct vh_sound_line *line, struct draft *d, int s, const struct vh_sound_plan *plan, int first, int n)
{
    struct vh_graph_format now;
    if (s + 1 >= MAX_SEGMENTS)
        return vh_fail(
            line->log, VH_ERR_INTERNAL, "more than %d changes between repairs and filters", MAX_SEGMENTS);
    int status = vh_graph_try(&d->segment[s], &d->in[s], &now, line->log);
    if (status != VH_OK)
        return status;
    struct vh_pcm_format pcm = {now.sound.sample_rate, now.sound.n_channels};
    status = vh_sound_chain_create(&line->native[s].chain, plan, first, n, &pcm, line->log);
    if (status < 0)
        return status;
    set_channels(&now.sound, vh_sound_chain_format(line->native[s].chain)->n_channels);
    now.sound.time_base = (AVRational){1, now.sound.sample_rate};
    line->native[s].out = now.sound;
    d->in[s + 1] = now;
    line->n_segments = s + 2;
    return VH_OK;
}

static int add_items(struct vh_sound_line *line, struct draft *d, const struct vh_sound_plan *plan)
{
    int status = VH_OK;
    for (int i = 0; plan && i < plan->n_items && status >= 0;) {
        int n = 0, s = line->n_segments - 1;
        while (i + n < plan->n_items && plan->item[i + n].native)
            n++;
        if (n)
            status = add_native(line, d, s, plan, i, n);
        else
            snprintf(add_step(d, s), STEP_CHARS, "%s,aformat=sample_fmts=fltp", plan->item[i++].filter);
        i += n;
    }
    return status;
}

/* The time step, in a chain of its own behind everything that keeps its time. */
static int add_time(struct vh_sound_line *line, struct draft *d)
{
    int s = line->n_segments - 1;
    if (!line->time_plan)
        return VH_OK;
    if (!d->segment[s].n_steps)
        snprintf(add_step(d, s), STEP_CHARS, "aformat=sample_fmts=fltp");
    int status = add_native(line, d, s, line->time_plan, 0, 1);
    line->timed = s;
    line->native[s].timed = true;
    return status;
}

static void add_tail(struct vh_sound_line *line, struct draft *d, const struct vh_sound_line_config *config)
{
    char layout[64];
    int s = line->n_segments - 1;
    if (config->gain_db != 0)
        snprintf(add_step(d, s), STEP_CHARS, "volume=volume=%.3fdB:precision=float", config->gain_db);
    if (!config->out)
        return;
    bool integer =
        config->out->sample_fmt != AV_SAMPLE_FMT_FLT && config->out->sample_fmt != AV_SAMPLE_FMT_FLTP;
    describe_layout(config->out, layout, sizeof layout);
    snprintf(add_step(d, s), STEP_CHARS, "aresample=out_sample_rate=%d:out_sample_fmt=%s:out_chlayout=%s%s",
        config->out->sample_rate, av_get_sample_fmt_name(config->out->sample_fmt), layout,
        integer ? ":dither_method=triangular" : "");
}

static int build(struct vh_sound_line *line, struct draft *d, const struct vh_sound_line_config *config)
{
    char layout[64];
    line->n_segments = 1;
    d->in[0] = (struct vh_graph_format){.is_sound = true, .sound = *config->in};
    describe_layout(config->in, layout, sizeof layout);
    /* holes in the time stamps become silence, overlaps are cut */
    snprintf(add_step(d, 0), STEP_CHARS,
        "aresample=out_sample_fmt=fltp:out_chlayout=%s:async=1:min_hard_comp=0.02", layout);
    int status = add_items(line, d, config->plan);
    if (status >= 0)
        status = add_time(line, d);
    if (status < 0)
        return status;
    add_tail(line, d, config);
    struct vh_graph_config graph = {.segment = d->segment,
        .in = d->in,
        .n_segments = line->n_segments,
        .frame_size = config->frame_size,
        .name = config->name};
    return vh_graph_open(&line->graph, &graph, line->log);
}

static void keep_config(struct vh_sound_line *line, const struct vh_sound_line_config *config)
{
    line->config = *config;
    line->in = *config->in;
    line->config.in = &line->in;
    snprintf(line->name, sizeof line->name, "%s", config->name ? config->name : "sound");
    line->config.name = line->name;
    if (config->out) {
        line->out = *config->out;
        line->config.out = &line->out;
    }
}

static void close_all(struct vh_sound_line *line)
{
    vh_graph_close(&line->graph);
    for (int i = 0; i < MAX_SEGMENTS; i++) {
        vh_sound_chain_destroy(&line->native[i].chain);
        line->native[i] = (struct native){0};
    }
}

static int rebuild(struct vh_sound_line *line)
{
    struct draft *draft = vh_alloc(1, sizeof *draft);
    close_all(line);
    int status = draft ? build(line, draft, &line->config)
                       : vh_fail(line->log, VH_ERR_RESOURCE, "out of memory for a sound track");
    vh_free(draft);
    return status;
}

static int keep_time(struct vh_sound_line *line, const struct vh_sound_time *time)
{
    if (!time)
        return VH_OK;
    line->time_plan = vh_alloc(1, sizeof *line->time_plan);
    if (!line->time_plan)
        return vh_fail(line->log, VH_ERR_RESOURCE, "out of memory for a sound track");
    line->awaits = time->edits;
    line->time_plan->n_items = 1;
    line->time_plan->item[0].native = true;
    line->time_plan->item[0].params = (struct vh_sound_step_params){.kind = VH_SOUND_TIME, .time = *time};
    return VH_OK;
}

int vh_sound_line_open(
    struct vh_sound_line **line_, const struct vh_sound_line_config *config, const struct vh_log *log)
{
    struct vh_sound_line *line = vh_alloc(1, sizeof *line);
    int status = line ? VH_OK : vh_fail(log, VH_ERR_RESOURCE, "out of memory for a sound track");
    if (status == VH_OK) {
        keep_config(line, config);
        line->log = log;
        status = keep_time(line, config->time);
    }
    if (status == VH_OK)
        status = rebuild(line);
    if (status < 0)
        vh_sound_line_close(&line);
    *line_ = line;
    return status;
}

void vh_sound_line_close(struct vh_sound_line **line_)
{
    struct vh_sound_line *line = *line_;
    if (!line)
        return;
    close_all(line);
    vh_free(line->time_plan);
    vh_freep(line_);
}

int vh_sound_line_push(struct vh_sound_line *line, AVFrame *frame)
{
    /* Containers name the sample format of one of several decoders of a codec (mp2: fltp, decoded to s16p).
     */
    if (frame && !line->begun && frame->format != line->in.sample_fmt) {
        line->in.sample_fmt = frame->format;
        int status = rebuild(line);
        if (status < 0)
            return status;
    }
    line->begun = true;
    return vh_graph_push(line->graph, 0, frame);
}

/* Time stamp of the chain's sample n_out, and in *most how many samples may share a frame with it. */
static int64_t stamp(struct native *native, int *most)
{
    if (native->timed)
        return native->jump[0].pts + native->lead + native->n_out;
    while (native->n_jumps > 1 && native->jump[1].sample <= native->n_out) {
        memmove(native->jump, native->jump + 1, sizeof *native->jump * (size_t)(native->n_jumps - 1));
        native->n_jumps--;
    }
    if (native->n_jumps > 1 && native->jump[1].sample - native->n_out < *most)
        *most = (int)(native->jump[1].sample - native->n_out);
    return native->n_jumps ? native->jump[0].pts + native->n_out - native->jump[0].sample : native->n_out;
}

/* Remembers a time stamp that does not follow from the one before (2 ms: rounding of container time bases).
 */
static void note_time(struct native *native, const AVFrame *frame)
{
    AVRational tb = {1, native->out.sample_rate};
    if (frame->pts == AV_NOPTS_VALUE)
        return;
    int64_t pts = av_rescale_q(frame->pts, frame->time_base, tb);
    struct jump *last = native->n_jumps ? &native->jump[native->n_jumps - 1] : NULL;
    int64_t expected = last ? last->pts + native->n_in - last->sample : 0;
    int64_t apart = pts > expected ? pts - expected : expected - pts;
    if (last && (apart <= native->out.sample_rate / 500 || native->n_jumps == MAX_JUMPS))
        return;
    native->jump[native->n_jumps++] = (struct jump){native->n_in, pts};
}

/* One frame of what chain i has ready, moved into segment i + 1. */
static int send_piece(struct vh_sound_line *line, int i, int n)
{
    struct native *native = &line->native[i];
    int64_t pts = stamp(native, &n);
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return VH_ERR_RESOURCE;
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->nb_samples = n;
    frame->sample_rate = native->out.sample_rate;
    frame->time_base = native->out.time_base;
    frame->pts = pts;
    vh_sound_get_layout(&native->out, &frame->ch_layout);
    int status = av_frame_get_buffer(frame, 0) < 0 ? VH_ERR_RESOURCE : VH_OK;
    if (status == VH_OK) {
        vh_sound_chain_pull(native->chain, (float *const *)frame->extended_data, n);
        native->n_out += n;
        status = vh_graph_push(line->graph, i + 1, frame);
    }
    vh_frame_free(&frame);
    return status;
}

static int send_ready(struct vh_sound_line *line, int i)
{
    int n, status = VH_OK;
    /* What the time step gives out depends on when edits become known: pieces of one size keep that from
     * showing. */
    int least = line->native[i].timed && !line->native[i].ended ? PIECE : 1;
    while (status == VH_OK && (n = vh_sound_chain_ready(line->native[i].chain)) >= least)
        status = send_piece(line, i, n < PIECE ? n : PIECE);
    return status;
}

static int take(struct vh_sound_line *line, int i, const AVFrame *frame)
{
    struct native *native = &line->native[i];
    note_time(native, frame);
    int status =
        vh_sound_chain_push(native->chain, (const float *const *)frame->extended_data, frame->nb_samples);
    native->n_in += frame->nb_samples;
    return status < 0 ? status : send_ready(line, i);
}

static int end_native(struct vh_sound_line *line, int i)
{
    struct native *native = &line->native[i];
    if (native->ended || (native->timed && line->awaits))
        return VH_OK;
    native->ended = true;
    int status = vh_sound_chain_flush(native->chain);
    if (status >= 0)
        status = send_ready(line, i);
    return status < 0 ? status : vh_graph_push(line->graph, i + 1, NULL);
}

/* Moves everything segment i has into the chain behind it. */
static int drive(struct vh_sound_line *line, int i)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_graph_poll(line->graph, i, frame) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = take(line, i, frame);
        else if (status == VH_EOF)
            status = end_native(line, i) < 0 ? VH_ERR_RESOURCE : VH_EOF;
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
    }
}

int vh_sound_line_pull(struct vh_sound_line *line, AVFrame *frame)
{
    int status = VH_OK;
    for (int i = 0; i + 1 < line->n_segments && status == VH_OK; i++)
        status = drive(line, i);
    return status == VH_OK ? vh_graph_poll(line->graph, line->n_segments - 1, frame) : status;
}

bool vh_sound_line_begun(const struct vh_sound_line *line)
{
    return line->time_plan && line->native[line->timed].n_jumps > 0;
}

int vh_sound_line_edit(struct vh_sound_line *line, double time_s, double delta_s, double final_s)
{
    struct native *native = &line->native[line->timed];
    double start_s = (double)native->jump[0].pts / native->out.sample_rate;
    int status = VH_OK;
    line->awaits = isfinite(final_s);
    if (delta_s != 0 && time_s <= start_s)
        native->lead += llrint(delta_s * native->out.sample_rate);
    else if (delta_s != 0)
        status = vh_sound_chain_edit(native->chain, time_s - start_s, delta_s);
    if (status >= 0 && final_s > start_s)
        status = vh_sound_chain_final(native->chain, final_s - start_s);
    return status < 0 || native->ended ? status : send_ready(line, line->timed);
}

char *vh_sound_line_print(const struct vh_sound_line *line)
{
    return vh_graph_print(line->graph);
}
