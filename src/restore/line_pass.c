/* Slices and scratch of stages that work line by line. */
#include "line_pass.h"

#include "core/memory.h"
#include "core/status.h"

#include <string.h>

enum { SLICES = 8 };

void line_pass_side_by_side(struct vh_stage *stage)
{
    int threads = vh_pool_threads(stage->config.pool);
    if (stage->needs.in == VH_KIND_PROGRESSIVE)
        stage->needs.at_once = threads < VH_STAGE_AT_ONCE ? threads : VH_STAGE_AT_ONCE;
}

int line_pass_open(struct line_pass *pass, const struct vh_stage *stage, int pad, int n_taps)
{
    vh_dsp_fir_init(&pass->fir, stage->config.cpu_flags);
    pass->pad = pad;
    pass->line_samples = stage->config.format.width + 2 * pad + n_taps + VH_FIR_SLACK;
    size_t lines = (size_t)SLICES * (size_t)(stage->needs.at_once > 1 ? stage->needs.at_once : 1);
    pass->padded = vh_alloc((size_t)pass->line_samples * lines, sizeof *pass->padded);
    pass->middle = vh_alloc((size_t)pass->line_samples * lines, sizeof *pass->middle);
    if (!pass->padded || !pass->middle)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for %s", stage->ops->name);
    return VH_OK;
}

void line_pass_close(struct line_pass *pass)
{
    vh_freep(&pass->padded);
    vh_freep(&pass->middle);
}

void line_pass_keep_kind(struct vh_stage *stage)
{
    stage->needs.in = stage->needs.out =
        stage->config.format.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
}

int line_pass_open_luma(struct line_pass *pass, struct vh_stage *stage, int pad, int n_taps)
{
    line_pass_keep_kind(stage);
    line_pass_side_by_side(stage);
    stage->needs.keeps = VH_STAGE_KEEPS_CHROMA;
    return line_pass_open(pass, stage, pad, n_taps);
}

struct work {
    const void *priv;
    const struct line_pass *pass;
    unsigned planes;
    line_pass_fn *fn;
    int slot;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

static void run_plane(const struct work *work, int index, int n, int plane)
{
    const struct line_pass *pass = work->pass;
    const struct vh_plane *dst = &work->out->plane[plane];
    struct line_place place = {.src = &work->in->plane[plane], .plane = plane};
    if (pass) {
        ptrdiff_t scratch = (ptrdiff_t)(work->slot * SLICES + index) * pass->line_samples;
        place.padded = pass->padded + scratch;
        place.middle = pass->middle + scratch;
    }
    int y1;
    vh_pool_rows(place.src->height, index, n, &place.y, &y1);
    for (; place.y < y1; place.y++) {
        place.from = place.src->data + place.y * place.src->stride;
        place.to = dst->data + place.y * dst->stride;
        if (work->planes & (plane ? LINE_CHROMA : LINE_LUMA))
            work->fn(work->priv, &place);
        else if (place.to != place.from)
            memcpy(place.to, place.from, (size_t)place.src->width * sizeof *place.to);
    }
}

static void run_slice(void *arg, int index, int n)
{
    const struct work *work = arg;
    for (int i = 0; i < work->in->n_planes; i++)
        run_plane(work, index, n, i);
}

int line_pass_run(struct vh_stage *stage, const struct line_pass *pass, unsigned planes, line_pass_fn *fn,
    const struct vh_stage_input *in, const struct vh_image *out)
{
    struct work work = {.priv = stage->priv,
        .pass = pass,
        .planes = planes,
        .fn = fn,
        .slot = in->slot,
        .in = vh_window_at(&in->window, 0),
        .out = out};
    vh_pool_run(stage->config.pool, run_slice, &work, SLICES);
    return VH_OK;
}

void line_pass_row(const struct line_pass *pass, const struct line_place *place, const uint16_t *from, int at,
    const int16_t *coef, int n_taps)
{
    pass->fir.load(place->padded, from, place->src->width, pass->pad, pass->pad);
    pass->fir.row(place->to, place->padded + pass->pad + at, place->src->width, coef, n_taps);
}
