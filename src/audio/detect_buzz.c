/* Buzz locked to the field rate.
 *
 * Each field period is resampled and transformed (as in step_buzz.c), and averaged over one second with
 * weights that favour what does not change. Two neighbouring seconds then agree in the buzz and in nothing
 * else: their cross power over all harmonics is the buzz's power without bias, and the advance at which the
 * phases of all harmonics agree best is the error of the assumed period (the phases alone: a hum of a few
 * strong harmonics next to it must not decide). Where that says more than 150 ppm, it is not the field rate
 * that repeats (mains hum lies 200 ppm and more away, or wanders).
 *
 * Whether the two fields of a frame differ is seen from templates of even and odd fields kept apart. */
#include "detect.h"

#include "core/memory.h"
#include "core/status.h"
#include "sinc.h"
#include "sound_fft.h"

#include <math.h>
#include <string.h>

#define MOST_PPM  150.0
#define HARMONICS 12 /* a head-switch pulse has more, hum less */
#define LAGS      4  /* a period is compared with those 1 and 3 before */
#define FLOOR     1e-16
#define SILENT    1e-7f

struct candidate {
    double period;
    struct vh_sound_fft fft;
    int n_harmonics, window; /* window: periods averaged, even */
    int64_t n_read;
    float *past[VH_SOUND_CHANNELS];                                /* LAGS spectra */
    double *num[VH_SOUND_CHANNELS][2], *den[VH_SOUND_CHANNELS][2]; /* by parity of the period */
    double *last[VH_SOUND_CHANNELS][2];                            /* templates of the window before */
    bool have_last;
    double *all;     /* sum of all pairs' whitened cross spectra, n_harmonics re, as many im */
    double *scratch; /* 2 * n_harmonics */
    double band[VH_SOUND_CHANNELS][VH_SOUND_HISS_BANDS]; /* sums of cross power over pairs of windows */
    double *harmonic;                                    /* sums of cross power per harmonic, all channels */
    int n_pairs;
    struct vh_series agreement, ppm, power, parity; /* per pair of windows */
};

struct vh_detect_buzz {
    struct vh_pcm_format format;
    struct vh_sinc *sinc;
    struct vh_sound_fifo fifo;
    int64_t first; /* sample of fifo.plane[c][0] */
    struct candidate candidate[2];
    int n_candidates;
};

