/* From pairs of scene pictures to the file of a made tape: fields, faults, doubled and lost frames, sound,
 * truth. Used by the simulate and demo commands. One thread. */
#ifndef VH_PIPELINE_TAPE_MAKER_H
#define VH_PIPELINE_TAPE_MAKER_H

#include "core/event.h"
#include "pipeline/clip_writer.h"
#include "simulate/simulate.h"

struct vh_tape_maker;

struct vh_tape_maker_config {
    const struct vh_simulate_options *tape;
    struct vh_clip_writer_config file; /* picture: the tape's raster, its frame rate, working format; `fields`
                                          is set by the maker; sound as it comes in */
    const char *truth;                 /* JSON file to write beside it, NULL = none */
    const struct vh_event_sink *events; /* "job.progress"; may be NULL */
    int64_t expected_frames;            /* of the tape, for progress; 0 = unknown */
};

/* VH_OK or, with *maker NULL, a reported error. An existing truth file is an error unless file.overwrite. */
int vh_tape_maker_open(struct vh_tape_maker **maker, const struct vh_tape_maker_config *config);
void vh_tape_maker_close(struct vh_tape_maker **maker);

/* Makes and writes the next frame from the scene at the instants of its two fields (borrowed; native layout).
 */
int vh_tape_maker_frame(struct vh_tape_maker *maker, const AVFrame *early, const AVFrame *late);

/* Makes and writes the next n samples; changes them in place. */
int vh_tape_maker_sound(struct vh_tape_maker *maker, float *const *channel, int n);

/* Completes the file and writes the truth. */
int vh_tape_maker_finish(struct vh_tape_maker *maker);

int64_t vh_tape_maker_frames(const struct vh_tape_maker *maker); /* written so far */
const struct vh_simulate *vh_tape_maker_tape(const struct vh_tape_maker *maker);

#endif
