/* A native segment: converts where the seam asks for it, runs the chain, converts for the next segment. */
#include "core/clock.h"
#include "core/status.h"
#include "pipeline/job.h"

/* The chain's (or converter's) results go on through here. */
int vh_segment_emit(void *opaque, AVFrame *frame)
{
    struct vh_segment_node *node = opaque;
    int status = vh_fit_run(&node->fit_out, &frame);
    return status == VH_OK ? vh_job_send_frame(node->to, frame) : status;
}

static int run_frame(struct vh_segment_node *node, AVFrame *frame)
{
    bool break_before = frame->opaque == VH_FRAME_BREAK;
    int status = vh_fit_run(&node->fit_in, &frame);
    if (status != VH_OK)
        return status;
    return node->chain ? vh_chain_push(node->chain, frame, break_before) : vh_segment_emit(node, frame);
}

int vh_node_native(void *opaque)
{
    struct vh_segment_node *node = opaque;
    struct vh_queue *from = node->job->seam[node->index];
    int status = VH_OK;
    void *item;
    while (status == VH_OK && (status = vh_queue_receive(from, &item)) == VH_OK) {
        int64_t since = vh_clock_ns();
        status = run_frame(node, item);
        vh_node_work_add(&node->work, since);
    }
    if (status == VH_EOF && node->chain)
        status = vh_chain_finish(node->chain);
    vh_queue_close(from);
    vh_queue_finish(node->to);
    return status;
}
