/* What a container can hold, known before anything is decoded. */
#ifndef VH_MEDIA_CONTAINER_H
#define VH_MEDIA_CONTAINER_H

#include "core/log.h"
#include "media/probe.h"

#include <libavcodec/codec_id.h>

struct vh_container_info {
    const char *name;             /* libav's muxer name: "matroska" */
    bool global_header;           /* encoders must put their parameters in front */
    bool subtitles_as_text;       /* text subtitles are converted to this container's own kind */
    enum AVCodecID text_subtitle; /* the kind text subtitles become, AV_CODEC_ID_NONE = it has none */
    bool attachments;             /* fonts, covers as attachments */
    bool chapters;
    bool start_offset;         /* streams may begin at different times */
    bool languages;            /* per-stream language tags */
    const char *sound_default; /* encoder row for sound that cannot be copied: "aac", "flac", "pcm_s16le" */
};

/* The muxer for `path` by its extension (any case), or for `format` when not NULL ("mkv", "matroska", "mp4"
 * …). VH_OK; VH_ERR_USAGE, reported: no extension, unknown extension or format; VH_ERR_UNSUPPORTED: a muxer
 * that writes no single file (hls, segment, image sequences). */
int vh_container_find(
    struct vh_container_info *info, const char *path, const char *format, const struct vh_log *log);

/* Whether the container holds the codec in a way that common players read: libav's own answer, made stricter
 * where libav would write what nobody plays (PCM in MP4, FFV1 in MP4 …). Pure. */
bool vh_container_holds(const struct vh_container_info *info, enum AVCodecID codec_id);

/* Whether a copy of this stream keeps its place in time: containers without start offsets (AVI, WAV) begin
 * every stream at 0, and only uncompressed sound can be filled with silence up to its start (vh_output_write
 * does). Pure. */
bool vh_container_keeps_start(const struct vh_container_info *info, const struct vh_stream_info *stream);

/* What becomes of one source stream. */
enum vh_stream_fate { VH_FATE_COPY, VH_FATE_CONVERT, VH_FATE_DROP };

struct vh_stream_route {
    enum vh_stream_fate fate;
    enum AVCodecID codec_id; /* CONVERT: to this */
    const char *reason;      /* CONVERT, DROP: why, for plan and warning; constant text, NULL for COPY */
};

/* Routes a stream that is not restored (sound without repairs, subtitle, attachment, data) into the
 * container. Pure. */
void vh_container_route(
    const struct vh_container_info *info, const struct vh_stream_info *stream, struct vh_stream_route *route);

/* Reports VH_ERR_UNSUPPORTED when the container cannot hold `codec_id` (`what` names the stream: "sound 1",
 * "--encoder prores"), with the containers that can; VH_OK otherwise. */
int vh_container_check(const struct vh_container_info *info, enum AVCodecID codec_id, const char *what,
    const struct vh_log *log);

#endif
