/* The search context: fields in, motion out.
 *
 * Fields are pushed one by one in display order. When field n arrives, its search plane, half-sample planes
 * and pyramid are built and n -> n-1 and n-1 -> n are searched, each once: hierarchical, with candidates from
 * the coarser level, from neighbours in scan order, from the field before and from the opposite direction
 * (principles: MVTools' predictors, 3DRS of de Haan et al. 1993), then refined to a quarter sample and a
 * quarter frame line. n -> n-2 and n-2 -> n are composed from two steps and refined by a small step on the
 * same-parity planes (measured <= 0.04 dB below a search of their own). After push n the motion of field n -
 * 2 is complete; that of n - 1 and n lacks the neighbours that have not come yet.
 *
 * Any width >= 1, height >= 2 and sequence of parities. Pictures too small for a pyramid are searched on the
 * finest level only. Memory is fixed at creation: about 4.6 bytes per luma sample of a field and kept field.
 * One thread at a time per context; work is sliced over the pool; results do not depend on threads or CPU
 * flags.
 */
#ifndef VH_MOTION_SEARCH_H
#define VH_MOTION_SEARCH_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"
#include "motion/motion.h"

/* How much is searched. Measured figures: docs/algorithms/motion-search.md. */
enum vh_motion_speed {
    VH_MOTION_FAST,   /* half-sample vectors, fewer candidates */
    VH_MOTION_NORMAL, /* quarter-sample vectors */
    VH_MOTION_BEST, /* the same with more candidates, wider refinement, and more blocks searched by themselves
                     */
    VH_MOTION_MEASURE, /* half-sample vectors of every block for itself: what thresholds of `analyze` were set
                          with; not an option of the user's */
};

struct vh_motion_config {
    int width, height; /* luma samples and lines of the frame */
    enum vh_motion_speed speed;
    int keep; /* fields kept, at least 5 (centre n - 2 when n arrives); more for stages that run later */
    struct vh_pool *pool;     /* may be NULL; borrowed */
    unsigned cpu_flags;       /* enum vh_cpu_flag to use */
    const struct vh_log *log; /* may be NULL; borrowed */
    bool any_order;           /* two fields of one parity in a row are no break (motion/between.h) */
};

struct vh_motion_search;

/* Creates a context. VH_OK; VH_ERR_USAGE for a size or `keep` out of range; VH_ERR_RESOURCE out of memory
 * (both reported, *search is NULL). */
int vh_motion_search_create(struct vh_motion_search **search, const struct vh_motion_config *config);

/* Frees it. NULL and *search == NULL are legal. Every vh_motion obtained from it ends here. */
void vh_motion_search_destroy(struct vh_motion_search **search);

/* Forgets all fields; the running number starts again at 0. */
void vh_motion_search_reset(struct vh_motion_search *search);

/* Takes the next field and does all the searching. `luma` is the field's luma plane: (height + 1 - parity) /
 * 2 lines for parity 0 (top) and 1 (bottom), or the whole picture for parity 2 (progressive material); it is
 * read during the call only. `break_before`: there is a gap, an order flip or a jump between the field before
 * and this one; no vector crosses it. Two fields of the same parity in a row are a break of their own accord
 * unless any_order is set. Fields older than `keep` are dropped. VH_OK, or VH_ERR_INTERNAL (reported) when
 * the plane's size is not the configured one. */
int vh_motion_search_push(
    struct vh_motion_search *search, const struct vh_plane_const *luma, int parity, bool break_before);

/* The number of fields pushed since creation or reset; the newest has index n - 1. */
int64_t vh_motion_search_count(const struct vh_motion_search *search);

/* What is known about field `index` now, in *motion. The pointers in it stay valid until the field or one of
 * its neighbours is dropped: for `keep - 4` further pushes after the one that completed it. VH_OK, or
 * VH_AGAIN when the field has not come yet or has been dropped (then *motion is untouched). */
int vh_motion_search_get(const struct vh_motion_search *search, int64_t index, struct vh_motion *motion);

#endif
