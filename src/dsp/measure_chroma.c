/* Chroma delay by correlation of gradient magnitudes. Plain C: it runs on a few hundred fields per tape. */
#include "dsp/measure_chroma.h"

#include "core/select.h"

#include <math.h>
#include <stdbool.h>

enum {
    LOWPASS = 7, /* two box passes of this many half-rate samples: about the bandwidth of tape chroma */
    MARGIN = 20, /* half-rate samples left out at both ends of a line */
    MIN_HALF = 64,
};

/* A grid of floats: width half-rate samples by chroma field lines. */
struct grid {
    float *luma, *cb, *cr, *work;
    int width, height;
};

size_t vh_measure_chroma_scratch(int width, int height)
{
    return 6 * (size_t)(width / 2 + 1) * (size_t)(height + 1);
}

static void box_row(float *dst, const float *src, int n)
{
    const int half = LOWPASS / 2;
    double sum = 0;
    for (int i = -half; i <= half; i++)
        sum += src[i < 0 ? 0 : i >= n ? n - 1 : i];
    for (int x = 0; x < n; x++) {
        int out = x - half, in = x + half + 1;
        dst[x] = (float)(sum / LOWPASS);
        sum += (double)src[in >= n ? n - 1 : in] - src[out < 0 ? 0 : out];
    }
}

static void lowpass_rows(float *plane, float *work, int width, int height)
{
    for (int y = 0; y < height; y++) {
        box_row(work, plane + (ptrdiff_t)y * width, width);
        box_row(plane + (ptrdiff_t)y * width, work, width);
    }
}

/* Mean of the luma samples that one grid point covers: [1 2 1] along the line, the lines of one chroma line.
 */
static void luma_to_grid(struct grid *g, const struct vh_chroma_planes *f)
{
    int lines = 1 << f->sub_y;
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) {
            float sum = 0;
            for (int k = 0; k < lines; k++) {
                int at = y * lines + k < f->height ? y * lines + k : f->height - 1;
                const uint16_t *s = f->luma + at * f->luma_stride + 2 * x;
                sum += (float)s[x ? -1 : 0] + 2.0f * s[0] + s[2 * x + 1 < f->width ? 1 : 0];
            }
            g->luma[(ptrdiff_t)y * g->width + x] = sum / (4.0f * (float)lines);
        }
}

static void chroma_to_grid(
    float *dst, const uint16_t *src, ptrdiff_t stride, const struct grid *g, const struct vh_chroma_planes *f)
{
    int step = f->sub_x ? 1 : 2, width = (f->width + f->sub_x) >> f->sub_x;
    for (int y = 0; y < g->height; y++) {
        const uint16_t *s = src + y * stride;
        for (int x = 0; x < g->width; x++) {
            int at = x * step;
            float left = s[at ? at - 1 : 0], right = s[at + 1 < width ? at + 1 : at];
            dst[(ptrdiff_t)y * g->width + x] = step == 1 ? s[at] : (left + 2 * s[at] + right) / 4;
        }
    }
}

/* What noise does: the difference of two fields, over the root of two. */
static void noise_to_grid(float *dst, const uint16_t *src, const uint16_t *before, const struct grid *g,
    const struct vh_chroma_planes *f)
{
    chroma_to_grid(dst, src, f->chroma_stride, g, f);
    chroma_to_grid(g->luma, before, f->before_stride, g, f);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)g->width * g->height; i++)
        dst[i] = (dst[i] - g->luma[i]) * 0.70710678f;
    lowpass_rows(dst, g->work, g->width, g->height);
}

static bool lay_out_grid(struct grid *g, const struct vh_chroma_planes *f, float *scratch)
{
    g->width = f->width / 2;
    g->height = f->height >> f->sub_y;
    if (g->width < MIN_HALF || g->height < 8 || f->sub_x > 1)
        return false;
    size_t n = (size_t)g->width * (size_t)g->height;
    g->luma = scratch;
    g->cb = scratch + n;
    g->cr = scratch + 2 * n;
    g->work = scratch + 3 * n;
    return true;
}

static void fill_grid(struct grid *g, const struct vh_chroma_planes *f)
{
    luma_to_grid(g, f);
    chroma_to_grid(g->cb, f->cb, f->chroma_stride, g, f);
    chroma_to_grid(g->cr, f->cr, f->chroma_stride, g, f);
    lowpass_rows(g->luma, g->work, g->width, g->height);
    lowpass_rows(g->cb, g->work, g->width, g->height);
    lowpass_rows(g->cr, g->work, g->width, g->height);
}

/* n values of `src`, `step` apart, become magnitudes of central differences in dst; their mean is taken off.
 * Returns the energy left. */
static double gradient(double *dst, const float *src, ptrdiff_t step, int n, const float *also)
{
    double mean = 0, energy = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t a = (i ? i - 1 : 0) * step, b = (i < n - 1 ? i + 1 : i) * step;
        dst[i] = fabs((double)src[b] - src[a]) + (also ? fabs((double)also[b] - also[a]) : 0);
        mean += dst[i];
    }
    for (int i = 0; i < n; i++) {
        dst[i] -= mean / n;
        energy += dst[i] * dst[i];
    }
    return energy;
}

