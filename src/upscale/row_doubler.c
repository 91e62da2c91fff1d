/* See row_doubler.h. */
#include "row_doubler.h"

#include <math.h>
#include <string.h>

enum { PAD = 8, REACH = VH_DOUBLE_TAPS / 2 };

static double spline36(double x)
{
    if (x < 1)
        return ((13.0 / 11 * x - 453.0 / 209) * x - 3.0 / 209) * x + 1;
    if (x < 2)
        return ((-6.0 / 11 * (x - 1) + 270.0 / 209) * (x - 1) - 156.0 / 209) * (x - 1);
    return x < 3 ? ((1.0 / 11 * (x - 2) - 45.0 / 209) * (x - 2) + 26.0 / 209) * (x - 2) : 0;
}

static double lanczos3(double x)
{
    static const double pi = 3.14159265358979323846;
    if (x < 1e-9)
        return 1;
    return x < 3 ? 3 * sin(pi * x) * sin(pi * x / 3) / (pi * pi * x * x) : 0;
}

/* Catmull and Rom's. */
static double bicubic(double x)
{
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

static double bilinear(double x)
{
    return x < 1 ? 1 - x : 0;
}

/* Taps at `part` of the way from the third to the fourth. */
static void make_taps(int16_t coef[VH_DOUBLE_TAPS], enum vh_scale_filter filter, double part)
{
    static double (*const kernel[])(double) = {spline36, lanczos3, bicubic, bilinear};
    double tap[VH_DOUBLE_TAPS], total = 0, left = 0;
    for (int t = 0; t < VH_DOUBLE_TAPS; t++)
        total += tap[t] = kernel[filter](fabs(t - (REACH - 1) - part));
    for (int t = 0; t < VH_DOUBLE_TAPS; t++) {
        double wanted = tap[t] / total * VH_DOUBLE_ONE + left;
        coef[t] = (int16_t)lrint(wanted);
        left = wanted - coef[t];
    }
}

bool vh_row_doubler_fits(struct vh_axis x, int in, int out)
{
    return out == 2 * in && fabs(x.step - 0.5) < 1e-9 && fabs(x.start) < PAD - REACH - 1 && in >= 2 * PAD;
}

void vh_row_doubler_init(struct vh_row_doubler *doubler, enum vh_scale_filter filter, struct vh_axis x,
    int width, unsigned cpu_flags)
{
    vh_dsp_double_line_init(&doubler->dsp, cpu_flags);
    vh_dsp_fir_init(&doubler->fir, cpu_flags);
    doubler->width = width;
    for (int k = 0; k < 2; k++) {
        double at = x.start + x.step * (k + 0.5) - 0.5, whole = floor(at);
        make_taps(doubler->coef[k], filter, at - whole);
        doubler->at[k] = PAD + (int)whole - (REACH - 1);
    }
}

size_t vh_row_doubler_scratch(int width)
{
    return (size_t)width + 2 * PAD + VH_DOUBLE_SLACK + VH_FIR_SLACK;
}

void vh_row_doubler_line(
    const struct vh_row_doubler *doubler, uint16_t *dst, const uint16_t *src, int16_t *scratch)
{
    int16_t *line = scratch + PAD, *last = line + doubler->width - 1;
    doubler->fir.load(scratch, src, doubler->width, PAD, PAD);
    for (int i = 0; i < PAD; i++) {
        line[-1 - i] = line[i];
        last[1 + i] = last[-i];
    }
    doubler->dsp.run(
        dst, scratch, doubler->width, (const int16_t(*)[VH_DOUBLE_TAPS])doubler->coef, doubler->at);
}
