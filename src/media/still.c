/* RGB stills from frames, and PNG files from stills. */
#include "media/still.h"

#include "core/memory.h"
#include "core/status.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int vh_still_create(struct vh_still *still, int width, int height)
{
    *still = (struct vh_still){.width = width, .height = height};
    still->rgb = vh_alloc((size_t)width * (size_t)height, 3);
    return still->rgb ? VH_OK : VH_ERR_RESOURCE;
}

void vh_still_destroy(struct vh_still *still)
{
    vh_freep(&still->rgb);
}

static const int *matrix_of(const AVFrame *frame)
{
    int matrix = frame->colorspace;
    if (matrix == AVCOL_SPC_UNSPECIFIED || matrix == AVCOL_SPC_RGB)
        matrix = frame->height <= 576 ? SWS_CS_ITU601 : SWS_CS_ITU709;
    return sws_getCoefficients(matrix);
}

static void set_colours(struct SwsContext *sws, const AVFrame *frame)
{
    const int *matrix = matrix_of(frame);
    sws_setColorspaceDetails(
        sws, matrix, frame->color_range == AVCOL_RANGE_JPEG, matrix, 1, 0, 1 << 16, 1 << 16);
}

/* The planes of the part of a frame that begins at x, y (rounded down to whole chroma samples). */
static void crop_planes(const AVFrame *frame, int x, int y, const uint8_t *data[4])
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    for (int i = 0; i < 4; i++) {
        data[i] = frame->data[i];
        if (!data[i] || i >= d->nb_components)
            continue;
        bool chroma = i == 1 || i == 2;
        ptrdiff_t row = chroma ? y >> d->log2_chroma_h : y, column = chroma ? x >> d->log2_chroma_w : x;
        data[i] += row * frame->linesize[i] + column * d->comp[i].step;
    }
}

int vh_still_place(struct vh_still *still, struct vh_still_box to, const AVFrame *frame,
    struct vh_still_box from, bool hard, const struct vh_log *log)
{
    if (from.width <= 0)
        from = (struct vh_still_box){0, 0, frame->width, frame->height};
    int flags = (hard ? SWS_POINT : SWS_LANCZOS) | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT;
    struct SwsContext *sws = sws_getContext(from.width, from.height, frame->format, to.width, to.height,
        AV_PIX_FMT_RGB24, flags, NULL, NULL, NULL);
    if (!sws)
        return vh_fail(log, VH_ERR_UNSUPPORTED, "a still cannot be made of pictures of format %s",
            av_get_pix_fmt_name(frame->format));
    set_colours(sws, frame);
    const uint8_t *source[4];
    crop_planes(frame, from.x, from.y, source);
    uint8_t *target[4] = {still->rgb + 3 * ((size_t)to.y * (size_t)still->width + (size_t)to.x)};
    const int strides[4] = {3 * still->width};
    /* swscale may write whole registers past a line's end, so it gets memory of its own */
    int padded = (3 * to.width + 127) / 64 * 64;
    uint8_t *own = vh_alloc((size_t)padded * (size_t)to.height + 64, 1);
    int done = -1;
    if (own) {
        uint8_t *const own_data[4] = {own};
        const int own_stride[4] = {padded};
        done = sws_scale(sws, source, frame->linesize, 0, from.height, own_data, own_stride);
        for (int y = 0; y < to.height; y++)
            memcpy(target[0] + (ptrdiff_t)y * strides[0], own + (ptrdiff_t)y * padded, 3 * (size_t)to.width);
    }
    vh_free(own);
    sws_freeContext(sws);
    return done < 0 ? vh_fail(log, VH_ERR_RESOURCE, "out of memory for a still") : VH_OK;
}

/* One packet of PNG. VH_OK or an unreported status. */
static int encode(const struct vh_still *still, AVPacket *packet)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    AVFrame *frame = av_frame_alloc();
    int status = !codec ? VH_ERR_UNSUPPORTED : context && frame ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK) {
        context->width = frame->width = still->width;
        context->height = frame->height = still->height;
        context->pix_fmt = AV_PIX_FMT_RGB24;
        frame->format = AV_PIX_FMT_RGB24;
        context->time_base = (AVRational){1, 25};
        context->flags |= AV_CODEC_FLAG_BITEXACT;
        av_opt_set(context->priv_data, "pred", "mixed", 0);
        status = av_frame_get_buffer(frame, 0) >= 0 ? VH_OK : VH_ERR_RESOURCE;
    }
    for (int y = 0; status == VH_OK && y < still->height; y++)
        memcpy(frame->data[0] + (ptrdiff_t)y * frame->linesize[0],
            still->rgb + (ptrdiff_t)y * 3 * still->width, 3 * (size_t)still->width);
    if (status == VH_OK &&
        (avcodec_open2(context, codec, NULL) < 0 || avcodec_send_frame(context, frame) < 0 ||
            avcodec_receive_packet(context, packet) < 0))
        status = VH_ERR_EXTERNAL;
    av_frame_free(&frame);
    avcodec_free_context(&context);
    return status;
}

static int write_file(const AVPacket *packet, const char *path, bool overwrite, const struct vh_log *log)
{
    if (!overwrite && access(path, F_OK) == 0)
        return vh_fail(log, VH_ERR_OUTPUT, "%s exists: choose another name, or -y to replace it", path);
    char *part = vh_format("%s.vhsup-part", path);
    FILE *file = part ? fopen(part, "wb") : NULL;
    bool failed = !file || fwrite(packet->data, 1, (size_t)packet->size, file) != (size_t)packet->size;
    failed |= file && fclose(file) != 0;
    failed = failed || rename(part, path) != 0;
    int error = errno;
    if (failed && file)
        unlink(part);
    vh_free(part);
    return failed ? vh_fail(log, VH_ERR_OUTPUT, "cannot write %s: %s", path, strerror(error)) : VH_OK;
}

int vh_still_write(const struct vh_still *still, const char *path, bool overwrite, const struct vh_log *log)
{
    AVPacket *packet = av_packet_alloc();
    int status = packet ? encode(still, packet) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        vh_fail(log, status, "%s: a PNG could not be made (%s)", path, vh_status_name(status));
    else
        status = write_file(packet, path, overwrite, log);
    av_packet_free(&packet);
    return status;
}
