/* One block for all channels; the held part slides towards the end and is moved back to the front only when
 * room is short, so that each sample is moved once on average. */
#include "audio/sound_view.h"

#include "core/memory.h"
#include "core/status.h"

#include <limits.h>
#include <math.h>
#include <string.h>

int vh_pcm_format_check(const struct vh_pcm_format *format, const struct vh_log *log)
{
    if (format->rate_hz < VH_SOUND_RATE_MIN || format->rate_hz > VH_SOUND_RATE_MAX)
        return vh_fail(log, VH_ERR_UNSUPPORTED,
            "sound at %d Hz is outside %d to %d Hz; use --audio copy or none", format->rate_hz,
            VH_SOUND_RATE_MIN, VH_SOUND_RATE_MAX);
    if (format->n_channels < 1 || format->n_channels > VH_SOUND_CHANNELS)
        return vh_fail(log, VH_ERR_UNSUPPORTED,
            "sound with %d channels is outside 1 to %d; use --audio copy or none", format->n_channels,
            VH_SOUND_CHANNELS);
    return VH_OK;
}

void vh_sound_fifo_init(struct vh_sound_fifo *fifo, int n_channels)
{
    memset(fifo, 0, sizeof *fifo);
    fifo->n_channels = n_channels;
}

void vh_sound_fifo_uninit(struct vh_sound_fifo *fifo)
{
    vh_free(fifo->block);
    memset(fifo, 0, sizeof *fifo);
}

static void place(struct vh_sound_fifo *fifo)
{
    for (int c = 0; c < fifo->n_channels; c++)
        fifo->plane[c] = fifo->block + (size_t)c * fifo->capacity + fifo->start;
}

static int grow(struct vh_sound_fifo *fifo, int n)
{
    if (n > INT_MAX / 4)
        return VH_ERR_RESOURCE;
    int capacity = fifo->capacity ? fifo->capacity : 4096;
    while (capacity < 2 * n)
        capacity *= 2;
    float *block = vh_alloc((size_t)capacity * fifo->n_channels, sizeof *block);
    if (!block)
        return VH_ERR_RESOURCE;
    for (int c = 0; c < fifo->n_channels && fifo->n; c++)
        memcpy(block + (size_t)c * capacity, fifo->plane[c], sizeof(float) * fifo->n);
    vh_free(fifo->block);
    fifo->block = block;
    fifo->capacity = capacity;
    fifo->start = 0;
    place(fifo);
    return VH_OK;
}

int vh_sound_fifo_reserve(struct vh_sound_fifo *fifo, float *to[VH_SOUND_CHANNELS], int n)
{
    if (n < 0 || fifo->n > INT_MAX - n)
        return VH_ERR_RESOURCE;
    if (fifo->n + n > fifo->capacity) {
        int status = grow(fifo, fifo->n + n);
        if (status < 0)
            return status;
    } else if (fifo->start + fifo->n + n > fifo->capacity) {
        for (int c = 0; c < fifo->n_channels; c++)
            memmove(fifo->plane[c] - fifo->start, fifo->plane[c], sizeof(float) * fifo->n);
        fifo->start = 0;
        place(fifo);
    }
    for (int c = 0; c < fifo->n_channels; c++)
        to[c] = fifo->plane[c] + fifo->n;
    fifo->n += n;
    return VH_OK;
}

int vh_sound_fifo_append(struct vh_sound_fifo *fifo, const float *const *from, int n)
{
    float *to[VH_SOUND_CHANNELS];
    int status = vh_sound_fifo_reserve(fifo, to, n);
    for (int c = 0; status >= 0 && n > 0 && c < fifo->n_channels; c++) {
        if (from)
            memcpy(to[c], from[c], sizeof(float) * n);
        else
            memset(to[c], 0, sizeof(float) * n);
    }
    return status;
}

void vh_sound_fifo_drop(struct vh_sound_fifo *fifo, int n)
{
    fifo->n -= n;
    fifo->start = fifo->n ? fifo->start + n : 0;
    place(fifo);
}

int vh_sound_sanitize(float *samples, int n)
{
    int replaced = 0;
    for (int i = 0; i < n; i++) {
        if (fabsf(samples[i]) <= 16)
            continue;
        samples[i] = isfinite(samples[i]) ? copysignf(16, samples[i]) : 0;
        replaced++;
    }
    return replaced;
}
