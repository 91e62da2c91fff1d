/* AVX2 versions of overlapped block compensation: pairs of rows, one per 128-bit lane.
 *
 * Interpolated source rows are kept as all pairs (r, r + 1), so that a vertical tap of two output rows is one
 * load.
 */
#include "dsp/obmc.h"

#include <immintrin.h>
#include <stdbool.h>

static inline __m256i join(__m128i low, __m128i high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

static inline __m128i load(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* Eight samples of a row, or four of each of two planes, as signed values. */
static inline __m128i load_row(const uint16_t *s, const uint16_t *s2, bool two)
{
    if (!two)
        return load(s);
    return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)s), _mm_loadl_epi64((const __m128i *)s2));
}

static inline __m256i load_pair(const uint16_t *s, const uint16_t *s2, ptrdiff_t step, bool two)
{
    __m256i v = join(load_row(s, s2, two), load_row(s + step, s2 + (two ? step : 0), two));
    return _mm256_xor_si256(v, _mm256_set1_epi16(-32768));
}

static inline __m256i filter(__m256i s0, __m256i s1, __m256i s2, __m256i s3, const __m256i tap[4])
{
    __m256i v = _mm256_adds_epi16(_mm256_mulhrs_epi16(s0, tap[0]), _mm256_mulhrs_epi16(s3, tap[3]));
    v = _mm256_adds_epi16(v, _mm256_mulhrs_epi16(s1, tap[1]));
    return _mm256_adds_epi16(v, _mm256_mulhrs_epi16(s2, tap[2]));
}

/* Taps twice each, which are spread over a register as they are loaded. */
#define TWICE(tap) ((uint32_t)(uint16_t)(tap)*0x10001u)
#define ROW(a, b, c, d)                                                                                      \
    {                                                                                                        \
        TWICE(a), TWICE(b), TWICE(c), TWICE(d)                                                               \
    }
static const uint32_t taps[VH_OBMC_PHASES][4] = {VH_OBMC_EACH_PHASE(ROW)};
#undef ROW
#undef TWICE

static inline void load_taps(__m256i tap[4], int phase)
{
    for (int i = 0; i < 4; i++)
        tap[i] = _mm256_set1_epi32((int)taps[phase][i]);
}

/* Horizontally interpolated rows as overlapping pairs: pair[r] = rows r, r + 1. */
static inline __attribute__((always_inline)) void filter_rows(__m256i *pair, const uint16_t *src,
    const uint16_t *src2, ptrdiff_t stride, int n_rows, int phase_x, bool two)
{
    __m256i tap[4], last = _mm256_setzero_si256();
    load_taps(tap, phase_x);
    for (int r = 0; r < n_rows; r += 2) {
        const uint16_t *s = src + r * stride, *s2 = two ? src2 + r * stride : s;
        ptrdiff_t step = r + 1 < n_rows ? stride : 0;
        __m256i v;
        if (phase_x)
            v = filter(load_pair(s - 1, s2 - 1, step, two), load_pair(s, s2, step, two),
                load_pair(s + 1, s2 + 1, step, two), load_pair(s + 2, s2 + 2, step, two), tap);
        else
            v = load_pair(s, s2, step, two);
        if (r)
            pair[r - 1] = _mm256_permute2x128_si256(last, v, 0x21);
        pair[r] = last = v;
    }
}

