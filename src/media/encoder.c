/* Picture encoders: options from the row and the user, opening, frames in, packets out. Sound encoders are
 * opened in encoder_sound.c and share the rest. */
#include "media/encoder.h"

#include "core/memory.h"
#include "core/status.h"
#include "encoder_internal.h"
#include "frame/frame.h"
#include "media/library.h"

#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- life ---- */

int vh_encoder_create(struct vh_encoder **encoder, const char *name, bool is_sound, const struct vh_log *log)
{
    const struct vh_encoder_info *info = name ? vh_encoder_find(name) : NULL;
    const AVCodec *codec = info ? avcodec_find_encoder_by_name(info->libav_name) : NULL;
    struct vh_encoder *e;
    *encoder = NULL;
    if (!info || info->is_sound != is_sound)
        return vh_fail(log, VH_ERR_USAGE, "there is no %s encoder named %s", is_sound ? "sound" : "picture",
            name ? name : "(none)");
    if (!codec)
        return vh_fail(log, VH_ERR_UNSUPPORTED, "encoder %s (%s) is not in this build of libavcodec",
            info->name, info->libav_name);
    e = *encoder = vh_alloc(1, sizeof *e);
    if (!e)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory opening encoder %s", info->name);
    e->info = info;
    e->log = log ? *log : (struct vh_log){0};
    av_bprint_init(&e->settings, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprint_init(&e->passthrough, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprintf(&e->settings, "%s", info->libav_name);
    e->context = avcodec_alloc_context3(codec);
    e->parameters = avcodec_parameters_alloc();
    e->frame = av_frame_alloc();
    if (e->context && e->parameters && e->frame)
        return VH_OK;
    vh_encoder_close(encoder);
    return vh_fail(log, VH_ERR_RESOURCE, "out of memory opening encoder %s", info->name);
}

/* SVT-AV1 (1.4) waits forever in its own close for threads that only the end of the stream stops, and that
 * end only travels behind a picture. */
static void end_svtav1(struct vh_encoder *encoder)
{
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = encoder->frame;
    if (!encoder->sent) {
        av_frame_unref(frame);
        frame->format = encoder->context->pix_fmt;
        frame->width = encoder->context->width;
        frame->height = encoder->context->height;
        frame->pts = 0;
        if (av_frame_get_buffer(frame, 0) >= 0)
            avcodec_send_frame(encoder->context, frame);
    }
    avcodec_send_frame(encoder->context, NULL);
    while (packet && avcodec_receive_packet(encoder->context, packet) >= 0)
        av_packet_unref(packet);
    av_packet_free(&packet);
}

void vh_encoder_close(struct vh_encoder **encoder)
{
    struct vh_encoder *e;
    if (!encoder || !(e = *encoder))
        return;
    if (e->opened && !e->drained && !strcmp(e->info->libav_name, "libsvtav1"))
        end_svtav1(e);
    avcodec_free_context(&e->context);
    avcodec_parameters_free(&e->parameters);
    av_frame_free(&e->frame);
    av_buffer_unref(&e->device);
    av_bprint_finalize(&e->settings, NULL);
    av_bprint_finalize(&e->passthrough, NULL);
    vh_freep(encoder);
}

int vh_encoder_finish_open(struct vh_encoder *encoder)
{
    int status = vh_encoder_set_passthrough(encoder), error;
    if (status != VH_OK)
        return status;
    error = avcodec_open2(encoder->context, encoder->context->codec, NULL);
    if (error < 0 && encoder->info->hardware)
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "encoder %s does not open on this machine: %s",
            encoder->info->name, av_err2str(error));
    if (error < 0)
        return vh_fail(&encoder->log,
            error == AVERROR(ENOMEM)   ? VH_ERR_RESOURCE
            : error == AVERROR(EINVAL) ? VH_ERR_UNSUPPORTED
                                       : VH_ERR_EXTERNAL,
            "encoder %s refuses these settings (%s): %s", encoder->info->name, vh_encoder_settings(encoder),
            av_err2str(error));
    encoder->opened = true;
    if (avcodec_parameters_from_context(encoder->parameters, encoder->context) < 0)
        return vh_fail(
            &encoder->log, VH_ERR_RESOURCE, "out of memory opening encoder %s", encoder->info->name);
    return VH_OK;
}

/* ---- options ---- */

int vh_encoder_set_fixed(struct vh_encoder *encoder)
{
    const char *const *pair = encoder->info->fixed;
    int status = VH_OK;
    for (; pair && *pair && status == VH_OK; pair += 2)
        status = vh_encoder_set(encoder, pair[0], pair[1]);
    return status;
}

static int list_presets(struct vh_encoder *encoder, const char *wanted)
{
    char names[256] = "";
    size_t used = 0;
    for (const char *const *p = encoder->info->preset; p && *p && used < sizeof names; p++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", *p);
    if (!used)
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s has no presets", encoder->info->name);
    return vh_fail(
        &encoder->log, VH_ERR_USAGE, "encoder %s has no preset %s (%s)", encoder->info->name, wanted, names);
}

static int set_preset(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    const struct vh_encoder_info *info = encoder->info;
    const char *preset = options->preset ? options->preset : info->preset_default;
    if (!options->preset && info->preset_is_quality && !isnan(options->quality))
        preset = vh_encoder_quality_preset(info, options->quality);
    /* The default profiles of ProRes and DNxHR follow the pixel format. */
    if (!options->preset && info->preset_is_quality) {
        const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(encoder->format.pix_fmt);
        bool full_chroma = !desc->log2_chroma_w, deep = desc->comp[0].depth > 8;
        if (info->codec_id == AV_CODEC_ID_PRORES && full_chroma)
            preset = "4444";
        if (info->codec_id == AV_CODEC_ID_DNXHD && deep)
            preset = full_chroma ? "dnxhr_444" : "dnxhr_hqx";
    }
    if (!preset)
        return VH_OK;
    for (const char *const *p = info->preset; p && *p; p++)
        if (!strcmp(*p, preset))
            return vh_encoder_set(encoder, info->preset_option, preset);
    return list_presets(encoder, preset);
}

static int set_quality(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    const struct vh_encoder_info *info = encoder->info;
    bool asked = !isnan(options->quality), native = !isnan(options->native_quality);
    double value = info->quality_default;
    char text[32];
    if (asked && !(options->quality >= 0 && options->quality <= 100))
        return vh_fail(&encoder->log, VH_ERR_USAGE, "quality %g is outside 0 to 100", options->quality);
    if (options->bit_rate && !info->quality_option)
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s takes no bit rate", info->name);
    if (options->bit_rate && (asked || native))
        return vh_fail(&encoder->log, VH_ERR_USAGE, "a bit rate and a quality exclude each other");
    if (options->bit_rate) {
        snprintf(text, sizeof text, "%lld", (long long)options->bit_rate);
        return vh_encoder_set(encoder, "b", text);
    }
    if (!info->quality_option) {
        if (native || (asked && !info->preset_is_quality))
            return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s %s", info->name,
                info->lossless ? "is lossless: it takes no quality"
                               : "takes no quality number; choose a preset");
        return VH_OK;
    }
    if (native &&
        (options->native_quality < info->quality_min || options->native_quality > info->quality_max))
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s: %s %g is outside %g to %g", info->name,
            info->quality_option, options->native_quality, info->quality_min, info->quality_max);
    if (native)
        value = options->native_quality;
    else if (asked)
        value = vh_encoder_quality(info, options->quality);
    if (strcmp(info->libav_name, "libx264") && strcmp(info->libav_name, "libx265"))
        value = rint(value); /* the others take whole numbers */
    snprintf(text, sizeof text, "%g", value);
    if (!strcmp(info->quality_option, "global_quality"))
        encoder->context->flags |= AV_CODEC_FLAG_QSCALE,
            snprintf(text, sizeof text, "%g", value * FF_QP2LAMBDA);
    return vh_encoder_set(encoder, info->quality_option, text);
}

