/* The repairs of the sound plan but hiss: flat tops, offset, wiring, azimuth, buzz, hum, whistle, clicks, one
 * sound on two channels. Each adds an item with its reason, or leaves a note, or nothing. */
#include "sound_plan_builder.h"

#include "core/status.h"

#include <math.h>
#include <string.h>

#define WHISTLE_WIDTH 60.0 /* Hz at -3 dB */

/* Harmonics of a hum that are removed at the least, and two more than were seen: the next ones hide just
 * under the threshold, and taking out one that is not there takes nothing (sound.md). */
#define HUM_LEAST 10

void vh_sound_plan_clip(struct vh_sound_builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    double percent = 0;
    if (!vh_sound_plan_runs(b, b->o->clip, "audio.clipping", &percent))
        return;
    bool any = !isnan(b->o->clip_level);
    for (int c = 0; f && c < b->n_channels; c++)
        any |= f->clip_level[c] > 0;
    if (!any) {
        if (b->o->clip == VH_SOUND_ON)
            vh_sound_plan_fail(b, "--audio-clip", "level");
        return;
    }
    struct vh_sound_item *item =
        vh_sound_plan_add(b, VH_SOUND_CLIP, "flat tops in %.2f %% of the samples", percent);
    for (int c = 0; c < b->n_channels; c++)
        item->params.clip.level[c] = !isnan(b->o->clip_level) ? b->o->clip_level : f ? f->clip_level[c] : 0;
    b->peaks = true;
}

