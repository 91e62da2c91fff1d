/* The output node: packets of all streams into the file. */
#include "core/status.h"
#include "pipeline/job.h"

int vh_job_send_packet(struct vh_job *job, int stream, AVPacket *packet)
{
    packet->stream_index = stream;
    if (!job->packets) { /* a job on one thread */
        int written = vh_output_write(job->output, stream, packet);
        av_packet_free(&packet);
        return written;
    }
    int status = vh_queue_send(job->packets, packet, (size_t)packet->size + sizeof *packet);
    if (status != VH_OK)
        av_packet_free(&packet);
    return status;
}

void vh_job_producer_done(struct vh_job *job)
{
    if (atomic_fetch_sub(&job->n_producers, 1) == 1)
        vh_queue_finish(job->packets);
}

int vh_job_send_frame(struct vh_queue *queue, AVFrame *frame)
{
    int status = vh_queue_send(queue, frame, vh_frame_bytes(frame));
    if (status != VH_OK)
        vh_frame_free(&frame);
    return status;
}

void vh_packet_free_item(void *item)
{
    AVPacket *packet = item;
    av_packet_free(&packet);
}

int vh_node_output(void *opaque)
{
    struct vh_job *job = opaque;
    int status = VH_OK;
    void *item;
    while (status == VH_OK && (status = vh_queue_receive(job->packets, &item)) == VH_OK) {
        AVPacket *packet = item;
        if (job->sample)
            atomic_fetch_add(&job->sample_bytes, packet->size);
        else
            status = vh_output_write(job->output, packet->stream_index, packet);
        av_packet_free(&packet);
    }
    vh_queue_close(job->packets);
    return status;
}