static int set_gop(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    double rate = encoder->format.frame_rate.num > 0 ? av_q2d(encoder->format.frame_rate) : 25;
    char text[32];
    if (encoder->info->intra_only)
        return VH_OK;
    snprintf(text, sizeof text, "%d", options->gop > 0 ? options->gop : (int)lrint(10 * rate));
    return vh_encoder_set(encoder, "g", text);
}

static int set_options(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    char threads[16];
    int status = vh_encoder_set_fixed(encoder);
    if (status == VH_OK)
        status = set_preset(encoder, options);
    if (status == VH_OK && options->tune)
        status = vh_encoder_set(encoder, "tune", options->tune);
    if (status == VH_OK && options->profile)
        status = vh_encoder_set(encoder, "profile", options->profile);
    if (status == VH_OK)
        status = set_quality(encoder, options);
    if (status == VH_OK)
        status = set_gop(encoder, options);
    encoder->context->thread_count = options->n_threads > 0 ? options->n_threads : 0;
    if (status == VH_OK && options->n_threads > 0 && !strcmp(encoder->info->libav_name, "libsvtav1")) {
        snprintf(threads, sizeof threads, "%d", options->n_threads);
        av_bprintf(&encoder->passthrough, "lp=%s", threads); /* SVT-AV1 does not read thread_count */
    }
    if (status == VH_OK)
        status = vh_encoder_set_extra(encoder, options->extra);
    return status;
}

