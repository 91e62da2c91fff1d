/* A clip written by one thread; see the header. */
#include "pipeline/clip_writer.h"

#include "core/memory.h"
#include "core/status.h"
#include "media/filter_graph.h"
#include "media/output.h"
#include "pipeline/fit.h"

#include <libavutil/channel_layout.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct vh_clip_writer {
    struct vh_clip_writer_config config;
    struct vh_sound_format sound; /* of the caller */
    struct vh_fit fit;
    struct vh_encoder *video, *audio;
    struct vh_graph *graph; /* float planar to what the sound encoder takes */
    struct vh_output *output;
    int video_stream, audio_stream;
    int64_t n_pictures, n_samples;
};

static int drain(struct vh_clip_writer *w, struct vh_encoder *encoder, int stream)
{
    for (;;) {
        AVPacket *packet = av_packet_alloc();
        int status = packet ? vh_encoder_receive(encoder, packet) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = vh_output_write(w->output, stream, packet);
        av_packet_free(&packet);
        if (status != VH_OK)
            return status;
    }
}

/* One frame (NULL = the end) through an encoder into the file. */
static int encode(struct vh_clip_writer *w, struct vh_encoder *encoder, int stream, const AVFrame *frame)
{
    int status = vh_encoder_send(encoder, frame);
    while (status == VH_AGAIN) {
        status = drain(w, encoder, stream);
        if (status == VH_AGAIN)
            status = vh_encoder_send(encoder, frame);
    }
    if (status == VH_OK)
        status = drain(w, encoder, stream);
    return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
}

int vh_clip_write_picture(struct vh_clip_writer *w, AVFrame **frame)
{
    int status = vh_fit_run(&w->fit, frame);
    if (status != VH_OK)
        return status;
    AVRational rate = w->config.picture.frame_rate;
    AVRational tb = vh_encoder_time_base(w->video);
    (*frame)->pts = av_rescale_q(w->n_pictures, av_inv_q(rate), tb);
    (*frame)->time_base = tb;
    vh_frame_set_duration(*frame, av_rescale_q(1, av_inv_q(rate), tb));
    (*frame)->pict_type =
        AV_PICTURE_TYPE_NONE; /* what the source coded it as is not the encoder's business */
    vh_frame_set_order(*frame, w->config.picture.fields);
    w->n_pictures++;
    status = encode(w, w->video, w->video_stream, *frame);
    vh_frame_free(frame);
    return status;
}

static int drain_graph(struct vh_clip_writer *w)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_graph_poll(w->graph, 0, frame) : VH_ERR_RESOURCE;
        if (status == VH_OK) {
            AVRational tb = vh_encoder_time_base(w->audio);
            frame->pts = av_rescale_q(frame->pts, frame->time_base, tb);
            frame->time_base = tb;
            status = encode(w, w->audio, w->audio_stream, frame);
        }
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
    }
}

int vh_clip_write_sound(struct vh_clip_writer *w, float *const *channel, int n)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return VH_ERR_RESOURCE;
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->nb_samples = n;
    frame->sample_rate = w->sound.sample_rate;
    vh_sound_get_layout(&w->sound, &frame->ch_layout);
    int status = av_frame_get_buffer(frame, 0) >= 0 ? VH_OK : VH_ERR_RESOURCE;
    for (int c = 0; status == VH_OK && c < w->sound.n_channels; c++)
        memcpy(frame->extended_data[c], channel[c], (size_t)n * sizeof(float));
    frame->pts = w->n_samples;
    frame->time_base = (AVRational){1, w->sound.sample_rate};
    w->n_samples += n;
    if (status == VH_OK)
        status = vh_graph_push(w->graph, 0, frame);
    vh_frame_free(&frame);
    return status == VH_OK ? drain_graph(w) : status;
}

int vh_clip_writer_finish(struct vh_clip_writer *w)
{
    int status = encode(w, w->video, w->video_stream, NULL);
    if (status == VH_OK && w->audio)
        status = vh_graph_push(w->graph, 0, NULL);
    if (status == VH_OK && w->audio)
        status = drain_graph(w);
    if (status == VH_OK && w->audio)
        status = encode(w, w->audio, w->audio_stream, NULL);
    struct vh_output_expect expect = {
        .video = w->video_stream, .n_frames = w->n_pictures, .duration_us = VH_TIME_NONE};
    return status == VH_OK ? vh_output_finish(w->output, &expect) : status;
}

/* ---- life ---- */

