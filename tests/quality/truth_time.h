/* The rows of the truth table about a tape's course in time: recordings, flips of the field order, blank
 * stretches, doubled and lost frames, as `analyze --thorough` reports them and as `restore` meets them while
 * it runs. */
#ifndef VH_TESTS_TRUTH_TIME_H
#define VH_TESTS_TRUTH_TIME_H

#include "profile/profile.h"
#include "simulate/tape_truth.h"

#include <stdbool.h>

struct truth_time_tape {
    const char *name;
    const struct vh_tape_truth *truth;
    const struct vh_profile *profile; /* of analyze --thorough */
    int shot_frames;                  /* of a shot; 0 = the scene has no cuts */
    const char *events;               /* what `restore --json` printed; NULL = it was not run */
};

/* Prints a row per kind over n tapes, with every place when `details`; returns how many rows fail. */
int truth_time_report(const struct truth_time_tape *tape, int n, bool details);

#endif
