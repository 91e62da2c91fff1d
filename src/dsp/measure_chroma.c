/* Chroma delay by correlation of gradient magnitudes. Plain C: it runs on a few hundred fields per tape. */
#include "dsp/measure_chroma.h"

#include "core/select.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

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
    return 3 * (size_t)(width / 2 + 1) * (size_t)(height + 1) + 8 * (size_t)(width + height + 2);
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
static double gradient(float *dst, const float *src, ptrdiff_t step, int n)
{
    double mean = 0, energy = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t a = (i ? i - 1 : 0) * step, b = (i < n - 1 ? i + 1 : i) * step;
        dst[i] = fabsf(src[b] - src[a]);
        mean += (double)dst[i];
    }
    float middle = (float)(mean / n);
    for (int i = 0; i < n; i++) {
        dst[i] -= middle;
        energy += (double)(dst[i] * dst[i]);
    }
    return energy;
}

/* A run of samples along a line or down a column, of luma and both chroma planes. */
struct runs {
    const struct grid *g;
    ptrdiff_t step, next;  /* to the next sample of a run, to the next run */
    int n, n_runs, first;  /* samples of a run, number of runs, first run */
    float *luma, *cb, *cr; /* scratch: gradients of one run */
    double *energy;        /* scratch: one of each run */
};

enum { BOTH, CB, CR, N_READINGS }; /* as in struct vh_chroma_curves */

/* Fills cb and cr with the gradients of run i; their energies, and that of their sum. */
static void chroma_gradients(const struct runs *r, int i, double energy[N_READINGS])
{
    energy[CB] = gradient(r->cb, r->g->cb + i * r->next, r->step, r->n);
    energy[CR] = gradient(r->cr, r->g->cr + i * r->next, r->step, r->n);
    double product = 0;
    for (int x = 0; x < r->n; x++)
        product += (double)(r->cb[x] * r->cr[x]);
    energy[BOTH] = energy[CB] + energy[CR] + 2 * product;
}

/* Products at all shifts at once: the inner loop runs over the shifts, which the compiler makes vectors of.
 */
static void correlate(float sum[VH_DELAY_LAGS], const float *luma, const float *chroma, int from, int to)
{
    memset(sum, 0, VH_DELAY_LAGS * sizeof *sum);
    for (int x = from; x < to; x++)
        for (int d = 0; d < VH_DELAY_LAGS; d++)
            sum[d] += luma[x] * chroma[x + d - VH_DELAY_REACH];
}

static void add_correlation(
    struct vh_delay_curve *curve, const float *cb, const float *cr, double el, double ec, double quiet)
{
    if (ec <= 0)
        return;
    double weight = ec / (ec + 3 * quiet), scale = weight * weight / sqrt(el * ec);
    for (int d = 0; d < VH_DELAY_LAGS; d++)
        curve->corr[d] += ((cb ? (double)cb[d] : 0) + (cr ? (double)cr[d] : 0)) * scale;
    curve->weight += weight * weight;
}

/* Adds one run to the curve of both planes, and to those of each where they are wanted. `quiet` is the energy
 * of a run without colour edges of its own, which is noise. */
static void add_run(struct vh_delay_curve *both, struct vh_delay_curve *plane, const struct runs *r, int i,
    const double quiet[N_READINGS])
{
    int margin = r->n > 4 * MARGIN ? MARGIN : VH_DELAY_REACH;
    double energy[N_READINGS], el = gradient(r->luma, r->g->luma + i * r->next, r->step, r->n);
    float cb[VH_DELAY_LAGS], cr[VH_DELAY_LAGS];
    if (el <= 0)
        return;
    chroma_gradients(r, i, energy);
    correlate(cb, r->luma, r->cb, margin, r->n - margin);
    correlate(cr, r->luma, r->cr, margin, r->n - margin);
    add_correlation(both, cb, cr, el, energy[BOTH], quiet[BOTH]);
    if (!plane)
        return;
    add_correlation(&plane[0], cb, NULL, el, energy[CB], quiet[CB]);
    add_correlation(&plane[1], NULL, cr, el, energy[CR], quiet[CR]);
}

/* The energies that the quietest fifth of the runs stays below. */
static void quiet_energies(const struct runs *r, double quiet[N_READINGS])
{
    double *energy = r->energy, of_run[N_READINGS];
    for (int i = 0; i < r->n_runs; i++) {
        chroma_gradients(r, r->first + i, of_run);
        for (int k = 0; k < N_READINGS; k++)
            energy[k * r->n_runs + i] = of_run[k];
    }
    for (int k = 0; k < N_READINGS; k++)
        quiet[k] = vh_select_rank(energy + k * r->n_runs, r->n_runs, r->n_runs / 5);
}

static void add_runs(struct vh_delay_curve *both, struct vh_delay_curve *plane, const struct runs *r,
    const double quiet[N_READINGS])
{
    for (int k = 0; k < (plane ? N_READINGS : 1); k++)
        (k ? &plane[k - 1] : both)->n_runs += r->n_runs;
    for (int i = 0; i < r->n_runs; i++)
        add_run(both, plane, r, r->first + i, quiet);
}

/* Lays the scratch of the runs out behind the planes. */
static void lay_out_runs(struct runs *r)
{
    uintptr_t at = (uintptr_t)r->g->work + sizeof(double) - 1;
    r->energy = (double *)(at - at % sizeof(double));
    r->luma = (float *)(r->energy + N_READINGS * r->n_runs);
    r->cb = r->luma + r->n;
    r->cr = r->cb + r->n;
}

void vh_measure_chroma_x(
    struct vh_chroma_curves *curves, const struct vh_chroma_planes *field, float *scratch)
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
    lay_out_runs(&r);
    double quiet[N_READINGS];
    bool has_before = field->cb_before && field->cr_before;
    if (has_before) {
        noise_to_grid(g.cb, field->cb, field->cb_before, &g, field);
        noise_to_grid(g.cr, field->cr, field->cr_before, &g, field);
        quiet_energies(&r, quiet);
        for (int k = 0; k < N_READINGS; k++)
            quiet[k] += least;
    }
    fill_grid(&g, field);
    if (!has_before)
        quiet_energies(&r, quiet);
    add_runs(&curves->both, curves->plane, &r, quiet);
}

void vh_measure_chroma_y(struct vh_delay_curve *curve, const struct vh_chroma_planes *field, float *scratch)
{
    struct grid g;
    if (!lay_out_grid(&g, field, scratch) || g.height < 6 * VH_DELAY_REACH)
        return;
    struct runs r = {.g = &g,
        .step = g.width,
        .next = 1,
        .n = g.height - g.height / 12,
        .n_runs = g.width - 2 * MARGIN,
        .first = MARGIN};
    double quiet[N_READINGS];
    lay_out_runs(&r);
    fill_grid(&g, field);
    quiet_energies(&r, quiet);
    add_runs(curve, NULL, &r, quiet);
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
