/* Table of windowed-sinc taps. The taps of each fraction sum to 1, so a constant comes through exactly. */
#include "sinc.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>

#define PHASES 1024
#define BETA   9.0

struct vh_sinc {
    float tap[PHASES + 1][VH_SINC_TAPS];
};

/* Modified Bessel function of order 0 by its power series; arguments up to BETA converge in 30 terms. */
static double bessel0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 40; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static void fill(float *tap, double fraction)
{
    double value[VH_SINC_TAPS], sum = 0;
    for (int i = 0; i < VH_SINC_TAPS; i++) {
        double x = i - (VH_SINC_HALF - 1) - fraction, u = x / VH_SINC_HALF;
        double window = fabs(u) < 1 ? bessel0(BETA * sqrt(1 - u * u)) / bessel0(BETA) : 0;
        value[i] = (fabs(x) < 1e-12 ? 1 : sin(M_PI * x) / (M_PI * x)) * window;
        sum += value[i];
    }
    for (int i = 0; i < VH_SINC_TAPS; i++)
        tap[i] = (float)(value[i] / sum);
}

int vh_sinc_create(struct vh_sinc **sinc)
{
    *sinc = vh_alloc(1, sizeof **sinc);
    if (!*sinc)
        return VH_ERR_RESOURCE;
    for (int p = 0; p <= PHASES; p++)
        fill((*sinc)->tap[p], p / (double)PHASES);
    return VH_OK;
}

void vh_sinc_destroy(struct vh_sinc **sinc)
{
    vh_freep(sinc);
}

float vh_sinc_at(const struct vh_sinc *sinc, const float *at, double fraction)
{
    double place = fraction * PHASES;
    int phase = (int)place;
    phase = phase < 0 ? 0 : phase >= PHASES ? PHASES - 1 : phase;
    float w = (float)(place - phase), lane[8] = {0};
    const float *a = sinc->tap[phase], *b = sinc->tap[phase + 1], *x = at - (VH_SINC_HALF - 1);
    for (int i = 0; i < VH_SINC_TAPS; i += 8)
        for (int k = 0; k < 8; k++)
            lane[k] += x[i + k] * (a[i + k] + w * (b[i + k] - a[i + k]));
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

float vh_sinc_near(const struct vh_sinc *sinc, const float *at, double fraction)
{
    int phase = (int)(fraction * PHASES + 0.5);
    const float *tap = sinc->tap[phase < 0        ? 0
                                 : phase > PHASES ? PHASES
                                                  : phase],
                *x = at - (VH_SINC_HALF - 1);
    float lane[8] = {0};
    for (int i = 0; i < VH_SINC_TAPS; i += 8)
        for (int k = 0; k < 8; k++)
            lane[k] += x[i + k] * tap[i + k];
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}
