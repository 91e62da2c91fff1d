/* Depth kernels, one source for every instruction set: see dsp/depth.h. Included once per set with DEPTH_NAME
 * set to the name of the table. The loops are written in blocks of one dither period so that the compiler
 * vectorises them.
 */
#include "dsp/depth.h"

static void expand8(uint16_t *restrict dst, const uint8_t *restrict src, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = (uint16_t)(src[i] << 8);
}

static void expand16(uint16_t *dst, const uint16_t *src, int n, int shift)
{
    for (int i = 0; i < n; i++)
        dst[i] = (uint16_t)(src[i] << shift);
}

static inline uint16_t to_u16(float value)
{
    value += 0.5f;
    value = value < 0.0f ? 0.0f : value;
    value = value > 65535.0f ? 65535.0f : value;
    return (uint16_t)(int)value;
}

static void scale8(uint16_t *restrict dst, const uint8_t *restrict src, int n, float gain, float offset)
{
    for (int i = 0; i < n; i++)
        dst[i] = to_u16((float)src[i] * gain + offset);
}

static void scale16(uint16_t *dst, const uint16_t *src, int n, float gain, float offset)
{
    for (int i = 0; i < n; i++)
        dst[i] = to_u16((float)src[i] * gain + offset);
}

static inline uint16_t add_limited(uint16_t a, uint16_t b)
{
    uint16_t sum = (uint16_t)(a + b);
    return sum < a ? 65535 : sum;
}

static void reduce8(
    uint8_t *restrict dst, const uint16_t *restrict src, int n, const uint16_t noise[VH_DITHER_SIZE])
{
    int i = 0;
    for (; i + VH_DITHER_SIZE <= n; i += VH_DITHER_SIZE)
        for (int j = 0; j < VH_DITHER_SIZE; j++)
            dst[i + j] = (uint8_t)(add_limited(src[i + j], noise[j]) >> 8);
    for (int j = 0; i < n; i++, j++)
        dst[i] = (uint8_t)(add_limited(src[i], noise[j]) >> 8);
}

static void reduce16(uint16_t *restrict dst, const uint16_t *restrict src, int n,
    const uint16_t noise[VH_DITHER_SIZE], int shift)
{
    int i = 0;
    for (; i + VH_DITHER_SIZE <= n; i += VH_DITHER_SIZE)
        for (int j = 0; j < VH_DITHER_SIZE; j++)
            dst[i + j] = (uint16_t)(add_limited(src[i + j], noise[j]) >> shift);
    for (int j = 0; i < n; i++, j++)
        dst[i] = (uint16_t)(add_limited(src[i], noise[j]) >> shift);
}

const struct vh_dsp_depth DEPTH_NAME = {
    .expand8 = expand8,
    .expand16 = expand16,
    .scale8 = scale8,
    .scale16 = scale16,
    .reduce8 = reduce8,
    .reduce16 = reduce16,
};
