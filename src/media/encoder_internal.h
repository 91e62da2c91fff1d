/* Shared by the encoder's files. */
#ifndef VH_MEDIA_ENCODER_INTERNAL_H
#define VH_MEDIA_ENCODER_INTERNAL_H

#include "media/encoder.h"

#include <libavcodec/avcodec.h>
#include <libavutil/bprint.h>

struct vh_encoder {
    const struct vh_encoder_info *info;
    AVCodecContext *context;
    struct vh_log log;
    struct vh_format format;
    struct vh_sound_format sound;
    AVCodecParameters *parameters;
    AVFrame *frame;      /* shell for what is handed to libavcodec */
    AVBufferRef *device; /* VAAPI */
    AVBPrint settings;
    AVBPrint passthrough; /* parameters of the library itself */
    bool code_interlaced;
    bool opened, sent, drained;
    int64_t next_pts; /* sound: where untimed frames go */
};

/* What the codec lists, or NULL for "anything"; one spelling for all FFmpeg versions. */
const enum AVPixelFormat *vh_codec_pix_fmts(const AVCodec *codec);
const enum AVSampleFormat *vh_codec_sample_fmts(const AVCodec *codec);
const int *vh_codec_sample_rates(const AVCodec *codec);
const AVChannelLayout *vh_codec_layouts(const AVCodec *codec);
bool vh_codec_takes(const AVCodec *codec, enum AVPixelFormat pix_fmt);

const char *vh_encoder_quality_preset(const struct vh_encoder_info *info, double quality);

/* The encoder with nothing set yet, closed by vh_encoder_close; the row's fixed options; and the last step of
 * opening. */
int vh_encoder_create(struct vh_encoder **encoder, const char *name, bool is_sound, const struct vh_log *log);
int vh_encoder_set_fixed(struct vh_encoder *encoder);
int vh_encoder_finish_open(struct vh_encoder *encoder);

/* Sets one option of libavcodec's encoder; VH_OK or a reported VH_ERR_USAGE naming option and range. */
int vh_encoder_set(struct vh_encoder *encoder, const char *key, const char *value);

/* Applies "key=value:key=value": libavcodec's options, else the library's own, checked with its parser. */
int vh_encoder_set_extra(struct vh_encoder *encoder, const char *extra);

/* Hands the collected parameters to the library's option. */
int vh_encoder_set_passthrough(struct vh_encoder *encoder);

#endif
