/* Hiss: spectral subtraction in its best-sounding form.
 *
 * Short-time Fourier transform of 43 ms, half overlapped, square-root Hann on both sides. Each bin is scaled
 * by what hiss_gain.h takes for programme in it; the first two channels are judged together. The noise
 * spectrum is not guessed while running but given: measured over the whole file (hiss detector). The gain
 * never falls below the asked reduction: some hiss stays, evenly. */
#include "hiss_gain.h"
#include "sound_fft.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define FRAME_S 0.0427 /* 2048 at 48 kHz; the power of two nearest to this */
#define OVERLAP 2      /* with 4 the SNR gains 0.06 dB and the time doubles (sound.md) */

struct hiss {
    struct vh_sound_fft fft;
    int n, hop;
    double *window;                   /* square root of Hann, scaled for unity after overlap-add */
    double *noise[VH_SOUND_CHANNELS]; /* noise amplitude per bin of a windowed frame */
    double *scale[VH_SOUND_CHANNELS]; /* 1 over it */
    double *sum[VH_SOUND_CHANNELS];   /* overlap-add accumulator, n samples */
    struct vh_hiss_gain *gain[VH_SOUND_CHANNELS]; /* of each group of channels */
    int64_t skip; /* samples still to be thrown away: before the first real one */
    int64_t n_out;
};

double vh_sound_hiss_band_hz(int b)
{
    return 20 * pow(2, b / 6.0);
}

/* The noise spectrum at bin k by linear interpolation of the bands' decibels; amplitude in a frame whose
 * window has the sum of squares `energy`. */
static double noise_at(const struct vh_sound_step *step, int c, int k, double energy)
{
    const struct hiss *p = step->priv;
    const float *db = step->params.hiss.noise_db[c];
    double hz = fmax(k, 0.5) * step->format.rate_hz / p->n, b = 6 * log2(hz / 20);
    b = fmax(0, fmin(VH_SOUND_HISS_BANDS - 1.001, b));
    double w = b - floor(b), level = db[(int)b] * (1 - w) + db[(int)b + 1] * w;
    return sqrt(pow(10, level / 10) * step->format.rate_hz / 2 * energy + 1e-30);
}

/* Channels from c on that are judged together: a stereo pair, the front of a surround track, or one. */
static int group_size(const struct vh_sound_step *step, int c)
{
    return c == 0 && step->format.n_channels >= 2 ? 2 : 1;
}

static int hiss_alloc(struct vh_sound_step *step)
{
    struct hiss *p = step->priv;
    int bins = p->n / 2 + 1, n = step->format.n_channels;
    double floor = pow(10, -step->params.hiss.reduction_db / 20);
    bool ok = (p->window = vh_alloc(p->n, sizeof(double))) != NULL;
    for (int c = 0; ok && c < n; c++)
        ok = (p->noise[c] = vh_alloc(bins, sizeof(double))) &&
             (p->scale[c] = vh_alloc(bins, sizeof(double))) && (p->sum[c] = vh_alloc(p->n, sizeof(double)));
    for (int c = 0, g = 0; ok && c < n; c += group_size(step, c), g++)
        ok = vh_hiss_gain_create(&p->gain[g], group_size(step, c), bins, floor) >= 0;
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
    p->skip = p->n - p->hop + VH_HISS_LATE * p->hop;
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
            p->scale[c][k] = 1 / (p->noise[c][k] = noise_at(step, c, k, energy));
    return VH_OK;
}

/* Frame of channel c at the front of `in`, transformed and scaled to noise of power 1, for the estimator. */
static void read_frame(struct vh_sound_step *step, int c, float *re, float *im)
{
    struct hiss *p = step->priv;
    for (int i = 0; i < p->n; i++)
        p->fft.time[i] = step->in.plane[c][i] * p->window[i];
    vh_sound_fft_forward(&p->fft);
    for (int k = 0; k <= p->n / 2; k++) {
        re[k] = (float)(p->fft.bin[2 * k] * p->scale[c][k]);
        im[k] = (float)(p->fft.bin[2 * k + 1] * p->scale[c][k]);
    }
}

/* Adds a frame the estimator gave back to the accumulator. */
static void add_frame(struct hiss *p, int c, const float *re, const float *im)
{
    for (int k = 0; k <= p->n / 2; k++) {
        p->fft.bin[2 * k] = (double)re[k] * p->noise[c][k];
        p->fft.bin[2 * k + 1] = (double)im[k] * p->noise[c][k];
    }
    vh_sound_fft_inverse(&p->fft);
    for (int i = 0; i < p->n; i++)
        p->sum[c][i] += p->fft.time[i] * p->window[i];
}

static void filter_frame(struct vh_sound_step *step)
{
    struct hiss *p = step->priv;
    float *re[2], *im[2];
    for (int c = 0, g = 0; c < step->format.n_channels; g++) {
        int n = group_size(step, c);
        for (int i = 0; i < n; i++) {
            vh_hiss_gain_next(p->gain[g], i, &re[0], &im[0]);
            read_frame(step, c + i, re[0], im[0]);
        }
        vh_hiss_gain_run(p->gain[g], re, im);
        for (int i = 0; i < n; i++)
            add_frame(p, c + i, re[i], im[i]);
        c += n;
    }
}

static int next_frame(struct vh_sound_step *step, int64_t end)
{
    struct hiss *p = step->priv;
    filter_frame(step);
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
    int status = last ? vh_sound_fifo_append(&step->in, NULL, (2 + VH_HISS_LATE) * p->n) : VH_OK;
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
        vh_free(p->scale[c]);
        vh_free(p->sum[c]);
        vh_hiss_gain_destroy(&p->gain[c]);
    }
    vh_free(p->window);
}

const struct vh_sound_step_ops vh_sound_hiss_ops = {sizeof(struct hiss), hiss_open, hiss_run, hiss_close};
