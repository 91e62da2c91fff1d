/* Hiss: spectral subtraction in its best-sounding form.
 *
 * Short-time Fourier transform of 43 ms, 75 % overlap, square-root Hann on both sides. Each bin is scaled by
 * the log-spectral amplitude gain of Y. Ephraim and D. Malah (IEEE Trans. ASSP 33, 1985: G = xi/(1+xi)
 * exp(E1(v)/2)) with the a-priori SNR xi estimated "decision-directed" (same authors, 1984), which is what
 * keeps the rest from tinkling. The noise spectrum is not guessed while running but given: measured over the
 * whole file (hiss detector). At onsets the decision leans on the present frame, so that attacks stay crisp.
 * The gain never falls below the asked reduction: some hiss stays, evenly. */
#include "sound_fft.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define FRAME_S     0.0427 /* 2048 at 48 kHz; the power of two nearest to this */
#define OVERLAP     4
#define ALPHA       0.95 /* decision-directed memory; 0.98 of the paper smears speech (sound.md) */
#define ALPHA_ONSET 0.6  /* at an onset */
#define ONSET_DB    6.0  /* rise of the level above 1 kHz from one frame to the next that is one */
#define LUT_STEPS   512  /* table of exp(E1(v)/2) over log v from 1e-4 to 40 */

struct hiss {
    struct vh_sound_fft fft;
    int n, hop;
    double *window;                  /* square root of Hann, scaled for unity after overlap-add */
    float *noise[VH_SOUND_CHANNELS]; /* noise power per bin of a windowed frame */
    float *prior[VH_SOUND_CHANNELS]; /* (G * |X|)^2 / noise of the last frame */
    double *sum[VH_SOUND_CHANNELS];  /* overlap-add accumulator, n samples */
    double level[VH_SOUND_CHANNELS]; /* mean posterior SNR above 1 kHz in the last frame, dB */
    float *gain;                     /* n / 2 + 1 */
    float *posterior;
    float lut[LUT_STEPS + 2];
    float floor;
    int64_t skip; /* samples still to be thrown away: before the first real one */
    int64_t n_out;
};

double vh_sound_hiss_band_hz(int b)
{
    return 20 * pow(2, b / 6.0);
}

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

static void fill_lut(struct hiss *p)
{
    for (int i = 0; i <= LUT_STEPS + 1; i++)
        p->lut[i] = (float)exp(0.5 * expint(exp(lut_first + (lut_last - lut_first) * i / LUT_STEPS)));
}

/* The noise spectrum at bin k by linear interpolation of the bands' decibels; power in a frame whose window
 * has the sum of squares `energy`. */
static float noise_at(const struct vh_sound_step *step, int c, int k, double energy)
{
    const struct hiss *p = step->priv;
    const float *db = step->params.hiss.noise_db[c];
    double hz = fmax(k, 0.5) * step->format.rate_hz / p->n, b = 6 * log2(hz / 20);
    b = fmax(0, fmin(VH_SOUND_HISS_BANDS - 1.001, b));
    double w = b - floor(b), level = db[(int)b] * (1 - w) + db[(int)b + 1] * w;
    return (float)(pow(10, level / 10) * step->format.rate_hz / 2 * energy + 1e-30);
}

static int hiss_alloc(struct vh_sound_step *step)
{
    struct hiss *p = step->priv;
    int bins = p->n / 2 + 1;
    bool ok = (p->window = vh_alloc(p->n, sizeof(double))) && (p->gain = vh_alloc(bins, sizeof(float))) &&
              (p->posterior = vh_alloc(bins, sizeof(float)));
    for (int c = 0; ok && c < step->format.n_channels; c++)
        ok = (p->noise[c] = vh_alloc(bins, sizeof(float))) && (p->prior[c] = vh_alloc(bins, sizeof(float))) &&
             (p->sum[c] = vh_alloc(p->n, sizeof(double)));
    return ok ? vh_sound_fft_init(&p->fft, p->n) : VH_ERR_RESOURCE;
}

static int hiss_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct hiss *p = step->priv;
    double reduction = step->params.hiss.reduction_db;
    if (!(reduction >= 0 && reduction <= 40))
        return vh_fail(log, VH_ERR_USAGE, "hiss reduction %g dB is outside 0 to 40 dB", reduction);
    p->n = 1 << (int)lrint(log2(FRAME_S * step->format.rate_hz));
    p->hop = p->n / OVERLAP;
    p->skip = p->n - p->hop;
    p->floor = (float)pow(10, -reduction / 20);
    int status = hiss_alloc(step);
    if (status >= 0)
        status = vh_sound_fifo_append(&step->in, NULL, p->n - p->hop);
    if (status < 0)
        return vh_fail(log, status, "out of memory for the hiss reducer");
    vh_sound_hann(p->window, p->n);
    double energy = 0;
    for (int i = 0; i < p->n; i++) {
        p->window[i] = sqrt(p->window[i] * 2 / OVERLAP);
        energy += p->window[i] * p->window[i];
    }
    for (int c = 0; c < step->format.n_channels; c++)
        for (int k = 0; k <= p->n / 2; k++)
            p->noise[c][k] = noise_at(step, c, k, energy);
    fill_lut(p);
    return VH_OK;
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
static float gain_of(const struct hiss *p, float xi, float gamma)
{
    float wiener = xi / (1 + xi), v = wiener * gamma;
    float place =
        (quick_log(v < 1e-4f ? 1e-4f : v) - (float)lut_first) * (float)(LUT_STEPS / (lut_last - lut_first));
    if (place >= LUT_STEPS)
        return wiener;
    int i = (int)place;
    float w = place - i, g = wiener * (p->lut[i] + w * (p->lut[i + 1] - p->lut[i]));
    return g < 1 ? g : 1;
}

