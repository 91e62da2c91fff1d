/* What the 256-bit versions of the fusion kernels do by hand, for AVX2 and AVX-512 alike: candidates blended
 * two cells at a time with shares spread by shuffles, and the gates' layers by pairwise multiply-add.
 * Included by fuse_avx2.c and fuse_avx512.c before the template.
 */
#ifndef VH_DSP_FUSE_SIMD_H
#define VH_DSP_FUSE_SIMD_H

#include "dsp/fuse.h"

#include <immintrin.h>
#include <string.h>

static inline __m256i samples(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* Shares of the 16 samples of two cells, from words: the cell before, both, the cell after. */
static inline __m256i spread(int64_t words)
{
    const __m256i from = _mm256_setr_epi8(
        0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5);
    const __m256i to = _mm256_setr_epi8(
        2, 3, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7);
    const __m256i factor = _mm256_setr_epi16(18432, 22528, 26624, 30720, 2048, 6144, 10240, 14336, 18432,
        22528, 26624, 30720, 2048, 6144, 10240, 14336);
    __m256i v = _mm256_set1_epi64x(words);
    __m256i a = _mm256_shuffle_epi8(v, from), b = _mm256_shuffle_epi8(v, to);
    return _mm256_add_epi16(a, _mm256_mulhrs_epi16(_mm256_sub_epi16(b, a), factor));
}

/* The shares that two cells and their neighbours have: the first and the last cell of a row are their own
 * neighbours. A row has at least four cells, in pairs. */
enum row_part { ROW_BEGIN, ROW_INNER, ROW_END };

static inline int64_t share_words(const int16_t *share, int cell, enum row_part part)
{
    uint64_t words;
    memcpy(&words, share + cell - (part == ROW_BEGIN ? 0 : part == ROW_END ? 2 : 1), sizeof words);
    if (part == ROW_BEGIN)
        words = words << 16 | (words & 0xffff);
    if (part == ROW_END)
        words = words >> 16 | (words & 0xffff000000000000);
    return (int64_t)words;
}

/* Candidates without a share here are passed by. */
static inline __attribute__((always_inline)) void blend_pair(
    int16_t *dst, const int16_t *const *c, const int16_t *const *share, int n, int cell, enum row_part part)
{
    __m256i base = samples(c[0] + cell * 8), acc = base;
    for (int k = 1; k < n; k++) {
        int64_t words = share_words(share[k], cell, part);
        if (n > 2 && !words)
            continue;
        __m256i d = _mm256_sub_epi16(samples(c[k] + cell * 8), base);
        acc = _mm256_add_epi16(acc, _mm256_mulhrs_epi16(d, spread(words)));
    }
    _mm256_storeu_si256((__m256i *)(dst + cell * 8), acc);
}

#define FUSE_BLEND
static void blend(int16_t *dst, const int16_t *const *c, const int16_t *const *share, int k, int cells)
{
    blend_pair(dst, c, share, k, 0, ROW_BEGIN);
    for (int cell = 2; cell + 2 < cells; cell += 2)
        blend_pair(dst, c, share, k, cell, ROW_INNER);
    blend_pair(dst, c, share, k, cells - 2, ROW_END);
}

/* Squares of four registers of 16 samples each, summed: eight cells in order. */
static inline __m256i cell_squares(__m256i a, __m256i b, __m256i c, __m256i d)
{
    a = _mm256_madd_epi16(a, a);
    b = _mm256_madd_epi16(b, b);
    c = _mm256_madd_epi16(c, c);
    d = _mm256_madd_epi16(d, d);
    __m256i ab = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    __m256i cd = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    /* lanes are now a0 b0 c0 d0 | a1 b1 c1 d1 */
    __m256i sum = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
    return _mm256_permutevar8x32_epi32(sum, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* Sums of squares along a line of what HALF(at) makes of the sixteen samples there; n is a multiple of 32. */
#define SQUARES_OF(CELL, N, HALF)                                                                            \
    do {                                                                                                     \
        int at_ = 0;                                                                                         \
        for (; at_ + 64 <= (N); at_ += 64)                                                                   \
            _mm256_storeu_si256((__m256i *)((CELL) + at_ / VH_FUSE_CELL),                                    \
                cell_squares(HALF(at_), HALF(at_ + 16), HALF(at_ + 32), HALF(at_ + 48)));                    \
        if (at_ < (N)) {                                                                                     \
            __m256i none_ = _mm256_setzero_si256();                                                          \
            _mm_storeu_si128((__m128i *)((CELL) + at_ / VH_FUSE_CELL),                                       \
                _mm256_castsi256_si128(cell_squares(HALF(at_), HALF(at_ + 16), none_, none_)));              \
        }                                                                                                    \
    } while (0)

#define FUSE_ENERGIES
static void energy(int32_t *restrict cell, const int16_t *d, int n)
{
#define HALF(at) _mm256_srai_epi16(samples(d + (at)), 1)
    SQUARES_OF(cell, n, HALF);
#undef HALF
}

static void energy_difference(int32_t *restrict cell, const int16_t *a, const int16_t *b, int n)
{
#define HALF(at) _mm256_srai_epi16(_mm256_sub_epi16(samples(a + (at)), samples(b + (at))), 1)
    SQUARES_OF(cell, n, HALF);
#undef HALF
}

static void energy_curve(int32_t *restrict cell, const int16_t *a, const int16_t *b, const int16_t *c, int n)
{
#define MEAN(at) _mm256_srai_epi16(_mm256_add_epi16(samples(b + (at)), samples(c + (at))), 1)
#define HALF(at) _mm256_srai_epi16(_mm256_sub_epi16(samples(a + (at)), MEAN(at)), 1)
    SQUARES_OF(cell, n, HALF);
#undef HALF
#undef MEAN
}

static void energy_wave(
    int32_t *restrict cell, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n)
{
#define SUM(p, q, at) _mm256_add_epi16(samples(p + (at)), samples(q + (at)))
#define HALF(at)      _mm256_srai_epi16(_mm256_sub_epi16(SUM(a, d, at), SUM(b, c, at)), 2)
    SQUARES_OF(cell, n, HALF);
#undef HALF
#undef SUM
}

/* Two lines mixed by the same shares, and the energy of the second. */
static inline __attribute__((always_inline)) __m256i mix_two(int16_t *const dst[2], const int16_t *const a[2],
    const int16_t *const b[2], const int16_t *share, int cell, enum row_part part)
{
    __m256i w = spread(share_words(share, cell, part)), v[2];
    for (int i = 0; i < 2; i++) {
        __m256i base = samples(a[i] + cell * 8);
        v[i] = _mm256_sub_epi16(samples(b[i] + cell * 8), base);
        v[i] = _mm256_add_epi16(base, _mm256_mulhrs_epi16(v[i], w));
        _mm256_storeu_si256((__m256i *)(dst[i] + cell * 8), v[i]);
    }
    return _mm256_srai_epi16(v[1], 1);
}

#define FUSE_MIX
static void mix(int16_t *const dst[2], int32_t *restrict cell, const int16_t *const a[2],
    const int16_t *const b[2], const int16_t *share, int cells)
{
    for (int c = 0; c < cells; c += 4) {
        __m256i none = _mm256_setzero_si256(),
                first = mix_two(dst, a, b, share, c, c ? ROW_INNER : ROW_BEGIN),
                second = mix_two(dst, a, b, share, c + 2, c + 4 < cells ? ROW_INNER : ROW_END);
        _mm_storeu_si128(
            (__m128i *)(cell + c), _mm256_castsi256_si128(cell_squares(first, second, none, none)));
    }
}

/* Four rows of a layer over 16 cells: inputs come in pairs, interleaved within halves of a register, which
 * leaves sums of cells 0-3 and 8-11 in one register and 4-7 and 12-15 in the other. */
static inline __attribute__((always_inline)) void dense_rows(
    int32_t *y, const __m256i (*pair)[2], const int16_t *w, const int32_t *b, int n_in, int rows)
{
    __m256i low[4], high[4];
    for (int q = 0; q < rows; q++)
        low[q] = high[q] = _mm256_set1_epi32(b[q]);
    for (int i = 0; i < n_in; i += 2)
        for (int q = 0; q < rows; q++) {
            int32_t two;
            memcpy(&two, w + q * n_in + i, sizeof two);
            __m256i factors = _mm256_set1_epi32(two);
            low[q] = _mm256_add_epi32(low[q], _mm256_madd_epi16(pair[i / 2][0], factors));
            high[q] = _mm256_add_epi32(high[q], _mm256_madd_epi16(pair[i / 2][1], factors));
        }
    for (int q = 0; q < rows; q++) {
        __m256i *out = (__m256i *)(y + q * VH_FUSE_CELL_LANES);
        _mm256_store_si256(out, _mm256_permute2x128_si256(low[q], high[q], 0x20));
        _mm256_store_si256(out + 1, _mm256_permute2x128_si256(low[q], high[q], 0x31));
    }
}

static inline __attribute__((always_inline)) void dense_layer(int32_t (*y)[VH_FUSE_CELL_LANES],
    const int16_t (*x)[VH_FUSE_CELL_LANES], const int16_t *w, const int32_t *b, int n_in, int n_out)
{
    __m256i pair[VH_FUSE_MAX_IN / 2][2];
    for (int i = 0; i < n_in; i += 2) {
        __m256i p = samples(x[i]), q = samples(x[i + 1]);
        pair[i / 2][0] = _mm256_unpacklo_epi16(p, q);
        pair[i / 2][1] = _mm256_unpackhi_epi16(p, q);
    }
    int h = 0;
    for (; h + 4 <= n_out; h += 4)
        dense_rows(y[h], (const __m256i(*)[2])pair, w + h * n_in, b + h, n_in, 4);
    for (; h < n_out; h++)
        dense_rows(y[h], (const __m256i(*)[2])pair, w + h * n_in, b + h, n_in, 1);
}

/* The sizes of the shipped gates are compiled as constants. */
#define FUSE_DENSE
static inline void dense(int32_t (*y)[VH_FUSE_CELL_LANES], const int16_t (*x)[VH_FUSE_CELL_LANES],
    const int16_t *w, const int32_t *b, int n_in, int n_out)
{
    if (n_in == 22)
        dense_layer(y, x, w, b, 22, n_out);
    else if (n_in == 16)
        dense_layer(y, x, w, b, 16, n_out);
    else if (n_in == 14)
        dense_layer(y, x, w, b, 14, n_out);
    else
        dense_layer(y, x, w, b, n_in, n_out);
}

static inline __m256i interpolate(__m256i outer, __m256i inner)
{
    __m256i v = _mm256_sub_epi16(_mm256_mulhrs_epi16(inner, _mm256_set1_epi16(18432)),
        _mm256_mulhrs_epi16(outer, _mm256_set1_epi16(2048)));
    return _mm256_max_epi16(_mm256_min_epi16(v, _mm256_set1_epi16(16383)), _mm256_set1_epi16(-16383));
}

#define FUSE_INTERPOLATE
static inline void interpolate_sums(int16_t *dst, const int16_t *outer, const int16_t *inner, int n)
{
    for (int x = 0; x < n; x += 16)
        _mm256_storeu_si256((__m256i *)(dst + x), interpolate(samples(outer + x), samples(inner + x)));
}

static inline __m256i product(const int16_t *a, const int16_t *b, int factor)
{
    return _mm256_mulhrs_epi16(_mm256_add_epi16(samples(a), samples(b)), _mm256_set1_epi16((int16_t)factor));
}

static inline __m256i product1(const int16_t *a, int factor)
{
    return _mm256_mulhrs_epi16(samples(a), _mm256_set1_epi16((int16_t)factor));
}

/* Four cells. */
static inline __m128i sum_squares(__m256i a, __m256i b)
{
    return _mm256_castsi256_si128(cell_squares(a, b, _mm256_setzero_si256(), _mm256_setzero_si256()));
}

#define FUSE_RESIDUAL
static void residual(int16_t *restrict dst, int32_t *restrict low, int32_t *restrict high,
    const int16_t *const o[4], const int16_t *const p[4], int n)
{
    const int16_t *o0 = o[0], *o1 = o[1], *o2 = o[2], *o3 = o[3];
    const int16_t *p0 = p[0], *p1 = p[1], *p2 = p[2], *p3 = p[3];
    for (int x = 0; x < n; x += 32) {
        __m256i l[2], h[2];
        for (int i = 0; i < 2; i++) {
            int at = x + 16 * i;
            __m256i e0 = _mm256_sub_epi16(samples(o0 + at), samples(p0 + at));
            __m256i e1 = _mm256_sub_epi16(samples(o1 + at), samples(p1 + at));
            __m256i e2 = _mm256_sub_epi16(samples(o2 + at), samples(p2 + at));
            __m256i e3 = _mm256_sub_epi16(samples(o3 + at), samples(p3 + at));
            __m256i v = interpolate(_mm256_add_epi16(e0, e3), _mm256_add_epi16(e1, e2));
            _mm256_storeu_si256((__m256i *)(dst + at), v);
            l[i] = _mm256_srai_epi16(v, 1);
            h[i] = _mm256_srai_epi16(_mm256_sub_epi16(e1, e2), 2);
        }
        _mm_storeu_si128((__m128i *)(low + x / VH_FUSE_CELL), sum_squares(l[0], l[1]));
        _mm_storeu_si128((__m128i *)(high + x / VH_FUSE_CELL), sum_squares(h[0], h[1]));
    }
}

#define FUSE_WESTON
static void weston(int16_t *restrict dst, const int16_t *const l[4], const int16_t *const z[5], int n)
{
    const __m256i most = _mm256_set1_epi16(16383), least = _mm256_setzero_si256();
    const int16_t *l0 = l[0], *l1 = l[1], *l2 = l[2], *l3 = l[3];
    const int16_t *z0 = z[0], *z1 = z[1], *z2 = z[2], *z3 = z[3], *z4 = z[4];
    for (int x = 0; x < n; x += 16) {
        __m256i v = _mm256_add_epi16(product(l1 + x, l2 + x, 17236), product(l0 + x, l3 + x, -852));
        v = _mm256_add_epi16(v, _mm256_add_epi16(product1(z0 + x, 1016), product1(z4 + x, 1016)));
        v = _mm256_add_epi16(v, _mm256_add_epi16(product1(z1 + x, -3801), product1(z3 + x, -3801)));
        v = _mm256_add_epi16(v, product1(z2 + x, 5570));
        v = _mm256_max_epi16(_mm256_min_epi16(v, most), least);
        _mm256_storeu_si256((__m256i *)(dst + x), v);
    }
}

#define FUSE_TWO_TO_ONE
static void two_to_one(int16_t *restrict dst, const int16_t *a, const int16_t *b, int n)
{
    for (int x = 0; x < n; x += 16) {
        __m256i v = samples(a + x), d = _mm256_sub_epi16(samples(b + x), v);
        v = _mm256_add_epi16(v, _mm256_mulhrs_epi16(d, _mm256_set1_epi16(10923)));
        _mm256_storeu_si256((__m256i *)(dst + x), v);
    }
}

#endif
