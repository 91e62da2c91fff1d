/* See upscale/convert.h. Up to four steps, each left out where it would change nothing: unpack (swscale),
 * load rows as 16-bit limited range, resample chroma (plane_scaler), store rows in the output's depth and
 * range.
 */
#include "upscale/convert.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/depth.h"
#include "pixel_format.h"
#include "plane_scaler.h"

#include <libavutil/common.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

enum { SLICES = 16 };

/* How rows of one plane change between their own format and 16-bit limited range. */
struct row_rule {
    bool wide;   /* samples of two bytes */
    bool affine; /* gain and offset apply (full range), else shift */
    int shift;   /* 16 - depth */
    float gain, offset;
};

struct vh_convert {
    struct vh_convert_config config;
    struct vh_layout in, out; /* `in` as it is after unpacking */
    struct SwsContext *sws;   /* NULL = no unpacking */
    AVFrame *unpacked;
    struct row_rule load[VH_MAX_PLANES], store[VH_MAX_PLANES];
    bool plain_copy, resample, interlaced;
    struct vh_plane_scaler *scaler[2];                      /* by parity; [0] for whole pictures */
    uint16_t *before[VH_MAX_PLANES], *after[VH_MAX_PLANES]; /* planes in 16 bit around the resampling */
    uint16_t *row;                                          /* one row per slice */
    int row_stride;
    struct vh_dsp_depth dsp;
    char text[200];
};

enum AVPixelFormat vh_convert_working(enum AVPixelFormat pix_fmt)
{
    struct vh_layout l;
    if (!vh_layout_of(pix_fmt, &l))
        return AV_PIX_FMT_NONE;
    if (l.gray)
        return AV_PIX_FMT_GRAY16;
    if (l.rgb || !l.sub_x)
        return AV_PIX_FMT_YUV444P16;
    if (l.sub_x > 2 || l.sub_y > 2)
        return AV_PIX_FMT_NONE;
    return l.sub_y ? AV_PIX_FMT_YUV420P16 : AV_PIX_FMT_YUV422P16;
}

enum AVPixelFormat vh_convert_depth(enum AVPixelFormat pix_fmt, int depth)
{
    struct vh_layout l;
    if (!vh_layout_of(pix_fmt, &l) || l.rgb)
        return AV_PIX_FMT_NONE;
    return vh_layout_find(l.gray, l.sub_x, l.sub_y, depth);
}

/* The planar format swscale unpacks to; the format itself when nothing has to be unpacked. */
static enum AVPixelFormat unpacked_format(enum AVPixelFormat pix_fmt)
{
    struct vh_layout l;
    if (!vh_layout_of(pix_fmt, &l))
        return AV_PIX_FMT_NONE;
    if (l.direct)
        return pix_fmt;
    if (!sws_isSupportedInput(pix_fmt))
        return AV_PIX_FMT_NONE;
    if (l.rgb)
        return AV_PIX_FMT_YUV444P16;
    return vh_layout_find(l.gray, l.sub_x, l.sub_y, l.depth < 8 ? 8 : l.depth);
}

bool vh_convert_can(enum AVPixelFormat in, enum AVPixelFormat out)
{
    struct vh_layout l;
    return unpacked_format(in) != AV_PIX_FMT_NONE && vh_layout_of(out, &l) && l.direct;
}

static int plane_width(const struct vh_format *f, const struct vh_layout *l, int plane)
{
    return plane ? AV_CEIL_RSHIFT(f->width, l->sub_x) : f->width;
}

static int plane_height(const struct vh_format *f, const struct vh_layout *l, int plane)
{
    return plane ? AV_CEIL_RSHIFT(f->height, l->sub_y) : f->height;
}

static const char *name_of(enum AVPixelFormat f)
{
    const char *name = av_get_pix_fmt_name(f);
    return name ? name : "none";
}

/* Full range: code 0 … 2^depth - 1 is black to white; limited: 16 … 235 (240) times 2^(depth - 8). */
static struct row_rule load_rule(const struct vh_layout *l, enum AVColorRange range, bool chroma)
{
    struct row_rule r = {.wide = l->depth > 8, .shift = 16 - l->depth, .affine = range == AVCOL_RANGE_JPEG};
    double top = (1 << l->depth) - 1, middle = 1 << (l->depth - 1);
    double gain = (chroma ? 224 : 219) * 256 / top;
    r.gain = (float)gain;
    r.offset = (float)(chroma ? 32768 - middle * gain : 16 * 256);
    return r;
}

