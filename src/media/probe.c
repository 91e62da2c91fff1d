/* Reads the facts about streams out of an opened AVFormatContext. */
#include "media/probe.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "media_internal.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SIDE_DATA_IN_PARAMETERS (LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100))

/* Frame rates of SMPTE 170M/ITU-R BT.601 (525 and 625 lines), film, their doubles (fields) and halves. */
static const AVRational standard_rates[] = {{12000, 1001}, {12, 1}, {25, 2}, {15000, 1001}, {15, 1},
    {24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {48000, 1001}, {48, 1}, {50, 1}, {60000, 1001},
    {60, 1}, {100, 1}, {120000, 1001}, {120, 1}};

AVRational vh_probe_standard_rate(AVRational rate)
{
    if (rate.num <= 0 || rate.den <= 0)
        return (AVRational){0, 1};
    for (size_t i = 0; i < sizeof standard_rates / sizeof *standard_rates; i++)
        if (fabs(av_q2d(rate) / av_q2d(standard_rates[i]) - 1.0) < 0.0005)
            return standard_rates[i];
    return rate;
}

int64_t vh_time_us(int64_t stamp, AVRational time_base)
{
    if (stamp == AV_NOPTS_VALUE || !time_base.num)
        return VH_TIME_NONE;
    return av_rescale_q(stamp, time_base, AV_TIME_BASE_Q);
}

char *vh_time_print(int64_t us, char text[32])
{
    const char *sign = us < 0 ? "-" : "";
    int64_t ms;
    if (us == VH_TIME_NONE)
        return strcpy(text, "unknown");
    ms = (us < 0 ? -us : us) / 1000;
    snprintf(text, 32, "%s%02d:%02d:%02d.%03d", sign, (int)(ms / 3600000), (int)(ms / 60000 % 60),
        (int)(ms / 1000 % 60), (int)(ms % 1000));
    return text;
}

static enum vh_field_order container_order(enum AVFieldOrder order)
{
    switch (order) {
    case AV_FIELD_PROGRESSIVE:
        return VH_FIELDS_PROGRESSIVE;
    case AV_FIELD_TT: /* second letter: displayed first */
    case AV_FIELD_BT:
        return VH_FIELDS_TFF;
    case AV_FIELD_BB:
    case AV_FIELD_TB:
        return VH_FIELDS_BFF;
    default:
        return VH_FIELDS_UNKNOWN;
    }
}

static int rotation(const AVStream *stream)
{
    const uint8_t *matrix = NULL;
    double turn;
#if SIDE_DATA_IN_PARAMETERS
    const AVPacketSideData *side = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    if (side && side->size >= 9 * sizeof(int32_t))
        matrix = side->data;
#else
    size_t size = 0;
    matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (size < 9 * sizeof(int32_t))
        matrix = NULL;
#endif
    if (!matrix)
        return 0;
    turn = av_display_rotation_get((const int32_t *)(const void *)matrix); /* counter-clockwise */
    return isnan(turn) ? 0 : ((int)lrint(-turn / 90.0) * 90 % 360 + 360) % 360;
}

/* Field-coded streams give each field a time stamp in some containers: the base rate is then twice the frame
 * rate. */
static AVRational frame_rate(const AVFormatContext *context, AVStream *stream)
{
    AVRational average = stream->avg_frame_rate;
    AVRational rate = av_guess_frame_rate((AVFormatContext *)context, stream, NULL);
    if (rate.num > 0 && average.num > 0 && fabs(av_q2d(rate) / av_q2d(average) - 2.0) < 0.1 &&
        stream->codecpar->field_order != AV_FIELD_PROGRESSIVE)
        rate = average;
    return vh_probe_standard_rate(rate);
}

static void fill_video(struct vh_stream_info *info, const AVFormatContext *context, AVStream *stream)
{
    const AVCodecParameters *par = stream->codecpar;
    AVRational sar = av_guess_sample_aspect_ratio((AVFormatContext *)context, stream, NULL);
    info->format = (struct vh_format){
        .pix_fmt = par->format,
        .width = par->width,
        .height = par->height,
        .sar = sar.num > 0 && sar.den > 0 ? sar : (AVRational){0, 1},
        .frame_rate = frame_rate(context, stream),
        .time_base = info->time_base,
        .fields = container_order(par->field_order),
        .matrix = par->color_space,
        .primaries = par->color_primaries,
        .transfer = par->color_trc,
        .range = par->color_range,
        .chroma = par->chroma_location,
    };
    info->average_rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : (AVRational){0, 1};
    info->base_rate = stream->r_frame_rate.num > 0 ? stream->r_frame_rate : (AVRational){0, 1};
    info->rotation_degrees = rotation(stream);
    info->damaged = par->width <= 0 || par->height <= 0 || par->format < 0;
}

static void fill_sound(struct vh_stream_info *info, const AVStream *stream)
{
    const AVCodecParameters *par = stream->codecpar;
    info->sound = (struct vh_sound_format){
        .sample_fmt = par->format, .sample_rate = par->sample_rate, .time_base = info->time_base};
    vh_sound_set_layout(&info->sound, &par->ch_layout);
    info->damaged = par->sample_rate <= 0 || par->ch_layout.nb_channels <= 0 || par->format < 0;
}

static enum vh_stream_kind kind_of(const AVStream *stream)
{
    switch (stream->codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
        return stream->disposition & AV_DISPOSITION_ATTACHED_PIC ? VH_STREAM_ATTACHMENT : VH_STREAM_VIDEO;
    case AVMEDIA_TYPE_AUDIO:
        return VH_STREAM_AUDIO;
    case AVMEDIA_TYPE_SUBTITLE:
        return VH_STREAM_SUBTITLE;
    case AVMEDIA_TYPE_ATTACHMENT:
        return VH_STREAM_ATTACHMENT;
    default:
        return VH_STREAM_DATA;
    }
}

/* A whole fraction of the container's time base, a microsecond or finer. */
static AVRational fine_time_base(AVRational coarse)
{
    int64_t parts = (1000000 * (int64_t)coarse.num + coarse.den - 1) / coarse.den;
    if (parts <= 1 || parts * coarse.den > INT32_MAX)
        return coarse;
    return (AVRational){coarse.num, (int)(parts * coarse.den)};
}

static AVDictionary *copy_tags(const AVDictionary *tags)
{
    AVDictionary *copy = NULL;
    av_dict_copy(&copy, tags, 0); /* out of memory loses tags, not the job */
    return copy;
}

static void free_tags(const AVDictionary **tags)
{
    av_dict_free((AVDictionary **)tags);
}

static void fill_stream(
    struct vh_stream_info *info, const AVFormatContext *context, AVStream *stream, int64_t origin_us)
{
    const AVCodecParameters *par = stream->codecpar;
    const AVCodec *decoder = avcodec_find_decoder(par->codec_id);
    const AVDictionaryEntry *language = av_dict_get(stream->metadata, "language", NULL, 0);
    info->index = stream->index;
    info->kind = kind_of(stream);
    info->codec_id = par->codec_id;
    info->codec = avcodec_get_name(par->codec_id);
    info->decoder = decoder ? decoder->name : NULL;
    if (language)
        snprintf(info->language, sizeof info->language, "%s", language->value);
    info->disposition = stream->disposition;
    info->tags = copy_tags(stream->metadata);
    info->time_base = fine_time_base(stream->time_base);
    info->start_us = vh_time_us(stream->start_time, stream->time_base);
    if (info->start_us != VH_TIME_NONE)
        info->start_us -= origin_us;
    info->duration_us = vh_time_us(stream->duration, stream->time_base);
    info->n_frames = stream->nb_frames;
    info->bit_rate = par->bit_rate;
    info->bits_per_raw_sample = par->bits_per_raw_sample;
    if (info->kind == VH_STREAM_VIDEO)
        fill_video(info, context, stream);
    else if (info->kind == VH_STREAM_AUDIO)
        fill_sound(info, stream);
    info->copyable = par->codec_id != AV_CODEC_ID_NONE && !info->damaged;
}

static void count_stream(struct vh_media_info *info, enum vh_stream_kind kind)
{
    int *const counter[] = {
        &info->n_video, &info->n_audio, &info->n_subtitles, &info->n_attachments, &info->n_data};
    ++*counter[kind];
}

/* libav's choice, unless it is a stream without parameters or a cover picture. */
static int main_stream(const AVFormatContext *context, const struct vh_media_info *info,
    enum AVMediaType type, enum vh_stream_kind kind, int related)
{
    int best = av_find_best_stream((AVFormatContext *)context, type, -1, related, NULL, 0);
    if (best >= 0 && info->stream[best].kind == kind && !info->stream[best].damaged)
        return best;
    for (int i = 0; i < info->n_streams; i++)
        if (info->stream[i].kind == kind && !info->stream[i].damaged)
            return i;
    return -1;
}

static void fill_chapters(struct vh_media_info *info, const AVFormatContext *context)
{
    for (int i = 0; i < info->n_chapters; i++) {
        const AVChapter *chapter = context->chapters[i];
        info->chapter[i] = (struct vh_chapter_info){
            .id = chapter->id,
            .start_us = vh_time_us(chapter->start, chapter->time_base) - info->origin_us,
            .end_us = vh_time_us(chapter->end, chapter->time_base),
            .tags = copy_tags(chapter->metadata),
        };
        if (info->chapter[i].end_us != VH_TIME_NONE)
            info->chapter[i].end_us -= info->origin_us;
    }
}

/* Matroska's duration counts from its time 0, wherever the first packet stands. */
int64_t vh_probe_duration(const AVFormatContext *context)
{
    int64_t origin = context->start_time == AV_NOPTS_VALUE ? 0 : context->start_time,
            length = context->duration;
    if (length > origin && origin > 0 && av_match_name("matroska", context->iformat->name))
        length -= origin;
    return length > 0 ? length : VH_TIME_NONE;
}

int vh_probe_build(struct vh_media_info *info, const AVFormatContext *context)
{
    info->format = context->iformat->name;
    info->origin_us = context->start_time == AV_NOPTS_VALUE ? 0 : context->start_time;
    info->duration_us = vh_probe_duration(context);
    info->bit_rate = context->bit_rate;
    info->size_bytes = context->pb ? avio_size(context->pb) : -1;
    if (info->size_bytes < 0)
        info->size_bytes = -1;
    info->seekable = context->pb && (context->pb->seekable & AVIO_SEEKABLE_NORMAL);
    info->discontinuous = context->iformat->flags & AVFMT_TS_DISCONT;
    info->tags = copy_tags(context->metadata);
    info->n_streams = (int)context->nb_streams;
    info->n_chapters = (int)context->nb_chapters;
    info->stream = vh_alloc((size_t)info->n_streams + 1, sizeof *info->stream);
    info->chapter = vh_alloc((size_t)info->n_chapters + 1, sizeof *info->chapter);
    if (!info->stream || !info->chapter)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < info->n_streams; i++) {
        fill_stream(&info->stream[i], context, context->streams[i], info->origin_us);
        count_stream(info, info->stream[i].kind);
    }
    fill_chapters(info, context);
    info->video = main_stream(context, info, AVMEDIA_TYPE_VIDEO, VH_STREAM_VIDEO, -1);
    info->audio = main_stream(context, info, AVMEDIA_TYPE_AUDIO, VH_STREAM_AUDIO, info->video);
    return VH_OK;
}

void vh_probe_release(struct vh_media_info *info)
{
    for (int i = 0; info->stream && i < info->n_streams; i++)
        free_tags(&info->stream[i].tags);
    for (int i = 0; info->chapter && i < info->n_chapters; i++)
        free_tags(&info->chapter[i].tags);
    free_tags(&info->tags);
    vh_freep(&info->stream);
    vh_freep(&info->chapter);
}
