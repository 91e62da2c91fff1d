/* The interpolation filter is a Hann-windowed sinc of 12 taps per phase, each phase normalised to unit gain
 * at 0 Hz. The loops run along the samples, so that the compiler vectorises them without touching the order
 * of the sums. */
#include "true_peak.h"

#include <math.h>

void vh_true_peak_init(struct vh_true_peak *tp, int rate_hz)
{
    tp->most = 1;
    tp->factor = rate_hz < 80000 ? 4 : rate_hz < 160000 ? 2 : 1;
    for (int p = 1; p < tp->factor; p++) {
        double value[12], sum = 0;
        for (int k = 0; k < 12; k++) {
            double x = k - VH_TRUE_PEAK_BEFORE - (double)p / tp->factor;
            value[k] = sin(M_PI * x) / (M_PI * x) * pow(cos(M_PI / 2 * x / 6.25), 2);
            sum += value[k];
        }
        float size = 0;
        for (int k = 0; k < 12; k++) {
            tp->tap[p - 1][k] = (float)(value[k] / sum);
            size += fabsf(tp->tap[p - 1][k]);
        }
        tp->most = fmaxf(tp->most, 1.001f * size); /* rounding of the sums */
    }
}

void vh_true_peak_run(const struct vh_true_peak *tp, const float *x, float *peak, int n)
{
    for (int i = 0; i < n; i++)
        peak[i] = fabsf(x[i]);
    for (int p = 1; p < tp->factor; p++) {
        const float *t = tp->tap[p - 1], *y = x - VH_TRUE_PEAK_BEFORE;
        for (int i = 0; i < n; i++) {
            float sum = t[0] * y[i] + t[1] * y[i + 1] + t[2] * y[i + 2] + t[3] * y[i + 3] + t[4] * y[i + 4] +
                        t[5] * y[i + 5] + t[6] * y[i + 6] + t[7] * y[i + 7] + t[8] * y[i + 8] +
                        t[9] * y[i + 9] + t[10] * y[i + 10] + t[11] * y[i + 11];
            float size = fabsf(sum);
            peak[i] = size > peak[i] ? size : peak[i];
        }
    }
}
