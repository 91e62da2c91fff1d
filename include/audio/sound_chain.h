/* Several native steps in a row, as one streaming object: what one goes through between two pieces of
 * libavfilter. */
#ifndef VH_AUDIO_SOUND_CHAIN_H
#define VH_AUDIO_SOUND_CHAIN_H

#include "audio/sound_plan.h"

struct vh_sound_chain;

/* Opens the native items [first, first + n) of `plan` for sound of `format`. VH_OK, or with *chain NULL the
 * errors of vh_sound_step_create; VH_ERR_INTERNAL when one of them is not native. n = 0 passes sound through.
 */
int vh_sound_chain_create(struct vh_sound_chain **chain, const struct vh_sound_plan *plan, int first, int n,
    const struct vh_pcm_format *format, const struct vh_log *log);
void vh_sound_chain_destroy(struct vh_sound_chain **chain);

const struct vh_pcm_format *vh_sound_chain_format(const struct vh_sound_chain *chain); /* of what comes out */

/* As for a single step (sound_step.h). */
int vh_sound_chain_push(struct vh_sound_chain *chain, const float *const *samples, int n);
int vh_sound_chain_flush(struct vh_sound_chain *chain);
int vh_sound_chain_ready(const struct vh_sound_chain *chain);
int vh_sound_chain_pull(struct vh_sound_chain *chain, float *const *to, int n);

/* For the VH_SOUND_TIME step of the chain: at `time_s` of the chain's input insert `delta_s` seconds
 * (negative: cut), and everything up to `final_s` is known (sound_step.h). VH_OK, VH_ERR_INTERNAL without
 * such a step, or VH_ERR_RESOURCE. */
int vh_sound_chain_edit(struct vh_sound_chain *chain, double time_s, double delta_s);
int vh_sound_chain_final(struct vh_sound_chain *chain, double final_s);

/* Repairs counted by item `i` of those given (clicks, flat tops). */
int64_t vh_sound_chain_repairs(const struct vh_sound_chain *chain, int i);

#endif
