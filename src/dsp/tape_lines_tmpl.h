/* Line kernels of the tape simulator, written so that the compiler vectorises them; included once per
 * instruction set with TAPE_LINES_NAME naming the table to fill. Inner loops of fixed length keep the sums in
 * registers.
 *
 * The noise hash is a 32-bit multiply-xorshift mixer of the Murmur type: invertible, full avalanche over its
 * 32 bits, and made of operations every SIMD set has.
 */
#include "dsp/tape_lines.h"

enum { TAPE_BLOCK = 32 };

static void tape_load(float *dst, const uint16_t *src, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = (float)src[i] * (1.0f / 256);
}

static void tape_load_121(float *dst, const uint16_t *a, const uint16_t *b, const uint16_t *c, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = (float)(a[i] + 2 * b[i] + c[i]) * (1.0f / 1024);
}

static void tape_store(uint16_t *dst, const float *src, int n)
{
    for (int i = 0; i < n; i++) {
        float v = src[i] * 256 + 0.5f;
        v = v < 0 ? 0 : v;
        v = v > 65535 ? 65535 : v;
        dst[i] = (uint16_t)(int)v;
    }
}

static void tape_fir(float *dst, const float *src, const float *taps, int n_taps, int n)
{
    int x = 0;
    for (; x + TAPE_BLOCK <= n; x += TAPE_BLOCK) {
        float sum[TAPE_BLOCK] = {0};
        for (int k = 0; k < n_taps; k++)
            for (int i = 0; i < TAPE_BLOCK; i++)
                sum[i] += taps[k] * src[x + k + i];
        for (int i = 0; i < TAPE_BLOCK; i++)
            dst[x + i] = sum[i];
    }
    for (; x < n; x++) {
        float sum = 0;
        for (int k = 0; k < n_taps; k++)
            sum += taps[k] * src[x + k];
        dst[x] = sum;
    }
}

static inline uint32_t tape_hash(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    return h ^ h >> 16;
}

static void tape_noise(float *dst, uint64_t key, int n)
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int i = 0; i < n; i++) {
        uint32_t a = tape_hash((uint32_t)i * 0x9e3779b1u + k0), b = tape_hash(a + k1);
        int sum = (int)(a & 0xffff) + (int)(a >> 16) + (int)(b & 0xffff) + (int)(b >> 16);
        dst[i] = (float)(sum - 131070) * 2.6428998e-5f; /* sqrt(12 / (4 (65536^2 - 1))): unit variance */
    }
}

static void tape_affine(float *dst, float gain, float offset, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = dst[i] * gain + offset;
}

static void tape_add(float *dst, const float *src, float gain, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] += src[i] * gain;
}

static void tape_mix(float *dst, const float *a, float wa, const float *b, float wb, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = a[i] * wa + b[i] * wb;
}

const struct vh_dsp_tape_lines TAPE_LINES_NAME = {
    .load = tape_load,
    .load_121 = tape_load_121,
    .store = tape_store,
    .fir = tape_fir,
    .noise = tape_noise,
    .affine = tape_affine,
    .add = tape_add,
    .mix = tape_mix,
};
