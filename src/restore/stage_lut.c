/* lut: a colour look-up table over the picture, 1D or 3D, from a .cube file or one of three built-in looks.
 *
 * Luma is looked up for every sample, with chroma interpolated to it; chroma receives the change, brought
 * down to its own grid, so a table that changes nothing changes nothing. The strength is a true blend, out =
 * in + strength * (table(in) - in): it is part of the table, because a linear interpolation of blended
 * entries is the blend of the interpolations. (docs/algorithms/lut.md)
 */
#include "restore/looks.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "cube.h"
#include "dsp/colour_kernels.h"
#include "dsp/lut.h"
#include "frame/matrix.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    SLICES = 16,
    SHAPED_NODES = 65, /* axis of the table that a 1D table before a 3D one is drawn into */
    ROWS = 9,          /* rows of floats per slice, see struct rows */
};

#define AT(member) offsetof(struct vh_lut_options, member)

static const struct vh_option_row option_rows[] = {
    {.key = "lut.file",
        .flag = "lut",
        .type = VH_OPTION_STRING,
        .word = "NAME|FILE",
        .offset = AT(file),
        .help = "restore, warm, cool, or the path of a .cube file",
        .detail = "A 1D or 3D table in the .cube format, or a built-in look. Tables are made for BT.709 "
                  "pictures with "
                  "camera curves; none is used by default. Write ./warm for a file of that name.",
        .example = "--lut warm --lut-strength 0.7"},
    {.key = "lut.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 1,
        .value = "1",
        .help = "share of the table in the result, 0 to 1",
        .detail = "0.9 is nine parts of the table's picture and one part of the source.",
        .example = "--lut-strength 0.5"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Colour table", option_rows, struct vh_lut_options);

extern const struct vh_stage_ops vh_stage_lut;

struct priv {
    struct vh_dsp_lut_params params;
    vh_dsp_lut_fn *look_up;
    struct vh_dsp_colour colour;
    float *node; /* what params.node points to */
    float *rows; /* ROWS per slice */
    int row_stride;
};

bool vh_lut_changes(const struct vh_lut_options *o)
{
    return o->file && *o->file && o->strength > 0;
}

static int load(struct vh_cube *cube, const char *file, const struct vh_log *log)
{
    int status = vh_cube_look(cube, file);
    return status == VH_ERR_USAGE ? vh_cube_read(cube, file, log) : status;
}

/* Input of entry (r, g, b) of a table. */
static void entry_input(const struct vh_cube_table *t, int size, const int at[3], double in[3])
{
    for (int c = 0; c < 3; c++)
        in[c] = t->low[c] + (double)(t->high[c] - t->low[c]) * at[c] / (size - 1);
}

static void bake_entry(const struct vh_cube *cube, const double in[3], double strength, float *node)
{
    double out[3];
    vh_cube_apply(cube, in, out);
    for (int c = 0; c < 3; c++)
        node[c] = (float)(in[c] + strength * (out[c] - in[c]));
}

/* Draws the table, blended with the picture, into the kernel's layout. */
static int bake(struct priv *p, const struct vh_cube *cube, double strength)
{
    const struct vh_cube_table *t =
        cube->one.size ? &cube->one : &cube->three; /* what sees the picture first */
    bool curves = !cube->three.size;
    int size = curves ? cube->one.size : cube->one.size ? SHAPED_NODES : cube->three.size;
    size_t n = curves ? (size_t)size : (size_t)size * (size_t)size * (size_t)size;
    p->node = vh_alloc(4 * n, sizeof *p->node);
    if (!p->node)
        return VH_ERR_RESOURCE;
    for (size_t i = 0; i < n; i++) {
        int a = (int)(i % (size_t)size), b = (int)(i / (size_t)size % (size_t)size),
            c = (int)(i / (size_t)size / (size_t)size);
        int at[3] = {a, curves ? a : b, curves ? a : c};
        double in[3];
        entry_input(t, size, at, in);
        bake_entry(cube, in, strength, p->node + 4 * i);
    }
    p->params.node = p->node;
    p->params.size = size;
    p->params.rest = (float)(1 - strength);
    for (int c = 0; c < 3; c++) {
        p->params.low[c] = t->low[c];
        p->params.high[c] = t->high[c];
        p->params.scale[c] = (float)(size - 1) / (t->high[c] - t->low[c]);
    }
    return VH_OK;
}

static int set_matrices(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    double to_rgb[3][3], back[3][3], red, blue;
    enum AVColorSpace matrix = stage->config.format.matrix;
    if (!vh_matrix_luma_weights(matrix, &red, &blue))
        return vh_fail(stage->config.log, VH_ERR_UNSUPPORTED, "lut cannot work on colour matrix %s",
            av_color_space_name(matrix) ? av_color_space_name(matrix) : "none");
    vh_matrix_rgb_from_ycc(to_rgb, red, blue);
    vh_matrix_invert(back, to_rgb);
    vh_matrix_to_float(p->params.to_rgb, to_rgb);
    vh_matrix_to_float(p->params.to_ycc, back);
    return VH_OK;
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_lut_options *o = stage->config.options;
    struct priv *p = stage->priv;
    struct vh_cube cube;
    if (!o->file || !*o->file)
        return vh_fail(stage->config.log, VH_ERR_INTERNAL, "lut was opened without a table");
    int status = set_matrices(stage);
    if (status == VH_OK)
        status = load(&cube, o->file, stage->config.log);
    if (status != VH_OK)
        return status;
    status = bake(p, &cube, o->strength);
    struct vh_dsp_lut dsp;
    vh_dsp_lut_init(&dsp, stage->config.cpu_flags);
    p->look_up = cube.three.size ? dsp.cube : dsp.curves;
    vh_cube_free(&cube);
    vh_dsp_colour_init(&p->colour, stage->config.cpu_flags);
    p->row_stride = (stage->config.format.width + 31) / 16 * 16;
    p->rows = vh_alloc((size_t)p->row_stride * ROWS * SLICES, sizeof *p->rows);
    if (status != VH_OK || !p->rows)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for lut");
    stage->needs.in = stage->needs.out =
        stage->config.format.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->node);
    vh_freep(&p->rows);
}

struct work {
    const struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
    bool cosited; /* chroma lies on luma columns */
};

/* The rows of one slice. */
struct rows {
    float *near, *far, *mixed; /* chroma lines as float, and between them */
    float *chroma[2];          /* Cb and Cr at luma resolution */
    float *change[2];          /* what the table makes of them, one line */
    float *sum[2];             /* the lines of one chroma line added */
};

static struct rows rows_of(const struct priv *p, int index)
{
    float *at = p->rows + (ptrdiff_t)index * ROWS * p->row_stride;
    ptrdiff_t s = p->row_stride;
    return (struct rows){
        at, at + s, at + 2 * s, {at + 3 * s, at + 4 * s}, {at + 5 * s, at + 6 * s}, {at + 7 * s, at + 8 * s}};
}

static void centre(float *dst, const struct vh_plane_const *plane, int y)
{
    y = y < 0 ? 0 : y >= plane->height ? plane->height - 1 : y;
    const uint16_t *src = plane->data + y * plane->stride;
    for (int x = 0; x < plane->width; x++)
        dst[x] = (float)src[x] - 32768.0f;
}

/* Chroma plane `i` at luma line y and at luma columns, centred on 0. */
static void raise_chroma(const struct work *work, struct rows *r, int i, int y)
{
    const struct vh_plane_const *plane = &work->in->plane[1 + i];
    const float *line = r->near;
    int width = work->in->plane[0].width, cy = y >> work->in->sub_y;
    centre(r->near, plane, cy);
    if (work->in->sub_y) { /* chroma line k lies at luma 2k + 1/2: a quarter from one, three quarters from the
                              other */
        centre(r->far, plane, y & 1 ? cy + 1 : cy - 1);
        work->p->colour.between(r->mixed, r->near, r->far, 0.25f, plane->width);
        line = r->mixed;
    }
    if (work->in->sub_x)
        work->p->colour.twice(
            r->chroma[i], line, work->cosited ? 0 : 0.25f, work->cosited ? 0.5f : 0.25f, width);
    else
        memcpy(r->chroma[i], line, (size_t)width * sizeof *line);
}

static inline uint16_t moved(uint16_t sample, float by)
{
    float v = (float)sample + by + 0.5f;
    return (uint16_t)(v <= 0 ? 0 : v >= 65535 ? 65535 : v);
}

/* Brings the summed change of one chroma line down to its columns and adds it. */
static void lower_change(const struct work *work, const struct rows *r, int i, int cy, int lines)
{
    const struct vh_plane_const *in = &work->in->plane[1 + i];
    const uint16_t *src = in->data + cy * in->stride;
    uint16_t *dst = work->out->plane[1 + i].data + cy * work->out->plane[1 + i].stride;
    const float *d = r->sum[i], share = 1.0f / (float)lines;
    int last = work->in->plane[0].width - 1;
    for (int x = 0; x < in->width; x++) {
        int at = x << work->in->sub_x, left = at > 0 ? at - 1 : 0, right = at < last ? at + 1 : last;
        float change = !work->in->sub_x ? d[at]
                       : work->cosited  ? (d[left] + 2 * d[at] + d[right]) * 0.25f
                                        : (d[at] + d[right]) * 0.5f;
        dst[x] = moved(src[x], change * share);
    }
}

static void one_line(const struct work *work, struct rows *r, int y)
{
    const struct vh_plane_const *in = &work->in->plane[0];
    const struct vh_plane *out = &work->out->plane[0];
    for (int i = 0; i < 2 && work->in->n_planes == 3; i++)
        raise_chroma(work, r, i, y);
    work->p->look_up(out->data + y * out->stride, r->change[0], r->change[1], in->data + y * in->stride,
        r->chroma[0], r->chroma[1], in->width, &work->p->params);
}

static void slice(void *arg, int index, int n)
{
    const struct work *work = arg;
    struct rows r = rows_of(work->p, index);
    int sub_y = work->in->n_planes == 3 ? work->in->sub_y : 0, height = work->in->plane[0].height;
    int groups = vh_sub_size(height, sub_y), g0, g1, width = work->in->plane[0].width;
    if (work->in->n_planes == 1)
        for (int i = 0; i < 2; i++)
            memset(r.chroma[i], 0, (size_t)width * sizeof *r.chroma[i]);
    vh_pool_rows(groups, index, n, &g0, &g1);
    for (int g = g0; g < g1; g++) {
        int lines = 0;
        for (int y = g << sub_y; y < (g + 1) << sub_y && y < height; y++, lines++) {
            one_line(work, &r, y);
            for (int i = 0; i < 2; i++)
                for (int x = 0; x < width; x++)
                    r.sum[i][x] = lines ? r.sum[i][x] + r.change[i][x] : r.change[i][x];
        }
        for (int i = 0; i < 2 && work->in->n_planes == 3; i++)
            lower_change(work, &r, i, g, lines);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *input, const struct vh_image *out)
{
    enum AVChromaLocation l = stage->config.format.chroma;
    struct work work = {stage->priv, vh_window_at(&input->window, 0), out,
        l != AVCHROMA_LOC_CENTER && l != AVCHROMA_LOC_TOP && l != AVCHROMA_LOC_BOTTOM};
    vh_pool_run(stage->config.pool, slice, &work, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_lut = {.name = "lut",
    .summary = "a colour look-up table: a .cube file or a built-in look",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage};
