/* See upscale/upscaler.h. A picture goes: colour (in a frame of its own) -> engine (into a 16-bit frame of
 * the output's size, or straight into the output where that is 16 bit) -> depth and range (convert.h). Every
 * step that would change nothing is left out. Pictures under way sit in a ring of slots, one for a
 * synchronous engine.
 */
#include "upscale/upscaler.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "pixel_format.h"
#include "plane_scaler.h"
#include "upscale/colour.h"
#include "upscale/convert.h"

#include <libavutil/common.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SLOTS = 4 };

static const char *const filter_names[] = {"spline36", "lanczos", "bicubic", "bilinear", NULL};

#define OFFSET(field) offsetof(struct vh_upscale_options, field)

static const struct vh_option_row rows[] = {
    {.key = "upscale.engine",
        .flag = "engine",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = OFFSET(engine),
        .value = "auto",
        .help = "what scales the picture; auto takes the best that runs here",
        .detail = "An engine that cannot run on this machine is replaced by zimg with a warning, or is an "
                  "error with "
                  "--strict.",
        .example = "--engine zimg"},
    {.key = "upscale.filter",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(filter),
        .names = filter_names,
        .value = "spline36",
        .help = "resampling kernel of the engines zimg and swscale",
        .example = "--upscale-filter lanczos"},
    {.key = "upscale.antiring",
        .type = VH_OPTION_DOUBLE,
        .offset = OFFSET(antiring),
        .min = 0,
        .max = 1,
        .value = "0.8",
        .help = "how far overshoot beside edges is taken back, 0 to 1",
        .detail =
            "Enlarging with spline36 or Lanczos overshoots beside edges. The result is pulled towards the "
            "range of "
            "the four source samples around it; 0 leaves it alone, 1 allows no overshoot. Engine zimg only.",
        .example = "--upscale-antiring 1"},
};

const struct vh_option_table vh_upscale_option_table =
    VH_OPTION_TABLE("Upscaling", rows, struct vh_upscale_options);

static const struct vh_upscale_options defaults = {.filter = VH_FILTER_SPLINE36, .antiring = 0.8};

/* One picture under way. */
struct slot {
    AVFrame *coloured, *scaled; /* own frames; NULL where the step is left out */
    AVFrame *out;               /* the caller's */
};

struct vh_upscaler {
    struct vh_upscaler_config config;
    struct vh_format coloured; /* the whole input in the output's colour */
    struct vh_format cropped;  /* what is shown of it */
    struct vh_format scaled;   /* 16 bit of the output's size */
    int odd_left, odd_top;     /* see struct vh_engine_config */
    AVFrame *view;             /* the cropped part of a frame, for steps that take frames; owns no samples */
    struct vh_upscale_options options; /* copy; `engine` is not kept */
    struct vh_colour *colour;          /* NULL = not converted here */
    struct vh_engine *engine;          /* NULL = not scaled */
    struct vh_convert *finish;         /* NULL = the engine writes the output itself */
    struct slot slot[MAX_SLOTS];
    bool automatic; /* nobody named an engine */
    int n_slots, first, n_pending;
    char text[320];
};

static const char *pix_name(enum AVPixelFormat f)
{
    const char *name = av_get_pix_fmt_name(f);
    return name ? name : "none";
}

static int check_size(const struct vh_upscaler_config *c, int width, int height)
{
    if (width >= VH_GEOMETRY_MIN && height >= VH_GEOMETRY_MIN && width <= VH_GEOMETRY_MAX &&
        height <= VH_GEOMETRY_MAX)
        return VH_OK;
    return vh_fail(c->log, VH_ERR_UNSUPPORTED,
        "a picture of %dx%d cannot be scaled; %d to %d samples each way can", width, height, VH_GEOMETRY_MIN,
        VH_GEOMETRY_MAX);
}

static int check_formats(const struct vh_upscaler_config *c)
{
    struct vh_layout out;
    if (!vh_frame_is_native(c->in.pix_fmt) || c->in.range == AVCOL_RANGE_JPEG)
        return vh_fail(c->log, VH_ERR_INTERNAL, "the upscaler takes 16-bit limited-range pictures, not %s",
            pix_name(c->in.pix_fmt));
    if (!vh_layout_of(c->out.pix_fmt, &out) || !out.direct)
        return vh_fail(c->log, VH_ERR_UNSUPPORTED,
            "pictures cannot be written as %s; planar YCbCr or gray of 8 to 16 bit can",
            pix_name(c->out.pix_fmt));
    const struct vh_crop *crop = &c->crop;
    if (crop->left < 0 || crop->right < 0 || crop->top < 0 || crop->bottom < 0)
        return vh_fail(c->log, VH_ERR_INTERNAL, "the upscaler was given a negative crop");
    int status =
        check_size(c, c->in.width - crop->left - crop->right, c->in.height - crop->top - crop->bottom);
    if (status == VH_OK)
        status = check_size(c, c->in.width, c->in.height);
    return status == VH_OK ? check_size(c, c->out.width, c->out.height) : status;
}

