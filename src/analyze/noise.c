/* Blocks of a window -> curve of variance over slope energy -> noise. */
#include "analyze/noise.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "middle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLASSES = 10,
    MIN_BLOCKS = 120,   /* for a line */
    FIELD_BLOCKS = 360, /* of one field */
    BLOCK_SAMPLES = 128,
};
#define DARK   20.0f /* means beyond clip the noise */
#define BRIGHT 235.0f

int vh_noise_add(struct vh_noise *noise, const struct vh_dsp_block_noise *dsp, const struct vh_window *window,
    const struct vh_motion *motion)
{
    int n_planes = vh_window_at(window, 0)->n_planes;
    for (int p = 0; p < n_planes; p++) {
        struct vh_noise_plane *plane = &noise->plane[p];
        if (!plane->block)
            plane->block = vh_alloc(VH_NOISE_BLOCKS, sizeof *plane->block);
        if (!plane->block)
            return VH_ERR_RESOURCE;
        if (plane->n + FIELD_BLOCKS <= VH_NOISE_BLOCKS)
            plane->n += vh_evidence_blocks(dsp, window, motion, p, plane->block + plane->n, FIELD_BLOCKS);
    }
    return VH_OK;
}

static int by_gradient(const void *a, const void *b)
{
    float x = ((const struct vh_noise_block *)a)->gradient, y = ((const struct vh_noise_block *)b)->gradient;
    return (x > y) - (x < y);
}

static float median_lag(const struct vh_noise_block *block, int n, float *work)
{
    for (int i = 0; i < n; i++)
        work[i] = block[i].lag;
    float r = vh_select_rank_float(work, n, n / 2);
    return r < 0 ? 0 : r > 0.95f ? 0.95f : r;
}

/* The 20th percentile of the variance of a block of unit variance whose samples correlate by r^k along the
 * line (Wilson and Hilferty's approximation of chi-square). */
static double twentieth(double r)
{
    double n = BLOCK_SAMPLES * (1 - r * r) / (1 + r * r), root = 1 - 2 / (9 * n) - 0.8416 * sqrt(2 / (9 * n));
    return root > 0.85 ? root * root * root : 0.614125;
}

/* v = at_zero + slope g / (1 + bend g): a displacement beyond the width of the detail adds no more. */
struct curve {
    double at_zero, slope;
    double misfit; /* sum of squared errors, each relative to its own v */
};

/* Least squares through the classes' points, each weighted by its own variance; slope and value at 0 are not
 * negative. */
static struct curve fit(const double *gradient, const double *v, double bend)
{
    double s = 0, sg = 0, sv = 0, sgg = 0, sgv = 0, g[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
        double w = 1 / ((v[i] + 0.05) * (v[i] + 0.05));
        g[i] = gradient[i] / (1 + bend * gradient[i]);
        s += w, sg += w * g[i], sv += w * v[i], sgg += w * g[i] * g[i], sgv += w * g[i] * v[i];
    }
    double det = s * sgg - sg * sg;
    struct curve curve = {.at_zero = sv / s};
    if (det > 1e-12 * s * sgg)
        curve.slope = fmax(0, (s * sgv - sg * sv) / det);
    curve.at_zero = fmax(0, (sv - curve.slope * sg) / s);
    for (int i = 0; i < CLASSES; i++) {
        double e = (v[i] - curve.at_zero - curve.slope * g[i]) / (v[i] + 0.05);
        curve.misfit += e * e;
    }
    return curve;
}

/* The straight line, unless a bent one leaves clearly less. */
static struct curve fit_best(const double *gradient, const double *v)
{
    static const double least = 1.0 / 2000, most = 1.0 / 15, gain = 0.7;
    struct curve line = fit(gradient, v, 0), best = line;
    for (double bend = least; bend <= most; bend *= 2) {
        struct curve bent = fit(gradient, v, bend);
        if (bent.misfit < gain * line.misfit && bent.misfit < best.misfit)
            best = bent;
    }
    return best;
}

/* Noise variance of n blocks (sorted by gradient here). */
static double variance_of(struct vh_noise_block *block, int n, float *work)
{
    double g[CLASSES], v[CLASSES], r = median_lag(block, n, work);
    qsort(block, (size_t)n, sizeof *block, by_gradient);
    for (int c = 0; c < CLASSES; c++) {
        int from = n * c / CLASSES, to = n * (c + 1) / CLASSES, m = to - from;
        g[c] = 0;
        for (int i = from; i < to; i++) {
            g[c] += block[i].gradient / m;
            work[i - from] = block[i].variance;
        }
        v[c] = vh_select_rank_float(work, m, m / 5) / twentieth(r);
    }
    struct curve curve = fit_best(g, v);
    /* Noise of variance s adds s ((1 - r^2) / 4 + 1 / 4) to the slopes' energy of the mean of two blocks. */
    double own = curve.slope * ((1 - r * r) / 4 + 0.25);
    return own < 0.5 ? curve.at_zero / (1 - own) : curve.at_zero;
}

