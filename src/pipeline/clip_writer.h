/* Writes a clip picture by picture, for tools: native 16-bit pictures and float planar sound into one checked
 * file. One thread. */
#ifndef VH_PIPELINE_CLIP_WRITER_H
#define VH_PIPELINE_CLIP_WRITER_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/frame.h"
#include "frame/sound.h"
#include "media/encoder.h"

struct vh_clip_writer;

struct vh_clip_writer_config {
    const char *path, *source; /* source: the input, must be another file; NULL = none */
    bool overwrite, bitexact;
    const char *encoder;      /* row of media/encoder.h */
    const char *extra;        /* encoder options, may be NULL */
    int depth;                /* bits of the samples in the file */
    struct vh_format picture; /* 16-bit working format, complete; fields TFF or BFF are coded as such */
    const struct vh_sound_format *sound; /* float planar; NULL = none */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* Opens encoders and the output. Sound is written without loss where the container can, else with its default
 * encoder. VH_OK or, with *writer NULL, a reported error. */
int vh_clip_writer_open(struct vh_clip_writer **writer, const struct vh_clip_writer_config *config);

/* Aborts unless finished: nothing is left under the final name. */
void vh_clip_writer_close(struct vh_clip_writer **writer);

/* Writes the next picture; takes *frame over, also on failure. VH_OK or a reported error. */
int vh_clip_write_picture(struct vh_clip_writer *writer, AVFrame **frame);

/* Writes the next n samples of each channel. VH_OK or a reported error. */
int vh_clip_write_sound(struct vh_clip_writer *writer, float *const *channel, int n);

/* Drains the encoders, checks and renames the file. VH_OK or a reported error. */
int vh_clip_writer_finish(struct vh_clip_writer *writer);

int64_t vh_clip_writer_bytes(const struct vh_clip_writer *writer);

#endif
