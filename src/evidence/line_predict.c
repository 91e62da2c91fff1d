/* Rows of predictions: one vector per cell, and where its samples are. */
#include "line_predict.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/patch.h"

#include <string.h>

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

/* Both halves of a vector, in sixteenths instead of quarters. */
static inline uint32_t in_sixteenths(uint32_t mv)
{
    return (mv & 0x3fff) << 2 | (mv & 0xffff0000) << 2;
}

/* Where the corners of a cell differ, the vector of the one that matched best takes the place of their sum.
 * Vectors go as numbers of 32 bits and nothing is jumped over, so that cells are done several at a time: how
 * corners differ cannot be foretold. */
static void take_best(
    int16_t *restrict sum, const int16_t *restrict spread, const struct line_predict *p, ptrdiff_t at, int n)
{
    const struct vh_mv *upper = p->ref->mv + at, *lower = upper + p->n_x;
    const uint16_t *upper_sad = p->ref->sad + at, *lower_sad = upper_sad + p->n_x;
    for (int i = 0; i < n; i++) {
        uint32_t best, other[3], mean, wide;
        int32_t sad = upper_sad[i], s1 = upper_sad[i + 1], s2 = lower_sad[i], s3 = lower_sad[i + 1];
        memcpy(&best, upper + i, sizeof best);
        memcpy(&other[0], upper + i + 1, sizeof best);
        memcpy(&other[1], lower + i, sizeof best);
        memcpy(&other[2], lower + i + 1, sizeof best);
        memcpy(&mean, sum + 2 * i, sizeof mean);
        memcpy(&wide, spread + 2 * i, sizeof wide);
        best = s1 < sad ? other[0] : best;
        sad = s1 < sad ? s1 : sad;
        best = s2 < sad ? other[1] : best;
        sad = s2 < sad ? s2 : sad;
        best = s3 < sad ? other[2] : best;
        int32_t a = (int32_t)(wide << 16) >> 16, b = (int32_t)wide >> 16, widest = a > b ? a : b;
        mean = widest > MERGE ? in_sixteenths(best) : mean;
        memcpy(sum + 2 * i, &mean, sizeof mean);
    }
}

void line_predict_row(const struct line_predict *p, struct line_predict_scratch *s, int row, uint16_t *dst,
    ptrdiff_t dst_stride)
{
    const struct vh_plane_const from = p->from;
    int n = p->n_x - 1, line = 16 * (VH_MOTION_CELL * row + p->parity - p->ref_parity);
    ptrdiff_t at = (ptrdiff_t)row * p->n_x;
    corners(s->sum, s->spread, &p->ref->mv[at].x, &p->ref->mv[at + p->n_x].x, n);
    take_best(s->sum, s->spread, p, at, n);
    for (int cx = 0; cx < n; cx++) {
        const int16_t *fine = s->sum + 2 * cx;
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
