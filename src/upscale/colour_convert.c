/* YCbCr of one colour system to YCbCr of another on the planes as they are: chroma at chroma resolution, luma
 * plus the interpolated difference (see dsp/colour_kernels.h). The matrices are computed here from the luma
 * coefficients (ITU-R BT.601-7, BT.709-6, BT.2020-2, SMPTE ST 240) and the chromaticities (the same, SMPTE ST
 * 170, EBU Tech 3213); all systems have the white point D65, so nothing is adapted.
 */
#include "upscale/colour.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/colour_kernels.h"
#include "frame/matrix.h"

#include <libavutil/common.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

enum { STRIPE_LINES = 32 };

struct vh_colour {
    struct vh_dsp_colour dsp;
    struct vh_dsp_colour_params params;
    bool linear_light; /* primaries differ */
    int width, height, chroma_width, chroma_height, sub_x, sub_y;
    bool cosited; /* chroma lies on luma columns */
    float down;   /* chroma lines lie this far below the upper of their two luma lines, 0 to 1 */
    float *delta; /* luma difference at chroma resolution */
    float *rows;  /* per stripe: two rows of work */
    int delta_stride, row_stride;
};

struct chromaticities {
    int code;
    double xy[3][2]; /* R, G, B */
};

static const struct chromaticities *chromaticities(int primaries)
{
    static const struct chromaticities table[] = {
        {AVCOL_PRI_BT709, {{0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}}},
        {AVCOL_PRI_SMPTE170M, {{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}}},
        {AVCOL_PRI_SMPTE240M, {{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}}},
        {AVCOL_PRI_BT470BG, {{0.640, 0.330}, {0.290, 0.600}, {0.150, 0.060}}},
        {AVCOL_PRI_BT2020, {{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}}},
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == primaries)
            return &table[i];
    return NULL;
}

/* XYZ from linear RGB with white D65. */
static void xyz_from_rgb(double out[3][3], const struct chromaticities *p)
{
    const double white[3] = {0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290};
    double m[3][3], inverse[3][3];
    for (int i = 0; i < 3; i++) {
        m[0][i] = p->xy[i][0] / p->xy[i][1];
        m[1][i] = 1;
        m[2][i] = (1 - p->xy[i][0] - p->xy[i][1]) / p->xy[i][1];
    }
    vh_matrix_invert(inverse, m);
    for (int i = 0; i < 3; i++) {
        double s = inverse[i][0] * white[0] + inverse[i][1] * white[1] + inverse[i][2] * white[2];
        for (int j = 0; j < 3; j++)
            out[j][i] = m[j][i] * s;
    }
}

/* False for a matrix without luma weights. */
static bool set_matrices(struct vh_colour *colour, enum AVColorSpace in, enum AVColorSpace out)
{
    double to_rgb[3][3], back[3][3], direct[3][3], red, blue;
    if (!vh_matrix_luma_weights(in, &red, &blue))
        return false;
    vh_matrix_rgb_from_ycc(to_rgb, red, blue);
    if (!vh_matrix_luma_weights(out, &red, &blue))
        return false;
    vh_matrix_rgb_from_ycc(back, red, blue);
    vh_matrix_invert(back, back);
    vh_matrix_multiply(direct, back, to_rgb);
    struct vh_dsp_colour_params *p = &colour->params;
    p->delta_cb = (float)direct[0][1];
    p->delta_cr = (float)direct[0][2];
    p->cb_cb = (float)direct[1][1];
    p->cb_cr = (float)direct[1][2];
    p->cr_cb = (float)direct[2][1];
    p->cr_cr = (float)direct[2][2];
    vh_matrix_to_float(p->to_rgb, to_rgb);
    vh_matrix_to_float(p->to_ycc, back);
    return true;
}

/* Through the light of the reference display, ITU-R BT.1886: the tape was made to look right on a tube, and
 * SD and HD share the curve (zimg takes the same one). The camera curve of BT.709 would differ in the shadows
 * of saturated colours only. */