static int candidate_init(struct candidate *k, const struct vh_pcm_format *format, double field_rate)
{
    int phases = 32;
    k->period = format->rate_hz / field_rate;
    k->window = (int)lrint(field_rate / 2) * 2;
    while (phases < k->period)
        phases *= 2;
    k->n_harmonics = (int)(k->period / 2);
    k->scratch = vh_alloc(2 * k->n_harmonics, sizeof *k->scratch);
    k->all = vh_alloc(2 * k->n_harmonics, sizeof *k->all);
    k->harmonic = vh_alloc(k->n_harmonics, sizeof *k->harmonic);
    if (!k->scratch || !k->all || !k->harmonic || vh_sound_fft_init(&k->fft, phases) < 0)
        return VH_ERR_RESOURCE;
    for (int c = 0; c < format->n_channels; c++) {
        if (!(k->past[c] = vh_alloc((size_t)LAGS * 2 * k->n_harmonics, sizeof(float))))
            return VH_ERR_RESOURCE;
        for (int p = 0; p < 2; p++)
            if (!(k->num[c][p] = vh_alloc(2 * k->n_harmonics, sizeof(double))) ||
                !(k->den[c][p] = vh_alloc(k->n_harmonics, sizeof(double))) ||
                !(k->last[c][p] = vh_alloc(2 * k->n_harmonics, sizeof(double))))
                return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

int vh_detect_buzz_create(
    struct vh_detect_buzz **detect, const struct vh_pcm_format *format, double field_rate_hz)
{
    struct vh_detect_buzz *d = *detect = vh_alloc(1, sizeof *d);
    if (!d)
        return VH_ERR_RESOURCE;
    d->format = *format;
    d->first = -VH_SINC_HALF;
    d->n_candidates = field_rate_hz > 0 ? 1 : 2;
    vh_sound_fifo_init(&d->fifo, format->n_channels);
    int status = vh_sinc_create(&d->sinc);
    if (status >= 0)
        status = vh_sound_fifo_append(&d->fifo, NULL, VH_SINC_HALF);
    for (int i = 0; status >= 0 && i < d->n_candidates; i++)
        status = candidate_init(&d->candidate[i], format,
            field_rate_hz > 0 ? field_rate_hz
            : i               ? 60000 / 1001.0
                              : 50);
    return status;
}

void vh_detect_buzz_destroy(struct vh_detect_buzz **detect)
{
    struct vh_detect_buzz *d = *detect;
    if (!d)
        return;
    for (int i = 0; i < d->n_candidates; i++) {
        struct candidate *k = &d->candidate[i];
        for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
            vh_free(k->past[c]);
            for (int p = 0; p < 2; p++) {
                vh_free(k->num[c][p]);
                vh_free(k->den[c][p]);
                vh_free(k->last[c][p]);
            }
        }
        vh_free(k->scratch);
        vh_free(k->all);
        vh_free(k->harmonic);
        vh_sound_fft_uninit(&k->fft);
    }
    vh_sinc_destroy(&d->sinc);
    vh_sound_fifo_uninit(&d->fifo);
    vh_freep(detect);
}

/* Adds the period in k->fft.bin to the sums of its parity. */
static void add_period(struct candidate *k, int c, bool muted)
{
    int n = k->n_harmonics, parity = (int)(k->n_read & 1);
    float *here = k->past[c] + (size_t)(k->n_read % LAGS) * 2 * n;
    const float *one = k->past[c] + (size_t)((k->n_read + LAGS - 1) % LAGS) * 2 * n;
    const float *three = k->past[c] + (size_t)((k->n_read + LAGS - 3) % LAGS) * 2 * n;
    double *num = k->num[c][parity], *den = k->den[c][parity];
    for (int i = 0; i < 2 * n; i++)
        here[i] = (float)(k->fft.bin[i] * 2 / k->fft.n);
    if (muted || k->n_read < LAGS)
        return;
    for (int h = 1; h < n; h++) {
        double re = here[2 * h], im = here[2 * h + 1];
        double a = (re - one[2 * h]) * (re - one[2 * h]) + (im - one[2 * h + 1]) * (im - one[2 * h + 1]);
        double b =
            (re - three[2 * h]) * (re - three[2 * h]) + (im - three[2 * h + 1]) * (im - three[2 * h + 1]);
        double w = 1 / (FLOOR + (a > b ? a : b));
        num[2 * h] += w * re;
        num[2 * h + 1] += w * im;
        den[h] += w;
    }
}

/* Sums of one parity into a template; clears them. */
static void make_template(double *num, double *den, int n)
{
    for (int h = 0; h < n; h++) {
        double scale = den[h] > 0 ? 1 / den[h] : 0;
        num[2 * h] *= scale;
        num[2 * h + 1] *= scale;
        den[h] = 0;
    }
}

/* Cross power of two templates, the later one turned back by `advance` radians per harmonic. */
static double cross(const double *a, const double *b, int n, double advance)
{
    double power = 0;
    for (int h = 1; h < n; h++) {
        double re = a[2 * h] * b[2 * h] + a[2 * h + 1] * b[2 * h + 1];
        double im = a[2 * h] * b[2 * h + 1] - a[2 * h + 1] * b[2 * h];
        power += re * cos(h * advance) - im * sin(h * advance);
    }
    return power;
}

/* Agreement of the phases alone over all harmonics, so that a few strong ones (hum, which drifts) do not
 * decide. */
static double align(const double *re, const double *im, int n, double advance)
{
    double c = 1, s = 0, dc = cos(advance), ds = sin(advance), sum = 0;
    for (int h = 1; h < n; h++) {
        double t = c * dc - s * ds;
        s = c * ds + s * dc;
        c = t;
        sum += re[h] * c - im[h] * s;
    }
    return sum;
}

/* Cross spectrum of two templates, its size reduced to the fourth root of the power; added to *sum. */
static void whiten(const double *a, const double *b, int n, double *re, double *im, double *sum)
{
    for (int h = 1; h < n; h++) {
        re[h] = a[2 * h] * b[2 * h] + a[2 * h + 1] * b[2 * h + 1];
        im[h] = a[2 * h] * b[2 * h + 1] - a[2 * h + 1] * b[2 * h];
        double scale = pow(re[h] * re[h] + im[h] * im[h] + 1e-60, -0.375);
        re[h] *= scale;
        im[h] *= scale;
        sum[h] += re[h];
        sum[n + h] += im[h];
    }
}

/* The advance in ±most at which the phases agree best, from a grid and two refinements of it. */
static double find_advance(const double *re, const double *im, int n, double most)
{
    double best = -1e300, at = 0, step = most / 64, from = -most;
    for (int round = 0, points = 129; round < 3; round++, points = 17) {
        double centre = from;
        for (int i = 0; i < points; i++, centre += step) {
            double score = align(re, im, n, centre);
            if (score > best) {
                best = score;
                at = centre;
            }
        }
        step /= 8;
        from = at - 8 * step;
    }
    return at;
}

static double energy(const double *t, int n)
{
    double sum = 0;
    for (int i = 2; i < 2 * n; i++)
        sum += t[i] * t[i];
    return sum;
}

/* Adds the cross power of two templates to the bands of channel c. */
static void add_bands(
    struct candidate *k, int c, const double *a, const double *b, double rate, double advance)
{
    for (int h = 1; h < k->n_harmonics; h++) {
        double re = a[2 * h] * b[2 * h] + a[2 * h + 1] * b[2 * h + 1];
        double im = a[2 * h] * b[2 * h + 1] - a[2 * h + 1] * b[2 * h];
        int band = (int)lrint(6 * log2(h * rate / k->period / 20));
        double power = (re * cos(h * advance) - im * sin(h * advance)) / 2;
        k->harmonic[h] += power;
        if (band >= 0 && band < VH_SOUND_HISS_BANDS)
            k->band[c][band] += power;
    }
}

/* Compares this window's templates with the last one's and starts the next window. */
static void finish_window(struct candidate *k, int n_channels, double rate)
{
    int n = k->n_harmonics;
    double both = 0, own = 1e-30, odd = 0, most = MOST_PPM * 1e-6 * 2 * M_PI * k->window, advance = 0;
    for (int c = 0; c < n_channels; c++) {
        double *even_sum = k->num[c][0], *odd_sum = k->num[c][1], *even_last = k->last[c][0],
               *odd_last = k->last[c][1];
        make_template(even_sum, k->den[c][0], n);
        make_template(odd_sum, k->den[c][1], n);
        for (int i = 0; i < 2 * n; i++) { /* mean and half difference of the parities */
            double a = even_sum[i], b = odd_sum[i];
            even_sum[i] = (a + b) / 2;
            odd_sum[i] = (a - b) / 2;
        }
        if (!k->have_last)
            continue;
        whiten(even_last, even_sum, n, k->scratch, k->scratch + n, k->all);
        advance = find_advance(k->scratch, k->scratch + n, n, most);
        both += cross(even_last, even_sum, n, advance);
        add_bands(k, c, even_last, even_sum, rate, advance);
        odd += cross(odd_last, odd_sum, n, advance);
        own += sqrt(energy(even_last, n) * energy(even_sum, n));
    }
    k->n_pairs += k->have_last;
    if (k->have_last && own > 1e-14) {
        vh_series_add(&k->agreement, both / own);
        vh_series_add(&k->power, both / 2 / n_channels);
        vh_series_add(&k->parity, odd / (both + 1e-30));
        vh_series_add(&k->ppm, -advance / (2 * M_PI * k->window) * -1e6);
    }
    for (int c = 0; c < n_channels; c++)
        for (int p = 0; p < 2; p++) {
            memcpy(k->last[c][p], k->num[c][p], sizeof(double) * 2 * n);
            memset(k->num[c][p], 0, sizeof(double) * 2 * n);
        }
    k->have_last = true;
}

static void read_periods(struct vh_detect_buzz *d, struct candidate *k)
{
    while ((k->n_read + 1) * k->period + VH_SINC_HALF + 1 <= d->first + d->fifo.n) {
        for (int c = 0; c < d->format.n_channels; c++) {
            float peak = 0;
            for (int i = 0; i < k->fft.n; i++) {
                double at = (k->n_read + (double)i / k->fft.n) * k->period - d->first, whole = floor(at);
                float x = vh_sinc_at(d->sinc, d->fifo.plane[c] + (int)whole, at - whole);
                k->fft.time[i] = x;
                peak = fmaxf(peak, fabsf(x));
            }
            vh_sound_fft_forward(&k->fft);
            add_period(k, c, peak < SILENT);
        }
        if (++k->n_read % k->window == 0)
            finish_window(k, d->format.n_channels, d->format.rate_hz);
    }
}

int vh_detect_buzz_push(struct vh_detect_buzz *d, const float *const *x, int n)
{
    int status = vh_sound_fifo_append(&d->fifo, x, n);
    if (status < 0)
        return status;
    double used = 1e18;
    for (int i = 0; i < d->n_candidates; i++) {
        read_periods(d, &d->candidate[i]);
        used = fmin(used, d->candidate[i].n_read * d->candidate[i].period);
    }
    int drop = (int)(used - VH_SINC_HALF - d->first);
    if (drop > 0) {
        vh_sound_fifo_drop(&d->fifo, drop);
        d->first += drop;
    }
    return VH_OK;
}

/* Harmonics within 30 dB of the strongest. */
static int count_harmonics(const struct candidate *k)
{
    double most = 0;
    int n = 0;
    for (int h = 1; h < k->n_harmonics; h++)
        most = fmax(most, k->harmonic[h]);
    for (int h = 1; h < k->n_harmonics; h++)
        n += k->harmonic[h] > most * 1e-3;
    return n;
}

void vh_detect_buzz_finish(struct vh_detect_buzz *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    const struct candidate *k = &d->candidate[0];
    if (d->n_candidates == 2 && k->agreement.n && d->candidate[1].agreement.n &&
        vh_series_quantile(&d->candidate[1].agreement, 0.5) > vh_series_quantile(&k->agreement, 0.5))
        k = &d->candidate[1];
    int n = k->agreement.n;
    if (!n)
        return;
    double agreement = vh_series_quantile(&k->agreement, 0.5), turn = 2 * M_PI * k->window;
    double ppm =
        find_advance(k->all, k->all + k->n_harmonics, k->n_harmonics, MOST_PPM * 1e-6 * turn) / turn * 1e6;
    double spread = vh_series_quantile(&k->ppm, 0.75) - vh_series_quantile(&k->ppm, 0.25);
    double power = vh_series_quantile(&k->power, 0.5), dbfs = 10 * log10(fmax(power, 1e-20));
    double sure = fmax(0, fmin(0.98, (agreement - 0.15) / 0.4)) * (n < 3 ? 0.8 : 1);
    int harmonics = count_harmonics(k);
    if (harmonics < HARMONICS)
        sure *= 0.3; /* a tone, or hum at the field rate: not a pulse */
    if (fabs(ppm) > 0.9 * MOST_PPM || spread > 60)
        sure *= 0.3; /* does not hold the field rate */
    bool there = sure >= 0.6 && dbfs > -95;
    f->field_rate_hz = there ? d->format.rate_hz / (k->period * (1 + ppm * 1e-6)) : 0;
    f->buzz_two_fields = there && vh_series_quantile(&k->parity, 0.5) > 0.1;
    f->buzz_dbfs = dbfs;
    for (int c = 0; there && c < d->format.n_channels; c++)
        for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
            double width = vh_sound_hiss_band_hz(b) * (pow(2, 1.0 / 12) - pow(2, -1.0 / 12));
            f->buzz_db[c][b] = (float)(10 * log10(fmax(k->band[c][b] / k->n_pairs / width, 1e-20)));
        }
    if (there)
        vh_detect_report(profile, "audio.buzz.frequency", f->field_rate_hz, sure, n,
            "%+.1f ppm from the field rate, spread %.1f", ppm, spread);
    vh_detect_report(profile, "audio.buzz.level", 0, there ? sure : 0.9, n,
        "%.1f dBFS, %d harmonics, neighbouring seconds agree to %.2f", dbfs, harmonics, agreement);
}
