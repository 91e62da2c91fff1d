/* The decoder: packets in, frames out, whatever the state of the tape file.
 *
 * Never ends at damaged data: errors are counted and reported with their time code, damaged pictures are
 * handed on with VH_DECODED_CORRUPT set, and only when nothing at all decodes does the end of the stream
 * become an error. Frames before the input's range are dropped, sound is cut at the range's first and last
 * sample.
 *
 * Frames carry pts in frame->time_base (the stream's), counted like the packets' (input.h). Decoders may run
 * libav's own threads; calls come from one thread at a time and never wait for another stage.
 */
#ifndef VH_MEDIA_DECODER_H
#define VH_MEDIA_DECODER_H

#include "media/input.h"

#include <libavutil/frame.h>

struct vh_decoder;

enum vh_decoded_fact {
    VH_DECODED_CORRUPT = 1 << 0, /* the picture is known to be damaged */
    VH_DECODED_CHANGED =
        1 << 1, /* size, pixel format, sample rate or channels differ from the previous frame's */
};

struct vh_decoder_options {
    int n_threads;    /* libav decoder threads, 0 = 1 */
    bool keep_format; /* convert changed frames (swscale, swresample) to the first one's format; the
                         change is still flagged and reported */
    const struct vh_event_sink *events; /* "decode.*" events; may be NULL; must outlive the decoder */
};

struct vh_decoder_damage {
    int64_t n_frames;  /* given out */
    int64_t n_corrupt; /* of these damaged */
    int64_t n_errors;  /* packets that gave nothing */
    int64_t n_changes; /* of format in mid-stream */
    int64_t first_us;  /* source time of the first damage, VH_TIME_NONE = none */
    struct vh_damage_spans spans;
};

/* Opens a decoder for one stream of `input` (needed only during the call, and for joined inputs until close).
 * VH_OK or, with *decoder NULL, a reported error: VH_ERR_UNSUPPORTED (this build has no decoder for the
 * codec), VH_ERR_INPUT (parameters missing), VH_ERR_RESOURCE. */
int vh_decoder_open(struct vh_decoder **decoder, const struct vh_input *input, int stream,
    const struct vh_decoder_options *options, const struct vh_log *log);

void vh_decoder_close(struct vh_decoder **decoder);

/* Gives one packet (referenced, not changed; NULL = the end). VH_OK, VH_AGAIN when frames must be received
 * first (the packet was not taken), VH_EOF when the range's end has been passed and no more is needed,
 * VH_ERR_RESOURCE. */
int vh_decoder_send(struct vh_decoder *decoder, const AVPacket *packet);

/* Moves the next frame into `frame` (which must be blank), and enum vh_decoded_fact into *facts (may be
 * NULL). VH_OK, VH_AGAIN when a packet is needed, VH_EOF at the end, VH_ERR_INPUT when the stream ended and
 * not one frame was decoded (reported), VH_ERR_RESOURCE. */
int vh_decoder_receive(struct vh_decoder *decoder, AVFrame *frame, unsigned *facts);

/* Forgets what is buffered, after a seek. */
void vh_decoder_flush(struct vh_decoder *decoder);

void vh_decoder_get_damage(const struct vh_decoder *decoder, struct vh_decoder_damage *damage);

#endif
