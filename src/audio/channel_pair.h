/* What two channels tell of each other: azimuth (delay), polarity, and how much of the second the first does
 * not explain. From their spectra, frame by frame, in pieces of 5 s.
 *
 * Not thread-safe; memory does not depend on the length. */
#ifndef VH_AUDIO_CHANNEL_PAIR_H
#define VH_AUDIO_CHANNEL_PAIR_H

#include "detect.h"

struct vh_channel_pair;

/* n: points of a frame's transform; frames overlap by half. VH_OK or VH_ERR_RESOURCE; the caller
 * destroys *pair in either case. */
int vh_channel_pair_create(struct vh_channel_pair **pair, int n, double rate_hz);
void vh_channel_pair_destroy(struct vh_channel_pair **pair);

/* One frame: n / 2 + 1 bins of both channels, re and im by turns. heard: both carry programme. */
void vh_channel_pair_push(
    struct vh_channel_pair *pair, const double *first, const double *second, bool heard);

/* Fills the knots of the azimuth in `f` and reports polarity, dual mono and azimuth. */
void vh_channel_pair_finish(
    struct vh_channel_pair *pair, struct vh_sound_findings *f, struct vh_profile *profile);

#endif
