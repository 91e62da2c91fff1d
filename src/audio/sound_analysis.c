/* Cleans each block of what is no number and hands it to all detectors, then gathers what they say. */
#include "audio/sound_analysis.h"

#include "click.h"
#include "core/memory.h"
#include "core/status.h"
#include "detect.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BLOCK  4096
#define PHASES 50 /* places in a field: clicks that crowd in one of them belong to the head switch */

struct vh_sound_analyzer {
    struct vh_pcm_format format;
    struct vh_detect_level *level;
    struct vh_detect_spectrum *spectrum;
    struct vh_detect_lines *lines;
    struct vh_detect_buzz *buzz;
    struct vh_click_frame click;
    struct vh_sound_fifo click_fifo;
    int64_t n_clicks, click_at; /* click_at: sample number of click_fifo.plane[c][margin] */
    double period[2];           /* of a field, as candidates for buzz */
    int64_t phase[2][PHASES];   /* clicks by their place in the field */
    struct vh_loudness *loudness;
    int64_t n, n_bad;
    float *clean; /* BLOCK samples of each channel */
};

void vh_detect_report(struct vh_profile *profile, const char *key, double value, double confidence, int n,
    const char *format, ...)
{
    struct vh_measurement m = {.value = value, .confidence = fmax(0, fmin(1, confidence)), .n = n};
    va_list args;
    if (!profile || !isfinite(value))
        return;
    va_start(args, format);
    vsnprintf(m.evidence, sizeof m.evidence, format, args);
    va_end(args);
    vh_profile_set(profile, key, &m);
}

int vh_sound_analyzer_create(struct vh_sound_analyzer **analyzer, const struct vh_pcm_format *format,
    double field_rate_hz, const struct vh_log *log)
{
    *analyzer = NULL;
    int status = vh_pcm_format_check(format, log);
    struct vh_sound_analyzer *a = status < 0 ? NULL : vh_alloc(1, sizeof *a);
    if (status < 0)
        return status;
    if (!a)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for measuring the sound");
    a->format = *format;
    a->period[0] = format->rate_hz / 50.0;
    a->period[1] = format->rate_hz * 1001 / 60000.0;
    vh_sound_fifo_init(&a->click_fifo, format->n_channels);
    a->clean = vh_alloc((size_t)BLOCK * format->n_channels, sizeof *a->clean);
    if (!a->clean || (status = vh_detect_level_create(&a->level, format)) < 0 ||
        (status = vh_detect_spectrum_create(&a->spectrum, format)) < 0 ||
        (status = vh_detect_lines_create(&a->lines, format)) < 0 ||
        (status = vh_detect_buzz_create(&a->buzz, format, field_rate_hz)) < 0 ||
        (status = vh_click_frame_init(&a->click, format->rate_hz, 0)) < 0 ||
        (status = vh_sound_fifo_append(&a->click_fifo, NULL, a->click.margin)) < 0 ||
        (status = vh_loudness_create(&a->loudness, format, log)) < 0) {
        vh_sound_analyzer_destroy(&a);
        return vh_fail(log, status < 0 ? status : VH_ERR_RESOURCE, "out of memory for measuring the sound");
    }
    *analyzer = a;
    return VH_OK;
}

void vh_sound_analyzer_destroy(struct vh_sound_analyzer **analyzer)
{
    struct vh_sound_analyzer *a = *analyzer;
    if (!a)
        return;
    vh_detect_level_destroy(&a->level);
    vh_detect_spectrum_destroy(&a->spectrum);
    vh_detect_lines_destroy(&a->lines);
    vh_detect_buzz_destroy(&a->buzz);
    vh_click_frame_uninit(&a->click);
    vh_sound_fifo_uninit(&a->click_fifo);
    vh_loudness_destroy(&a->loudness);
    vh_free(a->clean);
    vh_freep(analyzer);
}

static void count_click(struct vh_sound_analyzer *a, int64_t at)
{
    a->n_clicks++;
    for (int k = 0; k < 2; k++)
        a->phase[k][(int)(fmod((double)at, a->period[k]) / a->period[k] * PHASES) % PHASES]++;
}

