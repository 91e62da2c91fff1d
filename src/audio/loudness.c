/* K-weighting is given by BS.1770 as coefficients at 48 kHz; for other rates the two analogue prototypes
 * behind them (a shelf of +4 dB at 1682 Hz and a high-pass at 38 Hz, values from ITU-R BS.1770-4 annex 1
 * mapped back through the bilinear transform) are designed again at the rate at hand. */
#include "audio/loudness.h"
#include "biquad.h"
#include "core/memory.h"
#include "core/status.h"
#include "true_peak.h"

#include <math.h>
#include <string.h>

#define BINS        1000 /* 0.1 LU from -70 to +30 LUFS */
#define PART_S      0.1  /* a 400 ms block is four of these, a 3 s one thirty */
#define SHORT_PARTS 30
#define TP_BLOCK    512
#define TP_HISTORY  (VH_TRUE_PEAK_BEFORE + VH_TRUE_PEAK_AFTER)

struct histogram {
    int64_t count[BINS];
    double power[BINS];
};

struct vh_loudness {
    struct vh_pcm_format format;
    struct vh_biquad shelf, highpass;
    struct vh_biquad_state state[VH_SOUND_CHANNELS][2];
    double weight[VH_SOUND_CHANNELS];
    int part_length, in_part;
    double part_sum;          /* weighted power of the part under way */
    double part[SHORT_PARTS]; /* the last parts, mean power, by number modulo */
    int64_t n_parts;
    struct histogram momentary, short_term;
    struct vh_true_peak tp;
    float history[VH_SOUND_CHANNELS][TP_HISTORY + TP_BLOCK];
    float true_peak, sample_peak;
};

