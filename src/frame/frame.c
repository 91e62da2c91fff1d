/* Owner helpers and views of AVFrame, and the spelling of its flags in each libavutil: interlaced_frame and
 * top_field_first became flags in 58.7 (FFmpeg 6.1) together with key_frame; duration replaced pkt_duration
 * in 57.30. */
#include "frame/frame.h"

#include "core/status.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libavutil/version.h>
#include <stdio.h>
#include <string.h>

#define FLAGS_IN_FRAME (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100))
#define HAS_DURATION   (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100))

void vh_frame_free(AVFrame **frame)
{
    if (frame)
        av_frame_free(frame);
}

void vh_frame_free_item(void *item)
{
    AVFrame *frame = item;
    av_frame_free(&frame);
}

AVFrame *vh_frame_ref(const AVFrame *frame)
{
    return av_frame_clone(frame);
}

size_t vh_frame_bytes(const AVFrame *frame)
{
    size_t bytes = 0;
    if (!frame)
        return 0;
    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        bytes += frame->buf[i]->size;
    for (int i = 0; i < frame->nb_extended_buf; i++)
        bytes += frame->extended_buf[i]->size;
    return bytes;
}

enum AVPixelFormat vh_frame_native_format(int n_planes, int sub_x, int sub_y)
{
    if (n_planes == 1)
        return AV_PIX_FMT_GRAY16;
    if (n_planes != 3 || sub_x > 1 || sub_y > sub_x)
        return AV_PIX_FMT_NONE;
    if (!sub_x)
        return AV_PIX_FMT_YUV444P16;
    return sub_y ? AV_PIX_FMT_YUV420P16 : AV_PIX_FMT_YUV422P16;
}

bool vh_frame_is_native(enum AVPixelFormat pix_fmt)
{
    return pix_fmt == AV_PIX_FMT_GRAY16 || pix_fmt == AV_PIX_FMT_YUV420P16 ||
           pix_fmt == AV_PIX_FMT_YUV422P16 || pix_fmt == AV_PIX_FMT_YUV444P16;
}

static void view_plane(const AVFrame *frame, const AVPixFmtDescriptor *desc, int i, struct vh_plane *plane)
{
    int sub_x = i ? desc->log2_chroma_w : 0, sub_y = i ? desc->log2_chroma_h : 0;
    plane->data = (uint16_t *)(void *)frame->data[i];
    plane->stride = frame->linesize[i] / (ptrdiff_t)sizeof(uint16_t);
    plane->width = AV_CEIL_RSHIFT(frame->width, sub_x);
    plane->height = AV_CEIL_RSHIFT(frame->height, sub_y);
}

static int view(const AVFrame *frame, struct vh_image *image)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    if (!vh_frame_is_native(frame->format) || frame->width < 1 || frame->height < 1 || !frame->data[0])
        return VH_ERR_INTERNAL;
    *image = (struct vh_image){
        .n_planes = desc->nb_components, .sub_x = desc->log2_chroma_w, .sub_y = desc->log2_chroma_h};
    for (int i = 0; i < image->n_planes; i++)
        view_plane(frame, desc, i, &image->plane[i]);
    return VH_OK;
}

int vh_frame_image(AVFrame *frame, struct vh_image *image)
{
    return av_frame_is_writable(frame) ? view(frame, image) : VH_ERR_INTERNAL;
}

int vh_frame_image_read(const AVFrame *frame, struct vh_image_const *image)
{
    struct vh_image writable;
    int status = view(frame, &writable);
    if (status == VH_OK)
        *image = vh_image_read(&writable);
    return status;
}

struct vh_frame_fields vh_frame_get_fields(const AVFrame *frame)
{
    struct vh_frame_fields fields = {.repeat_pict = frame->repeat_pict};
#if FLAGS_IN_FRAME
    fields.interlaced = frame->flags & AV_FRAME_FLAG_INTERLACED;
    fields.top_first = frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
    fields.interlaced = frame->interlaced_frame;
    fields.top_first = frame->top_field_first;
#endif
    return fields;
}

