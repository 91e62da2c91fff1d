/* Loudness after ITU-R BS.1770-4 and EBU R 128: K-weighted power, gated; loudness range after EBU Tech 3342;
 * true peak.
 *
 * Blocks of 400 ms every 100 ms go into a histogram that keeps count and exact power per 0.1 LU, so that
 * memory does not grow with the length and the gate is exact but for the blocks of one bin. Not thread-safe.
 */
#ifndef VH_AUDIO_LOUDNESS_H
#define VH_AUDIO_LOUDNESS_H

#include "audio/sound_view.h"

struct vh_loudness;

struct vh_loudness_result {
    double integrated_lufs; /* -INFINITY when nothing passed the absolute gate of -70 LUFS */
    double range_lu;        /* 0 when there was too little for it */
    double true_peak_db;    /* dBTP, greatest of all channels; -INFINITY for digital silence */
    double sample_peak_db;
    int n_blocks; /* 400 ms blocks above the absolute gate */
};

/* VH_OK, VH_ERR_UNSUPPORTED or VH_ERR_RESOURCE. Channel weights: 1.41 for surrounds, 0 for LFE, 1 else, in
 * libavutil's native order of 1, 2, 6 and 8 channels; other counts weigh every channel 1. */
int vh_loudness_create(
    struct vh_loudness **meter, const struct vh_pcm_format *format, const struct vh_log *log);
void vh_loudness_destroy(struct vh_loudness **meter);

/* Measures `n` more samples. VH_OK or VH_ERR_RESOURCE. */
int vh_loudness_push(struct vh_loudness *meter, const float *const *samples, int n);

/* What was heard so far; may be called at any time. */
struct vh_loudness_result vh_loudness_result(const struct vh_loudness *meter);

#endif
