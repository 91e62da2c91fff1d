/* Fusion kernels for AVX-512: the template, compiled for it, with energies by pairwise multiply-add. */
#define FUSE_NAME vh_dsp_fuse_avx512
#include "fuse_tables.h"

#include "fuse_simd.h"

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

#include "fuse_tmpl.h"
