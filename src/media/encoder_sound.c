/* Sound encoders: what rate, sample format and channels a codec takes, and opening. Channels are never folded
 * silently. */
#include "media/encoder.h"

#include "core/status.h"
#include "encoder_internal.h"

#include <libavutil/channel_layout.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static enum AVSampleFormat fit_sample_format(const AVCodec *codec, enum AVSampleFormat wanted)
{
    const enum AVSampleFormat *list = vh_codec_sample_fmts(codec);
    enum AVSampleFormat best = AV_SAMPLE_FMT_NONE;
    int need = wanted == AV_SAMPLE_FMT_NONE ? 4 : av_get_bytes_per_sample(wanted);
    for (; list && *list != AV_SAMPLE_FMT_NONE; list++) {
        int have = av_get_bytes_per_sample(*list), best_bytes = av_get_bytes_per_sample(best);
        if (*list == wanted)
            return *list;
        if (best == AV_SAMPLE_FMT_NONE || (best_bytes < need && have > best_bytes))
            best = *list;
    }
    return best == AV_SAMPLE_FMT_NONE ? wanted : best;
}

/* The same rate, else the next higher one, else the highest. */
static int fit_rate(const AVCodec *codec, int wanted)
{
    const int *list = vh_codec_sample_rates(codec);
    int above = 0, highest = 0;
    if (!list)
        return wanted;
    for (; *list; list++) {
        if (*list == wanted)
            return wanted;
        if (*list > wanted && (!above || *list < above))
            above = *list;
        if (*list > highest)
            highest = *list;
    }
    return above ? above : highest;
}

static bool opens(
    const AVCodec *codec, const struct vh_encoder_info *info, const struct vh_sound_format *format)
{
    AVCodecContext *context = avcodec_alloc_context3(codec);
    bool ok = false;
    if (context) {
        context->sample_fmt = format->sample_fmt;
        context->sample_rate = format->sample_rate;
        context->time_base = (AVRational){1, format->sample_rate};
        context->strict_std_compliance = info->fixed ? FF_COMPLIANCE_EXPERIMENTAL : FF_COMPLIANCE_NORMAL;
        if (info->bit_rate_per_pair)
            context->bit_rate = (int64_t)info->bit_rate_per_pair * format->n_channels / 2;
        vh_sound_get_layout(format, &context->ch_layout);
        ok = avcodec_open2(context, codec, NULL) >= 0;
        avcodec_free_context(&context);
    }
    return ok;
}

/* The wanted layout, or the listed one of as many channels (5.1 with side or back speakers), and only what
 * opens. */
static bool fit_layout(
    const AVCodec *codec, const struct vh_encoder_info *info, struct vh_sound_format *format)
{
    const AVChannelLayout *list = vh_codec_layouts(codec);
    AVChannelLayout wanted;
    vh_sound_get_layout(format, &wanted);
    format->mask = wanted.order == AV_CHANNEL_ORDER_NATIVE ? wanted.u.mask : 0;
    for (const AVChannelLayout *l = list; l && l->nb_channels; l++)
        if (!av_channel_layout_compare(l, &wanted))
            return opens(codec, info, format);
    for (const AVChannelLayout *l = list; l && l->nb_channels; l++)
        if (l->nb_channels == wanted.nb_channels && l->order == AV_CHANNEL_ORDER_NATIVE) {
            format->mask = l->u.mask;
            return opens(codec, info, format);
        }
    return !list && opens(codec, info, format);
}

static bool fits(
    const struct vh_encoder_info *info, const struct vh_sound_format *wanted, struct vh_sound_format *fit)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(info->libav_name);
    if (!codec)
        return false;
    *fit = *wanted;
    fit->sample_fmt = fit_sample_format(codec, wanted->sample_fmt);
    fit->sample_rate = fit_rate(codec, wanted->sample_rate);
    fit->time_base = (AVRational){1, fit->sample_rate};
    return fit_layout(codec, info, fit);
}

