/* What containers hold. libav's own answer comes first; lists here narrow it where libav would write a file
 * that common players do not play, and answer for muxers that do not know themselves. */
#include "media/container.h"

#include "core/status.h"
#include "media/encoder.h"

#include <ctype.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>

/* ---- the table ---- */

struct row {
    const char *name; /* libav's muxer */
    bool attachments, chapters, start_offset, languages;
    enum AVCodecID text_subtitle;
    const char *sound_default;
    const enum AVCodecID *only; /* AV_CODEC_ID_NONE-terminated; NULL = libav decides */
    const enum AVCodecID *never;
};

static const enum AVCodecID mp4_only[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1,
    AV_CODEC_ID_VP9, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MJPEG,
    AV_CODEC_ID_PNG, AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_MP2, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3,
    AV_CODEC_ID_DTS, AV_CODEC_ID_FLAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_ALAC, AV_CODEC_ID_MOV_TEXT,
    AV_CODEC_ID_DVD_SUBTITLE, AV_CODEC_ID_NONE};
static const enum AVCodecID mov_never[] = {
    AV_CODEC_ID_FFV1, AV_CODEC_ID_FLAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_HUFFYUV, AV_CODEC_ID_NONE};
static const enum AVCodecID avi_never[] = {AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1, AV_CODEC_ID_AAC,
    AV_CODEC_ID_OPUS, AV_CODEC_ID_VORBIS, AV_CODEC_ID_PRORES, AV_CODEC_ID_DNXHD, AV_CODEC_ID_EAC3,
    AV_CODEC_ID_NONE};
static const enum AVCodecID ts_only[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG2VIDEO,
    AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_AAC, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3,
    AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS, AV_CODEC_ID_OPUS, AV_CODEC_ID_DVB_SUBTITLE, AV_CODEC_ID_DVB_TELETEXT,
    AV_CODEC_ID_SMPTE_KLV, AV_CODEC_ID_TIMED_ID3, AV_CODEC_ID_NONE};
static const enum AVCodecID ps_only[] = {AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_H264,
    AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_DVD_SUBTITLE, AV_CODEC_ID_NONE};

static const struct row rows[] = {
    {"matroska", true, true, true, true, AV_CODEC_ID_SUBRIP, "aac", NULL, NULL},
    {"webm", false, true, true, true, AV_CODEC_ID_WEBVTT, "opus", NULL, NULL},
    {"mp4", false, true, true, true, AV_CODEC_ID_MOV_TEXT, "aac", mp4_only, NULL},
    {"ipod", false, true, true, true, AV_CODEC_ID_MOV_TEXT, "aac", NULL, NULL},
    {"mov", false, true, true, true, AV_CODEC_ID_MOV_TEXT, "aac", NULL, mov_never},
    {"avi", false, false, false, false, AV_CODEC_ID_NONE, "pcm_s16le", NULL, avi_never},
    {"mpegts", false, false, true, true, AV_CODEC_ID_NONE, "aac", ts_only, NULL},
    {"mpeg", false, false, true, false, AV_CODEC_ID_NONE, "ac3", ps_only, NULL},
    {"vob", false, false, true, false, AV_CODEC_ID_NONE, "ac3", ps_only, NULL},
    {"dvd", false, false, true, false, AV_CODEC_ID_NONE, "ac3", ps_only, NULL},
    {"nut", false, true, true, true, AV_CODEC_ID_NONE, "pcm_s16le", NULL, NULL},
    {"wav", false, false, false, false, AV_CODEC_ID_NONE, "pcm_s16le", NULL, NULL},
    {"flac", false, false, false, false, AV_CODEC_ID_NONE, "flac", NULL, NULL},
    {"mp3", false, false, false, false, AV_CODEC_ID_NONE, "mp3", NULL, NULL},
    {"ogg", false, true, true, true, AV_CODEC_ID_NONE, "opus", NULL, NULL},
    {"opus", false, false, false, true, AV_CODEC_ID_NONE, "opus", NULL, NULL},
};

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

static bool listed(const enum AVCodecID *list, enum AVCodecID id)
{
    for (; *list != AV_CODEC_ID_NONE; list++)
        if (*list == id)
            return true;
    return false;
}

