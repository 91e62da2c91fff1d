/* Resamples one plane of 16-bit samples with zimg, in slices, with the same bits for any thread count and
 * SIMD level.
 *
 * zimg's integer resampler (16-bit in, 16-bit out, nothing else in the graph) gives the same bits in its C
 * and SIMD versions, which its float paths do not; so every plane is scaled alone as a gray picture and
 * everything else (matrix, depth, dither) is done by our own kernels. A graph of zimg's is single-threaded
 * and chooses the order of its two passes by cost, so the passes are separate graphs here: first rows
 * (stripes of the source), then columns (stripes of the output, each with the source lines its kernel
 * reaches). The stripes are fixed by the picture, not by the pool.
 *
 * Enlarging is what most pictures get, and there zimg's own taps are applied without it: along lines that
 * become twice as long (row_doubler.h), and across lines (column_scaler.h), with the clamp following on each
 * line while it is in the cache.
 */
#ifndef VH_UPSCALE_PLANE_SCALER_H
#define VH_UPSCALE_PLANE_SCALER_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"
#include "upscale/geometry.h"
#include "upscale/upscaler.h"

struct vh_plane_scaler;

/* Takes finished lines instead of a plane: each once, in any order, from several threads. */
struct vh_line_sink {
    void (*put)(void *opaque, int y, const uint16_t *line);
    void *opaque;
};

struct vh_plane_scaler_config {
    int in_width, in_height, out_width, out_height;
    struct vh_axis x, y; /* where output samples look (upscale/geometry.h) */
    enum vh_scale_filter filter;
    double antiring; /* 0 to 1; applied only where both axes enlarge and the filter has lobes */
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* VH_OK, VH_ERR_EXTERNAL (reported, with zimg's message) or VH_ERR_RESOURCE. */
int vh_plane_scaler_open(struct vh_plane_scaler **scaler, const struct vh_plane_scaler_config *config);

/* Scales `in` to `out`, which have the sizes of the configuration and must not overlap. With a `sink` lines
 * go there and `out` is not looked at. VH_OK, VH_ERR_EXTERNAL or VH_ERR_RESOURCE (reported). One thread at a
 * time per scaler; slices run on `pool`. */
int vh_plane_scaler_run(struct vh_plane_scaler *scaler, const struct vh_plane_const *in,
    const struct vh_plane *out, const struct vh_line_sink *sink, struct vh_pool *pool);

void vh_plane_scaler_close(struct vh_plane_scaler **scaler);

/* zimg's kernel of a filter, for engines that describe themselves. */
const char *vh_scale_filter_name(enum vh_scale_filter filter);

#endif
