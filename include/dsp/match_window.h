/* Windows of 16 x 8 samples of 8-bit planes and their sums of absolute differences, inline: a block's search
 * takes its own window once and matches it some twenty times, so that calls and repeated loads would cost as
 * much as the sums themselves.
 *
 * Compiled for whatever instruction set the including file is; every one gives the same numbers. The kernels
 * of dsp/match.h are these functions, which is how checkasm tests them.
 */
#ifndef VH_DSP_MATCH_WINDOW_H
#define VH_DSP_MATCH_WINDOW_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VH_MATCH_W = 16, VH_MATCH_H = 8 };

/* A window's samples, packed. */
struct vh_match_window {
    _Alignas(32) uint8_t row[VH_MATCH_H][VH_MATCH_W];
};

#if defined(__AVX2__)
#include <immintrin.h>

/* Two rows, one per 128-bit lane. */
static inline __m256i vh_match_rows(const uint8_t *p, ptrdiff_t stride)
{
    __m128i low = _mm_loadu_si128((const __m128i *)p);
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(low), _mm_loadu_si128((const __m128i *)(p + stride)), 1);
}

static inline void vh_match_take(struct vh_match_window *window, const uint8_t *a, ptrdiff_t stride)
{
    for (int y = 0; y < VH_MATCH_H; y += 2)
        _mm256_store_si256((__m256i *)window->row[y], vh_match_rows(a + y * stride, stride));
}

static inline __m256i vh_match_own(const struct vh_match_window *window, int y)
{
    return _mm256_load_si256((const __m256i *)window->row[y]);
}

static inline int vh_match_total(__m256i sum)
{
    __m128i t = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    return _mm_cvtsi128_si32(_mm_add_epi32(t, _mm_unpackhi_epi64(t, t)));
}

/* Sums of four registers, each of which holds four numbers in its even 32-bit places. */
static inline void vh_match_totals(int out[4], const __m256i sum[4])
{
    __m256i s01 = _mm256_or_si256(sum[0], _mm256_slli_epi64(sum[1], 32));
    __m256i s23 = _mm256_or_si256(sum[2], _mm256_slli_epi64(sum[3], 32));
    __m256i s = _mm256_add_epi32(_mm256_unpacklo_epi64(s01, s23), _mm256_unpackhi_epi64(s01, s23));
    _mm_storeu_si128(
        (__m128i *)out, _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1)));
}

/* Sum of |window - b|. */
static inline int vh_match_sad(const struct vh_match_window *window, const uint8_t *b, ptrdiff_t stride)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < VH_MATCH_H; y += 2)
        sum = _mm256_add_epi32(
            sum, _mm256_sad_epu8(vh_match_own(window, y), vh_match_rows(b + y * stride, stride)));
    return vh_match_total(sum);
}

/* Sum of |a - b| of two planes. */
static inline int vh_match_sad_planes(
    const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, ptrdiff_t b_stride)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < VH_MATCH_H; y += 2)
        sum = _mm256_add_epi32(sum, _mm256_sad_epu8(vh_match_rows(a + y * a_stride, a_stride),
                                        vh_match_rows(b + y * b_stride, b_stride)));
    return vh_match_total(sum);
}

/* Sum of |window - (b + c + 1) / 2|. */
static inline int vh_match_sad_mean(
    const struct vh_match_window *window, const uint8_t *b, const uint8_t *c, ptrdiff_t stride)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < VH_MATCH_H; y += 2) {
        __m256i mean =
            _mm256_avg_epu8(vh_match_rows(b + y * stride, stride), vh_match_rows(c + y * stride, stride));
        sum = _mm256_add_epi32(sum, _mm256_sad_epu8(vh_match_own(window, y), mean));
    }
    return vh_match_total(sum);
}

/* Four of these at once. */
static inline void vh_match_sad_mean4(const struct vh_match_window *window, const uint8_t *const b[4],
    const uint8_t *const c[4], ptrdiff_t stride, int out[4])
{
    __m256i sum[4];
    for (int i = 0; i < 4; i++)
        sum[i] = _mm256_setzero_si256();
    for (int y = 0; y < VH_MATCH_H; y += 2)
        for (int i = 0; i < 4; i++) {
            __m256i mean = _mm256_avg_epu8(
                vh_match_rows(b[i] + y * stride, stride), vh_match_rows(c[i] + y * stride, stride));
            sum[i] = _mm256_add_epi32(sum[i], _mm256_sad_epu8(vh_match_own(window, y), mean));
        }
    vh_match_totals(out, sum);
}

/* The same without means. */
static inline void vh_match_sad4(
    const struct vh_match_window *window, const uint8_t *const b[4], ptrdiff_t stride, int out[4])
{
    __m256i sum[4];
    for (int i = 0; i < 4; i++)
        sum[i] = _mm256_setzero_si256();
    for (int y = 0; y < VH_MATCH_H; y += 2)
        for (int i = 0; i < 4; i++)
            sum[i] = _mm256_add_epi32(
                sum[i], _mm256_sad_epu8(vh_match_own(window, y), vh_match_rows(b[i] + y * stride, stride)));
    vh_match_totals(out, sum);
}

#else

static inline void vh_match_take(struct vh_match_window *window, const uint8_t *a, ptrdiff_t stride)
{
    for (int y = 0; y < VH_MATCH_H; y++)
        memcpy(window->row[y], a + y * stride, VH_MATCH_W);
}

static inline int vh_match_difference(int a, int b)
{
    return a > b ? a - b : b - a;
}

static inline int vh_match_sad_planes(
    const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, ptrdiff_t b_stride)
{
    int sum = 0;
    for (int y = 0; y < VH_MATCH_H; y++, a += a_stride, b += b_stride)
        for (int x = 0; x < VH_MATCH_W; x++)
            sum += vh_match_difference(a[x], b[x]);
    return sum;
}

static inline int vh_match_sad(const struct vh_match_window *window, const uint8_t *b, ptrdiff_t stride)
{
    return vh_match_sad_planes(window->row[0], VH_MATCH_W, b, stride);
}

static inline int vh_match_sad_mean(
    const struct vh_match_window *window, const uint8_t *b, const uint8_t *c, ptrdiff_t stride)
{
    int sum = 0;
    for (int y = 0; y < VH_MATCH_H; y++, b += stride, c += stride)
        for (int x = 0; x < VH_MATCH_W; x++)
            sum += vh_match_difference(window->row[y][x], (b[x] + c[x] + 1) >> 1);
    return sum;
}

static inline void vh_match_sad_mean4(const struct vh_match_window *window, const uint8_t *const b[4],
    const uint8_t *const c[4], ptrdiff_t stride, int out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = vh_match_sad_mean(window, b[i], c[i], stride);
}

static inline void vh_match_sad4(
    const struct vh_match_window *window, const uint8_t *const b[4], ptrdiff_t stride, int out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = vh_match_sad(window, b[i], stride);
}

#endif

#endif