/* Clicks that are not the head switch's: without those in places of the field that hold many times their
 * share. */
static int64_t free_clicks(const struct vh_sound_analyzer *a, const struct vh_sound_findings *f)
{
    int k = f->field_rate_hz > 55;
    int64_t n = a->n_clicks, share = a->n_clicks / PHASES;
    for (int i = 0; f->field_rate_hz > 0 && i < PHASES; i++)
        n -= a->phase[k][i] > 4 * share + 4 ? a->phase[k][i] - share : 0;
    return n;
}

/* Spectra are taken without the clicks: a click fills every band of its frame. */
static void mend(struct vh_sound_analyzer *a, int c, const struct vh_click *found, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = found[i].begin; k < found[i].end; k++)
            a->click_fifo.plane[c][k] = (float)a->click.x[k];
}

static int listen_for_clicks(struct vh_sound_analyzer *a, const float *const *x, int n)
{
    int status = vh_sound_fifo_append(&a->click_fifo, x, n);
    struct vh_click found[VH_CLICK_MAX];
    while (status >= 0 && a->click_fifo.n >= a->click.n) {
        for (int c = 0; c < a->format.n_channels; c++) {
            for (int i = 0; i < a->click.n; i++)
                a->click.x[i] = a->click_fifo.plane[c][i];
            int n_found = vh_click_mend(&a->click, found);
            mend(a, c, found, n_found);
            for (int i = 0; i < n_found; i++)
                count_click(a, a->click_at + found[i].begin - a->click.margin);
        }
        const float *own[VH_SOUND_CHANNELS];
        for (int c = 0; c < a->format.n_channels; c++)
            own[c] = a->click_fifo.plane[c] + a->click.margin;
        status = vh_detect_spectrum_push(a->spectrum, own, a->click.hop);
        a->click_at += a->click.hop;
        vh_sound_fifo_drop(&a->click_fifo, a->click.hop);
    }
    return status;
}

static int push_block(struct vh_sound_analyzer *a, const float *const *samples, int at, int n)
{
    const float *clean[VH_SOUND_CHANNELS];
    for (int c = 0; c < a->format.n_channels; c++) {
        float *to = a->clean + (size_t)c * BLOCK;
        memcpy(to, samples[c] + at, sizeof *to * n);
        a->n_bad += vh_sound_sanitize(to, n);
        clean[c] = to;
    }
    a->n += n;
    vh_detect_level_push(a->level, clean, n);
    int status = vh_detect_lines_push(a->lines, clean, n);
    if (status >= 0)
        status = vh_detect_buzz_push(a->buzz, clean, n);
    if (status >= 0)
        status = listen_for_clicks(a, clean, n);
    return status < 0 ? status : vh_loudness_push(a->loudness, clean, n);
}

int vh_sound_analyzer_push(struct vh_sound_analyzer *a, const float *const *samples, int n)
{
    int status = VH_OK;
    for (int at = 0; status >= 0 && at < n; at += BLOCK)
        status = push_block(a, samples, at, n - at < BLOCK ? n - at : BLOCK);
    return status;
}

static void report_loudness(const struct vh_loudness_result *l, struct vh_profile *profile)
{
    double sure = l->n_blocks >= 30 ? 0.98 : l->n_blocks ? 0.7 : 0;
    if (l->n_blocks)
        vh_detect_report(
            profile, "audio.loudness", l->integrated_lufs, sure, l->n_blocks, "gated, BS.1770-4");
    if (l->n_blocks > 26)
        vh_detect_report(profile, "audio.loudness_range", l->range_lu, sure, l->n_blocks, "EBU Tech 3342");
    vh_detect_report(
        profile, "audio.true_peak", l->true_peak_db, 0.98, 1, "sample peak %.2f dBFS", l->sample_peak_db);
}

/* Hum next to the field rate: the peaks of both are one in the spectrum, so the mains' own frequency is
 * taken. */
static void tell_apart(struct vh_sound_findings *f, struct vh_profile *profile)
{
    const struct vh_measurement *found = profile ? vh_profile_get(profile, "audio.hum.frequency") : NULL;
    f->hum_hz = 60;
    if (found)
        vh_detect_report(profile, "audio.hum.frequency", 60, found->confidence, found->n,
            "beside a buzz at %.3f Hz, taken for the mains", f->field_rate_hz);
}