/* The same for a cell of fields, which needs 7 or 8 rows for 8 and 5 or 6 for 4: unrolled. */
static inline __attribute__((always_inline)) void filter_field_rows(
    __m256i *pair, const struct vh_obmc_source *source, bool two, int rows)
{
    const int n = rows / 4 + 2;
    const uint16_t *s = source->src, *s2 = two ? source->src2 : s;
    ptrdiff_t stride = source->stride, end = source->n_rows & 1 ? 0 : stride;
    __m256i row[4];
    if (source->phase_x) {
        __m256i tap[4];
        load_taps(tap, source->phase_x);
#pragma GCC unroll 4
        for (int i = 0; i < n; i++, s += 2 * stride, s2 += 2 * stride) {
            ptrdiff_t step = i < n - 1 ? stride : end;
            row[i] = filter(load_pair(s - 1, s2 - 1, step, two), load_pair(s, s2, step, two),
                load_pair(s + 1, s2 + 1, step, two), load_pair(s + 2, s2 + 2, step, two), tap);
        }
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < n; i++, s += 2 * stride, s2 += 2 * stride)
            row[i] = load_pair(s, s2, i < n - 1 ? stride : end, two);
    }
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
        pair[2 * i] = row[i];
        if (i)
            pair[2 * i - 1] = _mm256_permute2x128_si256(row[i - 1], row[i], 0x21);
    }
}

/* Two output rows of a set, `advance` source rows apart, from row `first` of the pairs. */
static inline __m256i predict_pair(
    const __m256i *pair, int first, int advance, int phase, const __m256i tap[4])
{
    if (advance == 1) {
        if (!phase)
            return pair[first + 1];
        return filter(pair[first], pair[first + 1], pair[first + 2], pair[first + 3], tap);
    }
    __m256i s[4];
    for (int i = 0; i < 4; i++)
        s[i] = _mm256_permute2x128_si256(pair[first + i], pair[first + i + 1], 0x30);
    return phase ? filter(s[0], s[1], s[2], s[3], tap) : s[1];
}

static inline __m256i weight_pair(const int16_t weight[4][8], int rows, int set, int i, bool two)
{
    __m256i w = rows == 8 ? _mm256_loadu_si256((const __m256i *)weight[i])
                          : join(load(weight[2 * i + set]), load(weight[2 * i + 2 + set]));
    if (!two)
        return w;
    const __m128i even = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13);
    return _mm256_shuffle_epi8(w, join(even, even));
}

static inline void store_row(const struct vh_obmc_cell *cell, int r, __m128i v, bool two)
{
    if (two) {
        _mm_storel_epi64((__m128i *)(cell->dst + r * cell->dst_stride), v);
        _mm_storel_epi64((__m128i *)(cell->dst2 + r * cell->dst_stride), _mm_unpackhi_epi64(v, v));
    } else {
        _mm_storeu_si128((__m128i *)(cell->dst + r * cell->dst_stride), v);
    }
}

/* The sum of cell->n candidates by their weights. */
static inline __attribute__((always_inline)) void predict(const struct vh_obmc_cell *cell, bool two, int rows)
{
    __m256i pair[VH_OBMC_MAX_ROWS + 2], sum[2][2];
    __m128i shift = _mm_cvtsi32_si128(cell->shift);
    for (int k = 0; k < cell->n; k++) {
        const struct vh_obmc_source *source = &cell->source[k];
        filter_rows(pair, source->src, source->src2, source->stride, source->n_rows, source->phase_x, two);
        for (int set = 0; set < 2; set++) {
            if (!(cell->sets >> set & 1))
                continue;
            __m256i tap[4];
            load_taps(tap, source->phase_y[set]);
            for (int i = 0; i < rows / 2; i += 2) {
                __m256i v = predict_pair(
                    pair, source->row[set] + i * cell->advance, cell->advance, source->phase_y[set], tap);
                if (cell->n > 1)
                    v = _mm256_mulhrs_epi16(v, weight_pair(cell->weight[k], rows, set, i, two));
                sum[set][i / 2] = k ? _mm256_adds_epi16(sum[set][i / 2], v) : v;
            }
        }
    }
    for (int set = 0; set < 2; set++)
        for (int i = 0; i < rows / 2 && cell->sets >> set & 1; i += 2) {
            __m256i v = _mm256_xor_si256(sum[set][i / 2], _mm256_set1_epi16(-32768));
            v = _mm256_srl_epi16(v, shift);
            store_row(cell, 2 * i + set, _mm256_castsi256_si128(v), two);
            store_row(cell, 2 * i + 2 + set, _mm256_extracti128_si256(v, 1), two);
        }
}

