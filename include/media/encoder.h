/* Encoders: one table row each, opened before anything is decoded.
 *
 * The table says what an encoder is called (ours and libav's), how its quality is set, its presets and the
 * pixel formats we hand it, so that a preset of one encoder never reaches another. Every option is either
 * consumed by the encoder or an error that names it. Options of x264, x265 and SVT-AV1 themselves are
 * accepted by their own names and checked with the libraries' own parsers.
 *
 * One thread at a time per encoder; encoders run libav's own threads as told.
 */
#ifndef VH_MEDIA_ENCODER_H
#define VH_MEDIA_ENCODER_H

#include "core/log.h"
#include "frame/format.h"
#include "frame/sound.h"

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <libavutil/frame.h>

struct vh_encoder;

struct vh_encoder_info {
    const char *name;       /* "x264" */
    const char *libav_name; /* "libx264" */
    const char *summary;    /* "H.264 through libx264" */
    enum AVCodecID codec_id;
    bool is_sound;
    bool lossless;   /* always */
    bool intra_only; /* every frame a key frame */
    bool interlaced; /* can code interlaced frames as such */
    bool hardware;   /* listed only when it opens */
    bool even_size;  /* sizes must be whole chroma samples */

    const char *quality_option; /* "crf", "qp", "cq" …; NULL = none: lossless, or `preset_is_quality` */
    double quality_min, quality_max, quality_default; /* of that option */
    double quality_at_100, quality_at_0;              /* --quality 100 and 0 on that option, linear between */

    const char *const *preset; /* NULL-terminated, fastest (smallest) first; NULL = none */
    const char *preset_option; /* libav's option the preset goes to: "preset", "profile" */
    const char *preset_default;
    bool preset_is_quality; /* --quality picks the preset: profiles of ProRes and DNxHR */

    const enum AVPixelFormat *pix_fmt; /* AV_PIX_FMT_NONE-terminated, preferred first; NULL for sound */
    const char *const *fixed; /* name, value, name, value … NULL: options set first, may be overridden */
    const char *passthrough;  /* option that takes the library's own parameters, NULL = none */
    int bit_rate_per_pair;    /* sound: default bits per second for two channels; 0 = none (lossless) */
};

/* All rows, and one by our name or libav's name (NULL when unknown). Constant. */
const struct vh_encoder_info *vh_encoder_table(int *n);
const struct vh_encoder_info *vh_encoder_find(const char *name);

/* VH_OK when this build has the encoder and (hardware) it opens here; VH_ERR_UNSUPPORTED otherwise. Reports
 * nothing. Opening a hardware encoder takes up to a second: cache the answer. */
int vh_encoder_available(const struct vh_encoder_info *info);

/* The table's pixel format nearest to the wish: that subsampling (log2) and at least that depth, else less.
 */
enum AVPixelFormat vh_encoder_pick_format(
    const struct vh_encoder_info *info, int depth, int sub_x, int sub_y);

/* Whether the encoder writes closed captions (side data A53_CC of frames) into its stream. */
bool vh_encoder_carries_captions(const struct vh_encoder_info *info);

/* Value of the encoder's quality option for --quality 0 … 100. */
double vh_encoder_quality(const struct vh_encoder_info *info, double quality);

struct vh_encoder_options {
    const char *name;      /* row of the table */
    double quality;        /* 0 … 100, or NaN */
    double native_quality; /* value of the quality option (--crf 18), or NaN; both NaN = the row's default */
    int64_t bit_rate;      /* bits per second instead of a quality; 0 = none */
    const char *preset;    /* NULL = the row's default */
    const char *tune;      /* x264, x265, SVT-AV1; NULL = none */
    const char *profile;   /* NULL = the encoder's choice */
    const char
        *extra; /* "key=value:key=value": options of libav's encoder or of the library itself; may be NULL */
    int gop;    /* longest distance of key frames in frames, 0 = ten seconds */
    int n_threads;        /* 0 = the encoder's own choice */
    bool bitexact;        /* leave out versions and dates */
    bool global_header;   /* the container wants parameters in front (vh_container_info) */
    bool code_interlaced; /* code as interlaced when the format is (format.fields TFF or BFF) */
};

/* Opens a picture encoder for frames of `format` (which must be complete: pixel format, size, frame rate,
 * colours). Frames then carry pts in units of 1/frame_rate, or of format.time_base when the rate is 0/1.
 * VH_OK or, with *encoder NULL, a reported error: VH_ERR_USAGE (unknown encoder, option, preset, value),
 * VH_ERR_UNSUPPORTED (not in this build, pixel format or size impossible for it), VH_ERR_RESOURCE,
 * VH_ERR_EXTERNAL. */
int vh_encoder_open(struct vh_encoder **encoder, const struct vh_encoder_options *options,
    const struct vh_format *format, const struct vh_log *log);

/* Opens a sound encoder for sound of `format`; the sample format may be any: what the encoder wants is in
 * vh_encoder_sound. Sample rate and layout must be ones the encoder can do, else VH_ERR_UNSUPPORTED with a
 * message that lists what it can. Time stamps in 1/sample_rate. */
int vh_encoder_open_sound(struct vh_encoder **encoder, const struct vh_encoder_options *options,
    const struct vh_sound_format *format, const struct vh_log *log);

/* The nearest sound an encoder of that row takes: sample format, rate (never lower unless it must) and layout
 * for `wanted`. VH_OK, or VH_ERR_UNSUPPORTED when it cannot hold the channels (reported with the encoders
 * that can). */
int vh_encoder_fit_sound(const struct vh_encoder_info *info, const struct vh_sound_format *wanted,
    struct vh_sound_format *fit, const struct vh_log *log);

void vh_encoder_close(struct vh_encoder **encoder);

/* What the encoder takes: the opened format. */
const struct vh_format *vh_encoder_format(const struct vh_encoder *encoder);
const struct vh_sound_format *vh_encoder_sound(const struct vh_encoder *encoder);

/* Samples per frame that a sound encoder wants (all but the last), 0 = any. */
int vh_encoder_frame_size(const struct vh_encoder *encoder);

/* Gives one frame (referenced, not changed; NULL = the end). VH_OK, VH_AGAIN when packets must be received
 * first (the frame was not taken), VH_ERR_*. */
int vh_encoder_send(struct vh_encoder *encoder, const AVFrame *frame);

/* Moves the next packet into `packet` (must be blank), packet->time_base set. VH_OK, VH_AGAIN, VH_EOF,
 * VH_ERR_*. */
int vh_encoder_receive(struct vh_encoder *encoder, AVPacket *packet);

/* For the muxer; valid until close. */
const AVCodecParameters *vh_encoder_parameters(const struct vh_encoder *encoder);
AVRational vh_encoder_time_base(const struct vh_encoder *encoder);
const struct vh_encoder_info *vh_encoder_row(const struct vh_encoder *encoder);

/* The settings as one line for tags, plan and reports: "libx264 crf=18 preset=medium …"; valid until close.
 */
const char *vh_encoder_settings(const struct vh_encoder *encoder);

#endif
