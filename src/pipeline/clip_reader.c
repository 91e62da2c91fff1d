/* A clip read by one thread; see the header. */
#include "pipeline/clip_reader.h"

#include "core/memory.h"
#include "core/status.h"
#include "media/decoder.h"
#include "media/filter_graph.h"
#include "pipeline/fit.h"
#include "upscale/colour.h"

#include <libavutil/pixdesc.h>
#include <string.h>

struct sound_item {
    struct sound_item *next;
    AVFrame *frame;
};

struct vh_clip_reader {
    struct vh_clip_reader_config config;
    struct vh_input *input;
    struct vh_decoder *video, *audio; /* audio NULL = no sound */
    struct vh_graph *graph;           /* sound to float planar */
    struct vh_fit fit;
    struct vh_format format;
    struct vh_sound_format sound;
    int depth;
    AVFrame *first;                      /* decoded while opening, not handed out yet */
    struct sound_item *oldest, **newest; /* sound that waits */
    double picture_start_s, sound_offset_s;
    bool sound_seen, input_ended, sound_ended;
};

static const struct vh_stream_info *stream_of(const struct vh_clip_reader *r, int index)
{
    return &vh_input_info(r->input)->stream[index];
}

/* ---- sound ---- */

static int keep_sound(struct vh_clip_reader *r, AVFrame *frame)
{
    struct sound_item *item = vh_alloc(1, sizeof *item);
    if (!item)
        return VH_ERR_RESOURCE;
    item->frame = frame;
    *r->newest = item;
    r->newest = &item->next;
    if (!r->sound_seen) {
        r->sound_seen = true;
        r->sound_offset_s = (double)frame->pts * av_q2d(frame->time_base) - r->picture_start_s;
    }
    return VH_OK;
}

static int drain_graph(struct vh_clip_reader *r)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_graph_poll(r->graph, 0, frame) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = keep_sound(r, frame);
        else
            vh_frame_free(&frame);
        if (status != VH_OK)
            return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
    }
}

static int drain_audio(struct vh_clip_reader *r)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_decoder_receive(r->audio, frame, NULL) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = vh_graph_push(r->graph, 0, frame);
        vh_frame_free(&frame);
        if (status == VH_OK)
            status = drain_graph(r);
        if (status != VH_OK)
            return status;
    }
}

/* One packet (NULL = the end) through the sound decoder. */
static int send_audio(struct vh_clip_reader *r, const AVPacket *packet)
{
    int status = vh_decoder_send(r->audio, packet);
    while (status == VH_AGAIN) {
        status = drain_audio(r);
        if (status == VH_AGAIN)
            status = vh_decoder_send(r->audio, packet);
    }
    if (status == VH_OK)
        status = drain_audio(r);
    return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
}

static int end_audio(struct vh_clip_reader *r)
{
    if (!r->audio || r->sound_ended)
        return VH_OK;
    r->sound_ended = true;
    int status = send_audio(r, NULL);
    if (status == VH_OK)
        status = vh_graph_push(r->graph, 0, NULL);
    return status == VH_OK ? drain_graph(r) : status;
}

static int open_sound(struct vh_clip_reader *r, int stream)
{
    struct vh_decoder_options options = {.n_threads = 1, .keep_format = true};
    int status = vh_decoder_open(&r->audio, r->input, stream, &options, r->config.log);
    if (status != VH_OK)
        return status;
    const char *step[] = {"aresample=out_sample_fmt=fltp"};
    struct vh_graph_segment segment = {.step = step, .n_steps = 1};
    struct vh_graph_format in = {.is_sound = true, .sound = stream_of(r, stream)->sound}, out;
    struct vh_graph_config config = {.segment = &segment, .in = &in, .n_segments = 1, .name = "sound"};
    status = vh_graph_open(&r->graph, &config, r->config.log);
    if (status != VH_OK)
        return status;
    vh_graph_output(r->graph, 0, &out);
    r->sound = out.sound;
    return VH_OK;
}

/* ---- picture ---- */

/* Reads one packet and gives it to its decoder. At the end of the file both decoders are told so. */
static int read_packet(struct vh_clip_reader *r)
{
    if (r->input_ended)
        return VH_EOF;
    AVPacket *packet = av_packet_alloc();
    int status = packet ? vh_input_read(r->input, packet) : VH_ERR_RESOURCE;
    if (status == VH_EOF) {
        r->input_ended = true;
        status = end_audio(r);
        if (status == VH_OK)
            status = vh_decoder_send(r->video, NULL);
    } else if (status == VH_OK) {
        bool picture = packet->stream_index == vh_input_info(r->input)->video;
        status = picture ? vh_decoder_send(r->video, packet) : send_audio(r, packet);
    }
    av_packet_free(&packet);
    return status == VH_EOF ? VH_OK : status; /* a decoder past the range's end needs no more */
}

static int decode_picture(struct vh_clip_reader *r, AVFrame **frame)
{
    *frame = av_frame_alloc();
    int status = *frame ? VH_AGAIN : VH_ERR_RESOURCE;
    while (status == VH_AGAIN) {
        status = vh_decoder_receive(r->video, *frame, NULL);
        if (status == VH_AGAIN) {
            status = read_packet(r);
            status = status == VH_OK ? VH_AGAIN : status;
        }
    }
    if (status != VH_OK)
        vh_frame_free(frame);
    return status;
}