/* "aac, flac, pcm_s16le": the encoders that do hold this sound. */
static void list_able(const struct vh_sound_format *wanted, char *names, size_t size)
{
    struct vh_sound_format fit;
    size_t used = 0;
    int n;
    const struct vh_encoder_info *row = vh_encoder_table(&n);
    names[0] = '\0';
    for (int i = 0; i < n && used < size; i++)
        if (row[i].is_sound && fits(&row[i], wanted, &fit))
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", row[i].name);
}

int vh_encoder_fit_sound(const struct vh_encoder_info *info, const struct vh_sound_format *wanted,
    struct vh_sound_format *fit, const struct vh_log *log)
{
    char sound[80], names[160];
    if (!avcodec_find_encoder_by_name(info->libav_name))
        return vh_fail(log, VH_ERR_UNSUPPORTED, "encoder %s (%s) is not in this build of libavcodec",
            info->name, info->libav_name);
    if (fits(info, wanted, fit))
        return VH_OK;
    list_able(wanted, names, sizeof names);
    return vh_fail(log, VH_ERR_UNSUPPORTED, "encoder %s cannot hold %s (%s can)", info->name,
        vh_sound_print(wanted, sound, sizeof sound), names[0] ? names : "no encoder");
}

static int check_sound(struct vh_encoder *encoder, const struct vh_sound_format *format)
{
    struct vh_sound_format fit;
    char sound[80], possible[80];
    int status = vh_encoder_fit_sound(encoder->info, format, &fit, &encoder->log);
    if (status != VH_OK)
        return status;
    if (fit.sample_rate != format->sample_rate || (format->mask && fit.mask != format->mask))
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED, "encoder %s does not take %s, but %s",
            encoder->info->name, vh_sound_print(format, sound, sizeof sound),
            vh_sound_print(&fit, possible, sizeof possible));
    encoder->sound = fit;
    return VH_OK;
}

static int set_bit_rate(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    int64_t rate = options->bit_rate;
    char text[32];
    if (!encoder->info->bit_rate_per_pair)
        return rate ? vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s is lossless: it takes no bit rate",
                          encoder->info->name)
                    : VH_OK;
    if (!rate)
        rate = (int64_t)encoder->info->bit_rate_per_pair * encoder->sound.n_channels / 2;
    snprintf(text, sizeof text, "%lld", (long long)rate);
    return vh_encoder_set(encoder, "b", text);
}

static void set_sound(struct vh_encoder *encoder, const struct vh_encoder_options *options)
{
    AVCodecContext *context = encoder->context;
    context->sample_fmt = encoder->sound.sample_fmt;
    context->sample_rate = encoder->sound.sample_rate;
    context->time_base = (AVRational){1, encoder->sound.sample_rate};
    vh_sound_get_layout(&encoder->sound, &context->ch_layout);
    if (encoder->info->lossless && context->sample_fmt == AV_SAMPLE_FMT_S32)
        context->bits_per_raw_sample = 24; /* no capture holds more */
    if (options->global_header)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (options->bitexact)
        context->flags |= AV_CODEC_FLAG_BITEXACT;
    context->thread_count = 1; /* sound encoders are cheap, and their threads would not be */
}

int vh_encoder_open_sound(struct vh_encoder **encoder, const struct vh_encoder_options *options,
    const struct vh_sound_format *format, const struct vh_log *log)
{
    struct vh_encoder *e;
    int status = vh_encoder_create(encoder, options->name, true, log);
    if (status != VH_OK)
        return status;
    e = *encoder;
    status = check_sound(e, format);
    if (status == VH_OK) {
        set_sound(e, options);
        status = vh_encoder_set_fixed(e);
    }
    if (status == VH_OK)
        status = set_bit_rate(e, options);
    if (status == VH_OK)
        status = vh_encoder_set_extra(e, options->extra);
    if (status == VH_OK)
        status = vh_encoder_finish_open(e);
    if (status != VH_OK)
        vh_encoder_close(encoder);
    return status;
}
