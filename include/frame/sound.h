/* What a sound signal means: a plain value, like vh_format for pictures. */
#ifndef VH_FRAME_SOUND_H
#define VH_FRAME_SOUND_H

#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/rational.h>
#include <libavutil/samplefmt.h>
#include <stdbool.h>
#include <stdint.h>

struct vh_sound_format {
    enum AVSampleFormat sample_fmt; /* memory layout; inside graphs float planar */
    int sample_rate;                /* Hz */
    int n_channels;
    uint64_t mask;        /* AV_CH_LAYOUT_*; 0 = the source does not say which channel is which */
    AVRational time_base; /* unit of the time stamps; usually 1/sample_rate */
};

/* The format as a libav layout in *layout. A mask of 0 gives the default layout of that many channels (mono,
 * stereo, 2.1 …), which is what every player assumes. Nothing to free. */
void vh_sound_get_layout(const struct vh_sound_format *format, AVChannelLayout *layout);

/* Sets n_channels and mask from a libav layout (ambisonic and custom orders give mask 0). */
void vh_sound_set_layout(struct vh_sound_format *format, const AVChannelLayout *layout);

/* Fills *format from a frame; its own time base, or 1/sample_rate where it has none. */
void vh_sound_from_frame(struct vh_sound_format *format, const AVFrame *frame);

bool vh_sound_equal(const struct vh_sound_format *a, const struct vh_sound_format *b);

/* "48000 Hz stereo fltp"; returns `text`. */
char *vh_sound_print(const struct vh_sound_format *format, char *text, size_t size);

#endif
