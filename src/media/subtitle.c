/* Text subtitles re-coded: libavcodec decodes every kind to ASS events and encodes every kind from them. */
#include "media/subtitle.h"

#include "core/memory.h"
#include "core/status.h"

#include <libavcodec/avcodec.h>
#include <string.h>

enum { ROOM = 1 << 16 }; /* bytes of one subtitle; libavcodec's own tools use 1 MB, text never comes near */

struct vh_subtitle {
    AVCodecContext *decoder, *encoder;
    AVCodecParameters *parameters;
    struct vh_log log;
    int64_t errors;
};

static int open_decoder(struct vh_subtitle *s, const struct vh_input *input, int stream)
{
    const struct vh_stream_info *info = &vh_input_info(input)->stream[stream];
    const AVCodec *codec = avcodec_find_decoder(info->codec_id);
    if (!codec)
        return vh_fail(
            &s->log, VH_ERR_UNSUPPORTED, "stream %d: no decoder for %s subtitles", stream, info->codec);
    s->decoder = avcodec_alloc_context3(codec);
    if (!s->decoder || avcodec_parameters_to_context(s->decoder, vh_input_parameters(input, stream)) < 0)
        return vh_fail(&s->log, VH_ERR_RESOURCE, "out of memory");
    s->decoder->pkt_timebase = info->time_base;
    if (avcodec_open2(s->decoder, codec, NULL) < 0)
        return vh_fail(
            &s->log, VH_ERR_UNSUPPORTED, "stream %d: %s subtitles do not open", stream, info->codec);
    return VH_OK;
}

static int open_encoder(struct vh_subtitle *s, enum AVCodecID to)
{
    const AVCodec *codec = avcodec_find_encoder(to);
    AVCodecContext *c = codec ? s->encoder = avcodec_alloc_context3(codec) : NULL;
    s->parameters = avcodec_parameters_alloc();
    if (!codec)
        return vh_fail(&s->log, VH_ERR_UNSUPPORTED, "no encoder for %s subtitles", avcodec_get_name(to));
    if (!c || !s->parameters)
        return vh_fail(&s->log, VH_ERR_RESOURCE, "out of memory");
    c->time_base = (AVRational){1, 1000};
    if (s->decoder->subtitle_header) {
        c->subtitle_header =
            av_memdup(s->decoder->subtitle_header, (size_t)s->decoder->subtitle_header_size + 1);
        c->subtitle_header_size = s->decoder->subtitle_header_size;
    }
    if (avcodec_open2(c, codec, NULL) < 0 || avcodec_parameters_from_context(s->parameters, c) < 0)
        return vh_fail(&s->log, VH_ERR_UNSUPPORTED, "encoder for %s subtitles does not open", codec->name);
    return VH_OK;
}

int vh_subtitle_open(struct vh_subtitle **subtitle, const struct vh_input *input, int stream,
    enum AVCodecID to, const struct vh_log *log)
{
    struct vh_subtitle *s = *subtitle = vh_alloc(1, sizeof *s);
    int status;
    if (!s)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    s->log = log ? *log : (struct vh_log){0};
    status = open_decoder(s, input, stream);
    if (status == VH_OK)
        status = open_encoder(s, to);
    if (status != VH_OK)
        vh_subtitle_close(subtitle);
    return status;
}

void vh_subtitle_close(struct vh_subtitle **subtitle)
{
    if (!subtitle || !*subtitle)
        return;
    avcodec_free_context(&(*subtitle)->decoder);
    avcodec_free_context(&(*subtitle)->encoder);
    avcodec_parameters_free(&(*subtitle)->parameters);
    vh_freep(subtitle);
}

static int encode(struct vh_subtitle *s, const AVPacket *packet, AVSubtitle *text, AVPacket *out)
{
    int64_t shown_ms = av_rescale_q(packet->duration, packet->time_base, (AVRational){1, 1000});
    int64_t start_ms = av_rescale_q(packet->pts, packet->time_base, (AVRational){1, 1000});
    int bytes;
    if (text->end_display_time && text->end_display_time != UINT32_MAX && !shown_ms)
        shown_ms = text->end_display_time;
    start_ms += text->start_display_time;
    text->pts = av_rescale_q(start_ms, (AVRational){1, 1000}, AV_TIME_BASE_Q);
    text->start_display_time = 0;
    text->end_display_time = (uint32_t)shown_ms;
    if (av_new_packet(out, ROOM) < 0)
        return vh_fail(&s->log, VH_ERR_RESOURCE, "out of memory");
    bytes = avcodec_encode_subtitle(s->encoder, out->data, ROOM, text);
    if (bytes <= 0) {
        s->errors++;
        av_packet_unref(out);
        return VH_AGAIN;
    }
    av_shrink_packet(out, bytes);
    out->pts = out->dts = start_ms;
    out->duration = shown_ms;
    out->time_base = (AVRational){1, 1000};
    out->flags |= AV_PKT_FLAG_KEY;
    return VH_OK;
}

int vh_subtitle_convert(struct vh_subtitle *subtitle, const AVPacket *packet, AVPacket *out)
{
    AVSubtitle text = {0};
    AVPacket *copy = av_packet_clone(packet); /* the decoder takes it writable */
    int got = 0, status = VH_AGAIN;
    if (!copy)
        return vh_fail(&subtitle->log, VH_ERR_RESOURCE, "out of memory");
    if (packet->pts == AV_NOPTS_VALUE || avcodec_decode_subtitle2(subtitle->decoder, &text, &got, copy) < 0)
        subtitle->errors++;
    else if (got && text.num_rects)
        status = encode(subtitle, packet, &text, out);
    if (got)
        avsubtitle_free(&text);
    av_packet_free(&copy);
    return status;
}

int64_t vh_subtitle_errors(const struct vh_subtitle *subtitle)
{
    return subtitle->errors;
}

const AVCodecParameters *vh_subtitle_parameters(const struct vh_subtitle *subtitle)
{
    return subtitle->parameters;
}
