/* The muxer, and the promise that a file under its final name is whole.
 *
 * Everything is written to ".NAME.EXT.vhsup-part" in the output's own folder; when the last packet is in, the
 * file is synced, opened again and checked, and only then renamed. An existing file is never replaced unless
 * asked, without a race (renameat2 RENAME_NOREPLACE, or link). A failure or vh_output_close before
 * vh_output_finish removes the temporary file. Streams are interleaved by decoding time. "-" writes to
 * standard output instead (a format must be given).
 *
 * One thread at a time. Blocks on the disk.
 */
#ifndef VH_MEDIA_OUTPUT_H
#define VH_MEDIA_OUTPUT_H

#include "media/container.h"
#include "media/encoder.h"
#include "media/input.h"

struct vh_output;

struct vh_output_options {
    const char *path;
    const char *format;         /* muxer; NULL = by the extension */
    const char *format_options; /* "key=value:…" for the muxer; unknown keys are errors; may be NULL */
    const char *source; /* the input, which must not be the same file (inode); NULL or "-" = no such check */
    const char *const *also; /* further inputs that it must not be (joined captures); NULL = none */
    int n_also;
    bool overwrite; /* -y */
    bool bitexact;  /* no dates, no versions, fixed identifiers */
    bool faststart; /* mp4, mov: index in front (costs one copy of the file at the end) */
};

/* Looks without writing: VH_OK, or the reported error that vh_output_open would meet (VH_ERR_OUTPUT: exists,
 * is the source, is a directory, folder missing or not writable). For planning. */
int vh_output_check_path(const struct vh_output_options *options, const struct vh_log *log);

/* Creates the temporary file. VH_OK or, with *output NULL, a reported error: VH_ERR_OUTPUT (exists, equals
 * the source also through links, folder missing or not writable, somebody else is writing it), VH_ERR_USAGE,
 * VH_ERR_UNSUPPORTED, VH_ERR_RESOURCE. */
int vh_output_open(
    struct vh_output **output, const struct vh_output_options *options, const struct vh_log *log);

/* Aborts when not finished: removes the temporary file. NULL and *output == NULL are legal. */
void vh_output_close(struct vh_output **output);

const struct vh_container_info *vh_output_container(const struct vh_output *output);

/* Adds a stream before vh_output_start; `source` (may be NULL) gives language, title, disposition and the
 * other tags, as far as they still hold (statistics of the old stream are left out). *index receives its
 * number. VH_OK, VH_ERR_UNSUPPORTED (the container cannot hold it, reported), VH_ERR_RESOURCE. */
int vh_output_add_encoder(struct vh_output *output, const struct vh_encoder *encoder,
    const struct vh_stream_info *source, int *index);
int vh_output_add_copy(struct vh_output *output, const struct vh_input *input, int stream, int *index);
int vh_output_add_parameters(struct vh_output *output, const AVCodecParameters *parameters,
    AVRational time_base, const struct vh_stream_info *source, int *index);

/* Copies file tags and chapters; the range of `input` is taken off the chapters (clipped, emptied ones
 * dropped). VH_OK, VH_ERR_RESOURCE. */
int vh_output_copy_metadata(struct vh_output *output, const struct vh_input *input);

/* Sets one file tag (value NULL removes it), or one of a stream's. VH_OK, VH_ERR_RESOURCE. */
int vh_output_set_tag(
    struct vh_output *output, int stream, const char *key, const char *value); /* stream -1 = file */

/* Adds a chapter (source-independent; output time), any time before vh_output_finish: Matroska and MP4 write
 * chapters at the end. VH_OK, VH_ERR_RESOURCE. */
int vh_output_add_chapter(struct vh_output *output, int64_t start_us, int64_t end_us, const char *title);

/* Writes the header. No stream or tag can be added afterwards. VH_OK or a reported error. */
int vh_output_start(struct vh_output *output);

/* Moves a packet in (packet->time_base valid; blank afterwards, also on failure). VH_OK; VH_ERR_RESOURCE when
 * the disk is full, with the path and what is missing; VH_ERR_OUTPUT for other write errors. Packets of
 * copied streams before time 0 are dropped. */
int vh_output_write(struct vh_output *output, int stream, AVPacket *packet);

struct vh_output_expect {
    int video;           /* stream to check, -1 = none */
    int64_t n_frames;    /* packets that stream must have, -1 = what was written */
    int64_t duration_us; /* of that stream, VH_TIME_NONE = do not check; one frame of tolerance */
    bool skip_check;     /* do not reopen (standard output never is) */
};

/* Writes the trailer, syncs, reopens and checks (all streams there, packet counts, duration, the first
 * picture decodes), renames. VH_OK; VH_ERR_RESOURCE, VH_ERR_OUTPUT: reported, nothing under the final name.
 */
int vh_output_finish(struct vh_output *output, const struct vh_output_expect *expect);

int64_t vh_output_bytes(const struct vh_output *output);

#endif
