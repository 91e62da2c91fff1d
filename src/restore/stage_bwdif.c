/* bwdif: whole pictures from fields without motion vectors (dsp/bwdif.h has the filter and its sources). What
 * libavfilter's filter of that name does, in vectors of 16 bit: that one has none for more than 12 bit, where
 * it costs eight times as much.
 *
 * A field without neighbours in time (the ends of the tape, a break) is completed by the vertical filter
 * alone.
 */
#include "restore/stage.h"

#include "core/status.h"
#include "dsp/bwdif.h"
#include "predictions.h"

#include <string.h>

enum { SLICES = 16, REACH = 2 };

struct priv {
    struct vh_dsp_bwdif dsp;
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    if (!field_format(stage))
        return VH_ERR_UNSUPPORTED;
    vh_dsp_bwdif_init(&p->dsp, stage->config.cpu_flags);
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_PROGRESSIVE,
        .look_back = REACH,
        .look_ahead = REACH,
        .format = stage->config.format};
    stage->needs.format.fields = VH_FIELDS_PROGRESSIVE;
    return VH_OK;
}

/* One plane of the fields of a window, and the frame's raster they lie in. */
struct raster {
    struct vh_plane_const own, own_before, own_after, before,
        after; /* the last four NULL data where absent */
    struct vh_plane out;
    int parity; /* of own */
};

/* Line y of the frame from the field that has it. Beyond the border its own lines repeat. */
static const uint16_t *line_of(const struct vh_plane_const *field, int y)
{
    int row = y >> 1;
    row = row < 0 ? 0 : row >= field->height ? field->height - 1 : row;
    return field->data + field->stride * row;
}

static struct vh_dsp_bwdif_lines lines_around(const struct raster *r, int y)
{
    struct vh_dsp_bwdif_lines l = {.own = {line_of(&r->own, y - 3), line_of(&r->own, y - 1),
                                       line_of(&r->own, y + 1), line_of(&r->own, y + 3)}};
    if (!r->before.data)
        return l;
    for (int i = 0; i < 2; i++) {
        int at = y - 1 + 2 * i;
        l.own_before[i] = line_of(&r->own_before, at);
        l.own_after[i] = line_of(&r->own_after, at);
    }
    for (int i = 0; i < 5; i++) {
        l.before[i] = line_of(&r->before, y - 4 + 2 * i);
        l.after[i] = line_of(&r->after, y - 4 + 2 * i);
    }
    return l;
}

static void make_line(const struct priv *p, const struct raster *r, int y)
{
    uint16_t *to = r->out.data + r->out.stride * y;
    int n = r->out.width, h = r->out.height;
    if ((y & 1) == r->parity) {
        memcpy(to, line_of(&r->own, y), (size_t)n * sizeof *to);
        return;
    }
    struct vh_dsp_bwdif_lines l = lines_around(r, y);
    if (!r->before.data)
        p->dsp.alone(to, &l, n);
    else if (y >= 4 && y + 4 < h)
        p->dsp.full(to, &l, n);
    else if (y >= 2 && y + 2 < h)
        p->dsp.near(to, &l, n);
    else
        p->dsp.edge(to, &l, n);
}

struct call {
    const struct priv *priv;
    struct raster raster[VH_MAX_PLANES];
    int n_planes;
};

static void make_slice(void *arg, int index, int n)
{
    const struct call *c = arg;
    for (int p = 0; p < c->n_planes; p++) {
        int y0, y1;
        vh_pool_rows(c->raster[p].out.height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            make_line(c->priv, &c->raster[p], y);
    }
}

static struct vh_plane_const plane_at(const struct vh_window *window, int k, int p, int parity)
{
    const struct vh_image_const *image = vh_window_at(window, k);
    return image && window->parity[VH_WINDOW_REACH + k] == parity ? image->plane[p]
                                                                  : (struct vh_plane_const){0};
}

/* Both fields beside it are needed, and one of those beyond, which tells what moves; it stands for both then.
 */
static struct raster raster_of(const struct vh_window *window, int p, const struct vh_plane *out)
{
    int parity = window->parity[VH_WINDOW_REACH];
    struct raster r = {.own = plane_at(window, 0, p, parity),
        .own_before = plane_at(window, -2, p, parity),
        .own_after = plane_at(window, 2, p, parity),
        .before = plane_at(window, -1, p, !parity),
        .after = plane_at(window, 1, p, !parity),
        .out = *out,
        .parity = parity};
    if (!r.own_before.data)
        r.own_before = r.own_after;
    if (!r.own_after.data)
        r.own_after = r.own_before;
    if (!r.before.data || !r.after.data || !r.own_after.data)
        r.before.data = r.after.data = NULL;
    return r;
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct call call = {.priv = stage->priv, .n_planes = out->n_planes};
    for (int p = 0; p < out->n_planes; p++)
        call.raster[p] = raster_of(&in->window, p, &out->plane[p]);
    vh_pool_run(stage->config.pool, make_slice, &call, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_bwdif = {
    .name = "bwdif",
    .summary = "deinterlaces without motion vectors",
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
};
