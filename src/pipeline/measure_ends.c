/* Containers state one duration for all streams more often than not, so the packets have to say it. */
#include "pipeline/measure_ends.h"

#include "core/status.h"

#include <libavutil/mathematics.h>

#define LOOK_US                                                                                              \
    INT64_C(5000000) /* before the stated end: some interleave sound seconds apart from the picture */

static void take_packet(struct vh_ends *ends, const struct vh_media_info *info, const AVPacket *packet)
{
    if (packet->pts == AV_NOPTS_VALUE || packet->duration <= 0)
        return;
    double end = (double)(packet->pts + packet->duration) * av_q2d(packet->time_base);
    if (packet->stream_index == info->video && end > ends->picture_s)
        ends->picture_s = end;
    if (packet->stream_index == info->audio && end > ends->sound_s)
        ends->sound_s = end;
}

static int read_tail(struct vh_input *input, struct vh_ends *ends)
{
    AVPacket *packet = av_packet_alloc();
    int status = packet ? VH_OK : VH_ERR_RESOURCE;
    while (status == VH_OK && (status = vh_input_read(input, packet)) == VH_OK) {
        take_packet(ends, vh_input_info(input), packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    return status == VH_EOF ? VH_OK : status;
}

int vh_measure_ends(struct vh_input *input, struct vh_ends *ends, const struct vh_log *log)
{
    const struct vh_media_info *info = vh_input_info(input);
    *ends = (struct vh_ends){0};
    (void)log;
    /* Inside a range both end where the range does. */
    if (!info->seekable || info->video < 0 || info->audio < 0 || info->duration_us == VH_TIME_NONE ||
        vh_input_start_us(input) > 0 || vh_input_end_us(input) != VH_TIME_NONE)
        return VH_OK;
    int64_t from = info->duration_us > LOOK_US ? info->duration_us - LOOK_US : 0;
    vh_input_select(input, info->audio, true);
    int status = vh_input_seek(input, from);
    if (status == VH_OK)
        status = read_tail(input, ends);
    vh_input_select(input, info->audio, false);
    int back = vh_input_seek(input, VH_TIME_NONE);
    ends->known = status == VH_OK && ends->picture_s > 0 && ends->sound_s > 0;
    return status == VH_ERR_CANCELLED ? status : back;
}
