/* What the samples themselves tell: offset, flat tops, dead channels.
 *
 * Offset: mean of each channel over pieces of 10 s; the median of the pieces.
 *
 * Flat tops: a run of at least three samples at one magnitude, entered or left by a jump. A low tone has
 * three nearly equal samples at its crest too, but glides into them; a limiter's crest is not flat. Runs are
 * counted by level; clipping is where a heap of them stands at the top of what the channel ever reaches.
 *
 * Dead channel: among pieces of 0.1 s in which some channel has programme, one that lies 20 dB or more below
 * it in 95 %, and whose own level either never moves (noise, hum) or follows the other one (crosstalk). */
#include "detect.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DC_PIECE_S 10.0
#define PIECE_S    0.1
#define LEVELS     2048 /* bins of magnitude 0 … 2 */
#define FLAT       2e-4 /* of the magnitude: samples this close are one level (6 LSB of 16 bit at full scale) */
#define JUMP       8    /* times FLAT: step into or out of a clipped run */
#define DB_BINS    128   /* 1 dB from -120 dBFS */
#define ACTIVE_DB  -55.0 /* programme: above this and 20 dB above the silent channel */
#define DEAD_DB    20.0

struct level_channel {
    double sum;
    struct vh_series mean;
    double piece_sum, piece_square;     /* of the 0.1 s piece */
    float before, run_value, run_entry; /* last sample; value of the run; step into it */
    int run;                            /* samples in it */
    int64_t flat_runs[LEVELS], flat_samples[LEVELS];
    float peak;
    int64_t
        below[VH_SOUND_CHANNELS]; /* pieces in which another channel is active and this one 20 dB below it */
    int64_t active[VH_SOUND_CHANNELS]; /* pieces in which that other channel is active */
    int64_t level[DB_BINS];            /* own level in pieces where another is active */
    double cross[VH_SOUND_CHANNELS], own[VH_SOUND_CHANNELS],
        other[VH_SOUND_CHANNELS]; /* of the levels, for crosstalk */
};

struct vh_detect_level {
    struct vh_pcm_format format;
    int64_t n, dc_length, piece_length;
    int in_dc, in_piece;
    struct level_channel channel[VH_SOUND_CHANNELS];
    double product[VH_SOUND_CHANNELS][VH_SOUND_CHANNELS]; /* sum of x_a x_b over the piece */
    double all_product[VH_SOUND_CHANNELS][VH_SOUND_CHANNELS],
        all_square[VH_SOUND_CHANNELS][VH_SOUND_CHANNELS];
};

