/* The sound of a made tape; see the header for the order. Work is done in pieces that end at multiples of
 * PIECE samples, so that the counter-based hiss does not depend on how the caller cuts the stream. */
#include "simulate/tape_sound.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/carrier.h"
#include "counter_random.h"
#include "tape_private.h"

#include <math.h>
#include <string.h>

enum { PIECE = 1024, HISTORY = 128, BASE_DELAY = VH_SHIFT_TAPS / 2, MAX_CHANNELS = 8, HUM_HARMONICS = 6 };

static const double pi = 3.14159265358979323846;

/* One second-order section, transposed direct form 2. */
struct section {
    double b0, b1, b2, a1, a2;
    double state[MAX_CHANNELS][2];
};

struct vh_tape_sound {
    struct vh_simulate_options options;
    struct vh_tape_sound_format format;
    struct vh_dsp_tape_lines dsp;
    uint64_t seed;
    double field_rate, line_rate;
    int64_t position;                /* samples done */
    struct section section[2];       /* fourth-order Butterworth low-pass */
    double buzz_scale;               /* of the pulse shape, to the rms asked for */
    float *delay_line[MAX_CHANNELS]; /* HISTORY + PIECE samples */
    float *scratch;
    struct vh_sound_hole hole[2 * VH_TAPE_MAX_HOLES]; /* of hole_block - 1 and hole_block */
    int n_holes;
    int64_t hole_block;
    struct vh_click click[2 * VH_TAPE_MAX_CLICKS]; /* of click_second - 1 and click_second */
    int n_clicks;
    int64_t click_second;
};

static double from_db(double db)
{
    return pow(10, db / 20);
}

static double rms_of(double db)
{
    return db <= VH_TAPE_SILENT ? 0 : from_db(db);
}

/* ---- program ---- */

/* Bilinear transform of the Butterworth prototype with the cut-off prewarped, so -3 dB is exact. */
static void design_band_limit(struct vh_tape_sound *s)
{
    double f = s->options.sound_bandwidth * 1000 / s->format.sample_rate;
    if (f <= 0 || f >= 0.49) {
        s->options.sound_bandwidth = 0;
        return;
    }
    double k = tan(pi * f);
    for (int i = 0; i < 2; i++) {
        double q = 1 / (2 * cos(pi * (2 * i + 1) / 8)), norm = 1 / (1 + k / q + k * k);
        struct section *c = &s->section[i];
        c->b0 = c->b2 = k * k * norm;
        c->b1 = 2 * c->b0;
        c->a1 = 2 * (k * k - 1) * norm;
        c->a2 = (1 - k / q + k * k) * norm;
    }
}

static void limit_band(struct vh_tape_sound *s, int channel, float *x, int n)
{
    if (s->options.sound_bandwidth <= 0)
        return;
    for (int k = 0; k < 2; k++) {
        struct section *c = &s->section[k];
        double *z = c->state[channel];
        for (int i = 0; i < n; i++) {
            double in = x[i], out = c->b0 * in + z[0];
            z[0] = c->b1 * in - c->a1 * out + z[1];
            z[1] = c->b2 * in - c->a2 * out;
            x[i] = (float)out;
        }
    }
}

static void make_mono(float *const *channel, int n_channels, int n)
{
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int c = 0; c < n_channels; c++)
            sum += channel[c][i];
        for (int c = 0; c < n_channels; c++)
            channel[c][i] = sum / (float)n_channels;
    }
}

/* Delays channel c by BASE_DELAY + `samples` (not negative). */
static void delay_channel(struct vh_tape_sound *s, int c, float *x, int n, double samples)
{
    float tap[VH_SHIFT_TAPS], *line = s->delay_line[c];
    int whole = (int)floor(samples + 0.5);
    vh_line_filter_shift(tap, samples - whole);
    memcpy(line + HISTORY, x, (size_t)n * sizeof *x);
    s->dsp.fir(x, line + HISTORY - BASE_DELAY - whole - VH_SHIFT_TAPS / 2, tap, VH_SHIFT_TAPS, n);
    memmove(line, line + n, HISTORY * sizeof *x);
}

