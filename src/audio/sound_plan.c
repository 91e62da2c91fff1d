/* One function per place in the chain, called in order; each looks at its switch, its measurement and the
 * mode, and adds an item with the reason, or leaves a note. */
#include "audio/sound_plan.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define WHISTLE_WIDTH 60.0 /* Hz at -3 dB */

struct builder {
    struct vh_sound_plan *plan;
    const struct vh_sound_plan_config *config;
    const struct vh_sound_options *o;
    const struct vh_log *log;
    int n_channels; /* so far */
    bool hiss_done; /* hiss was reduced, by this much: */
    double hiss_db;
    bool peaks; /* peaks may stand over full scale */
    int status;
};

/* What a mode adds to the repairs. The corner frequencies, equalisers and compressors are those of the system
 * users come from (docs/algorithms/sound.md); its noise filters are replaced by our own. 0 = nothing. */
struct mode {
    double highpass_hz, lowpass_hz, hiss_db;
    struct vh_sound_section bell[3];
    struct vh_sound_compress compress;
};

/* Harmonics of a hum that are removed at the least, and two more than were seen: the next ones hide just
 * under the threshold, and taking out one that is not there takes nothing (sound.md). */
#define HUM_LEAST 10

static const struct mode modes[] = {
    [VH_SOUND_MODE_AUTO] = {.hiss_db = 18},
    [VH_SOUND_MODE_NONE] = {.hiss_db = 18},
    [VH_SOUND_MODE_LIGHT] = {80, 15000, 6, .compress = {-20, 2, 20, 250}},
    [VH_SOUND_MODE_MODERATE] = {100, 14000, 10, {{VH_SOUND_BELL, 3000, 1, 2}}, {-18, 3, 10, 200}},
    [VH_SOUND_MODE_AGGRESSIVE] = {120, 12000, 18, .compress = {-15, 4, 5, 150}},
    [VH_SOUND_MODE_VOICE] = {100, 8000, 14,
        {{VH_SOUND_BELL, 200, 1, -3}, {VH_SOUND_BELL, 2500, 1, 4}, {VH_SOUND_BELL, 5000, 1, 2}},
        {-20, 3, 5, 100}},
    [VH_SOUND_MODE_MUSIC] = {30, 0, 8, .compress = {-24, 2, 50, 500}},
};