/* The same for both sets of several candidates in fields, which is most of the work. */
static inline __attribute__((always_inline)) void predict_both(
    const struct vh_obmc_cell *cell, bool two, int rows)
{
    __m256i pair[8], sum[2][2];
    __m128i shift = _mm_cvtsi32_si128(cell->shift);
    sum[0][0] = sum[0][1] = sum[1][0] = sum[1][1] = _mm256_setzero_si256();
    for (int k = 0; k < cell->n; k++) {
        const struct vh_obmc_source *source = &cell->source[k];
        filter_field_rows(pair, source, two, rows);
#pragma GCC unroll 2
        for (int set = 0; set < 2; set++) {
            __m256i tap[4];
            const __m256i *first = pair + source->row[set];
            load_taps(tap, source->phase_y[set]);
#pragma GCC unroll 2
            for (int i = 0; i < rows / 2; i += 2) {
                __m256i v = predict_pair(first, i, 1, source->phase_y[set], tap);
                v = _mm256_mulhrs_epi16(v, weight_pair(cell->weight[k], rows, set, i, two));
                sum[set][i / 2] = _mm256_adds_epi16(sum[set][i / 2], v);
            }
        }
    }
#pragma GCC unroll 2
    for (int set = 0; set < 2; set++)
#pragma GCC unroll 2
        for (int i = 0; i < rows / 2; i += 2) {
            __m256i v = _mm256_xor_si256(sum[set][i / 2], _mm256_set1_epi16(-32768));
            v = _mm256_srl_epi16(v, shift);
            store_row(cell, 2 * i + set, _mm256_castsi256_si128(v), two);
            store_row(cell, 2 * i + 2 + set, _mm256_extracti128_si256(v, 1), two);
        }
}

/* True when `predict_both` can do it: all of its candidates need the rows that their sets imply. */
static inline bool is_both(const struct vh_obmc_cell *cell)
{
    return cell->n > 1 && cell->sets == 3 && cell->advance == 1;
}

static void cell_avx2(const struct vh_obmc_cell *cell)
{
    if (is_both(cell)) {
        if (!cell->dst2 && cell->rows == 8)
            predict_both(cell, false, 8);
        else if (!cell->dst2)
            predict_both(cell, false, 4);
        else if (cell->rows == 4)
            predict_both(cell, true, 4);
        else
            predict_both(cell, true, 8);
        return;
    }
    if (cell->dst2) {
        if (cell->rows == 8)
            predict(cell, true, 8);
        else
            predict(cell, true, 4);
    } else if (cell->rows == 8) {
        predict(cell, false, 8);
    } else {
        predict(cell, false, 4);
    }
}

static inline __attribute__((always_inline)) void predict_single(
    const struct vh_obmc_cell *shape, const struct vh_obmc_single *single, bool two, int rows)
{
    __m256i pair[VH_OBMC_MAX_ROWS + 2];
    __m128i shift = _mm_cvtsi32_si128(shape->shift);
    struct vh_obmc_cell to = {.dst = single->dst, .dst2 = single->dst2, .dst_stride = shape->dst_stride};
    filter_rows(pair, single->src, single->src2, shape->source[0].stride, rows / 2 + 3 + single->row1,
        single->phase_x, two);
    for (int set = 0; set < 2; set++) {
        if (!(shape->sets >> set & 1))
            continue;
        __m256i tap[4];
        load_taps(tap, single->phase_y[set]);
        for (int i = 0; i < rows / 2; i += 2) {
            __m256i v = predict_pair(pair, (set ? single->row1 : 0) + i, 1, single->phase_y[set], tap);
            v = _mm256_srl_epi16(_mm256_xor_si256(v, _mm256_set1_epi16(-32768)), shift);
            store_row(&to, 2 * i + set, _mm256_castsi256_si128(v), two);
            store_row(&to, 2 * i + 2 + set, _mm256_extracti128_si256(v, 1), two);
        }
    }
}

