/* The input node: reads packets and hands each to whoever restores, encodes or copies its stream.
 *
 * Picture packets wait in a short queue, and that is what holds the reader back. Sound must never be what
 * holds it back while the picture starves (a file may store a minute of sound before its picture), so a sound
 * queue takes up to SOUND_LIMIT_BYTES and only fails when it is full while the picture's queue is empty.
 */
#include "core/status.h"
#include "pipeline/job.h"

#include <time.h>

static struct vh_track *find_track(struct vh_job *job, int source)
{
    for (int i = 0; i < job->n_tracks; i++)
        if (job->track[i].plan->source == source)
            return &job->track[i];
    return NULL;
}

static void wait_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static int send_sound(struct vh_job *job, struct vh_track *track, AVPacket *packet)
{
    for (;;) {
        int status = vh_queue_try_send(track->packets, packet, (size_t)packet->size + sizeof *packet);
        if (status != VH_AGAIN) {
            if (status != VH_OK)
                av_packet_free(&packet);
            return status == VH_EOF ? VH_OK : status; /* a track may end before the picture */
        }
        struct vh_queue_state video;
        vh_queue_get_state(job->video_packets, &video);
        if (video.n_items == 0) {
            av_packet_free(&packet);
            return vh_fail(job->log, VH_ERR_RESOURCE,
                "sound stream %d is stored so far ahead of the picture that more than 64 MB of it would have "
                "to wait; "
                "remux the file first (ffmpeg -i IN -c copy -map 0 OUT.mkv), or use --audio none",
                track->plan->source);
        }
        wait_a_little();
        if (vh_cancel_check(job->context->cancel)) {
            av_packet_free(&packet);
            return VH_EOF;
        }
    }
}

static int convert_subtitle(struct vh_job *job, struct vh_track *track, AVPacket *packet)
{
    AVPacket *out = av_packet_alloc();
    int status = out ? vh_subtitle_convert(track->subtitle, packet, out) : VH_ERR_RESOURCE;
    av_packet_free(&packet);
    if (status != VH_OK) {
        av_packet_free(&out);
        return status == VH_AGAIN ? VH_OK : status;
    }
    return vh_job_send_packet(job, track->stream, out);
}

/* Routes one packet, which it takes over. */
static int route_packet(struct vh_job *job, AVPacket *packet)
{
    if (packet->stream_index == job->plan->info->video) {
        int status = vh_queue_send(job->video_packets, packet, (size_t)packet->size + sizeof *packet);
        if (status != VH_OK)
            av_packet_free(&packet);
        return status;
    }
    struct vh_track *track = find_track(job, packet->stream_index);
    if (!track || track->plan->fate == VH_TRACK_DROP) {
        av_packet_free(&packet);
        return VH_OK;
    }
    if (track->plan->fate == VH_TRACK_ENCODE)
        return send_sound(job, track, packet);
    if (track->plan->fate == VH_TRACK_CONVERT)
        return convert_subtitle(job, track, packet);
    return vh_job_send_packet(job, track->stream, packet);
}

int vh_node_input(void *opaque)
{
    struct vh_job *job = opaque;
    int status = VH_OK;
    while (status == VH_OK) {
        AVPacket *packet = av_packet_alloc();
        status = packet ? vh_input_read(job->input, packet) : VH_ERR_RESOURCE;
        if (status != VH_OK)
            av_packet_free(&packet);
        else
            status = route_packet(job, packet);
    }
    vh_queue_finish(job->video_packets);
    for (int i = 0; i < job->n_tracks; i++)
        if (job->track[i].packets)
            vh_queue_finish(job->track[i].packets);
    vh_job_producer_done(job);
    return status;
}
