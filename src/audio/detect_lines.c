/* Lines that never move: mains hum and the whistle of the line frequency.
 *
 * Hum: the sound is decimated to about 3 kHz and transformed in frames of about 10 s, which resolves 0.1 Hz.
 * For each candidate fundamental in 48.5 to 51.5 and 58.5 to 61.5 Hz the peaks at its first ten harmonics are
 * summed in decibels over their neighbourhood (algorithms 6: harmonic sum); the winner's frequency is refined
 * from its peaks. Hum is what wins in most frames at one frequency: a bass note does not stay.
 *
 * Whistle: 15625 and 15734.27 Hz (line rates of 625 and 525 lines) leave a line a few hertz wide; the peak
 * within 12 Hz of each against its neighbourhood, in spectra of 0.3 s averaged over the file. */
#include "detect.h"

#include "biquad.h"
#include "core/memory.h"
#include "core/status.h"
#include "sound_fft.h"

#include <math.h>
#include <string.h>

#define HUM_RATE       3000.0
#define HUM_N          32768
#define HUM_FRAME_S    11.0 /* longest frame */
#define SECTIONS       4    /* eighth-order Butterworth low-pass before decimation */
#define LINE_N         16384
#define WHISTLE_DBFS   -90.0 /* quieter lines are rounding noise of steady tones, and nobody hears them */
#define WHISTLE_FRAMES 6     /* 2 s at 48 kHz */
#define PEAK_DB                                                                                              \
    8.0 /* a harmonic's peak counts above this over its neighbourhood (algorithms 6: 6; noise reaches 7) */
#define CANDIDATES 300 /* 0.01 Hz apart */

struct hum_frames {
    struct vh_series frequency, score, level, top; /* per frame that hears hum */
    int heard, n;
};

struct vh_detect_lines {
    struct vh_pcm_format format;
    int decimate, phase, n_hum, hop; /* hop: decimated samples between frames */
    struct vh_biquad lowpass[SECTIONS];
    struct vh_biquad_state state[SECTIONS];
    float *slow; /* decimated sum of channels, HUM_N */
    struct vh_sound_fft hum_fft, line_fft;
    double *hann, *line_hann, *power; /* power: of the hum frame, HUM_N / 2 + 1 */
    struct hum_frames frames[2];      /* 50 and 60 Hz mains */
    struct vh_sound_fifo line;        /* samples for the whistle's spectrum, all channels */
    double *line_power;               /* averaged, of all channels */
    int64_t n_line;
};

int vh_detect_lines_create(struct vh_detect_lines **detect, const struct vh_pcm_format *format)
{
    struct vh_detect_lines *d = *detect = vh_alloc(1, sizeof *d);
    if (!d)
        return VH_ERR_RESOURCE;
    d->format = *format;
    d->decimate = (int)(format->rate_hz / HUM_RATE);
    d->hop = HUM_N / 2;
    vh_sound_fifo_init(&d->line, format->n_channels);
    static const double q[SECTIONS] = {
        0.50979558, 0.60134489, 0.89997622, 2.5629154}; /* Butterworth, order 8 */
    double slow_rate = (double)format->rate_hz / d->decimate;
    for (int i = 0; i < SECTIONS; i++)
        d->lowpass[i] = vh_biquad_design(
            &(struct vh_sound_section){VH_SOUND_LOWPASS, slow_rate * 0.3, q[i], 0}, format->rate_hz);
    bool ok = (d->slow = vh_alloc(HUM_N, sizeof *d->slow)) && (d->hann = vh_alloc(HUM_N, sizeof *d->hann)) &&
              (d->line_hann = vh_alloc(LINE_N, sizeof *d->line_hann)) &&
              (d->power = vh_alloc(HUM_N / 2 + 1, sizeof *d->power)) &&
              (d->line_power = vh_alloc(LINE_N / 2 + 1, sizeof *d->line_power));
    if (!ok)
        return VH_ERR_RESOURCE;
    vh_sound_hann(d->hann, HUM_N);
    vh_sound_hann(d->line_hann, LINE_N);
    int status = vh_sound_fft_init(&d->hum_fft, HUM_N);
    return status < 0 ? status : vh_sound_fft_init(&d->line_fft, LINE_N);
}

void vh_detect_lines_destroy(struct vh_detect_lines **detect)
{
    struct vh_detect_lines *d = *detect;
    if (!d)
        return;
    vh_free(d->slow);
    vh_free(d->hann);
    vh_free(d->line_hann);
    vh_free(d->power);
    vh_free(d->line_power);
    vh_sound_fft_uninit(&d->hum_fft);
    vh_sound_fft_uninit(&d->line_fft);
    vh_sound_fifo_uninit(&d->line);
    vh_freep(detect);
}

/* Decibels of the local maximum near bin `at` over the mean of the bins 4 to 24 away; *place receives its
 * exact bin. */
