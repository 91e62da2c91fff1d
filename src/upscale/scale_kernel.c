/* See scale_kernel.h. */
#include "scale_kernel.h"

#include <math.h>

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

double vh_scale_kernel(enum vh_scale_filter filter, double x)
{
    static double (*const kernel[])(double) = {spline36, lanczos3, bicubic, bilinear};
    return kernel[filter](x);
}

int vh_scale_reach(enum vh_scale_filter filter)
{
    static const int reach[] = {3, 3, 2, 1};
    return reach[filter];
}

void vh_scale_quantise(int16_t *coef, const double *weight, int n)
{
    double total = 0, left = 0;
    for (int t = 0; t < n; t++)
        total += weight[t];
    for (int t = 0; t < n; t++) {
        double wanted = weight[t] / total * VH_SCALE_ONE + left;
        coef[t] = (int16_t)lrint(wanted);
        left = wanted - coef[t];
    }
}
