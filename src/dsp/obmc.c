/* Plain C of overlapped block compensation: the specification (dsp/obmc.h). */
#include "dsp/obmc.h"

#include "core/cpu.h"

#include <stdbool.h>

/* Keys' cubic with a = -0.6, rounded, the largest tap taking the rest so that each row sums to 32768. */
#define ROW(a, b, c, d)                                                                                      \
    {                                                                                                        \
        a, b, c, d                                                                                           \
    }
const int16_t vh_obmc_taps[VH_OBMC_PHASES][4] = {VH_OBMC_EACH_PHASE(ROW)};
#undef ROW

/* cos^2(pi/2 (i + 1/2) / 8) for 8 columns; for rows the mean over the two frame lines of a row of S. */
const float vh_obmc_left[8] = {
    0.99039264f, 0.91573481f, 0.77778512f, 0.59754516f, 0.40245484f, 0.22221488f, 0.08426519f, 0.00960736f};
const float vh_obmc_upper[4] = {0.95306372f, 0.68766514f, 0.31233486f, 0.04693628f};

static int saturate(int v)
{
    return v < -32768 ? -32768 : v > 32767 ? 32767 : v;
}

static int scale(int v, int factor)
{
    return (v * factor + 0x4000) >> 15;
}

/* Outer taps first: their sum is small, so only the result can saturate. */
static int filter(int s0, int s1, int s2, int s3, const int16_t *tap)
{
    int v = saturate(scale(s0, tap[0]) + scale(s3, tap[3]));
    v = saturate(v + scale(s1, tap[1]));
    return saturate(v + scale(s2, tap[2]));
}

static void filter_rows(int16_t out[][8], const struct vh_obmc_source *source, bool two)
{
    const int16_t *tap = vh_obmc_taps[source->phase_x];
    for (int r = 0; r < source->n_rows; r++)
        for (int i = 0; i < 8; i++) {
            const uint16_t *s = two && i >= 4 ? source->src2 + (i - 4) : source->src + i;
            s += r * source->stride;
            out[r][i] = (int16_t)(source->phase_x
                                      ? filter(s[-1] - 32768, s[0] - 32768, s[1] - 32768, s[2] - 32768, tap)
                                      : s[0] - 32768);
        }
}

static int vertical(const int16_t (*rows)[8], int x, int phase)
{
    if (!phase)
        return rows[1][x];
    return filter(rows[0][x], rows[1][x], rows[2][x], rows[3][x], vh_obmc_taps[phase]);
}

static void cell_c(const struct vh_obmc_cell *cell)
{
    int16_t rows[VH_OBMC_CANDIDATES][VH_OBMC_MAX_ROWS][8];
    for (int k = 0; k < cell->n; k++)
        filter_rows(rows[k], &cell->source[k], cell->dst2 != NULL);
    for (int r = 0; r < cell->rows; r++) {
        int set = r & 1;
        if (!(cell->sets >> set & 1))
            continue;
        for (int x = 0; x < 8; x++) {
            int sum = 0;
            for (int k = 0; k < cell->n; k++) {
                const struct vh_obmc_source *s = &cell->source[k];
                const int16_t(*first)[8] =
                    (const int16_t(*)[8])rows[k] + s->row[set] + (r >> 1) * cell->advance;
                int v = vertical(first, x, s->phase_y[set]);
                int column = cell->dst2 ? 2 * (x & 3) : x;
                sum =
                    cell->n == 1 ? v : saturate(sum + scale(v, cell->weight[k][r * 4 / cell->rows][column]));
            }
            uint16_t *dst = cell->dst2 && x >= 4 ? cell->dst2 + (x - 4) : cell->dst + x;
            dst[r * cell->dst_stride] = (uint16_t)((sum + 32768) >> cell->shift);
        }
    }
}

static void run_c(const struct vh_obmc_cell *cell, int n)
{
    int16_t rows[VH_OBMC_MAX_ROWS][8];
    for (int x0 = 0; x0 < n; x0 += 8) {
        struct vh_obmc_source source = cell->source[0];
        int left = n - x0 < 8 ? n - 8 : x0; /* the last eight may overlap those before */
        source.src += left;
        filter_rows(rows, &source, false);
        for (int r = 0; r < cell->rows; r++)
            for (int x = 0; x < 8 && cell->sets >> (r & 1) & 1; x++) {
                const int16_t(*first)[8] = (const int16_t(*)[8])rows + source.row[r & 1] + (r >> 1);
                cell->dst[r * cell->dst_stride + left + x] =
                    (uint16_t)((vertical(first, x, source.phase_y[r & 1]) + 32768) >> cell->shift);
            }
    }
}

