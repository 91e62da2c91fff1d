/* Colour kernels, one source for every instruction set: see dsp/colour_kernels.h. COLOUR_NAME is the table's
 * name. */
#include "dsp/colour_kernels.h"

#ifndef COLOUR_PRIMARIES
#define COLOUR_PRIMARIES primaries
#endif

static inline uint16_t to_u16(float value)
{
    value += 0.5f;
    value = value < 0.0f ? 0.0f : value;
    value = value > 65535.0f ? 65535.0f : value;
    return (uint16_t)(int)value;
}

static void matrix(float *restrict delta, uint16_t *cb_out, uint16_t *cr_out, const uint16_t *cb,
    const uint16_t *cr, int n, const struct vh_dsp_colour_params *p)
{
    const float dcb = p->delta_cb, dcr = p->delta_cr, bb = p->cb_cb, br = p->cb_cr, rb = p->cr_cb,
                rr = p->cr_cr;
    for (int i = 0; i < n; i++) {
        float b = (float)cb[i] - 32768.0f, r = (float)cr[i] - 32768.0f;
        delta[i] = dcb * b + dcr * r;
        cb_out[i] = to_u16(bb * b + br * r + 32768.0f);
        cr_out[i] = to_u16(rb * b + rr * r + 32768.0f);
    }
}

static inline float linearise(const float *value, float x)
{
    float at = x * (float)(VH_CURVE_LINEAR / VH_CURVE_TOP);
    at = at > VH_CURVE_LINEAR - 1 ? VH_CURVE_LINEAR - 1 : at;
    int cell = (int)at;
    return value[cell] + (value[cell + 1] - value[cell]) * (at - (float)cell);
}

/* The cell is the exponent with the upper bits of the mantissa, the weight is the rest of the mantissa. */
static inline float compress(const float *value, float x)
{
    const float lowest = 0x1p-26f, top = 0x1.fffffep0f;
    union {
        float f;
        int32_t i;
    } bits = {.f = x < lowest ? lowest : x > top ? top : x}, low = {.f = lowest};
    int32_t above = bits.i - low.i;
    int cell = above / (0x800000 / VH_CURVE_PER_OCTAVE);
    float weight = (float)(above & (0x800000 / VH_CURVE_PER_OCTAVE - 1)) * (VH_CURVE_PER_OCTAVE / 8388608.0f);
    return value[cell] + (value[cell + 1] - value[cell]) * weight;
}

static inline void multiply(float out[3], const float m[3][3], float a, float b, float c)
{
    for (int i = 0; i < 3; i++)
        out[i] = m[i][0] * a + m[i][1] * b + m[i][2] * c;
}

static void primaries(float *restrict delta, uint16_t *cb_out, uint16_t *cr_out, const float *restrict luma,
    const uint16_t *cb, const uint16_t *cr, int n, const struct vh_dsp_colour_params *p)
{
    for (int i = 0; i < n; i++) {
        float rgb[3], light[3], other[3], y = luma[i] - 4096.0f;
        multiply(rgb, p->to_rgb, y, (float)cb[i] - 32768.0f, (float)cr[i] - 32768.0f);
        for (int c = 0; c < 3; c++)
            light[c] = linearise(p->linearise, rgb[c] > 0.0f ? rgb[c] : 0.0f);
        multiply(other, p->primaries, light[0], light[1], light[2]);
        for (int c = 0; c < 3; c++)
            rgb[c] = compress(p->compress, other[c]) + (rgb[c] < 0.0f ? rgb[c] : 0.0f);
        multiply(other, p->to_ycc, rgb[0], rgb[1], rgb[2]);
        delta[i] = other[0] - y;
        cb_out[i] = to_u16(other[1] + 32768.0f);
        cr_out[i] = to_u16(other[2] + 32768.0f);
    }
}

static inline float mixed(const uint16_t *a, const uint16_t *b, float below, int x)
{
    return (float)a[x] + ((float)b[x] - (float)a[x]) * below;
}

static void luma_at(
    float *restrict dst, const uint16_t *a, const uint16_t *b, float below, int width, int cosited, int n)
{
    for (int i = 0; i < n; i++) {
        int x = 2 * i, right = x + 1 < width ? x + 1 : width - 1, left = x > 0 ? x - 1 : 0;
        float here = mixed(a, b, below, x), next = mixed(a, b, below, right);
        dst[i] = cosited ? (mixed(a, b, below, left) + 2.0f * here + next) * 0.25f : (here + next) * 0.5f;
    }
}

static void between(float *restrict dst, const float *a, const float *b, float below, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = a[i] + (b[i] - a[i]) * below;
}

static void twice(float *restrict dst, const float *restrict src, float before, float after, int width)
{
    int n = (width + 1) / 2;
    dst[0] = src[0];
    for (int i = 1; i < n; i++)
        dst[2 * i] = src[i] + (src[i - 1] - src[i]) * before;
    for (int i = 0; i + 1 < n; i++)
        dst[2 * i + 1] = src[i] + (src[i + 1] - src[i]) * after;
    if (width % 2 == 0)
        dst[width - 1] = src[n - 1];
}

static void add(uint16_t *dst, const uint16_t *y, const float *delta, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = to_u16((float)y[i] + delta[i]);
}

const struct vh_dsp_colour COLOUR_NAME = {.matrix = matrix,
    .primaries = COLOUR_PRIMARIES,
    .luma_at = luma_at,
    .between = between,
    .twice = twice,
    .add = add};
