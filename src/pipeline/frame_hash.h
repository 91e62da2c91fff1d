/* --framemd5: the MD5 of everything handed to the encoders, in the layout of FFmpeg's framemd5 muxer: one
 * line per frame with stream, dts, pts, duration, size and hash. Frames of several nodes arrive in no fixed
 * order, so lines are sorted by stream and time before they are written. Thread-safe. */
#ifndef VH_PIPELINE_FRAME_HASH_H
#define VH_PIPELINE_FRAME_HASH_H

#include "core/log.h"

#include <libavutil/frame.h>

struct vh_frame_hash;

/* Begins; the file is written by vh_frame_hash_finish (pipeline/side_files.h tried the path). VH_OK or
 * VH_ERR_RESOURCE (reported). */
int vh_frame_hash_create(struct vh_frame_hash **hash, const char *path, const struct vh_log *log);

/* Declares stream `stream` with its time base and one line of description for the header. */
void vh_frame_hash_stream(struct vh_frame_hash *hash, int stream, AVRational time_base, const char *about);

/* Hashes a picture or sound frame of that stream. NULL `hash` is legal and does nothing. VH_OK or
 * VH_ERR_RESOURCE. */
int vh_frame_hash_add(struct vh_frame_hash *hash, int stream, const AVFrame *frame, int64_t duration);

/* Writes the file. VH_OK or VH_ERR_OUTPUT / VH_ERR_RESOURCE (reported). */
int vh_frame_hash_finish(struct vh_frame_hash *hash, const struct vh_log *log);

void vh_frame_hash_destroy(struct vh_frame_hash **hash);

#endif
