/* `vhsup simulate`: a clean progressive clip in, a made tape out, and a file that says what was done to it.
 */
#ifndef VH_PIPELINE_TOOL_SIMULATE_H
#define VH_PIPELINE_TOOL_SIMULATE_H

#include "option/option.h"
#include "pipeline/request.h"
#include "pipeline/run.h"
#include "simulate/tape_options.h"

#include <stdint.h>

enum vh_tape_rate { VH_TAPE_RATE_AUTO, VH_TAPE_RATE_FIELD, VH_TAPE_RATE_FRAME };

struct vh_simulate_tool_options {
    char *output;                  /* -o */
    bool overwrite;                /* -y */
    char *truth;                   /* --truth FILE */
    int64_t start_us, duration_us; /* part of the clip; 0 = from the start, to the end */
    int rate;                      /* enum vh_tape_rate: what one picture of the clip is on the tape */
    struct vh_size size; /* raster of the tape; 0x0 = the clip's where it is a tape's, else by the rate */
    char *encoder;
    int depth; /* bits per sample of the file */
    bool sound;
};

extern const struct vh_option_table vh_simulate_tool_table;

struct vh_simulate_tool {
    struct vh_simulate_tool_options options;
    struct vh_simulate_options tape;
    struct vh_machine_options machine;
};

/* Makes the tape of `input`. VH_OK or a reported error; nothing is left under the final name then. */
int vh_tool_simulate(
    const char *input, const struct vh_simulate_tool *tool, const struct vh_run_context *context);

#endif
