/* A run of native stages: frames in, frames out, with windows, fields, motion and evidence in between.
 *
 * The chain splits woven frames into fields where a stage wants fields, keeps each stage's window, pushes
 * every field once into the motion search where the first stage that reads motion stands, and weaves fields
 * again at its end if nobody made pictures of them. It is driven from one thread and has no queues, so it can
 * be tested alone; stages use the worker pool inside.
 */
#ifndef VH_PIPELINE_CHAIN_H
#define VH_PIPELINE_CHAIN_H

#include "core/event.h"
#include "core/log.h"
#include "core/pool.h"
#include "frame/frame.h"
#include "restore/stage.h"

struct vh_chain;

struct vh_chain_config {
    struct vh_stage *const *stage; /* opened stages in order, borrowed for the chain's life */
    int n_stages;
    struct vh_format in; /* of the frames pushed; `fields` decides how woven frames are split */
    enum vh_kind kind;   /* of the frames pushed: WOVEN or PROGRESSIVE */
    bool one_per_frame;  /* fields become pictures for the first field of each frame only */
    int motion_speed;    /* enum vh_motion_speed */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
    const struct vh_event_sink *events;
};

/* Receives a finished frame, which it owns from then on. VH_OK, or a status that ends the push. */
typedef int vh_chain_emit(void *opaque, AVFrame *frame);

/* VH_OK; VH_ERR_RESOURCE; VH_ERR_INTERNAL for stages that do not fit together. */
int vh_chain_create(
    struct vh_chain **chain, const struct vh_chain_config *config, vh_chain_emit *emit, void *opaque);
void vh_chain_destroy(struct vh_chain **chain);

/* Moves one frame in (16-bit, of config.in's layout; pts and time_base set, one frame lasting
 * vh_frame_get_duration). `break_before`: nothing may be predicted across the gap before it. The frame's own
 * field flags override the configured order (mixed content) unless the configured order is PROGRESSIVE. */
int vh_chain_push(struct vh_chain *chain, AVFrame *frame, bool break_before);

/* End of the stream: everything that is still inside comes out. */
int vh_chain_finish(struct vh_chain *chain);

/* What leaves the chain. */
const struct vh_format *vh_chain_format(const struct vh_chain *chain);

#endif
