/* Runs a native sound step over whole arrays, in blocks of a given size. */
#ifndef VH_TESTS_RUN_STEP_H
#define VH_TESTS_RUN_STEP_H

#include "audio/sound_step.h"
#include "core/status.h"

#include <stdlib.h>

/* in[c] and out[c] have n samples (out: `room`). Returns the number of samples that came out, or a negative
 * status. */
static inline int run_step(const struct vh_sound_step_params *params, struct vh_pcm_format format,
    float *const *in, int n, float *const *out, int room, int block)
{
    struct vh_sound_step *step;
    int status = vh_sound_step_create(&step, params, &format, NULL), done = 0, got = 0;
    while (status >= 0 && done <= n) {
        const float *from[VH_SOUND_CHANNELS];
        int part = n - done < block ? n - done : block;
        for (int c = 0; c < format.n_channels; c++)
            from[c] = in[c] + done;
        status = part ? vh_sound_step_push(step, from, part) : vh_sound_step_flush(step);
        float *to[VH_SOUND_CHANNELS];
        for (int c = 0; c < vh_sound_step_format(step)->n_channels; c++)
            to[c] = out[c] + got;
        got += vh_sound_step_pull(step, to, room - got);
        done += part ? part : 1;
    }
    vh_sound_step_destroy(&step);
    return status < 0 ? status : got;
}

#endif
