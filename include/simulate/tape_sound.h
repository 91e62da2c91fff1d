/* The sound of a made tape: blocks of float samples go through in order and come out with the faults of the
 * options.
 *
 * Order: band limit, gain, mono, balance, polarity, azimuth, holes, dead channel; then hiss, hum, buzz and
 * whistle are added, clicks, DC, and at last the peaks are cut. Levels are in dB of the rms against an rms of
 * full scale, i.e. a sine of full amplitude has -3.01 dB. Places of clicks and holes are pure functions of
 * the seed and can be asked for.
 *
 * With an azimuth error both channels are 8 samples late (the filter needs what comes next); everything else
 * adds no delay but the band limit's own phase.
 */
#ifndef VH_SIMULATE_TAPE_SOUND_H
#define VH_SIMULATE_TAPE_SOUND_H

#include "simulate/simulate.h"

#include <stdint.h>

struct vh_tape_sound;

struct vh_tape_sound_format {
    int sample_rate; /* 8000 to 192000 Hz */
    int n_channels;  /* 1 to 8; the stereo faults concern channel 1 */
};

/* Sound for the picture of `tape` (its options, field rate and mains frequency); `tape` is needed during the
 * call only. VH_OK, VH_ERR_USAGE for a format outside the limits, VH_ERR_RESOURCE; on failure *sound is NULL.
 */
int vh_tape_sound_create(struct vh_tape_sound **sound, const struct vh_simulate *tape,
    const struct vh_tape_sound_format *format, const struct vh_log *log);
void vh_tape_sound_destroy(struct vh_tape_sound **sound);

/* Changes the next n samples of every channel in place. The result does not depend on how the stream is cut
 * into calls. */
void vh_tape_sound_process(struct vh_tape_sound *sound, float *const *channel, int n);

const struct vh_tape_sound_format *vh_tape_sound_format(const struct vh_tape_sound *sound);

struct vh_click {
    int64_t sample;
    double amplitude; /* of its first sample; it decays with a time constant of 0.2 ms */
};
struct vh_sound_hole {
    int64_t sample, length;
};

enum { VH_TAPE_MAX_CLICKS = 256, VH_TAPE_MAX_HOLES = 128 };

/* The clicks of second `second`, in order of time, into `list` (room for VH_TAPE_MAX_CLICKS); returns how
 * many. Pure. */
int vh_tape_sound_clicks(const struct vh_tape_sound *sound, int64_t second, struct vh_click *list);

/* The holes that begin in the ten seconds from 10 * `block`; room for VH_TAPE_MAX_HOLES. They do not overlap.
 * Pure. */
int vh_tape_sound_holes(const struct vh_tape_sound *sound, int64_t block, struct vh_sound_hole *list);

#endif