/* ---- finding ---- */

/* Names people use that are not libav's. */
static const char *muxer_name(const char *name)
{
    static const char *const alias[][2] = {{"mkv", "matroska"}, {"mka", "matroska"}, {"ts", "mpegts"},
        {"m2ts", "mpegts"}, {"mpg", "mpeg"}, {"m4v", "mp4"}, {"m4a", "ipod"}, {"qt", "mov"},
        {"y4m", "yuv4mpegpipe"}};
    for (size_t i = 0; i < sizeof alias / sizeof *alias; i++)
        if (!strcmp(name, alias[i][0]))
            return alias[i][1];
    return name;
}

static void lower(const char *from, char *to, size_t size)
{
    size_t n = 0;
    for (; from[n] && n + 1 < size; n++)
        to[n] = (char)tolower((unsigned char)from[n]);
    to[n] = '\0';
}

static const AVOutputFormat *guess(const char *path, const char *format)
{
    const char *slash = strrchr(path ? path : "", '/'), *name = slash ? slash + 1 : path;
    const char *dot = name ? strrchr(name, '.') : NULL;
    char word[32];
    const AVOutputFormat *muxer;
    if (format) {
        lower(format, word, sizeof word);
        return av_guess_format(muxer_name(word), NULL, NULL);
    }
    if (!dot || dot == name || !dot[1])
        return NULL;
    lower(dot + 1, word, sizeof word);
    muxer = av_guess_format(muxer_name(word), NULL, NULL);
    if (!muxer) {
        char file[40];
        snprintf(file, sizeof file, "x.%s", word);
        muxer = av_guess_format(NULL, file, NULL);
    }
    return muxer;
}

static int refuse(const char *path, const char *format, const struct vh_log *log)
{
    if (format)
        return vh_fail(
            log, VH_ERR_USAGE, "there is no output format named %s (mkv, mp4, mov, avi, ts, nut …)", format);
    return vh_fail(log, VH_ERR_USAGE,
        "the name %s does not tell a container: give it an extension (.mkv, .mp4, .mov, .avi, .ts) or use "
        "--format",
        path);
}

int vh_container_find(
    struct vh_container_info *info, const char *path, const char *format, const struct vh_log *log)
{
    const AVOutputFormat *muxer = guess(path, format);
    const struct row *row;
    memset(info, 0, sizeof *info);
    if (!muxer)
        return refuse(path, format, log);
    if (muxer->flags & (AVFMT_NOFILE | AVFMT_NEEDNUMBER) || !strcmp(muxer->name, "hls") ||
        !strcmp(muxer->name, "dash") || !strcmp(muxer->name, "segment"))
        return vh_fail(
            log, VH_ERR_UNSUPPORTED, "output format %s does not make one single file", muxer->name);
    if (!strncmp(muxer->name, "mxf",
            3)) /* 5.1 writes one picture less than it is given at 59.94, or refuses at the end */
        return vh_fail(
            log, VH_ERR_UNSUPPORTED, "output format mxf is not supported; mov holds the same codecs");
    row = find_row(muxer->name);
    info->name = muxer->name;
    info->global_header = muxer->flags & AVFMT_GLOBALHEADER;
    info->sound_default = row ? row->sound_default : "aac";
    if (row) {
        info->text_subtitle = row->text_subtitle;
        info->subtitles_as_text = row->text_subtitle != AV_CODEC_ID_NONE;
        info->attachments = row->attachments;
        info->chapters = row->chapters;
        info->start_offset = row->start_offset;
        info->languages = row->languages;
    }
    return VH_OK;
}

/* ---- holding ---- */