static int open_picture(struct vh_clip_writer *w, bool global_header)
{
    const struct vh_clip_writer_config *c = &w->config;
    const struct vh_encoder_info *row = vh_encoder_find(c->encoder);
    if (!row || row->is_sound)
        return vh_fail(
            c->log, VH_ERR_USAGE, "--encoder %s: there is no picture encoder of that name", c->encoder);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(c->picture.pix_fmt);
    bool grey = d->nb_components < 3; /* carried as 4:2:0 with neutral colour, which everything reads */
    int sub_x = grey ? 1 : d->log2_chroma_w, sub_y = grey ? 1 : d->log2_chroma_h;
    struct vh_format out = c->picture;
    out.pix_fmt = vh_encoder_pick_format(row, c->depth, sub_x, sub_y);
    struct vh_encoder_options options = {.name = c->encoder,
        .quality = NAN,
        .native_quality = NAN,
        .extra = c->extra,
        .n_threads = vh_pool_threads(c->pool),
        .bitexact = c->bitexact,
        .global_header = global_header,
        .code_interlaced = row->interlaced};
    int status = vh_encoder_open(&w->video, &options, &out, c->log);
    if (status == VH_OK)
        status = vh_fit_open(&w->fit, &c->picture, &out, c->pool, c->cpu_flags, c->log);
    return status == VH_OK ? vh_output_add_encoder(w->output, w->video, NULL, &w->video_stream) : status;
}

static const char *sound_encoder(const struct vh_container_info *container)
{
    static const char *const lossless[] = {"flac", "pcm_s16le"};
    for (size_t i = 0; i < sizeof lossless / sizeof *lossless; i++)
        if (vh_container_holds(container, vh_encoder_find(lossless[i])->codec_id))
            return lossless[i];
    return container->sound_default;
}

static int open_sound(struct vh_clip_writer *w, const struct vh_container_info *container)
{
    const struct vh_clip_writer_config *c = &w->config;
    const char *name = sound_encoder(container);
    if (!name)
        return vh_fail(c->log, VH_ERR_UNSUPPORTED, "%s: this container holds no sound", c->path);
    struct vh_sound_format fit;
    int status = vh_encoder_fit_sound(vh_encoder_find(name), c->sound, &fit, c->log);
    struct vh_encoder_options options = {.name = name,
        .quality = NAN,
        .native_quality = NAN,
        .bitexact = c->bitexact,
        .global_header = container->global_header};
    if (status == VH_OK)
        status = vh_encoder_open_sound(&w->audio, &options, &fit, c->log);
    if (status != VH_OK)
        return status;
    AVChannelLayout layout;
    char step[256], described[64];
    vh_sound_get_layout(&fit, &layout);
    av_channel_layout_describe(&layout, described, sizeof described);
    bool integer = fit.sample_fmt != AV_SAMPLE_FMT_FLT && fit.sample_fmt != AV_SAMPLE_FMT_FLTP;
    snprintf(step, sizeof step, "aresample=out_sample_rate=%d:out_sample_fmt=%s:out_chlayout=%s%s",
        fit.sample_rate, av_get_sample_fmt_name(fit.sample_fmt), described,
        integer ? ":dither_method=triangular" : "");
    const char *steps[] = {step};
    struct vh_graph_segment segment = {.step = steps, .n_steps = 1};
    struct vh_graph_format in = {.is_sound = true, .sound = *c->sound};
    struct vh_graph_config config = {.segment = &segment,
        .in = &in,
        .n_segments = 1,
        .frame_size = vh_encoder_frame_size(w->audio),
        .name = "sound"};
    status = vh_graph_open(&w->graph, &config, c->log);
    return status == VH_OK ? vh_output_add_encoder(w->output, w->audio, NULL, &w->audio_stream) : status;
}

int vh_clip_writer_open(struct vh_clip_writer **writer, const struct vh_clip_writer_config *config)
{
    struct vh_clip_writer *w = *writer = vh_alloc(1, sizeof *w);
    if (!w)
        return VH_ERR_RESOURCE;
    w->config = *config;
    struct vh_output_options options = {.path = config->path,
        .source = config->source,
        .overwrite = config->overwrite,
        .bitexact = config->bitexact};
    int status = vh_output_open(&w->output, &options, config->log);
    const struct vh_container_info *container = status == VH_OK ? vh_output_container(w->output) : NULL;
    if (status == VH_OK)
        status = open_picture(w, container->global_header);
    if (status == VH_OK && config->sound) {
        w->sound = *config->sound;
        w->sound.time_base = (AVRational){1, config->sound->sample_rate};
        w->config.sound = &w->sound;
        status = open_sound(w, container);
    }
    if (status == VH_OK)
        status = vh_output_start(w->output);
    if (status != VH_OK)
        vh_clip_writer_close(writer);
    return status;
}

void vh_clip_writer_close(struct vh_clip_writer **writer)
{
    struct vh_clip_writer *w = *writer;
    if (!w)
        return;
    vh_fit_close(&w->fit);
    vh_graph_close(&w->graph);
    vh_encoder_close(&w->video);
    vh_encoder_close(&w->audio);
    vh_output_close(&w->output);
    vh_freep(writer);
}

int64_t vh_clip_writer_bytes(const struct vh_clip_writer *writer)
{
    return vh_output_bytes(writer->output);
}
