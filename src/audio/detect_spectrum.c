/* Noise floor, bandwidth, and the relation of two channels, from one short-time spectrum (43 ms frames, half
 * overlapped).
 *
 * Noise floor: in each sixth-octave band the power, averaged over 8 frames, goes into a histogram of
 * decibels. Noise shows as a cluster at the low end: many frames within 4 dB and next to nothing just below.
 * (A quantile, as minimum statistics use it, cannot tell noise from music that never pauses; a cluster can be
 * absent.) Bands that are never quiet take their neighbours' level, but not more than they were ever seen
 * with.
 *
 * Channels: per 5 s the cross spectrum. Its phase gives the delay: phase transform for the coarse peak (C.
 * Knapp, G. Carter, IEEE Trans. ASSP 24, 1976), then a straight line through the phase weighted with
 * coherence / (1 - coherence). Its sign at the peak is the polarity; what is left unexplained by it is what
 * the channels do not share. */
#include "detect.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "sound_fft.h"

#include <math.h>
#include <string.h>

#define FRAME_S    0.0427
#define AVERAGE    8   /* frames */
#define BIN_DB     0.5 /* histogram: from LEAST_DB in these steps */
#define LEAST_DB   -190.0
#define N_DB       400
#define WINDOW     8    /* histogram bins of a cluster: 4 dB */
#define GAP        10   /* histogram bins below it that must be empty: 5 dB */
#define CROWD      0.06 /* share of the frames that makes a cluster */
#define LEAST_BINS 5    /* of a band whose lower quarter is taken */
#define MOST_BINS  64   /* that are looked at */
#define QUARTER    1.40 /* white noise over its quarter-rank in averages of 8 half overlapped frames */
#define SLOPE_DB   0.25 /* hiss rises by no more than this per band towards the bass (1.5 dB per octave) */
#define PAIR_S     5.0
#define DELAY_S    0.0005 /* longest azimuth error looked for (algorithms 6) */
#define MUTED      1e-11  /* mean square of a frame under -110 dBFS knows nothing about hiss */

struct spectrum_channel {
    double *power;                       /* of the present frame */
    double average[VH_SOUND_HISS_BANDS]; /* running sum over AVERAGE frames */
    double recent[AVERAGE][VH_SOUND_HISS_BANDS];
    int n_recent;
    int *count;        /* N_DB * VH_SOUND_HISS_BANDS */
    double *past;      /* AVERAGE spectra */
    int *between;      /* as count: what lies between a band's partials */
    double *programme; /* mean power per bin over frames with programme */
    int64_t n_programme, n_frames;
};

struct pair {
    double *s11, *s22, *re, *im;             /* sums of the piece */
    int frames;                              /* in the sums */
    int heard;                               /* of them with programme in both */
    struct vh_series delay, polarity, apart; /* per piece: samples, correlation, unshared energy in dB */
    int n_knots, knot_stride, knot_skip;
    double knot_s[VH_SOUND_KNOTS], knot_delay[VH_SOUND_KNOTS];
    double time_s;
};

struct vh_detect_spectrum {
    struct vh_pcm_format format;
    struct vh_sound_fft fft;
    int n, first_bin[VH_SOUND_HISS_BANDS + 1];
    double *window, energy; /* energy: sum of window^2 */
    double *re, *im;        /* spectrum of channel 0 while channel 1 is transformed */
    struct vh_sound_fifo fifo;
    struct spectrum_channel channel[VH_SOUND_CHANNELS];
    struct pair pair;
    int64_t n_frames;
};