static void set_primaries(
    struct vh_colour *colour, const struct chromaticities *in, const struct chromaticities *out)
{
    double a[3][3], b[3][3];
    xyz_from_rgb(a, in);
    xyz_from_rgb(b, out);
    vh_matrix_invert(b, b);
    vh_matrix_multiply(a, b, a);
    vh_matrix_to_float(colour->params.primaries, a);
    colour->linear_light = true;
}

static int n_stripes(const struct vh_colour *colour)
{
    return (colour->chroma_height + STRIPE_LINES - 1) / STRIPE_LINES;
}

static int set_shape(struct vh_colour *colour, const struct vh_format *in)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(in->pix_fmt);
    colour->width = in->width;
    colour->height = in->height;
    colour->sub_x = desc->log2_chroma_w;
    colour->sub_y = desc->log2_chroma_h;
    colour->chroma_width = AV_CEIL_RSHIFT(in->width, colour->sub_x);
    colour->chroma_height = AV_CEIL_RSHIFT(in->height, colour->sub_y);
    colour->cosited = in->chroma != AVCHROMA_LOC_CENTER && in->chroma != AVCHROMA_LOC_TOP &&
                      in->chroma != AVCHROMA_LOC_BOTTOM;
    colour->down = in->chroma == AVCHROMA_LOC_TOPLEFT || in->chroma == AVCHROMA_LOC_TOP         ? 0.0f
                   : in->chroma == AVCHROMA_LOC_BOTTOMLEFT || in->chroma == AVCHROMA_LOC_BOTTOM ? 1.0f
                                                                                                : 0.5f;
    colour->delta_stride = (colour->chroma_width + 15) / 16 * 16;
    colour->row_stride = (colour->width + 31) / 16 * 16;
    colour->delta =
        vh_alloc((size_t)colour->delta_stride * (size_t)colour->chroma_height, sizeof *colour->delta);
    colour->rows = vh_alloc((size_t)colour->row_stride * 2 * (size_t)n_stripes(colour), sizeof *colour->rows);
    return colour->delta && colour->rows ? VH_OK : VH_ERR_RESOURCE;
}

static const char *or_none(const char *name)
{
    return name ? name : "none";
}

/* True when both systems are known here. */
static bool set_conversion(struct vh_colour *colour, const struct vh_format *in, const struct vh_format *to)
{
    const struct chromaticities *from = chromaticities(in->primaries),
                                *target = chromaticities(to->primaries);
    if (!set_matrices(colour, in->matrix, to->matrix) ||
        (in->primaries != to->primaries && (!from || !target)))
        return false;
    if (from && target && memcmp(from->xy, target->xy, sizeof from->xy))
        set_primaries(colour, from, target);
    return true;
}

int vh_colour_open(struct vh_colour **out, const struct vh_format *in, const struct vh_format *to,
    unsigned cpu_flags, const struct vh_log *log)
{
    *out = NULL;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(in->pix_fmt);
    if (!desc || desc->nb_components < 3 || desc->comp[0].depth != 16 || desc->log2_chroma_w > 1 ||
        desc->log2_chroma_h > 1)
        return vh_fail(log, VH_ERR_UNSUPPORTED, "colour cannot be converted in pixel format %s",
            or_none(av_get_pix_fmt_name(in->pix_fmt)));
    struct vh_colour *colour = vh_alloc(1, sizeof *colour);
    int status = colour ? VH_OK : VH_ERR_RESOURCE;
    if (colour && !set_conversion(colour, in, to)) {
        vh_colour_close(&colour);
        return vh_fail(log, VH_ERR_UNSUPPORTED, "no conversion from colour %s/%s to %s/%s; try --colour keep",
            or_none(av_color_space_name(in->matrix)), or_none(av_color_primaries_name(in->primaries)),
            or_none(av_color_space_name(to->matrix)), or_none(av_color_primaries_name(to->primaries)));
    }
    if (status == VH_OK)
        status = set_shape(colour, in);
    if (status != VH_OK) {
        vh_colour_close(&colour);
        return vh_fail(log, status, "out of memory for colour conversion");
    }
    vh_dsp_colour_init(&colour->dsp, cpu_flags);
    *out = colour;
    return VH_OK;
}

