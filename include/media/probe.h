/* What is in a file: streams, chapters, tags, as the container and the codec headers tell it.
 *
 * Nothing is decoded here but what libavformat needs to find the parameters; what decoded frames say (field
 * flags) is media/survey.h. Source time is counted from the container's start: 0 is where the earliest stream
 * begins, so a sound that begins 0.478 s after the picture has start_us = 478000, whatever the container
 * calls its first time stamp.
 *
 * The info belongs to the input that made it and is read-only for everybody else.
 */
#ifndef VH_MEDIA_PROBE_H
#define VH_MEDIA_PROBE_H

#include "core/cancel.h"
#include "core/event.h"
#include "core/log.h"
#include "frame/format.h"
#include "frame/sound.h"

#include <libavcodec/codec_id.h>
#include <libavutil/dict.h>
#include <stdbool.h>
#include <stdint.h>

#define VH_TIME_NONE INT64_MIN /* no time known */

enum vh_stream_kind {
    VH_STREAM_VIDEO,
    VH_STREAM_AUDIO,
    VH_STREAM_SUBTITLE,
    VH_STREAM_ATTACHMENT,
    VH_STREAM_DATA
};

struct vh_stream_info {
    int index;                /* in the container */
    enum vh_stream_kind kind; /* cover art (one still picture) is VH_STREAM_ATTACHMENT */
    enum AVCodecID codec_id;
    const char *codec;        /* libav's codec name: "ffv1", "pcm_s16le" */
    const char *decoder;      /* libav's decoder name, NULL when this build has none */
    char language[16];        /* ISO 639-2 as stored, "" = not stated */
    int disposition;          /* AV_DISPOSITION_* */
    const AVDictionary *tags; /* all tags, language and title included; NULL = none */
    AVRational time_base;    /* of packets and frames: the container's divided by a whole number until it is a
                                microsecond or finer, so that any start can be taken off */
    int64_t start_us;        /* source time of the first packet, VH_TIME_NONE = not stated */
    int64_t duration_us;     /* VH_TIME_NONE = not stated */
    int64_t n_frames;        /* as the container says; 0 = does not */
    int64_t bit_rate;        /* bits per second; 0 = not stated */
    int bits_per_raw_sample; /* 0 = not stated */

    struct vh_format format; /* VIDEO: `fields` is what the container says, to be distrusted; frame_rate is
                                the exact standard rate where one lies within 0.05 % (30000/1001 for 29.97) */
    AVRational average_rate; /* VIDEO: packets per second, 0/1 = unknown */
    AVRational base_rate;    /* VIDEO: lowest rate that represents all time stamps, 0/1 = unknown */
    int rotation_degrees;    /* VIDEO: clockwise turn to display upright: 0, 90, 180, 270 */

    struct vh_sound_format sound; /* AUDIO */

    bool copyable; /* has enough parameters to be copied into another container */
    bool damaged;  /* header problems: no parameters found */
};

struct vh_chapter_info {
    int64_t id;
    int64_t start_us, end_us; /* source time */
    const AVDictionary *tags; /* "title" … */
};

struct vh_media_info {
    const char *url;
    const char *format;  /* libav's demuxer name(s): "matroska,webm" */
    int64_t size_bytes;  /* -1 = unknown (pipe) */
    int64_t origin_us;   /* the container's own time of source time 0 */
    int64_t duration_us; /* VH_TIME_NONE = unknown */
    int64_t bit_rate;    /* 0 = unknown */
    bool seekable;       /* false for pipes */
    bool discontinuous;  /* time stamps may jump (MPEG-TS, PS) */
    struct vh_stream_info *stream;
    int n_streams;
    struct vh_chapter_info *chapter;
    int n_chapters;
    const AVDictionary *tags; /* of the whole file */
    int video;                /* the main picture (libav's choice: default flag, size, bit rate), -1 = none */
    int audio;                /* the main sound, -1 = none */
    int n_video, n_audio, n_subtitles, n_attachments, n_data;
};

/* Limits for files that may be hostile (L1), and how to open. Zero members mean the default. */
struct vh_probe_options {
    const char *format;         /* force this demuxer ("rawvideo", "mpegts"); NULL = find out */
    const char *format_options; /* "key=value:key=value" for the demuxer; unknown or unused keys are errors */
    const char *protocols; /* comma-separated whitelist; NULL = what the input itself needs: file and crypto
                              for paths, pipe for "-", http, https, tcp, tls, crypto and httpproxy for
                              URLs, so that a local playlist cannot reach the network nor a remote one
                              local files */
    int64_t probe_bytes;   /* how far to look for streams; 0 = 50 MB */
    int64_t probe_us;      /* stream time to look at; 0 = 15 s */
    int64_t timeout_us;    /* network silence that ends a read; 0 = 30 s */
    int max_streams;       /* 0 = 256 */
    int max_width, max_height;          /* 0 = 16384 each */
    const struct vh_cancel *cancel;     /* ends every wait; may be NULL; must outlive the input */
    const struct vh_event_sink *events; /* "input.*" events; may be NULL; must outlive the input */
};

/* The exact rate of a standard (24000/1001, 24, 25, 30000/1001, 30, 48, 50, 60000/1001, 60 and halves) within
 * 0.05 % of `rate`, else `rate` itself. 0.05 % keeps 30 and 30000/1001 (0.1 % apart) from each other. Pure.
 */
AVRational vh_probe_standard_rate(AVRational rate);

/* One line per stream, chapter and tag as `vhsup analyze` and errors show them; a new string (vh_free) or
 * NULL. */
char *vh_probe_print(const struct vh_media_info *info);

/* A fingerprint of a file: SHA-256 over its size and three samples of 1 MiB (start, middle, end), as 64 hex
 * digits, so that it costs the same for every length of tape. `text` holds 65 bytes. VH_OK; VH_ERR_INPUT when
 * the file cannot be read; VH_ERR_UNSUPPORTED for what is not a regular file (text is then ""). Reports
 * nothing. */
int vh_probe_fingerprint(const char *path, char text[65]);

#endif
