/* Plain C of the motion search kernels: the specification (dsp/match.h). */
#include "dsp/match.h"

#include "core/cpu.h"

#include <stdlib.h>

enum { WINDOW_W = 16, WINDOW_H = 8 };

#include "match_sums.h"

static int activity_c(const uint8_t *a, ptrdiff_t stride)
{
    int total = 0, sum = 0;
    for (int y = 0; y < WINDOW_H; y++)
        for (int x = 0; x < WINDOW_W; x++)
            total += a[y * stride + x];
    int mean = (total + WINDOW_W * WINDOW_H / 2) / (WINDOW_W * WINDOW_H);
    for (int y = 0; y < WINDOW_H; y++)
        for (int x = 0; x < WINDOW_W; x++)
            sum += abs(a[y * stride + x] - mean);
    return sum;
}

static uint32_t row_difference_c(const uint8_t *a, const uint8_t *b, int width)
{
    uint32_t sum = 0;
    for (int x = 0; x < width; x++)
        sum += (uint32_t)abs(a[x] - b[x]);
    return sum;
}

static void search_row_c(
    uint8_t *dst, const uint16_t *near, const uint16_t *far, int width, uint16_t *scratch)
{
    uint16_t *t = scratch + 16;
    for (int x = 0; x < width; x++)
        t[x] = (uint16_t)(3 * (near[x] >> 4) + (far[x] >> 4));
    t[-1] = t[0];
    t[width] = t[width - 1];
    for (int x = 0; x < width; x++) {
        int sum = t[x - 1] + 2 * t[x] + t[x + 1] + 128;
        dst[x] = (uint8_t)((sum > 65535 ? 65535 : sum) >> 8);
    }
}

static uint8_t half(int s0, int s1, int s2, int s3)
{
    int v = (9 * (s1 + s2) - s0 - s3 + 8) >> 4;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void half_vertical_c(
    uint8_t *dst, const uint8_t *s0, const uint8_t *s1, const uint8_t *s2, const uint8_t *s3, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = half(s0[x], s1[x], s2[x], s3[x]);
}

static void half_horizontal_c(uint8_t *dst, const uint8_t *src, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = half(src[x - 1], src[x], src[x + 1], src[x + 2]);
}

static void shrink_row_c(uint8_t *dst, const uint8_t *r0, const uint8_t *r1, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = (uint8_t)((r0[2 * x] + r0[2 * x + 1] + r1[2 * x] + r1[2 * x + 1] + 2) >> 2);
}

void vh_dsp_match_init(struct vh_dsp_match *dsp, unsigned cpu_flags)
{
    *dsp = (struct vh_dsp_match){
        .sad = sad,
        .sad_mean = sad_mean,
        .sad_mean4 = sad_mean4,
        .sad4 = sad4,
        .activity = activity_c,
        .row_difference = row_difference_c,
        .search_row = search_row_c,
        .half_vertical = half_vertical_c,
        .half_horizontal = half_horizontal_c,
        .shrink_row = shrink_row_c,
    };
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        vh_dsp_match_init_avx2(dsp);
#else
    (void)cpu_flags;
#endif
}
