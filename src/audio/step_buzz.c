/* Head-switch buzz: cancelled by its own average over many fields.
 *
 * Whatever the video field rate puts into the sound (head switching, video buzz) repeats exactly with the
 * field, the programme does not. Each period is resampled to a fixed number of phases and transformed, which
 * gives one complex value per harmonic of the field rate; what stands still in them (steady.h: robust
 * averages over some seconds, clock error followed) is the buzz. It is turned back into a wave, oversampled
 * four times, and subtracted.
 *
 * Where the sound itself holds less than the template (muted passages) the template is scaled down to what is
 * there, so that no buzz is written into silence. */
#include "sinc.h"
#include "sound_fft.h"
#include "step_base.h"
#include "steady.h"

#include <math.h>
#include <string.h>

#define KEEP_DEFAULT 300
#define KEEP_LEAST   8
#define KEEP_MOST    400
#define SIDE         5     /* blocks of the average to each side */
#define TOP_HZ       20000 /* nothing is looked for above */
#define TURN_PPM     40    /* the period as measured is off by 20 ppm at most (sound.md) */
#define WEIGHT_FLOOR 1e-16 /* -160 dB full scale per harmonic, below any real programme */
#define SILENT       1e-7f /* a period that stays below this was muted: it knows nothing about buzz */
#define FINE         4 /* oversampling of the wave: a cubic through it is 97 dB exact at 5 kHz, 50 at 20 kHz */

struct buzz {
    struct vh_sinc *sinc;
    struct vh_sound_fft fft;  /* fft.n phases in one period */
    struct vh_sound_fft fine; /* FINE * fft.n phases */
    double period;            /* samples of one template */
    int n_harmonics;          /* harmonic 0 (the mean) is not touched */
    int block;                /* periods */
    int64_t first;            /* sample number of in.plane[c][0] */
    int64_t n_read;           /* periods pushed */
    int64_t n_out;            /* samples that have left */
    struct vh_steady *steady[VH_SOUND_CHANNELS];
    float *re, *im;               /* n_harmonics: one spectrum */
    struct vh_steady_block spent; /* estimate of the block at work */
    float *wave[2], *mixed; /* at the block's beginning and end, and for one period; 3 wrapped samples */
};

static int buzz_alloc(struct vh_sound_step *step)
{
    struct buzz *p = step->priv;
    size_t h = p->n_harmonics, n = p->fine.n + 4;
    struct vh_steady_config config = {.n = p->n_harmonics,
        .block = p->block,
        .n_blocks = 2 * SIDE,
        .n_scales = 4,
        .turn_most = 2 * M_PI * p->block * TURN_PPM * 1e-6,
        .turn_step = 2 * M_PI * p->block * TURN_PPM * 1e-6 / 16,
        .least = WEIGHT_FLOOR};
    bool ok = (p->re = vh_alloc(h, sizeof(float))) && (p->im = vh_alloc(h, sizeof(float))) &&
              (p->mixed = vh_alloc(n, sizeof(float)));
    for (int i = 0; ok && i < 2; i++)
        ok = (p->spent.re[i] = vh_alloc(h, sizeof(float))) && (p->spent.im[i] = vh_alloc(h, sizeof(float))) &&
             (p->wave[i] = vh_alloc(n, sizeof(float)));
    for (int c = 0; ok && c < step->format.n_channels; c++)
        ok = vh_steady_create(&p->steady[c], &config) >= 0;
    ok = ok && vh_sinc_create(&p->sinc) >= 0 && vh_sound_fifo_append(&step->in, NULL, VH_SINC_HALF) >= 0;
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

static int buzz_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct buzz *p = step->priv;
    const struct vh_sound_buzz *buzz = &step->params.buzz;
    if (!(buzz->period >= 16 && buzz->period <= 16384))
        return vh_fail(log, VH_ERR_USAGE, "buzz period %g is outside 16 to 16384 samples", buzz->period);
    int keep = buzz->keep ? buzz->keep : KEEP_DEFAULT, phases = 32, pair = buzz->two_fields ? 2 : 1;
    if (keep < KEEP_LEAST || keep > KEEP_MOST)
        return vh_fail(log, VH_ERR_USAGE, "buzz average over %d periods is outside %d to %d", keep,
            KEEP_LEAST, KEEP_MOST);
    p->period = buzz->period * pair;
    while (phases < p->period)
        phases *= 2;
    p->n_harmonics = (int)(p->period * fmin(0.5, (double)TOP_HZ / step->format.rate_hz));
    p->block = keep / SIDE / pair < 8 ? 8 : keep / SIDE / pair;
    p->first = -VH_SINC_HALF;
    int status = vh_sound_fft_init(&p->fft, phases);
    if (status >= 0)
        status = vh_sound_fft_init(&p->fine, phases * FINE);
    if (status >= 0)
        status = buzz_alloc(step);
    return status < 0 ? vh_fail(log, status, "out of memory for the buzz canceller") : VH_OK;
}

