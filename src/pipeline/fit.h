/* A converter at a seam: makes frames of one pixel format into another where the two differ, else passes them
 * on. */
#ifndef VH_PIPELINE_FIT_H
#define VH_PIPELINE_FIT_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/frame.h"
#include "upscale/convert.h"

struct vh_fit {
    struct vh_convert *convert; /* NULL = nothing to do */
    struct vh_frame_pool *pool;
    struct vh_format out;
};

/* Opens what converts `in` to `out` (same size). VH_OK or a reported error. */
int vh_fit_open(struct vh_fit *fit, const struct vh_format *in, const struct vh_format *out,
    struct vh_pool *pool, unsigned cpu_flags, const struct vh_log *log);

/* Replaces *frame by its conversion; properties (time stamps, flags) are kept. On failure *frame is freed. */
int vh_fit_run(struct vh_fit *fit, AVFrame **frame);

void vh_fit_close(struct vh_fit *fit);

#endif
