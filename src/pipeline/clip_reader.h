/* Reads a clip picture by picture, for tools that need pictures and not a job: decoded, in the native 16-bit
 * layout, with the main sound beside it as float planar.
 *
 * One thread, no queues: asking for a picture reads the file as far as needed, and sound met on the way waits
 * until it is fetched. Pictures come in order of presentation; their time stamps are kept.
 */
#ifndef VH_PIPELINE_CLIP_READER_H
#define VH_PIPELINE_CLIP_READER_H

#include "core/cancel.h"
#include "core/log.h"
#include "core/pool.h"
#include "frame/frame.h"
#include "frame/sound.h"
#include "pipeline/request.h"

struct vh_clip_reader;

struct vh_clip_reader_config {
    const char *url;
    const struct vh_source_options *range; /* start, end, duration; NULL = all */
    bool sound;                            /* the main sound is wanted */
    struct vh_pool *pool;
    unsigned cpu_flags;
    struct vh_cancel *cancel; /* may be NULL */
    const struct vh_log *log;
};

/* Opens the clip and decodes its first picture. VH_OK or, with *reader NULL, a reported error. */
int vh_clip_reader_open(struct vh_clip_reader **reader, const struct vh_clip_reader_config *config);
void vh_clip_reader_close(struct vh_clip_reader **reader);

/* The pictures as they are handed out: 16-bit, limited range, colour resolved, the rate of the container. */
const struct vh_format *vh_clip_reader_format(const struct vh_clip_reader *reader);

/* Bits per sample of the pictures in the file. */
int vh_clip_reader_depth(const struct vh_clip_reader *reader);

/* Sound as it is handed out (float planar), or NULL when there is none or none was wanted. */
const struct vh_sound_format *vh_clip_reader_sound(const struct vh_clip_reader *reader);

/* Pictures in the clip by its stated duration; 0 = unknown. */
int64_t vh_clip_reader_expected(const struct vh_clip_reader *reader);

/* Moves the next picture to *frame (vh_frame_free). VH_OK, VH_EOF, or a reported error. */
int vh_clip_read_picture(struct vh_clip_reader *reader, AVFrame **frame);

/* Moves the next piece of sound met so far to *frame. VH_OK, VH_AGAIN when more pictures must be read first,
 * VH_EOF. */
int vh_clip_read_sound(struct vh_clip_reader *reader, AVFrame **frame);

/* Seconds from the first picture to the first sample of sound, valid once sound was read. */
double vh_clip_reader_sound_offset(const struct vh_clip_reader *reader);

#endif
