/* Colour kernels, one source for every instruction set: see dsp/colour_kernels.h. COLOUR_NAME is the table's
 * name. */
#include "dsp/colour_kernels.h"

#include <math.h>

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

/* x^2.4 for 0 to 1.5, as x^2 times a polynomial for x^0.4 in the square root of x. */
static inline float linearise(float x)
{
    float s = sqrtf(x);
    float q = 1.0507270995292814f + s * (-0.6035308329464585f + s * 0.14121695260567757f);
    q = 0.025689289469466157f + s * (1.4169387631174475f + s * (-1.0309546500415603f + s * q));
    return x * x * q;
}

/* x^(1/2.4) for 0 to 2.9, as t^2 times a polynomial for t^(4/3) in t, the eighth root of x. */
static inline float compress(float x)
{
    float t = sqrtf(sqrtf(sqrtf(x)));
    float q = 0.6896409429290183f + t * (-0.28364005388371566f + t * 0.06408414815297765f);
    q = -0.01821016950747869f + t * (0.5481196951684194f + t * q);
    return t * t * q;
}

static inline float limit(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
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
        float rgb[3], seen[3], light[3], other[3], y = luma[i] - 4096.0f;
        multiply(rgb, p->to_rgb, y, (float)cb[i] - 32768.0f, (float)cr[i] - 32768.0f);
        for (int c = 0; c < 3; c++)
            seen[c] = limit(rgb[c], 0.0f, VH_CURVE_TOP);
        for (int c = 0; c < 3; c++)
            light[c] = linearise(seen[c]);
        multiply(other, p->primaries, light[0], light[1], light[2]);
        for (int c = 0; c < 3; c++)
            rgb[c] = compress(limit(other[c], 0.0f, 2.9f)) + (rgb[c] - seen[c]);
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

static inline float luma_site(
    const uint16_t *a, const uint16_t *b, float below, int width, int cosited, int i)
{
    int x = 2 * i, right = x + 1 < width ? x + 1 : width - 1, left = x > 0 ? x - 1 : 0;
    float here = mixed(a, b, below, x), next = mixed(a, b, below, right);
    return cosited ? (mixed(a, b, below, left) + 2.0f * here + next) * 0.25f : (here + next) * 0.5f;
}

static void luma_at(
    float *restrict dst, const uint16_t *a, const uint16_t *b, float below, int width, int cosited, int n)
{
    int inner = n > 1 ? n - 1 : 1; /* away from the ends there is nothing to decide */
    if (cosited)
        for (int i = 1; i < inner; i++)
            dst[i] = (mixed(a, b, below, 2 * i - 1) + 2.0f * mixed(a, b, below, 2 * i) +
                         mixed(a, b, below, 2 * i + 1)) *
                     0.25f;
    else
        for (int i = 1; i < inner; i++)
            dst[i] = (mixed(a, b, below, 2 * i) + mixed(a, b, below, 2 * i + 1)) * 0.5f;
    dst[0] = luma_site(a, b, below, width, cosited, 0);
    dst[n - 1] = luma_site(a, b, below, width, cosited, n - 1);
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
    .primaries = primaries,
    .luma_at = luma_at,
    .between = between,
    .twice = twice,
    .add = add};
