/* Anti-ringing kernels for AVX2: the template, the clamp in 16 bits, and the table look-up as byte shuffles.
 * Because the index rises by at most one, eight neighbouring outputs come from at most eight neighbouring
 * inputs: one load and one shuffle each.
 */
#define ANTIRING_NAME   vh_dsp_antiring_avx2
#define ANTIRING_SPREAD spread_avx2
#define ANTIRING_CLAMP  clamp_avx2
#include "antiring_tables.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

static void spread_avx2(uint16_t *dst, const uint16_t *src, const uint16_t *index, int n)
{
    const __m128i twice = _mm_set1_epi16(0x0202), odd = _mm_set1_epi16(0x0100);
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        __m128i at =
            _mm_sub_epi16(_mm_loadu_si128((const __m128i *)(index + i)), _mm_set1_epi16((short)index[i]));
        __m128i bytes =
            _mm_add_epi8(_mm_mullo_epi16(at, twice), odd); /* 2k in the low byte, 2k + 1 in the high */
        __m128i in = _mm_loadu_si128((const __m128i *)(src + index[i]));
        _mm_storeu_si128((__m128i *)(dst + i), _mm_shuffle_epi8(in, bytes));
    }
    for (; i < n; i++)
        dst[i] = src[index[i]];
}

static inline __m256i load(const uint16_t *s)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

/* Products with strength / 256 as the high halves of products with strength * 256, which does not fit only
 * where strength is 1: there nothing is to be multiplied. What is above is rounded up. */
static inline __m256i clamp16(__m256i v, __m256i low, __m256i high, __m256i factor, bool full)
{
    __m256i over = _mm256_subs_epu16(v, high), under = _mm256_subs_epu16(low, v);
    if (!full) {
        __m256i whole = _mm256_cmpeq_epi16(_mm256_mullo_epi16(over, factor), _mm256_setzero_si256());
        over =
            _mm256_add_epi16(_mm256_mulhi_epu16(over, factor), _mm256_add_epi16(_mm256_set1_epi16(1), whole));
        under = _mm256_mulhi_epu16(under, factor);
    }
    return _mm256_add_epi16(_mm256_sub_epi16(v, over), under);
}

static void clamp_avx2(uint16_t *dst, const uint16_t *low, const uint16_t *high, int n, int strength)
{
    const __m256i factor = _mm256_set1_epi16((short)(strength << 8));
    bool full = strength == 256;
    int i = 0;
    for (; i + 16 <= n; i += 16)
        _mm256_storeu_si256((__m256i *)(void *)(dst + i),
            clamp16(load(dst + i), load(low + i), load(high + i), factor, full));
    if (i < n) {
        uint16_t rest[3][16] = {{0}};
        size_t bytes = (size_t)(n - i) * sizeof *dst;
        memcpy(rest[0], dst + i, bytes);
        memcpy(rest[1], low + i, bytes);
        memcpy(rest[2], high + i, bytes);
        _mm256_storeu_si256(
            (__m256i *)(void *)rest[0], clamp16(load(rest[0]), load(rest[1]), load(rest[2]), factor, full));
        memcpy(dst + i, rest[0], bytes);
    }
}

#include "antiring_tmpl.h"