/* The 16-bit picture of the output's size. Gray stays gray on either side; chroma is filled in at the end. */
static void set_formats(struct vh_upscaler *u)
{
    struct vh_layout in, out;
    vh_layout_of(u->config.in.pix_fmt, &in);
    vh_layout_of(u->config.out.pix_fmt, &out);
    u->scaled = u->config.out;
    u->scaled.range = AVCOL_RANGE_MPEG;
    u->scaled.pix_fmt =
        in.gray || out.gray ? AV_PIX_FMT_GRAY16 : vh_layout_find(false, out.sub_x, out.sub_y, 16);
    u->coloured = u->config.in;
    u->coloured.matrix = u->config.out.matrix;
    u->coloured.primaries = u->config.out.primaries;
    u->coloured.transfer = u->config.out.transfer;
    u->cropped = u->coloured;
    u->cropped.width -= u->config.crop.left + u->config.crop.right;
    u->cropped.height -= u->config.crop.top + u->config.crop.bottom;
    u->odd_left = u->config.crop.left & ((1 << in.sub_x) - 1);
    u->odd_top = u->config.crop.top & ((1 << in.sub_y) - 1);
}

static bool must_scale(const struct vh_upscaler *u)
{
    struct vh_layout a, b;
    const struct vh_format *in = &u->cropped, *out = &u->scaled;
    vh_layout_of(in->pix_fmt, &a);
    vh_layout_of(out->pix_fmt, &b);
    if (in->width != out->width || in->height != out->height)
        return true;
    if (b.gray)
        return false;
    return u->odd_left || u->odd_top || a.sub_x != b.sub_x || a.sub_y != b.sub_y ||
           vh_siting_x(in->chroma, a.sub_x).offset != vh_siting_x(out->chroma, b.sub_x).offset ||
           vh_siting_y(in->chroma, a.sub_y, -1).offset != vh_siting_y(out->chroma, b.sub_y, -1).offset;
}

static void close_engine(struct vh_engine **engine)
{
    if (!*engine)
        return;
    if ((*engine)->priv && (*engine)->ops->close)
        (*engine)->ops->close(*engine);
    vh_free((*engine)->priv);
    vh_freep(engine);
}

static const void *engine_options(const struct vh_upscaler *u, const struct vh_engine_ops *ops)
{
    if (!ops->options)
        return &u->options;
    for (int i = 0; u->config.engine_options && vh_engines[i]; i++)
        if (vh_engines[i] == ops)
            return u->config.engine_options[i];
    return NULL;
}

/* Opens one engine; says why not through `reason` when this machine cannot run it. */
static int try_engine(struct vh_upscaler *u, const struct vh_engine_ops *ops, char *reason, size_t size)
{
    int status = ops->probe(reason, size);
    if (status != VH_OK)
        return status;
    if ((u->odd_left || u->odd_top) && !(ops->flags & VH_ENGINE_ODD_CROP)) {
        snprintf(reason, size, "it cannot crop through a chroma sample; even numbers it can");
        return VH_ERR_UNSUPPORTED;
    }
    u->engine = vh_alloc(1, sizeof *u->engine);
    if (!u->engine)
        return vh_fail(u->config.log, VH_ERR_RESOURCE, "out of memory for engine %s", ops->name);
    struct vh_format in = u->cropped;
    if (ops->flags & VH_ENGINE_CONVERTS) {
        in.matrix = u->config.in.matrix;
        in.primaries = u->config.in.primaries;
        in.transfer = u->config.in.transfer;
    }
    u->engine->ops = ops;
    u->engine->config = (struct vh_engine_config){.in = in,
        .out = u->scaled,
        .options = engine_options(u, ops),
        .odd_left = u->odd_left,
        .odd_top = u->odd_top,
        .pool = u->config.pool,
        .cpu_flags = u->config.cpu_flags,
        .log = u->config.log};
    u->engine->priv = vh_alloc(1, ops->priv_size ? ops->priv_size : 1);
    snprintf(reason, size, "it could not be opened for these formats");
    status = u->engine->priv ? ops->open(u->engine) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        close_engine(&u->engine);
    return status;
}