static void singles_avx2(const struct vh_obmc_cell *shape, const struct vh_obmc_single *single, int n)
{
    for (; n > 0; n--, single++)
        if (!shape->dst2 && shape->rows == 8)
            predict_single(shape, single, false, 8);
        else if (!shape->dst2)
            predict_single(shape, single, false, 4);
        else if (shape->rows == 8)
            predict_single(shape, single, true, 8);
        else
            predict_single(shape, single, true, 4);
}

static inline __m256i load_signed(const uint16_t *s)
{
    return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)s), _mm256_set1_epi16(-32768));
}

/* Sixteen samples of all rows, horizontally interpolated. */
static inline void filter_columns(
    __m256i *row, const struct vh_obmc_source *source, int x, const __m256i tap[4])
{
    for (int r = 0; r < source->n_rows; r++) {
        const uint16_t *s = source->src + r * source->stride + x;
        row[r] = source->phase_x
                     ? filter(load_signed(s - 1), load_signed(s), load_signed(s + 1), load_signed(s + 2), tap)
                     : load_signed(s);
    }
}

static inline void write_column(const struct vh_obmc_cell *cell, const __m256i *row, int set, int x)
{
    const struct vh_obmc_source *source = &cell->source[0];
    const __m256i *first = row + source->row[set];
    __m128i shift = _mm_cvtsi32_si128(cell->shift);
    uint16_t *dst = cell->dst + set * cell->dst_stride + x;
    __m256i tap[4];
    load_taps(tap, source->phase_y[set]);
    for (int i = 0; i < cell->rows / 2; i++) {
        __m256i v = source->phase_y[set] ? filter(first[i], first[i + 1], first[i + 2], first[i + 3], tap)
                                         : first[i + 1];
        v = _mm256_srl_epi16(_mm256_xor_si256(v, _mm256_set1_epi16(-32768)), shift);
        _mm256_storeu_si256((__m256i *)(dst + 2 * i * cell->dst_stride), v);
    }
}

static void run_avx2(const struct vh_obmc_cell *cell, int n)
{
    __m256i row[VH_OBMC_MAX_ROWS], tap[4];
    load_taps(tap, cell->source[0].phase_x);
    for (int x0 = 0; x0 < n; x0 += 16) {
        int x = n - x0 < 16 ? n - 16 : x0; /* the last sixteen may overlap those before */
        filter_columns(row, &cell->source[0], x, tap);
        for (int set = 0; set < 2; set++)
            if (cell->sets >> set & 1)
                write_column(cell, row, set, x);
    }
}

/* Sums of five neighbours along each of two rows of 12 values: a = values 0 … 7 of both rows, b = 8 … 15. */
static inline __m256i sum5(__m256i a, __m256i b)
{
    __m256i s01 = _mm256_add_epi16(a, _mm256_alignr_epi8(b, a, 2));
    __m256i s23 = _mm256_add_epi16(_mm256_alignr_epi8(b, a, 4), _mm256_alignr_epi8(b, a, 6));
    return _mm256_add_epi16(_mm256_add_epi16(s01, s23), _mm256_alignr_epi8(b, a, 8));
}

