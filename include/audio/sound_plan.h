/* The sound chain: a pure function from options and measurements to an ordered list of repairs with reasons.
 *
 * An item is either a native step (sound_step.h) or a piece of libavfilter syntax that the media layer runs
 * on planar float sound. A plan without items means: leave the sound as it is, a copy is as good.
 *
 * The order is that of the faults' making, backwards: what the capture did last is undone first (flat tops,
 * offset), then wiring (polarity, dead channel), the deck (azimuth, buzz, hum, whistle, clicks, hiss), then
 * taste (filters, compressor), layout, and level at the end.
 */
#ifndef VH_AUDIO_SOUND_PLAN_H
#define VH_AUDIO_SOUND_PLAN_H

#include "audio/sound_analysis.h"
#include "option/option.h"

#include <stdio.h>

enum vh_sound_mode {
    VH_SOUND_MODE_AUTO,  /* repair what was measured to be wrong, nothing else */
    VH_SOUND_MODE_NONE,  /* only what is switched on by name */
    VH_SOUND_MODE_LIGHT, /* auto, and a gentle clean-up of everything */
    VH_SOUND_MODE_MODERATE,
    VH_SOUND_MODE_AGGRESSIVE,
    VH_SOUND_MODE_VOICE,
    VH_SOUND_MODE_MUSIC,
};
enum vh_sound_switch { VH_SOUND_OFF, VH_SOUND_AUTO, VH_SOUND_ON };
enum vh_sound_hiss_method {
    VH_SOUND_HISS_SPECTRAL,
    VH_SOUND_HISS_AFFTDN,
    VH_SOUND_HISS_ANLMDN,
    VH_SOUND_HISS_ARNNDN
};
enum vh_sound_upmix { VH_SOUND_UPMIX_NONE, VH_SOUND_UPMIX_SIMPLE, VH_SOUND_UPMIX_SURROUND };

/* Options; the rows say units, ranges and defaults. NaN and VH_AUTO_INT mean auto. */
struct vh_sound_options {
    int mode;                                           /* enum vh_sound_mode */
    int dc, dead, polarity, azimuth, mono, click, clip; /* enum vh_sound_switch */
    int buzz, hum, whistle, hiss;                       /* enum vh_sound_switch */
    double azimuth_delay, clip_level, click_threshold;
    double buzz_rate, hum_hz, whistle_hz;
    int buzz_keep, hum_harmonics;
    double hiss_reduction, hiss_floor, hiss_mix;
    int hiss_method; /* enum vh_sound_hiss_method */
    char *hiss_model;
    double highpass_hz, lowpass_hz, compress_ratio;
    char *filter;
    int upmix; /* enum vh_sound_upmix */
    double loudness_lufs, peak_db, gain_most_db, floor_most_db;
};

extern const struct vh_option_table vh_sound_option_table;

#define VH_SOUND_ITEMS 32

struct vh_sound_item {
    bool native;
    struct vh_sound_step_params params; /* native */
    char filter[1024];                  /* else: one input, one output, planar float */
    char reason[160];                   /* "hum at 50.03 Hz, 49.8 dB over its neighbourhood" */
    int n_channels;                     /* that leave it */
};

struct vh_sound_plan {
    struct vh_sound_item item[VH_SOUND_ITEMS];
    int n_items;
    int n_channels;      /* that leave the chain */
    bool wants_loudness; /* the level depends on the loudness of what the items make: run them over the sound
                            into a vh_loudness and plan again with the result */
    char note[320]; /* what was measured and deliberately left alone, or asked and not possible; "" = nothing
                     */
};

struct vh_sound_plan_config {
    const struct vh_sound_options *options;
    const struct vh_sound_findings *findings;  /* NULL = nothing was measured */
    const struct vh_profile *profile;          /* NULL = nothing was measured or said by hand */
    const struct vh_loudness_result *repaired; /* of the chain without level, NULL = not measured (yet) */
    struct vh_pcm_format format;               /* of the source */
    int n_channels_out;                        /* asked layout: 0 = as it is, 1, 2, 6 or 8 */
};

/* Decides. VH_OK, or with *plan NULL: VH_ERR_USAGE with a message for options that contradict each other or
 * need what was not measured, VH_ERR_UNSUPPORTED, VH_ERR_RESOURCE. */
int vh_sound_plan_create(
    struct vh_sound_plan **plan, const struct vh_sound_plan_config *config, const struct vh_log *log);
void vh_sound_plan_destroy(struct vh_sound_plan **plan);

/* True when the options ask for more than auto's "repair what is wrong": a copy cannot satisfy them. */
bool vh_sound_options_ask(const struct vh_sound_options *options);

/* One line per item: what and why. */
void vh_sound_plan_print(const struct vh_sound_plan *plan, FILE *file, const char *indent);

/* Name of a native step for people ("hum removal"). */
const char *vh_sound_step_name(enum vh_sound_step_kind kind);

#endif