static int open_auto(struct vh_upscaler *u)
{
    char reason[160];
    for (int i = 0; vh_engines[i]; i++) {
        int status = try_engine(u, vh_engines[i], reason, sizeof reason);
        if (status == VH_OK || status == VH_ERR_RESOURCE)
            return status;
    }
    return vh_fail(u->config.log, VH_ERR_UNSUPPORTED, "no upscaler engine can scale %s to %s",
        pix_name(u->config.in.pix_fmt), pix_name(u->config.out.pix_fmt));
}

static int unknown_engine(const struct vh_upscaler *u, const char *name)
{
    char list[200] = "auto";
    for (int i = 0; vh_engines[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, ", %s", vh_engines[i]->name);
    }
    return vh_fail(u->config.log, VH_ERR_USAGE, "engine \"%s\" is unknown; there are %s", name, list);
}

static int open_engine(struct vh_upscaler *u, const char *name)
{
    u->automatic = !name || !*name || !strcmp(name, "auto");
    if (u->automatic)
        return open_auto(u);
    const struct vh_engine_ops *ops = vh_engine_find(name);
    if (!ops)
        return unknown_engine(u, name);
    char reason[160];
    int status = try_engine(u, ops, reason, sizeof reason);
    if (status == VH_OK || status == VH_ERR_RESOURCE)
        return status;
    if (u->config.strict)
        return vh_fail(u->config.log, status, "engine %s cannot run here: %s", name, reason);
    vh_warn(u->config.log, "engine %s cannot run here (%s); zimg is used instead", name, reason);
    return try_engine(u, vh_engine_find("zimg"), reason, sizeof reason);
}

static AVFrame *scratch(const struct vh_format *format)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->format = format->pix_fmt;
    f->width = format->width;
    f->height = format->height;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    return f;
}

static int open_slots(struct vh_upscaler *u)
{
    u->view = av_frame_alloc();
    if (!u->view)
        return vh_fail(u->config.log, VH_ERR_RESOURCE, "out of memory for the upscaler's pictures");
    u->n_slots = u->engine && u->engine->ops->flags & VH_ENGINE_GPU ? MAX_SLOTS : 1;
    for (int i = 0; i < u->n_slots; i++) {
        struct slot *s = &u->slot[i];
        if (u->colour && !(s->coloured = scratch(&u->coloured)))
            return vh_fail(u->config.log, VH_ERR_RESOURCE, "out of memory for the upscaler's pictures");
        if (u->engine && u->finish && !u->engine->lines.put && !(s->scaled = scratch(&u->scaled)))
            return vh_fail(u->config.log, VH_ERR_RESOURCE, "out of memory for the upscaler's pictures");
    }
    return VH_OK;
}

/* A line of the picture under way, of which an engine that gives lines has one. */
static void finish_line(void *opaque, int plane, int y, const uint16_t *line)
{
    const struct vh_upscaler *u = opaque;
    vh_convert_put_line(u->finish, u->slot[u->first].out, plane, y, line);
}

/* Depth and range at the end; also everything when neither colour nor size change. */
static int open_finish(struct vh_upscaler *u)
{
    bool same = u->scaled.pix_fmt == u->config.out.pix_fmt && u->config.out.range != AVCOL_RANGE_JPEG;
    if (same && u->engine)
        return VH_OK;
    struct vh_convert_config c = {.in = u->engine ? u->scaled : u->cropped,
        .out = u->config.out,
        .pool = u->config.pool,
        .cpu_flags = u->config.cpu_flags,
        .log = u->config.log};
    c.in.fields = VH_FIELDS_PROGRESSIVE;
    int status = vh_convert_open(&u->finish, &c);
    if (status == VH_OK && u->engine && u->engine->ops->flags & VH_ENGINE_LINES &&
        vh_convert_takes_lines(u->finish))
        u->engine->lines = (struct vh_engine_lines){finish_line, u};
    return status;
}

