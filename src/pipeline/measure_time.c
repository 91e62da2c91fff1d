/* Packets -> frames -> healer -> watch, in one thread besides the decoder's. */
#include "pipeline/measure_time.h"

#include "analyze/recordings.h"
#include "analyze/tape_time.h"
#include "core/status.h"
#include "media/decoder.h"
#include "media/heal.h"
#include "pipeline/fit.h"
#include "upscale/colour.h"

#include <stdio.h>

struct scan {
    const struct vh_measure_time_config *config;
    struct vh_profile *profile;
    struct vh_decoder *decoder;
    struct vh_healer *healer;
    struct vh_tape_time *tape_time;
    struct vh_fit fit;
    struct vh_format source; /* of the first frame */
    bool skipped;            /* the frame before was not looked at */
    int64_t n_frames, n_missing, n_lost, n_copies;
    double start_s, end_s; /* of the picture */
};

/* With the first frame the size is known. */
static int open_watch(struct scan *s, const AVFrame *frame)
{
    const struct vh_measure_time_config *c = s->config;
    struct vh_format work;
    vh_format_from_frame(&s->source, frame, c->frame_rate, (AVRational){0, 1});
    vh_colour_resolve_source(&s->source, NULL);
    work = s->source;
    work.pix_fmt = vh_convert_working(s->source.pix_fmt);
    work.range = AVCOL_RANGE_MPEG;
    struct vh_tape_watch_config watch = {.width = s->source.width,
        .height = s->source.height,
        .order = c->order == VH_FIELDS_UNKNOWN ? VH_FIELDS_TFF : c->order,
        .order_is_fixed = c->order_is_fixed,
        .pool = c->pool,
        .cpu_flags = c->cpu_flags,
        .log = c->log};
    int status = vh_tape_time_create(&s->tape_time, &watch);
    return status == VH_OK ? vh_fit_open(&s->fit, &s->source, &work, c->pool, c->cpu_flags, c->log) : status;
}

static int take_verdicts(struct scan *s)
{
    struct vh_watch_verdict verdict;
    int status;
    while ((status = vh_tape_time_pull(s->tape_time, &verdict, s->profile)) == VH_OK) {
        s->n_copies += verdict.copy;
        s->n_lost += verdict.n_lost;
    }
    return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
}

static void send_progress(const struct scan *s)
{
    const struct vh_media_info *info = vh_input_info(s->config->input);
    double total = (double)info->duration_us * 1e-6 * av_q2d(s->config->frame_rate);
    const struct vh_event_field field[] = {
        VH_EVENT_I("frames_done", s->n_frames), VH_EVENT_I("frames_total", (int64_t)total)};
    struct vh_event event = {
        .name = "job.progress", .node = "measure", .time_us = INT64_MIN, .field = field, .n_fields = 2};
    vh_event_send(s->config->events, &event);
}

/* What the fit was opened for? Another size or pixel format in mid-tape is not looked at. */
static bool is_readable(const struct scan *s, const AVFrame *frame)
{
    struct vh_format format;
    vh_format_from_frame(&format, frame, s->config->frame_rate, (AVRational){0, 1});
    return vh_format_same_layout(&format, &s->source);
}

static int watch(struct scan *s, AVFrame **frame, double time_s, bool gap)
{
    struct vh_image_const image;
    int status = vh_fit_run(&s->fit, frame);
    if (status == VH_OK)
        status = vh_frame_image_read(*frame, &image);
    if (status == VH_OK)
        status = vh_tape_time_push(s->tape_time, &image, time_s, gap, s->profile);
    if (status == VH_OK)
        status = take_verdicts(s);
    if (status == VH_OK && s->config->look)
        status = s->config->look(s->config->opaque, &image, time_s, gap || !s->n_frames);
    return status;
}

/* Takes the frame over. */
static int look_at(struct scan *s, AVFrame *frame, const struct vh_healed *healed)
{
    double time_s = (double)healed->time_us * 1e-6;
    bool gap = healed->n_missing > 0 || s->skipped;
    int status = s->tape_time ? VH_OK : open_watch(s, frame);
    s->skipped = status == VH_OK && !is_readable(s, frame);
    if (status == VH_OK && !s->skipped)
        status = watch(s, &frame, time_s, gap);
    vh_frame_free(&frame);
    if (!s->n_frames)
        s->start_s = time_s;
    s->end_s = time_s + 1 / av_q2d(s->config->frame_rate);
    s->n_frames++;
    s->n_missing += healed->n_missing;
    send_progress(s);
    return status;
}

