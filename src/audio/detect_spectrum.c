/* One short-time spectrum (43 ms frames, half overlapped) for three detectors: the noise floor of each
 * channel (noise_floor.h), the bandwidth of the programme, and the relation of two channels (channel_pair.h).
 */
#include "detect.h"

#include "channel_pair.h"
#include "core/memory.h"
#include "core/status.h"
#include "noise_floor.h"
#include "sound_fft.h"

#include <math.h>
#include <string.h>

#define FRAME_S   0.0427
#define MUTED     1e-11  /* mean square of a frame under -110 dBFS knows nothing about hiss */
#define SILENT_DB -190.0 /* per Hz */

struct spectrum_channel {
    double *power;     /* of the present frame */
    double *programme; /* mean power per bin over frames with programme */
    int64_t n_programme;
    struct vh_noise_floor *floor;
};

struct vh_detect_spectrum {
    struct vh_pcm_format format;
    struct vh_sound_fft fft;
    int n;
    double *window, energy; /* energy: sum of window^2 */
    double *first;          /* spectrum of channel 0 while channel 1 is transformed */
    struct vh_sound_fifo fifo;
    struct spectrum_channel channel[VH_SOUND_CHANNELS];
    struct vh_channel_pair *pair; /* of stereo sound */
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
    if (!(d->window = vh_alloc(d->n, sizeof(double))) || !(d->first = vh_alloc(2 * bins, sizeof(double))))
        return VH_ERR_RESOURCE;
    vh_sound_hann(d->window, d->n);
    for (int i = 0; i < d->n; i++)
        d->energy += d->window[i] * d->window[i];
    int status = format->n_channels == 2 ? vh_channel_pair_create(&d->pair, d->n, format->rate_hz) : VH_OK;
    for (int c = 0; status >= 0 && c < format->n_channels; c++) {
        struct spectrum_channel *k = &d->channel[c];
        if (!(k->power = vh_alloc(bins, sizeof(double))) || !(k->programme = vh_alloc(bins, sizeof(double))))
            return VH_ERR_RESOURCE;
        status = vh_noise_floor_create(&k->floor, d->n, format->rate_hz, d->energy);
    }
    return status < 0 ? status : vh_sound_fft_init(&d->fft, d->n);
}

void vh_detect_spectrum_destroy(struct vh_detect_spectrum **detect)
{
    struct vh_detect_spectrum *d = *detect;
    if (!d)
        return;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        vh_free(d->channel[c].power);
        vh_free(d->channel[c].programme);
        vh_noise_floor_destroy(&d->channel[c].floor);
    }
    vh_free(d->window);
    vh_free(d->first);
    vh_channel_pair_destroy(&d->pair);
    vh_sound_fft_uninit(&d->fft);
    vh_sound_fifo_uninit(&d->fifo);
    vh_freep(detect);
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
        vh_noise_floor_break(k->floor);
    else
        vh_noise_floor_push(k->floor, k->power);
    if (square > 1e-6) { /* -60 dBFS: programme */
        k->n_programme++;
        for (int i = 0; i <= d->n / 2; i++)
            k->programme[i] += k->power[i];
    }
    return square;
}

static void take_frame(struct vh_detect_spectrum *d)
{
    double square[VH_SOUND_CHANNELS];
    for (int c = 0; c < d->format.n_channels; c++) {
        square[c] = transform(d, c);
        if (c == 0)
            memcpy(d->first, d->fft.bin, sizeof(double) * (d->n + 2));
        if (c == 1 && d->pair)
            vh_channel_pair_push(d->pair, d->first, d->fft.bin, square[0] > 1e-7 && square[1] > 1e-7);
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

static void finish_noise(
    struct vh_detect_spectrum *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    double worst = -200, share = 1;
    bool flat = true;
    int64_t frames = 0;
    for (int c = 0; c < d->format.n_channels; c++) {
        if (f->dead[c] || vh_noise_floor_frames(d->channel[c].floor) < 40)
            continue;
        double own = vh_noise_floor_find(d->channel[c].floor, f, c, f->noise_db[c]);
        double level = vh_noise_floor_dbfs(f->noise_db[c], d->format.rate_hz);
        frames = vh_noise_floor_frames(d->channel[c].floor);
        share = fmin(share, own);
        flat &= vh_noise_floor_is_flat(f->noise_db[c], d->format.rate_hz);
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
            double noise = f->noise_known ? f->noise_db[c][(int)(b + 0.5)] : SILENT_DB,
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

void vh_detect_spectrum_finish(
    struct vh_detect_spectrum *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    finish_noise(d, f, profile);
    finish_bandwidth(d, f, profile);
    if (d->pair)
        vh_channel_pair_finish(d->pair, f, profile);
}
