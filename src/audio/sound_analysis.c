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

#define BLOCK 4096

struct vh_sound_analyzer {
    struct vh_sound_format format;
    struct vh_detect_level *level;
    struct vh_detect_spectrum *spectrum;
    struct vh_detect_lines *lines;
    struct vh_detect_buzz *buzz;
    struct vh_click_frame click;
    struct vh_sound_fifo click_fifo;
    int64_t n_clicks;
    struct vh_loudness *loudness;
    int64_t n, n_bad;
    float *clean; /* BLOCK samples of each channel */
};

void vh_detect_report(
    struct vh_profile *profile, const char *key, double value, double confidence, int n, const char *format, ...)
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

int vh_sound_analyzer_create(struct vh_sound_analyzer **analyzer, const struct vh_sound_format *format,
    double field_rate_hz, const struct vh_log *log)
{
    *analyzer = NULL;
    int status = vh_sound_format_check(format, log);
    struct vh_sound_analyzer *a = status < 0 ? NULL : vh_alloc(1, sizeof *a);
    if (status < 0)
        return status;
    if (!a)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for measuring the sound");
    a->format = *format;
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

static int listen_for_clicks(struct vh_sound_analyzer *a, const float *const *x, int n)
{
    int status = vh_sound_fifo_append(&a->click_fifo, x, n);
    struct vh_click found[VH_CLICK_MAX];
    while (status >= 0 && a->click_fifo.n >= a->click.n) {
        for (int c = 0; c < a->format.n_channels; c++) {
            for (int i = 0; i < a->click.n; i++)
                a->click.x[i] = a->click_fifo.plane[c][i];
            a->n_clicks += vh_click_mend(&a->click, found);
        }
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
    int status = vh_detect_spectrum_push(a->spectrum, clean, n);
    if (status >= 0)
        status = vh_detect_lines_push(a->lines, clean, n);
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
        vh_detect_report(profile, "audio.loudness", l->integrated_lufs, sure, l->n_blocks, "gated, BS.1770-4");
    if (l->n_blocks > 26)
        vh_detect_report(profile, "audio.loudness_range", l->range_lu, sure, l->n_blocks, "EBU Tech 3342");
    vh_detect_report(profile, "audio.true_peak", l->true_peak_db, 0.98, 1, "sample peak %.2f dBFS", l->sample_peak_db);
}

int vh_sound_analyzer_finish(
    struct vh_sound_analyzer *a, struct vh_sound_findings *f, struct vh_profile *profile)
{
    memset(f, 0, sizeof *f);
    f->format = a->format;
    f->n_samples = a->n;
    f->n_bad = a->n_bad;
    vh_detect_level_finish(a->level, f, profile);
    vh_detect_spectrum_finish(a->spectrum, f, profile);
    vh_detect_lines_finish(a->lines, f, profile);
    vh_detect_buzz_finish(a->buzz, f, profile);
    if (f->field_rate_hz > 0 && fabs(f->hum_hz - f->field_rate_hz) < 0.02) {
        /* the same comb: what keeps the field rate is cancelled with it */
        vh_detect_report(profile, "audio.hum.level", 0, 0.9, 1, "the comb at %.3f Hz keeps the field rate: buzz", f->hum_hz);
        f->hum_hz = 0;
    }
    double seconds = (double)a->n / a->format.rate_hz;
    if (seconds >= 1)
        vh_detect_report(profile, "audio.clicks", a->n_clicks / seconds, seconds >= 5 ? 0.9 : 0.65,
            (int)(a->n_clicks < 1000000 ? a->n_clicks : 1000000), "%lld clicks in %.1f s", (long long)a->n_clicks, seconds);
    f->loudness = vh_loudness_result(a->loudness);
    report_loudness(&f->loudness, profile);
    return VH_OK;
}

/* Limits from the task: 40 ms and 50 ppm over ten minutes; below a minute of sound the start and end of the capture are
 * not cut precisely enough. */
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
