/* `vhsup demo`: a made-up scene, a tape of it, the tape restored, and a picture of before and after; from
 * nothing. */
#ifndef VH_PIPELINE_TOOL_DEMO_H
#define VH_PIPELINE_TOOL_DEMO_H

#include "option/option.h"
#include "pipeline/request.h"
#include "pipeline/run.h"

enum vh_demo_standard { VH_DEMO_PAL, VH_DEMO_NTSC };

struct vh_demo_options {
    char *folder;        /* -o: where everything goes; made when it is not there */
    bool overwrite;      /* -y */
    int64_t duration_us; /* of the scene */
    int standard;        /* enum vh_demo_standard */
    int speed;           /* enum vh_tape_speed of the tape */
};

extern const struct vh_option_table vh_demo_table;

struct vh_demo_tool {
    struct vh_demo_options options;
    struct vh_machine_options machine;
};

/* Writes scene.mkv, tape.mkv, tape.json, restored.mkv and before-after.png into the folder and says so on
 * context->results. VH_OK or a reported error. */
int vh_tool_demo(const struct vh_demo_tool *tool, const struct vh_run_context *context);

#endif
