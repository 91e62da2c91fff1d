/* The editor of a tape's picture in time: healed frames in, the frames of the finished picture out, with the
 * edits that keep picture and sound in step.
 *
 * Frames wait until the watch (analyze/tape_time.h) has judged them, and half a second longer when a copy has
 * to be paired with a loss; the queue holds them as the decoder made them. What happens to a verdict: missing
 * frames   are rebuilt from the fields on both sides along the motion (motion/between.h), up to
 *                    VH_EDIT_REBUILT in one place; longer gaps known from time stamps repeat the frame before
 *   copies           are dropped
 *   another order    is told to whoever gets the frame, with a break before it
 * With VH_TIMELINE_KEEP no frame comes or goes; the timeline tells the sound instead.
 *
 * Pairs. A copy and a loss within half a second leave the length as it is, so they are always edited. One
 * alone changes the length of the picture: that is right only when the sound shows that frames are missing or
 * too many in all, so single ones are edited when `unpaired` is set (docs/algorithms/timeline.md says when)
 * and else reported.
 *
 * One thread at a time; the frames given out do not depend on threads or instruction sets.
 */
#ifndef VH_PIPELINE_TIME_EDITOR_H
#define VH_PIPELINE_TIME_EDITOR_H

#include "media/heal.h"
#include "pipeline/time_report.h"
#include "pipeline/timeline.h"

#include "core/pool.h"
#include "frame/frame.h"

enum {
    VH_EDIT_PAIR = 12,   /* frames within which a copy and a loss are one fault */
    VH_EDIT_REBUILT = 5, /* most frames that are rebuilt in one place */
    VH_EDIT_SHORT =
        25, /* KEEP: gaps in the time stamps up to so many frames are closed, longer ones filled */
};

/* A frame of the finished picture. */
struct vh_edited {
    int64_t number;            /* place in the output, from 0; strictly rising */
    enum vh_field_order order; /* of its fields */
    bool break_before;         /* nothing may be predicted across what lies before it */
    bool repeated;             /* the frame before once more */
    bool rebuilt;              /* `frame` is of the editor's working format, not the source's */
};

/* Takes the frame over. VH_OK, or a status that ends the editing. */
typedef int vh_time_emit(void *opaque, AVFrame *frame, const struct vh_edited *edited);

struct vh_time_editor_config {
    struct vh_format source; /* of decoded frames, field order decided */
    struct vh_format work;   /* the same in the working pixel format, limited range */
    bool order_is_fixed;     /* said by hand: no flips */
    bool unpaired;
    struct vh_timeline *timeline; /* borrowed; FOLLOW or KEEP */
    enum vh_timeline_mode mode;
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
    const struct vh_event_sink *events;
    vh_time_emit *emit;
    void *opaque;
};

struct vh_time_editor;

int vh_time_editor_create(struct vh_time_editor **editor, const struct vh_time_editor_config *config);
void vh_time_editor_destroy(struct vh_time_editor **editor);

/* Moves the next healed frame in. VH_OK, or a status of emit, conversion or search. */
int vh_time_editor_push(struct vh_time_editor *editor, AVFrame *frame, const struct vh_healed *healed);

/* The end: what waits is emitted and the timeline finished. */
int vh_time_editor_finish(struct vh_time_editor *editor);

/* What was found and done so far. */
const struct vh_time_report *vh_time_editor_report(const struct vh_time_editor *editor);
const struct vh_profile *vh_time_editor_found(const struct vh_time_editor *editor);

#endif
