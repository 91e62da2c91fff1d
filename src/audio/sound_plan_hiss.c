/* Hiss in the sound plan: by our own spectral reducer, or by the filter of libavfilter that was asked for. */
#include "sound_plan_builder.h"

#include "core/status.h"

#include <math.h>
#include <string.h>

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

static void plan_arnndn(struct vh_sound_builder *b, const char *reason)
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
    vh_sound_plan_add_filter(b, text, reason);
}

/* The noise spectrum for the native reducer; false when there is none. */
static bool noise_spectrum(const struct vh_sound_builder *b, struct vh_sound_hiss *hiss)
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

void vh_sound_plan_hiss(struct vh_sound_builder *b)
{
    const struct vh_sound_mode_adds *mode = &vh_sound_mode_adds[b->o->mode];
    double level = 0, reduction = isnan(b->o->hiss_reduction) ? mode->hiss_db : b->o->hiss_reduction;
    bool by_hand = !isnan(b->o->hiss_floor) || !isnan(b->o->hiss_reduction);
    bool wanted = vh_sound_plan_runs(b, b->o->hiss, "audio.hiss.level", &level) ||
                  (by_hand && b->o->hiss != VH_SOUND_OFF);
    char reason[120], text[160];
    if (!wanted || reduction <= 0)
        return;
    vh_sound_plan_known(b, "audio.hiss.level", &level);
    level = isnan(b->o->hiss_floor) ? level : b->o->hiss_floor;
    snprintf(reason, sizeof reason, "hiss at %.1f dBFS, turned down by up to %.0f dB", level, reduction);
    b->hiss_done = true;
    b->hiss_db = reduction;
    if (b->o->hiss_method == VH_SOUND_HISS_ARNNDN) {
        plan_arnndn(b, reason);
    } else if (b->o->hiss_method == VH_SOUND_HISS_ANLMDN) {
        snprintf(text, sizeof text, "anlmdn=s=%.5f:p=0.002:r=0.002:m=15", 1e-5 * pow(10, reduction / 10));
        vh_sound_plan_add_filter(b, text, reason);
    } else if (b->o->hiss_method == VH_SOUND_HISS_AFFTDN) {
        snprintf(
            text, sizeof text, "afftdn=nr=%.2f:nf=%.1f", fmax(0.01, reduction), fmax(-80, fmin(-20, level)));
        vh_sound_plan_add_filter(b, text, reason);
    } else {
        struct vh_sound_hiss hiss = {.reduction_db = reduction};
        if (!noise_spectrum(b, &hiss)) {
            b->hiss_done = false;
            if (b->o->hiss == VH_SOUND_ON || by_hand)
                vh_sound_plan_fail(b, "--audio-hiss", "floor");
            return;
        }
        vh_sound_plan_add(b, VH_SOUND_HISS, "%s", reason)->params.hiss = hiss;
    }
}
