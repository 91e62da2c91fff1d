/* The sound node, one per encoded track: decode -> line of repairs (sound_line.h) -> encode. Time stamps are
 * kept: sound that begins later than the picture still does.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/job.h"

#include <math.h>
#include <stdio.h>

static int open_line(struct vh_track *track)
{
    char name[32];
    snprintf(name, sizeof name, "sound %d", track->plan->source);
    const struct vh_plan *plan = track->job->plan;
    struct vh_sound_time time = {.stretch = plan->sound_stretch, .edits = plan->keeps_frames};
    struct vh_sound_line_config config = {.in = &track->plan->sound_in,
        .time = track->plan->timed ? &time : NULL,
        .plan = track->plan->repairs,
        .gain_db = track->job->request->track.audio_gain_db,
        .out = &track->plan->sound_out,
        .frame_size = vh_encoder_frame_size(track->encoder),
        .name = name};
    return vh_sound_line_open(&track->line, &config, track->job->log);
}

int vh_track_open(struct vh_track *track)
{
    struct vh_job *job = track->job;
    const struct vh_track_options *o = &job->request->track;
    struct vh_decoder_options decode = {.n_threads = 1, .keep_format = true, .events = job->events};
    int status = vh_decoder_open(&track->decoder, job->input, track->plan->source, &decode, job->log);
    if (status != VH_OK)
        return status;
    struct vh_encoder_options encode = {.name = track->plan->encoder->name,
        .quality = NAN,
        .native_quality = NAN,
        .bit_rate = o->audio_bitrate_kbps == VH_AUTO_INT ? 0 : (int64_t)o->audio_bitrate_kbps * 1000,
        .bitexact = job->request->run.bitexact,
        .global_header = job->plan->container.global_header};
    status = vh_encoder_open_sound(&track->encoder, &encode, &track->plan->sound_out, job->log);
    return status == VH_OK ? open_line(track) : status;
}

void vh_track_close(struct vh_track *track)
{
    vh_decoder_close(&track->decoder);
    vh_sound_line_close(&track->line);
    vh_encoder_close(&track->encoder);
    vh_subtitle_close(&track->subtitle);
}

static int drain_encoder(struct vh_track *track)
{
    for (;;) {
        AVPacket *packet = av_packet_alloc();
        int status = packet ? vh_encoder_receive(track->encoder, packet) : VH_ERR_RESOURCE;
        if (status != VH_OK) {
            av_packet_free(&packet);
            return status == VH_AGAIN ? VH_OK : status;
        }
        status = vh_job_send_packet(track->job, track->stream, packet);
        if (status != VH_OK)
            return status;
    }
}

static int encode(struct vh_track *track, AVFrame *frame)
{
    if (frame) {
        AVRational tb = vh_encoder_time_base(track->encoder);
        frame->pts = av_rescale_q(frame->pts, frame->time_base, tb);
        frame->time_base = tb;
        int status = vh_frame_hash_add(track->job->hash, track->stream, frame, frame->nb_samples);
        if (status != VH_OK)
            return status;
        atomic_fetch_add(&track->work.n_frames, 1);
    }
    int status = vh_encoder_send(track->encoder, frame);
    while (status == VH_AGAIN) {
        status = drain_encoder(track);
        if (status == VH_OK)
            status = vh_encoder_send(track->encoder, frame);
    }
    return status == VH_OK ? drain_encoder(track) : status;
}

static int drain_line(struct vh_track *track);

/* One message of the timeline, which is freed here. */
static int take_news(struct vh_track *track, struct vh_timeline_news *news)
{
    int status = vh_sound_line_edit(track->line, news->time_s, news->delta_s, news->final_s);
    vh_free(news);
    return status == VH_OK ? drain_line(track) : status;
}

/* What the timeline has said so far; at the end of the sound (`wait`) everything it will say. */
static int hear_news(struct vh_track *track, bool wait)
{
    void *item;
    int status = VH_OK;
    while (track->news && (wait || vh_sound_line_begun(track->line)) && status == VH_OK) {
        status = wait ? vh_queue_receive(track->news, &item) : vh_queue_try_receive(track->news, &item);
        if (status == VH_OK)
            status = take_news(track, item);
    }
    return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
}

/* Everything the line has ready. */
static int drain_line(struct vh_track *track)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_sound_line_pull(track->line, frame) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = encode(track, frame);
        else if (status == VH_AGAIN) {
            vh_frame_free(&frame);
            return VH_OK;
        }
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status;
    }
}

static int drain_decoder(struct vh_track *track)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_decoder_receive(track->decoder, frame, NULL) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = vh_sound_line_push(track->line, frame);
        vh_frame_free(&frame);
        if (status == VH_OK)
            status = drain_line(track);
        if (status != VH_OK)
            return status == VH_AGAIN ? VH_OK : status;
    }
}

int vh_track_decode(struct vh_track *track, const AVPacket *packet)
{
    int status = vh_decoder_send(track->decoder, packet);
    while (status == VH_AGAIN) {
        status = drain_decoder(track);
        if (status == VH_OK)
            status = vh_decoder_send(track->decoder, packet);
    }
    return status == VH_OK ? drain_decoder(track) : status;
}

int vh_track_finish(struct vh_track *track)
{
    int status = vh_track_decode(track, NULL);
    if (status == VH_EOF || status == VH_OK)
        status = vh_sound_line_push(track->line, NULL);
    if (status == VH_OK)
        status = drain_line(track);
    if (status == VH_EOF || status == VH_OK)
        status = hear_news(track, true);
    return status == VH_OK ? encode(track, NULL) : status;
}

int vh_node_sound(void *opaque)
{
    struct vh_track *track = opaque;
    int status = VH_OK;
    void *item;
    while (status == VH_OK && (status = vh_queue_receive(track->packets, &item)) == VH_OK) {
        int64_t since = vh_clock_ns();
        AVPacket *packet = item;
        status = vh_track_decode(track, packet);
        av_packet_free(&packet);
        if (status == VH_OK)
            status = hear_news(track, false);
        atomic_fetch_add(&track->work.busy_ns, vh_clock_ns() - since);
    }
    if (status == VH_EOF)
        status = vh_track_finish(track);
    vh_queue_close(track->packets);
    if (track->news)
        vh_queue_close(track->news);
    vh_job_producer_done(track->job);
    return status;
}
