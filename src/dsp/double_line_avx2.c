/* Lines made twice as long, AVX2: sixteen samples of the source give thirty-two. A load at i + t holds the
 * pairs (i + t, i + t + 1) of every second i, a load one sample further those of the others, so that taps are
 * taken two at a time by multiply-add. */
#include "double_line_tables.h"

#include <immintrin.h>
#include <string.h>

static inline __m256i load(const int16_t *s)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

/* Eight sums with 14 bits of fraction to signed samples in the low words of their lanes; limited when packed.
 */
static inline __m256i scaled(__m256i sum)
{
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(VH_DOUBLE_ONE / 2)), 14);
}

/* Sixteen outputs of one set of taps, limited to 16 bits: in the low halves of both registers' pairs first
 * the even, then the odd ones (0 2 4 6 1 3 5 7 | 8 10 … ). */
static inline __m256i outputs(const int16_t *s, const __m256i pair[VH_DOUBLE_TAPS / 2])
{
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (int t = 0; t < VH_DOUBLE_TAPS / 2; t++) {
        even = _mm256_add_epi32(even, _mm256_madd_epi16(load(s + 2 * t), pair[t]));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(load(s + 2 * t + 1), pair[t]));
    }
    return _mm256_packs_epi32(scaled(even), scaled(odd));
}

static inline void take_taps(__m256i pair[VH_DOUBLE_TAPS / 2], const int16_t coef[VH_DOUBLE_TAPS])
{
    for (int t = 0; t < VH_DOUBLE_TAPS / 2; t++) {
        int32_t two;
        memcpy(&two, coef + 2 * t, sizeof two);
        pair[t] = _mm256_set1_epi32(two);
    }
}

static void run(
    uint16_t *dst, const int16_t *src, int width, const int16_t coef[2][VH_DOUBLE_TAPS], const int at[2])
{
    /* Samples 0 2 4 6 1 3 5 7 of both sets by turns are words of 0 and 0', 2 and 2' … : in order again. */
    const __m256i flip = _mm256_set1_epi16((short)0x8000);
    __m256i first[VH_DOUBLE_TAPS / 2], second[VH_DOUBLE_TAPS / 2];
    take_taps(first, coef[0]);
    take_taps(second, coef[1]);
    if (width < 16) {
        double_line_c(dst, src, width, coef, at);
        return;
    }
    for (int i = 0; i < width; i += 16) {
        int x = i + 16 <= width ? i : width - 16; /* the last sixteen may overlap those before */
        __m256i a = outputs(src + x + at[0], first), b = outputs(src + x + at[1], second);
        __m256i even = _mm256_unpacklo_epi16(a, b), odd = _mm256_unpackhi_epi16(a, b);
        __m256i low = _mm256_unpacklo_epi32(even, odd), high = _mm256_unpackhi_epi32(even, odd);
        __m256i *to = (__m256i *)(void *)(dst + 2 * x);
        _mm256_storeu_si256(to, _mm256_xor_si256(_mm256_permute2x128_si256(low, high, 0x20), flip));
        _mm256_storeu_si256(to + 1, _mm256_xor_si256(_mm256_permute2x128_si256(low, high, 0x31), flip));
    }
}

const struct vh_dsp_double_line vh_dsp_double_line_avx2 = {.run = run};