/* The shelf of BS.1770: H = (Vh + Vb K/Q + K^2) / (1 + K/Q + K^2) with K = tan(pi f / rate). */
static struct vh_biquad design_shelf(double rate)
{
    double k = tan(M_PI * 1681.974450955533 / rate), q = 0.7071752369554196,
           vh = pow(10, 3.999843853973347 / 20);
    double vb = pow(vh, 0.4996667741545416), a0 = 1 + k / q + k * k;
    return (struct vh_biquad){(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0,
        (vh - vb * k / q + k * k) / a0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
}

static struct vh_biquad design_highpass(double rate)
{
    double k = tan(M_PI * 38.13547087602444 / rate), q = 0.5003270373238773, a0 = 1 + k / q + k * k;
    return (struct vh_biquad){1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
}

int vh_loudness_create(
    struct vh_loudness **meter_, const struct vh_pcm_format *format, const struct vh_log *log)
{
    *meter_ = NULL;
    int status = vh_pcm_format_check(format, log);
    if (status < 0)
        return status;
    struct vh_loudness *meter = vh_alloc(1, sizeof *meter);
    if (!meter)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the loudness meter");
    meter->format = *format;
    meter->shelf = design_shelf(format->rate_hz);
    meter->highpass = design_highpass(format->rate_hz);
    meter->part_length = (int)lrint(PART_S * format->rate_hz);
    for (int c = 0; c < format->n_channels; c++) {
        bool surround = format->n_channels >= 6 && c >= 4, lfe = format->n_channels >= 6 && c == 3;
        meter->weight[c] = lfe ? 0 : surround ? 1.41 : 1;
    }
    vh_true_peak_init(&meter->tp, format->rate_hz);
    *meter_ = meter;
    return VH_OK;
}

void vh_loudness_destroy(struct vh_loudness **meter)
{
    vh_freep(meter);
}

static double to_lufs(double power)
{
    return -0.691 + 10 * log10(power + 1e-30);
}

static void count(struct histogram *h, double power)
{
    double lufs = to_lufs(power);
    if (lufs < -70)
        return;
    int bin = (int)((lufs + 70) * 10);
    bin = bin < BINS ? bin : BINS - 1;
    h->count[bin]++;
    h->power[bin] += power;
}

static double mean_of_last(const struct vh_loudness *meter, int n)
{
    double sum = 0;
    for (int i = 1; i <= n; i++)
        sum += meter->part[(meter->n_parts - i) % SHORT_PARTS];
    return sum / n;
}

static void finish_part(struct vh_loudness *meter)
{
    meter->part[meter->n_parts % SHORT_PARTS] = meter->part_sum / meter->part_length;
    meter->n_parts++;
    meter->part_sum = 0;
    meter->in_part = 0;
    if (meter->n_parts >= 4)
        count(&meter->momentary, mean_of_last(meter, 4));
    if (meter->n_parts >= SHORT_PARTS)
        count(&meter->short_term, mean_of_last(meter, SHORT_PARTS));
}

static double weigh(struct vh_loudness *meter, int c, const float *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double v = vh_biquad_run(&meter->shelf, &meter->state[c][0], x[i]);
        v = vh_biquad_run(&meter->highpass, &meter->state[c][1], v);
        sum += v * v;
    }
    return sum;
}

static float find_peak(struct vh_loudness *meter, int c, const float *x, int n)
{
    float peak[TP_BLOCK], most = 0, *line = meter->history[c];
    memcpy(line + TP_HISTORY, x, sizeof *line * n);
    vh_true_peak_run(&meter->tp, line + VH_TRUE_PEAK_BEFORE, peak, n);
    for (int i = 0; i < n; i++) {
        most = peak[i] > most ? peak[i] : most;
        float own = fabsf(x[i]);
        meter->sample_peak = own > meter->sample_peak ? own : meter->sample_peak;
    }
    memmove(line, line + n, sizeof *line * TP_HISTORY);
    return most;
}

int vh_loudness_push(struct vh_loudness *meter, const float *const *samples, int n)
{
    for (int at = 0; at < n;) {
        int part = meter->part_length - meter->in_part;
        part = part < n - at ? part : n - at;
        part = part < TP_BLOCK ? part : TP_BLOCK;
        for (int c = 0; c < meter->format.n_channels; c++) {
            float clean[TP_BLOCK];
            memcpy(clean, samples[c] + at, sizeof *clean * part);
            vh_sound_sanitize(clean, part);
            meter->part_sum += meter->weight[c] * weigh(meter, c, clean, part);
            meter->true_peak = fmaxf(meter->true_peak, find_peak(meter, c, clean, part));
        }
        at += part;
        meter->in_part += part;
        if (meter->in_part == meter->part_length)
            finish_part(meter);
    }
    return VH_OK;
}

/* Mean power of the blocks in bins from the one of `gate` LUFS on. */
static double gated(const struct histogram *h, double gate, int64_t *n)
{
    int first = gate <= -70 ? 0 : (int)((gate + 70) * 10);
    double sum = 0;
    *n = 0;
    for (int i = first; i < BINS; i++) {
        sum += h->power[i];
        *n += h->count[i];
    }
    return *n ? sum / *n : 0;
}

/* Level below which the share `part` of the blocks above `gate` lies. */
static double percentile(const struct histogram *h, double gate, double part)
{
    int first = gate <= -70 ? 0 : (int)((gate + 70) * 10);
    int64_t n = 0, seen = 0;
    for (int i = first; i < BINS; i++)
        n += h->count[i];
    for (int i = first; i < BINS; i++) {
        seen += h->count[i];
        if (seen > part * (n - 1))
            return (i + 0.5) / 10 - 70;
    }
    return -70;
}

struct vh_loudness_result vh_loudness_result(const struct vh_loudness *meter)
{
    struct vh_loudness_result r = {-INFINITY, 0, -INFINITY, -INFINITY, 0};
    int64_t n, n_gated;
    double power = gated(&meter->momentary, -70, &n);
    r.n_blocks = n < 1 << 30 ? (int)n : 1 << 30;
    if (n)
        r.integrated_lufs = to_lufs(gated(&meter->momentary, to_lufs(power) - 10, &n_gated));
    double short_power = gated(&meter->short_term, -70, &n), gate = to_lufs(short_power) - 20;
    if (n > 1)
        r.range_lu = percentile(&meter->short_term, gate, 0.95) - percentile(&meter->short_term, gate, 0.10);
    if (meter->true_peak > 0)
        r.true_peak_db = 20 * log10(meter->true_peak);
    if (meter->sample_peak > 0)
        r.sample_peak_db = 20 * log10(meter->sample_peak);
    return r;
}
