/* Sound formats as plain values. */
#include "frame/sound.h"

#include <stdio.h>
#include <string.h>

void vh_sound_get_layout(const struct vh_sound_format *format, AVChannelLayout *layout)
{
    memset(layout, 0, sizeof *layout);
    if (!format->mask || av_channel_layout_from_mask(layout, format->mask) < 0)
        av_channel_layout_default(layout, format->n_channels);
}

void vh_sound_set_layout(struct vh_sound_format *format, const AVChannelLayout *layout)
{
    format->n_channels = layout->nb_channels;
    format->mask = layout->order == AV_CHANNEL_ORDER_NATIVE ? layout->u.mask : 0;
}

void vh_sound_from_frame(struct vh_sound_format *format, const AVFrame *frame)
{
    *format = (struct vh_sound_format){
        .sample_fmt = frame->format, .sample_rate = frame->sample_rate, .time_base = frame->time_base};
    vh_sound_set_layout(format, &frame->ch_layout);
    if (!format->time_base.num)
        format->time_base = (AVRational){1, frame->sample_rate};
}

bool vh_sound_equal(const struct vh_sound_format *a, const struct vh_sound_format *b)
{
    return a->sample_fmt == b->sample_fmt && a->sample_rate == b->sample_rate &&
           a->n_channels == b->n_channels && a->mask == b->mask;
}

char *vh_sound_print(const struct vh_sound_format *format, char *text, size_t size)
{
    char layout_name[64];
    const char *fmt = av_get_sample_fmt_name(format->sample_fmt);
    AVChannelLayout layout;
    vh_sound_get_layout(format, &layout);
    if (av_channel_layout_describe(&layout, layout_name, sizeof layout_name) < 0)
        snprintf(layout_name, sizeof layout_name, "%d channels", format->n_channels);
    snprintf(text, size, "%d Hz %s %s", format->sample_rate, layout_name, fmt ? fmt : "unknown");
    return text;
}