/* The inverse, to codes times 2^shift, which the dither then brings down. */
static struct row_rule store_rule(const struct vh_layout *l, enum AVColorRange range, bool chroma)
{
    struct row_rule r = load_rule(l, range, chroma);
    double gain = ((1 << l->depth) - 1.0) * (1 << r.shift) / ((chroma ? 224 : 219) * 256);
    r.gain = (float)gain;
    r.offset = (float)(chroma ? 32768 - 32768 * gain : -4096 * gain);
    return r;
}

static int open_unpack(struct vh_convert *c, enum AVPixelFormat planar)
{
    const struct vh_format *in = &c->config.in;
    struct vh_layout source;
    vh_layout_of(in->pix_fmt, &source);
    int flags = SWS_POINT | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
    c->sws = sws_getContext(
        in->width, in->height, in->pix_fmt, in->width, in->height, planar, flags, NULL, NULL, NULL);
    if (!c->sws)
        return vh_fail(c->config.log, VH_ERR_EXTERNAL, "swscale cannot unpack %s to %s", name_of(in->pix_fmt),
            name_of(planar));
    int matrix = in->matrix == AVCOL_SPC_BT709        ? SWS_CS_ITU709
                 : in->matrix == AVCOL_SPC_BT2020_NCL ? SWS_CS_BT2020
                                                      : SWS_CS_ITU601;
    const int *k = sws_getCoefficients(matrix);
    int full = in->range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(c->sws, k, source.rgb ? 1 : full, k, source.rgb ? 0 : full, 0, 1 << 16, 1 << 16);
    c->unpacked = av_frame_alloc();
    if (!c->unpacked)
        return vh_fail(c->config.log, VH_ERR_RESOURCE, "out of memory for pixel conversion");
    c->unpacked->format = planar;
    c->unpacked->width = in->width;
    c->unpacked->height = in->height;
    if (av_frame_get_buffer(c->unpacked, 0) < 0)
        return vh_fail(c->config.log, VH_ERR_RESOURCE, "out of memory for pixel conversion");
    return VH_OK;
}

/* Lines of a plane that belong to the field of `parity`, all of them for -1. */
static int field_lines(int lines, int parity)
{
    return parity < 0 ? lines : (lines + 1 - parity) / 2;
}

static struct vh_axis chroma_axis(struct vh_siting in, struct vh_siting out, int luma_length)
{
    return vh_axis_make(in, out, 0, luma_length, luma_length);
}

static int open_scaler(struct vh_convert *c, int index, int parity)
{
    const struct vh_format *in = &c->config.in, *out = &c->config.out;
    struct vh_plane_scaler_config s = {.in_width = plane_width(in, &c->in, 1),
        .in_height = field_lines(plane_height(in, &c->in, 1), parity),
        .out_width = plane_width(out, &c->out, 1),
        .out_height = field_lines(plane_height(out, &c->out, 1), parity),
        .filter = VH_FILTER_BICUBIC,
        .cpu_flags = c->config.cpu_flags,
        .log = c->config.log};
    s.x =
        chroma_axis(vh_siting_x(in->chroma, c->in.sub_x), vh_siting_x(out->chroma, c->out.sub_x), in->width);
    s.y = chroma_axis(vh_siting_y(in->chroma, c->in.sub_y, parity),
        vh_siting_y(out->chroma, c->out.sub_y, parity), field_lines(in->height, parity));
    return vh_plane_scaler_open(&c->scaler[index], &s);
}

/* Chroma has to move when subsampling differs, or siting on a subsampled axis. */
static bool must_resample(const struct vh_convert *c)
{
    enum AVChromaLocation a = c->config.in.chroma, b = c->config.out.chroma;
    if (c->in.gray || c->out.gray)
        return false;
    if (c->in.sub_x != c->out.sub_x || c->in.sub_y != c->out.sub_y)
        return true;
    if (a == AVCHROMA_LOC_UNSPECIFIED || b == AVCHROMA_LOC_UNSPECIFIED)
        return false;
    return vh_siting_x(a, c->in.sub_x).offset != vh_siting_x(b, c->out.sub_x).offset ||
           vh_siting_y(a, c->in.sub_y, -1).offset != vh_siting_y(b, c->out.sub_y, -1).offset;
}

static int align(int samples)
{
    return (samples + 31) / 32 * 32;
}

