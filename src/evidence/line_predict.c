/* Rows of predictions: one vector per cell, and where its samples are. */
#include "line_predict.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/patch.h"

enum {
    MERGE = 4,    /* quarter samples: corners that differ by no more give their mean */
    NEW_LINE = 4, /* cells in a cache line */
    PATCH = VH_PATCH_WIDTH * VH_LINE_CELL_SOURCE, /* -1 … +10 of its rows are needed */
};
_Static_assert((int)VH_MOTION_CELL == (int)VH_LINE_CELL && VH_MOTION_CELL == 2 * VH_LINE_CELL_ROWS,
    "a cell of the motion is one of the kernel's");

int line_predict_scratch_init(struct line_predict_scratch *s, int n_x)
{
    size_t n = (size_t)n_x;
    s->cell = vh_alloc(n, sizeof *s->cell);
    s->sum = vh_alloc(2 * n, sizeof *s->sum);
    s->spread = vh_alloc(2 * n, sizeof *s->spread);
    s->patch = vh_alloc(n * PATCH, sizeof *s->patch);
    return s->cell && s->sum && s->spread && s->patch ? VH_OK : VH_ERR_RESOURCE;
}

void line_predict_scratch_uninit(struct line_predict_scratch *s)
{
    vh_freep(&s->cell);
    vh_freep(&s->sum);
    vh_freep(&s->spread);
    vh_freep(&s->patch);
}

static inline int16_t least(int16_t a, int16_t b)
{
    return a < b ? a : b;
}

static inline int16_t most(int16_t a, int16_t b)
{
    return a > b ? a : b;
}

/* Sum (sixteenths of a sample and line, being of four quarters) and spread of the corners of n cells; x and y
 * by turns. */
static void corners(int16_t *restrict sum, int16_t *restrict spread, const int16_t *restrict upper,
    const int16_t *restrict lower, int n)
{
    for (int i = 0; i < 2 * n; i++) {
        int16_t a = upper[i], b = upper[i + 2], c = lower[i], d = lower[i + 2];
        sum[i] = (int16_t)(a + b + c + d);
        spread[i] = (int16_t)(most(most(a, b), most(c, d)) - least(least(a, b), least(c, d)));
    }
}

/* The vector of the corner that matched best, in sixteenths. */
static void best_corner(const struct line_predict *p, int16_t sum[2], ptrdiff_t at)
{
    const ptrdiff_t corner[4] = {at, at + 1, at + p->n_x, at + p->n_x + 1};
    ptrdiff_t best = corner[0];
    for (int i = 1; i < 4; i++)
        best = p->ref->sad[corner[i]] < p->ref->sad[best] ? corner[i] : best;
    sum[0] = (int16_t)(4 * p->ref->mv[best].x);
    sum[1] = (int16_t)(4 * p->ref->mv[best].y);
}

void line_predict_row(const struct line_predict *p, struct line_predict_scratch *s, int row, uint16_t *dst,
    ptrdiff_t dst_stride)
{
    const struct vh_plane_const from = p->from;
    int n = p->n_x - 1, line = 16 * (VH_MOTION_CELL * row + p->parity - p->ref_parity);
    ptrdiff_t at = (ptrdiff_t)row * p->n_x;
    corners(s->sum, s->spread, &p->ref->mv[at].x, &p->ref->mv[at + p->n_x].x, n);
    for (int cx = 0; cx < n; cx++) {
        int16_t *fine = s->sum + 2 * cx;
        if (s->spread[2 * cx] > MERGE || s->spread[2 * cx + 1] > MERGE)
            best_corner(p, fine, at + cx);
        int x = cx * VH_MOTION_CELL + (fine[0] >> 4), pos = (line + fine[1]) >> 1, y = (pos >> 4) - 1;
        struct vh_line_cell *cell = &s->cell[cx];
        cell->phase_x = fine[0] & 15;
        cell->phase_y = pos & 15;
        if (x >= 1 && x + VH_LINE_CELL + 2 <= from.width && y >= 0 &&
            y + VH_LINE_CELL_SOURCE <= from.height) {
            cell->src = from.data + from.stride * y + x;
            cell->stride = (int32_t)from.stride;
            if (cx % NEW_LINE == 0) /* what the next row of cells adds */
                for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
                    __builtin_prefetch(cell->src + from.stride * (VH_LINE_CELL_SOURCE + r));
        } else {
            uint16_t *patch = s->patch + (ptrdiff_t)cx * PATCH;
            vh_patch_take(patch, &from, x - 1, y, VH_LINE_CELL_SOURCE);
            cell->src = patch + 1;
            cell->stride = VH_PATCH_WIDTH;
        }
    }
    p->dsp->cells(dst, dst_stride, s->cell, n);
}