static double peak_over(const double *power, int n, double at, int reach, double *place)
{
    int k = (int)lrint(at), best = k;
    if (k - reach - 26 < 1 || k + reach + 26 >= n)
        return -99;
    for (int i = k - reach; i <= k + reach; i++)
        best = power[i] > power[best] ? i : best;
    double sum = 0, least = 1e300, side[2] = {0};
    for (int i = 4; i <= 24; i++) {
        side[0] += power[best - i];
        side[1] += power[best + i];
    }
    sum = (side[0] + side[1]) / 42;
    least = (side[0] < side[1] ? side[0] : side[1]) / 21;
    sum = sum < 10 * least ? sum : 10 * least; /* a strong neighbour on one side must not hide the line */
    double a = log(power[best - 1] + 1e-30), b = log(power[best] + 1e-30), c = log(power[best + 1] + 1e-30);
    double bend = a - 2 * b + c;
    *place = best + (bend < 0 ? 0.5 * (a - c) / bend : 0);
    return 10 * log10((power[best] + 1e-30) / (sum + 1e-30));
}

/* Sum of the harmonics' peaks of fundamental f0; only those near the exact multiple count. */
static double comb(const struct vh_detect_lines *d, double f0, double bin_hz, double *strongest, int *top)
{
    double score = 0, place;
    *strongest = -99;
    *top = 0;
    for (int h = 1; h <= 10; h++) {
        double db = peak_over(d->power, HUM_N / 2, h * f0 / bin_hz, 1, &place);
        if (db < PEAK_DB)
            continue;
        score += fmin(db, 30) - PEAK_DB + 1;
        *strongest = fmax(*strongest, db);
        *top = h;
    }
    return score;
}

/* The exact fundamental from the peaks of the comb at f0. */
static double refine(const struct vh_detect_lines *d, double f0, double bin_hz)
{
    double sum = 0, norm = 0, place;
    for (int h = 1; h <= 10; h++) {
        double db = peak_over(d->power, HUM_N / 2, h * f0 / bin_hz, 1, &place);
        if (db < PEAK_DB)
            continue;
        double w = fmin(db, 30) * h * h;
        sum += w * place * bin_hz / h;
        norm += w;
    }
    return norm > 0 ? sum / norm : f0;
}

static void search(struct vh_detect_lines *d, int mains)
{
    struct hum_frames *frames = &d->frames[mains];
    double bin_hz = (double)d->format.rate_hz / d->decimate / HUM_N, best = 0, f = 0, strongest, top_db = 0;
    int top, best_top = 0;
    for (int i = 0; i < CANDIDATES; i++) {
        double f0 = (mains ? 60 : 50) - 1.5 + i * 0.01, score = comb(d, f0, bin_hz, &strongest, &top);
        if (score > best) {
            best = score;
            f = f0;
            best_top = top;
            top_db = strongest;
        }
    }
    frames->n++;
    if (best < 12)
        return; /* two faint harmonics or one clear one at the least */
    frames->heard++;
    vh_series_add(&frames->frequency, refine(d, f, bin_hz));
    vh_series_add(&frames->score, best);
    vh_series_add(&frames->level, top_db);
    vh_series_add(&frames->top, best_top);
}

/* One frame from the n_hum decimated samples there are. */
static void hum_frame(struct vh_detect_lines *d)
{
    double *x = d->hum_fft.time;
    for (int i = 0; i < HUM_N; i++)
        x[i] = i < d->n_hum
                   ? d->slow[i] * (d->n_hum == HUM_N ? d->hann[i] : pow(sin(M_PI * (i + 0.5) / d->n_hum), 2))
                   : 0;
    vh_sound_fft_forward(&d->hum_fft);
    for (int k = 0; k <= HUM_N / 2; k++) {
        double re = d->hum_fft.bin[2 * k], im = d->hum_fft.bin[2 * k + 1];
        d->power[k] = re * re + im * im;
    }
    search(d, 0);
    search(d, 1);
}

static void line_frame(struct vh_detect_lines *d)
{
    for (int c = 0; c < d->format.n_channels; c++) {
        for (int i = 0; i < LINE_N; i++)
            d->line_fft.time[i] = d->line.plane[c][i] * d->line_hann[i];
        vh_sound_fft_forward(&d->line_fft);
        for (int k = 0; k <= LINE_N / 2; k++) {
            double re = d->line_fft.bin[2 * k], im = d->line_fft.bin[2 * k + 1];
            d->line_power[k] += re * re + im * im;
        }
    }
    d->n_line++;
}