/* Resamples and transforms the next period of one channel. Value h of the spectrum is harmonic h, of
 * amplitude 1 = 1. */
static void read_period(struct vh_sound_step *step, int c)
{
    struct buzz *p = step->priv;
    float peak = 0;
    for (int i = 0; i < p->fft.n; i++) {
        double at = (p->n_read + (double)i / p->fft.n) * p->period - p->first;
        int whole = (int)at;
        float x = vh_sinc_near(p->sinc, step->in.plane[c] + whole, at - whole);
        p->fft.time[i] = x;
        peak = fmaxf(peak, fabsf(x));
    }
    vh_sound_fft_forward(&p->fft);
    for (int h = 0; h < p->n_harmonics; h++) {
        p->re[h] = (float)(p->fft.bin[2 * h] * 2 / p->fft.n);
        p->im[h] = (float)(p->fft.bin[2 * h + 1] * 2 / p->fft.n);
    }
    vh_steady_push(p->steady[c], p->re, p->im, peak >= SILENT);
}

/* How much of the template is in this period: 1 unless the period holds too little for it. */
static double presence(const struct buzz *p, int c, int64_t k)
{
    const float *re, *im;
    double power = 0, want = 0, product = 0;
    vh_steady_frame(p->steady[c], k, &re, &im);
    for (int h = 1; h < p->n_harmonics; h++) {
        double a = p->spent.re[0][h], b = p->spent.im[0][h];
        power += (double)re[h] * re[h] + (double)im[h] * im[h];
        want += a * a + b * b;
        product += re[h] * a + im[h] * b;
    }
    if (want <= 0)
        return 0;
    return power > 2 * want ? 1 : fmax(0, fmin(1, product / want));
}

/* A spectrum as a wave; sample 0 stands at wave[1]. */
static void make_wave(struct buzz *p, const float *re, const float *im, float *wave)
{
    int n = p->fine.n;
    memset(p->fine.bin, 0, sizeof(double) * (n + 2));
    for (int h = 1; h < p->n_harmonics; h++) {
        p->fine.bin[2 * h] = (double)re[h] * n / 2;
        p->fine.bin[2 * h + 1] = (double)im[h] * n / 2;
    }
    vh_sound_fft_inverse(&p->fine);
    for (int i = 0; i < n; i++)
        wave[1 + i] = (float)p->fine.time[i];
    wave[0] = wave[n];
    wave[n + 1] = wave[1];
    wave[n + 2] = wave[2];
    wave[n + 3] = wave[3];
}

/* The cubic through y[-1], y[0], y[1], y[2] at t of the way from y[0] to y[1] (Lagrange). */
static float cubic(const float *y, float t)
{
    float a = t + 1, b = t - 1, c = t - 2;
    return (y[2] * a * b - y[-1] * b * c) * t * (1 / 6.0f) + (y[0] * b - y[1] * t) * a * c * 0.5f;
}

