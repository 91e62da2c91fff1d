/* Engine "zimg": spline36, Lanczos, bicubic or bilinear with correct siting, an anti-ringing clamp, same bits
 * everywhere. Each plane is scaled alone by zimg's integer resampler (plane_scaler.h says why). Works in
 * `submit`.
 */
#include "core/status.h"
#include "pixel_format.h"
#include "plane_scaler.h"
#include "upscale/engine.h"
#include "upscale/upscaler.h"

#include <libavutil/common.h>
#include <stdio.h>

extern const struct vh_engine_ops vh_engine_zimg;

struct zimg_engine {
    struct vh_plane_scaler *luma, *chroma; /* both chroma planes take turns with one scaler */
    int n_done;
};

static int probe(char *reason, size_t size)
{
    snprintf(reason, size, "built in");
    return VH_OK;
}

static int open_plane(struct vh_engine *engine, struct vh_plane_scaler **scaler, int plane)
{
    const struct vh_format *in = &engine->config.in, *out = &engine->config.out;
    const struct vh_upscale_options *options = engine->config.options;
    struct vh_layout a, b;
    if (!vh_layout_of(in->pix_fmt, &a) || !vh_layout_of(out->pix_fmt, &b))
        return vh_fail(
            engine->config.log, VH_ERR_UNSUPPORTED, "engine zimg scales planar 16-bit pictures only");
    int ax = plane ? a.sub_x : 0, ay = plane ? a.sub_y : 0, bx = plane ? b.sub_x : 0,
        by = plane ? b.sub_y : 0;
    int left = ax ? engine->config.odd_left : 0, top = ay ? engine->config.odd_top : 0;
    struct vh_plane_scaler_config config = {.in_width = AV_CEIL_RSHIFT(in->width + left, ax),
        .in_height = AV_CEIL_RSHIFT(in->height + top, ay),
        .out_width = AV_CEIL_RSHIFT(out->width, bx),
        .out_height = AV_CEIL_RSHIFT(out->height, by),
        .filter = (enum vh_scale_filter)options->filter,
        .antiring = plane ? 0 : options->antiring, /* chroma has no edges sharp enough to ring */
        .cpu_flags = engine->config.cpu_flags,
        .log = engine->config.log};
    config.x =
        vh_axis_make(vh_siting_x(in->chroma, ax), vh_siting_x(out->chroma, bx), left, in->width, out->width);
    config.y = vh_axis_make(
        vh_siting_y(in->chroma, ay, -1), vh_siting_y(out->chroma, by, -1), top, in->height, out->height);
    return vh_plane_scaler_open(scaler, &config);
}

static int open(struct vh_engine *engine)
{
    struct zimg_engine *priv = engine->priv;
    struct vh_layout out;
    vh_layout_of(engine->config.out.pix_fmt, &out);
    int status = open_plane(engine, &priv->luma, 0);
    return status == VH_OK && !out.gray ? open_plane(engine, &priv->chroma, 1) : status;
}

struct plane_lines {
    const struct vh_engine_lines *lines;
    int plane;
};

static void put_line(void *opaque, int y, const uint16_t *line)
{
    const struct plane_lines *to = opaque;
    to->lines->put(to->lines->opaque, to->plane, y, line);
}

static int submit(struct vh_engine *engine, const struct vh_image_const *in, const struct vh_image *out)
{
    struct zimg_engine *priv = engine->priv;
    if (priv->n_done)
        return VH_AGAIN;
    int status = VH_OK;
    for (int p = 0; p < out->n_planes && status == VH_OK; p++) {
        struct plane_lines to = {&engine->lines, p};
        struct vh_line_sink sink = {put_line, &to};
        status = vh_plane_scaler_run(p ? priv->chroma : priv->luma, &in->plane[p], &out->plane[p],
            engine->lines.put ? &sink : NULL, engine->config.pool);
    }
    priv->n_done = status == VH_OK;
    return status;
}

static int collect(struct vh_engine *engine)
{
    struct zimg_engine *priv = engine->priv;
    return priv->n_done-- > 0 ? VH_OK : (priv->n_done = 0, VH_EOF);
}

static void close(struct vh_engine *engine)
{
    struct zimg_engine *priv = engine->priv;
    vh_plane_scaler_close(&priv->luma);
    vh_plane_scaler_close(&priv->chroma);
}

const struct vh_engine_ops vh_engine_zimg = {.name = "zimg",
    .summary = "spline36, Lanczos or bicubic resampling with an anti-ringing clamp; fast",
    .flags = VH_ENGINE_ODD_CROP | VH_ENGINE_LINES,
    .priv_size = sizeof(struct zimg_engine),
    .probe = probe,
    .open = open,
    .submit = submit,
    .collect = collect,
    .close = close};