static void decimate(struct vh_detect_lines *d, const float *const *x, int i)
{
    double sum = 0;
    for (int c = 0; c < d->format.n_channels; c++)
        sum += x[c][i] / (1 + 0.4 * c); /* unequal, so that channels of opposite polarity do not cancel */
    for (int s = 0; s < SECTIONS; s++)
        sum = vh_biquad_run(&d->lowpass[s], &d->state[s], sum);
    if (++d->phase < d->decimate)
        return;
    d->phase = 0;
    d->slow[d->n_hum++] = (float)sum;
    if (d->n_hum < HUM_N)
        return;
    hum_frame(d);
    memmove(d->slow, d->slow + d->hop, sizeof *d->slow * (HUM_N - d->hop));
    d->n_hum -= d->hop;
}

int vh_detect_lines_push(struct vh_detect_lines *d, const float *const *x, int n)
{
    for (int i = 0; i < n; i++)
        decimate(d, x, i);
    int status = vh_sound_fifo_append(&d->line, x, n);
    while (status >= 0 && d->line.n >= LINE_N) {
        if (d->format.rate_hz > 2 * 16000 - 1)
            line_frame(d);
        vh_sound_fifo_drop(&d->line, LINE_N);
    }
    return status;
}

static void finish_hum(struct vh_detect_lines *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    double slow_rate = (double)d->format.rate_hz / d->decimate;
    if (d->frames[0].n == 0 && d->n_hum > 3 * slow_rate)
        hum_frame(d); /* a short clip: one frame of what there is */
    int mains = d->frames[1].heard * vh_series_quantile(&d->frames[1].score, 0.5) >
                d->frames[0].heard * vh_series_quantile(&d->frames[0].score, 0.5);
    mains = d->frames[1].heard && !d->frames[0].heard ? 1 : mains;
    struct hum_frames *frames = &d->frames[mains];
    double hz = vh_series_quantile(&frames->frequency, 0.5),
           share = frames->n ? (double)frames->heard / frames->n : 0;
    int near = 0;
    for (int i = 0; i < frames->frequency.n; i++)
        near += fabs(frames->frequency.value[i] - hz) < 0.06;
    double agree = frames->frequency.n ? (double)near / frames->frequency.n : 0, sure = share * agree;
    double level = frames->heard ? vh_series_quantile(&frames->level, 0.5) : 0;
    if (frames->n < 2)
        sure = fmin(sure, 0.65);
    bool there = sure >= 0.6 && frames->heard;
    f->hum_hz = there ? hz : 0;
    f->hum_harmonics = there ? (int)vh_series_quantile(&frames->top, 0.9) : 0;
    if (there)
        vh_detect_report(profile, "audio.hum.frequency", hz, sure, frames->heard,
            "%d of %d frames agree, %d harmonics", near, frames->n, f->hum_harmonics);
    if (frames->n)
        vh_detect_report(profile, "audio.hum.level", there ? level : 0, there ? sure : 0.9, frames->n,
            "comb at %d Hz heard in %d of %d frames, %d at one frequency", mains ? 60 : 50, frames->heard,
            frames->n, near);
}

static void finish_whistle(struct vh_detect_lines *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    static const double lines[] = {15625, 15734.266};
    double bin_hz = (double)d->format.rate_hz / LINE_N, best = 0, hz = 0, place;
    for (int i = 0; i < 2; i++) {
        int reach = (int)(12 / bin_hz) + 1;
        double db = d->n_line ? peak_over(d->line_power, LINE_N / 2, lines[i] / bin_hz, reach, &place) : -99;
        if (db > best) {
            best = db;
            hz = place * bin_hz;
        }
    }
    if (!d->n_line)
        return;
    double size =
        d->n_line ? sqrt(d->line_power[(int)lrint(hz / bin_hz)] / d->n_line / d->format.n_channels) : 0;
    double dbfs = 20 * log10(size * 4 / LINE_N + 1e-12); /* Hann: a sine of amplitude A gives A N / 4 */
    /* an averaged spectrum of noise wavers by 4.3 / sqrt(n) dB; the greatest of some bins by three times that
     */
    double noise = 13 / sqrt((double)d->n_line * d->format.n_channels),
           sure = fmax(0, fmin(1, (best - noise) / 10));
    bool there = best >= 10 && sure >= 0.6 && dbfs > WHISTLE_DBFS && d->n_line >= WHISTLE_FRAMES;
    f->whistle_hz = there ? hz : 0;
    if (there)
        vh_detect_report(
            profile, "audio.whistle.frequency", hz, sure, (int)d->n_line, "peak of the averaged spectrum");
    vh_detect_report(profile, "audio.whistle.level", there ? best : fmin(best, 9), there ? sure : 0.9,
        (int)d->n_line, "%.0f dBFS near 15.7 kHz in %lld spectra", dbfs, (long long)d->n_line);
}

void vh_detect_lines_finish(
    struct vh_detect_lines *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    finish_hum(d, f, profile);
    finish_whistle(d, f, profile);
}
