/* Head-switch buzz: cancelled by its own average over many fields.
 *
 * Whatever the video field rate puts into the sound (head switching, video buzz) repeats exactly with the
 * field, the programme does not. Each period is resampled to a fixed number of phases and transformed, which
 * gives one complex value per harmonic of the field rate; the average over neighbouring periods is the buzz.
 * Each value is weighted by 1 / (e + d), d being the greatest of |difference|^2 to the same harmonic in
 * periods 1 to 21 before and after, that is, of the programme there: pauses between words teach the buzz,
 * loud passages do not, and a held note keeps only its own harmonics out of the average
 * (docs/algorithms/sound.md has the figures against the plain average and against one weight per period). The
 * weights fade exponentially to both sides; a chunk of periods is finished when the periods ahead of it have
 * come.
 *
 * Where the sound itself holds less than the template (muted passages) the template is scaled down to what is
 * there, so that no buzz is written into silence. */
#include "sinc.h"
#include "sound_fft.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define KEEP_DEFAULT 200
#define WEIGHT_FLOOR 1e-16 /* e: -160 dB full scale per harmonic, below any real programme */
#define SILENT       1e-7f /* a period that stays below this was muted: it knows nothing about buzz */

static const int lag[] = {
    1, 3, 8, 21}; /* periods; a note of less than 0.4 s never looks steady at all of them */
#define N_LAGS   ((int)(sizeof lag / sizeof *lag))
#define LAG_MOST 21

struct buzz_channel {
    float *ring;    /* n_slots spectra of 2 * n_harmonics floats, by period number modulo n_slots */
    double *weight; /* n_slots * n_harmonics */
    bool *muted;    /* n_slots */
    double *num;    /* forward average, 2 * n_harmonics */
    double *den;    /* n_harmonics */
};

struct buzz {
    struct vh_sinc *sinc;
    struct vh_sound_fft fft; /* fft.n phases in one period */
    double period;           /* samples of one template */
    double keep;             /* factor of one period to the next */
    int n_harmonics;         /* below half the sample rate; harmonic 0 (the mean) is not touched */
    int chunk, ahead, n_slots;
    int64_t first;                     /* sample number of in.plane[c][0] */
    int64_t n_read, n_weighed, n_done; /* periods in the ring, with weights, sent away */
    int64_t n_out;                     /* samples that have left */
    struct buzz_channel channel[VH_SOUND_CHANNELS];
    double *back;     /* (chunk + 1) * 2 * n_harmonics: backward sums of one channel */
    double *back_den; /* (chunk + 1) * n_harmonics */
    float *padded;    /* one template with its wrapped neighbours */
};

static int buzz_alloc(struct vh_sound_step *step)
{
    struct buzz *p = step->priv;
    size_t h = p->n_harmonics, slots = p->n_slots;
    bool ok = (p->back = vh_alloc((p->chunk + 1) * 2 * h, sizeof(double))) &&
              (p->back_den = vh_alloc((p->chunk + 1) * h, sizeof(double))) &&
              (p->padded = vh_alloc(p->fft.n + 2 * VH_SINC_TAPS, sizeof(float)));
    for (int c = 0; ok && c < step->format.n_channels; c++) {
        struct buzz_channel *k = &p->channel[c];
        ok = (k->ring = vh_alloc(slots * 2 * h, sizeof(float))) &&
             (k->weight = vh_alloc(slots * h, sizeof(double))) &&
             (k->muted = vh_alloc(slots, sizeof(bool))) && (k->num = vh_alloc(2 * h, sizeof(double))) &&
             (k->den = vh_alloc(h, sizeof(double)));
    }
    ok = ok && vh_sinc_create(&p->sinc) >= 0 && vh_sound_fifo_append(&step->in, NULL, VH_SINC_HALF) >= 0;
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

static int buzz_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct buzz *p = step->priv;
    const struct vh_sound_buzz *buzz = &step->params.buzz;
    if (!(buzz->period >= 16 && buzz->period <= 16384))
        return vh_fail(log, VH_ERR_USAGE, "buzz period %g is outside 16 to 16384 samples", buzz->period);
    int keep = buzz->keep ? buzz->keep : KEEP_DEFAULT, phases = 32;
    if (keep < 8 || keep > 400)
        return vh_fail(log, VH_ERR_USAGE, "buzz average over %d periods is outside 8 to 400", keep);
    p->period = buzz->period * (buzz->two_fields ? 2 : 1);
    while (phases < p->period)
        phases *= 2;
    p->n_harmonics = (int)(p->period / 2);
    p->keep = 1 - 1.0 / keep;
    p->chunk = keep;
    p->ahead = keep * 3 / 2;
    p->n_slots = p->chunk + p->ahead + 2 * LAG_MOST + 2;
    p->first = -VH_SINC_HALF;
    int status = vh_sound_fft_init(&p->fft, phases);
    if (status >= 0)
        status = buzz_alloc(step);
    return status < 0 ? vh_fail(log, status, "out of memory for the buzz canceller") : VH_OK;
}