int vh_detect_spectrum_create(struct vh_detect_spectrum **detect, const struct vh_pcm_format *format)
{
    struct vh_detect_spectrum *d = *detect = vh_alloc(1, sizeof *d);
    if (!d)
        return VH_ERR_RESOURCE;
    d->format = *format;
    d->n = 1 << (int)lrint(log2(FRAME_S * format->rate_hz));
    vh_sound_fifo_init(&d->fifo, format->n_channels);
    int bins = d->n / 2 + 1;
    struct pair *p = &d->pair;
    bool ok = (d->window = vh_alloc(d->n, sizeof(double))) && (d->re = vh_alloc(bins, sizeof(double))) &&
              (d->im = vh_alloc(bins, sizeof(double))) && (p->s11 = vh_alloc(bins, sizeof(double))) &&
              (p->s22 = vh_alloc(bins, sizeof(double))) && (p->re = vh_alloc(bins, sizeof(double))) &&
              (p->im = vh_alloc(bins, sizeof(double)));
    for (int c = 0; ok && c < format->n_channels; c++) {
        struct spectrum_channel *k = &d->channel[c];
        ok = (k->power = vh_alloc(bins, sizeof(double))) && (k->programme = vh_alloc(bins, sizeof(double))) &&
             (k->past = vh_alloc((size_t)AVERAGE * bins, sizeof(double))) &&
             (k->between = vh_alloc((size_t)N_DB * VH_SOUND_HISS_BANDS, sizeof(int))) &&
             (k->count = vh_alloc((size_t)N_DB * VH_SOUND_HISS_BANDS, sizeof(int)));
    }
    if (!ok)
        return VH_ERR_RESOURCE;
    vh_sound_hann(d->window, d->n);
    for (int i = 0; i < d->n; i++)
        d->energy += d->window[i] * d->window[i];
    for (int b = 0; b <= VH_SOUND_HISS_BANDS; b++) { /* bands meet halfway between their centres */
        double hz = vh_sound_hiss_band_hz(b) * pow(2, -1.0 / 12);
        int bin = (int)ceil(hz * d->n / format->rate_hz);
        d->first_bin[b] = bin < bins ? bin : bins;
    }
    return vh_sound_fft_init(&d->fft, d->n);
}

void vh_detect_spectrum_destroy(struct vh_detect_spectrum **detect)
{
    struct vh_detect_spectrum *d = *detect;
    if (!d)
        return;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        vh_free(d->channel[c].power);
        vh_free(d->channel[c].programme);
        vh_free(d->channel[c].count);
        vh_free(d->channel[c].past);
        vh_free(d->channel[c].between);
    }
    vh_free(d->window);
    vh_free(d->re);
    vh_free(d->im);
    vh_free(d->pair.s11);
    vh_free(d->pair.s22);
    vh_free(d->pair.re);
    vh_free(d->pair.im);
    vh_sound_fft_uninit(&d->fft);
    vh_sound_fifo_uninit(&d->fifo);
    vh_freep(detect);
}

/* Power density of band b in this frame; bands narrower than a bin take the nearest one. */
static double band_power(const struct vh_detect_spectrum *d, const double *power, int b)
{
    int first = d->first_bin[b], last = d->first_bin[b + 1];
    if (first >= last) {
        first = (int)lrint(vh_sound_hiss_band_hz(b) * d->n / d->format.rate_hz);
        first = first < 1 ? 1 : first;
        last = first + 1;
    }
    if (last > d->n / 2)
        return 0;
    double sum = 0;
    for (int k = first; k < last; k++)
        sum += power[k];
    return sum / (last - first) / (d->energy * d->format.rate_hz / 2);
}

static int bin_of(double power)
{
    int bin = (int)((10 * log10(power + 1e-20) - LEAST_DB) / BIN_DB);
    return bin < 0 ? 0 : bin < N_DB ? bin : N_DB - 1;
}

/* The quarter-rank of a band's bins, each averaged over AVERAGE frames: a held note fills some bins of a band
 * and leaves the hiss between them to be seen. Every other frame, and in bands of enough bins. */
static void count_between(struct vh_detect_spectrum *d, struct spectrum_channel *k)
{
    int bins = d->n / 2 + 1;
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        int first = d->first_bin[b], n = d->first_bin[b + 1] - first;
        if (n < LEAST_BINS || first + n > d->n / 2)
            continue;
        int step = (n + MOST_BINS - 1) / MOST_BINS, m = 0;
        double v[MOST_BINS];
        for (int i = 0; i < n; i += step) {
            double sum = 0;
            for (int j = 0; j < AVERAGE; j++)
                sum += k->past[(size_t)j * bins + first + i];
            v[m++] = sum;
        }
        double power = vh_select_rank(v, m, m / 4) / AVERAGE / (d->energy * d->format.rate_hz / 2);
        k->between[b * N_DB + bin_of(power * QUARTER)]++;
    }
}

