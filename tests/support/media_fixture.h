/* Small captures for tests, written through libav itself into a temporary folder: pictures whose luma tells
 * their number (frame n has luma 16 + n % 200 everywhere, brighter by 20 in the right half), and a tone. */
#ifndef VH_TESTS_MEDIA_FIXTURE_H
#define VH_TESTS_MEDIA_FIXTURE_H

#include "core/log.h"
#include "frame/frame.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Root may do everything. With nobody as the real user, access() answers as it does to other people. False
 * when this process may not change users. */
static inline bool fixture_as_somebody(bool on)
{
    return geteuid() || !setreuid(on ? 65534 : 0, 0);
}

struct fixture {
    const char *path;
    const char *muxer;         /* NULL = by the name */
    const char *video, *audio; /* encoders; NULL = no such stream */
    int width, height;
    enum AVPixelFormat pix_fmt; /* 0 = yuv420p */
    AVRational rate, sar;
    enum vh_field_order order;
    int n_frames;
    int skip_from, skip_n; /* these frames are left out (a gap) */
    double audio_start_s;
    int64_t offset_us; /* added to all time stamps */
    int channels;      /* 0 = 2 */
    int gop;           /* 0 = 12 */
    bool chapters;
    bool data;     /* a stream of SMPTE KLV behind the others: eight bytes beside each frame, n + 1 each */
    bool line21;   /* line 1 carries 'A' + n % 26 and 'z' as line 21 would; needs 720 samples */
    bool captions; /* frame n carries one caption triplet: fc, n, 55 */
    const char *language;
};

struct fixture_state {
    AVFormatContext *out;
    AVCodecContext *video, *audio;
    AVPacket *packet;
};