static int slot_of(const struct buzz *p, int64_t k)
{
    return (int)(k % p->n_slots);
}

/* Resamples and transforms period `k` of one channel. Value h of the spectrum is harmonic h, of amplitude 1
 * = 1. */
static void read_period(struct vh_sound_step *step, int c, int64_t k)
{
    struct buzz *p = step->priv;
    struct buzz_channel *channel = &p->channel[c];
    float peak = 0, *to = channel->ring + (size_t)slot_of(p, k) * 2 * p->n_harmonics;
    for (int i = 0; i < p->fft.n; i++) {
        double at = (k + (double)i / p->fft.n) * p->period - p->first, whole = floor(at);
        float x = vh_sinc_at(p->sinc, step->in.plane[c] + (int)whole, at - whole);
        p->fft.time[i] = x;
        peak = fmaxf(peak, fabsf(x));
    }
    vh_sound_fft_forward(&p->fft);
    for (int i = 0; i < 2 * p->n_harmonics; i++)
        to[i] = (float)(p->fft.bin[i] * 2 / p->fft.n);
    to[0] = to[1] = 0;
    channel->muted[slot_of(p, k)] = peak < SILENT;
}

/* most[h] = max(most[h], |a_h - b_h|^2) */
static void widen(double *most, const float *a, const float *b, int n)
{
    for (int h = 0; h < n; h++) {
        float re = a[2 * h] - b[2 * h], im = a[2 * h + 1] - b[2 * h + 1], d = re * re + im * im;
        most[h] = d > most[h] ? d : most[h];
    }
}

/* Weights of period k from its neighbours among those read. */
static void weigh_period(struct buzz *p, int c, int64_t k)
{
    struct buzz_channel *channel = &p->channel[c];
    int n = p->n_harmonics, slot = slot_of(p, k);
    double *w = channel->weight + (size_t)slot * n;
    const float *here = channel->ring + (size_t)slot * 2 * n;
    for (int h = 0; h < n; h++)
        w[h] = 0;
    for (int i = 0; i < N_LAGS; i++) {
        if (k >= lag[i])
            widen(w, here, channel->ring + (size_t)slot_of(p, k - lag[i]) * 2 * n, n);
        if (k + lag[i] < p->n_read)
            widen(w, here, channel->ring + (size_t)slot_of(p, k + lag[i]) * 2 * n, n);
    }
    for (int h = 0; h < n; h++)
        w[h] = channel->muted[slot] ? 0 : 1 / (WEIGHT_FLOOR + w[h]);
}