static struct vh_sound_item *add(struct builder *b, enum vh_sound_step_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A new native item, or a scratch one when the plan is full (then b->status says so). */
static struct vh_sound_item *add(struct builder *b, enum vh_sound_step_kind kind, const char *format, ...)
{
    struct vh_sound_plan *plan = b->plan;
    if (plan->n_items == VH_SOUND_ITEMS - 1)
        b->status = vh_fail(b->log, VH_ERR_INTERNAL, "more than %d sound repairs", VH_SOUND_ITEMS - 1);
    else
        plan->n_items++;
    struct vh_sound_item *item = &plan->item[plan->n_items - 1];
    memset(item, 0, sizeof *item);
    item->native = true;
    item->params.kind = kind;
    item->n_channels = b->n_channels;
    va_list args;
    va_start(args, format);
    vsnprintf(item->reason, sizeof item->reason, format, args);
    va_end(args);
    return item;
}

static void note(struct builder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct builder *b, const char *format, ...)
{
    size_t used = strlen(b->plan->note);
    va_list args;
    va_start(args, format);
    if (used && used + 3 < sizeof b->plan->note) {
        strcat(b->plan->note, "; ");
        used += 2;
    }
    vsnprintf(b->plan->note + used, sizeof b->plan->note - used, format, args);
    va_end(args);
}

/* Whether a repair runs: switched on by hand, or auto with the defect measured in a mode that repairs. *value
 * receives what was measured, or stays. */
static bool runs(const struct builder *b, int sw, const char *key, double *value)
{
    bool defect = b->config->profile && vh_profile_defect(b->config->profile, key, value);
    return sw == VH_SOUND_ON || (sw == VH_SOUND_AUTO && defect && b->o->mode != VH_SOUND_MODE_NONE);
}

static bool known(const struct builder *b, const char *key, double *value)
{
    return b->config->profile && vh_profile_known(b->config->profile, key, value);
}

static int fail(struct builder *b, const char *option, const char *what)
{
    return b->status = vh_fail(b->log, VH_ERR_USAGE, "%s on: its %s was not measured; say it with %s-%s",
               option, what, option, what);
}

static void plan_clip(struct builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    double percent = 0;
    if (!runs(b, b->o->clip, "audio.clipping", &percent))
        return;
    bool any = !isnan(b->o->clip_level);
    for (int c = 0; f && c < b->n_channels; c++)
        any |= f->clip_level[c] > 0;
    if (!any) {
        if (b->o->clip == VH_SOUND_ON)
            fail(b, "--audio-clip", "level");
        return;
    }
    struct vh_sound_item *item = add(b, VH_SOUND_CLIP, "flat tops in %.2f %% of the samples", percent);
    for (int c = 0; c < b->n_channels; c++)
        item->params.clip.level[c] = !isnan(b->o->clip_level) ? b->o->clip_level : f ? f->clip_level[c] : 0;
    b->peaks = true;
}

static void plan_dc(struct builder *b)
{
    double most = 0;
    if (!runs(b, b->o->dc, "audio.dc", &most))
        return;
    struct vh_sound_item *item = add(b, VH_SOUND_DC, "offset of %.4f of full scale", most);
    for (int c = 0; c < b->n_channels; c++)
        item->params.dc[c] = b->config->findings ? b->config->findings->dc[c] : most;
}

/* A matrix that changes nothing yet. */
static struct vh_sound_mix straight(int n)
{
    struct vh_sound_mix mix = {.n_out = n};
    for (int c = 0; c < n; c++)
        mix.gain[c][c] = 1;
    return mix;
}

/* Dead channels and polarity share one matrix. */
static void plan_wiring(struct builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    struct vh_sound_mix mix = straight(b->n_channels);
    double dead = 0, inverted = 0;
    char why[120] = "";
    if (b->n_channels == 2 && runs(b, b->o->dead, "audio.dead_channel", &dead) && (dead == 1 || dead == 2)) {
        int to = (int)dead - 1;
        mix.gain[to][to] = 0;
        mix.gain[to][1 - to] = 1;
        snprintf(why, sizeof why, "%s channel has no programme: the other is copied into it",
            to ? "right" : "left");
    } else if (b->n_channels == 2 && runs(b, b->o->polarity, "audio.polarity", &inverted) &&
               (inverted == 1 || b->o->polarity == VH_SOUND_ON)) {
        mix.gain[1][1] = -1;
        snprintf(why, sizeof why, "right channel is upside down against the left");
    }
    for (int c = 0; f && b->n_channels > 2 && c < b->n_channels; c++)
        if (f->dead[c])
            note(b, "channel %d has no programme", c + 1);
    if (*why)
        add(b, VH_SOUND_MIX, "%s", why)->params.mix = mix;
}

static double median_of_5(const double *v, int i, int n)
{
    double s[5];
    int m = 0;
    for (int k = i - 2; k <= i + 2; k++) {
        double x = v[k < 0 ? 0 : k < n ? k : n - 1];
        int at = m++;
        for (; at > 0 && s[at - 1] > x; at--)
            s[at] = s[at - 1];
        s[at] = x;
    }
    return s[2];
}

static void plan_azimuth(struct builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    double delay = 0, scale = b->config->format.rate_hz / 48000.0, dead = 0;
    if (b->n_channels != 2 ||
        (known(b, "audio.dead_channel", &dead) && dead > 0 && b->o->dead != VH_SOUND_OFF))
        return;
    bool by_hand = !isnan(b->o->azimuth_delay);
    if (!runs(b, b->o->azimuth, "audio.azimuth", &delay) && !(by_hand && b->o->azimuth != VH_SOUND_OFF))
        return;
    if (by_hand)
        delay = b->o->azimuth_delay;
    else if (!known(b, "audio.azimuth", &delay)) {
        fail(b, "--audio-azimuth", "delay");
        return;
    }
    const struct vh_measurement *m =
        b->config->profile ? vh_profile_get(b->config->profile, "audio.azimuth") : NULL;
    bool track = !by_hand && f && f->n_knots > 1 && m && !m->by_hand;
    struct vh_sound_item *item = add(b, VH_SOUND_AZIMUTH, "right channel is %.2f samples late%s",
        delay * scale, track ? " (followed)" : "");
    struct vh_sound_azimuth *a = &item->params.azimuth;
    a->channel = 1;
    a->n_knots = track ? f->n_knots : 1;
    a->delay[0] = -delay * scale;
    for (int i = 0; track && i < f->n_knots; i++) {
        a->time_s[i] = f->knot_s[i];
        a->delay[i] = -median_of_5(f->knot_delay, i, f->n_knots);
    }
}

static void plan_buzz(struct builder *b)
{
    double level = 0, rate = 0;
    bool by_hand = !isnan(b->o->buzz_rate);
    if (!runs(b, b->o->buzz, "audio.buzz.level", &level) && !(by_hand && b->o->buzz != VH_SOUND_OFF))
        return;
    if (by_hand)
        rate = b->o->buzz_rate;
    else if (!known(b, "audio.buzz.frequency", &rate) || rate < 10) {
        if (b->o->buzz == VH_SOUND_ON)
            fail(b, "--audio-buzz", "rate");
        return;
    }
    struct vh_sound_item *item =
        add(b, VH_SOUND_BUZZ, "buzz at %.4f Hz, %.1f dB over the noise", rate, level);
    item->params.buzz = (struct vh_sound_buzz){.period = b->config->format.rate_hz / rate,
        .keep = b->o->buzz_keep,
        .two_fields = b->config->findings && b->config->findings->buzz_two_fields};
}

static void plan_hum(struct builder *b)
{
    double level = 0, hz = 0;
    bool by_hand = !isnan(b->o->hum_hz);
    if (!runs(b, b->o->hum, "audio.hum.level", &level) && !(by_hand && b->o->hum != VH_SOUND_OFF))
        return;
    if (by_hand)
        hz = b->o->hum_hz;
    else if (!known(b, "audio.hum.frequency", &hz) || hz < 20) {
        if (b->o->hum == VH_SOUND_ON)
            fail(b, "--audio-hum", "frequency");
        return;
    }
    int harmonics = b->o->hum_harmonics, seen = b->config->findings ? b->config->findings->hum_harmonics : 0;
    if (harmonics == VH_AUTO_INT)
        harmonics = seen + 2 > HUM_LEAST ? seen + 2 : HUM_LEAST;
    struct vh_sound_item *item = add(b, VH_SOUND_HUM,
        "hum at %.3f Hz, %.1f dB over its neighbourhood, taken out with %d harmonics", hz, level, harmonics);
    item->params.hum = (struct vh_sound_hum){hz, harmonics};
}

static void plan_whistle(struct builder *b)
{
    double level = 0, hz = 0, rate = b->config->format.rate_hz;
    bool by_hand = !isnan(b->o->whistle_hz);
    if (!runs(b, b->o->whistle, "audio.whistle.level", &level) && !(by_hand && b->o->whistle != VH_SOUND_OFF))
        return;
    if (by_hand)
        hz = b->o->whistle_hz;
    else if (!known(b, "audio.whistle.frequency", &hz) || hz < 1000) {
        if (b->o->whistle == VH_SOUND_ON)
            fail(b, "--audio-whistle", "frequency");
        return;
    }
    if (hz > rate * 0.495) {
        note(b, "whistle at %.0f Hz lies above what %.0f Hz sound holds", hz, rate);
        return;
    }
    struct vh_sound_item *item =
        add(b, VH_SOUND_FILTER, "whistle at %.1f Hz, %.1f dB over its neighbourhood", hz, level);
    struct vh_sound_filter *f = &item->params.filter;
    double q = sin(2 * M_PI * hz / rate) /
               (2 * tan(M_PI * WHISTLE_WIDTH / rate)); /* that width also near rate / 2 */
    f->n_sections = 2; /* each WHISTLE_WIDTH wide: together -66 dB half a hertz off the centre */
    for (int i = 0; i < 2; i++)
        f->section[i] = (struct vh_sound_section){VH_SOUND_NOTCH, hz, q, 0};
}

static void plan_click(struct builder *b)
{
    double rate = 0;
    if (!runs(b, b->o->click, "audio.clicks", &rate))
        return;
    add(b, VH_SOUND_CLICK, "%.2f clicks per second", rate)->params.click.threshold = b->o->click_threshold;
}

static struct vh_sound_item *add_filter(struct builder *b, const char *filter, const char *reason)
{
    struct vh_sound_item *item = add(b, VH_SOUND_DC, "%s", reason);
    item->native = false;
    snprintf(item->filter, sizeof item->filter, "%s", filter);
    if (strlen(filter) >= sizeof item->filter)
        b->status = vh_fail(b->log, VH_ERR_USAGE, "filter description is longer than %zu characters",
            sizeof item->filter - 1);
    return item;
}

/* Escapes a path for a filter's option value inside a graph description: both levels of libavfilter's
 * quoting. */
static void quote_path(const char *path, char *to, size_t size)
{
    size_t n = 0;
    for (; *path && n + 8 < size; path++) {
        if (strchr(":'\\", *path))
            n += (size_t)snprintf(to + n, size - n, "\\\\\\%c", *path);
        else if (strchr(",;[] =", *path))
            n += (size_t)snprintf(to + n, size - n, "\\%c", *path);
        else
            to[n++] = *path;
    }
    to[n] = 0;
}

static void plan_arnndn(struct builder *b, const char *reason)
{
    char path[600], text[900];
    if (!b->o->hiss_model) {
        b->status = vh_fail(
            b->log, VH_ERR_USAGE, "--audio-hiss-method arnndn needs a model: --audio-hiss-model FILE");
        return;
    }
    quote_path(b->o->hiss_model, path, sizeof path);
    int rate = b->config->format.rate_hz;
    if (rate == 48000)
        snprintf(text, sizeof text, "arnndn=m=%s:mix=%.2f", path, b->o->hiss_mix);
    else
        snprintf(text, sizeof text, "aresample=48000,arnndn=m=%s:mix=%.2f,aresample=%d", path, b->o->hiss_mix,
            rate);
    add_filter(b, text, reason);
}

/* The noise spectrum for the native reducer; false when there is none. */
static bool noise_spectrum(const struct builder *b, struct vh_sound_hiss *hiss)
{
    const struct vh_sound_findings *f = b->config->findings;
    double flat = b->o->hiss_floor - 10 * log10(b->config->format.rate_hz / 2.0);
    if (isnan(b->o->hiss_floor) && !(f && f->noise_known))
        return false;
    for (int c = 0; c < b->n_channels; c++)
        for (int k = 0; k < VH_SOUND_HISS_BANDS; k++) {
            const float *own = f ? f->noise_db[c] : NULL, *other = f && c < 2 ? f->noise_db[1 - c] : NULL;
            bool copied = f && b->n_channels == 2 && c < 2 && f->dead[c] && b->o->dead != VH_SOUND_OFF;
            hiss->noise_db[c][k] = !isnan(b->o->hiss_floor) ? (float)flat : copied ? other[k] : own[k];
        }
    return true;
}

static void plan_hiss(struct builder *b)
{
    const struct mode *mode = &modes[b->o->mode];
    double level = 0, reduction = isnan(b->o->hiss_reduction) ? mode->hiss_db : b->o->hiss_reduction;
    bool by_hand = !isnan(b->o->hiss_floor) || !isnan(b->o->hiss_reduction);
    bool wanted = runs(b, b->o->hiss, "audio.hiss.level", &level) || (by_hand && b->o->hiss != VH_SOUND_OFF);
    char reason[120], text[160];
    if (!wanted || reduction <= 0)
        return;
    known(b, "audio.hiss.level", &level);
    level = isnan(b->o->hiss_floor) ? level : b->o->hiss_floor;
    snprintf(reason, sizeof reason, "hiss at %.1f dBFS, turned down by up to %.0f dB", level, reduction);
    b->hiss_done = true;
    b->hiss_db = reduction;
    if (b->o->hiss_method == VH_SOUND_HISS_ARNNDN) {
        plan_arnndn(b, reason);
    } else if (b->o->hiss_method == VH_SOUND_HISS_ANLMDN) {
        snprintf(text, sizeof text, "anlmdn=s=%.5f:p=0.002:r=0.002:m=15", 1e-5 * pow(10, reduction / 10));
        add_filter(b, text, reason);
    } else if (b->o->hiss_method == VH_SOUND_HISS_AFFTDN) {
        snprintf(
            text, sizeof text, "afftdn=nr=%.2f:nf=%.1f", fmax(0.01, reduction), fmax(-80, fmin(-20, level)));
        add_filter(b, text, reason);
    } else {
        struct vh_sound_hiss hiss = {.reduction_db = reduction};
        if (!noise_spectrum(b, &hiss)) {
            b->hiss_done = false;
            if (b->o->hiss == VH_SOUND_ON || by_hand)
                fail(b, "--audio-hiss", "floor");
            return;
        }
        add(b, VH_SOUND_HISS, "%s", reason)->params.hiss = hiss;
    }
}

/* Averaging two copies of one sound helps only where their noise differs. */
static void plan_mono(struct builder *b)
{
    double yes = 0, dead = 0;
    if (b->n_channels != 2 || (known(b, "audio.dead_channel", &dead) && dead > 0))
        return;
    bool there = runs(b, b->o->mono, "audio.dual_mono", &yes);
    if (!there || (b->o->mono == VH_SOUND_AUTO && !b->hiss_done))
        return;
    struct vh_sound_mix mix = {.n_out = 2, .gain = {{0.5, 0.5}, {0.5, 0.5}}};
    add(b, VH_SOUND_MIX, "both channels carry one sound: averaged")->params.mix = mix;
}

static void plan_taste(struct builder *b)
{
    const struct mode *mode = &modes[b->o->mode];
    double nyquist = b->config->format.rate_hz / 2.0;
    double high = isnan(b->o->highpass_hz) ? mode->highpass_hz : b->o->highpass_hz;
    double low = isnan(b->o->lowpass_hz) ? mode->lowpass_hz : b->o->lowpass_hz;
    struct vh_sound_filter filter = {.n_sections = 0};
    char why[120];
    if (high > 0)
        filter.section[filter.n_sections++] =
            (struct vh_sound_section){VH_SOUND_HIGHPASS, high, M_SQRT1_2, 0};
    if (low > 0 && low < nyquist * 0.95)
        filter.section[filter.n_sections++] = (struct vh_sound_section){VH_SOUND_LOWPASS, low, M_SQRT1_2, 0};
    else if (low > 0)
        note(b, "no low-pass at %.0f Hz: the sound ends at %.0f Hz", low, nyquist);
    for (int i = 0; i < 3; i++)
        if (mode->bell[i].gain_db != 0 && mode->bell[i].frequency_hz < nyquist * 0.9) {
            filter.section[filter.n_sections++] = mode->bell[i];
            b->peaks = true;
        }
    if (filter.n_sections) {
        snprintf(why, sizeof why, "high-pass %.0f Hz, low-pass %.0f Hz, %d bells: asked for", high,
            low < nyquist * 0.95 ? low : 0,
            filter.n_sections - (high > 0) - (low > 0 && low < nyquist * 0.95));
        add(b, VH_SOUND_FILTER, "%s", why)->params.filter = filter;
    }
    struct vh_sound_compress compress = mode->compress;
    if (!isnan(b->o->compress_ratio)) {
        if (compress.ratio == 0)
            compress = (struct vh_sound_compress){-20, 1, 10, 250};
        compress.ratio = b->o->compress_ratio;
    }
    if (compress.ratio > 1)
        add(b, VH_SOUND_COMPRESS, "compressor %.1f:1 over %.0f dBFS: asked for", compress.ratio,
            compress.threshold_db)
            ->params.compress = compress;
    if (b->o->filter && *b->o->filter) {
        add_filter(b, b->o->filter, "--audio-filter");
        b->peaks = true;
    }
}

/* 5.1 is FL FR FC LFE BL BR; 7.1 adds SL SR. Gains of the peers' simple upmix; the LFE ends at 120 Hz. */
static void plan_upmix(struct builder *b)
{
    int out = b->config->n_channels_out;
    if (b->o->upmix == VH_SOUND_UPMIX_NONE)
        return;
    if (out != 6 && out != 8) {
        b->status =
            vh_fail(b->log, VH_ERR_USAGE, "--audio-upmix makes 5.1 or 7.1: say --audio-layout 5.1 or 7.1");
        return;
    }
    if (b->n_channels > 2) {
        note(b, "the source has %d channels already: no upmix", b->n_channels);
        return;
    }
    int right = b->n_channels - 1; /* mono feeds both sides */
    if (b->o->upmix == VH_SOUND_UPMIX_SURROUND) {
        if (right == 0) {
            b->n_channels = 2;
            add(b, VH_SOUND_MIX, "mono to both sides, for the upmix")->params.mix =
                (struct vh_sound_mix){.n_out = 2, .gain = {{1}, {1}}};
        }
        b->n_channels = out;
        add_filter(b,
            out == 6 ? "surround=chl_out=5.1:fc_in=0.6:lfe_in=0.5"
                     : "surround=chl_out=7.1:fc_in=0.6:lfe_in=0.5",
            "--audio-upmix surround");
        return;
    }
    struct vh_sound_mix mix = {.n_out = out, .lowpass_hz = {0, 0, 0, 120}};
    mix.gain[0][0] = mix.gain[1][right] = 1;
    for (int o = 2; o <= 3; o++) {
        mix.gain[o][0] += 0.5;
        mix.gain[o][right] += 0.5;
    }
    mix.gain[4][0] = mix.gain[5][right] = out == 6 ? 0.7 : 0.6;
    if (out == 8) {
        mix.gain[6][0] += 0.5;
        mix.gain[6][right] += 0.2;
        mix.gain[7][right] += 0.5;
        mix.gain[7][0] += 0.2;
    }
    b->n_channels = out;
    add(b, VH_SOUND_MIX, "--audio-upmix simple")->params.mix = mix;
}

/* The one gain: target minus loudness, not more than allowed, and not so much that the noise floor rises too
 * high. */
static double loudness_gain(struct builder *b, const struct vh_loudness_result *l, char *why, size_t size)
{
    const struct vh_sound_findings *f = b->config->findings;
    double gain = b->o->loudness_lufs - l->integrated_lufs;
    int n = snprintf(why, size, "%.1f LUFS to %.1f LUFS", l->integrated_lufs, b->o->loudness_lufs);
    if (gain > b->o->gain_most_db) {
        gain = b->o->gain_most_db;
        n += snprintf(why + n, size - n, ", at most %+.1f dB", gain);
    }
    double floor_db = f && f->noise_known ? f->noise_dbfs - (b->hiss_done ? b->hiss_db : 0) : -200;
    if (floor_db + gain > b->o->floor_most_db && gain > 0) {
        gain = fmax(0, b->o->floor_most_db - floor_db);
        snprintf(why + n, size - n, ", held at %+.1f dB: the noise floor would rise over %.0f dBFS", gain,
            b->o->floor_most_db);
    }
    return gain;
}

static void plan_level(struct builder *b)
{
    const struct vh_loudness_result *l = b->config->repaired;
    char why[140] = "";
    double gain = 0;
    if (isnan(b->o->loudness_lufs)) {
        if (b->peaks)
            add(b, VH_SOUND_LEVEL, "the repairs may raise peaks over %.1f dBTP", b->o->peak_db)
                ->params.level = (struct vh_sound_level){0, b->o->peak_db};
        return;
    }
    if (!l) {
        b->plan->wants_loudness = true;
        return;
    }
    if (!isfinite(l->integrated_lufs)) {
        note(b, "nothing loud enough to have a loudness: level unchanged");
        return;
    }
    gain = loudness_gain(b, l, why, sizeof why);
    if (fabs(gain) < 0.05 && l->true_peak_db <= b->o->peak_db)
        return;
    add(b, VH_SOUND_LEVEL, "%s", why)->params.level = (struct vh_sound_level){gain, b->o->peak_db};
}

int vh_sound_plan_create(
    struct vh_sound_plan **plan, const struct vh_sound_plan_config *config, const struct vh_log *log)
{
    *plan = NULL;
    int status = vh_pcm_format_check(&config->format, log);
    if (status < 0)
        return status;
    struct builder b = {.plan = vh_alloc(1, sizeof *b.plan),
        .config = config,
        .o = config->options,
        .log = log,
        .n_channels = config->format.n_channels};
    if (!b.plan)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the sound plan");
    static void (*const part[])(struct builder *) = {plan_clip, plan_dc, plan_wiring, plan_azimuth, plan_buzz,
        plan_hum, plan_whistle, plan_click, plan_hiss, plan_mono, plan_taste, plan_upmix, plan_level};
    for (size_t i = 0; i < sizeof part / sizeof *part && b.status >= 0; i++)
        part[i](&b);
    b.plan->n_channels = b.n_channels;
    if (b.status < 0)
        vh_sound_plan_destroy(&b.plan);
    *plan = b.plan;
    return b.status;
}

void vh_sound_plan_destroy(struct vh_sound_plan **plan)
{
    vh_freep(plan);
}

bool vh_sound_options_ask(const struct vh_sound_options *o)
{
    const int switches[] = {o->dc, o->dead, o->polarity, o->azimuth, o->mono, o->click, o->clip, o->buzz,
        o->hum, o->whistle, o->hiss};
    const double values[] = {o->azimuth_delay, o->clip_level, o->buzz_rate, o->hum_hz, o->whistle_hz,
        o->hiss_reduction, o->hiss_floor, o->loudness_lufs};
    bool ask = o->mode >= VH_SOUND_MODE_LIGHT || (o->filter && *o->filter) || o->upmix != VH_SOUND_UPMIX_NONE;
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        ask |= switches[i] == VH_SOUND_ON;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ask |= !isnan(values[i]);
    return ask || o->highpass_hz > 0 || o->lowpass_hz > 0 || o->compress_ratio > 1;
}

const char *vh_sound_step_name(enum vh_sound_step_kind kind)
{
    static const char *const names[] = {[VH_SOUND_DC] = "offset",
        [VH_SOUND_MIX] = "matrix",
        [VH_SOUND_FILTER] = "filter",
        [VH_SOUND_AZIMUTH] = "azimuth",
        [VH_SOUND_CLICK] = "declick",
        [VH_SOUND_CLIP] = "declip",
        [VH_SOUND_BUZZ] = "buzz",
        [VH_SOUND_HUM] = "hum",
        [VH_SOUND_HISS] = "hiss",
        [VH_SOUND_COMPRESS] = "compressor",
        [VH_SOUND_LEVEL] = "level",
        [VH_SOUND_TIME] = "time"};
    return names[kind];
}

void vh_sound_plan_print(const struct vh_sound_plan *plan, FILE *file, const char *indent)
{
    for (int i = 0; i < plan->n_items; i++) {
        const struct vh_sound_item *item = &plan->item[i];
        if (item->native)
            fprintf(file, "%s%-10s %s\n", indent, vh_sound_step_name(item->params.kind), item->reason);
        else
            fprintf(file, "%s%-10s %s: %s\n", indent, "filter", item->reason, item->filter);
    }
    if (plan->wants_loudness)
        fprintf(file, "%s%-10s gain from the loudness of the repaired sound, measured before the run\n",
            indent, "level");
    if (*plan->note)
        fprintf(file, "%snote       %s\n", indent, plan->note);
}