/* ---- the format ---- */

static int check_format(struct vh_encoder *encoder, const struct vh_format *format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format->pix_fmt);
    const struct vh_encoder_info *info = encoder->info;
    const enum AVPixelFormat *p = info->pix_fmt;
    while (*p != AV_PIX_FMT_NONE && *p != format->pix_fmt)
        p++;
    if (!desc || *p == AV_PIX_FMT_NONE || !vh_codec_takes(encoder->context->codec, format->pix_fmt))
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "encoder %s does not take the pixel format %s",
            info->name, desc ? desc->name : "unknown");
    if (format->width <= 0 || format->height <= 0 || format->width > 16384 || format->height > 16384)
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "a picture of %dx%d cannot be encoded",
            format->width, format->height);
    if (info->even_size && ((format->width & ((1 << desc->log2_chroma_w) - 1)) ||
                               (format->height & ((1 << desc->log2_chroma_h) - 1))))
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "encoder %s needs even sizes for %s, not %dx%d",
            info->name, desc->name, format->width, format->height);
    return VH_OK;
}

static int set_fields(
    struct vh_encoder *encoder, const struct vh_encoder_options *options, const struct vh_format *format)
{
    AVCodecContext *context = encoder->context;
    bool interlaced = format->fields == VH_FIELDS_TFF || format->fields == VH_FIELDS_BFF;
    context->field_order = AV_FIELD_PROGRESSIVE;
    encoder->code_interlaced = options->code_interlaced && interlaced;
    if (!encoder->code_interlaced)
        return VH_OK;
    if (!encoder->info->interlaced)
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "encoder %s cannot code interlaced pictures",
            encoder->info->name);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format->pix_fmt);
    if (encoder->info->even_size && format->height % (2 << desc->log2_chroma_h))
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED,
            "encoder %s codes interlaced %s only with lines in multiples of %d, not %d: use --pixel 422",
            encoder->info->name, desc->name, 2 << desc->log2_chroma_h, format->height);
    context->field_order = format->fields == VH_FIELDS_TFF ? AV_FIELD_TT : AV_FIELD_BB;
    context->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    return VH_OK;
}

static void set_format(struct vh_encoder *encoder, const struct vh_format *format)
{
    AVCodecContext *context = encoder->context;
    context->width = format->width;
    context->height = format->height;
    context->pix_fmt = format->pix_fmt;
    context->sample_aspect_ratio = format->sar;
    context->framerate = format->frame_rate;
    context->time_base = format->frame_rate.num > 0 ? av_inv_q(format->frame_rate) : format->time_base;
    context->colorspace = format->matrix;
    context->color_primaries = format->primaries;
    context->color_trc = format->transfer;
    context->color_range = format->range;
    context->chroma_sample_location = format->chroma;
    encoder->format = *format;
    encoder->format.time_base = context->time_base;
}

/* VAAPI takes pictures in the card's memory only. */
static int prepare_device(struct vh_encoder *encoder)
{
    AVHWFramesContext *frames;
    AVBufferRef *ref;
    if (!strstr(encoder->info->libav_name, "_vaapi"))
        return VH_OK;
    if (av_hwdevice_ctx_create(&encoder->device, AV_HWDEVICE_TYPE_VAAPI, NULL, NULL, 0) < 0 ||
        !(ref = av_hwframe_ctx_alloc(encoder->device)))
        return vh_fail(
            &encoder->log, VH_ERR_UNSUPPORTED, "encoder %s: no VAAPI device opens", encoder->info->name);
    frames = (AVHWFramesContext *)(void *)ref->data;
    frames->format = AV_PIX_FMT_VAAPI;
    frames->sw_format = encoder->format.pix_fmt;
    frames->width = encoder->format.width;
    frames->height = encoder->format.height;
    frames->initial_pool_size = 20;
    encoder->context->hw_frames_ctx = ref; /* now the context's */
    encoder->context->pix_fmt = AV_PIX_FMT_VAAPI;
    if (av_hwframe_ctx_init(ref) < 0)
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED,
            "encoder %s: the VAAPI device takes no such pictures", encoder->info->name);
    return VH_OK;
}

