/* The timeline of a job: how the time of the file's picture relates to the time of the tape, and up to where
 * that is known.
 *
 * The capture's sound runs through; its picture may lack frames or hold some twice. So a frame that stands at
 * file time f of the picture was on the tape at f + shift, and the shift changes at every edit: by +n frames
 * where n are missing, by -1 where one is a copy. These changes are the knots. With VH_TIMELINE_FOLLOW the
 * picture is put back on tape time (missing frames rebuilt, copies dropped) and the sound stays as it is;
 * with VH_TIMELINE_KEEP the picture stays as it is and the sound is cut or extended at the knots.
 *
 * The watermark says up to which tape time the edits are final: whoever places sound waits for it. Edits come
 * in rising order and never before the watermark. A listener hears of both as they happen, on the thread of
 * whoever adds; it must not block.
 *
 * Memory: 24 bytes per knot. One thread at a time.
 */
#ifndef VH_PIPELINE_TIMELINE_H
#define VH_PIPELINE_TIMELINE_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

enum vh_timeline_mode {
    VH_TIMELINE_FOLLOW, /* the picture follows the sound */
    VH_TIMELINE_KEEP,   /* the picture stays, the sound is cut */
    VH_TIMELINE_OFF,    /* nothing is looked for */
};

/* What a listener is told: at tape time `time_s` the sound changes by delta_s (positive: so much is inserted;
 * always 0 unless KEEP), and everything up to final_s is known. INFINITY = all. */
struct vh_timeline_news {
    double time_s, delta_s;
    double final_s;
};

typedef void vh_timeline_listener(void *opaque, const struct vh_timeline_news *news);

struct vh_timeline;

/* VH_OK or VH_ERR_RESOURCE. `frame_rate` of the picture. */
int vh_timeline_create(struct vh_timeline **timeline, enum vh_timeline_mode mode, AVRational frame_rate);
void vh_timeline_destroy(struct vh_timeline **timeline);

/* Sets the one listener; NULL = none. */
void vh_timeline_listen(struct vh_timeline *timeline, vh_timeline_listener *listener, void *opaque);

/* From file frame `frame` (place on the exact grid, from 0) on, `n` frames more (n > 0: missing before it) or
 * less (n < 0: copies among those before it) have passed on the tape. VH_OK, VH_ERR_RESOURCE, or
 * VH_ERR_INTERNAL for a frame before the last knot or behind the watermark. */
int vh_timeline_shift(struct vh_timeline *timeline, int64_t frame, int n);

/* Nothing changes before file frame `frame` any more. */
void vh_timeline_final(struct vh_timeline *timeline, int64_t frame);

/* The end: everything is final. */
void vh_timeline_finish(struct vh_timeline *timeline);

/* Tape time of file time `file_s`, as far as known; and back: between the two sides of a loss there is no
 * file time, its place is given. Seconds from the first frame. */
double vh_timeline_tape_s(const struct vh_timeline *timeline, double file_s);
double vh_timeline_file_s(const struct vh_timeline *timeline, double tape_s);

/* Output time of tape time `tape_s` by the mode. */
double vh_timeline_output_s(const struct vh_timeline *timeline, double tape_s);

/* Up to where everything is known, tape time; INFINITY after finish. */
double vh_timeline_watermark_s(const struct vh_timeline *timeline);

int vh_timeline_knots(const struct vh_timeline *timeline);

#endif