static void shift_azimuth(struct vh_tape_sound *s, float *const *channel, int n)
{
    if (s->options.azimuth == 0 || s->format.n_channels < 2)
        return;
    double samples = s->options.azimuth * 1e-6 * s->format.sample_rate;
    for (int c = 0; c < s->format.n_channels; c++) {
        bool late = c == 1 ? samples > 0 : samples < 0;
        delay_channel(s, c, channel[c], n, late ? fabs(samples) : 0);
    }
}

static void shape_program(struct vh_tape_sound *s, float *const *channel, int n)
{
    const struct vh_simulate_options *o = &s->options;
    double gain = from_db(o->sound_gain), second = from_db(o->balance) * (o->invert ? -1 : 1);
    for (int c = 0; c < s->format.n_channels; c++) {
        limit_band(s, c, channel[c], n);
        double g = gain * (c == 1 ? second : 1);
        if (g != 1)
            s->dsp.affine(channel[c], (float)g, 0, n);
    }
    shift_azimuth(s, channel, n);
}

/* ---- places ---- */

int vh_tape_sound_clicks(const struct vh_tape_sound *s, int64_t second, struct vh_click *list)
{
    uint64_t key = vh_random_key(s->seed, VH_RANDOM_CLICK, second, 0);
    int n = s->options.clicks > 0 && second >= 0 ? vh_random_count(&key, s->options.clicks) : 0;
    n = n < VH_TAPE_MAX_CLICKS ? n : VH_TAPE_MAX_CLICKS;
    for (int k = 0; k < n; k++) {
        struct vh_click click;
        click.sample = (int64_t)(((double)second + vh_random_uniform(&key)) * s->format.sample_rate);
        double sign = vh_random_uniform(&key) < 0.5 ? -1 : 1;
        click.amplitude = sign * (0.3 + 0.6 * vh_random_uniform(&key));
        int i = k;
        for (; i > 0 && list[i - 1].sample > click.sample; i--)
            list[i] = list[i - 1];
        list[i] = click;
    }
    return n;
}

int vh_tape_sound_holes(const struct vh_tape_sound *s, int64_t block, struct vh_sound_hole *list)
{
    uint64_t key = vh_random_key(s->seed, VH_RANDOM_SOUND_DROPOUT, block, 0);
    int wanted = s->options.sound_dropouts > 0 && block >= 0
                     ? vh_random_count(&key, s->options.sound_dropouts / 6)
                     : 0;
    wanted = wanted < VH_TAPE_MAX_HOLES ? wanted : VH_TAPE_MAX_HOLES;
    int n = 0;
    for (int tries = 8 * wanted; n < wanted && tries > 0; tries--) {
        /* the last 50 ms of a block stay free, so that holes of two blocks cannot meet */
        double start = 10.0 * (double)block + 9.95 * vh_random_uniform(&key),
               length = 0.005 + 0.035 * vh_random_uniform(&key);
        struct vh_sound_hole hole = {
            (int64_t)(start * s->format.sample_rate), (int64_t)(length * s->format.sample_rate)};
        int i = n, clash = 0;
        for (int k = 0; k < n; k++)
            clash |= hole.sample <= list[k].sample + list[k].length + 64 &&
                     list[k].sample <= hole.sample + hole.length + 64;
        if (clash)
            continue;
        for (; i > 0 && list[i - 1].sample > hole.sample; i--)
            list[i] = list[i - 1];
        list[i] = hole;
        n++;
    }
    return n;
}

/* Cuts the program, with ramps of 1 ms inside the hole. */
static void cut_holes(struct vh_tape_sound *s, float *const *channel, int n)
{
    int64_t block = s->position / (10LL * s->format.sample_rate);
    if (block != s->hole_block) {
        s->n_holes = vh_tape_sound_holes(s, block - 1, s->hole);
        s->n_holes += vh_tape_sound_holes(s, block, s->hole + s->n_holes);
        s->hole_block = block;
    }
    double ramp = s->format.sample_rate * 1e-3;
    for (int k = 0; k < s->n_holes; k++) {
        int64_t from = s->hole[k].sample - s->position, to = from + s->hole[k].length;
        for (int64_t i = from < 0 ? 0 : from; i < to && i < n; i++) {
            double inside = fmin(fmin((double)(i - from + 1), (double)(to - i)) / ramp, 1);
            for (int c = 0; c < s->format.n_channels; c++)
                channel[c][i] *= (float)(1 - inside);
        }
    }
}