/* Subtracts the mixed wave from samples begin to end, which lie in period k of the block `spent`. */
static void cancel(struct vh_sound_step *step, int c, int64_t begin, int64_t end, float *to)
{
    struct buzz *p = step->priv;
    const float *from = step->in.plane[c] + (begin - p->first), *wave = p->mixed + 1;
    double middle = p->spent.first + p->block / 2.0, slow = p->spent.turn / (2 * M_PI * p->block);
    for (int64_t n = begin; n < end; n++) {
        double periods = n / p->period, at = periods + slow * (periods - middle);
        at = (at - floor(at)) * p->fine.n;
        int whole = (int)at;
        *to++ = *from++ - cubic(wave + whole, (float)(at - whole));
    }
}

static int64_t period_start(const struct buzz *p, int64_t k)
{
    return (int64_t)ceil(k * p->period);
}

/* Cancels in one channel the block `spent`, whose samples end at `end`. */
static void cancel_block(struct vh_sound_step *step, int c, int64_t end, float *to)
{
    struct buzz *p = step->priv;
    int64_t begin = p->n_out;
    for (int i = 0; i < 2; i++)
        make_wave(p, p->spent.re[i], p->spent.im[i], p->wave[i]);
    for (int j = 0; j < p->spent.n; j++) {
        int64_t k = p->spent.first + j, stop = j == p->spent.n - 1 ? end : period_start(p, k + 1);
        float amount = (float)presence(p, c, k), w = (j + 0.5f) / p->spent.n;
        for (int i = 0; i < p->fine.n + 4; i++)
            p->mixed[i] = amount * (p->wave[0][i] + w * (p->wave[1][i] - p->wave[0][i]));
        cancel(step, c, begin, stop, to + (begin - p->n_out));
        begin = stop;
    }
}

/* Sends away what the estimates allow. `last`: nothing more will be read. */
static int finish_blocks(struct vh_sound_step *step, bool last)
{
    struct buzz *p = step->priv;
    while (vh_steady_read(p->steady[0], &p->spent)) {
        int64_t next = p->spent.first + p->spent.n,
                end = last && next == p->n_read ? step->n_in : period_start(p, next);
        float *to[VH_SOUND_CHANNELS];
        int status = vh_sound_fifo_reserve(&step->out, to, (int)(end - p->n_out));
        if (status < 0)
            return status;
        for (int c = 0; c < step->format.n_channels; c++) {
            if (c)
                vh_steady_read(p->steady[c], &p->spent);
            cancel_block(step, c, end, to[c]);
        }
        p->n_out = end;
    }
    return VH_OK;
}

/* Sound shorter than one period. */
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

static int buzz_run(struct vh_sound_step *step, bool last)
{
    struct buzz *p = step->priv;
    int status = last ? vh_sound_fifo_append(&step->in, NULL, VH_SINC_HALF + 1) : VH_OK;
    while (status >= 0 && (p->n_read + 1) * p->period + VH_SINC_HALF + 1 <= p->first + step->in.n) {
        for (int c = 0; c < step->format.n_channels; c++)
            read_period(step, c);
        p->n_read++;
        status = finish_blocks(step, false);
    }
    for (int c = 0; last && c < step->format.n_channels; c++)
        vh_steady_end(p->steady[c]);
    if (status >= 0 && last)
        status = finish_blocks(step, true);
    if (status >= 0 && last && p->n_out < step->n_in)
        status = pass_through(step, step->n_in);
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
    for (int c = 0; c < VH_SOUND_CHANNELS; c++)
        vh_steady_destroy(&p->steady[c]);
    for (int i = 0; i < 2; i++) {
        vh_free(p->spent.re[i]);
        vh_free(p->spent.im[i]);
        vh_free(p->wave[i]);
    }
    vh_free(p->re);
    vh_free(p->im);
    vh_free(p->mixed);
    vh_sinc_destroy(&p->sinc);
    vh_sound_fft_uninit(&p->fft);
    vh_sound_fft_uninit(&p->fine);
}

const struct vh_sound_step_ops vh_sound_buzz_ops = {sizeof(struct buzz), buzz_open, buzz_run, buzz_close};