/* back[j] = what the periods after done + j say, for j < n; the row behind them is scratch. */
static void sum_backward(struct buzz *p, const struct buzz_channel *channel, int n)
{
    int harmonics = p->n_harmonics;
    double *sum = p->back + (size_t)p->chunk * 2 * harmonics,
           *den = p->back_den + (size_t)p->chunk * harmonics;
    memset(sum, 0, sizeof(double) * 2 * harmonics);
    memset(den, 0, sizeof(double) * harmonics);
    for (int64_t k = p->n_weighed - 1; k >= p->n_done; k--) {
        int64_t j = k - p->n_done;
        if (j < n) {
            memcpy(p->back + j * 2 * harmonics, sum, sizeof(double) * 2 * harmonics);
            memcpy(p->back_den + j * harmonics, den, sizeof(double) * harmonics);
        }
        const float *x = channel->ring + (size_t)slot_of(p, k) * 2 * harmonics;
        const double *w = channel->weight + (size_t)slot_of(p, k) * harmonics;
        for (int h = 0; h < harmonics; h++) {
            sum[2 * h] = (sum[2 * h] + w[h] * x[2 * h]) * p->keep;
            sum[2 * h + 1] = (sum[2 * h + 1] + w[h] * x[2 * h + 1]) * p->keep;
            den[h] = (den[h] + w[h]) * p->keep;
        }
    }
}

/* The template of period j of the chunk as a spectrum in p->fft.bin; takes the period into the forward
 * average. */
static void make_spectrum(
    struct buzz *p, struct buzz_channel *channel, int j, const float *x, const double *w)
{
    const double *back = p->back + (size_t)j * 2 * p->n_harmonics,
                 *back_den = p->back_den + (size_t)j * p->n_harmonics;
    double *num = channel->num, *bin = p->fft.bin;
    memset(bin, 0, sizeof *bin * (p->fft.n + 2));
    for (int h = 1; h < p->n_harmonics; h++) {
        num[2 * h] = num[2 * h] * p->keep + w[h] * x[2 * h];
        num[2 * h + 1] = num[2 * h + 1] * p->keep + w[h] * x[2 * h + 1];
        channel->den[h] = channel->den[h] * p->keep + w[h];
        double den = channel->den[h] + back_den[h], scale = den > 0 ? 1 / den : 0;
        bin[2 * h] = (num[2 * h] + back[2 * h]) * scale;
        bin[2 * h + 1] = (num[2 * h + 1] + back[2 * h + 1]) * scale;
    }
}

/* How much of the template is in this period: 1 unless the period holds too little for it. */
static double presence(const struct buzz *p, const float *x)
{
    double power = 0, want = 0, product = 0;
    for (int i = 2; i < 2 * p->n_harmonics; i++) {
        power += (double)x[i] * x[i];
        want += p->fft.bin[i] * p->fft.bin[i];
        product += x[i] * p->fft.bin[i];
    }
    if (want <= 0)
        return 0;
    return power > 2 * want ? 1 : fmax(0, fmin(1, product / want));
}

/* The template as a wave with its wrapped neighbours. */
static void make_wave(struct buzz *p, double amount)
{
    int n = p->fft.n;
    float *t = p->padded + VH_SINC_TAPS;
    vh_sound_fft_inverse(&p->fft);
    for (int i = 0; i < n; i++)
        t[i] = (float)(p->fft.time[i] * amount * n / 2);
    for (int i = 0; i < VH_SINC_TAPS; i++) {
        t[-1 - i] = t[n - 1 - i];
        t[n + i] = t[i];
    }
}

static void cancel(struct vh_sound_step *step, int c, int64_t k, int64_t begin, int64_t end, float *to)
{
    struct buzz *p = step->priv;
    const float *from = step->in.plane[c] + (begin - p->first), *t = p->padded + VH_SINC_TAPS;
    double scale = p->fft.n / p->period;
    for (int64_t n = begin; n < end; n++) {
        double at = (n - k * p->period) * scale;
        at -= at >= p->fft.n ? p->fft.n : 0; /* the rest behind the last whole period */
        double whole = floor(at);
        *to++ = *from++ - vh_sinc_at(p->sinc, t + (int)whole, at - whole);
    }
}

static int64_t period_start(const struct buzz *p, int64_t k)
{
    return (int64_t)ceil(k * p->period);
}

