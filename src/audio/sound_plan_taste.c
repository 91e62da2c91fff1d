/* What of the sound plan is taste and delivery: filters and compressor of the modes, more channels, level. */
#include "sound_plan_builder.h"

#include "core/status.h"

#include <math.h>

void vh_sound_plan_taste(struct vh_sound_builder *b)
{
    const struct vh_sound_mode_adds *mode = &vh_sound_mode_adds[b->o->mode];
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
        vh_sound_plan_note(b, "no low-pass at %.0f Hz: the sound ends at %.0f Hz", low, nyquist);
    for (int i = 0; i < 3; i++)
        if (mode->bell[i].gain_db != 0 && mode->bell[i].frequency_hz < nyquist * 0.9) {
            filter.section[filter.n_sections++] = mode->bell[i];
            b->peaks = true;
        }
    if (filter.n_sections) {
        snprintf(why, sizeof why, "high-pass %.0f Hz, low-pass %.0f Hz, %d bells: asked for", high,
            low < nyquist * 0.95 ? low : 0,
            filter.n_sections - (high > 0) - (low > 0 && low < nyquist * 0.95));
        vh_sound_plan_add(b, VH_SOUND_FILTER, "%s", why)->params.filter = filter;
    }
    struct vh_sound_compress compress = mode->compress;
    if (!isnan(b->o->compress_ratio)) {
        if (compress.ratio == 0)
            compress = (struct vh_sound_compress){-20, 1, 10, 250};
        compress.ratio = b->o->compress_ratio;
    }
    if (compress.ratio > 1)
        vh_sound_plan_add(b, VH_SOUND_COMPRESS, "compressor %.1f:1 over %.0f dBFS: asked for", compress.ratio,
            compress.threshold_db)
            ->params.compress = compress;
    if (b->o->filter && *b->o->filter) {
        vh_sound_plan_add_filter(b, b->o->filter, "--audio-filter");
        b->peaks = true;
    }
}

/* 5.1 is FL FR FC LFE BL BR; 7.1 adds SL SR. Gains of the peers' simple upmix; the LFE ends at 120 Hz. */
void vh_sound_plan_upmix(struct vh_sound_builder *b)
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
        vh_sound_plan_note(b, "the source has %d channels already: no upmix", b->n_channels);
        return;
    }
    int right = b->n_channels - 1; /* mono feeds both sides */
    if (b->o->upmix == VH_SOUND_UPMIX_SURROUND) {
        if (right == 0) {
            b->n_channels = 2;
            vh_sound_plan_add(b, VH_SOUND_MIX, "mono to both sides, for the upmix")->params.mix =
                (struct vh_sound_mix){.n_out = 2, .gain = {{1}, {1}}};
        }
        b->n_channels = out;
        vh_sound_plan_add_filter(b,
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
    vh_sound_plan_add(b, VH_SOUND_MIX, "--audio-upmix simple")->params.mix = mix;
}

/* The one gain: target minus loudness, not more than allowed, and not so much that the noise floor rises too
 * high. */
static double loudness_gain(
    struct vh_sound_builder *b, const struct vh_loudness_result *l, char *why, size_t size)
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

void vh_sound_plan_level(struct vh_sound_builder *b)
{
    const struct vh_loudness_result *l = b->config->repaired;
    char why[140] = "";
    double gain = 0;
    if (isnan(b->o->loudness_lufs)) {
        if (b->peaks)
            vh_sound_plan_add(b, VH_SOUND_LEVEL, "the repairs may raise peaks over %.1f dBTP", b->o->peak_db)
                ->params.level = (struct vh_sound_level){0, b->o->peak_db};
        return;
    }
    if (!l) {
        b->plan->wants_loudness = true;
        return;
    }
    if (!isfinite(l->integrated_lufs)) {
        vh_sound_plan_note(b, "nothing loud enough to have a loudness: level unchanged");
        return;
    }
    gain = loudness_gain(b, l, why, sizeof why);
    if (fabs(gain) < 0.05 && l->true_peak_db <= b->o->peak_db)
        return;
    vh_sound_plan_add(b, VH_SOUND_LEVEL, "%s", why)->params.level =
        (struct vh_sound_level){gain, b->o->peak_db};
}
