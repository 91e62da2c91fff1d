/* The made tapes of the truth table: which scene, shown how, with which faults. Everything follows from the
 * number of the set, so that one set may be tuned on and another reported. */
#ifndef VH_TESTS_TRUTH_CASES_H
#define VH_TESTS_TRUTH_CASES_H

#include "made_scene.h"

#include <stdbool.h>
#include <stdio.h>

enum truth_scan {
    TRUTH_INTERLACED,
    TRUTH_STILL,       /* interlaced, nothing moves inside a shot */
    TRUTH_PROGRESSIVE, /* both fields of a frame are one instant (2:2 in phase) */
    TRUTH_SHIFTED,     /* 2:2, but an instant is the second field of one frame and the first of the next */
    TRUTH_FILM,        /* 3:2 */
    TRUTH_MIXED,       /* every second shot film, the others interlaced */
};

struct truth_case {
    char name[64]; /* "07.noise.street.ntsc-bff.film": file name, and what filters look at */
    enum truth_scan scan;
    bool clean; /* no fault at all */
    bool time;  /* made for its course in time: looked at with --thorough and restored */
    bool pal;
    struct made_scene_config scene;
    int n_fields, n_shots;
    int phase;        /* of the film */
    char faults[640]; /* options of `vhsup simulate` */
};

/* Case `index` (from 0) of set `set`; false behind the last. */
bool truth_case_get(struct truth_case *c, int set, int index);

/* Writes the clean progressive clip of the case, one picture per field, as YUV4MPEG2. False when it fails. */
bool truth_case_write(const struct truth_case *c, FILE *file);

const char *truth_scan_name(enum truth_scan scan);

#endif