static int open_resampling(struct vh_convert *c)
{
    const struct vh_format *in = &c->config.in, *out = &c->config.out;
    bool vertical = vh_siting_y(in->chroma, c->in.sub_y, -1).offset !=
                        vh_siting_y(out->chroma, c->out.sub_y, -1).offset ||
                    c->in.sub_y != c->out.sub_y;
    c->interlaced = vertical && (in->fields == VH_FIELDS_TFF || in->fields == VH_FIELDS_BFF);
    if (c->interlaced && (plane_height(in, &c->in, 1) < 2 || plane_height(out, &c->out, 1) < 2))
        return vh_fail(c->config.log, VH_ERR_INPUT, "a picture of %dx%d is too small to have fields",
            in->width, in->height);
    int status = open_scaler(c, 0, c->interlaced ? 0 : -1);
    if (status == VH_OK && c->interlaced)
        status = open_scaler(c, 1, 1);
    for (int p = 1; p < 3 && status == VH_OK; p++) {
        size_t a = (size_t)align(plane_width(in, &c->in, p)) * (size_t)plane_height(in, &c->in, p);
        size_t b = (size_t)align(plane_width(out, &c->out, p)) * (size_t)plane_height(out, &c->out, p);
        c->before[p] = vh_alloc(a, sizeof(uint16_t));
        c->after[p] = vh_alloc(b, sizeof(uint16_t));
        if (!c->before[p] || !c->after[p])
            status = vh_fail(c->config.log, VH_ERR_RESOURCE, "out of memory for pixel conversion");
    }
    return status;
}

static void describe(struct vh_convert *c)
{
    const char *resampling = !c->resample    ? ""
                             : c->interlaced ? ", chroma per field (zimg)"
                                             : ", chroma (zimg)";
    const char *range = c->config.in.range == c->config.out.range ? ""
                        : c->config.out.range == AVCOL_RANGE_JPEG ? ", to full range"
                                                                  : ", to limited range";
    snprintf(c->text, sizeof c->text, "%s -> %s%s%s%s%s", name_of(c->config.in.pix_fmt),
        name_of(c->config.out.pix_fmt), c->sws ? ", unpacked (swscale)" : "", resampling, range,
        c->out.depth < c->in.depth ? ", dithered" : "");
}

static int open_parts(struct vh_convert *c)
{
    struct vh_format *in = &c->config.in;
    const struct vh_format *out = &c->config.out;
    enum AVPixelFormat planar = unpacked_format(in->pix_fmt);
    struct vh_layout source;
    vh_layout_of(in->pix_fmt, &source);
    int status = planar == in->pix_fmt ? VH_OK : open_unpack(c, planar);
    if (status != VH_OK)
        return status;
    if (source.rgb)
        in->range = AVCOL_RANGE_MPEG; /* that is how it is unpacked */
    vh_layout_of(planar, &c->in);
    vh_layout_of(out->pix_fmt, &c->out);
    for (int p = 0; p < VH_MAX_PLANES; p++) {
        c->load[p] = load_rule(&c->in, in->range, p > 0);
        c->store[p] = store_rule(&c->out, out->range, p > 0);
    }
    c->resample = must_resample(c);
    c->plain_copy = !c->resample && c->in.depth == c->out.depth && in->range == out->range;
    c->row_stride = align(FFMAX(in->width, out->width));
    c->row = vh_alloc((size_t)c->row_stride * SLICES * 2, sizeof *c->row);
    if (!c->row)
        return vh_fail(c->config.log, VH_ERR_RESOURCE, "out of memory for pixel conversion");
    vh_dsp_depth_init(&c->dsp, c->config.cpu_flags);
    return c->resample ? open_resampling(c) : VH_OK;
}

int vh_convert_open(struct vh_convert **out, const struct vh_convert_config *config)
{
    const struct vh_format *a = &config->in, *b = &config->out;
    *out = NULL;
    if (!vh_convert_can(a->pix_fmt, b->pix_fmt))
        return vh_fail(config->log, VH_ERR_UNSUPPORTED, "no conversion from pixel format %s to %s",
            name_of(a->pix_fmt), name_of(b->pix_fmt));
    if (a->width != b->width || a->height != b->height)
        return vh_fail(config->log, VH_ERR_INTERNAL,
            "pixel conversion does not change the size (%dx%d to %dx%d)", a->width, a->height, b->width,
            b->height);
    if (a->width < VH_GEOMETRY_MIN || a->height < VH_GEOMETRY_MIN || a->width > VH_GEOMETRY_MAX ||
        a->height > VH_GEOMETRY_MAX)
        return vh_fail(config->log, VH_ERR_INPUT,
            "a picture of %dx%d cannot be handled; %d to %d samples each way are", a->width, a->height,
            VH_GEOMETRY_MIN, VH_GEOMETRY_MAX);
    struct vh_convert *c = vh_alloc(1, sizeof *c);
    if (!c)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for pixel conversion");
    c->config = *config;
    int status = open_parts(c);
    if (status == VH_OK)
        describe(c);
    else
        vh_convert_close(&c);
    *out = c;
    return status;
}

