/* The encode node: finished pictures -> packets, shifted to where the picture begins in the source. */
#include "core/clock.h"
#include "core/status.h"
#include "pipeline/job.h"

/* Packet times become source times: the encoder counts from 0, the picture may begin later than the sound.
 * The unit is fine enough (at least 1/10000 s and a whole fraction of a frame) to place the start within 0.1
 * ms. */
static void place_packet(const struct vh_job *job, AVPacket *packet)
{
    AVRational tb = packet->time_base;
    int factor = tb.den < 10000 ? (10000 + tb.den - 1) / tb.den : 1;
    AVRational fine = {tb.num, tb.den * factor};
    av_packet_rescale_ts(packet, tb, fine);
    packet->time_base = fine;
    int64_t offset = av_rescale_q(job->offset_us, (AVRational){1, 1000000}, fine);
    packet->pts += offset;
    packet->dts += offset;
}

enum { SHOWN = sizeof((struct vh_job *)0)->shown / sizeof *((struct vh_job *)0)->shown };

static void note_shown(struct vh_job *job, int64_t pts, int64_t duration)
{
    job->shown[job->n_shown % SHOWN].pts = pts;
    job->shown[job->n_shown++ % SHOWN].duration = duration;
}

static int64_t shown_duration(const struct vh_job *job, int64_t pts)
{
    for (unsigned i = 0; i < SHOWN && i < job->n_shown; i++)
        if (job->shown[(job->n_shown - 1 - i) % SHOWN].pts == pts)
            return job->shown[(job->n_shown - 1 - i) % SHOWN].duration;
    return 0;
}

static void send_progress(struct vh_job *job)
{
    const struct vh_event_field field[] = {VH_EVENT_I("frames_done", atomic_load(&job->n_encoded)),
        VH_EVENT_I("frames_total", job->frames_expected)};
    struct vh_event event = {.name = "job.progress",
        .node = "encode",
        .time_us = atomic_load(&job->done_us),
        .field = field,
        .n_fields = 2};
    vh_event_send(job->events, &event);
}

static int drain_encoder(struct vh_job *job)
{
    for (;;) {
        AVPacket *packet = av_packet_alloc();
        int status = packet ? vh_encoder_receive(job->encoder, packet) : VH_ERR_RESOURCE;
        if (status != VH_OK) {
            av_packet_free(&packet);
            return status == VH_AGAIN ? VH_OK : status;
        }
        if (!packet->duration)
            packet->duration = shown_duration(job, packet->pts);
        place_packet(job, packet);
        status = vh_job_send_packet(job, job->video_stream, packet);
        if (status != VH_OK)
            return status;
    }
}

static int encode_frame(struct vh_job *job, AVFrame *frame)
{
    AVRational tb = vh_encoder_time_base(job->encoder);
    if (frame) {
        int64_t duration = av_rescale_q(vh_frame_get_duration(frame), frame->time_base, tb);
        int64_t time_us = av_rescale_q(frame->pts, frame->time_base, AV_TIME_BASE_Q);
        atomic_store(&job->done_us, time_us + av_rescale_q(duration, tb, AV_TIME_BASE_Q));
        frame->pts = av_rescale_q(frame->pts, frame->time_base, tb);
        frame->time_base = tb;
        vh_frame_set_duration(frame, duration);
        note_shown(job, frame->pts, duration);
        int status = vh_frame_hash_add(job->hash, job->video_stream, frame, duration);
        if (status == VH_OK)
            status = vh_captions_give(job->captions, frame, time_us);
        if (status != VH_OK)
            return status;
    }
    int status = vh_encoder_send(job->encoder, frame);
    while (status == VH_AGAIN) {
        status = drain_encoder(job);
        if (status == VH_OK)
            status = vh_encoder_send(job->encoder, frame);
    }
    return status == VH_OK ? drain_encoder(job) : status;
}

int vh_node_encode(void *opaque)
{
    struct vh_job *job = opaque;
    int status = VH_OK;
    void *item;
    while (status == VH_OK && (status = vh_queue_receive(job->scaled, &item)) == VH_OK) {
        int64_t since = vh_clock_ns();
        AVFrame *frame = item;
        status = encode_frame(job, frame);
        vh_frame_free(&frame);
        vh_node_work_add(&job->work_encode, since);
        atomic_fetch_add(&job->n_encoded, 1);
        send_progress(job);
    }
    if (status == VH_EOF)
        status = encode_frame(job, NULL);
    vh_queue_close(job->scaled);
    vh_job_producer_done(job);
    return status;
}
