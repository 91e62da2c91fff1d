/* The frame around every native repair: copies samples in, cleans them of values that are no number, runs the
 * repair. */
#include "step_base.h"

static const struct vh_sound_step_ops *find_ops(enum vh_sound_step_kind kind)
{
    switch (kind) {
    case VH_SOUND_DC:
        return &vh_sound_dc_ops;
    case VH_SOUND_MIX:
        return &vh_sound_mix_ops;
    case VH_SOUND_FILTER:
        return &vh_sound_filter_ops;
    case VH_SOUND_AZIMUTH:
        return &vh_sound_azimuth_ops;
    case VH_SOUND_CLICK:
        return &vh_sound_click_ops;
    case VH_SOUND_CLIP:
        return &vh_sound_clip_ops;
    case VH_SOUND_BUZZ:
        return &vh_sound_buzz_ops;
    case VH_SOUND_HUM:
        return &vh_sound_hum_ops;
    case VH_SOUND_HISS:
        return &vh_sound_hiss_ops;
    case VH_SOUND_COMPRESS:
        return &vh_sound_compress_ops;
    case VH_SOUND_LEVEL:
        return &vh_sound_level_ops;
    case VH_SOUND_TIME:
        return &vh_sound_time_ops;
    }
    return NULL;
}

int vh_sound_step_create(struct vh_sound_step **step_, const struct vh_sound_step_params *params,
    const struct vh_pcm_format *format, const struct vh_log *log)
{
    *step_ = NULL;
    int status = vh_pcm_format_check(format, log);
    if (status < 0)
        return status;
    const struct vh_sound_step_ops *ops = find_ops(params->kind);
    if (!ops)
        return vh_fail(log, VH_ERR_INTERNAL, "sound step of unknown kind %d", params->kind);
    struct vh_sound_step *step = vh_alloc(1, sizeof *step);
    if (!step)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for a sound step");
    step->ops = ops;
    step->params = *params;
    step->format = step->format_out = *format;
    vh_sound_fifo_init(&step->in, format->n_channels);
    step->priv = vh_alloc(1, ops->priv_size);
    status =
        step->priv ? ops->open(step, log) : vh_fail(log, VH_ERR_RESOURCE, "out of memory for a sound step");
    if (status < 0) {
        vh_sound_step_destroy(&step);
        return status;
    }
    vh_sound_fifo_init(&step->out, step->format_out.n_channels);
    *step_ = step;
    return VH_OK;
}

void vh_sound_step_destroy(struct vh_sound_step **step_)
{
    struct vh_sound_step *step = *step_;
    if (!step)
        return;
    if (step->ops->close && step->priv)
        step->ops->close(step);
    vh_sound_fifo_uninit(&step->in);
    vh_sound_fifo_uninit(&step->out);
    vh_free(step->priv);
    vh_freep(step_);
}

const struct vh_pcm_format *vh_sound_step_format(const struct vh_sound_step *step)
{
    return &step->format_out;
}

int vh_sound_step_push(struct vh_sound_step *step, const float *const *samples, int n)
{
    if (step->flushed || n < 0)
        return VH_ERR_INTERNAL;
    if (n == 0)
        return VH_OK;
    int held = step->in.n;
    int status = vh_sound_fifo_append(&step->in, samples, n);
    if (status < 0)
        return status;
    for (int c = 0; c < step->in.n_channels; c++)
        vh_sound_sanitize(step->in.plane[c] + held, n);
    step->n_in += n;
    return step->ops->run(step, false);
}

int vh_sound_step_flush(struct vh_sound_step *step)
{
    if (step->flushed)
        return VH_OK;
    step->flushed = true;
    return step->n_in ? step->ops->run(step, true) : VH_OK;
}

int vh_sound_step_ready(const struct vh_sound_step *step)
{
    return step->out.n;
}

int vh_sound_step_pull(struct vh_sound_step *step, float *const *to, int n)
{
    if (n > step->out.n)
        n = step->out.n;
    for (int c = 0; c < step->out.n_channels && n > 0; c++)
        for (int i = 0; i < n; i++)
            to[c][i] = step->out.plane[c][i];
    if (n > 0)
        vh_sound_fifo_drop(&step->out, n);
    return n;
}

int64_t vh_sound_step_repairs(const struct vh_sound_step *step)
{
    return step->n_repairs;
}