void vh_series_add(struct vh_series *s, double value)
{
    if (s->stride == 0)
        s->stride = 1;
    if (++s->skip < s->stride)
        return;
    s->skip = 0;
    if (s->n == VH_SERIES) {
        for (int i = 0; i < VH_SERIES / 2; i++)
            s->value[i] = s->value[2 * i + 1];
        s->n = VH_SERIES / 2;
        s->stride *= 2;
    }
    s->value[s->n++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double vh_series_quantile(const struct vh_series *s, double p)
{
    double sorted[VH_SERIES];
    if (!s->n)
        return NAN;
    memcpy(sorted, s->value, sizeof *sorted * s->n);
    qsort(sorted, s->n, sizeof *sorted, by_value);
    double at = p * (s->n - 1);
    int i = (int)at;
    return i + 1 < s->n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

int vh_detect_level_create(struct vh_detect_level **detect, const struct vh_pcm_format *format)
{
    *detect = vh_alloc(1, sizeof **detect);
    if (!*detect)
        return VH_ERR_RESOURCE;
    (*detect)->format = *format;
    (*detect)->dc_length = (int64_t)(DC_PIECE_S * format->rate_hz);
    (*detect)->piece_length = (int64_t)(PIECE_S * format->rate_hz);
    return VH_OK;
}

void vh_detect_level_destroy(struct vh_detect_level **detect)
{
    vh_freep(detect);
}

static double to_db(double power)
{
    return 10 * log10(power + 1e-13);
}

static int level_bin(float x)
{
    int bin = (int)(fabsf(x) * (LEVELS / 2));
    return bin < LEVELS ? bin : LEVELS - 1;
}

/* Ends a run of equal samples; `next` is the first sample behind it. */
static void end_run(struct level_channel *k, float next)
{
    float step = JUMP * (float)FLAT * fabsf(k->run_value), exit = fabsf(k->run_value - next);
    bool top = fabsf(next) < fabsf(k->run_value) && k->run_entry > 0;
    if (k->run >= 3 && top && fabsf(k->run_value) > 0.01f && (k->run_entry > step || exit > step)) {
        k->flat_runs[level_bin(k->run_value)]++;
        k->flat_samples[level_bin(k->run_value)] += k->run;
    }
}

static void listen_for_tops(struct level_channel *k, const float *x, int n)
{
    for (int i = 0; i < n; i++) {
        float size = fabsf(x[i]);
        k->peak = size > k->peak ? size : k->peak;
        if (k->run > 0 && fabsf(x[i] - k->run_value) <= (float)FLAT * fabsf(k->run_value)) {
            k->run++;
        } else {
            if (k->run >= 3)
                end_run(k, x[i]);
            k->run = 1;
            k->run_entry = x[i] > 0 ? x[i] - k->before : k->before - x[i];
            k->run_value = x[i];
        }
        k->before = x[i];
    }
}

/* Compares the channels over one piece of 0.1 s. */
static void finish_piece(struct vh_detect_level *d)
{
    double db[VH_SOUND_CHANNELS], power[VH_SOUND_CHANNELS];
    int n_channels = d->format.n_channels;
    for (int c = 0; c < n_channels; c++) {
        struct level_channel *k = &d->channel[c];
        double mean = k->piece_sum / d->piece_length;
        power[c] = k->piece_square / d->piece_length - mean * mean;
        db[c] = to_db(power[c] > 0 ? power[c] : 0);
        k->piece_sum = k->piece_square = 0;
    }
    for (int c = 0; c < n_channels; c++)
        for (int o = 0; o < n_channels; o++) {
            struct level_channel *k = &d->channel[c];
            if (o == c || db[o] < ACTIVE_DB)
                continue;
            k->active[o]++;
            k->below[o] += db[c] < db[o] - DEAD_DB;
            int bin = (int)(db[c] + 120);
            k->level[bin < 0 ? 0 : bin < DB_BINS ? bin : DB_BINS - 1]++;
            d->all_product[c][o] += d->product[c][o];
            k->own[o] += power[c];
            k->other[o] += power[o];
        }
    memset(d->product, 0, sizeof d->product);
}

static void take(struct vh_detect_level *d, const float *const *x, int at, int n)
{
    for (int c = 0; c < d->format.n_channels; c++) {
        struct level_channel *k = &d->channel[c];
        double sum = 0, square = 0;
        for (int i = at; i < at + n; i++) {
            sum += x[c][i];
            square += (double)x[c][i] * x[c][i];
        }
        k->sum += sum;
        k->piece_sum += sum;
        k->piece_square += square;
        listen_for_tops(k, x[c] + at, n);
        for (int o = 0; o < c; o++) {
            double product = 0;
            for (int i = at; i < at + n; i++)
                product += (double)x[c][i] * x[o][i];
            d->product[c][o] += product;
            d->product[o][c] += product;
        }
    }
}

void vh_detect_level_push(struct vh_detect_level *d, const float *const *x, int n)
{
    for (int at = 0; at < n;) {
        int64_t room = d->piece_length - d->in_piece, dc_room = d->dc_length - d->in_dc;
        int part = (int)(room < dc_room ? room : dc_room);
        part = part < n - at ? part : n - at;
        take(d, x, at, part);
        at += part;
        d->n += part;
        d->in_piece += part;
        d->in_dc += part;
        if (d->in_piece == d->piece_length) {
            finish_piece(d);
            d->in_piece = 0;
        }
        for (int c = 0; d->in_dc == d->dc_length && c < d->format.n_channels; c++) {
            vh_series_add(&d->channel[c].mean, d->channel[c].sum / d->dc_length);
            d->channel[c].sum = 0;
        }
        d->in_dc = d->in_dc == d->dc_length ? 0 : d->in_dc;
    }
}

static void finish_dc(struct vh_detect_level *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    double most = 0, spread = 0;
    int which = 0, n = 1;
    for (int c = 0; c < d->format.n_channels; c++) {
        struct level_channel *k = &d->channel[c];
        if (!k->mean.n && d->n)
            vh_series_add(&k->mean, k->sum / d->n);
        f->dc[c] = k->mean.n ? vh_series_quantile(&k->mean, 0.5) : 0;
        if (fabs(f->dc[c]) >= fabs(most)) {
            most = f->dc[c];
            which = c;
            n = k->mean.n;
            spread = vh_series_quantile(&k->mean, 0.75) - vh_series_quantile(&k->mean, 0.25);
        }
    }
    /* shorter than a piece, slow programme may look like an offset */
    double sure = d->n >= d->format.rate_hz ? 0.95 : 0.5;
    if (spread > fabs(most))
        sure = 0.3;
    vh_detect_report(profile, "audio.dc", most, sure, n, "channel %d, median of %d pieces, spread %.1e",
        which + 1, n, spread);
}

/* The clip level of one channel: 0, or the level of the heap of flat tops at its top. */
static double clip_level(const struct level_channel *k, int64_t *samples, int64_t *runs)
{
    int top = level_bin(k->peak), first = (int)(top * 0.97) - 1;
    int64_t heap = 0, heap_samples = 0, all = 0, best = 0;
    int mode = 0;
    for (int i = 0; i < LEVELS; i++) {
        all += k->flat_runs[i];
        if (i < first)
            continue;
        heap += k->flat_runs[i];
        heap_samples += k->flat_samples[i];
        if (k->flat_runs[i] >= best) {
            best = k->flat_runs[i];
            mode = i;
        }
    }
    *runs = heap;
    *samples = heap_samples;
    return heap >= 5 && heap * 2 > all ? mode * 2.0 / LEVELS : 0;
}

static void finish_clip(struct vh_detect_level *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    int64_t samples = 0, runs = 0, channel_samples, channel_runs;
    double level = 0;
    for (int c = 0; c < d->format.n_channels; c++) {
        f->clip_level[c] = clip_level(&d->channel[c], &channel_samples, &channel_runs);
        if (f->clip_level[c] <= 0)
            continue;
        samples += channel_samples;
        runs += channel_runs;
        level = f->clip_level[c];
    }
    double percent = d->n ? 100.0 * samples / d->n / d->format.n_channels : 0;
    double sure = runs ? 1 - 1 / (1 + runs / 10.0) : d->n > d->format.rate_hz ? 0.9 : 0.3;
    vh_detect_report(profile, "audio.clipping", percent, sure, (int)(runs < 1000000 ? runs : 1000000),
        "%lld flat tops, level %.3f of full scale", (long long)runs, level);
}

/* True when channel c's level stays within 6 dB while others have programme. */
static bool steady(const struct level_channel *k)
{
    int64_t n = 0, seen = 0;
    int low = 0, high = 0;
    for (int i = 0; i < DB_BINS; i++)
        n += k->level[i];
    for (int i = 0; i < DB_BINS; i++) {
        low = seen <= n / 10 ? i : low;
        high = seen <= n - n / 10 ? i : high;
        seen += k->level[i];
    }
    return high - low <= 6;
}

static bool is_dead(const struct vh_detect_level *d, int c, double *share)
{
    const struct level_channel *k = &d->channel[c];
    for (int o = 0; o < d->format.n_channels; o++) {
        if (o == c || k->active[o] < 10)
            continue;
        *share = (double)k->below[o] / k->active[o];
        double size = sqrt(k->own[o] * k->other[o]) * d->piece_length;
        bool crosstalk = size > 0 && fabs(d->all_product[c][o]) > 0.7 * size;
        /* a channel whose level never moves is dead even when the soft ends of words come near it */
        if (*share >= 0.95 ? steady(k) || crosstalk : *share >= 0.7 && steady(k))
            return true;
    }
    return false;
}

static void finish_dead(struct vh_detect_level *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    double share = 0, dead_share = 0;
    int64_t pieces = 0;
    for (int c = 0; c < d->format.n_channels; c++) {
        f->dead[c] = is_dead(d, c, &share);
        dead_share = f->dead[c] ? share : dead_share;
        for (int o = 0; o < d->format.n_channels; o++)
            pieces = d->channel[c].active[o] > pieces ? d->channel[c].active[o] : pieces;
    }
    if (d->format.n_channels != 2)
        return; /* the profile's key speaks of left and right; more channels are in the findings */
    int value = f->dead[0] ? 1 : f->dead[1] ? 2 : 0;
    double sure = pieces >= 50 ? 0.98 : pieces >= 10 ? 0.85 : 0.2;
    vh_detect_report(profile, "audio.dead_channel", value, sure, (int)(pieces < 1000000 ? pieces : 1000000),
        "20 dB below the other in %.0f %% of %lld pieces with programme", 100 * (value ? dead_share : share),
        (long long)pieces);
}

void vh_detect_level_finish(
    struct vh_detect_level *d, struct vh_sound_findings *f, struct vh_profile *profile)
{
    finish_dc(d, f, profile);
    finish_clip(d, f, profile);
    finish_dead(d, f, profile);
}