enum vh_field_order vh_frame_get_order(const AVFrame *frame)
{
    struct vh_frame_fields fields = vh_frame_get_fields(frame);
    if (!fields.interlaced)
        return VH_FIELDS_PROGRESSIVE;
    return fields.top_first ? VH_FIELDS_TFF : VH_FIELDS_BFF;
}

void vh_frame_set_order(AVFrame *frame, enum vh_field_order order)
{
    bool interlaced = order != VH_FIELDS_PROGRESSIVE, top_first = order == VH_FIELDS_TFF;
    if (order == VH_FIELDS_UNKNOWN)
        return;
#if FLAGS_IN_FRAME
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    frame->flags |=
        (interlaced ? AV_FRAME_FLAG_INTERLACED : 0) | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
    frame->interlaced_frame = interlaced;
    frame->top_field_first = top_first;
#endif
}

int64_t vh_frame_get_duration(const AVFrame *frame)
{
#if HAS_DURATION
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

void vh_frame_set_duration(AVFrame *frame, int64_t duration)
{
#if HAS_DURATION
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

bool vh_frame_is_key(const AVFrame *frame)
{
#if FLAGS_IN_FRAME
    return frame->flags & AV_FRAME_FLAG_KEY;
#else
    return frame->key_frame;
#endif
}

bool vh_frame_is_corrupt(const AVFrame *frame)
{
    return (frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags;
}

void vh_format_from_frame(
    struct vh_format *format, const AVFrame *frame, AVRational frame_rate, AVRational time_base)
{
    *format = (struct vh_format){
        .pix_fmt = frame->format,
        .width = frame->width,
        .height = frame->height,
        .sar = frame->sample_aspect_ratio,
        .frame_rate = frame_rate,
        .time_base = time_base.num ? time_base : frame->time_base,
        .fields = vh_frame_get_order(frame),
        .matrix = frame->colorspace,
        .primaries = frame->color_primaries,
        .transfer = frame->color_trc,
        .range = frame->color_range,
        .chroma = frame->chroma_location,
    };
    if (format->sar.num <= 0 || format->sar.den <= 0)
        format->sar = (AVRational){0, 1};
}

void vh_frame_apply_format(AVFrame *frame, const struct vh_format *format)
{
    frame->sample_aspect_ratio = format->sar;
    frame->colorspace = format->matrix;
    frame->color_primaries = format->primaries;
    frame->color_trc = format->transfer;
    frame->color_range = format->range;
    frame->chroma_location = format->chroma;
    if (format->time_base.num)
        frame->time_base = format->time_base;
    vh_frame_set_order(frame, format->fields);
}

bool vh_format_same_layout(const struct vh_format *a, const struct vh_format *b)
{
    return a->pix_fmt == b->pix_fmt && a->width == b->width && a->height == b->height;
}

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

char *vh_format_print(const struct vh_format *format, char *text, size_t size)
{
    snprintf(text, size, "%dx%d %s %d:%d %d/%d %s %s/%s/%s %s", format->width, format->height,
        or_unknown(av_get_pix_fmt_name(format->pix_fmt)), format->sar.num, format->sar.den,
        format->frame_rate.num, format->frame_rate.den, vh_field_order_name(format->fields),
        or_unknown(av_color_space_name(format->matrix)),
        or_unknown(av_color_primaries_name(format->primaries)),
        or_unknown(av_color_transfer_name(format->transfer)), or_unknown(av_color_range_name(format->range)));
    return text;
}

const char *vh_field_order_name(enum vh_field_order order)
{
    static const char *const name[] = {"unknown", "progressive", "tff", "bff"};
    return (unsigned)order < 4 ? name[order] : name[0];
}

int vh_field_order_parse(const char *text)
{
    static const struct {
        const char *word;
        enum vh_field_order order;
    } words[] = {{"unknown", VH_FIELDS_UNKNOWN}, {"progressive", VH_FIELDS_PROGRESSIVE},
        {"tff", VH_FIELDS_TFF}, {"top", VH_FIELDS_TFF}, {"tb", VH_FIELDS_TFF}, {"bff", VH_FIELDS_BFF},
        {"bottom", VH_FIELDS_BFF}, {"bt", VH_FIELDS_BFF}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(text, words[i].word))
            return (int)words[i].order;
    return -1;
}
