/* The truth of a made tape: what was done where, as a JSON file that can be read back.
 *
 * Everything in it is asked from the tape afterwards (the events are pure functions of the seed). Fields are
 * counted from 0 on the tape in order of time, before frames are doubled or lost; lines inside their field,
 * from 0; samples from the start of the sound. The file has "schema": "vhsup-tape-truth" and "version": 1;
 * its members are listed in docs/algorithms/simulate.md.
 */
#ifndef VH_SIMULATE_TAPE_TRUTH_H
#define VH_SIMULATE_TAPE_TRUTH_H

#include "simulate/simulate.h"
#include "simulate/tape_sound.h"

struct vh_truth_dropout {
    int64_t field;
    struct vh_dropout what;
};

struct vh_truth_loss {
    int64_t field;
    int line; /* chroma line of the field */
};

struct vh_tape_truth {
    struct vh_simulate_options options; /* resolved */
    int width, height, sub_x, sub_y, n_planes;
    AVRational frame_rate;
    enum vh_field_order order;
    int64_t n_frames;   /* of the tape */
    int64_t n_captured; /* frames in the file: with doubled ones, without lost ones */
    int64_t n_samples;  /* of sound; 0 = none */
    int sample_rate, n_channels;
    double overshoot;   /* of a luma step, after all filters */
    int switch_line[2]; /* first torn line of a top and of a bottom field; their number of lines when none is
                         */
    int64_t *doubled, *lost; /* tape frames */
    int n_doubled, n_lost;
    struct vh_truth_dropout *dropout;
    int n_dropouts;
    struct vh_truth_loss *loss;
    int n_losses;
    double *gain; /* of every field; NULL without flicker and unlike heads */
    double *band; /* first line of the tracking band in every field; NULL without a band */
    int n_fields; /* of gain and band */
    struct vh_click *click;
    int n_clicks;
    struct vh_sound_hole *hole;
    int n_holes;
};

/* Asks the tape (and its sound, which may be NULL) about its first n_frames frames and n_samples samples.
 * Fills *truth, which vh_tape_truth_uninit frees. VH_OK or VH_ERR_RESOURCE (then *truth is empty). */
int vh_tape_truth_collect(struct vh_tape_truth *truth, const struct vh_simulate *tape,
    const struct vh_tape_sound *sound, int64_t n_frames, int64_t n_samples);

void vh_tape_truth_uninit(struct vh_tape_truth *truth);

/* As JSON; a new string (vh_free) or NULL out of memory. Printing what was parsed gives the same text. */
char *vh_tape_truth_print(const struct vh_tape_truth *truth);

/* Reads what vh_tape_truth_print wrote into *truth. Strict: another schema or version, unknown or missing
 * members, wrong types and numbers out of range are errors that name the place. `name` is used in messages.
 * VH_OK, VH_ERR_USAGE or VH_ERR_RESOURCE; *truth is empty unless VH_OK. */
int vh_tape_truth_parse(
    struct vh_tape_truth *truth, const char *text, const char *name, const struct vh_log *log);

#endif
