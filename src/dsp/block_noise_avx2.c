/* Noise of blocks for AVX2: a line of a block is one register. */
#include "block_noise_tables.h"

#include <immintrin.h>

enum {
    H = VH_NOISE_BLOCK_H,
    AHEAD = 64 /* samples: blocks are walked along their lines, so these are read soon */
};

static inline __m256i load(const uint16_t *s)
{
    return _mm256_srli_epi16(_mm256_loadu_si256((const __m256i *)(const void *)s), 4);
}

static inline int64_t total(__m256i v)
{
    __m256i wide = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)),
        _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
    __m128i s = _mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    return _mm_cvtsi128_si64(s) + _mm_extract_epi64(s, 1);
}

static void compare(
    struct vh_block_noise *sums, const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b, ptrdiff_t b_stride)
{
    const __m256i one = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256(), square = sum, lag = sum, level = sum;
    for (int y = 0; y < H; y++, a += a_stride, b += b_stride) {
        _mm_prefetch((const char *)(a + AHEAD), _MM_HINT_T0);
        _mm_prefetch((const char *)(b + AHEAD), _MM_HINT_T0);
        __m256i own = load(a), d = _mm256_sub_epi16(own, load(b));
        __m256i left = _mm256_alignr_epi8(d, _mm256_permute2x128_si256(d, d, 0x08), 14);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(d, one));
        square = _mm256_add_epi32(square, _mm256_madd_epi16(d, d));
        lag = _mm256_add_epi32(lag, _mm256_madd_epi16(d, left));
        level = _mm256_add_epi32(level, _mm256_madd_epi16(own, one));
    }
    *sums = (struct vh_block_noise){total(sum), total(square), total(lag), total(level)};
}

/* Three lines' squares fit into 32 bits. */
static int64_t vertical(const uint16_t *a, ptrdiff_t stride)
{
    int64_t sum = 0;
    __m256i above = load(a), here = load(a + stride);
    for (int y = 1; y + 1 < H;) {
        __m256i square = _mm256_setzero_si256();
        for (int end = y + 3; y < end; y++) {
            __m256i below = load(a + (y + 1) * stride);
            __m256i d = _mm256_sub_epi16(_mm256_add_epi16(above, below), _mm256_add_epi16(here, here));
            square = _mm256_add_epi32(square, _mm256_madd_epi16(d, d));
            above = here;
            here = below;
        }
        sum += total(square);
    }
    return sum;
}

const struct vh_dsp_block_noise vh_dsp_block_noise_avx2 = {.compare = compare, .vertical = vertical};