#define FIXTURE_OK(x)                                                                                        \
    do {                                                                                                     \
        int r_ = (x);                                                                                        \
        if (r_ < 0) {                                                                                        \
            fprintf(stderr, "fixture: %s: %s\n", #x, av_err2str(r_));                                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* A fresh temporary folder; `path` holds 64 bytes. */
static inline void fixture_folder(char *path)
{
    snprintf(path, 64, "/tmp/vhsup-test-XXXXXX");
    if (!mkdtemp(path))
        abort();
}

/* Removes a folder of plain files. */
static inline void fixture_remove(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command))
        abort();
}

static inline void fixture_drain(struct fixture_state *s, AVCodecContext *encoder, int stream)
{
    for (;;) {
        int r = avcodec_receive_packet(encoder, s->packet);
        if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
            return;
        FIXTURE_OK(r);
        s->packet->stream_index = stream;
        av_packet_rescale_ts(s->packet, encoder->time_base, s->out->streams[stream]->time_base);
        FIXTURE_OK(av_interleaved_write_frame(s->out, s->packet));
    }
}

static inline AVCodecContext *fixture_encoder(
    struct fixture_state *s, const struct fixture *f, const char *name, bool video)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    AVStream *stream;
    if (!c)
        abort();
    if (video) {
        c->width = f->width;
        c->height = f->height;
        c->pix_fmt = f->pix_fmt == AV_PIX_FMT_YUV420P ? AV_PIX_FMT_YUV420P : f->pix_fmt;
        c->time_base = av_inv_q(f->rate);
        c->framerate = f->rate;
        c->sample_aspect_ratio = f->sar;
        c->gop_size = f->gop ? f->gop : 12;
        c->field_order = f->order == VH_FIELDS_TFF   ? AV_FIELD_TT
                         : f->order == VH_FIELDS_BFF ? AV_FIELD_BB
                                                     : AV_FIELD_PROGRESSIVE;
        if (f->order == VH_FIELDS_TFF || f->order == VH_FIELDS_BFF)
            c->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    } else {
        c->sample_rate = 48000;
        c->sample_fmt = strcmp(name, "ac3") && strcmp(name, "aac") ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP;
        av_channel_layout_default(&c->ch_layout, f->channels ? f->channels : 2);
        c->time_base = (AVRational){1, 48000};
    }
    c->flags |= AV_CODEC_FLAG_BITEXACT;
    c->thread_count = 1;
    c->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    if (s->out->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    FIXTURE_OK(avcodec_open2(c, codec, NULL));
    stream = avformat_new_stream(s->out, NULL);
    FIXTURE_OK(avcodec_parameters_from_context(stream->codecpar, c));
    stream->time_base = c->time_base;
    stream->sample_aspect_ratio = c->sample_aspect_ratio;
    if (video)
        stream->avg_frame_rate = f->rate;
    if (f->language)
        av_dict_set(&stream->metadata, "language", f->language, 0);
    return c;
}

static inline uint8_t fixture_odd(uint8_t seven_bits)
{
    return (uint8_t)(seven_bits | (__builtin_popcount(seven_bits) & 1 ? 0 : 0x80));
}

/* CEA-608: seven cycles of clock from sample 20, two zeros, a one, sixteen bits; `noise` in codes. */
static inline void fixture_draw_line21(uint8_t *line, const uint8_t pair[2], double start, double noise)
{
    const double bit = 858.0 / 32;
    unsigned bits = 4u | (unsigned)pair[0] << 3 | (unsigned)pair[1] << 11, seed = bits;
    for (int x = 0; x < 720; x++) {
        double t = (x - start) / bit, v = 0;
        int k = (int)floor(t - 6.5); /* the first start bit's middle is where the clock ends */
        if (t >= 0 && t < 7)
            v = 0.5 - 0.5 * cos(2 * M_PI * t);
        else if (t >= 7 && k < 19)
            v = bits >> k & 1;
        seed = seed * 1664525u + 1013904223u;
        line[x] = (uint8_t)lrint(fmax(0, 16 + 110 * v + noise * ((double)(seed >> 8) / (1 << 23) - 1)));
    }
}

static inline AVFrame *fixture_picture(const struct fixture *f, int n, int width)
{
    AVFrame *frame = av_frame_alloc();
    int bytes = f->pix_fmt == AV_PIX_FMT_UYVY422 ? 2 : 1;
    frame->format = f->pix_fmt;
    frame->width = width;
    frame->height = f->height;
    FIXTURE_OK(av_frame_get_buffer(frame, 0));
    for (int i = 0; i < 3 && frame->data[i]; i++)
        for (int y = 0; y < (i && f->pix_fmt == AV_PIX_FMT_YUV420P ? f->height / 2 : f->height); y++)
            for (int x = 0; x < (i ? width / 2 : width * bytes); x++)
                frame->data[i][y * frame->linesize[i] + x] =
                    (uint8_t)(i ? 128 : 16 + n % 200 + (x >= width * bytes / 2 ? 20 : 0));
    frame->pts = n;
    frame->sample_aspect_ratio = f->sar;
    vh_frame_set_order(frame, f->order);
    if (f->line21)
        fixture_draw_line21(frame->data[0] + frame->linesize[0],
            (uint8_t[]){fixture_odd((uint8_t)('A' + n % 26)), fixture_odd('z')}, 20, 0);
    if (f->captions) {
        const uint8_t triplet[3] = {0xfc, (uint8_t)n, 0x55};
        memcpy(av_frame_new_side_data(frame, AV_FRAME_DATA_A53_CC, 3)->data, triplet, 3);
    }
    return frame;
}

static inline void fixture_sound(struct fixture_state *s, const struct fixture *f, int index)
{
    int total = (int)(48000.0 * f->n_frames * f->rate.den / f->rate.num - 48000 * f->audio_start_s);
    int start = (int)lrint(f->audio_start_s * 48000);
    int size = s->audio->frame_size ? s->audio->frame_size : 1024;
    for (int at = 0; at < total; at += size) {
        AVFrame *frame = av_frame_alloc();
        int n = total - at < size ? total - at : size;
        frame->format = s->audio->sample_fmt;
        frame->sample_rate = 48000;
        frame->nb_samples = n;
        FIXTURE_OK(av_channel_layout_copy(&frame->ch_layout, &s->audio->ch_layout));
        FIXTURE_OK(av_frame_get_buffer(frame, 0));
        av_samples_set_silence(frame->extended_data, 0, n, frame->ch_layout.nb_channels, frame->format);
        if (frame->format == AV_SAMPLE_FMT_S16)
            for (int i = 0; i < n * frame->ch_layout.nb_channels; i++)
                ((int16_t *)(void *)frame->data[0])[i] = (int16_t)lrint(
                    8000 * sin((at + i / frame->ch_layout.nb_channels) * 2 * M_PI * 440 / 48000));
        frame->pts = start + at;
        FIXTURE_OK(avcodec_send_frame(s->audio, frame));
        fixture_drain(s, s->audio, index);
        av_frame_free(&frame);
    }
    FIXTURE_OK(avcodec_send_frame(s->audio, NULL));
    fixture_drain(s, s->audio, index);
}

static inline void fixture_data_stream(struct fixture_state *s)
{
    AVStream *stream = avformat_new_stream(s->out, NULL);
    stream->codecpar->codec_type = AVMEDIA_TYPE_DATA;
    stream->codecpar->codec_id = AV_CODEC_ID_SMPTE_KLV;
    stream->time_base = (AVRational){1, 90000};
}

static inline void fixture_data(struct fixture_state *s, const struct fixture *f, int n)
{
    AVPacket *packet = av_packet_alloc();
    int stream = (int)s->out->nb_streams - 1;
    FIXTURE_OK(av_new_packet(packet, 8));
    memset(packet->data, n + 1, 8);
    packet->stream_index = stream;
    packet->pts = packet->dts = av_rescale_q(n, av_inv_q(f->rate), s->out->streams[stream]->time_base);
    FIXTURE_OK(av_interleaved_write_frame(s->out, packet));
    av_packet_free(&packet);
}

static inline void fixture_chapters(struct fixture_state *s)
{
    s->out->nb_chapters = 2;
    s->out->chapters = av_calloc(2, sizeof *s->out->chapters);
    for (int i = 0; i < 2; i++) {
        AVChapter *c = s->out->chapters[i] = av_mallocz(sizeof *c);
        c->id = i + 1;
        c->time_base = (AVRational){1, 1000};
        c->start = i * 400;
        c->end = (i + 1) * 400;
        av_dict_set(&c->metadata, "title", i ? "second" : "first", 0);
    }
}

static inline void fixture_write(const struct fixture *f)
{
    struct fixture_state s = {.packet = av_packet_alloc()};
    FIXTURE_OK(avformat_alloc_output_context2(&s.out, NULL, f->muxer, f->path));
    s.out->flags |= AVFMT_FLAG_BITEXACT;
    s.video = f->video ? fixture_encoder(&s, f, f->video, true) : NULL;
    s.audio = f->audio ? fixture_encoder(&s, f, f->audio, false) : NULL;
    s.out->output_ts_offset = f->offset_us;
    if (f->data)
        fixture_data_stream(&s);
    if (f->chapters)
        fixture_chapters(&s);
    av_dict_set(&s.out->metadata, "title", "a tape", 0);
    FIXTURE_OK(avio_open(&s.out->pb, f->path, AVIO_FLAG_WRITE));
    FIXTURE_OK(avformat_write_header(s.out, NULL));
    for (int n = 0; s.video && n < f->n_frames; n++) {
        AVFrame *frame = fixture_picture(f, n, f->width);
        if (n < f->skip_from || n >= f->skip_from + f->skip_n)
            FIXTURE_OK(avcodec_send_frame(s.video, frame));
        fixture_drain(&s, s.video, 0);
        if (f->data)
            fixture_data(&s, f, n);
        av_frame_free(&frame);
    }
    if (s.video) {
        FIXTURE_OK(avcodec_send_frame(s.video, NULL));
        fixture_drain(&s, s.video, 0);
    }
    if (s.audio)
        fixture_sound(&s, f, s.video ? 1 : 0);
    FIXTURE_OK(av_write_trailer(s.out));
    avio_closep(&s.out->pb);
    avcodec_free_context(&s.video);
    avcodec_free_context(&s.audio);
    av_packet_free(&s.packet);
    avformat_free_context(s.out);
}

/* Collects messages, so that tests can look at them: the last one is kept. */
struct fixture_log {
    char last[512];
    int n_errors, n_warnings;
};

static inline void fixture_sink(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    struct fixture_log *log = opaque;
    (void)path;
    snprintf(log->last, sizeof log->last, "%s", message);
    log->n_errors += level == VH_LOG_ERROR;
    log->n_warnings += level == VH_LOG_WARNING;
}

#endif
