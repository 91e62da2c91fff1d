/* Sideways displacement of lines by least squares, and its smoothing. */
#include "evidence/line_shift.h"

#include <math.h>
#include <stdbool.h>

enum { MARGIN = 8 };
static const float LARGEST = 2.5f; /* samples: beyond, the linear model does not hold */

/* Mean of the predictions at (x, row) and how much they disagree, in codes and codes^2. */
static float mean_of(const uint16_t *const *line, int n, int x, float *disagreement)
{
    float sum = 0, square = 0;
    for (int r = 0; r < n; r++) {
        float v = (float)line[r][x] * (1.0f / 256);
        sum += v;
        square += v * v;
    }
    sum /= (float)n;
    *disagreement = square / (float)n - sum * sum;
    return sum;
}

static void measure_line(const struct vh_line_shift_job *job, int y)
{
    const uint16_t *line[VH_LINE_SHIFT_REFS], *own = job->field.data + y * job->field.stride;
    float noise = job->sigma_8bit * job->sigma_8bit, unused, spread;
    double top = 0, bottom = 0;
    for (int r = 0; r < job->n_refs; r++)
        line[r] = job->ref[r].data + y * job->ref[r].stride;
    float left = mean_of(line, job->n_refs, MARGIN - 1, &unused);
    float here = mean_of(line, job->n_refs, MARGIN, &spread);
    for (int x = MARGIN; x < job->field.width - MARGIN; x++) {
        float next_spread, right = mean_of(line, job->n_refs, x + 1, &next_spread);
        float slope = (right - left) * 0.5f, d = (float)own[x] * (1.0f / 256) - here;
        float w = 1 / ((4 + noise + 4 * spread) * (1 + d * d / (400 + 10 * noise)));
        top += (double)(w * slope * d);
        bottom += (double)(w * slope * slope);
        left = here, here = right, spread = next_spread;
    }
    float shift = bottom > 1e-3 ? (float)(top / bottom) : 0;
    bool good = bottom > 1e-3 && fabsf(shift) < LARGEST;
    job->shift[y] = good ? shift : 0;
    job->weight[y] = good ? (float)bottom : 0;
}

void vh_line_shift_measure(const struct vh_line_shift_job *job, int y0, int y1)
{
    for (int y = y0; y < y1; y++)
        measure_line(job, y);
}

/* Variance, correlation of neighbours, and high-frequency jitter of the raw shifts, all less their measuring
 * noise. */
struct moments {
    double variance, correlation, jitter;
};

static struct moments moments_of(const float *shift, const float *weight, int n)
{
    struct moments m = {0};
    double square = 0, product = 0, bent = 0, noise = 0, bent_noise = 0, n1 = 0, n2 = 0, n3 = 0;
    for (int y = 0; y < n; y++) {
        if (weight[y] <= 0)
            continue;
        square += (double)shift[y] * shift[y], noise += 1.0 / weight[y], n1++;
        if (y && weight[y - 1] > 0)
            product += (double)shift[y] * shift[y - 1], n2++;
        if (y && y < n - 1 && weight[y - 1] > 0 && weight[y + 1] > 0) {
            double b = shift[y] - 0.5 * (shift[y - 1] + shift[y + 1]);
            bent += b * b, n3++;
            bent_noise += 1.0 / weight[y] + 0.25 / weight[y - 1] + 0.25 / weight[y + 1];
        }
    }
    m.variance = n1 > 0 ? fmax(0, (square - noise) / n1) : 0;
    m.correlation = n2 > 0 && m.variance > 0 ? fmin(0.95, fmax(0, product / n2 / m.variance)) : 0;
    m.jitter = n3 > 0 ? sqrt(fmax(0, (bent - bent_noise) / n3 / 1.5)) : 0;
    return m;
}

float vh_line_shift_smooth(float *shift, const float *weight, int n, float *scratch)
{
    struct moments m = moments_of(shift, weight, n);
    double rho = m.correlation, drive = m.variance * (1 - rho * rho), s = 0, v = m.variance;
    float *variance = scratch;
    for (int y = 0; y < n; y++) { /* down: shift[y] and variance[y] become the filtered ones */
        double ps = rho * s, pv = rho * rho * v + drive;
        double gain = weight[y] > 0 ? pv / (pv + 1.0 / weight[y]) : 0;
        s = ps + gain * (shift[y] - ps);
        v = (1 - gain) * pv;
        shift[y] = (float)s;
        variance[y] = (float)v;
    }
    for (int y = n - 2; y >= 0; y--) { /* up */
        double pv = rho * rho * variance[y] + drive;
        double back = pv > 0 ? rho * variance[y] / pv : 0;
        shift[y] += (float)(back * (shift[y + 1] - rho * shift[y]));
    }
    return (float)m.jitter;
}