static void count_bands(struct vh_detect_spectrum *d, struct spectrum_channel *k)
{
    int slot = k->n_recent % AVERAGE;
    memcpy(k->past + (size_t)slot * (d->n / 2 + 1), k->power, sizeof(double) * (d->n / 2 + 1));
    k->n_recent++;
    if (k->n_recent >= AVERAGE)
        count_between(d, k);
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        k->recent[slot][b] = band_power(d, k->power, b);
        if (k->n_recent < AVERAGE)
            continue;
        double sum = 0;
        for (int i = 0; i < AVERAGE; i++)
            sum += k->recent[i][b];
        k->count[b * N_DB + bin_of(sum / AVERAGE)]++;
    }
    k->n_frames += k->n_recent >= AVERAGE;
}

/* Transforms channel c of the frame at the FIFO's front; returns its mean square. */
static double transform(struct vh_detect_spectrum *d, int c)
{
    struct spectrum_channel *k = &d->channel[c];
    double square = 0;
    for (int i = 0; i < d->n; i++) {
        double x = d->fifo.plane[c][i];
        square += x * x;
        d->fft.time[i] = x * d->window[i];
    }
    vh_sound_fft_forward(&d->fft);
    for (int i = 0; i <= d->n / 2; i++) {
        double re = d->fft.bin[2 * i], im = d->fft.bin[2 * i + 1];
        k->power[i] = re * re + im * im;
    }
    square /= d->n;
    if (square < MUTED)
        k->n_recent = 0;
    else
        count_bands(d, k);
    if (square > 1e-6) { /* -60 dBFS: programme */
        k->n_programme++;
        for (int i = 0; i <= d->n / 2; i++)
            k->programme[i] += k->power[i];
    }
    return square;
}

/* Correlation of the two channels at a delay, whitened (phase transform) between two frequencies. */
static double correlate(const struct vh_detect_spectrum *d, double delay, int first, int last)
{
    const struct pair *p = &d->pair;
    double sum = 0, norm = 0, step = -2 * M_PI * delay / d->n;
    double c = cos(step * first), s = sin(step * first), dc = cos(step), ds = sin(step);
    for (int k = first; k < last; k++) {
        double size = sqrt(p->s11[k] * p->s22[k]) + 1e-30; /* coherence keeps incoherent bins from counting */
        sum += (p->re[k] * c - p->im[k] * s) / size;
        norm += 1;
        double t = c * dc - s * ds;
        s = c * ds + s * dc;
        c = t;
    }
    return norm > 0 ? sum / norm : 0;
}

/* Slope of the phase around a coarse delay, in samples; *steady receives the mean coherence. */
static double refine(
    const struct vh_detect_spectrum *d, double delay, int sign, int first, int last, double *steady)
{
    const struct pair *p = &d->pair;
    for (int round = 0; round < 3; round++) {
        double sum = 0, norm = 0, coherence = 0;
        for (int k = first; k < last; k++) {
            double w = 2 * M_PI * k / d->n, angle = -w * delay, re = sign * p->re[k], im = sign * p->im[k];
            double turned_re = re * cos(angle) - im * sin(angle),
                   turned_im = re * sin(angle) + im * cos(angle);
            double g = (re * re + im * im) / (p->s11[k] * p->s22[k] + 1e-60);
            double weight = g / (1.001 - fmin(g, 1));
            sum += weight * w * atan2(turned_im, turned_re);
            norm += weight * w * w;
            coherence += g;
        }
        delay += norm > 0 ? sum / norm : 0;
        *steady = coherence / (last - first);
    }
    return delay;
}

