/* The watch over a tape's time: frames in, one verdict per frame out, a short look-ahead later.
 *
 * For every frame it says whether it is a digital copy of the one before, how many frames are missing before
 * it, whether a new scene begins, and which of its fields is the earlier one. The same watch runs inside
 * `restore`, which acts on the verdicts, and over the whole tape in `analyze --thorough`, which reports them.
 *
 * Copies. A copy has no noise against its original, so the difference of both fields falls to a tenth or less
 * of what is usual around it. Where copies are frequent (more than one in five: drawn material, film on
 * twos), or follow each other for longer than VH_WATCH_COPIES frames (a frozen picture), or everything around
 * stands still without noise, they are content and no verdict is given.
 *
 * Losses. Where the difference to the frame before is larger than usual, the motion across the place is
 * compared with the motion on both sides (evidence/lost_frame.h); elsewhere nothing is searched, so the watch
 * costs about a millisecond per frame of 720 x 576.
 *
 * Order flips. The log ratio of the two orders' residuals is summed (CUSUM, Page 1954) as long as it speaks
 * against the present order; beyond VH_WATCH_FLIP the order has changed where the sum left zero.
 *
 * One thread at a time; verdicts do not depend on threads or instruction sets. Derivations and figures:
 * docs/algorithms/timeline.md.
 */
#ifndef VH_EVIDENCE_TAPE_WATCH_H
#define VH_EVIDENCE_TAPE_WATCH_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "frame/image.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    VH_WATCH_AHEAD = 16, /* frames of look-ahead: the most that have to be pushed before a verdict comes */
    VH_WATCH_COPIES = 5, /* successive copies that are still taken for a stutter of the capture */
    VH_WATCH_FLIP = 6,   /* sum of log ratios that proves another order (algorithm D9) */
};

struct vh_tape_watch;

struct vh_tape_watch_config {
    int width, height;         /* of the frames */
    enum vh_field_order order; /* TFF, BFF or PROGRESSIVE: what the tape begins with */
    bool order_is_fixed;       /* said by hand: flips are not looked for */
    struct vh_pool *pool;      /* may be NULL */
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* What is known about one frame. */
struct vh_watch_verdict {
    int64_t index;             /* running number of the frame, from 0 */
    enum vh_field_order order; /* of its fields */
    bool flipped;              /* the order changes with this frame */
    bool copy;                 /* a copy of the frame before, to be dropped */
    int n_lost;                /* frames missing before it */
    bool cut;                  /* it belongs to another scene than the one before */
    bool blank;                /* as pushed */
    float confidence;          /* of copy or n_lost, 0 to 1 */
};

int vh_tape_watch_create(struct vh_tape_watch **watch, const struct vh_tape_watch_config *config);
void vh_tape_watch_destroy(struct vh_tape_watch **watch);

/* Takes the next woven (or progressive) frame; read during the call only. `blank`: it is no programme (black,
 * blue, snow): nothing is concluded from it. `break_before`: time jumped; nothing is concluded across. VH_OK,
 * VH_AGAIN when verdicts have to be pulled first, or an error. */
int vh_tape_watch_push(
    struct vh_tape_watch *watch, const struct vh_image_const *frame, bool blank, bool break_before);

/* No more frames come. */
void vh_tape_watch_finish(struct vh_tape_watch *watch);

/* The next frame's verdict, in order. VH_OK, VH_AGAIN (push more), VH_EOF, or an error of the search. */
int vh_tape_watch_pull(struct vh_tape_watch *watch, struct vh_watch_verdict *verdict);

#endif