static void match_avx2(struct vh_obmc_match *match, const uint8_t *cur, ptrdiff_t cur_stride,
    const uint8_t *b, const uint8_t *c, ptrdiff_t stride)
{
    __m256i square[6];
    for (int y = 0; y < 6; y++) {
        ptrdiff_t at = (y - 1) * stride - 2;
        __m128i p = _mm_avg_epu8(load(b + at), load(c + at)), q = load(cur + (y - 1) * cur_stride - 2);
        __m128i d = _mm_or_si128(_mm_subs_epu8(p, q), _mm_subs_epu8(q, p));
        __m256i w = _mm256_cvtepu8_epi16(_mm_min_epu8(d, _mm_set1_epi8(VH_OBMC_CLIP)));
        square[y] = _mm256_mullo_epi16(w, w);
    }
    __m256i middle = _mm256_add_epi16(square[2], square[3]);
    __m256i s0 = _mm256_add_epi16(_mm256_add_epi16(square[0], square[1]), square[2]);
    __m256i s1 = _mm256_add_epi16(square[1], middle);
    __m256i s2 = _mm256_add_epi16(middle, square[4]);
    __m256i s3 = _mm256_add_epi16(_mm256_add_epi16(square[3], square[4]), square[5]);
    __m256i *out = (__m256i *)match->sum;
    _mm256_storeu_si256(
        out, sum5(_mm256_permute2x128_si256(s0, s1, 0x20), _mm256_permute2x128_si256(s0, s1, 0x31)));
    _mm256_storeu_si256(
        out + 1, sum5(_mm256_permute2x128_si256(s2, s3, 0x20), _mm256_permute2x128_si256(s2, s3, 0x31)));
}

static inline __m256 from_sums(const uint16_t *sum)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(load(sum)));
}

static inline __m256i to_weights(__m256 p, __m256 norm)
{
    return _mm256_cvttps_epi32(_mm256_mul_ps(p, norm));
}

static inline void store_weights(int16_t *out, __m256i v)
{
    v = _mm256_permute4x64_epi64(_mm256_packs_epi32(v, v), 0xd8);
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(v));
}

/* One row; the same operations in the same order as mix_sample of obmc.c. */
static inline __attribute__((always_inline)) void mix_row(
    int16_t (*weight)[4][8], int y, const __m256 *window, const __m256 *d, int n)
{
    __m256 p[VH_OBMC_CANDIDATES];
    if (n == 2) {
        p[0] = _mm256_mul_ps(window[0], d[1]);
        p[1] = _mm256_mul_ps(window[1], d[0]);
    } else {
        __m256 d01 = _mm256_mul_ps(d[0], d[1]), d23 = n == 4 ? _mm256_mul_ps(d[2], d[3]) : d[2];
        p[0] = _mm256_mul_ps(window[0], _mm256_mul_ps(d[1], d23));
        p[1] = _mm256_mul_ps(window[1], _mm256_mul_ps(d[0], d23));
        p[2] = _mm256_mul_ps(window[2], n == 4 ? _mm256_mul_ps(d01, d[3]) : d01);
        if (n == 4)
            p[3] = _mm256_mul_ps(window[3], _mm256_mul_ps(d01, d[2]));
    }
    __m256 sum = _mm256_add_ps(p[0], p[1]);
    for (int k = 2; k < n; k++)
        sum = _mm256_add_ps(sum, p[k]);
    __m256 norm = _mm256_div_ps(_mm256_set1_ps(32767.0f), sum);
    __m256i rest = _mm256_set1_epi32(32767);
    for (int k = 0; k < n - 1; k++) {
        __m256i q = to_weights(p[k], norm);
        store_weights(weight[k][y], q);
        rest = _mm256_sub_epi32(rest, q);
    }
    store_weights(weight[n - 1][y], rest);
}

static inline __attribute__((always_inline)) void mix(
    int16_t (*weight)[4][8], const struct vh_obmc_match *match, const int *corners, int n, float floor15)
{
    __m256 left = _mm256_loadu_ps(vh_obmc_left), right = _mm256_sub_ps(_mm256_set1_ps(1.0f), left);
    __m256 base = _mm256_set1_ps(floor15);
    for (int y = 0; y < 4; y++) {
        __m256 window[VH_OBMC_CANDIDATES], d[VH_OBMC_CANDIDATES];
        float upper = vh_obmc_upper[y], lower = 1.0f - upper;
        for (int k = 0; k < n; k++) {
            float a = (corners[k] & 1 ? upper : 0.0f) + (corners[k] & 4 ? lower : 0.0f);
            float b = (corners[k] & 2 ? upper : 0.0f) + (corners[k] & 8 ? lower : 0.0f);
            window[k] = _mm256_add_ps(
                _mm256_mul_ps(left, _mm256_set1_ps(a)), _mm256_mul_ps(right, _mm256_set1_ps(b)));
            d[k] = _mm256_add_ps(base, from_sums(match[k].sum[y]));
        }
        mix_row(weight, y, window, d, n);
    }
}