/* A run of samples along a line or down a column, of luma and both chroma planes. */
struct runs {
    const struct grid *g;
    ptrdiff_t step, next; /* to the next sample of a run, to the next run */
    int n, n_runs, first; /* samples of a run, number of runs, first run */
};

static double run_energy(const struct runs *r, int i, double *work)
{
    return gradient(work, r->g->cb + i * r->next, r->step, r->n, r->g->cr + i * r->next);
}

/* Adds one run. `quiet` is the energy of a run without colour edges of its own, which is noise. */
static void add_run(struct vh_delay_curve *curve, const struct runs *r, int i, double quiet, double *work)
{
    double *luma = work, *chroma = work + r->n;
    int margin = r->n > 4 * MARGIN ? MARGIN : VH_DELAY_REACH;
    double el = gradient(luma, r->g->luma + i * r->next, r->step, r->n, NULL), ec = run_energy(r, i, chroma);
    if (el <= 0 || ec <= 0)
        return;
    double weight = ec / (ec + 3 * quiet), scale = weight * weight / sqrt(el * ec);
    for (int d = -VH_DELAY_REACH; d <= VH_DELAY_REACH; d++) {
        double sum = 0;
        for (int x = margin; x < r->n - margin; x++)
            sum += luma[x] * chroma[x + d];
        curve->corr[VH_DELAY_REACH + d] += sum * scale;
    }
    curve->weight += weight * weight;
}

/* The energy that the quietest fifth of the runs stays below. */
static double quiet_energy(const struct runs *r, double *work)
{
    double *energy = work + 2 * r->n;
    for (int i = 0; i < r->n_runs; i++)
        energy[i] = run_energy(r, r->first + i, work);
    return vh_select_rank(energy, r->n_runs, r->n_runs / 5);
}

static void add_runs(struct vh_delay_curve *curve, const struct runs *r, double quiet, double *work)
{
    curve->n_runs += r->n_runs;
    for (int i = 0; i < r->n_runs; i++)
        add_run(curve, r, r->first + i, quiet, work);
}

/* What follows the three planes in the scratch memory, as doubles. */
static double *work_of(const struct grid *g)
{
    uintptr_t at = (uintptr_t)(g->work) + sizeof(double) - 1;
    return (double *)(at - at % sizeof(double));
}

void vh_measure_chroma_x(struct vh_delay_curve *curve, const struct vh_chroma_planes *field, float *scratch)
{
    static const double least = 0.5 * 65536; /* what 8-bit steps do to a run that has no edges */
    struct grid g;
    if (!lay_out_grid(&g, field, scratch))
        return;
    struct runs r = {.g = &g,
        .step = 1,
        .next = g.width,
        .n = g.width,
        .n_runs = g.height - g.height / 12 - 2,
        .first = 2};
    if (r.n_runs <= 0)
        return;
    double quiet = -1;
    if (field->cb_before && field->cr_before) {
        noise_to_grid(g.cb, field->cb, field->cb_before, &g, field);
        noise_to_grid(g.cr, field->cr, field->cr_before, &g, field);
        quiet = quiet_energy(&r, work_of(&g)) + least;
    }
    fill_grid(&g, field);
    add_runs(curve, &r, quiet < 0 ? quiet_energy(&r, work_of(&g)) : quiet, work_of(&g));
}

void vh_measure_chroma_y(struct vh_delay_curve *curve, const struct vh_chroma_planes *field, float *scratch)
{
    struct grid g;
    if (!lay_out_grid(&g, field, scratch) || g.height < 6 * VH_DELAY_REACH)
        return;
    fill_grid(&g, field);
    struct runs r = {.g = &g,
        .step = g.width,
        .next = 1,
        .n = g.height - g.height / 12,
        .n_runs = g.width - 2 * MARGIN,
        .first = MARGIN};
    add_runs(curve, &r, quiet_energy(&r, work_of(&g)), work_of(&g));
}

struct vh_delay vh_delay_of(const struct vh_delay_curve *curve)
{
    struct vh_delay delay = {0};
    const double *c = curve->corr;
    int best = 1;
    if (curve->weight <= 0)
        return delay;
    for (int i = 1; i < VH_DELAY_LAGS - 1; i++)
        if (c[i] > c[best])
            best = i;
    double bend = c[best - 1] - 2 * c[best] + c[best + 1];
    if (bend >= 0 || c[best] <= 0)
        return delay;
    delay.value = best - VH_DELAY_REACH + 0.5 * (c[best - 1] - c[best + 1]) / bend;
    delay.peak = c[best] / curve->weight;
    delay.share = curve->n_runs > 0 ? curve->weight / curve->n_runs : 0;
    delay.contrast = delay.peak - (c[0] + c[VH_DELAY_LAGS - 1]) / (2 * curve->weight);
    return delay;
}
