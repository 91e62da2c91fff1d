/* Engine "swscale": FFmpeg's scaler with accurate rounding, for comparison with what ffmpeg's `scale` filter
 * gives. No anti-ringing clamp. Works in `submit`, in the calling thread.
 */
#include "core/status.h"
#include "pixel_format.h"
#include "upscale/engine.h"
#include "upscale/upscaler.h"

#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>

extern const struct vh_engine_ops vh_engine_swscale;

struct swscale_engine {
    struct SwsContext *sws;
    int n_done;
};

static int probe(char *reason, size_t size)
{
    snprintf(reason, size, "libswscale %u.%u", swscale_version() >> 16, swscale_version() >> 8 & 255);
    return VH_OK;
}

/* swscale counts chroma positions in 1/256 of a luma sample; -513 is its word for "default". */
static void set_position(struct SwsContext *sws, const char *name, struct vh_siting siting)
{
    av_opt_set_int(sws, name, siting.ratio > 1 ? lrint(256 * siting.offset) : -513, 0);
}

static int open(struct vh_engine *engine)
{
    static const int filters[] = {SWS_SPLINE, SWS_LANCZOS, SWS_BICUBIC, SWS_BILINEAR};
    struct swscale_engine *priv = engine->priv;
    const struct vh_format *in = &engine->config.in, *out = &engine->config.out;
    const struct vh_upscale_options *options = engine->config.options;
    struct vh_layout a, b;
    vh_layout_of(in->pix_fmt, &a);
    vh_layout_of(out->pix_fmt, &b);
    priv->sws = sws_alloc_context();
    if (!priv->sws)
        return vh_fail(engine->config.log, VH_ERR_RESOURCE, "out of memory for swscale");
    struct SwsContext *s = priv->sws;
    int flags =
        filters[options->filter] | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
    av_opt_set_int(s, "srcw", in->width, 0);
    av_opt_set_int(s, "srch", in->height, 0);
    av_opt_set_int(s, "src_format", in->pix_fmt, 0);
    av_opt_set_int(s, "dstw", out->width, 0);
    av_opt_set_int(s, "dsth", out->height, 0);
    av_opt_set_int(s, "dst_format", out->pix_fmt, 0);
    av_opt_set_int(s, "sws_flags", flags, 0);
    set_position(s, "src_h_chr_pos", vh_siting_x(in->chroma, a.sub_x));
    set_position(s, "src_v_chr_pos", vh_siting_y(in->chroma, a.sub_y, -1));
    set_position(s, "dst_h_chr_pos", vh_siting_x(out->chroma, b.sub_x));
    set_position(s, "dst_v_chr_pos", vh_siting_y(out->chroma, b.sub_y, -1));
    if (sws_init_context(s, NULL, NULL) < 0)
        return vh_fail(engine->config.log, VH_ERR_EXTERNAL, "swscale cannot scale %dx%d to %dx%d", in->width,
            in->height, out->width, out->height);
    const int *k = sws_getCoefficients(SWS_CS_ITU601); /* the same on both sides: nothing is converted */
    sws_setColorspaceDetails(s, k, 0, k, 0, 0, 1 << 16, 1 << 16);
    return VH_OK;
}

static int submit(struct vh_engine *engine, const struct vh_image_const *in, const struct vh_image *out)
{
    struct swscale_engine *priv = engine->priv;
    if (priv->n_done)
        return VH_AGAIN;
    const uint8_t *source[4] = {NULL};
    uint8_t *target[4] = {NULL};
    int source_stride[4] = {0}, target_stride[4] = {0};
    for (int p = 0; p < in->n_planes; p++) {
        source[p] = (const uint8_t *)in->plane[p].data;
        source_stride[p] = (int)(in->plane[p].stride * (ptrdiff_t)sizeof(uint16_t));
    }
    for (int p = 0; p < out->n_planes; p++) {
        target[p] = (uint8_t *)out->plane[p].data;
        target_stride[p] = (int)(out->plane[p].stride * (ptrdiff_t)sizeof(uint16_t));
    }
    int height = engine->config.in.height;
    if (sws_scale(priv->sws, source, source_stride, 0, height, target, target_stride) !=
        engine->config.out.height)
        return vh_fail(engine->config.log, VH_ERR_EXTERNAL, "swscale failed to scale a picture");
    priv->n_done = 1;
    return VH_OK;
}

static int collect(struct vh_engine *engine)
{
    struct swscale_engine *priv = engine->priv;
    return priv->n_done-- > 0 ? VH_OK : (priv->n_done = 0, VH_EOF);
}

static void close(struct vh_engine *engine)
{
    sws_freeContext(((struct swscale_engine *)engine->priv)->sws);
}

const struct vh_engine_ops vh_engine_swscale = {.name = "swscale",
    .summary = "FFmpeg's scaler, as its scale filter would do it; one thread",
    .priv_size = sizeof(struct swscale_engine),
    .probe = probe,
    .open = open,
    .submit = submit,
    .collect = collect,
    .close = close};
