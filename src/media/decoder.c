/* The decoder: libavcodec behind the promise that damage is counted, not fatal. */
#include "media/decoder.h"

#include "adapt.h"
#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "frame/sound.h"
#include "media/library.h"
#include "media_internal.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#define VH_ROUNDING_US 600 /* Matroska rounds time stamps to milliseconds */

struct vh_decoder {
    AVCodecContext *context;
    struct vh_log log;
    struct vh_decoder_options options;
    struct vh_decoder_damage damage;
    AVRational time_base;
    AVRational frame_rate;
    int stream;
    int64_t start_us;    /* source time of packet time 0, for reports */
    int64_t end_us;      /* packet time, or VH_TIME_NONE */
    int64_t last_us;     /* packet time of the last packet */
    int64_t next_sample; /* sound: where the next frame is expected in time_base, AV_NOPTS_VALUE = unknown */
    bool passed_end;     /* of the range: nothing more is needed */
    bool draining;
    AVPacket *pending; /* the next part's first, waits for the codec to be opened anew; NULL = none */
    const AVCodecParameters *parameters; /* the input's, of the part being decoded; NULL = not joined */
    bool has_first;
    struct vh_format picture; /* of the last frame */
    struct vh_sound_format sound;
    struct vh_adapt *adapt; /* to the first frame's format; NULL until it is needed */
    AVFrame *first;         /* shell with the first frame's properties, for adapt */
};

static void report(struct vh_decoder *decoder, const char *name, const char *what, int64_t packet_us)
{
    int64_t source_us = packet_us == VH_TIME_NONE ? VH_TIME_NONE : packet_us + decoder->start_us;
    const struct vh_event_field field[] = {VH_EVENT_S("what", what), VH_EVENT_I("stream", decoder->stream)};
    const struct vh_event event = {
        .name = name, .node = "decode", .time_us = source_us, .field = field, .n_fields = 2};
    if (decoder->damage.first_us == VH_TIME_NONE && strcmp(name, "decode.changed"))
        decoder->damage.first_us = source_us;
    if (strcmp(name, "decode.changed"))
        vh_damage_note(&decoder->damage.spans, source_us);
    vh_event_send(decoder->options.events, &event);
}

/* ---- opening ---- */

static int open_codec(
    struct vh_decoder *decoder, const struct vh_input *input, const struct vh_stream_info *stream)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codec_id);
    AVCodecContext *context;
    int error;
    if (!codec)
        return vh_fail(&decoder->log, VH_ERR_UNSUPPORTED,
            "stream %d: no decoder for %s in this build of libavcodec", stream->index, stream->codec);
    context = decoder->context = avcodec_alloc_context3(codec);
    if (!context || avcodec_parameters_to_context(context, vh_input_parameters(input, stream->index)) < 0)
        return vh_fail(&decoder->log, VH_ERR_RESOURCE, "out of memory opening decoder %s", codec->name);
    context->pkt_timebase = stream->time_base;
    context->thread_count = decoder->options.n_threads > 0 ? decoder->options.n_threads : 1;
    context->framerate = stream->format.frame_rate;
    context->err_recognition = AV_EF_CRCCHECK; /* FFV1 and others then flag slices that are damaged */
    error = avcodec_open2(context, codec, NULL);
    if (error < 0)
        return vh_fail(&decoder->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_INPUT,
            "stream %d: decoder %s does not open: %s", stream->index, codec->name, av_err2str(error));
    return VH_OK;
}

int vh_decoder_open(struct vh_decoder **decoder, const struct vh_input *input, int stream,
    const struct vh_decoder_options *options, const struct vh_log *log)
{
    const struct vh_media_info *info = vh_input_info(input);
    struct vh_decoder *d = vh_alloc(1, sizeof *d);
    int status;
    *decoder = NULL;
    if (!d)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory opening a decoder");
    d->log = log ? *log : (struct vh_log){0};
    if (options)
        d->options = *options;
    d->stream = stream;
    d->time_base = info->stream[stream].time_base;
    d->frame_rate = info->stream[stream].format.frame_rate;
    d->start_us = vh_input_start_us(input);
    d->end_us = vh_input_end_us(input);
    d->last_us = d->damage.first_us = VH_TIME_NONE;
    d->next_sample = AV_NOPTS_VALUE;
    status = open_codec(d, input, &info->stream[stream]);
    if (status != VH_OK) {
        vh_decoder_close(&d);
        return status;
    }
    *decoder = d;
    return VH_OK;
}