static void add_knot(struct pair *p, double time_s, double delay)
{
    if (++p->knot_skip < p->knot_stride)
        return;
    p->knot_skip = 0;
    if (p->n_knots == VH_SOUND_KNOTS) {
        for (int i = 0; i < VH_SOUND_KNOTS / 2; i++) {
            p->knot_s[i] = (p->knot_s[2 * i] + p->knot_s[2 * i + 1]) / 2;
            p->knot_delay[i] = (p->knot_delay[2 * i] + p->knot_delay[2 * i + 1]) / 2;
        }
        p->n_knots /= 2;
        p->knot_stride = (p->knot_stride ? p->knot_stride : 1) * 2;
    }
    p->knot_s[p->n_knots] = time_s;
    p->knot_delay[p->n_knots++] = delay;
}

/* Energy of channel 1 that no filter makes out of channel 0, in dB of the whole. */
static double unshared(const struct pair *p, int first, int last)
{
    double rest = 0, all = 1e-30;
    for (int k = first; k < last; k++) {
        double g = (p->re[k] * p->re[k] + p->im[k] * p->im[k]) / (p->s11[k] * p->s22[k] + 1e-60);
        rest += (1 - fmin(g, 1)) * p->s22[k];
        all += p->s22[k];
    }
    return 10 * log10(rest / all + 1e-10);
}

static void finish_pair_piece(struct vh_detect_spectrum *d)
{
    struct pair *p = &d->pair;
    double rate = d->format.rate_hz, hz = rate / d->n, most = DELAY_S * rate, best = 0, at = 0;
    int low = (int)(300 / hz), high = (int)(fmin(8000, rate * 0.4) / hz), mid = (int)(3000 / hz);
    if (p->heard > 20) {
        for (double delay = -most; delay <= most; delay += 0.25) {
            double r = correlate(d, delay, low, high);
            /* of equal peaks, as a pure tone has them, the nearest */
            double penalty = 1 - 0.1 * fabs(delay) / most;
            if (fabs(r) * penalty > fabs(best)) {
                best = r * penalty;
                at = delay;
            }
        }
        double steady, delay = refine(d, at, best < 0 ? -1 : 1, (int)(1000 / hz), high, &steady);
        double own = 0, other = 0, product = 0;
        for (int k = (int)(200 / hz); k < mid; k++) {
            double angle = -2 * M_PI * k / d->n * at;
            product += p->re[k] * cos(angle) - p->im[k] * sin(angle);
            own += p->s11[k];
            other += p->s22[k];
        }
        vh_series_add(&p->polarity, product / (sqrt(own * other) + 1e-30));
        vh_series_add(&p->apart, unshared(p, (int)(100 / hz), high));
        if (steady > 0.5 && fabs(delay) <= most) {
            vh_series_add(&p->delay, delay);
            add_knot(p, p->time_s, delay);
        }
    }
    int bins = d->n / 2 + 1;
    memset(p->s11, 0, sizeof(double) * bins);
    memset(p->s22, 0, sizeof(double) * bins);
    memset(p->re, 0, sizeof(double) * bins);
    memset(p->im, 0, sizeof(double) * bins);
    p->frames = p->heard = 0;
}

static void add_pair(struct vh_detect_spectrum *d, double square0, double square1)
{
    struct pair *p = &d->pair;
    if (square0 > 1e-7 && square1 > 1e-7) {
        for (int k = 0; k <= d->n / 2; k++) {
            double re = d->fft.bin[2 * k], im = d->fft.bin[2 * k + 1];
            p->s11[k] += d->channel[0].power[k];
            p->s22[k] += d->channel[1].power[k];
            p->re[k] += d->re[k] * re + d->im[k] * im;
            p->im[k] += d->im[k] * re - d->re[k] * im;
        }
        p->heard++;
    }
    p->frames++;
    p->time_s = (d->n_frames - p->frames / 2.0) * (d->n / 2) / d->format.rate_hz;
    if (p->frames * (d->n / 2.0) >= PAIR_S * d->format.rate_hz)
        finish_pair_piece(d);
}