static void add_clicks(struct vh_tape_sound *s, float *const *channel, int n)
{
    int64_t second = s->position / s->format.sample_rate;
    if (second != s->click_second) {
        s->n_clicks = vh_tape_sound_clicks(s, second - 1, s->click);
        s->n_clicks += vh_tape_sound_clicks(s, second, s->click + s->n_clicks);
        s->click_second = second;
    }
    double decay = s->format.sample_rate * 0.2e-3;
    for (int k = 0; k < s->n_clicks; k++) {
        int64_t from = s->click[k].sample - s->position, to = from + (int64_t)(8 * decay);
        for (int64_t i = from < 0 ? 0 : from; i < to && i < n; i++)
            for (int c = 0; c < s->format.n_channels; c++)
                channel[c][i] += (float)(s->click[k].amplitude * exp(-(double)(i - from) / decay));
    }
}

/* ---- what the tape adds ---- */

static void add_hiss(struct vh_tape_sound *s, float *x, int channel, int n)
{
    double rms = rms_of(s->options.hiss);
    if (rms <= 0)
        return;
    int64_t piece = s->position / PIECE;
    int inside = (int)(s->position - piece * PIECE);
    s->dsp.noise(s->scratch, vh_random_key(s->seed, VH_RANDOM_HISS, piece, channel), inside + n);
    s->dsp.add(x, s->scratch + inside, (float)rms, n);
}

/* Fundamental and harmonics falling as 1/k, together at the rms asked for. */
static void add_hum(const struct vh_tape_sound *s, float *hum, int n)
{
    double rms = rms_of(s->options.hum), energy = 0;
    if (rms <= 0)
        return;
    for (int k = 1; k <= HUM_HARMONICS; k++)
        energy += 0.5 / (k * k);
    double scale = rms / sqrt(energy), step = (double)s->options.hum_frequency / s->format.sample_rate;
    for (int i = 0; i < n; i++) {
        double phase = fmod((double)(s->position + i) * step, 1) * 2 * pi, v = 0;
        for (int k = 1; k <= HUM_HARMONICS; k++)
            v += sin(k * phase + 0.7 * k) / k;
        hum[i] += (float)(scale * v);
    }
}

/* What the head switch leaks into the sound: a damped 1.2 kHz ring at each field, the second head a little
 * weaker, so that half the field rate is in it too. `t` in seconds since the switch. */
static double buzz_pulse(double t, int64_t field)
{
    return (field & 1 ? 0.8 : 1.0) * exp(-t / 0.6e-3) * sin(2 * pi * 1200 * t);
}

static void scale_buzz(struct vh_tape_sound *s)
{
    const int steps = 20000;
    double energy = 0, period = 2 / s->field_rate;
    for (int i = 0; i < steps; i++) {
        double t = period * i / steps, field_t = fmod(t, period / 2);
        double v = buzz_pulse(field_t, t >= period / 2);
        energy += v * v / steps;
    }
    s->buzz_scale = rms_of(s->options.buzz) / sqrt(energy);
}

static void add_buzz(const struct vh_tape_sound *s, float *hum, int n)
{
    if (s->buzz_scale <= 0)
        return;
    double fields_per_sample = s->field_rate / s->format.sample_rate;
    for (int i = 0; i < n; i++) {
        double at = (double)(s->position + i) * fields_per_sample, field = floor(at);
        double t = (at - field) / s->field_rate;
        if (t < 8e-3)
            hum[i] += (float)(s->buzz_scale * buzz_pulse(t, (int64_t)field));
    }
}

static void add_whistle(const struct vh_tape_sound *s, float *hum, int n)
{
    double rms = rms_of(s->options.whistle), step = s->line_rate / s->format.sample_rate;
    if (rms <= 0 || step >= 0.5)
        return;
    for (int i = 0; i < n; i++)
        hum[i] += (float)(rms * sqrt(2) * sin(2 * pi * fmod((double)(s->position + i) * step, 1)));
}

