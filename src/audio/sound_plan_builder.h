/* What the parts of the sound plan share: the plan as it is being built, and how an item or a note is added.
 * The parts are called in the chain's order by sound_plan.c; each looks at its switch, its measurement and
 * the mode. */
#ifndef VH_AUDIO_SOUND_PLAN_BUILDER_H
#define VH_AUDIO_SOUND_PLAN_BUILDER_H

#include "audio/sound_plan.h"

struct vh_sound_builder {
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
struct vh_sound_mode_adds {
    double highpass_hz, lowpass_hz, hiss_db;
    struct vh_sound_section bell[3];
    struct vh_sound_compress compress;
};

extern const struct vh_sound_mode_adds vh_sound_mode_adds[]; /* by enum vh_sound_mode */

/* A new native item, or a scratch one when the plan is full (then b->status says so). */
struct vh_sound_item *vh_sound_plan_add(struct vh_sound_builder *b, enum vh_sound_step_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A piece of libavfilter syntax; b->status tells when it is too long. */
struct vh_sound_item *vh_sound_plan_add_filter(
    struct vh_sound_builder *b, const char *filter, const char *reason);
/* What was measured and left alone, or asked and not possible. */
void vh_sound_plan_note(struct vh_sound_builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A value measured or said by hand, whatever its confidence; *value stays where there is none. */
bool vh_sound_plan_known(const struct vh_sound_builder *b, const char *key, double *value);

/* Whether a repair runs: switched on by hand, or auto with the defect measured in a mode that repairs. *value
 * receives what was measured, or stays. */
bool vh_sound_plan_runs(const struct vh_sound_builder *b, int sw, const char *key, double *value);
/* A repair asked for by name whose value is not known. */
int vh_sound_plan_fail(struct vh_sound_builder *b, const char *option, const char *what);

/* sound_plan_repairs.c */
void vh_sound_plan_clip(struct vh_sound_builder *b);
void vh_sound_plan_dc(struct vh_sound_builder *b);
void vh_sound_plan_wiring(struct vh_sound_builder *b); /* dead channels and polarity share one matrix */
void vh_sound_plan_azimuth(struct vh_sound_builder *b);
void vh_sound_plan_buzz(struct vh_sound_builder *b);
void vh_sound_plan_hum(struct vh_sound_builder *b);
void vh_sound_plan_whistle(struct vh_sound_builder *b);
void vh_sound_plan_click(struct vh_sound_builder *b);
void vh_sound_plan_mono(struct vh_sound_builder *b);

/* sound_plan_hiss.c */
void vh_sound_plan_hiss(struct vh_sound_builder *b);

/* sound_plan_taste.c: filters and compressor, layout, level. */
void vh_sound_plan_taste(struct vh_sound_builder *b);
void vh_sound_plan_upmix(struct vh_sound_builder *b);
void vh_sound_plan_level(struct vh_sound_builder *b);

#endif
