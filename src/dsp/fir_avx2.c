/* Filters along and across lines, AVX2: pairs of taps by multiply-add of 16-bit lanes.
 *
 * Along a line, a load at x + t gives the pairs (x + t, x + t + 1) for the even outputs, a load one sample
 * further those for the odd ones; both halves come together in the low and high words of the 32-bit lanes.
 */
#include "fir_simd.h"

#include <immintrin.h>
#include <string.h>

static inline __m256i finish(__m256i sum)
{
    const __m256i round = _mm256_set1_epi32(VH_FIR_ONE / 2), bias = _mm256_set1_epi32(32768);
    __m256i v = _mm256_add_epi32(_mm256_srai_epi32(_mm256_add_epi32(sum, round), 12), bias);
    return _mm256_min_epi32(_mm256_max_epi32(v, _mm256_setzero_si256()), _mm256_set1_epi32(65535));
}

static inline __m256i pair_of(const int16_t *coef)
{
    return _mm256_set1_epi32((int32_t)((uint16_t)coef[0] | (uint32_t)(uint16_t)coef[1] << 16));
}

static inline __m256i row16(const int16_t *src, const int16_t *coef, int n_taps)
{
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (int t = 0; t < n_taps; t += 2) {
        __m256i c = pair_of(coef + t);
        __m256i a = _mm256_loadu_si256((const void *)(src + t)),
                b = _mm256_loadu_si256((const void *)(src + t + 1));
        even = _mm256_add_epi32(even, _mm256_madd_epi16(a, c));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(b, c));
    }
    return _mm256_or_si256(finish(even), _mm256_slli_epi32(finish(odd), 16));
}

/* Two sixteens by one reading of the taps. */
static inline void row32(uint16_t *dst, const int16_t *src, const int16_t *coef, int n_taps)
{
    __m256i even0 = _mm256_setzero_si256(), odd0 = even0, even1 = even0, odd1 = even0;
    for (int t = 0; t < n_taps; t += 2) {
        __m256i c = pair_of(coef + t);
        const int16_t *s = src + t;
        even0 = _mm256_add_epi32(even0, _mm256_madd_epi16(_mm256_loadu_si256((const void *)s), c));
        odd0 = _mm256_add_epi32(odd0, _mm256_madd_epi16(_mm256_loadu_si256((const void *)(s + 1)), c));
        even1 = _mm256_add_epi32(even1, _mm256_madd_epi16(_mm256_loadu_si256((const void *)(s + 16)), c));
        odd1 = _mm256_add_epi32(odd1, _mm256_madd_epi16(_mm256_loadu_si256((const void *)(s + 17)), c));
    }
    _mm256_storeu_si256((void *)dst, _mm256_or_si256(finish(even0), _mm256_slli_epi32(finish(odd0), 16)));
    _mm256_storeu_si256(
        (void *)(dst + 16), _mm256_or_si256(finish(even1), _mm256_slli_epi32(finish(odd1), 16)));
}

static void row_avx2(uint16_t *dst, const int16_t *src, int width, const int16_t *coef, int n_taps)
{
    int x = 0;
    for (; x + 32 <= width; x += 32)
        row32(dst + x, src + x, coef, n_taps);
    for (; x + 16 <= width; x += 16)
        _mm256_storeu_si256((void *)(dst + x), row16(src + x, coef, n_taps));
    if (x < width) {
        uint16_t tail[16];
        _mm256_storeu_si256((void *)tail, row16(src + x, coef, n_taps));
        memcpy(dst + x, tail, (size_t)(width - x) * sizeof *dst);
    }
}

static void load_avx2(int16_t *dst, const uint16_t *src, int width, int before, int after)
{
    const __m256i flip = _mm256_set1_epi16((short)0x8000);
    int16_t first = (int16_t)(src[0] - 32768), last = (int16_t)(src[width - 1] - 32768);
    for (int i = 0; i < before; i++)
        dst[i] = first;
    dst += before;
    int x = 0;
    for (; x + 16 <= width; x += 16)
        _mm256_storeu_si256(
            (void *)(dst + x), _mm256_xor_si256(_mm256_loadu_si256((const void *)(src + x)), flip));
    for (; x < width; x++)
        dst[x] = (int16_t)(src[x] - 32768);
    for (int i = 0; i < after; i++)
        dst[width + i] = last;
}

static inline __m256i col16(const uint16_t *const *src, int x, const int16_t *coef, int n_taps)
{
    const __m256i flip = _mm256_set1_epi16((short)0x8000);
    __m256i low = _mm256_setzero_si256(), high = low;
    for (int t = 0; t < n_taps; t += 2) {
        __m256i c = pair_of(coef + t);
        __m256i a = _mm256_xor_si256(_mm256_loadu_si256((const void *)(src[t] + x)), flip);
        __m256i b = _mm256_xor_si256(_mm256_loadu_si256((const void *)(src[t + 1] + x)), flip);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), c));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), c));
    }
    return _mm256_packus_epi32(finish(low), finish(high));
}

static void col_avx2(uint16_t *dst, const uint16_t *const *src, int width, const int16_t *coef, int n_taps)
{
    int x = 0;
    for (; x + 16 <= width; x += 16)
        _mm256_storeu_si256((void *)(dst + x), col16(src, x, coef, n_taps));
    for (; x < width; x++) {
        int32_t sum = VH_FIR_ONE / 2;
        for (int t = 0; t < n_taps; t++)
            sum += coef[t] * (src[t][x] - 32768);
        sum = (sum >> 12) + 32768;
        dst[x] = (uint16_t)(sum < 0 ? 0 : sum > 65535 ? 65535 : sum);
    }
}

static inline __m256i limit16(const uint16_t *dst, const int16_t *src, __m256i margin)
{
    const __m256i flip = _mm256_set1_epi16((short)0x8000);
    __m256i low = _mm256_loadu_si256((const void *)src), high = low;
    for (int i = 1; i < VH_FIR_LIMIT_SPAN; i++) {
        __m256i v = _mm256_loadu_si256((const void *)(src + i));
        low = _mm256_min_epi16(low, v);
        high = _mm256_max_epi16(high, v);
    }
    __m256i more = _mm256_mulhi_epu16(_mm256_sub_epi16(high, low), margin);
    low = _mm256_subs_epu16(_mm256_xor_si256(low, flip), more);
    high = _mm256_adds_epu16(_mm256_xor_si256(high, flip), more);
    return _mm256_min_epu16(_mm256_max_epu16(_mm256_loadu_si256((const void *)dst), low), high);
}

static void limit_avx2(uint16_t *dst, const int16_t *src, int width, int margin)
{
    const __m256i part = _mm256_set1_epi16((short)margin);
    int x = 0;
    for (; x + 16 <= width; x += 16)
        _mm256_storeu_si256((void *)(dst + x), limit16(dst + x, src + x, part));
    if (x < width) {
        uint16_t tail[16] = {0};
        memcpy(tail, dst + x, (size_t)(width - x) * sizeof *dst);
        _mm256_storeu_si256((void *)tail, limit16(tail, src + x, part));
        memcpy(dst + x, tail, (size_t)(width - x) * sizeof *dst);
    }
}

void fir_init_avx2(struct vh_dsp_fir *fir)
{
    fir->load = load_avx2;
    fir->row = row_avx2;
    fir->col = col_avx2;
    fir->limit = limit_avx2;
}