void vh_decoder_close(struct vh_decoder **decoder)
{
    if (!decoder || !*decoder)
        return;
    vh_debug(&(*decoder)->log, "stream %d: %lld frames decoded", (*decoder)->stream,
        (long long)(*decoder)->damage.n_frames);
    avcodec_free_context(&(*decoder)->context);
    av_packet_free(&(*decoder)->pending);
    av_frame_free(&(*decoder)->first);
    vh_adapt_destroy(&(*decoder)->adapt);
    vh_freep(decoder);
}

/* ---- packets ---- */

static void note_packet(struct vh_decoder *decoder, const AVPacket *packet)
{
    int64_t stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    if (stamp != AV_NOPTS_VALUE)
        decoder->last_us = vh_time_us(stamp, decoder->time_base);
}

static int note_error(struct vh_decoder *decoder, int error)
{
    if (error == AVERROR(ENOMEM))
        return vh_fail(&decoder->log, VH_ERR_RESOURCE, "out of memory decoding stream %d", decoder->stream);
    decoder->damage.n_errors++;
    report(decoder, "decode.damaged", "packet does not decode", decoder->last_us);
    return VH_OK;
}

/* True when the packet is of another part of a joined capture (input.c) whose coding differs. */
static bool begins_anew(struct vh_decoder *decoder, const AVPacket *packet)
{
    const AVCodecParameters *was = decoder->parameters, *is = packet->opaque;
    if (!is || is == was)
        return false;
    decoder->parameters = is;
    return !was || was->extradata_size != is->extradata_size || was->format != is->format ||
           was->width != is->width || was->height != is->height || was->sample_rate != is->sample_rate ||
           was->ch_layout.nb_channels != is->ch_layout.nb_channels ||
           (is->extradata_size && memcmp(was->extradata, is->extradata, (size_t)is->extradata_size));
}

/* The codec opened again for the next part; then the packet that waits is given to it. */
static int reopen_codec(struct vh_decoder *decoder)
{
    AVCodecContext *was = decoder->context, *context = avcodec_alloc_context3(was->codec);
    bool ok = context && avcodec_parameters_to_context(context, decoder->parameters) >= 0;
    if (ok) {
        context->pkt_timebase = was->pkt_timebase;
        context->thread_count = was->thread_count;
        context->framerate = was->framerate;
        context->err_recognition = was->err_recognition;
        ok = avcodec_open2(context, was->codec, NULL) >= 0;
    }
    if (!ok) {
        avcodec_free_context(&context);
        return vh_fail(&decoder->log, VH_ERR_INPUT, "stream %d: the decoder does not open for the next part",
            decoder->stream);
    }
    avcodec_free_context(&was);
    decoder->context = context;
    decoder->draining = false;
    note_packet(decoder, decoder->pending);
    if (avcodec_send_packet(context, decoder->pending) < 0)
        note_error(decoder, AVERROR_INVALIDDATA);
    av_packet_free(&decoder->pending);
    return VH_OK;
}

int vh_decoder_send(struct vh_decoder *decoder, const AVPacket *packet)
{
    int error;
    if (decoder->passed_end)
        return VH_EOF;
    if (decoder->pending)
        return VH_AGAIN;
    if (packet && begins_anew(decoder, packet)) {
        decoder->pending = av_packet_clone(packet);
        if (!decoder->pending)
            return vh_fail(
                &decoder->log, VH_ERR_RESOURCE, "out of memory decoding stream %d", decoder->stream);
        packet = NULL; /* what is inside comes out first */
    }
    if (decoder->draining)
        return VH_OK;
    if (packet)
        note_packet(decoder, packet);
    error = avcodec_send_packet(decoder->context, packet);
    if (error == AVERROR(EAGAIN))
        return VH_AGAIN;
    decoder->draining = !packet;
    return error < 0 && error != AVERROR_EOF ? note_error(decoder, error) : VH_OK;
}

