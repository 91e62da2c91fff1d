/* The decode node: picture packets -> frames on the exact grid, in the format the first segment wants.
 *
 * Between healer and first segment stands the editor of the tape's time, which rebuilds missing frames and
 * drops doubled ones. Without it (--timeline off) gaps of the time stamps are filled with the frame before,
 * so that the picture keeps the source's time; each one is reported.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/job.h"

static AVRational seam_time_base(const struct vh_job *job)
{
    return job->plan->n_segments ? job->plan->segment[0].in.time_base : job->plan->restored.time_base;
}

static void take_captions(struct vh_job *job, AVFrame *frame, int64_t pts)
{
    int64_t time_us = av_rescale_q(pts, seam_time_base(job), AV_TIME_BASE_Q);
    uint8_t pair[2];
    vh_captions_take(job->captions, frame, time_us);
    for (int i = 0; i < 2; i++)
        if (job->plan->line21[i] >= 0 && vh_line21_read(frame, job->plan->line21[i], pair))
            vh_captions_add(job->captions, i == 1, pair, time_us);
}

/* How a frame is sent on. */
struct delivery {
    int64_t pts, duration;
    enum vh_field_order order;
    bool break_before, rebuilt;
};

/* Sets time, order and colours as the plan decided them, converts and sends. Takes the frame over. */
static int deliver(struct vh_job *job, AVFrame *frame, const struct delivery *how)
{
    struct vh_format format = job->plan->source;
    format.fields = how->order;
    format.time_base = seam_time_base(job);
    if (how->rebuilt)
        format.range = AVCOL_RANGE_MPEG;
    vh_frame_apply_format(frame, &format);
    frame->pts = how->pts;
    frame->pict_type = AV_PICTURE_TYPE_NONE;
    frame->opaque = how->break_before ? VH_FRAME_BREAK : NULL;
    vh_frame_set_duration(frame, how->duration);
    if (!job->plan->direct) {
        int status = vh_fit_run(how->rebuilt ? &job->fit_rebuilt : &job->fit_decoded, &frame);
        if (status != VH_OK)
            return status;
    }
    return vh_job_send_frame(job->seam[0], frame);
}

static int deliver_repeats(
    struct vh_job *job, const AVFrame *frame, const struct vh_healed *healed, int64_t duration)
{
    for (int i = healed->n_missing; i > 0; i--) {
        AVFrame *copy = vh_frame_ref(frame);
        if (!copy)
            return VH_ERR_RESOURCE;
        atomic_fetch_add(&job->n_repeated, 1);
        int status = deliver(job, copy,
            &(struct delivery){
                (healed->number - i) * duration, duration, job->plan->source.fields, true, false});
        if (status != VH_OK)
            return status;
    }
    return VH_OK;
}

int vh_decode_emit(void *opaque, AVFrame *frame, const struct vh_edited *edited)
{
    struct vh_job *job = opaque;
    int64_t duration = (int64_t)job->plan->frame_rate.den * 4;
    if (edited->rebuilt || edited->repeated)
        av_frame_remove_side_data(frame, AV_FRAME_DATA_A53_CC); /* the captured frame's own */
    else
        take_captions(job, frame, edited->number * duration);
    return deliver(job, frame,
        &(struct delivery){
            edited->number * duration, duration, edited->order, edited->break_before, edited->rebuilt});
}

void vh_decode_tell_sound(void *opaque, const struct vh_timeline_news *news)
{
    struct vh_job *job = opaque;
    double start_s = (double)job->offset_us * 1e-6;
    for (int i = 0; i < job->n_tracks; i++) {
        struct vh_timeline_news *copy = job->track[i].news ? vh_alloc(1, sizeof *copy) : NULL;
        if (!copy)
            continue;
        *copy = (struct vh_timeline_news){news->time_s + start_s, news->delta_s, news->final_s + start_s};
        if (vh_queue_try_send(job->track[i].news, copy, sizeof *copy) != VH_OK)
            vh_free(copy); /* the track has ended */
    }
}