static void take_frame(struct vh_detect_spectrum *d)
{
    double square[VH_SOUND_CHANNELS];
    d->n_frames++;
    for (int c = 0; c < d->format.n_channels; c++) {
        square[c] = transform(d, c);
        for (int k = 0; c == 0 && k <= d->n / 2; k++) {
            d->re[k] = d->fft.bin[2 * k];
            d->im[k] = d->fft.bin[2 * k + 1];
        }
        if (c == 1 && d->format.n_channels == 2)
            add_pair(d, square[0], square[1]);
    }
    vh_sound_fifo_drop(&d->fifo, d->n / 2);
}

int vh_detect_spectrum_push(struct vh_detect_spectrum *d, const float *const *x, int n)
{
    int status = vh_sound_fifo_append(&d->fifo, x, n);
    while (status >= 0 && d->fifo.n >= d->n)
        take_frame(d);
    return status;
}

/* The lowest cluster of one band's histogram: its level in dB per Hz, or NaN. */
static double find_cluster(const int *count, int64_t n)
{
    int64_t below = 0, inside = 0;
    for (int i = 0; i < WINDOW; i++)
        inside += count[i];
    for (int i = 0; i + WINDOW < N_DB; i++) {
        int64_t further = inside - count[i] + count[i + WINDOW];
        if (inside >= CROWD * n && inside > 20 && inside >= further && below * 5 <= inside) {
            double sum = 0;
            for (int k = 0; k < WINDOW; k++)
                sum += count[i + k] * (k + 0.5);
            return LEAST_DB + BIN_DB * (i + sum / inside);
        }
        below += count[i] - (i >= GAP ? count[i - GAP] : 0);
        inside = further;
    }
    return NAN;
}

static double quantile_db(const int *count, int64_t n, double p)
{
    int64_t seen = 0;
    for (int i = 0; i < N_DB; i++) {
        seen += count[i];
        if (seen > p * n)
            return LEAST_DB + BIN_DB * (i + 0.5);
    }
    return LEAST_DB;
}

/* Whether band b of channel c holds more of the comb that was found than noise; else takes the comb's power
 * out of *level. */
static bool comb_hides(const struct vh_sound_findings *f, int c, int b, double *level)
{
    double hz = vh_sound_hiss_band_hz(b);
    if (f->hum_hz > 0 && hz < f->hum_hz * (f->hum_harmonics + 2.6))
        return true;
    if (f->whistle_hz > 0 && fabs(log2(hz / f->whistle_hz)) < 0.17) /* its band and half of the next */
        return true;
    if (f->field_rate_hz <= 0)
        return false;
    double noise = pow(10, *level / 10) - pow(10, f->buzz_db[c][b] / 10);
    if (noise < 0.5 * pow(10, *level / 10))
        return true;
    *level = 10 * log10(noise);
    return false;
}

/* Fills noise_db of one channel. Returns the share of the bands from 1 kHz up that have a cluster of their
 * own. */
static double find_floor(
    const struct vh_detect_spectrum *d, const struct vh_sound_findings *f, int c, float *noise_db)
{
    const struct spectrum_channel *k = &d->channel[c];
    int bands = 0, own = 0, last = -1;
    bool known[VH_SOUND_HISS_BANDS] = {0};
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b), level = find_cluster(k->count + b * N_DB, k->n_frames);
        bool in_range = hz < d->format.rate_hz * 0.45;
        known[b] = in_range && !isnan(level) && !comb_hides(f, c, b, &level);
        noise_db[b] = known[b] ? (float)level : 0;
        bands += in_range && hz >= 1000;
        own += known[b] && hz >= 1000;
        last = known[b] ? b : last;
    }
    for (int b = VH_SOUND_HISS_BANDS - 1; b >= 0; b--) {
        if (known[b] || last < 0)
            continue;
        int up = b, down = b;
        while (up < VH_SOUND_HISS_BANDS && !known[up])
            up++;
        while (down >= 0 && !known[down])
            down--;
        double level = up == VH_SOUND_HISS_BANDS ? noise_db[last] : noise_db[up];
        if (down >= 0 && up < VH_SOUND_HISS_BANDS)
            level = noise_db[down] + (level - noise_db[down]) * (b - down) / (up - down);
        if (vh_sound_hiss_band_hz(b) < d->format.rate_hz * 0.45)
            level = fmin(level, quantile_db(k->count + b * N_DB, k->n_frames, 0.05));
        noise_db[b] = (float)level;
    }
    return bands ? (double)own / bands : 0;
}

