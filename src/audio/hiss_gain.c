/* Loops over bins, each without a look at its neighbours but the covariance's average, so that most
 * vectorise. */
#include "hiss_gain.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define AHEAD     2                      /* frames the covariance knows beyond the one it is for */
#define SIDE      (VH_HISS_LATE - AHEAD) /* frames to each side whose first estimates make the second's */
#define KEEP      0.6f                   /* of the covariance from frame to frame */
#define ALPHA     0.85f                  /* decision-directed memory per half frame (sound.md) */
#define XI_LEAST  0.003f                 /* -25 dB: Cappe 1994, the floor that hides musical noise */
#define N_FRAMES  (VH_HISS_LATE + SIDE + 1)
#define LUT_STEPS 512   /* table of exp(E1(v)/2) over log v from 1e-4 to 40 */
#define LIKE_KEEP 0.98f /* memory of the noise's likeness in the two channels */
#define REACH     8     /* bins to each side whose first estimates are averaged where the spectrum is flat */
#define FLAT      -1.2f /* log of geometric over arithmetic mean from which on they count */
#define FLAT_RISE 1.5f  /* how fast their part rises from there to where both are one */
#define FLAT_TINY 0.02f /* added to the powers, in units of the noise: below it nothing is told apart */

struct frame {
    float *re[2], *im[2];    /* scaled spectra */
    float *co, *s_re, *s_im; /* first axis: (co, s); second: (-conj s, co) */
    float *power[2];         /* of each component behind the first step */
};

struct vh_hiss_gain {
    int n, n_channels;
    float floor;
    int64_t n_frames;
    struct frame frame[N_FRAMES];
    float *cov[4], *mean[4]; /* running covariance: |l|^2, |r|^2, conj(l) r; its average over bins */
    float *prior[4];         /* first estimate of the last frame, both channels */
    float *turned[4];        /* scratch: both components */
    float *noise[2];         /* noise power in each component */
    float *log_power;        /* scratch */
    float like;              /* correlation of the two channels' noise */
    float lut[LUT_STEPS + 2];
};

/* Exponential integral E1(x), x > 0: series below 1 and continued fraction above (Abramowitz &
 * Stegun 5.1.11, 5.1.22). */
static double expint(double x)
{
    if (x < 1) {
        double sum = -0.57721566490153286 - log(x), term = -1;
        for (int k = 1; k < 30; k++) {
            term *= -x / k;
            sum += term / k;
        }
        return sum;
    }
    double f = 0;
    for (int k = 60; k > 0; k--)
        f = k / (1 + k / (x + f));
    return exp(-x) / (x + f);
}

static const double lut_first = -9.210340371976182, lut_last = 3.6888794541139363; /* log of 1e-4 and 40 */

