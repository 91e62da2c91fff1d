/* Sound inside the program: planar 32-bit float, full scale 1.0, one to eight channels at 8 to 192 kHz.
 *
 * A sound FIFO holds the samples a step still needs: they are appended at the end, read in place, and dropped
 * from the front. Everything here is a plain value or has one owner; nothing is thread-safe, nothing blocks.
 */
#ifndef VH_AUDIO_SOUND_VIEW_H
#define VH_AUDIO_SOUND_VIEW_H

#include "core/log.h"

#include <stdint.h>

#define VH_SOUND_CHANNELS 8 /* most channels of one track: 7.1 */
#define VH_SOUND_RATE_MIN 8000
#define VH_SOUND_RATE_MAX 192000

struct vh_pcm_format {
    int rate_hz;    /* samples per second and channel, VH_SOUND_RATE_MIN to VH_SOUND_RATE_MAX */
    int n_channels; /* 1 to VH_SOUND_CHANNELS, in libavutil's native order (FL FR FC LFE BL BR SL SR) */
};

/* VH_OK, or VH_ERR_UNSUPPORTED with a message that names what is out of range. */
int vh_pcm_format_check(const struct vh_pcm_format *format, const struct vh_log *log);

/* Samples waiting for a step. Zero-initialise, then vh_sound_fifo_init. */
struct vh_sound_fifo {
    float *plane[VH_SOUND_CHANNELS]; /* first sample still held of each channel; owned, valid until the next
                                        reserve */
    int n;                           /* samples held per channel */
    int n_channels;
    float *block;        /* storage of all channels */
    int capacity, start; /* samples per channel in `block`, and where the held ones begin */
};

/* An empty FIFO of `n_channels` channels; storage comes with the first samples. */
void vh_sound_fifo_init(struct vh_sound_fifo *fifo, int n_channels);
void vh_sound_fifo_uninit(struct vh_sound_fifo *fifo);

/* Makes room for `n` more samples and counts them as held; to[c] receives where channel c's are to be written
 * (their content is undefined until then). VH_OK or VH_ERR_RESOURCE (then nothing changed). */
int vh_sound_fifo_reserve(struct vh_sound_fifo *fifo, float *to[VH_SOUND_CHANNELS], int n);

/* Appends `n` samples of each channel; NULL `from` appends silence. VH_OK or VH_ERR_RESOURCE. */
int vh_sound_fifo_append(struct vh_sound_fifo *fifo, const float *const *from, int n);

/* Forgets the first `n` samples (0 to fifo->n). */
void vh_sound_fifo_drop(struct vh_sound_fifo *fifo, int n);

/* Replaces values that are not finite by 0 and values beyond ±16 (24 dB over full scale, no capture has them)
 * by ±16. Returns how many were replaced. */
int vh_sound_sanitize(float *samples, int n);

#endif
