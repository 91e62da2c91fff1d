/* Anti-ringing kernels for AVX2: the template, and the table look-up as byte shuffles. Because the index
 * rises by at most one, eight neighbouring outputs come from at most eight neighbouring inputs: one load and
 * one shuffle each.
 */
#define ANTIRING_NAME   vh_dsp_antiring_avx2
#define ANTIRING_SPREAD spread_avx2
#include "antiring_tables.h"

#include <immintrin.h>

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

#include "antiring_tmpl.h"