static void weights_avx2(
    int16_t (*weight)[4][8], const struct vh_obmc_match *match, const int *corners, int n, float floor15)
{
    if (n == 2)
        mix(weight, match, corners, 2, floor15);
    else if (n == 3)
        mix(weight, match, corners, 3, floor15);
    else
        mix(weight, match, corners, 4, floor15);
}

static void store_error(const struct vh_obmc_maps *maps, int y, __m256i sum)
{
    sum = _mm256_add_epi16(sum, _mm256_mulhi_epu16(sum, _mm256_set1_epi16(4369)));
    uint16_t *out = maps->error + y * maps->error_stride;
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(sum));
    _mm_storeu_si128((__m128i *)(out + maps->error_stride), _mm256_extracti128_si256(sum, 1));
}

static void store_phase(const struct vh_obmc_maps *maps, int y, __m256i phase)
{
    phase = _mm256_packus_epi16(phase, phase);
    uint8_t *out = maps->phase + y * maps->phase_stride;
    _mm_storel_epi64((__m128i *)out, _mm256_castsi256_si128(phase));
    _mm_storel_epi64((__m128i *)(out + maps->phase_stride), _mm256_extracti128_si256(phase, 1));
}

/* Phases times weights add up to less than 2^23: two candidates per multiply-add, in 32 bits. */
static inline __m256i mix_phase(const int16_t (*weight)[4][8], int y, const int *phase, int n)
{
    __m256i low = _mm256_set1_epi32(0x4000), high = low;
    for (int k = 0; k < n; k += 2) {
        __m256i a = _mm256_loadu_si256((const __m256i *)weight[k][y]);
        __m256i b =
            k + 1 < n ? _mm256_loadu_si256((const __m256i *)weight[k + 1][y]) : _mm256_setzero_si256();
        __m256i factor = _mm256_set1_epi32(phase[k] | (k + 1 < n ? phase[k + 1] : 0) << 16);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), factor));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), factor));
    }
    return _mm256_packs_epi32(_mm256_srai_epi32(low, 15), _mm256_srai_epi32(high, 15));
}

static void maps_avx2(const struct vh_obmc_maps *maps, const int16_t (*weight)[4][8],
    const struct vh_obmc_match *match, const int *phase, int n)
{
    for (int y = 0; y < 4; y += 2) {
        if (n == 1) {
            store_error(maps, y, _mm256_loadu_si256((const __m256i *)match->sum[y]));
            store_phase(maps, y, _mm256_set1_epi16((short)phase[0]));
            continue;
        }
        __m256i sum = _mm256_setzero_si256();
        for (int k = 0; k < n; k++) {
            __m256i w = _mm256_slli_epi16(_mm256_loadu_si256((const __m256i *)weight[k][y]), 1);
            __m256i m = _mm256_loadu_si256((const __m256i *)match[k].sum[y]);
            sum = _mm256_add_epi16(sum, _mm256_mulhi_epu16(m, w));
        }
        store_error(maps, y, sum);
        store_phase(maps, y, mix_phase(weight, y, phase, n));
    }
}

void vh_dsp_obmc_init_avx2(struct vh_dsp_obmc *dsp)
{
    dsp->cell = cell_avx2;
    dsp->singles = singles_avx2;
    dsp->run = run_avx2;
    dsp->match = match_avx2;
    dsp->weights = weights_avx2;
    dsp->maps = maps_avx2;
}
