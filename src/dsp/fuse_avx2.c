/* Fusion kernels for AVX2: the template, compiled for it, with energies by pairwise multiply-add. */
#define FUSE_NAME vh_dsp_fuse_avx2
#include "fuse_tables.h"

#include "fuse_simd.h"

#include <immintrin.h>

/* Sums of squares of four registers of 16 samples each: eight cells. */
static inline __m256i cell_sums(__m256i a, __m256i b, __m256i c, __m256i d)
{
    __m256i ab = _mm256_hadd_epi32(_mm256_madd_epi16(a, a), _mm256_madd_epi16(b, b));
    __m256i cd = _mm256_hadd_epi32(_mm256_madd_epi16(c, c), _mm256_madd_epi16(d, d));
    /* hadd works within 128-bit halves: lanes are now a0 b0 c0 d0 | a1 b1 c1 d1 */
    __m256i sum = _mm256_hadd_epi32(ab, cd);
    return _mm256_permutevar8x32_epi32(sum, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

#define FUSE_SUMS 32
static inline void sums_of_squares(int32_t *cell, const int16_t *d)
{
    __m256i a = _mm256_load_si256((const __m256i *)d), b = _mm256_load_si256((const __m256i *)(d + 16));
    __m256i s = cell_sums(a, b, _mm256_setzero_si256(), _mm256_setzero_si256());
    _mm_storeu_si128((__m128i *)cell, _mm256_castsi256_si128(s));
}

#include "fuse_tmpl.h"