/* What the lower quarters say, where that is less; and no bump in the bass that held notes make. */
static void lower_floor(const struct vh_detect_spectrum *d, int c, float *noise_db)
{
    const struct spectrum_channel *k = &d->channel[c];
    double cap = 1000;
    for (int b = VH_SOUND_HISS_BANDS - 1; b >= 0; b--) {
        const int *count = k->between + b * N_DB;
        int64_t n = 0;
        for (int i = 0; i < N_DB; i++)
            n += count[i];
        double level = n > 40 ? find_cluster(count, n) : NAN;
        if (n > 40 && isnan(level))
            level = quantile_db(count, n, 0.05);
        if (n > 40 && level < noise_db[b])
            noise_db[b] = (float)level;
        if (noise_db[b] > cap)
            noise_db[b] = (float)cap;
        if (vh_sound_hiss_band_hz(b) < d->format.rate_hz * 0.4)
            cap = fmin(cap, noise_db[b] + 1) + SLOPE_DB;
    }
}

static double floor_dbfs(const struct vh_detect_spectrum *d, const float *noise_db)
{
    double sum = 0;
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b);
        if (hz >= 200 && hz < d->format.rate_hz * 0.47)
            sum += pow(10, noise_db[b] / 10) * hz * (pow(2, 1.0 / 12) - pow(2, -1.0 / 12));
    }
    return 10 * log10(sum + 1e-20);
}

/* Level in dBFS of the loudest live channel, over the frames with programme. */
static double loudest_dbfs(const struct vh_detect_spectrum *d, const struct vh_sound_findings *f)
{
    double most = -200;
    for (int c = 0; c < d->format.n_channels; c++) {
        double sum = 0;
        for (int k = 1; k < d->n / 2; k++)
            sum += d->channel[c].programme[k];
        if (!f->dead[c] && d->channel[c].n_programme)
            most = fmax(most, 10 * log10(2 * sum / d->channel[c].n_programme / d->energy / d->n + 1e-20));
    }
    return most;
}

/* Noise has no lines: bands from 500 Hz to 10 kHz differ from their neighbours by less than 4 dB. */
static bool is_flat(const struct vh_detect_spectrum *d, const float *noise_db)
{
    for (int b = 1; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b);
        if (hz >= 560 && hz < fmin(10000, d->format.rate_hz * 0.4) && fabs(noise_db[b] - noise_db[b - 1]) > 4)
            return false;
    }
    return true;
}

static void finish_noise(
    struct vh_detect_spectrum *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    double worst = -200, share = 1;
    bool flat = true;
    int64_t frames = 0;
    for (int c = 0; c < d->format.n_channels; c++) {
        if (f->dead[c] || d->channel[c].n_frames < 40)
            continue;
        double own = find_floor(d, f, c, f->noise_db[c]);
        lower_floor(d, c, f->noise_db[c]);
        double level = floor_dbfs(d, f->noise_db[c]);
        frames = d->channel[c].n_frames;
        share = fmin(share, own);
        flat &= is_flat(d, f->noise_db[c]);
        worst = level > worst ? level : worst;
    }
    if (!frames)
        return;
    if (worst > loudest_dbfs(d, f) - 10 && !flat) /* a steady tone is a cluster in all bands as well */
        share = 0;
    double sure = share >= 0.7 ? 0.95 : share >= 0.3 ? 0.6 + (share - 0.3) * 0.8 : share;
    f->noise_known = sure >= 0.6;
    f->noise_dbfs = worst;
    if (f->noise_known)
        vh_detect_report(profile, "audio.hiss.level", worst, sure, (int)(frames < 1000000 ? frames : 1000000),
            "quiet clusters in %.0f %% of the bands above 1 kHz", 100 * share);
}