static int alloc_all(struct vh_hiss_gain *g)
{
    bool ok = true;
    for (int i = 0; ok && i < N_FRAMES; i++) {
        struct frame *f = &g->frame[i];
        for (int c = 0; ok && c < g->n_channels; c++)
            ok = (f->re[c] = vh_alloc(g->n, sizeof(float))) && (f->im[c] = vh_alloc(g->n, sizeof(float))) &&
                 (f->power[c] = vh_alloc(g->n, sizeof(float)));
        ok = ok && (f->co = vh_alloc(g->n, sizeof(float))) && (f->s_re = vh_alloc(g->n, sizeof(float))) &&
             (f->s_im = vh_alloc(g->n, sizeof(float)));
    }
    for (int i = 0; ok && i < 4; i++)
        ok = (g->cov[i] = vh_alloc(g->n, sizeof(float))) && (g->mean[i] = vh_alloc(g->n, sizeof(float))) &&
             (g->turned[i] = vh_alloc(g->n, sizeof(float))) && (g->prior[i] = vh_alloc(g->n, sizeof(float)));
    for (int i = 0; ok && i < 2; i++)
        ok = (g->noise[i] = vh_alloc(g->n, sizeof(float))) != NULL;
    ok = ok && (g->log_power = vh_alloc(g->n, sizeof(float)));
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

int vh_hiss_gain_create(struct vh_hiss_gain **gain, int n_channels, int n_bins, double floor)
{
    struct vh_hiss_gain *g = *gain = vh_alloc(1, sizeof *g);
    if (!g)
        return VH_ERR_RESOURCE;
    g->n = n_bins;
    g->n_channels = n_channels;
    g->floor = (float)floor;
    for (int i = 0; i <= LUT_STEPS + 1; i++)
        g->lut[i] = (float)exp(0.5 * expint(exp(lut_first + (lut_last - lut_first) * i / LUT_STEPS)));
    int status = alloc_all(g);
    for (int i = 0; status >= 0 && i < N_FRAMES; i++)
        for (int k = 0; k < n_bins; k++)
            g->frame[i].co[k] = 1;
    for (int k = 0; status >= 0 && k < n_bins; k++)
        g->noise[0][k] = g->noise[1][k] = 1;
    if (status < 0)
        vh_hiss_gain_destroy(gain);
    return status;
}

void vh_hiss_gain_destroy(struct vh_hiss_gain **gain)
{
    struct vh_hiss_gain *g = *gain;
    if (!g)
        return;
    for (int i = 0; i < N_FRAMES; i++) {
        struct frame *f = &g->frame[i];
        for (int c = 0; c < 2; c++) {
            vh_free(f->re[c]);
            vh_free(f->im[c]);
            vh_free(f->power[c]);
        }
        vh_free(f->co);
        vh_free(f->s_re);
        vh_free(f->s_im);
    }
    for (int i = 0; i < 4; i++) {
        vh_free(g->cov[i]);
        vh_free(g->mean[i]);
        vh_free(g->turned[i]);
        vh_free(g->prior[i]);
    }
    vh_free(g->noise[0]);
    vh_free(g->noise[1]);
    vh_free(g->log_power);
    vh_freep(gain);
}

/* The frame `back` frames before the newest. */
static struct frame *frame_at(struct vh_hiss_gain *g, int back)
{
    return &g->frame[(g->n_frames + 2 * N_FRAMES - back) % N_FRAMES];
}

void vh_hiss_gain_next(struct vh_hiss_gain *g, int c, float **re, float **im)
{
    struct frame *f = frame_at(g, 0);
    *re = f->re[c];
    *im = f->im[c];
}

/* Takes the newest frame into the covariance and averages that over five bins. */
static void update_covariance(struct vh_hiss_gain *g)
{
    const struct frame *f = frame_at(g, 0);
    const float *lr = f->re[0], *li = f->im[0], *rr = f->re[1], *ri = f->im[1];
    for (int k = 0; k < g->n; k++) {
        g->cov[0][k] = KEEP * g->cov[0][k] + (1 - KEEP) * (lr[k] * lr[k] + li[k] * li[k]);
        g->cov[1][k] = KEEP * g->cov[1][k] + (1 - KEEP) * (rr[k] * rr[k] + ri[k] * ri[k]);
        g->cov[2][k] = KEEP * g->cov[2][k] + (1 - KEEP) * (lr[k] * rr[k] + li[k] * ri[k]);
        g->cov[3][k] = KEEP * g->cov[3][k] + (1 - KEEP) * (lr[k] * ri[k] - li[k] * rr[k]);
    }
    for (int i = 0; i < 4; i++) {
        const float *x = g->cov[i];
        float *to = g->mean[i];
        int n = g->n;
        for (int k = 2; k < n - 2; k++)
            to[k] = (x[k - 2] + 2 * x[k - 1] + 3 * x[k] + 2 * x[k + 1] + x[k + 2]) * (1 / 9.0f);
        for (int k = 0; k < 2; k++) {
            to[k] = x[k];
            to[n - 1 - k] = x[n - 1 - k];
        }
    }
}

/* How alike the noise of the channels is: the correlation over the bins that hold noise alone in both. */
static void update_likeness(struct vh_hiss_gain *g)
{
    float both = 0, own = 0;
    for (int k = g->n / 16; k < g->n; k++) {
        float a = g->mean[0][k], b = g->mean[1][k];
        bool quiet = a > 0.2f && a < 2 && b > 0.2f && b < 2;
        both += quiet ? g->mean[2][k] : 0;
        own += quiet ? 0.5f * (a + b) : 0;
    }
    if (own > g->n / 64)
        g->like = LIKE_KEEP * g->like + (1 - LIKE_KEEP) * fmaxf(-1, fminf(1, both / own));
}

/* The axes of frame f and the noise along them. */
static void find_axes(struct vh_hiss_gain *g, struct frame *f)
{
    for (int k = 0; k < g->n; k++) {
        float d = g->mean[0][k] - g->mean[1][k], re = g->mean[2][k], im = g->mean[3][k],
              m = re * re + im * im;
        float root = sqrtf(d * d + 4 * m) + 1e-20f, co = sqrtf(0.5f * (1 + d / root));
        float si = sqrtf(0.5f * (1 - d / root)) / (sqrtf(m) + 1e-20f);
        f->co[k] = co;
        f->s_re[k] = si * re;
        f->s_im[k] = si * im;
        float shared = 2 * g->like * co * f->s_re[k];
        g->noise[0][k] = fmaxf(0.05f, 1 + shared);
        g->noise[1][k] = fmaxf(0.05f, 1 - shared);
    }
}

/* Natural logarithm within 0.4 %, from the exponent and a parabola through the mantissa: the table it indexes
 * is smooth. */
static float quick_log(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 23) - 128;
    bits = (bits & 0x7fffff) | 0x3f800000;
    float m;
    memcpy(&m, &bits, sizeof m);
    return (exponent + (-0.33582878f * m + 2.0f) * m - 0.65871759f) * 0.69314718f;
}