static void singles_c(const struct vh_obmc_cell *shape, const struct vh_obmc_single *single, int n)
{
    struct vh_obmc_cell cell = *shape;
    cell.n = cell.advance = 1;
    for (; n > 0; n--, single++) {
        cell.dst = single->dst;
        cell.dst2 = shape->dst2 ? single->dst2 : NULL;
        cell.source[0] = (struct vh_obmc_source){.src = single->src,
            .src2 = single->src2,
            .stride = shape->source[0].stride,
            .n_rows = shape->rows / 2 + 3 + single->row1,
            .phase_x = single->phase_x,
            .row = {0, single->row1},
            .phase_y = {single->phase_y[0], single->phase_y[1]}};
        cell_c(&cell);
    }
}

static void match_c(struct vh_obmc_match *match, const uint8_t *cur, ptrdiff_t cur_stride, const uint8_t *b,
    const uint8_t *c, ptrdiff_t stride)
{
    int square[6][12];
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 12; x++) {
            ptrdiff_t at = (y - 1) * stride + x - 2;
            int d = cur[(y - 1) * cur_stride + x - 2] - ((b[at] + c[at] + 1) >> 1);
            d = d < 0 ? -d : d;
            d = d < VH_OBMC_CLIP ? d : VH_OBMC_CLIP;
            square[y][x] = d * d;
        }
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 8; x++) {
            int sum = 0;
            for (int j = 0; j < 3; j++)
                for (int i = 0; i < 5; i++)
                    sum += square[y + j][x + i];
            match->sum[y][x] = (uint16_t)sum;
        }
}

/* One sample: window times the other candidates' denominators, so that one division serves all. */
static void mix_sample(int16_t *out[], const float *window, const float *d, int n)
{
    float p[VH_OBMC_CANDIDATES];
    if (n == 2) {
        p[0] = window[0] * d[1];
        p[1] = window[1] * d[0];
    } else {
        float d01 = d[0] * d[1], d23 = n == 4 ? d[2] * d[3] : d[2];
        p[0] = window[0] * (d[1] * d23);
        p[1] = window[1] * (d[0] * d23);
        p[2] = window[2] * (n == 4 ? d01 * d[3] : d01);
        if (n == 4)
            p[3] = window[3] * (d01 * d[2]);
    }
    float sum = p[0] + p[1];
    for (int k = 2; k < n; k++)
        sum = sum + p[k];
    float norm = 32767.0f / sum;
    int rest = 32767;
    for (int k = 0; k < n - 1; k++) {
        int q = (int)(p[k] * norm);
        *out[k] = (int16_t)q;
        rest -= q;
    }
    *out[n - 1] = (int16_t)rest;
}

static void weights_c(
    int16_t (*weight)[4][8], const struct vh_obmc_match *match, const int *corners, int n, float floor15)
{
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 8; x++) {
            float window[VH_OBMC_CANDIDATES] = {0}, d[VH_OBMC_CANDIDATES] = {1, 1, 1, 1};
            int16_t *out[VH_OBMC_CANDIDATES];
            float upper = vh_obmc_upper[y], lower = 1.0f - upper;
            float left = vh_obmc_left[x], right = 1.0f - left;
            for (int k = 0; k < n; k++) {
                float a = (corners[k] & 1 ? upper : 0.0f) + (corners[k] & 4 ? lower : 0.0f);
                float b = (corners[k] & 2 ? upper : 0.0f) + (corners[k] & 8 ? lower : 0.0f);
                window[k] = left * a + right * b;
                d[k] = floor15 + (float)match[k].sum[y][x];
                out[k] = &weight[k][y][x];
            }
            mix_sample(out, window, d, n);
        }
}

static void maps_c(const struct vh_obmc_maps *maps, const int16_t (*weight)[4][8],
    const struct vh_obmc_match *match, const int *phase, int n)
{
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 8; x++) {
            int sum = 0, s = 0x4000;
            for (int k = 0; k < n && n > 1; k++) {
                sum += (int)(match[k].sum[y][x] * 2u * (unsigned)weight[k][y][x] >> 16);
                s += phase[k] * weight[k][y][x];
            }
            if (n == 1)
                sum = match->sum[y][x];
            maps->error[y * maps->error_stride + x] = (uint16_t)(sum + (sum * 4369 >> 16));
            maps->phase[y * maps->phase_stride + x] = (uint8_t)(n == 1 ? phase[0] : s >> 15);
        }
}

void vh_dsp_obmc_init(struct vh_dsp_obmc *dsp, unsigned cpu_flags)
{
    *dsp = (struct vh_dsp_obmc){.cell = cell_c,
        .singles = singles_c,
        .run = run_c,
        .match = match_c,
        .weights = weights_c,
        .maps = maps_c};
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        vh_dsp_obmc_init_avx2(dsp);
#else
    (void)cpu_flags;
#endif
}
