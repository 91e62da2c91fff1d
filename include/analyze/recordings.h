/* Recordings on one tape: where one ends and the next begins.
 *
 * Between two recordings a tape shows what was never recorded (snow), what the recorder or the capture's mute
 * shows instead (blue), or black; and a recording that begins on the other field changes the order. From the
 * sections of a profile (analyze/tape_time.h): snow and blue of any reported length separate, black from
 * VH_RECORDING_BLACK_S on (fades to black inside a programme are shorter), and so does an order flip. What is
 * left between two separators for at least VH_RECORDING_LEAST_S is a recording. Two recordings that meet
 * without any of these are not told apart.
 */
#ifndef VH_ANALYZE_RECORDINGS_H
#define VH_ANALYZE_RECORDINGS_H

#include "profile/profile.h"

#define VH_RECORDING_BLACK_S 2.0
#define VH_RECORDING_LEAST_S 2.0

/* Adds a section "recording" (value: its number from 1) to `profile` for each recording between start_s and
 * end_s, replacing those there were. *n receives how many. VH_OK or the profile's error. */
int vh_recordings_find(struct vh_profile *profile, double start_s, double end_s, int *n);

/* Recording `i`, from 0; NULL when there are not so many. Valid until the profile changes. */
const struct vh_section *vh_recording_get(const struct vh_profile *profile, int i);

#endif
