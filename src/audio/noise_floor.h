/* The noise floor of one channel in sixth-octave bands, told from programme that may never pause.
 *
 * Not thread-safe; memory does not depend on the length. */
#ifndef VH_AUDIO_NOISE_FLOOR_H
#define VH_AUDIO_NOISE_FLOOR_H

#include "audio/sound_analysis.h"

struct vh_noise_floor;

/* n: points of a frame's transform; frames overlap by half; energy: sum of its window squared. VH_OK or
 * VH_ERR_RESOURCE; the caller destroys *floor in either case. */
int vh_noise_floor_create(struct vh_noise_floor **floor, int n, double rate_hz, double energy);
void vh_noise_floor_destroy(struct vh_noise_floor **floor);

/* One frame: power of n / 2 + 1 bins. */
void vh_noise_floor_push(struct vh_noise_floor *floor, const double *power);
/* The next frame is no neighbour of the last one: averages start anew. */
void vh_noise_floor_break(struct vh_noise_floor *floor);

int64_t vh_noise_floor_frames(const struct vh_noise_floor *floor); /* averages that were counted */

/* Fills noise_db (VH_SOUND_HISS_BANDS values, dB per Hz) of channel c, less what hum, buzz and whistle of `f`
 * put in. Returns the share of the bands from 1 kHz up that showed a cluster of their own. */
double vh_noise_floor_find(
    const struct vh_noise_floor *floor, const struct vh_sound_findings *f, int c, float *noise_db);

/* Level of such a floor from 200 Hz up, dBFS. */
double vh_noise_floor_dbfs(const float *noise_db, double rate_hz);
/* Noise has no lines: bands from 500 Hz to 10 kHz differ from their neighbours by less than 4 dB. */
bool vh_noise_floor_is_flat(const float *noise_db, double rate_hz);

#endif
