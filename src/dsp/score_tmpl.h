/* Comparison kernels, written so that the compiler vectorises them; included once per instruction set with
 * SCORE_NAME naming the table to fill. 32-bit sums are kept for pieces that cannot overflow, 64-bit ones
 * between pieces. */
#include "dsp/score.h"

enum { SCORE_PIECE = 64 };

static uint64_t score_sse(const uint16_t *a, const uint16_t *b, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++) {
        int32_t d = (int32_t)a[i] - (int32_t)b[i];
        uint32_t e = (uint32_t)(d < 0 ? -d : d);
        sum += (uint64_t)e * e;
    }
    return sum;
}

static void score_ssim_blocks(
    const struct vh_score_blocks *dst, const uint16_t *const a[4], const uint16_t *const b[4], int n)
{
    for (int first = 0; first < n; first += SCORE_PIECE / 4) {
        int blocks = n - first < SCORE_PIECE / 4 ? n - first : SCORE_PIECE / 4, width = 4 * blocks;
        double s1[SCORE_PIECE], s2[SCORE_PIECE], ss[SCORE_PIECE], s12[SCORE_PIECE];
        for (int x = 0; x < width; x++)
            s1[x] = s2[x] = ss[x] = s12[x] = 0;
        for (int k = 0; k < 4; k++) {
            const uint16_t *la = a[k] + 4 * first, *lb = b[k] + 4 * first;
            for (int x = 0; x < width; x++) {
                double va = (double)(int32_t)la[x], vb = (double)(int32_t)lb[x];
                s1[x] += va;
                s2[x] += vb;
                ss[x] += va * va + vb * vb;
                s12[x] += va * vb;
            }
        }
        for (int i = 0; i < blocks; i++) {
            int x = 4 * i;
            dst->a[first + i] = s1[x] + s1[x + 1] + s1[x + 2] + s1[x + 3];
            dst->b[first + i] = s2[x] + s2[x + 1] + s2[x + 2] + s2[x + 3];
            dst->squares[first + i] = ss[x] + ss[x + 1] + ss[x + 2] + ss[x + 3];
            dst->product[first + i] = s12[x] + s12[x + 1] + s12[x + 2] + s12[x + 3];
        }
    }
}

static void score_ssim_windows(double *dst, const struct vh_score_blocks *upper,
    const struct vh_score_blocks *lower, double c1, double c2, int n)
{
    for (int i = 0; i < n; i++) {
        double s1 = upper->a[i] + upper->a[i + 1] + lower->a[i] + lower->a[i + 1];
        double s2 = upper->b[i] + upper->b[i + 1] + lower->b[i] + lower->b[i + 1];
        double ss = upper->squares[i] + upper->squares[i + 1] + lower->squares[i] + lower->squares[i + 1];
        double s12 = upper->product[i] + upper->product[i + 1] + lower->product[i] + lower->product[i + 1];
        double variances = ss * 64 - s1 * s1 - s2 * s2, covariance = s12 * 64 - s1 * s2;
        dst[i] = (2 * s1 * s2 + c1) * (2 * covariance + c2) / ((s1 * s1 + s2 * s2 + c1) * (variances + c2));
    }
}

static inline int32_t score_abs(int32_t v)
{
    return v < 0 ? -v : v;
}

static inline int32_t score_comb(int32_t up, int32_t mid, int32_t down, int32_t threshold)
{
    int32_t c = score_abs(2 * mid - up - down) - score_abs(up - down) - threshold;
    return c > 0 ? c : 0;
}

static void score_combing(
    uint64_t sum[3], const uint16_t *const a[3], const uint16_t *const b[3], int threshold, int n)
{
    /* a sample combs by at most 2 * 65535, so 4096 of them stay below 2^32 */
    for (int first = 0; first < n; first += 4096) {
        int end = n - first < 4096 ? n : first + 4096;
        uint32_t in_a = 0, in_b = 0, excess = 0;
        for (int i = first; i < end; i++) {
            int32_t ca = score_comb(a[0][i], a[1][i], a[2][i], threshold);
            int32_t cb = score_comb(b[0][i], b[1][i], b[2][i], threshold);
            in_a += (uint32_t)ca;
            in_b += (uint32_t)cb;
            excess += (uint32_t)(cb > ca ? cb - ca : 0);
        }
        sum[0] += in_a;
        sum[1] += in_b;
        sum[2] += excess;
    }
}

static uint64_t score_flicker(
    const uint16_t *a0, const uint16_t *a1, const uint16_t *b0, const uint16_t *b1, int n)
{
    uint64_t total = 0;
    for (int first = 0; first < n; first += 4096) {
        int end = n - first < 4096 ? n : first + 4096;
        uint32_t sum = 0;
        for (int i = first; i < end; i++)
            sum += (uint32_t)score_abs(((int32_t)b1[i] - a1[i]) - ((int32_t)b0[i] - a0[i]));
        total += sum;
    }
    return total;
}

const struct vh_dsp_score SCORE_NAME = {
    .sse = score_sse,
    .ssim_blocks = score_ssim_blocks,
    .ssim_windows = score_ssim_windows,
    .combing = score_combing,
    .flicker = score_flicker,
};
