/* Text subtitles from one coding to another (SubRip, ASS, mov_text, WebVTT), packet by packet.
 *
 * Used when a container does not hold the source's kind (container.h). Bitmap subtitles are never converted.
 * One thread at a time.
 */
#ifndef VH_MEDIA_SUBTITLE_H
#define VH_MEDIA_SUBTITLE_H

#include "media/input.h"

struct vh_subtitle;

/* VH_OK; VH_ERR_UNSUPPORTED when this build lacks the decoder or encoder (reported); VH_ERR_RESOURCE. */
int vh_subtitle_open(struct vh_subtitle **subtitle, const struct vh_input *input, int stream,
    enum AVCodecID to, const struct vh_log *log);
void vh_subtitle_close(struct vh_subtitle **subtitle);

/* Converts one packet into `out` (must be blank): time stamps in 1/1000, out->time_base set. VH_OK, VH_AGAIN
 * when it held no text, VH_ERR_RESOURCE. A packet that does not decode gives VH_AGAIN and is counted. */
int vh_subtitle_convert(struct vh_subtitle *subtitle, const AVPacket *packet, AVPacket *out);

int64_t vh_subtitle_errors(const struct vh_subtitle *subtitle);

/* For the muxer; valid until close. */
const AVCodecParameters *vh_subtitle_parameters(const struct vh_subtitle *subtitle);

#endif