static void describe(struct vh_upscaler *u)
{
    const struct vh_format *in = &u->cropped, *out = &u->config.out;
    struct vh_layout l;
    vh_layout_of(out->pix_fmt, &l);
    char engine[120] = "no scaling", colour[80] = "";
    if (u->engine && !u->engine->ops->options)
        snprintf(engine, sizeof engine, "%s %s", u->engine->ops->name, filter_names[u->options.filter]);
    else if (u->engine)
        snprintf(engine, sizeof engine, "%s", u->engine->ops->name);
    if (u->engine && !strcmp(u->engine->ops->name, "zimg") && u->options.antiring > 0) {
        size_t used = strlen(engine);
        snprintf(engine + used, sizeof engine - used, ", anti-ringing %.2f", u->options.antiring);
    }
    if (u->colour)
        snprintf(colour, sizeof colour, "; %s/%s to %s/%s", av_color_space_name(u->config.in.matrix),
            av_color_primaries_name(u->config.in.primaries), av_color_space_name(out->matrix),
            av_color_primaries_name(out->primaries));
    snprintf(u->text, sizeof u->text, "%s%s, %dx%d -> %dx%d%s; %s to %s%s%s",
        u->engine && u->automatic ? "auto: " : "", engine, in->width, in->height, out->width, out->height,
        colour, pix_name(in->pix_fmt), pix_name(out->pix_fmt), l.depth < 16 ? ", dithered" : "",
        out->range == AVCOL_RANGE_JPEG ? ", full range" : "");
}

static int open_parts(struct vh_upscaler *u, const struct vh_upscale_options *options)
{
    struct vh_layout in;
    set_formats(u);
    vh_layout_of(u->config.in.pix_fmt, &in);
    int status = must_scale(u) ? open_engine(u, options->engine) : VH_OK;
    if (status == VH_OK && !u->engine && options->engine && *options->engine &&
        strcmp(options->engine, "auto") && !vh_engine_find(options->engine))
        status = unknown_engine(u, options->engine);
    bool engine_converts = u->engine && u->engine->ops->flags & VH_ENGINE_CONVERTS;
    if (status == VH_OK && !in.gray && !engine_converts && vh_colour_differs(&u->config.in, &u->config.out))
        status =
            vh_colour_open(&u->colour, &u->config.in, &u->config.out, u->config.cpu_flags, u->config.log);
    if (status == VH_OK)
        status = open_finish(u);
    return status == VH_OK ? open_slots(u) : status;
}

int vh_upscaler_open(struct vh_upscaler **out, const struct vh_upscaler_config *config)
{
    *out = NULL;
    int status = check_formats(config);
    if (status != VH_OK)
        return status;
    struct vh_upscaler *u = vh_alloc(1, sizeof *u);
    if (!u)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for the upscaler");
    const struct vh_upscale_options *options = config->options ? config->options : &defaults;
    u->config = *config;
    u->config.options = NULL;
    u->options = *options;
    u->options.engine = NULL;
    status = open_parts(u, options);
    if (status == VH_OK)
        describe(u);
    else
        vh_upscaler_close(&u);
    *out = u;
    return status;
}

void vh_upscaler_close(struct vh_upscaler **upscaler)
{
    if (!upscaler || !*upscaler)
        return;
    struct vh_upscaler *u = *upscaler;
    close_engine(&u->engine);
    vh_colour_close(&u->colour);
    vh_convert_close(&u->finish);
    av_frame_free(&u->view);
    for (int i = 0; i < MAX_SLOTS; i++) {
        av_frame_free(&u->slot[i].coloured);
        av_frame_free(&u->slot[i].scaled);
    }
    vh_freep(upscaler);
}

const char *vh_upscaler_describe(const struct vh_upscaler *upscaler)
{
    return upscaler->text;
}

int vh_upscaler_depth(const struct vh_upscaler *upscaler)
{
    return upscaler->n_slots;
}

static int check_frame(const struct vh_upscaler *u, const AVFrame *frame, const struct vh_format *format)
{
    if (frame->format == format->pix_fmt && frame->width == format->width && frame->height == format->height)
        return VH_OK;
    return vh_fail(u->config.log, VH_ERR_INTERNAL,
        "the upscaler got a frame of %dx%d %s where %dx%d %s was agreed", frame->width, frame->height,
        pix_name((enum AVPixelFormat)frame->format), format->width, format->height,
        pix_name(format->pix_fmt));
}

/* What is shown of a picture of the input's size. Chroma planes keep the sample that the crop cuts through.
 */
static void crop_view(const struct vh_upscaler *u, struct vh_image_const *image)
{
    const struct vh_crop *crop = &u->config.crop;
    for (int p = 0; p < image->n_planes; p++) {
        int sx = p ? image->sub_x : 0, sy = p ? image->sub_y : 0;
        int left = crop->left >> sx, top = crop->top >> sy;
        struct vh_plane_const *plane = &image->plane[p];
        plane->data += top * plane->stride + left;
        plane->width = AV_CEIL_RSHIFT(crop->left + u->cropped.width, sx) - left;
        plane->height = AV_CEIL_RSHIFT(crop->top + u->cropped.height, sy) - top;
    }
}

