/* Frames of one layout whose memory is used again: one AVBufferPool, one buffer with all planes per frame. */
#include "frame/frame.h"

#include "core/memory.h"
#include "core/status.h"

#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

struct vh_frame_pool {
    AVBufferPool *buffers;
    enum AVPixelFormat pix_fmt;
    int width, height;
    int linesize[4];
    size_t offset[4]; /* of each plane in the buffer */
};

/* Lays the planes out one behind the other, lines aligned. Returns the bytes in all or 0 when it cannot. */
static size_t lay_out(struct vh_frame_pool *pool)
{
    ptrdiff_t stride[4];
    size_t plane_bytes[4], total = 0;
    if (av_image_fill_linesizes(pool->linesize, pool->pix_fmt, pool->width) < 0)
        return 0;
    for (int i = 0; i < 4; i++) {
        pool->linesize[i] = FFALIGN(pool->linesize[i], VH_ALIGN_BYTES);
        stride[i] = pool->linesize[i];
    }
    if (av_image_fill_plane_sizes(plane_bytes, pool->pix_fmt, pool->height, stride) < 0)
        return 0;
    for (int i = 0; i < 4; i++) {
        pool->offset[i] = total;
        total += plane_bytes[i];
    }
    return total + VH_ALIGN_BYTES; /* the block itself may be aligned less */
}

int vh_frame_pool_create(struct vh_frame_pool **pool, enum AVPixelFormat pix_fmt, int width, int height)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(pix_fmt);
    struct vh_frame_pool *p;
    size_t bytes;
    *pool = NULL;
    if (!desc || (desc->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL)) ||
        av_image_check_size2((unsigned)width, (unsigned)height, INT64_MAX, pix_fmt, 0, NULL) < 0)
        return VH_ERR_UNSUPPORTED;
    p = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    p->pix_fmt = pix_fmt;
    p->width = width;
    p->height = height;
    bytes = lay_out(p);
    p->buffers = bytes ? av_buffer_pool_init(bytes, NULL) : NULL;
    if (!p->buffers) {
        vh_free(p);
        return bytes ? VH_ERR_RESOURCE : VH_ERR_UNSUPPORTED;
    }
    *pool = p;
    return VH_OK;
}

void vh_frame_pool_destroy(struct vh_frame_pool **pool)
{
    if (!pool || !*pool)
        return;
    av_buffer_pool_uninit(&(*pool)->buffers);
    vh_freep(pool);
}

AVFrame *vh_frame_pool_acquire(struct vh_frame_pool *pool)
{
    AVFrame *frame = av_frame_alloc();
    uint8_t *base;
    if (!frame || !(frame->buf[0] = av_buffer_pool_get(pool->buffers))) {
        av_frame_free(&frame);
        return NULL;
    }
    base = (uint8_t *)FFALIGN((uintptr_t)frame->buf[0]->data, (uintptr_t)VH_ALIGN_BYTES);
    frame->format = pool->pix_fmt;
    frame->width = pool->width;
    frame->height = pool->height;
    for (int i = 0; i < 4 && pool->linesize[i]; i++) {
        frame->data[i] = base + pool->offset[i];
        frame->linesize[i] = pool->linesize[i];
    }
    frame->extended_data = frame->data;
    return frame;
}
