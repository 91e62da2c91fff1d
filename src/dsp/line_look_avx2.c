/* Kernels of looks for AVX2: the template, and cells by hand. A cell is eight samples wide, half a register a
 * row: two cells go side by side. */
#include "line_look_tables.h"

#include "dsp/obmc.h"

#include <immintrin.h>
#include <stdbool.h>

struct taps {
    __m128i a, b, c, d; /* magnitudes in Q16 */
};

static inline struct taps taps_of(int phase)
{
    const int16_t *tap = vh_obmc_taps[phase];
    return (struct taps){_mm_set1_epi16((short)(-2 * tap[0])), _mm_set1_epi16((short)(2 * tap[1])),
        _mm_set1_epi16((short)(2 * tap[2])), _mm_set1_epi16((short)(-2 * tap[3]))};
}

static inline __m128i load(const uint16_t *s)
{
    return _mm_loadu_si128((const __m128i *)(const void *)s);
}

static inline __m128i filter(__m128i a, __m128i b, __m128i c, __m128i d, const struct taps *t)
{
    __m128i plus = _mm_adds_epu16(_mm_mulhi_epu16(b, t->b), _mm_mulhi_epu16(c, t->c)),
            minus = _mm_add_epi16(_mm_mulhi_epu16(a, t->a), _mm_mulhi_epu16(d, t->d));
    return _mm_subs_epu16(plus, minus);
}

static inline void filter_rows(__m128i *row, const struct vh_line_cell *cell, int first, int end)
{
    const uint16_t *s = cell->src + (ptrdiff_t)first * cell->stride;
    if (!cell->phase_x) {
        for (int r = first; r < end; r++, s += cell->stride)
            row[r] = load(s);
        return;
    }
    struct taps t = taps_of(cell->phase_x);
    for (int r = first; r < end; r++, s += cell->stride)
        row[r] = filter(load(s - 1), load(s), load(s + 1), load(s + 2), &t);
}

static void predict_cell(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell)
{
    __m128i row[VH_LINE_CELL_SOURCE];
    if (!cell->phase_y) {
        filter_rows(row, cell, 1, 1 + VH_LINE_CELL_ROWS);
        for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
            _mm_storeu_si128((__m128i *)(void *)(dst + r * dst_stride), row[r + 1]);
        return;
    }
    filter_rows(row, cell, 0, VH_LINE_CELL_SOURCE);
    struct taps t = taps_of(cell->phase_y);
    for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
        _mm_storeu_si128((__m128i *)(void *)(dst + r * dst_stride),
            filter(row[r], row[r + 1], row[r + 2], row[r + 3], &t));
}

static inline __m256i join(__m128i low, __m128i high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Of two cells; where one of them has phase 0, `whole` tells which lanes take the sample itself. */
struct pair_taps {
    __m256i a, b, c, d, whole;
};

static inline struct pair_taps pair_taps_of(int phase0, int phase1)
{
    const __m256i signs = _mm256_set1_epi64x((long long)0xffff00010001ffff); /* -1, 1, 1, -1 */
    __m256i t = join(_mm_loadl_epi64((const __m128i *)(const void *)vh_obmc_taps[phase0]),
        _mm_loadl_epi64((const __m128i *)(const void *)vh_obmc_taps[phase1]));
    t = _mm256_sign_epi16(_mm256_add_epi16(t, t), signs);
    struct pair_taps p = {.a = _mm256_shuffle_epi8(t, _mm256_set1_epi16(0x0100)),
        .b = _mm256_shuffle_epi8(t, _mm256_set1_epi16(0x0302)),
        .c = _mm256_shuffle_epi8(t, _mm256_set1_epi16(0x0504)),
        .d = _mm256_shuffle_epi8(t, _mm256_set1_epi16(0x0706))};
    p.whole = _mm256_cmpeq_epi16(p.a, _mm256_setzero_si256()); /* phase 0 alone has no outer taps */
    return p;
}

static inline __m256i filter_pair(__m256i a, __m256i b, __m256i c, __m256i d, const struct pair_taps *t)
{
    __m256i plus = _mm256_adds_epu16(_mm256_mulhi_epu16(b, t->b), _mm256_mulhi_epu16(c, t->c)),
            minus = _mm256_add_epi16(_mm256_mulhi_epu16(a, t->a), _mm256_mulhi_epu16(d, t->d));
    return _mm256_blendv_epi8(_mm256_subs_epu16(plus, minus), b, t->whole);
}

static inline __m256i load_pair(const uint16_t *s0, const uint16_t *s1)
{
    return join(load(s0), load(s1));
}

static inline void filter_row_pairs(__m256i *row, const struct vh_line_cell *cell, int first, int end)
{
    const uint16_t *s0 = cell[0].src + (ptrdiff_t)first * cell[0].stride,
                   *s1 = cell[1].src + (ptrdiff_t)first * cell[1].stride;
    struct pair_taps t = pair_taps_of(cell[0].phase_x, cell[1].phase_x);
    bool whole = !(cell[0].phase_x | cell[1].phase_x);
    for (int r = first; r < end; r++, s0 += cell[0].stride, s1 += cell[1].stride)
        row[r] = whole ? load_pair(s0, s1)
                       : filter_pair(load_pair(s0 - 1, s1 - 1), load_pair(s0, s1), load_pair(s0 + 1, s1 + 1),
                             load_pair(s0 + 2, s1 + 2), &t);
}

static inline void predict_cell_pair(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell)
{
    __m256i row[VH_LINE_CELL_SOURCE];
    if (!(cell[0].phase_y | cell[1].phase_y)) {
        filter_row_pairs(row, cell, 1, 1 + VH_LINE_CELL_ROWS);
        for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
            _mm256_storeu_si256((__m256i *)(void *)(dst + r * dst_stride), row[r + 1]);
        return;
    }
    filter_row_pairs(row, cell, 0, VH_LINE_CELL_SOURCE);
    struct pair_taps t = pair_taps_of(cell[0].phase_y, cell[1].phase_y);
    for (int r = 0; r < VH_LINE_CELL_ROWS; r++)
        _mm256_storeu_si256((__m256i *)(void *)(dst + r * dst_stride),
            filter_pair(row[r], row[r + 1], row[r + 2], row[r + 3], &t));
}

static void predict_cells(uint16_t *dst, ptrdiff_t dst_stride, const struct vh_line_cell *cell, int n)
{
    int i = 0;
    for (; i + 2 <= n; i += 2)
        predict_cell_pair(dst + i * VH_LINE_CELL, dst_stride, cell + i);
    if (i < n)
        predict_cell(dst + i * VH_LINE_CELL, dst_stride, cell + i);
}

/* Limits to the deviation, and sums of it. */
struct deviation {
    __m256i k, middle, least, most, sum, weights;
};

/* Adds the eight blocks from i on, by weights w. Pairs of 16-bit numbers: x counts, y is multiplied by 0.
 * What is left fits into 16 bits, and so do weights. */
static inline void deviate(struct deviation *s, const struct vh_line_vectors *row, int i, __m256i w)
{
    __m256i mv = _mm256_loadu_si256((const __m256i *)(const void *)(row->mv + 2 * i)),
            velocity = _mm256_loadu_si256((const __m256i *)(const void *)(row->velocity + 2 * i));
    __m256i e =
        _mm256_sub_epi32(_mm256_madd_epi16(mv, _mm256_set1_epi32(16)), _mm256_madd_epi16(velocity, s->k));
    e = _mm256_max_epi32(s->least, _mm256_min_epi32(s->most, _mm256_sub_epi32(e, s->middle)));
    s->sum = _mm256_add_epi32(s->sum, _mm256_madd_epi16(e, w));
    s->weights = _mm256_add_epi32(s->weights, w);
}

static inline __m256i weights_at(const struct vh_line_vectors *row, int i)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(row->weight + i)));
}