/* The shape of a scaled picture that nobody keeps. */
static struct vh_image scaled_shape(const struct vh_upscaler *u)
{
    struct vh_layout l;
    vh_layout_of(u->scaled.pix_fmt, &l);
    struct vh_image shape = {.n_planes = l.n_planes, .sub_x = l.sub_x, .sub_y = l.sub_y};
    for (int p = 0; p < l.n_planes; p++) {
        shape.plane[p].width = AV_CEIL_RSHIFT(u->scaled.width, p ? l.sub_x : 0);
        shape.plane[p].height = AV_CEIL_RSHIFT(u->scaled.height, p ? l.sub_y : 0);
    }
    return shape;
}

static int submit_to_engine(struct vh_upscaler *u, const struct slot *s, const AVFrame *in)
{
    struct vh_image_const from;
    struct vh_image to;
    int status = vh_frame_image_read(in, &from);
    if (status == VH_OK && u->engine->lines.put)
        to = scaled_shape(u);
    else if (status == VH_OK)
        status = vh_frame_image(s->scaled ? s->scaled : s->out, &to);
    if (status != VH_OK)
        return vh_fail(u->config.log, status, "the upscaler's frames cannot be written");
    crop_view(u, &from);
    if (to.n_planes < from.n_planes) /* one side is gray */
        from.n_planes = to.n_planes;
    return u->engine->ops->submit(u->engine, &from, &to);
}

/* Depth and range only, of what is shown. */
static int submit_unscaled(struct vh_upscaler *u, const AVFrame *in, AVFrame *out)
{
    struct vh_image_const image;
    int status = vh_frame_image_read(in, &image);
    if (status != VH_OK)
        return vh_fail(u->config.log, status, "the upscaler's frames cannot be read");
    crop_view(u, &image);
    u->view->format = in->format;
    u->view->width = u->cropped.width;
    u->view->height = u->cropped.height;
    for (int p = 0; p < image.n_planes; p++) {
        ptrdiff_t samples = image.plane[p].data - (const uint16_t *)(const void *)in->data[p];
        u->view->data[p] = in->data[p] + samples * (ptrdiff_t)sizeof(uint16_t);
        u->view->linesize[p] = in->linesize[p];
    }
    return vh_convert_run(u->finish, u->view, out);
}

static int convert_colour(struct vh_upscaler *u, const struct slot *s, const AVFrame *in)
{
    struct vh_image_const from;
    struct vh_image to;
    int status = vh_frame_image_read(in, &from);
    if (status == VH_OK)
        status = vh_frame_image(s->coloured, &to);
    if (status != VH_OK)
        return vh_fail(u->config.log, status, "the upscaler's frames cannot be read");
    vh_colour_run(u->colour, &from, &to, u->config.pool);
    return VH_OK;
}

int vh_upscaler_submit(struct vh_upscaler *u, const AVFrame *in, AVFrame *out)
{
    if (u->n_pending == u->n_slots)
        return VH_AGAIN;
    int status = check_frame(u, in, &u->config.in);
    if (status == VH_OK)
        status = check_frame(u, out, &u->config.out);
    if (status != VH_OK)
        return status;
    struct slot *s = &u->slot[(u->first + u->n_pending) % u->n_slots];
    s->out = out;
    if (u->colour) {
        status = convert_colour(u, s, in);
        in = s->coloured;
    }
    if (status == VH_OK)
        status = u->engine ? submit_to_engine(u, s, in) : submit_unscaled(u, in, out);
    if (status == VH_OK)
        u->n_pending++;
    return status;
}

int vh_upscaler_collect(struct vh_upscaler *u)
{
    if (!u->n_pending)
        return VH_EOF;
    struct slot *s = &u->slot[u->first];
    int status = VH_OK;
    if (u->engine) {
        status = u->engine->ops->collect(u->engine);
        if (status == VH_EOF)
            status =
                vh_fail(u->config.log, VH_ERR_INTERNAL, "engine %s lost a picture", u->engine->ops->name);
        if (status == VH_OK && u->finish && !u->engine->lines.put)
            status = vh_convert_run(u->finish, s->scaled, s->out);
    }
    u->first = (u->first + 1) % u->n_slots;
    u->n_pending--;
    return status;
}
