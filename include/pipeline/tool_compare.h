/* `vhsup compare A B`: how far two clips are from each other, in figures and to look at. */
#ifndef VH_PIPELINE_TOOL_COMPARE_H
#define VH_PIPELINE_TOOL_COMPARE_H

#include "option/option.h"
#include "pipeline/request.h"
#include "pipeline/run.h"

#include <stdint.h>

struct vh_compare_options {
    bool json, each; /* results as JSON lines; a line for every pair of pictures too */
    int offset;      /* frame i of A belongs to frame i + offset of B; VH_AUTO_INT = search */
    int max_offset;  /* how far is searched */
    char *crop;      /* T:B:L:R samples left out of the figures, NULL or none = nothing */
    int64_t start_us, duration_us;
    char *output;     /* -o: a clip of both beside each other */
    char *encoder;    /* of that clip */
    char *image;      /* --image FILE: one pair of pictures beside each other, PNG */
    int64_t image_us; /* when; negative = the middle of the clip */
    bool overwrite;   /* -y */
};

extern const struct vh_option_table vh_compare_table;

struct vh_compare_tool {
    struct vh_compare_options options;
    struct vh_machine_options machine;
};

/* Compares reference `a` with `b` and prints to context->results. VH_OK or a reported error. */
int vh_tool_compare(
    const char *a, const char *b, const struct vh_compare_tool *tool, const struct vh_run_context *context);

#endif