/* The buzz's level over the noise, once that is known. */
static void report_buzz(const struct vh_sound_findings *f, struct vh_profile *profile)
{
    const struct vh_measurement *found = profile ? vh_profile_get(profile, "audio.buzz.level") : NULL;
    if (!found || f->field_rate_hz <= 0)
        return;
    struct vh_measurement m = *found;
    m.value = f->buzz_dbfs - (f->noise_known ? f->noise_dbfs : -95);
    vh_profile_set(profile, "audio.buzz.level", &m);
}

static void report_clicks(
    const struct vh_sound_analyzer *a, const struct vh_sound_findings *f, struct vh_profile *profile)
{
    double seconds = (double)a->n / a->format.rate_hz;
    int64_t n = free_clicks(a, f);
    if (seconds >= 1)
        vh_detect_report(profile, "audio.clicks", n / seconds,
            (n > 0 && n < 5) || a->n_clicks > 5 * n ? 0.5
            : seconds >= 5                          ? 0.9
                                                    : 0.65,
            (int)(n < 1000000 ? n : 1000000), "%lld clicks in %.1f s, %lld more at the head switch",
            (long long)n, seconds, (long long)(a->n_clicks - n));
}

/* Flat tops look like noise, clicks and an offset; what was measured beside them switches nothing on. */
static void doubt_beside_clipping(struct vh_sound_findings *f, struct vh_profile *profile)
{
    static const char *const keys[] = {"audio.dc", "audio.clicks", "audio.hiss.level"};
    const struct vh_measurement *clipping = profile ? vh_profile_get(profile, "audio.clipping") : NULL;
    bool clipped = clipping && clipping->value > 0.2;
    for (int i = 0; clipped && i < 3; i++) {
        const struct vh_measurement *found = vh_profile_get(profile, keys[i]);
        struct vh_measurement m = {0};
        if (!found || found->by_hand)
            continue;
        m = *found;
        m.confidence = fmin(m.confidence, 0.5);
        vh_profile_set(profile, keys[i], &m);
    }
    f->noise_known = f->noise_known && !clipped;
}

int vh_sound_analyzer_finish(
    struct vh_sound_analyzer *a, struct vh_sound_findings *f, struct vh_profile *profile)
{
    memset(f, 0, sizeof *f);
    f->format = a->format;
    f->n_samples = a->n;
    f->n_bad = a->n_bad;
    vh_detect_level_finish(a->level, f, profile);
    vh_detect_lines_finish(a->lines, f, profile);
    vh_detect_buzz_finish(a->buzz, f, profile);
    double apart = f->field_rate_hz > 0 ? fabs(f->hum_hz - f->field_rate_hz) : 1;
    if (apart >= 0.012 && apart < 0.15 && f->field_rate_hz > 55)
        tell_apart(f, profile);
    if (apart < 0.012) {
        /* the same comb: what keeps the field rate is cancelled with it */
        vh_detect_report(profile, "audio.hum.level", 0, 0.9, 1,
            "the comb at %.3f Hz keeps the field rate: buzz", f->hum_hz);
        f->hum_hz = 0;
    }
    vh_detect_spectrum_finish(a->spectrum, f, profile);
    report_buzz(f, profile);
    report_clicks(a, f, profile);
    doubt_beside_clipping(f, profile);
    f->loudness = vh_loudness_result(a->loudness);
    report_loudness(&f->loudness, profile);
    return VH_OK;
}

/* Limits from the task: 40 ms and 50 ppm over ten minutes; below a minute of sound the start and end of the
 * capture are not cut precisely enough. */
bool vh_sound_drift(double sound_s, double picture_s, double edits_s, double *ppm)
{
    double picture = picture_s + edits_s, apart = sound_s - picture;
    *ppm = 0;
    if (!(picture >= 60) || !(sound_s > 0))
        return false;
    double part = apart / picture * 1e6;
    if (fabs(apart) <= 0.040 || fabs(part) <= 50 || fabs(part) > 5000)
        return false;
    *ppm = part;
    return true;
}