/* Ephraim-Malah log-spectral gain. */
static float gain_of(const struct vh_hiss_gain *g, float xi, float gamma)
{
    float wiener = xi / (1 + xi), v = wiener * gamma;
    float place =
        (quick_log(v < 1e-4f ? 1e-4f : v) - (float)lut_first) * (float)(LUT_STEPS / (lut_last - lut_first));
    if (place >= LUT_STEPS)
        return wiener;
    int i = (int)place;
    float w = place - i, gain = wiener * (g->lut[i] + w * (g->lut[i + 1] - g->lut[i]));
    return gain < 1 ? gain : 1;
}

/* First gains of a component from the power `now` of its bins and the power `before` of the last frame's
 * estimate, both in units of the noise, which now[] becomes; power[] receives what they let through. */
static void first_gains(const struct vh_hiss_gain *g, float *now, const float *before, float *power)
{
    for (int k = 0; k < g->n; k++) {
        float xi = ALPHA * before[k] + (1 - ALPHA) * (now[k] > 1 ? now[k] - 1 : 0);
        float gain = gain_of(g, xi > XI_LEAST ? xi : XI_LEAST, now[k]);
        power[k] = gain * gain * now[k];
        now[k] = gain;
    }
}

static void first_step_mono(struct vh_hiss_gain *g, struct frame *f)
{
    float *now = g->mean[0];
    for (int k = 0; k < g->n; k++)
        now[k] = f->re[0][k] * f->re[0][k] + f->im[0][k] * f->im[0][k];
    first_gains(g, now, g->prior[0], f->power[0]);
    memcpy(g->prior[0], f->power[0], sizeof(float) * g->n);
}

/* Two channels (l, r) as components along the axes of frame f. */
static void to_axes(const struct frame *f, int n, float *const in[4], float *const out[4])
{
    const float *restrict co = f->co, *restrict sr = f->s_re, *restrict si = f->s_im;
    const float *restrict a = in[0], *restrict b = in[1], *restrict c = in[2], *restrict d = in[3];
    float *restrict u = out[0], *restrict v = out[1], *restrict w = out[2], *restrict x = out[3];
    for (int k = 0; k < n; k++) {
        u[k] = co[k] * a[k] + sr[k] * c[k] + si[k] * d[k];
        v[k] = co[k] * b[k] + sr[k] * d[k] - si[k] * c[k];
        w[k] = co[k] * c[k] - sr[k] * a[k] + si[k] * b[k];
        x[k] = co[k] * d[k] - sr[k] * b[k] - si[k] * a[k];
    }
}

/* Components times their gains, back as channels. */
static void from_axes(
    const struct frame *f, int n, float *const in[4], float *const gain[2], float *const out[4])
{
    const float *restrict co = f->co, *restrict sr = f->s_re, *restrict si = f->s_im;
    const float *restrict g0 = gain[0], *restrict g1 = gain[1];
    const float *restrict u = in[0], *restrict v = in[1], *restrict w = in[2], *restrict x = in[3];
    float *restrict a = out[0], *restrict b = out[1], *restrict c = out[2], *restrict d = out[3];
    for (int k = 0; k < n; k++) {
        float p = u[k] * g0[k], q = v[k] * g0[k], r = w[k] * g1[k], s = x[k] * g1[k];
        a[k] = co[k] * p - sr[k] * r - si[k] * s;
        b[k] = co[k] * q - sr[k] * s + si[k] * r;
        c[k] = co[k] * r + sr[k] * p - si[k] * q;
        d[k] = co[k] * s + sr[k] * q + si[k] * p;
    }
}

