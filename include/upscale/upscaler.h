/* The upscaler's front: from a restored 16-bit progressive picture to the picture the encoder gets.
 *
 * It validates, chooses the engine, converts colour (once, at the source's size, where it is cheapest), lets
 * the engine scale every plane with the right siting, converts chroma subsampling on the way, and dithers to
 * the output's depth. When an engine cannot run and the user did not insist, it falls back to `zimg` and says
 * so. A picture that needs no scaling skips the engine. Results do not depend on threads or SIMD level.
 */
#ifndef VH_UPSCALE_UPSCALER_H
#define VH_UPSCALE_UPSCALER_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "option/option.h"
#include "upscale/engine.h"
#include "upscale/geometry.h"

#include <libavutil/frame.h>
#include <stdbool.h>

struct vh_upscale_options {
    char *engine;    /* --engine: auto or a name of vh_engines[] */
    int filter;      /* --upscale-filter: enum vh_scale_filter */
    double antiring; /* --upscale-antiring: 0 (off) to 1 (no overshoot at all) */
};

enum vh_scale_filter { VH_FILTER_SPLINE36, VH_FILTER_LANCZOS, VH_FILTER_BICUBIC, VH_FILTER_BILINEAR };

extern const struct vh_option_table vh_upscale_option_table;

struct vh_upscaler_config {
    struct vh_format
        in; /* 16-bit working format (upscale/convert.h), progressive, limited range, colour resolved */
    struct vh_crop crop; /* cut off `in` before scaling; any numbers, also through a chroma sample */
    struct vh_format
        out; /* wanted size, pix_fmt (planar YCbCr or gray, 8 to 16 bit), colour, range and siting */
    const struct vh_upscale_options *options; /* NULL = defaults; borrowed during open */
    const void *const *engine_options; /* parallel to vh_engines[]: a struct of that engine's table or NULL;
                                          the whole pointer may be NULL */
    bool strict;                       /* no fallback: an engine that cannot run is an error */
    struct vh_pool *pool;              /* may be NULL */
    unsigned cpu_flags;
    const struct vh_log *log;
};

struct vh_upscaler;

/* Opens. VH_OK; VH_ERR_USAGE for an unknown engine; VH_ERR_UNSUPPORTED for formats or an engine that cannot
 * run (with strict); VH_ERR_RESOURCE. All reported. */
int vh_upscaler_open(struct vh_upscaler **upscaler, const struct vh_upscaler_config *config);

/* Hands a picture in. `in` and `out` are borrowed until the picture was collected; `out` has buffers of
 * config.out's format and size; pixel data only, the caller copies properties. VH_OK; VH_AGAIN when a result
 * must be collected first; an error. One thread at a time. */
int vh_upscaler_submit(struct vh_upscaler *upscaler, const AVFrame *in, AVFrame *out);

/* Waits for the oldest submitted picture; its `out` is then written. VH_OK, VH_EOF when none is pending, or
 * an error. */
int vh_upscaler_collect(struct vh_upscaler *upscaler);

/* How many pictures may be under way at once; 1 for a synchronous engine. */
int vh_upscaler_depth(const struct vh_upscaler *upscaler);

/* One line for the plan: "auto: zimg spline36, anti-ringing 0.80, 720x576 -> 1440x1080; BT.601-625 to BT.709;
 * dither to 8 bit". */
const char *vh_upscaler_describe(const struct vh_upscaler *upscaler);

void vh_upscaler_close(struct vh_upscaler **upscaler);

/* The version of zimg that runs, "3.0.4", in text[size], which is returned. */
char *vh_upscaler_version(char *text, size_t size);

#endif