static int adopt_format(struct vh_clip_reader *r)
{
    const struct vh_stream_info *info = stream_of(r, vh_input_info(r->input)->video);
    struct vh_format decoded;
    vh_format_from_frame(&decoded, r->first, info->format.frame_rate, r->first->time_base);
    vh_colour_resolve_source(&decoded, NULL);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(decoded.pix_fmt);
    r->depth = d ? d->comp[0].depth : 8;
    r->format = decoded;
    r->format.pix_fmt = vh_convert_working(decoded.pix_fmt);
    r->format.range = AVCOL_RANGE_MPEG;
    if (r->format.pix_fmt == AV_PIX_FMT_NONE)
        return vh_fail(r->config.log, VH_ERR_UNSUPPORTED, "%s: pictures of format %s cannot be read",
            r->config.url, d ? d->name : "unknown");
    if (r->first->pts != AV_NOPTS_VALUE)
        r->picture_start_s = (double)r->first->pts * av_q2d(r->first->time_base);
    return vh_fit_open(&r->fit, &decoded, &r->format, r->config.pool, r->config.cpu_flags, r->config.log);
}

int vh_clip_read_picture(struct vh_clip_reader *r, AVFrame **frame)
{
    int status = VH_OK;
    if (vh_cancel_check(r->config.cancel))
        return vh_cancel_check(r->config.cancel);
    if (r->first) {
        *frame = r->first;
        r->first = NULL;
    } else {
        status = decode_picture(r, frame);
    }
    return status == VH_OK ? vh_fit_run(&r->fit, frame) : status;
}

int vh_clip_read_sound(struct vh_clip_reader *r, AVFrame **frame)
{
    struct sound_item *item = r->oldest;
    if (!item)
        return r->sound_ended || !r->audio ? VH_EOF : VH_AGAIN;
    *frame = item->frame;
    r->oldest = item->next;
    if (!r->oldest)
        r->newest = &r->oldest;
    vh_free(item);
    return VH_OK;
}

/* ---- life ---- */

static int set_range(struct vh_clip_reader *r)
{
    const struct vh_source_options *o = r->config.range;
    if (!o || (o->start_us <= 0 && o->end_us <= 0 && o->duration_us <= 0))
        return VH_OK;
    int64_t start = o->start_us > 0 ? o->start_us : 0, end = o->end_us > 0 ? o->end_us : VH_TIME_NONE;
    if (o->duration_us > 0 && (end == VH_TIME_NONE || start + o->duration_us < end))
        end = start + o->duration_us;
    return vh_input_set_range(r->input, start > 0 ? start : VH_TIME_NONE, end);
}

static int open_streams(struct vh_clip_reader *r)
{
    const struct vh_media_info *info = vh_input_info(r->input);
    if (info->video < 0)
        return vh_fail(r->config.log, VH_ERR_INPUT, "%s has no picture", r->config.url);
    bool sound = r->config.sound && info->audio >= 0 && info->stream[info->audio].decoder;
    for (int i = 0; i < info->n_streams; i++)
        vh_input_select(r->input, i, i == info->video || (sound && i == info->audio));
    int status = set_range(r);
    struct vh_decoder_options options = {.n_threads = vh_pool_threads(r->config.pool), .keep_format = true};
    if (status == VH_OK)
        status = vh_decoder_open(&r->video, r->input, info->video, &options, r->config.log);
    if (status == VH_OK && sound)
        status = open_sound(r, info->audio);
    return status;
}

int vh_clip_reader_open(struct vh_clip_reader **reader, const struct vh_clip_reader_config *config)
{
    struct vh_clip_reader *r = *reader = vh_alloc(1, sizeof *r);
    if (!r)
        return VH_ERR_RESOURCE;
    r->config = *config;
    r->newest = &r->oldest;
    struct vh_probe_options options = {.cancel = config->cancel};
    int status = vh_input_open(&r->input, config->url, &options, config->log);
    if (status == VH_OK)
        status = open_streams(r);
    if (status == VH_OK)
        status = decode_picture(r, &r->first);
    if (status == VH_EOF)
        status = vh_fail(
            config->log, VH_ERR_INPUT, "%s holds not one picture in the range asked for", config->url);
    if (status == VH_OK)
        status = adopt_format(r);
    if (status != VH_OK)
        vh_clip_reader_close(reader);
    return status;
}

void vh_clip_reader_close(struct vh_clip_reader **reader)
{
    struct vh_clip_reader *r = *reader;
    AVFrame *frame;
    if (!r)
        return;
    while (r->oldest && vh_clip_read_sound(r, &frame) == VH_OK)
        vh_frame_free(&frame);
    vh_frame_free(&r->first);
    vh_fit_close(&r->fit);
    vh_graph_close(&r->graph);
    vh_decoder_close(&r->video);
    vh_decoder_close(&r->audio);
    vh_input_close(&r->input);
    vh_freep(reader);
}

const struct vh_format *vh_clip_reader_format(const struct vh_clip_reader *reader)
{
    return &reader->format;
}

int vh_clip_reader_depth(const struct vh_clip_reader *reader)
{
    return reader->depth;
}

const struct vh_sound_format *vh_clip_reader_sound(const struct vh_clip_reader *reader)
{
    return reader->audio ? &reader->sound : NULL;
}

double vh_clip_reader_sound_offset(const struct vh_clip_reader *reader)
{
    return reader->sound_offset_s;
}

int64_t vh_clip_reader_expected(const struct vh_clip_reader *r)
{
    int64_t length = vh_input_info(r->input)->duration_us, end = vh_input_end_us(r->input);
    if (length != VH_TIME_NONE)
        length -= vh_input_start_us(r->input);
    if (end != VH_TIME_NONE && (length == VH_TIME_NONE || end < length))
        length = end;
    return length == VH_TIME_NONE || r->format.frame_rate.num <= 0
               ? 0
               : (int64_t)((double)length * 1e-6 * av_q2d(r->format.frame_rate) + 0.5);
}