static void find_gains(struct vh_sound_step *step, int c)
{
    struct hiss *p = step->priv;
    const double *x = p->fft.bin;
    double level = 0, hz_per_bin = (double)step->format.rate_hz / p->n;
    int bins = p->n / 2 + 1, first = (int)(1000 / hz_per_bin);
    for (int k = 0; k < bins; k++) {
        float power = (float)(x[2 * k] * x[2 * k] + x[2 * k + 1] * x[2 * k + 1]);
        p->posterior[k] = power / p->noise[c][k];
        level += k < first ? 0 : p->posterior[k];
    }
    level = 10 * log10(1e-3 + level / bins);
    float alpha = level > p->level[c] + ONSET_DB ? (float)ALPHA_ONSET : (float)ALPHA;
    p->level[c] = level;
    for (int k = 0; k < bins; k++) {
        float now = p->posterior[k] > 1 ? p->posterior[k] - 1 : 0;
        float xi = alpha * p->prior[c][k] + (1 - alpha) * now;
        xi = xi > 0.003f ? xi : 0.003f; /* -25 dB: Cappé 1994, the floor that hides musical noise */
        float g = gain_of(p, xi, p->posterior[k]);
        xi = g * g * p->posterior[k]; /* second step: what the first one let through, of this very frame */
        g = gain_of(p, xi > 0.003f ? xi : 0.003f, p->posterior[k]);
        p->prior[c][k] = g * g * p->posterior[k];
        p->gain[k] = g > p->floor ? g : p->floor;
    }
}

/* One frame of one channel: the first n samples of `in` into the accumulator. */
static void filter_frame(struct vh_sound_step *step, int c)
{
    struct hiss *p = step->priv;
    for (int i = 0; i < p->n; i++)
        p->fft.time[i] = step->in.plane[c][i] * p->window[i];
    vh_sound_fft_forward(&p->fft);
    find_gains(step, c);
    for (int k = 0; k <= p->n / 2; k++) {
        p->fft.bin[2 * k] *= p->gain[k];
        p->fft.bin[2 * k + 1] *= p->gain[k];
    }
    vh_sound_fft_inverse(&p->fft);
    for (int i = 0; i < p->n; i++)
        p->sum[c][i] += p->fft.time[i] * p->window[i];
}

static int next_frame(struct vh_sound_step *step, int64_t end)
{
    struct hiss *p = step->priv;
    for (int c = 0; c < step->format.n_channels; c++)
        filter_frame(step, c);
    int skip = p->skip < p->hop ? (int)p->skip : p->hop, n = p->hop - skip;
    n = n < end - p->n_out ? n : (int)(end - p->n_out);
    float *to[VH_SOUND_CHANNELS];
    int status = vh_sound_fifo_reserve(&step->out, to, n);
    for (int c = 0; status >= 0 && c < step->format.n_channels; c++) {
        for (int i = 0; i < n; i++)
            to[c][i] = (float)p->sum[c][skip + i];
        memmove(p->sum[c], p->sum[c] + p->hop, sizeof(double) * (p->n - p->hop));
        memset(p->sum[c] + p->n - p->hop, 0, sizeof(double) * p->hop);
    }
    p->skip -= skip;
    p->n_out += n;
    vh_sound_fifo_drop(&step->in, p->hop);
    return status;
}

static int hiss_run(struct vh_sound_step *step, bool last)
{
    struct hiss *p = step->priv;
    int status = last ? vh_sound_fifo_append(&step->in, NULL, 2 * p->n) : VH_OK;
    while (status >= 0 && step->in.n >= p->n && p->n_out < step->n_in)
        status = next_frame(step, step->n_in);
    return status;
}

static void hiss_close(struct vh_sound_step *step)
{
    struct hiss *p = step->priv;
    vh_sound_fft_uninit(&p->fft);
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        vh_free(p->noise[c]);
        vh_free(p->prior[c]);
        vh_free(p->sum[c]);
    }
    vh_free(p->window);
    vh_free(p->gain);
    vh_free(p->posterior);
}

const struct vh_sound_step_ops vh_sound_hiss_ops = {sizeof(struct hiss), hiss_open, hiss_run, hiss_close};