void vh_convert_close(struct vh_convert **convert)
{
    if (!convert || !*convert)
        return;
    struct vh_convert *c = *convert;
    sws_freeContext(c->sws);
    av_frame_free(&c->unpacked);
    for (int i = 0; i < 2; i++)
        vh_plane_scaler_close(&c->scaler[i]);
    for (int p = 0; p < VH_MAX_PLANES; p++) {
        vh_free(c->before[p]);
        vh_free(c->after[p]);
    }
    vh_free(c->row);
    vh_freep(convert);
}

const char *vh_convert_describe(const struct vh_convert *convert)
{
    return convert->text;
}

/* One row as 16-bit limited range: the row itself where it is that already, else written to `into`. */
static const uint16_t *load_row(
    const struct vh_convert *c, int plane, const uint8_t *source, uint16_t *into, int width)
{
    const struct row_rule *r = &c->load[plane];
    const uint16_t *wide = (const uint16_t *)(const void *)source;
    if (r->wide && !r->affine && !r->shift)
        return wide;
    if (r->affine && r->wide)
        c->dsp.scale16(into, wide, width, r->gain, r->offset);
    else if (r->affine)
        c->dsp.scale8(into, source, width, r->gain, r->offset);
    else if (r->wide)
        c->dsp.expand16(into, wide, width, r->shift);
    else
        c->dsp.expand8(into, source, width);
    return into;
}

/* One row of 16-bit limited range into the output's depth and range; `work` holds a row. */
static void store_row(const struct vh_convert *c, int plane, int y, uint8_t *target, const uint16_t *row,
    uint16_t *work, int width)
{
    const struct row_rule *r = &c->store[plane];
    if (r->affine) {
        c->dsp.scale16(work, row, width, r->gain, r->offset);
        row = work;
    }
    if (!r->shift) {
        memcpy(target, row, (size_t)width * sizeof *row);
        return;
    }
    uint16_t noise[VH_DITHER_SIZE];
    vh_dsp_depth_noise(noise, y + 11 * plane, r->shift);
    if (r->wide)
        c->dsp.reduce16((uint16_t *)(void *)target, row, width, noise, r->shift);
    else
        c->dsp.reduce8(target, row, width, noise);
}

struct job {
    struct vh_convert *convert;
    const AVFrame *in;
    AVFrame *out;
};

/* Rows of the planes that are not resampled, and the loading of those that are. */
static void load_slice(void *arg, int index, int n)
{
    struct job *job = arg;
    struct vh_convert *c = job->convert;
    uint16_t *row = c->row + (ptrdiff_t)index * 2 * c->row_stride, *work = row + c->row_stride;
    for (int p = 0; p < c->in.n_planes && p < c->out.n_planes; p++) {
        int width = plane_width(&c->config.in, &c->in, p), y0, y1;
        vh_pool_rows(plane_height(&c->config.in, &c->in, p), index, n, &y0, &y1);
        for (int y = y0; y < y1; y++) {
            const uint8_t *source = job->in->data[p] + (ptrdiff_t)y * job->in->linesize[p];
            if (p && c->resample) {
                uint16_t *kept = c->before[p] + (ptrdiff_t)y * align(width);
                const uint16_t *loaded = load_row(c, p, source, kept, width);
                if (loaded != kept)
                    memcpy(kept, loaded, (size_t)width * sizeof *kept);
                continue;
            }
            uint8_t *target = job->out->data[p] + (ptrdiff_t)y * job->out->linesize[p];
            bool straight = !c->store[p].affine && !c->store[p].shift; /* 16-bit limited range out */
            const uint16_t *loaded =
                load_row(c, p, source, straight ? (uint16_t *)(void *)target : row, width);
            if (!straight || (const uint8_t *)loaded != target)
                store_row(c, p, y, target, loaded, work, width);
        }
    }
}