void vh_sound_plan_dc(struct vh_sound_builder *b)
{
    double most = 0;
    if (!vh_sound_plan_runs(b, b->o->dc, "audio.dc", &most))
        return;
    struct vh_sound_item *item = vh_sound_plan_add(b, VH_SOUND_DC, "offset of %.4f of full scale", most);
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
void vh_sound_plan_wiring(struct vh_sound_builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    struct vh_sound_mix mix = straight(b->n_channels);
    double dead = 0, inverted = 0;
    char why[120] = "";
    if (b->n_channels == 2 && vh_sound_plan_runs(b, b->o->dead, "audio.dead_channel", &dead) &&
        (dead == 1 || dead == 2)) {
        int to = (int)dead - 1;
        mix.gain[to][to] = 0;
        mix.gain[to][1 - to] = 1;
        snprintf(why, sizeof why, "%s channel has no programme: the other is copied into it",
            to ? "right" : "left");
    } else if (b->n_channels == 2 && vh_sound_plan_runs(b, b->o->polarity, "audio.polarity", &inverted) &&
               (inverted == 1 || b->o->polarity == VH_SOUND_ON)) {
        mix.gain[1][1] = -1;
        snprintf(why, sizeof why, "right channel is upside down against the left");
    }
    for (int c = 0; f && b->n_channels > 2 && c < b->n_channels; c++)
        if (f->dead[c])
            vh_sound_plan_note(b, "channel %d has no programme", c + 1);
    if (*why)
        vh_sound_plan_add(b, VH_SOUND_MIX, "%s", why)->params.mix = mix;
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

void vh_sound_plan_azimuth(struct vh_sound_builder *b)
{
    const struct vh_sound_findings *f = b->config->findings;
    double delay = 0, scale = b->config->format.rate_hz / 48000.0, dead = 0;
    if (b->n_channels != 2 ||
        (vh_sound_plan_known(b, "audio.dead_channel", &dead) && dead > 0 && b->o->dead != VH_SOUND_OFF))
        return;
    bool by_hand = !isnan(b->o->azimuth_delay);
    if (!vh_sound_plan_runs(b, b->o->azimuth, "audio.azimuth", &delay) &&
        !(by_hand && b->o->azimuth != VH_SOUND_OFF))
        return;
    if (by_hand)
        delay = b->o->azimuth_delay;
    else if (!vh_sound_plan_known(b, "audio.azimuth", &delay)) {
        vh_sound_plan_fail(b, "--audio-azimuth", "delay");
        return;
    }
    const struct vh_measurement *m =
        b->config->profile ? vh_profile_get(b->config->profile, "audio.azimuth") : NULL;
    bool track = !by_hand && f && f->n_knots > 1 && m && !m->by_hand;
    struct vh_sound_item *item = vh_sound_plan_add(b, VH_SOUND_AZIMUTH,
        "right channel is %.2f samples late%s", delay * scale, track ? " (followed)" : "");
    struct vh_sound_azimuth *a = &item->params.azimuth;
    a->channel = 1;
    a->n_knots = track ? f->n_knots : 1;
    a->delay[0] = -delay * scale;
    for (int i = 0; track && i < f->n_knots; i++) {
        a->time_s[i] = f->knot_s[i];
        a->delay[i] = -median_of_5(f->knot_delay, i, f->n_knots);
    }
}

/* A repair that is about one frequency: its switch, what was said by hand (NAN = nothing), what measured it
 * and the least frequency that can be one. */
struct tone {
    int sw;
    double by_hand_hz, least_hz;
    const char *level_key, *frequency_key, *option, *what;
};

/* Whether the repair runs, with which frequency and, where it was measured, level. Asked for by name without
 * a frequency it fails. */
static bool tone_runs(struct vh_sound_builder *b, const struct tone *t, double *hz, double *level)
{
    bool by_hand = !isnan(t->by_hand_hz);
    if (!vh_sound_plan_runs(b, t->sw, t->level_key, level) && !(by_hand && t->sw != VH_SOUND_OFF))
        return false;
    *hz = t->by_hand_hz;
    if (by_hand || (vh_sound_plan_known(b, t->frequency_key, hz) && *hz >= t->least_hz))
        return true;
    if (t->sw == VH_SOUND_ON)
        vh_sound_plan_fail(b, t->option, t->what);
    return false;
}

void vh_sound_plan_buzz(struct vh_sound_builder *b)
{
    const struct tone tone = {.sw = b->o->buzz,
        .by_hand_hz = b->o->buzz_rate,
        .least_hz = 10,
        .level_key = "audio.buzz.level",
        .frequency_key = "audio.buzz.frequency",
        .option = "--audio-buzz",
        .what = "rate"};
    double level = 0, rate = 0;
    if (!tone_runs(b, &tone, &rate, &level))
        return;
    struct vh_sound_item *item =
        vh_sound_plan_add(b, VH_SOUND_BUZZ, "buzz at %.4f Hz, %.1f dB over the noise", rate, level);
    item->params.buzz = (struct vh_sound_buzz){.period = b->config->format.rate_hz / rate,
        .keep = b->o->buzz_keep,
        .two_fields = b->config->findings && b->config->findings->buzz_two_fields};
}

void vh_sound_plan_hum(struct vh_sound_builder *b)
{
    const struct tone tone = {.sw = b->o->hum,
        .by_hand_hz = b->o->hum_hz,
        .least_hz = 20,
        .level_key = "audio.hum.level",
        .frequency_key = "audio.hum.frequency",
        .option = "--audio-hum",
        .what = "frequency"};
    double level = 0, hz = 0;
    if (!tone_runs(b, &tone, &hz, &level))
        return;
    int harmonics = b->o->hum_harmonics, seen = b->config->findings ? b->config->findings->hum_harmonics : 0;
    if (harmonics == VH_AUTO_INT)
        harmonics = seen + 2 > HUM_LEAST ? seen + 2 : HUM_LEAST;
    struct vh_sound_item *item = vh_sound_plan_add(b, VH_SOUND_HUM,
        "hum at %.3f Hz, %.1f dB over its neighbourhood, taken out with %d harmonics", hz, level, harmonics);
    item->params.hum = (struct vh_sound_hum){hz, harmonics};
}

void vh_sound_plan_whistle(struct vh_sound_builder *b)
{
    const struct tone tone = {.sw = b->o->whistle,
        .by_hand_hz = b->o->whistle_hz,
        .least_hz = 1000,
        .level_key = "audio.whistle.level",
        .frequency_key = "audio.whistle.frequency",
        .option = "--audio-whistle",
        .what = "frequency"};
    double level = 0, hz = 0, rate = b->config->format.rate_hz;
    if (!tone_runs(b, &tone, &hz, &level))
        return;
    if (hz > rate * 0.495) {
        vh_sound_plan_note(b, "whistle at %.0f Hz lies above what %.0f Hz sound holds", hz, rate);
        return;
    }
    struct vh_sound_item *item = vh_sound_plan_add(
        b, VH_SOUND_FILTER, "whistle at %.1f Hz, %.1f dB over its neighbourhood", hz, level);
    struct vh_sound_filter *f = &item->params.filter;
    double q = sin(2 * M_PI * hz / rate) /
               (2 * tan(M_PI * WHISTLE_WIDTH / rate)); /* that width also near rate / 2 */
    f->n_sections = 2; /* each WHISTLE_WIDTH wide: together -66 dB half a hertz off the centre */
    for (int i = 0; i < 2; i++)
        f->section[i] = (struct vh_sound_section){VH_SOUND_NOTCH, hz, q, 0};
}

void vh_sound_plan_click(struct vh_sound_builder *b)
{
    double rate = 0;
    if (!vh_sound_plan_runs(b, b->o->click, "audio.clicks", &rate))
        return;
    vh_sound_plan_add(b, VH_SOUND_CLICK, "%.2f clicks per second", rate)->params.click.threshold =
        b->o->click_threshold;
}

/* Averaging two copies of one sound helps only where their noise differs. */
void vh_sound_plan_mono(struct vh_sound_builder *b)
{
    double yes = 0, dead = 0;
    if (b->n_channels != 2 || (vh_sound_plan_known(b, "audio.dead_channel", &dead) && dead > 0))
        return;
    bool there = vh_sound_plan_runs(b, b->o->mono, "audio.dual_mono", &yes);
    if (!there || (b->o->mono == VH_SOUND_AUTO && !b->hiss_done))
        return;
    struct vh_sound_mix mix = {.n_out = 2, .gain = {{0.5, 0.5}, {0.5, 0.5}}};
    vh_sound_plan_add(b, VH_SOUND_MIX, "both channels carry one sound: averaged")->params.mix = mix;
}
