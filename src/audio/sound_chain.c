/* Samples are handed from step to step in pieces as they become ready. */
#include "audio/sound_chain.h"

#include "core/memory.h"
#include "core/status.h"

#define PIECE 2048

struct vh_sound_chain {
    struct vh_sound_step *step[VH_SOUND_ITEMS];
    int n;
    struct vh_pcm_format format_out;
    struct vh_sound_fifo out;
    float *piece; /* PIECE samples of 8 channels */
};

int vh_sound_chain_create(struct vh_sound_chain **chain_, const struct vh_sound_plan *plan, int first, int n,
    const struct vh_pcm_format *format, const struct vh_log *log)
{
    *chain_ = NULL;
    int status = vh_pcm_format_check(format, log);
    struct vh_sound_chain *chain = status < 0 ? NULL : vh_alloc(1, sizeof *chain);
    if (status < 0)
        return status;
    if (!chain || !(chain->piece = vh_alloc((size_t)PIECE * VH_SOUND_CHANNELS, sizeof(float)))) {
        vh_free(chain);
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the sound chain");
    }
    chain->format_out = *format;
    for (int i = 0; i < n && status >= 0; i++) {
        const struct vh_sound_item *item = &plan->item[first + i];
        status = !item->native
                     ? vh_fail(log, VH_ERR_INTERNAL, "%s is no native step", item->filter)
                     : vh_sound_step_create(&chain->step[i], &item->params, &chain->format_out, log);
        if (status < 0)
            break;
        chain->n++;
        chain->format_out = *vh_sound_step_format(chain->step[i]);
    }
    vh_sound_fifo_init(&chain->out, chain->format_out.n_channels);
    if (status < 0)
        vh_sound_chain_destroy(&chain);
    *chain_ = chain;
    return status;
}

void vh_sound_chain_destroy(struct vh_sound_chain **chain_)
{
    struct vh_sound_chain *chain = *chain_;
    if (!chain)
        return;
    for (int i = 0; i < chain->n; i++)
        vh_sound_step_destroy(&chain->step[i]);
    vh_sound_fifo_uninit(&chain->out);
    vh_free(chain->piece);
    vh_freep(chain_);
}

const struct vh_pcm_format *vh_sound_chain_format(const struct vh_sound_chain *chain)
{
    return &chain->format_out;
}

/* Moves what step i has ready into step i + 1, or out. */
static int hand_on(struct vh_sound_chain *chain, int i)
{
    float *to[VH_SOUND_CHANNELS];
    const float *from[VH_SOUND_CHANNELS];
    int n, status = VH_OK;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++)
        from[c] = to[c] = chain->piece + (size_t)c * PIECE;
    while (status >= 0 && (n = vh_sound_step_pull(chain->step[i], to, PIECE)) > 0)
        status = i + 1 < chain->n ? vh_sound_step_push(chain->step[i + 1], from, n)
                                  : vh_sound_fifo_append(&chain->out, from, n);
    return status;
}

int vh_sound_chain_push(struct vh_sound_chain *chain, const float *const *samples, int n)
{
    if (n <= 0)
        return VH_OK;
    if (!chain->n)
        return vh_sound_fifo_append(&chain->out, samples, n);
    int status = vh_sound_step_push(chain->step[0], samples, n);
    for (int i = 0; i < chain->n && status >= 0; i++)
        status = hand_on(chain, i);
    return status;
}

int vh_sound_chain_flush(struct vh_sound_chain *chain)
{
    int status = VH_OK;
    for (int i = 0; i < chain->n && status >= 0; i++) {
        status = vh_sound_step_flush(chain->step[i]);
        for (int k = i; k < chain->n && status >= 0; k++)
            status = hand_on(chain, k);
    }
    return status;
}

int vh_sound_chain_edit(struct vh_sound_chain *chain, double time_s, double delta_s)
{
    int status = VH_ERR_INTERNAL;
    for (int i = 0; i < chain->n && status == VH_ERR_INTERNAL; i++)
        status = vh_sound_step_edit(chain->step[i], time_s, delta_s);
    return status;
}

int vh_sound_chain_final(struct vh_sound_chain *chain, double final_s)
{
    int status = VH_ERR_INTERNAL, i = 0;
    for (; i < chain->n && (status = vh_sound_step_final(chain->step[i], final_s)) == VH_ERR_INTERNAL; i++)
        ;
    for (; i < chain->n && status >= 0; i++)
        status = hand_on(chain, i);
    return status;
}

int vh_sound_chain_ready(const struct vh_sound_chain *chain)
{
    return chain->out.n;
}

int vh_sound_chain_pull(struct vh_sound_chain *chain, float *const *to, int n)
{
    if (n > chain->out.n)
        n = chain->out.n;
    for (int c = 0; c < chain->out.n_channels && n > 0; c++)
        for (int i = 0; i < n; i++)
            to[c][i] = chain->out.plane[c][i];
    if (n > 0)
        vh_sound_fifo_drop(&chain->out, n);
    return n;
}

int64_t vh_sound_chain_repairs(const struct vh_sound_chain *chain, int i)
{
    return i >= 0 && i < chain->n ? vh_sound_step_repairs(chain->step[i]) : 0;
}
