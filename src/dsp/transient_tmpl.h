/* The transient kernel, one source for every instruction set: see dsp/transient.h. TRANSIENT_NAME is the
 * table's name. */
#include "dsp/transient.h"

static inline int smaller(int a, int b)
{
    return a < b ? a : b;
}

static inline int larger(int a, int b)
{
    return a > b ? a : b;
}

static void line(uint16_t *restrict dst, const int16_t *restrict src, int n, int amount)
{
    enum { STEP = VH_TRANSIENT_STEP, CORE = 256 * VH_TRANSIENT_CORE };
    for (int x = 0; x < n; x++) {
        int a = src[x - STEP], b = src[x - 1], c = src[x], d = src[x + 1], e = src[x + STEP];
        int low = smaller(smaller(a, b), smaller(smaller(d, e), c));
        int high = larger(larger(a, b), larger(larger(d, e), c));
        int curve = a - 2 * c + e;
        int cored = larger(curve - CORE, 0) + smaller(curve + CORE, 0);
        int v = c - ((cored * amount + 512) >> 10);
        dst[x] = (uint16_t)(smaller(larger(v, low), high) + 32768);
    }
}

const struct vh_dsp_transient TRANSIENT_NAME = {.line = line};
