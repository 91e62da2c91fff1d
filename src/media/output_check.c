/* The finished file looked at before it gets its name: opens, has its streams and packets, lasts as long as
 * it should, and its first picture decodes. */
#include "output_internal.h"

#include "core/memory.h"
#include "core/status.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>

struct check {
    const struct vh_output_written *written;
    const struct vh_output_expect *expect;
    const struct vh_log *log;
    AVFormatContext *context;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    int64_t *n_packets;
    int64_t first_us, end_us; /* of the checked stream */
    bool decoded;
};

static int complain(const struct check *check, const char *what)
{
    return vh_fail(
        check->log, VH_ERR_OUTPUT, "%s failed its check: %s; it was not kept", check->written->name, what);
}

static int open_file(struct check *check)
{
    char *url = vh_format("file:%s", check->written->path);
    int error = url ? avformat_open_input(&check->context, url, NULL, NULL) : AVERROR(ENOMEM);
    vh_free(url);
    if (error < 0 || avformat_find_stream_info(check->context, NULL) < 0)
        return complain(check, "it does not open");
    if ((int)check->context->nb_streams < check->written->n_streams)
        return complain(check, "streams are missing");
    check->n_packets = vh_alloc(check->context->nb_streams, sizeof *check->n_packets);
    check->packet = av_packet_alloc();
    check->frame = av_frame_alloc();
    return check->n_packets && check->packet && check->frame
               ? VH_OK
               : vh_fail(check->log, VH_ERR_RESOURCE, "out of memory");
}

static int open_decoder(struct check *check)
{
    const AVCodecParameters *par;
    const AVCodec *codec;
    if (check->expect->video < 0)
        return VH_OK;
    par = check->context->streams[check->expect->video]->codecpar;
    codec = avcodec_find_decoder(par->codec_id);
    if (!codec) { /* an encoder without a decoder: nothing to check with */
        check->decoded = true;
        return VH_OK;
    }
    check->decoder = avcodec_alloc_context3(codec);
    if (!check->decoder || avcodec_parameters_to_context(check->decoder, par) < 0 ||
        avcodec_open2(check->decoder, codec, NULL) < 0)
        return complain(check, "its picture stream does not open");
    return VH_OK;
}

static void try_picture(struct check *check, const AVPacket *packet)
{
    if (check->decoded || !check->decoder)
        return;
    avcodec_send_packet(check->decoder, packet);
    check->decoded = avcodec_receive_frame(check->decoder, check->frame) >= 0;
    av_frame_unref(check->frame);
}

static void note_packet(struct check *check)
{
    const AVPacket *p = check->packet;
    AVRational tb = check->context->streams[p->stream_index]->time_base;
    check->n_packets[p->stream_index]++;
    if (p->stream_index != check->expect->video)
        return;
    if (p->pts != AV_NOPTS_VALUE) {
        int64_t start = av_rescale_q(p->pts, tb, AV_TIME_BASE_Q);
        int64_t end = start + av_rescale_q(p->duration, tb, AV_TIME_BASE_Q);
        if (start < check->first_us)
            check->first_us = start;
        if (end > check->end_us)
            check->end_us = end;
    }
    try_picture(check, p);
}

static int read_all(struct check *check)
{
    int error;
    check->first_us = INT64_MAX;
    check->end_us = INT64_MIN;
    while ((error = av_read_frame(check->context, check->packet)) >= 0) {
        note_packet(check);
        av_packet_unref(check->packet);
    }
    try_picture(check, NULL); /* a file of one picture comes out at the end */
    return error == AVERROR_EOF ? VH_OK : complain(check, "it cannot be read to its end");
}

static int compare_counts(const struct check *check)
{
    for (int i = 0; i < check->written->n_streams; i++) {
        int64_t wanted = check->written->n_packets[i];
        if (i == check->expect->video && check->expect->n_frames >= 0 && wanted >= 0)
            wanted = check->expect->n_frames;
        if (wanted >= 0 && check->n_packets[i] != wanted)
            return vh_fail(check->log, VH_ERR_OUTPUT,
                "%s failed its check: stream %d has %" PRId64 " packets instead of %" PRId64
                "; it was not kept",
                check->written->name, i, check->n_packets[i], wanted);
    }
    return VH_OK;
}

static int compare_duration(const struct check *check)
{
    int64_t wanted = check->expect->duration_us, have, tolerance, frame_us = 0;
    const AVStream *stream;
    if (check->expect->video < 0 || wanted == VH_TIME_NONE || check->end_us == INT64_MIN)
        return VH_OK;
    stream = check->context->streams[check->expect->video];
    if (stream->avg_frame_rate.num > 0)
        frame_us = av_rescale_q(1, av_inv_q(stream->avg_frame_rate), AV_TIME_BASE_Q);
    have = check->end_us - check->first_us;
    /* Containers round to milliseconds; transport and program streams do not time every packet. */
    tolerance = check->context->iformat->flags & AVFMT_TS_DISCONT ? 500000 : frame_us + 2000;
    if (llabs(have - wanted) <= tolerance)
        return VH_OK;
    return vh_fail(check->log, VH_ERR_OUTPUT,
        "%s failed its check: it lasts %.3f s instead of %.3f s; it was not kept", check->written->name,
        (double)have / 1e6, (double)wanted / 1e6);
}

int vh_output_verify(
    const struct vh_output_written *written, const struct vh_output_expect *expect, const struct vh_log *log)
{
    struct check check = {.written = written, .expect = expect, .log = log};
    int status = open_file(&check);
    if (status == VH_OK)
        status = open_decoder(&check);
    if (status == VH_OK)
        status = read_all(&check);
    if (status == VH_OK)
        status = compare_counts(&check);
    if (status == VH_OK)
        status = compare_duration(&check);
    if (status == VH_OK && expect->video >= 0 && !check.decoded)
        status = complain(&check, "its first picture does not decode");
    avcodec_free_context(&check.decoder);
    avformat_close_input(&check.context);
    av_packet_free(&check.packet);
    av_frame_free(&check.frame);
    vh_free(check.n_packets);
    return status;
}