/* Sends `n` periods away, the last of them up to sample `end`. */
static int finish_chunk(struct vh_sound_step *step, int n, int64_t end)
{
    struct buzz *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int status = vh_sound_fifo_reserve(&step->out, to, (int)(end - p->n_out));
    for (int c = 0; status >= 0 && c < step->format.n_channels; c++) {
        struct buzz_channel *channel = &p->channel[c];
        sum_backward(p, channel, n);
        int64_t begin = p->n_out;
        for (int j = 0; j < n; j++) {
            int64_t k = p->n_done + j, stop = j == n - 1 ? end : period_start(p, k + 1);
            const float *x = channel->ring + (size_t)slot_of(p, k) * 2 * p->n_harmonics;
            make_spectrum(p, channel, j, x, channel->weight + (size_t)slot_of(p, k) * p->n_harmonics);
            make_wave(p, presence(p, x));
            cancel(step, c, k, begin, stop, to[c] + (begin - p->n_out));
            begin = stop;
        }
    }
    p->n_out = end;
    p->n_done += n;
    return status;
}

static int pass_through(struct vh_sound_step *step, int64_t end)
{
    struct buzz *p = step->priv;
    const float *from[VH_SOUND_CHANNELS];
    for (int c = 0; c < step->format.n_channels; c++)
        from[c] = step->in.plane[c] + (p->n_out - p->first);
    int status = vh_sound_fifo_append(&step->out, from, (int)(end - p->n_out));
    p->n_out = end;
    return status;
}

static void weigh_to(struct vh_sound_step *step, int64_t end)
{
    struct buzz *p = step->priv;
    for (; p->n_weighed < end; p->n_weighed++)
        for (int c = 0; c < step->format.n_channels; c++)
            weigh_period(p, c, p->n_weighed);
}

static int finish_all(struct vh_sound_step *step)
{
    struct buzz *p = step->priv;
    int status = VH_OK;
    weigh_to(step, p->n_read);
    while (status >= 0 && p->n_done < p->n_read) {
        int left = (int)(p->n_read - p->n_done), n = left < p->chunk ? left : p->chunk;
        status = finish_chunk(step, n, n == left ? step->n_in : period_start(p, p->n_done + n));
    }
    return status >= 0 && p->n_out < step->n_in ? pass_through(step, step->n_in) : status;
}

static int buzz_run(struct vh_sound_step *step, bool last)
{
    struct buzz *p = step->priv;
    int status = last ? vh_sound_fifo_append(&step->in, NULL, VH_SINC_HALF + 1) : VH_OK;
    while (status >= 0 && (p->n_read + 1) * p->period + VH_SINC_HALF + 1 <= p->first + step->in.n) {
        for (int c = 0; c < step->format.n_channels; c++)
            read_period(step, c, p->n_read);
        p->n_read++;
        weigh_to(step, p->n_read - LAG_MOST);
        if (p->n_weighed - p->n_done == p->chunk + p->ahead)
            status = finish_chunk(step, p->chunk, period_start(p, p->n_done + p->chunk));
    }
    if (status >= 0 && last)
        status = finish_all(step);
    int drop = (int)(p->n_out - VH_SINC_HALF - p->first);
    if (status >= 0 && drop > 0) {
        vh_sound_fifo_drop(&step->in, drop);
        p->first += drop;
    }
    return status;
}

static void buzz_close(struct vh_sound_step *step)
{
    struct buzz *p = step->priv;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        vh_free(p->channel[c].ring);
        vh_free(p->channel[c].weight);
        vh_free(p->channel[c].muted);
        vh_free(p->channel[c].num);
        vh_free(p->channel[c].den);
    }
    vh_free(p->back);
    vh_free(p->back_den);
    vh_free(p->padded);
    vh_sinc_destroy(&p->sinc);
    vh_sound_fft_uninit(&p->fft);
}

const struct vh_sound_step_ops vh_sound_buzz_ops = {sizeof(struct buzz), buzz_open, buzz_run, buzz_close};