bool vh_container_holds(const struct vh_container_info *info, enum AVCodecID codec_id)
{
    const AVOutputFormat *muxer = av_guess_format(info->name, NULL, NULL);
    const struct row *row = find_row(info->name);
    if (codec_id == AV_CODEC_ID_NONE || !muxer)
        return false;
    if (row && row->only)
        return listed(row->only, codec_id);
    if (row && row->never && listed(row->never, codec_id))
        return false;
    return avformat_query_codec(muxer, codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

bool vh_container_keeps_start(const struct vh_container_info *info, const struct vh_stream_info *stream)
{
    return info->start_offset || stream->start_us == VH_TIME_NONE || stream->start_us < 1000 ||
           av_get_bits_per_sample(stream->codec_id) > 0;
}

static bool is_text_subtitle(enum AVCodecID id)
{
    const AVCodecDescriptor *desc = avcodec_descriptor_get(id);
    return desc && desc->type == AVMEDIA_TYPE_SUBTITLE && (desc->props & AV_CODEC_PROP_TEXT_SUB) &&
           avcodec_find_decoder(id);
}

static void route_cover(
    const struct vh_container_info *info, const struct vh_stream_info *stream, struct vh_stream_route *route)
{
    bool cover = stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
    bool mov_family = !strcmp(info->name, "mp4") || !strcmp(info->name, "mov") || !strcmp(info->name, "ipod");
    bool still = stream->codec_id == AV_CODEC_ID_MJPEG || stream->codec_id == AV_CODEC_ID_PNG;
    if (info->attachments ? (!cover || still) : (cover && still && mov_family))
        route->fate = VH_FATE_COPY;
    else
        route->reason = "the container has no attachments";
}

/* Data is copied where a list says that the container has a place for it; QuickTime's timecode is written
 * anew from the tag of that name, which stays with the picture. */
static void route_data(
    const struct vh_container_info *info, const struct vh_stream_info *stream, struct vh_stream_route *route)
{
    const struct row *row = find_row(info->name);
    if (av_dict_get(stream->tags, "timecode", NULL, 0))
        route->reason = "the time code goes on as a tag of the picture";
    else if (stream->copyable && row && row->only && listed(row->only, stream->codec_id))
        route->fate = VH_FATE_COPY;
    else
        route->reason = "the container has no place for this kind of data";
}

void vh_container_route(
    const struct vh_container_info *info, const struct vh_stream_info *stream, struct vh_stream_route *route)
{
    *route = (struct vh_stream_route){.fate = VH_FATE_DROP, .codec_id = AV_CODEC_ID_NONE};
    if (stream->kind == VH_STREAM_ATTACHMENT) {
        route_cover(info, stream, route);
    } else if (stream->kind == VH_STREAM_DATA) {
        route_data(info, stream, route);
    } else if (stream->copyable && vh_container_holds(info, stream->codec_id) &&
               vh_container_keeps_start(info, stream)) {
        route->fate = VH_FATE_COPY;
    } else if (stream->kind == VH_STREAM_AUDIO) {
        const struct vh_encoder_info *row = vh_encoder_find(info->sound_default);
        route->fate = stream->decoder && !stream->damaged ? VH_FATE_CONVERT : VH_FATE_DROP;
        route->codec_id = row->codec_id;
        route->reason = route->fate == VH_FATE_CONVERT ? "the container does not hold this coding"
                                                       : "there is no decoder for this sound";
    } else if (stream->kind == VH_STREAM_SUBTITLE && info->subtitles_as_text &&
               is_text_subtitle(stream->codec_id)) {
        route->fate = VH_FATE_CONVERT;
        route->codec_id = info->text_subtitle;
        route->reason = "the container has its own kind of text subtitles";
    } else {
        route->reason = "the container does not hold this coding";
    }
}

int vh_container_check(
    const struct vh_container_info *info, enum AVCodecID codec_id, const char *what, const struct vh_log *log)
{
    char able[120] = "";
    size_t used = 0;
    if (vh_container_holds(info, codec_id))
        return VH_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && used < sizeof able; i++) {
        const struct vh_container_info other = {.name = rows[i].name};
        if (strcmp(rows[i].name, "ipod") && av_guess_format(rows[i].name, NULL, NULL) &&
            vh_container_holds(&other, codec_id))
            used += (size_t)snprintf(able + used, sizeof able - used, "%s%s", used ? ", " : "", rows[i].name);
    }
    return vh_fail(log, VH_ERR_UNSUPPORTED, "%s: %s cannot be stored in %s (%s can hold it)", what,
        avcodec_get_name(codec_id), info->name, used ? able : "no container here");
}
