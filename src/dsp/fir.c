/* Filters along and across lines: the plain C versions, which are the specification, and the design of taps.
 */
#include "fir_simd.h"

#include "core/cpu.h"

#include <math.h>

static void load_c(int16_t *dst, const uint16_t *src, int width, int before, int after)
{
    for (int i = 0; i < before; i++)
        dst[i] = (int16_t)(src[0] - 32768);
    for (int i = 0; i < width; i++)
        dst[before + i] = (int16_t)(src[i] - 32768);
    for (int i = 0; i < after; i++)
        dst[before + width + i] = (int16_t)(src[width - 1] - 32768);
}

static inline uint16_t finish(int32_t sum)
{
    int32_t v = ((sum + VH_FIR_ONE / 2) >> 12) + 32768;
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

static void row_c(uint16_t *dst, const int16_t *src, int width, const int16_t *coef, int n_taps)
{
    for (int x = 0; x < width; x++) {
        int32_t sum = 0;
        for (int t = 0; t < n_taps; t++)
            sum += coef[t] * src[x + t];
        dst[x] = finish(sum);
    }
}

static void col_c(uint16_t *dst, const uint16_t *const *src, int width, const int16_t *coef, int n_taps)
{
    for (int x = 0; x < width; x++) {
        int32_t sum = 0;
        for (int t = 0; t < n_taps; t++)
            sum += coef[t] * (src[t][x] - 32768);
        dst[x] = finish(sum);
    }
}

static void limit_c(uint16_t *dst, const int16_t *src, int width, int margin)
{
    for (int x = 0; x < width; x++) {
        int low = src[x], high = src[x];
        for (int i = 1; i < VH_FIR_LIMIT_SPAN; i++) {
            low = src[x + i] < low ? src[x + i] : low;
            high = src[x + i] > high ? src[x + i] : high;
        }
        int more = (int)(((int64_t)(high - low) * margin) >> 16);
        low = low + 32768 < more ? 0 : low + 32768 - more;
        high = high + 32768 + more > 65535 ? 65535 : high + 32768 + more;
        dst[x] = (uint16_t)(dst[x] < low ? low : dst[x] > high ? high : dst[x]);
    }
}

void vh_dsp_fir_init(struct vh_dsp_fir *fir, unsigned cpu_flags)
{
    *fir = (struct vh_dsp_fir){.load = load_c, .row = row_c, .col = col_c, .limit = limit_c};
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        fir_init_avx2(fir);
#else
    (void)cpu_flags;
#endif
}

void vh_fir_quantise(int16_t *coef, const double *tap, int n, double sum)
{
    int left = (int)lrint(sum * VH_FIR_ONE), largest = 0;
    for (int i = 0; i < n; i++) {
        coef[i] = (int16_t)lrint(tap[i] * VH_FIR_ONE);
        left -= coef[i];
        if (fabs(tap[i]) > fabs(tap[largest]))
            largest = i;
    }
    coef[largest] = (int16_t)(coef[largest] + left);
}

/* Modified Bessel function of the first kind, order 0, by its series. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 40 && term > 1e-12 * sum; k++) {
        term *= (x / 2 / k) * (x / 2 / k);
        sum += term;
    }
    return sum;
}

void vh_fir_fraction(double *tap, int n, double at)
{
    static const double beta = 4.0,
                        pi = 3.14159265358979323846; /* Kaiser: about 45 dB beyond the transition */
    double total = 0;
    for (int i = 0; i < n; i++) {
        double d = i - (n / 2 - 1) - at, u = d / (n / 2.0);
        double sinc = fabs(d) < 1e-9 ? 1 : sin(pi * d) / (pi * d);
        tap[i] = fabs(u) >= 1 ? 0 : sinc * bessel_i0(beta * sqrt(1 - u * u)) / bessel_i0(beta);
        total += tap[i];
    }
    for (int i = 0; i < n; i++)
        tap[i] /= total;
}
