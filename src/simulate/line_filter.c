/* Filter design by numeric integration of the wanted response; see the header. Runs once per tape, except the
 * shift. */
#include "line_filter.h"

#include <math.h>

enum { STEPS = 512 }; /* of the integral over frequency; the response is smooth */

static const double pi = 3.14159265358979323846;

struct prototype {
    double cutoff; /* of the Butterworth magnitude, cycles per sample; 0 = all-pass */
    double radius; /* half length of the window, samples */
};

static double sinc(double t)
{
    return fabs(t) < 1e-9 ? 1 : sin(pi * t) / (pi * t);
}

/* The windowed impulse response at time t. */
static double response(const struct prototype *p, double t)
{
    if (fabs(t) >= p->radius)
        return 0;
    double window = 0.5 + 0.5 * cos(pi * t / p->radius);
    if (p->cutoff <= 0)
        return sinc(t) * window;
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
        double f = 0.5 * (i + 0.5) / STEPS, q = f / p->cutoff;
        sum += cos(2 * pi * f * t) / sqrt(1 + q * q * q * q * q * q);
    }
    return sum / STEPS * window;
}

/* Magnitude of the sampled prototype at f, relative to f = 0. */
static double magnitude(const struct prototype *p, double f)
{
    double at_f = response(p, 0), at_0 = at_f;
    for (int n = 1; n < p->radius; n++) { /* the response is even */
        double h = 2 * response(p, n);
        at_f += h * cos(2 * pi * f * n);
        at_0 += h;
    }
    return fabs(at_f / at_0);
}

/* The window widens the response: looks for the Butterworth cut-off that gives -3 dB at `wanted` all the
 * same. */
static struct prototype find_prototype(double wanted)
{
    struct prototype p = {.radius = 16};
    if (wanted <= 0 || wanted >= 0.5)
        return p;
    p.radius = fmin(ceil(2.2 / wanted) + 3, 80);
    double low = wanted * 0.5, high = wanted * 1.5;
    for (int i = 0; i < 30; i++) {
        p.cutoff = (low + high) / 2;
        *(magnitude(&p, wanted) < sqrt(0.5) ? &low : &high) = p.cutoff;
    }
    return p;
}

/* Taps with an echo of strength a, DC gain 1. */
static void fill(
    struct vh_line_filter *filter, const struct prototype *p, const struct vh_line_filter_spec *s, double a)
{
    double behind = a * (0.5 + s->skew / 2), before = a * (0.5 - s->skew / 2), sum = 0;
    for (int k = 0; k < filter->n_taps; k++) {
        /* in[x + k - origin] reaches x after origin - k samples */
        double t = filter->origin - k - s->delay;
        double h = (1 + a) * response(p, t);
        if (a > 0)
            h -= behind * response(p, t - s->distance) + before * response(p, t + s->distance);
        filter->tap[k] = (float)h;
        sum += h;
    }
    for (int k = 0; k < filter->n_taps; k++)
        filter->tap[k] = (float)(filter->tap[k] / sum);
}

static double find_overshoot(const struct vh_line_filter *filter)
{
    double sum = 0, top = 1;
    for (int k = filter->n_taps - 1; k >= 0; k--) {
        sum += filter->tap[k];
        top = fmax(top, sum);
    }
    return top - 1;
}

void vh_line_filter_design(struct vh_line_filter *filter, const struct vh_line_filter_spec *spec)
{
    struct prototype p = find_prototype(spec->cutoff);
    *filter = (struct vh_line_filter){0};
    if (p.cutoff <= 0 && spec->delay == 0 && spec->halo <= 0)
        return;
    double reach = p.radius + fabs(spec->delay) + (spec->halo > 0 ? spec->distance : 0);
    filter->origin = (int)fmin(ceil(reach), VH_LINE_FILTER_MAX / 2);
    filter->n_taps = 2 * filter->origin + 1;
    fill(filter, &p, spec, 0);
    filter->overshoot = find_overshoot(filter);
    if (spec->halo <= filter->overshoot)
        return;
    double low = 0, high = 4;
    for (int i = 0; i < 24; i++) {
        double a = (low + high) / 2;
        fill(filter, &p, spec, a);
        filter->overshoot = find_overshoot(filter);
        *(filter->overshoot < spec->halo ? &low : &high) = a;
    }
}

void vh_line_filter_unit_energy(struct vh_line_filter *filter)
{
    double energy = 0;
    for (int k = 0; k < filter->n_taps; k++)
        energy += (double)filter->tap[k] * filter->tap[k];
    for (int k = 0; k < filter->n_taps; k++)
        filter->tap[k] = (float)(filter->tap[k] / sqrt(energy));
}

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 30; k++) {
        term *= (x / 2 / k) * (x / 2 / k);
        sum += term;
    }
    return sum;
}

void vh_line_filter_shift(float tap[VH_SHIFT_TAPS], double fraction)
{
    const double beta = 6, radius = VH_SHIFT_TAPS / 2 + 0.5, scale = 1 / bessel_i0(beta);
    double value[VH_SHIFT_TAPS], sum = 0;
    for (int k = 0; k < VH_SHIFT_TAPS; k++) {
        double t = k - VH_SHIFT_TAPS / 2 + fraction, r = t / radius;
        value[k] = r * r < 1 ? sinc(t) * bessel_i0(beta * sqrt(1 - r * r)) * scale : 0;
        sum += value[k];
    }
    for (int k = 0; k < VH_SHIFT_TAPS; k++)
        tap[k] = (float)(value[k] / sum);
}