/* ---- frames ---- */

/* True when the frame lies outside the range and is to be dropped. */
static bool trim_picture(struct vh_decoder *decoder, const AVFrame *frame)
{
    int64_t us = vh_time_us(frame->pts, frame->time_base);
    if (us == VH_TIME_NONE)
        return false;
    if (decoder->end_us != VH_TIME_NONE && us >= decoder->end_us - VH_ROUNDING_US) {
        decoder->passed_end = true;
        return true;
    }
    return us < -VH_ROUNDING_US;
}

static void skip_samples(AVFrame *frame, int n)
{
    int bytes = av_get_bytes_per_sample(frame->format), planes = frame->ch_layout.nb_channels;
    if (!av_sample_fmt_is_planar(frame->format)) {
        bytes *= frame->ch_layout.nb_channels;
        planes = 1;
    }
    for (int i = 0; i < planes; i++)
        frame->extended_data[i] += (ptrdiff_t)n * bytes;
    for (int i = 0; i < planes && i < AV_NUM_DATA_POINTERS; i++)
        frame->data[i] = frame->extended_data[i];
    frame->nb_samples -= n;
    if (frame->pts != AV_NOPTS_VALUE)
        frame->pts += av_rescale_q(n, (AVRational){1, frame->sample_rate}, frame->time_base);
}

/* Sound is cut to the sample at both ends of the range. */
static bool trim_sound(struct vh_decoder *decoder, AVFrame *frame)
{
    const AVRational sample = {1, frame->sample_rate};
    int64_t first, last;
    if (frame->pts == AV_NOPTS_VALUE || frame->sample_rate <= 0)
        return false;
    first = av_rescale_q(frame->pts, frame->time_base, sample);
    if (first + frame->nb_samples <= 0)
        return true;
    if (decoder->end_us != VH_TIME_NONE) {
        last = av_rescale_q(decoder->end_us, AV_TIME_BASE_Q, sample);
        if (first >= last) {
            decoder->passed_end = true;
            return true;
        }
        if (first + frame->nb_samples > last)
            frame->nb_samples = (int)(last - first);
    }
    if (first < 0)
        skip_samples(frame, (int)-first);
    return frame->nb_samples <= 0;
}

static bool note_format(struct vh_decoder *decoder, const AVFrame *frame)
{
    bool changed;
    if (decoder->context->codec_type == AVMEDIA_TYPE_VIDEO) {
        struct vh_format format;
        vh_format_from_frame(&format, frame, decoder->frame_rate, decoder->time_base);
        changed = decoder->has_first && !vh_format_same_layout(&format, &decoder->picture);
        decoder->picture = format;
    } else {
        struct vh_sound_format format;
        vh_sound_from_frame(&format, frame);
        changed = decoder->has_first && !vh_sound_equal(&format, &decoder->sound);
        decoder->sound = format;
    }
    return changed;
}

static void report_change(struct vh_decoder *decoder, const AVFrame *frame)
{
    char text[160], at[32];
    int64_t us = vh_time_us(frame->pts, frame->time_base);
    bool video = decoder->context->codec_type == AVMEDIA_TYPE_VIDEO;
    decoder->damage.n_changes++;
    report(decoder, "decode.changed", "format changes", us);
    if (decoder->damage.n_changes > 1)
        return;
    vh_warn(&decoder->log, "stream %d changes its format at %s to %s", decoder->stream,
        vh_time_print(us == VH_TIME_NONE ? us : us + decoder->start_us, at),
        video ? vh_format_print(&decoder->picture, text, sizeof text)
              : vh_sound_print(&decoder->sound, text, sizeof text));
}

static int remember_first(struct vh_decoder *decoder, const AVFrame *frame)
{
    decoder->has_first = true;
    if (!decoder->options.keep_format)
        return VH_OK;
    decoder->first = av_frame_alloc();
    if (!decoder->first || av_frame_copy_props(decoder->first, frame) < 0 ||
        av_channel_layout_copy(&decoder->first->ch_layout, &frame->ch_layout) < 0)
        return vh_fail(&decoder->log, VH_ERR_RESOURCE, "out of memory decoding stream %d", decoder->stream);
    decoder->first->format = frame->format;
    decoder->first->width = frame->width;
    decoder->first->height = frame->height;
    decoder->first->sample_rate = frame->sample_rate;
    return VH_OK;
}