void vh_colour_close(struct vh_colour **colour)
{
    if (!colour || !*colour)
        return;
    vh_free((*colour)->delta);
    vh_free((*colour)->rows);
    vh_freep(colour);
}

struct job {
    struct vh_colour *colour;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

/* Luma where chroma line cy lies, into `dst`. */
static void find_luma(const struct job *job, float *dst, int cy)
{
    const struct vh_colour *c = job->colour;
    const struct vh_plane_const *y = &job->in->plane[0];
    int line = cy << c->sub_y, next = line + c->sub_y < c->height ? line + c->sub_y : line;
    const uint16_t *a = y->data + line * y->stride, *b = y->data + next * y->stride;
    if (c->sub_x)
        c->dsp.luma_at(dst, a, b, c->sub_y ? c->down : 0, c->width, c->cosited, c->chroma_width);
    else
        for (int x = 0; x < c->width; x++)
            dst[x] = (float)a[x] + ((float)b[x] - (float)a[x]) * (c->sub_y ? c->down : 0);
}

static void chroma_slice(void *arg, int index, int n)
{
    const struct job *job = arg;
    struct vh_colour *c = job->colour;
    const struct vh_plane_const *cb = &job->in->plane[1], *cr = &job->in->plane[2];
    const struct vh_plane *cb_out = &job->out->plane[1], *cr_out = &job->out->plane[2];
    float *row = c->rows + (ptrdiff_t)index * 2 * c->row_stride;
    int y0, y1;
    vh_pool_rows(c->chroma_height, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        float *delta = c->delta + (ptrdiff_t)y * c->delta_stride;
        const uint16_t *b = cb->data + y * cb->stride, *r = cr->data + y * cr->stride;
        uint16_t *b_out = cb_out->data + y * cb_out->stride, *r_out = cr_out->data + y * cr_out->stride;
        if (c->linear_light) {
            find_luma(job, row, y);
            c->dsp.primaries(delta, b_out, r_out, row, b, r, c->chroma_width, &c->params);
        } else {
            c->dsp.matrix(delta, b_out, r_out, b, r, c->chroma_width, &c->params);
        }
    }
}

/* The difference on luma line y: between the two chroma lines around it, then between the chroma columns. */
static const float *delta_at(const struct vh_colour *c, int y, float *row, float *wide)
{
    const float *delta = c->delta + (ptrdiff_t)(y >> c->sub_y) * c->delta_stride;
    if (c->sub_y) {
        float at = ((float)y - c->down) * 0.5f; /* in chroma lines */
        int above = (int)floorf(at), below = above + 1;
        float share = at - (float)above;
        above = above < 0 ? 0 : above;
        below = below >= c->chroma_height ? c->chroma_height - 1 : below;
        c->dsp.between(row, c->delta + (ptrdiff_t)above * c->delta_stride,
            c->delta + (ptrdiff_t)below * c->delta_stride, share, c->chroma_width);
        delta = row;
    }
    if (!c->sub_x)
        return delta;
    float offset = c->cosited ? 0.0f : 0.5f;
    c->dsp.twice(wide, delta, offset * 0.5f, (1 - offset) * 0.5f, c->width);
    return wide;
}

static void luma_slice(void *arg, int index, int n)
{
    const struct job *job = arg;
    struct vh_colour *c = job->colour;
    const struct vh_plane_const *in = &job->in->plane[0];
    const struct vh_plane *out = &job->out->plane[0];
    float *row = c->rows + (ptrdiff_t)index * 2 * c->row_stride, *wide = row + c->row_stride;
    int y0, y1;
    vh_pool_rows(c->height, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++)
        c->dsp.add(
            out->data + y * out->stride, in->data + y * in->stride, delta_at(c, y, row, wide), c->width);
}

void vh_colour_run(struct vh_colour *colour, const struct vh_image_const *in, const struct vh_image *out,
    struct vh_pool *pool)
{
    struct job job = {colour, in, out};
    vh_pool_run(pool, chroma_slice, &job, n_stripes(colour));
    vh_pool_run(pool, luma_slice, &job, n_stripes(colour));
}