/* One frame of the grid, with what is missing before it. Takes it over. */
static int deliver_healed(struct vh_job *job, AVFrame *frame, const struct vh_healed *healed)
{
    int64_t duration = (int64_t)job->plan->frame_rate.den * 4;
    if (job->editor)
        return vh_time_editor_push(job->editor, frame, healed);
    take_captions(job, frame, healed->number * duration);
    int status = deliver_repeats(job, frame, healed, duration);
    if (status != VH_OK) {
        vh_frame_free(&frame);
        return status;
    }
    return deliver(job, frame,
        &(struct delivery){
            healed->number * duration, duration, job->plan->source.fields, healed->n_missing > 0, false});
}

/* Takes every healed frame that is ready. */
static int drain_healer(struct vh_job *job)
{
    struct vh_healed healed;
    AVFrame *frame = NULL;
    int status;
    while ((status = vh_healer_pull(job->healer, &frame, &healed)) == VH_OK) {
        int64_t since = vh_clock_ns();
        if (healed.number == 0) {
            struct vh_healer_counts counts;
            vh_healer_get_counts(job->healer, &counts);
            /* A grid fitted to rounded stamps may begin a fraction of a millisecond before the file does,
             * where no chapter may start. Seen by the encoder through the seam's lock. */
            job->offset_us = counts.start_us > 0 ? (int64_t)(counts.start_us + 0.5) : 0;
        }
        status = deliver_healed(job, frame, &healed);
        vh_node_work_add(&job->work_decode, since);
        if (status != VH_OK)
            return status;
    }
    return status;
}

static int heal(struct vh_job *job, AVFrame *frame)
{
    for (;;) {
        int status = vh_healer_push(job->healer, frame);
        if (status == VH_OK)
            break;
        if (status != VH_AGAIN || (status = drain_healer(job)) < 0 || status == VH_EOF) {
            vh_frame_free(&frame);
            return status;
        }
    }
    int status = drain_healer(job);
    return status == VH_AGAIN ? VH_OK : status;
}

/* Variable rate: the frame keeps its own time. */
static int pass(struct vh_job *job, AVFrame *frame)
{
    int64_t since = vh_clock_ns();
    int64_t duration = vh_frame_get_duration(frame);
    take_captions(job, frame, frame->pts);
    int status =
        deliver(job, frame, &(struct delivery){frame->pts, duration, job->plan->source.fields, false, false});
    vh_node_work_add(&job->work_decode, since);
    return status;
}

/* Everything the decoder has ready. VH_OK when it wants a packet, VH_EOF at its end. */
static int drain_decoder(struct vh_job *job)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_decoder_receive(job->decoder, frame, NULL) : VH_ERR_RESOURCE;
        if (status != VH_OK) {
            vh_frame_free(&frame);
            return status == VH_AGAIN ? VH_OK : status;
        }
        atomic_fetch_add(&job->n_decoded, 1);
        status = job->healer ? heal(job, frame) : pass(job, frame);
        if (status != VH_OK)
            return status;
    }
}

static int decode_packet(struct vh_job *job, AVPacket *packet)
{
    int status = vh_decoder_send(job->decoder, packet);
    while (status == VH_AGAIN) {
        status = drain_decoder(job);
        if (status == VH_OK)
            status = vh_decoder_send(job->decoder, packet);
    }
    return status == VH_OK ? drain_decoder(job) : status;
}

static int decode_all(struct vh_job *job)
{
    void *item;
    int status = VH_OK;
    while (status == VH_OK && (status = vh_queue_receive(job->video_packets, &item)) == VH_OK) {
        AVPacket *packet = item;
        status = decode_packet(job, packet);
        av_packet_free(&packet);
    }
    if (status == VH_EOF)
        status = decode_packet(job, NULL);
    return status;
}

int vh_node_decode(void *opaque)
{
    struct vh_job *job = opaque;
    int status = decode_all(job);
    if (job->healer && (status == VH_EOF || status == VH_OK)) {
        status = vh_healer_push(job->healer, NULL);
        if (status == VH_OK)
            status = drain_healer(job);
        if (job->editor && (status == VH_OK || status == VH_EOF))
            status = vh_time_editor_finish(job->editor);
    }
    for (int i = 0; i < job->n_tracks; i++)
        if (job->track[i].news)
            vh_queue_finish(job->track[i].news);
    vh_queue_close(job->video_packets);
    vh_queue_finish(job->seam[0]);
    return status;
}