static int keep_format(struct vh_decoder *decoder, AVFrame *frame)
{
    if (!decoder->adapt && vh_adapt_create(&decoder->adapt, decoder->first) != VH_OK)
        return vh_fail(&decoder->log, VH_ERR_RESOURCE, "out of memory converting stream %d", decoder->stream);
    return vh_adapt_frame(decoder->adapt, frame, &decoder->log);
}

/* Time stamps: libavcodec's best guess; sound without one follows what came before. */
static void time_frame(struct vh_decoder *decoder, AVFrame *frame)
{
    frame->pts = frame->best_effort_timestamp;
    frame->time_base = decoder->time_base;
    if (decoder->context->codec_type != AVMEDIA_TYPE_AUDIO || frame->sample_rate <= 0)
        return;
    if (frame->pts == AV_NOPTS_VALUE)
        frame->pts = decoder->next_sample;
    if (frame->pts != AV_NOPTS_VALUE)
        decoder->next_sample = frame->pts + av_rescale_q(frame->nb_samples,
                                                (AVRational){1, frame->sample_rate}, decoder->time_base);
}

/* One frame from libavcodec, trimmed; VH_AGAIN also when it was dropped and another try is due (*again). */
static int next_frame(struct vh_decoder *decoder, AVFrame *frame)
{
    bool video = decoder->context->codec_type == AVMEDIA_TYPE_VIDEO;
    for (;;) {
        int error = avcodec_receive_frame(decoder->context, frame);
        if (error == AVERROR(EAGAIN))
            return VH_AGAIN;
        if (error == AVERROR_EOF && decoder->pending) {
            int status = reopen_codec(decoder);
            if (status != VH_OK)
                return status;
            continue;
        }
        if (error == AVERROR_EOF)
            return VH_EOF;
        if (error < 0) {
            int status = note_error(decoder, error);
            if (status != VH_OK)
                return status;
            continue;
        }
        time_frame(decoder, frame);
        if (!(video ? trim_picture(decoder, frame) : trim_sound(decoder, frame)))
            return VH_OK;
        av_frame_unref(frame);
        decoder->has_first |= decoder->passed_end; /* something did decode */
        if (decoder->passed_end)
            return VH_EOF;
    }
}

int vh_decoder_receive(struct vh_decoder *decoder, AVFrame *frame, unsigned *facts)
{
    unsigned seen = 0;
    int status = decoder->passed_end ? VH_EOF : next_frame(decoder, frame);
    if (status == VH_EOF && !decoder->has_first)
        return vh_fail(&decoder->log, VH_ERR_INPUT,
            "stream %d: not one frame can be decoded (%" PRId64 " errors)", decoder->stream,
            decoder->damage.n_errors);
    if (status != VH_OK)
        return status;
    decoder->damage.n_frames++;
    if (vh_frame_is_corrupt(frame)) {
        seen |= VH_DECODED_CORRUPT;
        decoder->damage.n_corrupt++;
        report(decoder, "decode.damaged", "damaged frame", vh_time_us(frame->pts, frame->time_base));
    }
    if (note_format(decoder, frame)) {
        seen |= VH_DECODED_CHANGED;
        report_change(decoder, frame);
    }
    if (!decoder->has_first)
        status = remember_first(decoder, frame);
    if (status == VH_OK && decoder->options.keep_format && decoder->damage.n_changes)
        status = keep_format(decoder, frame);
    if (status != VH_OK)
        av_frame_unref(frame);
    if (facts)
        *facts = seen;
    return status;
}

void vh_decoder_flush(struct vh_decoder *decoder)
{
    avcodec_flush_buffers(decoder->context);
    av_packet_free(&decoder->pending);
    decoder->draining = decoder->passed_end = false;
    decoder->next_sample = AV_NOPTS_VALUE;
}

void vh_decoder_get_damage(const struct vh_decoder *decoder, struct vh_decoder_damage *damage)
{
    *damage = decoder->damage;
}
