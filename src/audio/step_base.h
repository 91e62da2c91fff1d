/* What is inside a step, for the files that implement one. */
#ifndef VH_AUDIO_STEP_BASE_H
#define VH_AUDIO_STEP_BASE_H

#include "audio/sound_step.h"
#include "core/memory.h"
#include "core/status.h"

struct vh_sound_step_ops {
    size_t priv_size;

    /* Checks step->params, fills step->format_out (preset to the input's), allocates. `in` and `out` are
     * ready: history the step wants before the first sample is appended to `in` here. VH_OK or an error that
     * was reported. */
    int (*open)(struct vh_sound_step *step, const struct vh_log *log);

    /* Moves what can be moved from `in` to `out`. `last`: nothing will follow. VH_OK or an error. */
    int (*run)(struct vh_sound_step *step, bool last);

    void (*close)(struct vh_sound_step *step); /* may be NULL; also called after a failed open */
};

struct vh_sound_step {
    const struct vh_sound_step_ops *ops;
    struct vh_sound_step_params params;
    struct vh_pcm_format format, format_out;
    struct vh_sound_fifo in, out;
    int64_t n_in; /* samples pushed so far */
    int64_t n_repairs;
    bool flushed;
    void *priv;
};

extern const struct vh_sound_step_ops vh_sound_dc_ops, vh_sound_mix_ops, vh_sound_filter_ops,
    vh_sound_azimuth_ops, vh_sound_click_ops, vh_sound_clip_ops, vh_sound_buzz_ops, vh_sound_hum_ops,
    vh_sound_hiss_ops, vh_sound_level_ops, vh_sound_compress_ops, vh_sound_time_ops;

#endif