/* Power of (re, im) over the noise. */
static void power_of(const float *re, const float *im, const float *noise, float *to, int n)
{
    for (int k = 0; k < n; k++)
        to[k] = (re[k] * re[k] + im[k] * im[k]) / noise[k];
}

static void first_step_pair(struct vh_hiss_gain *g, struct frame *f)
{
    float *in[4] = {f->re[0], f->im[0], f->re[1], f->im[1]}, *gain[2] = {g->mean[0], g->mean[1]};
    to_axes(f, g->n, g->prior, g->turned);
    for (int i = 0; i < 2; i++)
        power_of(g->turned[2 * i], g->turned[2 * i + 1], g->noise[i], g->mean[2 + i], g->n);
    to_axes(f, g->n, in, g->turned);
    for (int i = 0; i < 2; i++) {
        power_of(g->turned[2 * i], g->turned[2 * i + 1], g->noise[i], gain[i], g->n);
        first_gains(g, gain[i], g->mean[2 + i], f->power[i]);
    }
    from_axes(f, g->n, g->turned, gain, g->prior);
}

/* Where the powers of neighbouring bins are alike (a consonant, a drum: noise by themselves), their average
 * says more than each alone; between the partials of a tone it would say less. Scratch: turned[0 … 1]. */
static void join_flat(struct vh_hiss_gain *g, float *power)
{
    const float share = 1.0f / (2 * REACH + 1);
    float *mean = g->turned[0], *flat = g->turned[1], *log_power = g->log_power;
    double sum = 0, logs = 0;
    for (int k = 0; k < g->n; k++)
        log_power[k] = quick_log(power[k] + FLAT_TINY);
    for (int k = 0; k < g->n; k++) {
        sum += power[k] - (k > 2 * REACH ? power[k - 2 * REACH - 1] : 0);
        logs += log_power[k] - (k > 2 * REACH ? log_power[k - 2 * REACH - 1] : 0);
        if (k >= 2 * REACH) {
            mean[k - REACH] = (float)sum * share;
            flat[k - REACH] = (float)logs * share;
        }
    }
    for (int k = REACH; k < g->n - REACH; k++) {
        float w = FLAT_RISE * (1 - (flat[k] - quick_log(mean[k] + FLAT_TINY)) / FLAT);
        power[k] += fmaxf(0, fminf(1, w)) * (mean[k] - power[k]);
    }
}

/* The second gain of component i of the frame SIDE before that of the first step, into `to`. */
static void second_gain(struct vh_hiss_gain *g, int i, float *to)
{
    float weight[SIDE + 1], sum = 0;
    for (int d = 0; d <= SIDE; d++) {
        weight[d] = SIDE + 1 - d;
        sum += d ? 2 * weight[d] : weight[d];
    }
    const float *mid = frame_at(g, VH_HISS_LATE)->power[i];
    for (int k = 0; k < g->n; k++)
        to[k] = mid[k] * weight[0] / sum;
    for (int d = 1; d <= SIDE; d++) {
        const float *before = frame_at(g, VH_HISS_LATE + d)->power[i],
                    *after = frame_at(g, VH_HISS_LATE - d)->power[i];
        float w = weight[d] / sum;
        for (int k = 0; k < g->n; k++)
            to[k] += w * (before[k] + after[k]);
    }
    join_flat(g, to);
    for (int k = 0; k < g->n; k++) {
        float gain = to[k] / (1 + to[k]);
        to[k] = gain > g->floor ? gain : g->floor;
    }
}

void vh_hiss_gain_run(struct vh_hiss_gain *g, float *re[2], float *im[2])
{
    struct frame *first = frame_at(g, AHEAD), *second = frame_at(g, VH_HISS_LATE);
    float *gain[2] = {g->mean[0], g->mean[1]};
    if (g->n_channels == 2) {
        update_covariance(g);
        update_likeness(g);
        find_axes(g, first);
        first_step_pair(g, first);
    } else {
        first_step_mono(g, first);
    }
    for (int c = 0; c < g->n_channels; c++) {
        second_gain(g, c, gain[c]);
        re[c] = second->re[c];
        im[c] = second->im[c];
    }
    if (g->n_channels == 2) {
        float *in[4] = {re[0], im[0], re[1], im[1]};
        to_axes(second, g->n, in, g->turned);
        from_axes(second, g->n, g->turned, gain, in);
    }
    for (int k = 0; g->n_channels == 1 && k < g->n; k++) {
        re[0][k] *= gain[0][k];
        im[0][k] *= gain[0][k];
    }
    g->n_frames++;
}