/* The highest frequency where the programme stands 6 dB over the noise. */
static void finish_bandwidth(
    struct vh_detect_spectrum *d, const struct vh_sound_findings *f, struct vh_profile *profile)
{
    double edge = 0, hz_per_bin = (double)d->format.rate_hz / d->n, drop = 0;
    for (int c = 0; c < d->format.n_channels; c++) {
        const struct spectrum_channel *k = &d->channel[c];
        if (f->dead[c] || k->n_programme < 20)
            continue;
        double scale = k->n_programme * d->energy * d->format.rate_hz / 2;
        for (int i = d->n / 2 - 2; i > 4; i--) {
            double hz = i * hz_per_bin, b = 6 * log2(hz / 20);
            if (b >= VH_SOUND_HISS_BANDS - 1)
                continue;
            double sum = 0, inside = 0;
            for (int j = -2; j <= 2; j++)
                sum += k->programme[i + j] / 5;
            double noise = f->noise_known ? f->noise_db[c][(int)(b + 0.5)] : LEAST_DB,
                   level = 10 * log10(sum / scale + 1e-20);
            bool whistle = fabs(hz - 15625) < 80 || fabs(hz - 15734) < 80;
            if (level < noise + 6 || level < -135 || whistle)
                continue;
            for (int j = 0; j < 5; j++)
                inside += k->programme[(int)(i * 0.85) + j] / 5;
            if (hz > edge) {
                edge = hz;
                drop = 10 * log10(inside / (sum + 1e-30) + 1e-9);
            }
            break;
        }
    }
    if (edge > 0)
        vh_detect_report(profile, "audio.bandwidth", edge, f->noise_known ? (drop > 6 ? 0.9 : 0.6) : 0.3, 1,
            "last 15 %% fall by %.0f dB", drop);
}

static void finish_pair(struct vh_detect_spectrum *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    struct pair *p = &d->pair;
    if (d->format.n_channels != 2)
        return;
    if (p->heard > 20)
        finish_pair_piece(d);
    if (!p->polarity.n || f->dead[0] || f->dead[1])
        return;
    double correlation = vh_series_quantile(&p->polarity, 0.5), apart = vh_series_quantile(&p->apart, 0.5);
    int n = p->polarity.n;
    double sure = n >= 2 ? 0.97 : 0.85;
    vh_detect_report(profile, "audio.polarity", correlation < -0.6, sure, n,
        "correlation %.2f in 200 to 3000 Hz", correlation);
    /* unshared energy of -34 dB is a side signal of -40 dB */
    vh_detect_report(profile, "audio.dual_mono", apart < -34, sure, n, "unshared energy %.1f dB", apart);
    double delay = vh_series_quantile(&p->delay, 0.5);
    double spread = vh_series_quantile(&p->delay, 0.75) - vh_series_quantile(&p->delay, 0.25);
    double share = (double)p->delay.n / n, at_48k = 48000.0 / d->format.rate_hz;
    if (!p->delay.n)
        return;
    double steady = spread < 2 ? 1 : 2 / spread;
    if (p->delay.n < 4) /* too few to tell a wandering head from chance */
        steady = fmin(steady, fmax(fabs(delay), 0.1) / (2 * spread + 1e-9));
    f->n_knots = p->n_knots;
    memcpy(f->knot_s, p->knot_s, sizeof p->knot_s);
    memcpy(f->knot_delay, p->knot_delay, sizeof p->knot_delay);
    vh_detect_report(profile, "audio.azimuth", delay * at_48k, fmin(0.95, share * steady), p->delay.n,
        "%d of %d pieces coherent, spread %.2f samples", p->delay.n, n, spread);
}

void vh_detect_spectrum_finish(
    struct vh_detect_spectrum *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    finish_noise(d, f, profile);
    finish_bandwidth(d, f, profile);
    finish_pair(d, f, profile);
}