static void add_interference(struct vh_tape_sound *s, float *const *channel, int n)
{
    const struct vh_simulate_options *o = &s->options;
    float *hum = s->scratch + PIECE;
    memset(hum, 0, (size_t)n * sizeof *hum);
    add_hum(s, hum, n);
    add_buzz(s, hum, n);
    add_whistle(s, hum, n);
    for (int c = 0; c < s->format.n_channels; c++) {
        s->dsp.add(channel[c], hum, 1, n);
        add_hiss(s, channel[c], c, n);
        if (o->sound_dc != 0)
            s->dsp.affine(channel[c], 1, (float)o->sound_dc, n);
    }
}

static void cut_peaks(const struct vh_tape_sound *s, float *const *channel, int n)
{
    float top = (float)from_db(s->options.sound_clip);
    for (int c = 0; c < s->format.n_channels; c++)
        for (int i = 0; i < n; i++) {
            float v = channel[c][i];
            channel[c][i] = v > top ? top : v < -top ? -top : v;
        }
}

static void silence_dead(const struct vh_tape_sound *s, float *const *channel, int n)
{
    int dead = s->options.dead - VH_TAPE_DEAD_LEFT;
    if (dead >= 0 && dead < s->format.n_channels)
        memset(channel[dead], 0, (size_t)n * sizeof **channel);
}

static void process_piece(struct vh_tape_sound *s, float *const *channel, int n)
{
    if (s->options.mono && s->format.n_channels > 1)
        make_mono(channel, s->format.n_channels, n);
    shape_program(s, channel, n);
    cut_holes(s, channel, n);
    silence_dead(s, channel, n);
    add_interference(s, channel, n);
    add_clicks(s, channel, n);
    cut_peaks(s, channel, n);
    s->position += n;
}

void vh_tape_sound_process(struct vh_tape_sound *s, float *const *channel, int n)
{
    for (int done = 0; done < n;) {
        int piece = PIECE - (int)(s->position % PIECE);
        piece = piece < n - done ? piece : n - done;
        float *at[MAX_CHANNELS];
        for (int c = 0; c < s->format.n_channels; c++)
            at[c] = channel[c] + done;
        process_piece(s, at, piece);
        done += piece;
    }
}

/* ---- life ---- */

int vh_tape_sound_create(struct vh_tape_sound **sound, const struct vh_simulate *tape,
    const struct vh_tape_sound_format *format, const struct vh_log *log)
{
    *sound = NULL;
    if (format->sample_rate < 8000 || format->sample_rate > 192000)
        return vh_fail(
            log, VH_ERR_USAGE, "a sample rate of %d Hz is outside 8000 to 192000", format->sample_rate);
    if (format->n_channels < 1 || format->n_channels > MAX_CHANNELS)
        return vh_fail(
            log, VH_ERR_USAGE, "%d sound channels are outside 1 to %d", format->n_channels, MAX_CHANNELS);
    struct vh_tape_sound *s = vh_alloc(1, sizeof *s);
    if (!s)
        goto fail;
    s->options = tape->options;
    s->format = *format;
    s->dsp = tape->dsp;
    s->seed = tape->seed;
    s->hole_block = s->click_second = -1;
    AVRational rate = tape->format.frame_rate;
    s->field_rate = 2.0 * rate.num / rate.den;
    bool ntsc = vh_is_525(tape->format.height);
    s->line_rate = (ntsc ? 525.0 : 625.0) * rate.num / rate.den;
    design_band_limit(s);
    scale_buzz(s);
    s->scratch = vh_alloc(2 * PIECE, sizeof *s->scratch);
    if (!s->scratch)
        goto fail;
    for (int c = 0; c < format->n_channels; c++) {
        s->delay_line[c] = vh_alloc(HISTORY + PIECE, sizeof **s->delay_line);
        if (!s->delay_line[c])
            goto fail;
    }
    *sound = s;
    return VH_OK;
fail:
    vh_tape_sound_destroy(&s);
    return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the sound of the tape");
}

void vh_tape_sound_destroy(struct vh_tape_sound **sound)
{
    if (!sound || !*sound)
        return;
    for (int c = 0; c < MAX_CHANNELS; c++)
        vh_free((*sound)->delay_line[c]);
    vh_free((*sound)->scratch);
    vh_freep(sound);
}

const struct vh_tape_sound_format *vh_tape_sound_format(const struct vh_tape_sound *sound)
{
    return &sound->format;
}
