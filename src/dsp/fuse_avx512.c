/* Fusion kernels for AVX-512: the template, compiled for it, with energies by pairwise multiply-add. */
#define FUSE_NAME vh_dsp_fuse_avx512
#include "fuse_tables.h"

#include <immintrin.h>

#define FUSE_SUMS 32
static inline void sums_of_squares(int32_t *cell, const int16_t *d)
{
    __m512i v = _mm512_loadu_si512(d), s = _mm512_madd_epi16(v, v);
    s = _mm512_add_epi32(s, _mm512_shuffle_epi32(s, (_MM_PERM_ENUM)0x4e));
    s = _mm512_add_epi32(s, _mm512_shuffle_epi32(s, (_MM_PERM_ENUM)0xb1));
    _mm_storeu_si128((__m128i *)cell,
        _mm512_castsi512_si128(
            _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), s)));
}

/* Two cells at once: words c - 1 … c + 2 in both halves, spread by shuffles. */
#define FUSE_EXPAND
static inline int expand_inner(int16_t *restrict dst, const int16_t *restrict cell, int c, int cells)
{
    const __m256i from = _mm256_setr_epi8(
        0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5);
    const __m256i to = _mm256_setr_epi8(
        2, 3, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7);
    const __m256i factor = _mm256_setr_epi16(18432, 22528, 26624, 30720, 2048, 6144, 10240, 14336, 18432,
        22528, 26624, 30720, 2048, 6144, 10240, 14336);
    for (; c + 7 < cells; c += 2) {
        __m256i v = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(cell + c - 1)));
        __m256i a = _mm256_shuffle_epi8(v, from), b = _mm256_shuffle_epi8(v, to);
        b = _mm256_mulhrs_epi16(_mm256_sub_epi16(b, a), factor);
        _mm256_storeu_si256((__m256i *)(dst + c * 8), _mm256_add_epi16(a, b));
    }
    return c;
}

#include "fuse_tmpl.h"