int vh_encoder_open(struct vh_encoder **encoder, const struct vh_encoder_options *options,
    const struct vh_format *format, const struct vh_log *log)
{
    struct vh_encoder *e;
    int status = vh_encoder_create(encoder, options->name, false, log);
    if (status != VH_OK)
        return status;
    e = *encoder;
    status = check_format(e, format);
    if (status == VH_OK) {
        set_format(e, format);
        status = set_fields(e, options, format);
    }
    if (options->global_header)
        e->context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (options->bitexact)
        e->context->flags |= AV_CODEC_FLAG_BITEXACT;
    e->context->err_recognition |= AV_EF_EXPLODE; /* SVT-AV1: unknown parameters are errors */
    if (status == VH_OK)
        status = set_options(e, options);
    if (status == VH_OK)
        status = prepare_device(e);
    if (status == VH_OK)
        status = vh_encoder_finish_open(e);
    if (status != VH_OK)
        vh_encoder_close(encoder);
    return status;
}

/* ---- frames and packets ---- */

static int upload(struct vh_encoder *encoder)
{
    AVFrame *there = av_frame_alloc();
    bool ok = there && av_hwframe_get_buffer(encoder->context->hw_frames_ctx, there, 0) >= 0 &&
              av_hwframe_transfer_data(there, encoder->frame, 0) >= 0 &&
              av_frame_copy_props(there, encoder->frame) >= 0;
    if (ok) {
        av_frame_unref(encoder->frame);
        av_frame_move_ref(encoder->frame, there);
    }
    av_frame_free(&there);
    return ok ? VH_OK
              : vh_fail(&encoder->log, VH_ERR_EXTERNAL, "encoder %s: upload to the device failed",
                    encoder->info->name);
}

static int wrap(struct vh_encoder *encoder, const AVFrame *frame)
{
    AVFrame *shell = encoder->frame;
    if (av_frame_ref(shell, frame) < 0)
        return vh_fail(&encoder->log, VH_ERR_RESOURCE, "out of memory encoding");
    shell->pict_type = AV_PICTURE_TYPE_NONE; /* the decoder's choice of key frames is not ours */
    shell->time_base = encoder->context->time_base;
    if (encoder->info->is_sound) {
        if (shell->pts == AV_NOPTS_VALUE)
            shell->pts = encoder->next_pts;
        encoder->next_pts = shell->pts + shell->nb_samples;
        return VH_OK;
    }
    shell->sample_aspect_ratio = encoder->format.sar;
    if (!encoder->code_interlaced)
        vh_frame_set_order(shell, VH_FIELDS_PROGRESSIVE);
    shell->repeat_pict = 0;
    return encoder->device ? upload(encoder) : VH_OK;
}

int vh_encoder_send(struct vh_encoder *encoder, const AVFrame *frame)
{
    int status = frame ? wrap(encoder, frame) : VH_OK, error = 0;
    if (status == VH_OK)
        error = avcodec_send_frame(encoder->context, frame ? encoder->frame : NULL);
    av_frame_unref(encoder->frame);
    encoder->sent |= frame && status == VH_OK && error >= 0;
    if (status != VH_OK || error == AVERROR_EOF)
        return status;
    if (error == AVERROR(EAGAIN))
        return VH_AGAIN;
    if (error < 0)
        return vh_fail(&encoder->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_EXTERNAL,
            "encoder %s failed: %s", encoder->info->name, av_err2str(error));
    return VH_OK;
}

int vh_encoder_receive(struct vh_encoder *encoder, AVPacket *packet)
{
    int error = avcodec_receive_packet(encoder->context, packet);
    if (error == AVERROR(EAGAIN))
        return VH_AGAIN;
    encoder->drained |= error == AVERROR_EOF;
    if (error == AVERROR_EOF)
        return VH_EOF;
    if (error < 0)
        return vh_fail(&encoder->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_EXTERNAL,
            "encoder %s failed: %s", encoder->info->name, av_err2str(error));
    packet->time_base = encoder->context->time_base;
    if (!packet->duration && !encoder->info->is_sound && encoder->format.frame_rate.num > 0)
        packet->duration = 1;
    return VH_OK;
}

/* ---- facts ---- */

const struct vh_format *vh_encoder_format(const struct vh_encoder *encoder)
{
    return &encoder->format;
}

const struct vh_sound_format *vh_encoder_sound(const struct vh_encoder *encoder)
{
    return &encoder->sound;
}

int vh_encoder_frame_size(const struct vh_encoder *encoder)
{
    return encoder->info->is_sound &&
                   !(encoder->context->codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE)
               ? encoder->context->frame_size
               : 0;
}

const AVCodecParameters *vh_encoder_parameters(const struct vh_encoder *encoder)
{
    return encoder->parameters;
}

AVRational vh_encoder_time_base(const struct vh_encoder *encoder)
{
    return encoder->context->time_base;
}

const struct vh_encoder_info *vh_encoder_row(const struct vh_encoder *encoder)
{
    return encoder->info;
}

const char *vh_encoder_settings(const struct vh_encoder *encoder)
{
    return encoder->settings.str;
}