/* Moves the blocks that count to the front; returns how many. */
static int choose(struct vh_noise_plane *plane, bool luma)
{
    int n = 0, exact = 0;
    for (int i = 0; i < plane->n; i++)
        exact += plane->block[i].exact;
    bool need_exact = exact >= MIN_BLOCKS;
    for (int i = 0; i < plane->n; i++) {
        const struct vh_noise_block *b = &plane->block[i];
        bool clips = luma && (b->level < DARK || b->level > BRIGHT);
        if (!clips && (b->exact || !need_exact))
            plane->block[n++] = *b;
    }
    return n;
}

static float sigma_of(struct vh_noise_block *block, int n, float *work, double rounding)
{
    return (float)sqrt(fmax(0, variance_of(block, n, work) - rounding));
}

static int by_level(const void *a, const void *b)
{
    float x = ((const struct vh_noise_block *)a)->level, y = ((const struct vh_noise_block *)b)->level;
    return (x > y) - (x < y);
}

/* The same for each quarter of the range of luma that has enough blocks. */
static void add_levels(struct vh_noise_plane *plane, int n, float *work, double rounding)
{
    int from = 0;
    qsort(plane->block, (size_t)n, sizeof *plane->block, by_level);
    for (int l = 0; l < VH_NOISE_LEVELS; l++) {
        int to = from;
        while (
            to < n && (plane->block[to].level < 16 + 219 / 4.0f * (float)(l + 1) || l == VH_NOISE_LEVELS - 1))
            to++;
        if (to - from >= MIN_BLOCKS && plane->n_levels[l] < VH_NOISE_WINDOWS)
            plane->level[l][plane->n_levels[l]++] = sigma_of(plane->block + from, to - from, work, rounding);
        from = to;
    }
}

void vh_noise_end_window(struct vh_noise *noise, double rounding_8bit2)
{
    static const bool is_luma[3] = {true, false, false};
    float *work = vh_alloc(VH_NOISE_BLOCKS, sizeof *work);
    for (int p = 0; p < 3; p++) {
        struct vh_noise_plane *plane = &noise->plane[p];
        int n = plane->n ? choose(plane, is_luma[p]) : 0, w = plane->n_windows;
        plane->n = 0;
        if (!work || n < MIN_BLOCKS || w == VH_NOISE_WINDOWS)
            continue;
        plane->n_windows++;
        plane->n_blocks += n;
        plane->correlation[w] = median_lag(plane->block, n, work);
        plane->sigma[w] = sigma_of(plane->block, n, work, rounding_8bit2);
        if (is_luma[p])
            add_levels(plane, n, work, rounding_8bit2);
    }
    vh_free(work);
}

static struct vh_measurement middle(const float *value, int n)
{
    float sorted[VH_NOISE_WINDOWS];
    struct vh_measurement m = middle_of(value, n, sorted);
    /* Noise is a property of the tape: windows agree on it. One window proves less than three. */
    m.confidence = (1 - 0.25 / n) / (1 + m.spread / (m.value + 1));
    return m;
}

static int report_luma(const struct vh_noise_plane *plane, struct vh_profile *profile)
{
    if (!plane->n_windows)
        return VH_OK;
    struct vh_measurement m = middle(plane->sigma, plane->n_windows);
    snprintf(m.evidence, sizeof m.evidence, "median of %d windows, %ld blocks matched along the motion", m.n,
        plane->n_blocks);
    int status = vh_profile_set(profile, "noise.luma", &m);
    for (int l = 0; l < VH_NOISE_LEVELS && status == VH_OK; l++) {
        char key[] = "noise.luma.0";
        key[sizeof key - 2] = (char)('0' + l);
        if (!plane->n_levels[l])
            continue;
        m = middle(plane->level[l], plane->n_levels[l]);
        snprintf(m.evidence, sizeof m.evidence, "median of %d windows", m.n);
        status = vh_profile_set(profile, key, &m);
    }
    m = middle(plane->correlation, plane->n_windows);
    snprintf(m.evidence, sizeof m.evidence, "median of %d windows", m.n);
    return status == VH_OK ? vh_profile_set(profile, "noise.luma.correlation_x", &m) : status;
}

int vh_noise_report(const struct vh_noise *noise, struct vh_profile *profile)
{
    const struct vh_noise_plane *cb = &noise->plane[1], *cr = &noise->plane[2];
    int status = report_luma(&noise->plane[0], profile);
    if (status != VH_OK || !cb->n_windows || !cr->n_windows)
        return status;
    struct vh_measurement u = middle(cb->sigma, cb->n_windows), v = middle(cr->sigma, cr->n_windows);
    struct vh_measurement m = u.value > v.value ? u : v;
    snprintf(m.evidence, sizeof m.evidence, "Cb %.2f, Cr %.2f; medians of %d windows", u.value, v.value, m.n);
    return vh_profile_set(profile, "noise.chroma", &m);
}

void vh_noise_uninit(struct vh_noise *noise)
{
    for (int p = 0; p < 3; p++)
        vh_freep(&noise->plane[p].block);
}
