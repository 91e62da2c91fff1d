/* The line registration kernel for AVX2: 16 samples at a time. Products are below 2^24 and go to a lane by
 * twos, so sums of CHUNK samples, 32 of those in each lane, fit into 32 bits. */
#include "line_match_tables.h"

#include <immintrin.h>

enum { LANES = 16, CHUNK = 512 };

struct lanes {
    __m256i gd, gg, dd, w;
};

static inline __m256i load(const uint16_t *s)
{
    return _mm256_srli_epi16(_mm256_loadu_si256((const __m256i *)(const void *)s), 4);
}

static inline void add_lanes(
    struct lanes *s, const uint16_t *a, const uint16_t *p, __m256i reach, __m256i factor, __m256i known)
{
    const __m256i one = _mm256_set1_epi16(32767), ones = _mm256_set1_epi16(1);
    __m256i d = _mm256_sub_epi16(load(a), load(p));
    __m256i g = _mm256_add_epi16(
        _mm256_sub_epi16(load(a + 1), load(a - 1)), _mm256_sub_epi16(load(p + 1), load(p - 1)));
    g = _mm256_srai_epi16(g, 1);
    __m256i r = _mm256_sub_epi16(d, _mm256_mulhrs_epi16(g, known));
    __m256i far = _mm256_mullo_epi16(_mm256_min_epi16(_mm256_abs_epi16(r), reach), factor);
    __m256i u = _mm256_sub_epi16(one, _mm256_mulhrs_epi16(far, far)), w = _mm256_mulhrs_epi16(u, u);
    __m256i wg = _mm256_mulhrs_epi16(w, g);
    s->gd = _mm256_add_epi32(s->gd, _mm256_madd_epi16(wg, d));
    s->gg = _mm256_add_epi32(s->gg, _mm256_madd_epi16(wg, g));
    s->dd = _mm256_add_epi32(s->dd, _mm256_madd_epi16(_mm256_mulhrs_epi16(w, d), d));
    s->w = _mm256_add_epi32(s->w, _mm256_madd_epi16(w, ones));
}

/* Adds the eight 32-bit numbers of v to four of 64 bits. */
static inline __m256i widen(__m256i sum, __m256i v)
{
    sum = _mm256_add_epi64(sum, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)));
    return _mm256_add_epi64(sum, _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
}

static inline int64_t total(__m256i v)
{
    __m128i s = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return _mm_cvtsi128_si64(s) + _mm_extract_epi64(s, 1);
}

static void line_match_sums(struct vh_line_match *sums, const uint16_t *own, const uint16_t *prediction,
    int n, int reach, int known, int skip)
{
    const __m256i zero = _mm256_setzero_si256(), limit = _mm256_set1_epi16((short)reach),
                  factor = _mm256_set1_epi16((short)(32767 / reach));
    struct lanes all = {zero, zero, zero, zero};
    int x = 0;
    while (x + LANES <= n) {
        struct lanes s = {zero, zero, zero, zero};
        for (int i = 0; i < CHUNK / LANES && x + LANES <= n; i++, x += LANES + skip)
            add_lanes(&s, own + x, prediction + x, limit, factor, _mm256_set1_epi16((short)known));
        all =
            (struct lanes){widen(all.gd, s.gd), widen(all.gg, s.gg), widen(all.dd, s.dd), widen(all.w, s.w)};
    }
    struct line_match_sum s = {total(all.gd), total(all.gg), total(all.dd), total(all.w)};
    if (x < n)
        line_match_add(&s, own + x, prediction + x, n - x, reach, known);
    *sums = line_match_codes(&s);
}

static void match_blocks(uint32_t *cost, const uint8_t *own, const uint8_t *want, int n_blocks, int limit)
{
    const __m128i most = _mm_set1_epi8((char)limit);
    for (int b = 0; b < n_blocks; b++) {
        __m128i p = _mm_loadu_si128((const __m128i *)(const void *)(own + b * VH_LINE_MATCH_BLOCK)),
                q = _mm_loadu_si128((const __m128i *)(const void *)(want + b * VH_LINE_MATCH_BLOCK));
        __m128i d = _mm_or_si128(_mm_subs_epu8(p, q), _mm_subs_epu8(q, p));
        d = _mm_sad_epu8(_mm_min_epu8(d, most), _mm_setzero_si128());
        cost[b] = (uint32_t)(_mm_cvtsi128_si32(d) + _mm_extract_epi16(d, 4));
    }
}

const struct vh_dsp_line_match vh_dsp_line_match_avx2 = {.sums = line_match_sums, .blocks = match_blocks};