static void store_slice(void *arg, int index, int n)
{
    struct job *job = arg;
    struct vh_convert *c = job->convert;
    uint16_t *work = c->row + (ptrdiff_t)index * 2 * c->row_stride;
    for (int p = 1; p < 3; p++) {
        int width = plane_width(&c->config.out, &c->out, p), y0, y1;
        vh_pool_rows(plane_height(&c->config.out, &c->out, p), index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            store_row(c, p, y, job->out->data[p] + (ptrdiff_t)y * job->out->linesize[p],
                c->after[p] + (ptrdiff_t)y * align(width), work, width);
    }
}

static int resample_chroma(struct vh_convert *c)
{
    for (int p = 1; p < 3; p++)
        for (int f = 0; f < (c->interlaced ? 2 : 1); f++) {
            int w = plane_width(&c->config.in, &c->in, p), ow = plane_width(&c->config.out, &c->out, p);
            struct vh_plane from = {c->before[p], align(w), w, plane_height(&c->config.in, &c->in, p)};
            struct vh_plane to = {c->after[p], align(ow), ow, plane_height(&c->config.out, &c->out, p)};
            if (c->interlaced) {
                from = vh_plane_field(from, f);
                to = vh_plane_field(to, f);
            }
            struct vh_plane_const source = vh_plane_read(from);
            int status = vh_plane_scaler_run(c->scaler[f], &source, &to, NULL, c->config.pool);
            if (status != VH_OK)
                return status;
        }
    return VH_OK;
}

/* A gray picture gets neutral chroma. */
static void fill_chroma(const struct vh_convert *c, AVFrame *out)
{
    for (int p = 1; p < c->out.n_planes; p++)
        for (int y = 0; y < plane_height(&c->config.out, &c->out, p); y++) {
            uint8_t *row = out->data[p] + (ptrdiff_t)y * out->linesize[p];
            int width = plane_width(&c->config.out, &c->out, p);
            if (c->out.depth == 8)
                memset(row, 128, (size_t)width);
            else
                for (int x = 0; x < width; x++)
                    ((uint16_t *)(void *)row)[x] = (uint16_t)(1 << (c->out.depth - 1));
        }
}

static void copy_planes(const struct vh_convert *c, const AVFrame *in, AVFrame *out)
{
    size_t bytes = c->in.depth > 8 ? 2 : 1;
    for (int p = 0; p < c->in.n_planes && p < c->out.n_planes; p++)
        for (int y = 0; y < plane_height(&c->config.in, &c->in, p); y++)
            memcpy(out->data[p] + (ptrdiff_t)y * out->linesize[p],
                in->data[p] + (ptrdiff_t)y * in->linesize[p],
                (size_t)plane_width(&c->config.in, &c->in, p) * bytes);
}

bool vh_convert_takes_lines(const struct vh_convert *c)
{
    bool straight = !c->sws && !c->resample && c->in.n_planes == c->out.n_planes;
    for (int p = 0; p < c->in.n_planes && straight; p++)
        straight = !c->load[p].affine && !c->load[p].shift && !c->store[p].affine;
    return straight;
}

void vh_convert_put_line(const struct vh_convert *c, AVFrame *out, int plane, int y, const uint16_t *line)
{
    store_row(c, plane, y, out->data[plane] + (ptrdiff_t)y * out->linesize[plane], line, NULL,
        plane_width(&c->config.out, &c->out, plane));
}

int vh_convert_run(struct vh_convert *c, const AVFrame *in, AVFrame *out)
{
    const struct vh_format *f = &c->config.in;
    if (in->format != f->pix_fmt || in->width != f->width || in->height != f->height)
        return vh_fail(c->config.log, VH_ERR_INPUT, "a frame is %dx%d %s where %dx%d %s was expected",
            in->width, in->height, name_of((enum AVPixelFormat)in->format), f->width, f->height,
            name_of(f->pix_fmt));
    if (c->sws) {
        if (sws_scale(c->sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height,
                c->unpacked->data, c->unpacked->linesize) != in->height)
            return vh_fail(c->config.log, VH_ERR_EXTERNAL, "swscale failed to unpack a frame");
        in = c->unpacked;
    }
    struct job job = {c, in, out};
    int status = VH_OK;
    if (c->plain_copy)
        copy_planes(c, in, out);
    else
        vh_pool_run(c->config.pool, load_slice, &job, SLICES);
    if (c->resample) {
        status = resample_chroma(c);
        if (status == VH_OK)
            vh_pool_run(c->config.pool, store_slice, &job, SLICES);
    }
    if (c->out.n_planes > c->in.n_planes)
        fill_chroma(c, out);
    return status;
}
