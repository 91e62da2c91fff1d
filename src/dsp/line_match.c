/* The line registration kernel: plain C, and the choice between versions. */
#include "line_match_tables.h"

#include "core/cpu.h"

static int times(int a, int b) /* in Q15 */
{
    return (a * b + 0x4000) >> 15;
}

void line_match_add(
    struct line_match_sum *s, const uint16_t *own, const uint16_t *prediction, int n, int reach, int known)
{
    const uint16_t *a = own, *p = prediction;
    for (int i = 0; i < n; i++) {
        int d = (a[i] >> 4) - (p[i] >> 4);
        int g = ((a[i + 1] >> 4) - (a[i - 1] >> 4) + (p[i + 1] >> 4) - (p[i - 1] >> 4)) >> 1;
        int r = d - times(g, known), far = r < 0 ? -r : r;
        far = (far < reach ? far : reach) * (32767 / reach);
        int u = 32767 - times(far, far), w = times(u, u), wg = times(w, g);
        s->gd += wg * d;
        s->gg += wg * g;
        s->dd += times(w, d) * d;
        s->w += w;
    }
}

static void line_match_sums(struct vh_line_match *sums, const uint16_t *own, const uint16_t *prediction,
    int n, int reach, int known, int skip)
{
    struct line_match_sum s = {0};
    for (int x = 0; x < n; x += 16 + skip)
        line_match_add(&s, own + x, prediction + x, n - x < 16 ? n - x : 16, reach, known);
    *sums = line_match_codes(&s);
}

static void match_blocks(uint32_t *cost, const uint8_t *own, const uint8_t *want, int n_blocks, int limit)
{
    for (int b = 0; b < n_blocks; b++) {
        uint32_t sum = 0;
        for (int x = b * VH_LINE_MATCH_BLOCK; x < (b + 1) * VH_LINE_MATCH_BLOCK; x++) {
            int d = own[x] < want[x] ? want[x] - own[x] : own[x] - want[x];
            sum += (uint32_t)(d < limit ? d : limit);
        }
        cost[b] = sum;
    }
}

void vh_dsp_line_match_init(struct vh_dsp_line_match *table, unsigned cpu_flags)
{
    *table = (struct vh_dsp_line_match){.sums = line_match_sums, .blocks = match_blocks};
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_line_match_avx2;
#else
    (void)cpu_flags;
#endif
}
