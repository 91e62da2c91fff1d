/* Colour kernels for AVX2; bit-identical to plain C (no fused multiply-add, same order of additions). The
 * conversion through linear light is written by hand, because compilers do not make gathers of its table
 * look-ups.
 */
#define COLOUR_NAME      vh_dsp_colour_avx2
#define COLOUR_PRIMARIES primaries_avx2
#include "colour_tables.h"

#include <immintrin.h>

static void primaries_avx2(float *restrict delta, uint16_t *cb_out, uint16_t *cr_out,
    const float *restrict luma, const uint16_t *cb, const uint16_t *cr, int n,
    const struct vh_dsp_colour_params *p);

#include "colour_tmpl.h"

static inline __m256 load_centred(const uint16_t *src)
{
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)src));
    return _mm256_sub_ps(_mm256_cvtepi32_ps(wide), _mm256_set1_ps(32768.0f));
}

static inline void store_centred(uint16_t *dst, __m256 value)
{
    value = _mm256_add_ps(_mm256_add_ps(value, _mm256_set1_ps(32768.0f)), _mm256_set1_ps(0.5f));
    value = _mm256_min_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_set1_ps(65535.0f));
    __m256i i = _mm256_cvttps_epi32(value);
    _mm_storeu_si128(
        (__m128i *)dst, _mm_packus_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1)));
}

static inline void multiply8(__m256 out[3], const float m[3][3], __m256 a, __m256 b, __m256 c)
{
    for (int i = 0; i < 3; i++) {
        __m256 ab = _mm256_add_ps(
            _mm256_mul_ps(_mm256_set1_ps(m[i][0]), a), _mm256_mul_ps(_mm256_set1_ps(m[i][1]), b));
        out[i] = _mm256_add_ps(ab, _mm256_mul_ps(_mm256_set1_ps(m[i][2]), c));
    }
}

static inline __m256 between_cells(const float *value, __m256i cell, __m256 weight)
{
    __m256 a = _mm256_i32gather_ps(value, cell, 4), b = _mm256_i32gather_ps(value + 1, cell, 4);
    return _mm256_add_ps(a, _mm256_mul_ps(_mm256_sub_ps(b, a), weight));
}

static inline __m256 linearise8(const float *value, __m256 x)
{
    __m256 at = _mm256_mul_ps(x, _mm256_set1_ps((float)(VH_CURVE_LINEAR / VH_CURVE_TOP)));
    at = _mm256_min_ps(at, _mm256_set1_ps(VH_CURVE_LINEAR - 1));
    __m256i cell = _mm256_cvttps_epi32(at);
    return between_cells(value, cell, _mm256_sub_ps(at, _mm256_cvtepi32_ps(cell)));
}

static inline __m256 compress8(const float *value, __m256 x)
{
    const __m256 lowest = _mm256_set1_ps(0x1p-26f), top = _mm256_set1_ps(0x1.fffffep0f);
    x = _mm256_min_ps(_mm256_max_ps(x, lowest), top);
    __m256i above = _mm256_sub_epi32(_mm256_castps_si256(x), _mm256_castps_si256(lowest));
    __m256i rest = _mm256_and_si256(above, _mm256_set1_epi32(0x800000 / VH_CURVE_PER_OCTAVE - 1));
    __m256 weight = _mm256_mul_ps(_mm256_cvtepi32_ps(rest), _mm256_set1_ps(VH_CURVE_PER_OCTAVE / 8388608.0f));
    return between_cells(value, _mm256_srli_epi32(above, 16), weight); /* 2^23 / 128 = 2^16 */
}

static void primaries_avx2(float *restrict delta, uint16_t *cb_out, uint16_t *cr_out,
    const float *restrict luma, const uint16_t *cb, const uint16_t *cr, int n,
    const struct vh_dsp_colour_params *p)
{
    const __m256 zero = _mm256_setzero_ps();
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 rgb[3], light[3], other[3],
            y = _mm256_sub_ps(_mm256_loadu_ps(luma + i), _mm256_set1_ps(4096.0f));
        multiply8(rgb, p->to_rgb, y, load_centred(cb + i), load_centred(cr + i));
        for (int c = 0; c < 3; c++)
            light[c] = linearise8(p->linearise, _mm256_max_ps(rgb[c], zero));
        multiply8(other, p->primaries, light[0], light[1], light[2]);
        for (int c = 0; c < 3; c++)
            rgb[c] = _mm256_add_ps(compress8(p->compress, other[c]), _mm256_min_ps(rgb[c], zero));
        multiply8(other, p->to_ycc, rgb[0], rgb[1], rgb[2]);
        _mm256_storeu_ps(delta + i, _mm256_sub_ps(other[0], y));
        store_centred(cb_out + i, other[1]);
        store_centred(cr_out + i, other[2]);
    }
    primaries(delta + i, cb_out + i, cr_out + i, luma + i, cb + i, cr + i, n - i, p);
}