static int drain_healer(struct scan *s)
{
    struct vh_healed healed;
    AVFrame *frame;
    int status;
    while ((status = vh_healer_pull(s->healer, &frame, &healed)) == VH_OK)
        if ((status = look_at(s, frame, &healed)) != VH_OK)
            return status;
    return status;
}

static int heal(struct scan *s, AVFrame *frame)
{
    int status;
    while ((status = vh_healer_push(s->healer, frame)) == VH_AGAIN)
        if ((status = drain_healer(s)) != VH_AGAIN) {
            vh_frame_free(&frame);
            return status;
        }
    status = drain_healer(s);
    return status == VH_AGAIN ? VH_OK : status;
}

static int drain_decoder(struct scan *s)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_decoder_receive(s->decoder, frame, NULL) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = heal(s, frame);
        else
            vh_frame_free(&frame);
        if (status != VH_OK)
            return status == VH_AGAIN ? VH_OK : status;
    }
}

static int decode(struct scan *s, const AVPacket *packet)
{
    int status = vh_decoder_send(s->decoder, packet);
    while (status == VH_AGAIN) {
        status = drain_decoder(s);
        if (status == VH_OK)
            status = vh_decoder_send(s->decoder, packet);
    }
    return status == VH_OK ? drain_decoder(s) : status;
}

static int read_all(struct scan *s)
{
    AVPacket *packet = av_packet_alloc();
    int status = packet ? VH_OK : VH_ERR_RESOURCE;
    while (status == VH_OK && (status = vh_cancel_check(s->config->cancel)) == VH_OK &&
           (status = vh_input_read(s->config->input, packet)) == VH_OK) {
        if (packet->stream_index == s->config->stream)
            status = decode(s, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (status == VH_EOF)
        status = decode(s, NULL);
    if (status == VH_EOF || status == VH_OK)
        status = heal(s, NULL);
    return status == VH_EOF ? VH_OK : status;
}

static int set_rate(struct scan *s, const char *key, int64_t n)
{
    double minutes = (double)s->n_frames / av_q2d(s->config->frame_rate) / 60;
    struct vh_measurement m = {.value = (double)n / minutes, .confidence = 0.9, .n = (int)s->n_frames};
    snprintf(m.evidence, sizeof m.evidence, "%lld in %lld frames", (long long)n, (long long)s->n_frames);
    return vh_profile_set(s->profile, key, &m);
}

static int finish(struct scan *s, struct vh_ends *ends)
{
    if (!s->tape_time)
        return VH_OK;
    int status = vh_tape_time_finish(s->tape_time, s->profile);
    if (status == VH_OK)
        status = take_verdicts(s);
    ends->edits_known = true;
    ends->edits_s = (double)(s->n_lost - s->n_copies) / av_q2d(s->config->frame_rate);
    int n_recordings;
    if (status == VH_OK)
        status = vh_recordings_find(s->profile, s->start_s, s->end_s, &n_recordings);
    if (status == VH_OK)
        status = set_rate(s, "duplicates.rate", s->n_copies);
    return status == VH_OK ? set_rate(s, "drops.rate", s->n_lost + s->n_missing) : status;
}

int vh_measure_time(
    const struct vh_measure_time_config *config, struct vh_profile *profile, struct vh_ends *ends)
{
    struct scan s = {.config = config, .profile = profile};
    struct vh_decoder_options decode_options = {
        .n_threads = vh_pool_threads(config->pool), .keep_format = true};
    struct vh_healer_options heal_options = {.frame_rate = config->frame_rate,
        .source_start_us = vh_input_start_us(config->input),
        .max_gap = (int)(600 * av_q2d(config->frame_rate))};
    int status = vh_input_seek(config->input, VH_TIME_NONE);
    if (status == VH_OK)
        status = vh_decoder_open(&s.decoder, config->input, config->stream, &decode_options, config->log);
    if (status == VH_OK)
        status = vh_healer_create(&s.healer, &heal_options, config->log);
    if (status == VH_OK)
        status = read_all(&s);
    if (status == VH_OK)
        status = finish(&s, ends);
    vh_healer_destroy(&s.healer);
    vh_decoder_close(&s.decoder);
    vh_tape_time_destroy(&s.tape_time);
    vh_fit_close(&s.fit);
    int back = vh_input_seek(config->input, VH_TIME_NONE);
    return status == VH_OK ? back : status;
}
