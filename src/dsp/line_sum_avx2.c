/* Sums of lines, AVX2: two lines interleaved, so that taps are taken by twos with multiply-add. */
#include "line_sum_tables.h"

#include <immintrin.h>
#include <string.h>

static inline __m256i load(const uint16_t *s)
{
    return _mm256_xor_si256(
        _mm256_loadu_si256((const __m256i *)(const void *)s), _mm256_set1_epi16((short)0x8000));
}

static void run(
    uint16_t *dst, const uint16_t *const src[VH_LINE_SUM_TAPS], const int16_t coef[VH_LINE_SUM_TAPS], int n)
{
    const uint16_t *s[VH_LINE_SUM_TAPS];
    __m256i pair[VH_LINE_SUM_TAPS / 2];
    int x = 0;
    memcpy(s, src, sizeof s);
    for (int t = 0; t < VH_LINE_SUM_TAPS / 2; t++) {
        int32_t two;
        memcpy(&two, coef + 2 * t, sizeof two);
        pair[t] = _mm256_set1_epi32(two);
    }
    for (; x + 16 <= n; x += 16) {
        __m256i low = _mm256_set1_epi32(VH_LINE_SUM_ONE / 2), high = low;
        for (int t = 0; t < VH_LINE_SUM_TAPS / 2; t++) {
            __m256i a = load(s[2 * t] + x), b = load(s[2 * t + 1] + x);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), pair[t]));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), pair[t]));
        }
        __m256i v = _mm256_packs_epi32(_mm256_srai_epi32(low, 14), _mm256_srai_epi32(high, 14));
        _mm256_storeu_si256(
            (__m256i *)(void *)(dst + x), _mm256_xor_si256(v, _mm256_set1_epi16((short)0x8000)));
    }
    line_sum_from(dst, s, coef, x, n);
}

const struct vh_dsp_line_sum vh_dsp_line_sum_avx2 = {.run = run};
