/* Anti-ringing kernels, one source for every instruction set: see dsp/antiring.h. ANTIRING_NAME is the
 * table's name; ANTIRING_SPREAD and ANTIRING_CLAMP, where defined, replace the table look-up, which compilers
 * do not vectorise, and the clamp, for which they widen to 32 bits.
 */
#include "dsp/antiring.h"

static inline uint16_t smaller(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static inline uint16_t larger(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static void pairs(
    uint16_t *restrict low, uint16_t *restrict high, const uint16_t *a, const uint16_t *b, int n)
{
    for (int i = 0; i + 1 < n; i++) {
        low[i] = smaller(smaller(a[i], a[i + 1]), smaller(b[i], b[i + 1]));
        high[i] = larger(larger(a[i], a[i + 1]), larger(b[i], b[i + 1]));
    }
    low[n - 1] = smaller(a[n - 1], b[n - 1]);
    high[n - 1] = larger(a[n - 1], b[n - 1]);
}

#ifndef ANTIRING_SPREAD
#define ANTIRING_SPREAD spread
static void spread(
    uint16_t *restrict dst, const uint16_t *restrict src, const uint16_t *restrict index, int n)
{
    for (int i = 0; i < n; i++)
        dst[i] = src[index[i]];
}
#endif

#ifndef ANTIRING_CLAMP
#define ANTIRING_CLAMP clamp
static void clamp(
    uint16_t *restrict dst, const uint16_t *restrict low, const uint16_t *restrict high, int n, int strength)
{
    /* Overshoot and undershoot separately: each fits 16 bits, and one of them is always 0. */
    for (int i = 0; i < n; i++) {
        uint16_t over = (uint16_t)(larger(dst[i], high[i]) - high[i]);
        uint16_t under = (uint16_t)(low[i] - smaller(dst[i], low[i]));
        dst[i] = (uint16_t)(dst[i] - ((over * strength + 255) >> 8) + ((under * strength) >> 8));
    }
}
#endif

const struct vh_dsp_antiring ANTIRING_NAME = {
    .pairs = pairs, .spread = ANTIRING_SPREAD, .clamp = ANTIRING_CLAMP};
