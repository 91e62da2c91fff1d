/* Converts frames after a change of format: swscale for pictures (each field by itself when interlaced and
 * the height changes), swresample for sound. A rare path: built when first needed, rebuilt at every change.
 */
#include "adapt.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"

#include <libavutil/channel_layout.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

struct vh_adapt {
    enum AVPixelFormat pix_fmt;
    int width, height;
    enum AVSampleFormat sample_fmt;
    int sample_rate;
    AVChannelLayout layout;
    bool is_sound;
    struct SwsContext *sws;
    struct SwrContext *swr;
    enum AVSampleFormat swr_fmt; /* what swr was built for */
    int swr_rate;
    AVChannelLayout swr_layout;
};

int vh_adapt_create(struct vh_adapt **adapt, const AVFrame *model)
{
    struct vh_adapt *a = *adapt = vh_alloc(1, sizeof *a);
    if (!a)
        return VH_ERR_RESOURCE;
    a->is_sound = model->sample_rate > 0;
    a->pix_fmt = a->is_sound ? AV_PIX_FMT_NONE : model->format;
    a->width = model->width;
    a->height = model->height;
    a->sample_fmt = a->is_sound ? model->format : AV_SAMPLE_FMT_NONE;
    a->sample_rate = model->sample_rate;
    return av_channel_layout_copy(&a->layout, &model->ch_layout) < 0 ? VH_ERR_RESOURCE : VH_OK;
}

void vh_adapt_destroy(struct vh_adapt **adapt)
{
    if (!adapt || !*adapt)
        return;
    sws_freeContext((*adapt)->sws);
    swr_free(&(*adapt)->swr);
    av_channel_layout_uninit(&(*adapt)->layout);
    av_channel_layout_uninit(&(*adapt)->swr_layout);
    vh_freep(adapt);
}

/* The planes of one field as a picture of half the height. */
static void field_planes(const AVFrame *frame, int field, uint8_t *data[4], int linesize[4])
{
    for (int i = 0; i < 4; i++) {
        data[i] = frame->data[i] ? frame->data[i] + (field ? frame->linesize[i] : 0) : NULL;
        linesize[i] = frame->linesize[i] * 2;
    }
}

static bool scale_fields(struct vh_adapt *adapt, const AVFrame *in, AVFrame *out)
{
    bool ok = true;
    adapt->sws = sws_getCachedContext(adapt->sws, in->width, in->height / 2, in->format, out->width,
        out->height / 2, out->format, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT,
        NULL, NULL, NULL);
    for (int field = 0; adapt->sws && field < 2; field++) {
        uint8_t *src[4], *dst[4];
        int src_stride[4], dst_stride[4];
        field_planes(in, field, src, src_stride);
        field_planes(out, field, dst, dst_stride);
        ok = ok && sws_scale(adapt->sws, (const uint8_t *const *)src, src_stride, 0, in->height / 2, dst,
                       dst_stride) > 0;
    }
    return adapt->sws && ok;
}

static bool scale_whole(struct vh_adapt *adapt, const AVFrame *in, AVFrame *out)
{
    adapt->sws = sws_getCachedContext(adapt->sws, in->width, in->height, in->format, out->width, out->height,
        out->format, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    return adapt->sws && sws_scale(adapt->sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height,
                             out->data, out->linesize) > 0;
}

static int adapt_picture(struct vh_adapt *adapt, AVFrame *frame, const struct vh_log *log)
{
    AVFrame *out;
    bool ok, fields = vh_frame_get_fields(frame).interlaced && !(frame->height & 3) && !(adapt->height & 3);
    if (frame->format == adapt->pix_fmt && frame->width == adapt->width && frame->height == adapt->height)
        return VH_OK;
    out = av_frame_alloc();
    if (out) {
        out->format = adapt->pix_fmt;
        out->width = adapt->width;
        out->height = adapt->height;
    }
    if (!out || av_frame_get_buffer(out, 0) < 0 || av_frame_copy_props(out, frame) < 0) {
        av_frame_free(&out);
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory converting a frame");
    }
    ok = fields ? scale_fields(adapt, frame, out) : scale_whole(adapt, frame, out);
    if (ok) {
        av_frame_unref(frame);
        av_frame_move_ref(frame, out);
    }
    av_frame_free(&out);
    return ok ? VH_OK
              : vh_fail(log, VH_ERR_EXTERNAL, "a frame whose format changed cannot be converted back");
}

static bool same_sound(const AVFrame *frame, int fmt, int rate, const AVChannelLayout *layout)
{
    return frame->format == fmt && frame->sample_rate == rate &&
           !av_channel_layout_compare(&frame->ch_layout, layout);
}

static bool prepare_resampler(struct vh_adapt *adapt, const AVFrame *frame)
{
    if (adapt->swr && same_sound(frame, adapt->swr_fmt, adapt->swr_rate, &adapt->swr_layout))
        return true;
    swr_free(&adapt->swr);
    adapt->swr_fmt = frame->format;
    adapt->swr_rate = frame->sample_rate;
    return av_channel_layout_copy(&adapt->swr_layout, &frame->ch_layout) >= 0 &&
           swr_alloc_set_opts2(&adapt->swr, &adapt->layout, adapt->sample_fmt, adapt->sample_rate,
               &adapt->swr_layout, frame->format, frame->sample_rate, 0, NULL) >= 0 &&
           swr_init(adapt->swr) >= 0;
}

static int adapt_sound(struct vh_adapt *adapt, AVFrame *frame, const struct vh_log *log)
{
    AVFrame *out;
    bool ok;
    if (same_sound(frame, adapt->sample_fmt, adapt->sample_rate, &adapt->layout))
        return VH_OK;
    out = av_frame_alloc();
    ok = out && prepare_resampler(adapt, frame) && av_frame_copy_props(out, frame) >= 0;
    if (ok) {
        out->format = adapt->sample_fmt;
        out->sample_rate = adapt->sample_rate;
        ok = av_channel_layout_copy(&out->ch_layout, &adapt->layout) >= 0 &&
             swr_convert_frame(adapt->swr, out, frame) >= 0;
    }
    if (ok) {
        int64_t pts = frame->pts;
        AVRational time_base = frame->time_base;
        av_frame_unref(frame);
        av_frame_move_ref(frame, out);
        frame->pts = pts;
        frame->time_base = time_base;
    }
    av_frame_free(&out);
    return ok ? VH_OK : vh_fail(log, VH_ERR_EXTERNAL, "sound whose format changed cannot be converted back");
}

int vh_adapt_frame(struct vh_adapt *adapt, AVFrame *frame, const struct vh_log *log)
{
    return adapt->is_sound ? adapt_sound(adapt, frame, log) : adapt_picture(adapt, frame, log);
}
