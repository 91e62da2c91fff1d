/* AVX2 versions of the motion search kernels. Rows are taken in pairs, one per 128-bit lane. */
#include "dsp/match.h"

#include <immintrin.h>

#include "match_sums.h"

static int activity_avx2(const uint8_t *a, ptrdiff_t stride)
{
    __m256i row[4], total = _mm256_setzero_si256(), sum = _mm256_setzero_si256();
    for (int i = 0; i < 4; i++) {
        row[i] = vh_match_rows(a + 2 * i * stride, stride);
        total = _mm256_add_epi32(total, _mm256_sad_epu8(row[i], _mm256_setzero_si256()));
    }
    __m256i mean = _mm256_set1_epi8((char)((vh_match_total(total) + 64) >> 7));
    for (int i = 0; i < 4; i++)
        sum = _mm256_add_epi32(sum, _mm256_sad_epu8(row[i], mean));
    return vh_match_total(sum);
}

static uint32_t row_difference_avx2(const uint8_t *a, const uint8_t *b, int width)
{
    __m256i sum = _mm256_setzero_si256();
    int x = 0;
    for (; x + 32 <= width; x += 32) {
        __m256i d = _mm256_sad_epu8(
            _mm256_loadu_si256((const __m256i *)(a + x)), _mm256_loadu_si256((const __m256i *)(b + x)));
        sum = _mm256_add_epi32(sum, d);
    }
    uint32_t total = (uint32_t)vh_match_total(sum);
    for (; x < width; x++)
        total += (uint32_t)(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
    return total;
}

static inline __m256i row_sum(const uint16_t *near, const uint16_t *far)
{
    __m256i n = _mm256_srli_epi16(_mm256_loadu_si256((const __m256i *)near), 4);
    __m256i f = _mm256_srli_epi16(_mm256_loadu_si256((const __m256i *)far), 4);
    return _mm256_add_epi16(_mm256_add_epi16(n, _mm256_slli_epi16(n, 1)), f);
}

static inline __m256i binomial(const uint16_t *t)
{
    __m256i l = _mm256_loadu_si256((const __m256i *)(t - 1)), m = _mm256_loadu_si256((const __m256i *)t);
    __m256i r = _mm256_loadu_si256((const __m256i *)(t + 1));
    __m256i sum = _mm256_add_epi16(_mm256_add_epi16(l, r), _mm256_slli_epi16(m, 1));
    return _mm256_srli_epi16(_mm256_adds_epu16(sum, _mm256_set1_epi16(128)), 8);
}

static void search_row_avx2(
    uint8_t *dst, const uint16_t *near, const uint16_t *far, int width, uint16_t *scratch)
{
    uint16_t *t = scratch + 16;
    int x = 0;
    for (; x + 16 <= width; x += 16)
        _mm256_store_si256((__m256i *)(t + x), row_sum(near + x, far + x));
    for (; x < width; x++)
        t[x] = (uint16_t)(3 * (near[x] >> 4) + (far[x] >> 4));
    t[-1] = t[0];
    t[width] = t[width - 1];
    for (x = 0; x + 32 <= width; x += 32) {
        __m256i v = _mm256_packus_epi16(binomial(t + x), binomial(t + x + 16));
        _mm256_storeu_si256((__m256i *)(dst + x), _mm256_permute4x64_epi64(v, 0xd8));
    }
    for (; x < width; x++) {
        int sum = t[x - 1] + 2 * t[x] + t[x + 1] + 128;
        dst[x] = (uint8_t)((sum > 65535 ? 65535 : sum) >> 8);
    }
}

static inline __m256i half16(const uint8_t *s0, const uint8_t *s1, const uint8_t *s2, const uint8_t *s3)
{
    __m256i inner = _mm256_add_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)s1)),
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)s2)));
    __m256i outer = _mm256_add_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)s0)),
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)s3)));
    __m256i v = _mm256_sub_epi16(_mm256_add_epi16(inner, _mm256_slli_epi16(inner, 3)), outer);
    return _mm256_srai_epi16(_mm256_add_epi16(v, _mm256_set1_epi16(8)), 4);
}

static inline void half_row(
    uint8_t *dst, const uint8_t *s0, const uint8_t *s1, const uint8_t *s2, const uint8_t *s3, int width)
{
    int x = 0;
    for (; x + 32 <= width; x += 32) {
        __m256i v = _mm256_packus_epi16(half16(s0 + x, s1 + x, s2 + x, s3 + x),
            half16(s0 + x + 16, s1 + x + 16, s2 + x + 16, s3 + x + 16));
        _mm256_storeu_si256((__m256i *)(dst + x), _mm256_permute4x64_epi64(v, 0xd8));
    }
    for (; x < width; x++) {
        int v = (9 * (s1[x] + s2[x]) - s0[x] - s3[x] + 8) >> 4;
        dst[x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static void half_vertical_avx2(
    uint8_t *dst, const uint8_t *s0, const uint8_t *s1, const uint8_t *s2, const uint8_t *s3, int width)
{
    half_row(dst, s0, s1, s2, s3, width);
}

static void half_horizontal_avx2(uint8_t *dst, const uint8_t *src, int width)
{
    half_row(dst, src - 1, src, src + 1, src + 2, width);
}

static void shrink_row_avx2(uint8_t *dst, const uint8_t *r0, const uint8_t *r1, int width)
{
    const __m256i ones = _mm256_set1_epi8(1), two = _mm256_set1_epi16(2);
    int x = 0;
    for (; x + 16 <= width; x += 16) {
        __m256i a = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)(r0 + 2 * x)), ones);
        __m256i b = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)(r1 + 2 * x)), ones);
        __m256i v = _mm256_srli_epi16(_mm256_add_epi16(_mm256_add_epi16(a, b), two), 2);
        v = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0xd8);
        _mm_storeu_si128((__m128i *)(dst + x), _mm256_castsi256_si128(v));
    }
    for (; x < width; x++)
        dst[x] = (uint8_t)((r0[2 * x] + r0[2 * x + 1] + r1[2 * x] + r1[2 * x + 1] + 2) >> 2);
}

void vh_dsp_match_init_avx2(struct vh_dsp_match *dsp)
{
    dsp->sad = sad;
    dsp->sad_mean = sad_mean;
    dsp->sad_mean4 = sad_mean4;
    dsp->sad4 = sad4;
    dsp->activity = activity_avx2;
    dsp->row_difference = row_difference_avx2;
    dsp->search_row = search_row_avx2;
    dsp->half_vertical = half_vertical_avx2;
    dsp->half_horizontal = half_horizontal_avx2;
    dsp->shrink_row = shrink_row_avx2;
}