/* The last eight are partly such as were added before: those have no weight. */
static void sum_deviation(int32_t sum[2], const struct vh_line_vectors *row, int around, int reach)
{
    if (row->n < 8) {
        vh_dsp_line_look_c.deviation(sum, row, around, reach);
        return;
    }
    struct deviation s = {.k = _mm256_set1_epi32(row->k & 0xffff),
        .middle = _mm256_set1_epi32(around),
        .least = _mm256_set1_epi32(-reach),
        .most = _mm256_set1_epi32(reach)};
    int i = 0, last = row->n - 8;
    for (; i <= last; i += 8)
        deviate(&s, row, i, weights_at(row, i));
    __m256i is_new =
        _mm256_cmpgt_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(i - last - 1));
    deviate(&s, row, last, _mm256_and_si256(weights_at(row, last), is_new));
    __m256i both = _mm256_hadd_epi32(s.sum, s.weights);
    both = _mm256_hadd_epi32(both, both);
    sum[0] = _mm256_extract_epi32(both, 0) + _mm256_extract_epi32(both, 4);
    sum[1] = _mm256_extract_epi32(both, 1) + _mm256_extract_epi32(both, 5);
}

/* To whole numbers, half away from zero. */
static inline __m256i scaled(__m256i sum, __m256 scale)
{
    const __m256 half = _mm256_set1_ps(0.5f), zero = _mm256_setzero_ps();
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
    __m256 below = _mm256_and_ps(_mm256_cmp_ps(v, zero, _CMP_LT_OQ), _mm256_set1_ps(-0.0f));
    v = _mm256_add_ps(v, _mm256_or_ps(half, below));
    return _mm256_and_si256(_mm256_cvttps_epi32(v), _mm256_set1_epi32(0xffff));
}

/* Sums of sixteen stay in registers. */
static void mean_of(int16_t *restrict velocity, const int16_t *const *travel, int n_looks, int n, float scale)
{
    const __m256 factor = _mm256_set1_ps(scale);
    int at = 0;
    for (; at + 16 <= n; at += 16) {
        __m256i low = _mm256_setzero_si256(), high = low;
        for (int i = 0; i < n_looks; i++) {
            const __m128i *t = (const __m128i *)(const void *)(travel[i] + at);
            low = _mm256_add_epi32(low, _mm256_cvtepi16_epi32(_mm_loadu_si128(t)));
            high = _mm256_add_epi32(high, _mm256_cvtepi16_epi32(_mm_loadu_si128(t + 1)));
        }
        __m256i both = _mm256_packus_epi32(scaled(low, factor), scaled(high, factor));
        _mm256_storeu_si256(
            (__m256i *)(void *)(velocity + at), _mm256_permute4x64_epi64(both, _MM_SHUFFLE(3, 1, 2, 0)));
    }
    for (; at < n; at++) {
        int32_t sum = 0;
        for (int i = 0; i < n_looks; i++)
            sum += travel[i][at];
        float v = (float)sum * scale;
        velocity[at] = (int16_t)(int)(v + (v < 0 ? -0.5f : 0.5f));
    }
}

#define LINE_LOOK_NAME      vh_dsp_line_look_avx2
#define LINE_LOOK_CELLS     predict_cells
#define LINE_LOOK_DEVIATION sum_deviation
#define LINE_LOOK_MEAN      mean_of
#include "line_look_tmpl.h"
