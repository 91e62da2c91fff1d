/* The scale node: restored pictures -> what the encoder takes. Crop, scaling, colour and dither are
 * the upscaler's; interlaced and unchanged pictures are cropped as a view and get their format converted. */
#include "core/clock.h"
#include "core/status.h"
#include "pipeline/job.h"
#include "upscale/upscaler.h"

#include <libavutil/pixdesc.h>

/* Moves the plane pointers of a frame whose samples are left alone. */
static void crop_frame(AVFrame *frame, const struct vh_crop *crop)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    for (int p = 0; p < 4 && frame->data[p]; p++) {
        bool chroma = p == 1 || p == 2;
        int left = chroma ? crop->left >> d->log2_chroma_w : crop->left;
        int top = chroma ? crop->top >> d->log2_chroma_h : crop->top;
        frame->data[p] += (ptrdiff_t)top * frame->linesize[p] + (ptrdiff_t)left * d->comp[p].step;
    }
    frame->width -= crop->left + crop->right;
    frame->height -= crop->top + crop->bottom;
}

static int upscale(struct vh_job *job, AVFrame **frame)
{
    AVFrame *out = vh_frame_pool_acquire(job->out_pool);
    int status = out && av_frame_copy_props(out, *frame) >= 0 ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_upscaler_submit(job->upscaler, *frame, out);
    if (status == VH_OK)
        status = vh_upscaler_collect(job->upscaler);
    vh_frame_free(frame);
    if (status != VH_OK)
        vh_frame_free(&out);
    *frame = out;
    return status;
}

static int scale_frame(struct vh_job *job, AVFrame *frame)
{
    int status = VH_OK;
    if (!job->plan->direct) {
        status = vh_fit_run(&job->fit_restored, &frame);
        if (status != VH_OK)
            return status;
        if (!job->upscaler)
            crop_frame(frame, &job->plan->geometry.crop);
        status = job->upscaler ? upscale(job, &frame) : vh_fit_run(&job->fit_out, &frame);
    }
    if (status != VH_OK)
        return status;
    struct vh_format format = job->plan->out;
    format.time_base = frame->time_base;
    vh_frame_apply_format(frame, &format);
    return vh_job_send_frame(job->scaled, frame);
}

int vh_node_scale(void *opaque)
{
    struct vh_job *job = opaque;
    struct vh_queue *from = job->seam[job->plan->n_segments];
    int status = VH_OK;
    void *item;
    while (status == VH_OK && (status = vh_queue_receive(from, &item)) == VH_OK) {
        int64_t since = vh_clock_ns();
        status = scale_frame(job, item);
        vh_node_work_add(&job->work_scale, since);
    }
    vh_queue_close(from);
    vh_queue_finish(job->scaled);
    return status;
}
