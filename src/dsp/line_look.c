/* Kernels of looks: the plain C table and the choice between tables. */
#include "line_look_tables.h"

#include "core/cpu.h"
#include "dsp/obmc.h"

static uint16_t scale(uint16_t v, int factor) /* factor in Q16 */
{
    return (uint16_t)((uint32_t)v * (uint32_t)factor >> 16);
}

static uint16_t saturate(uint32_t v)
{
    return v > 65535 ? 65535 : (uint16_t)v;
}

/* The inner taps are positive, the outer ones negative. */
static uint16_t filter(uint16_t a, uint16_t b, uint16_t c, uint16_t d, const int16_t *tap)
{
    uint16_t plus = saturate((uint32_t)scale(b, 2 * tap[1]) + scale(c, 2 * tap[2])),
             minus = (uint16_t)(scale(a, -2 * tap[0]) + scale(d, -2 * tap[3]));
    return plus > minus ? (uint16_t)(plus - minus) : 0;
}

static void predict_cell(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell)
{
    const int16_t *across = vh_obmc_taps[cell->phase_x], *down = vh_obmc_taps[cell->phase_y];
    uint16_t row[VH_LINE_CELL_SOURCE][VH_LINE_CELL];
    for (int r = 0; r < VH_LINE_CELL_SOURCE; r++) {
        const uint16_t *s = cell->src + (ptrdiff_t)r * cell->stride;
        for (int x = 0; x < VH_LINE_CELL; x++)
            row[r][x] = cell->phase_x ? filter(s[x - 1], s[x], s[x + 1], s[x + 2], across) : s[x];
    }
    for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
        for (int x = 0; x < VH_LINE_CELL; x++)
            dst[r * dst_stride + x] =
                cell->phase_y ? filter(row[r][x], row[r + 1][x], row[r + 2][x], row[r + 3][x], down)
                              : row[r + 1][x];
}

static void predict_cells(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell, int n)
{
    for (int i = 0; i < n; i++)
        predict_cell(dst + i * VH_LINE_CELL, dst_stride, &cell[i]);
}

static void sum_deviation(int32_t sum[2], const struct vh_line_vectors *row, int around, int reach)
{
    sum[0] = sum[1] = 0;
    for (int i = 0; i < row->n; i++) {
        int32_t e = 16 * row->mv[2 * i] - row->k * row->velocity[2 * i] - around;
        e = e < -reach ? -reach : e > reach ? reach : e;
        sum[0] += row->weight[i] * e;
        sum[1] += row->weight[i];
    }
}

static void mean_of(int16_t *restrict velocity, const int16_t *const *travel, int n_looks, int n, float scale)
{
    enum { BATCH = 64 };
    for (int from = 0; from < n; from += BATCH) {
        int32_t sum[BATCH] = {0}, m = n - from < BATCH ? n - from : BATCH;
        for (int i = 0; i < n_looks; i++) {
            const int16_t *restrict t = travel[i] + from;
            for (int b = 0; b < m; b++)
                sum[b] += t[b];
        }
        for (int b = 0; b < m; b++) {
            float v = (float)sum[b] * scale;
            velocity[from + b] = (int16_t)(int)(v + (v < 0 ? -0.5f : 0.5f));
        }
    }
}

#define LINE_LOOK_NAME      vh_dsp_line_look_c
#define LINE_LOOK_CELLS     predict_cells
#define LINE_LOOK_DEVIATION sum_deviation
#define LINE_LOOK_MEAN      mean_of
#include "line_look_tmpl.h"

void vh_dsp_line_look_init(struct vh_dsp_line_look *dsp, unsigned cpu_flags)
{
    *dsp = vh_dsp_line_look_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *dsp = vh_dsp_line_look_avx2;
#else
    (void)cpu_flags;
#endif
}
