/* Noise of blocks: plain C, and the choice between versions. */
#include "dsp/block_noise.h"

#include "block_noise_tables.h"
#include "core/cpu.h"

enum { W = VH_NOISE_BLOCK_W, H = VH_NOISE_BLOCK_H };

static void compare(
    struct vh_block_noise *sums, const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b, ptrdiff_t b_stride)
{
    *sums = (struct vh_block_noise){0};
    for (int y = 0; y < H; y++, a += a_stride, b += b_stride) {
        int32_t d[W];
        for (int x = 0; x < W; x++) {
            d[x] = (a[x] >> 4) - (b[x] >> 4);
            sums->sum += d[x];
            sums->square += d[x] * d[x];
            sums->lag += x ? d[x] * d[x - 1] : 0;
            sums->level += a[x] >> 4;
        }
    }
}

static int64_t vertical(const uint16_t *a, ptrdiff_t stride)
{
    int64_t sum = 0;
    for (int y = 1; y + 1 < H; y++) {
        const uint16_t *here = a + y * stride, *above = here - stride, *below = here + stride;
        for (int x = 0; x < W; x++) {
            int d = (above[x] >> 4) - 2 * (here[x] >> 4) + (below[x] >> 4);
            sum += d * d;
        }
    }
    return sum;
}

void vh_dsp_block_noise_init(struct vh_dsp_block_noise *dsp, unsigned cpu_flags)
{
    *dsp = (struct vh_dsp_block_noise){.compare = compare, .vertical = vertical};
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *dsp = vh_dsp_block_noise_avx2;
#else
    (void)cpu_flags;
#endif
}
