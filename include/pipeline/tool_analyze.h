/* `vhsup analyze`: measures a tape and says what was found, how sure that is, and what would be done about
 * it. */
#ifndef VH_PIPELINE_TOOL_ANALYZE_H
#define VH_PIPELINE_TOOL_ANALYZE_H

#include "option/option.h"
#include "pipeline/run.h"

struct vh_analyze_options {
    bool json;         /* --json: the profile as JSON on standard output instead of text */
    char *output;      /* -o FILE: the JSON profile goes there */
    bool overwrite;    /* -y */
    bool all;          /* --all: every measurement with what it rests on, instead of a summary */
    char *save_preset; /* --save-preset FILE: written by the command line, which knows presets */
    bool thorough;     /* look at every frame, and at each recording by itself */
};

extern const struct vh_option_table vh_analyze_table;

/* Measures request->input and prints to context->results. The request's restore options say what would be
 * done. `set` (may be NULL; an empty list) receives what was measured of the picture with enough confidence
 * as KEY=VALUE, in full precision: what --set takes. VH_OK or a reported error: VH_ERR_INPUT, VH_ERR_OUTPUT,
 * VH_ERR_CANCELLED … */
int vh_tool_analyze(const struct vh_request *request, const struct vh_analyze_options *options,
    const struct vh_run_context *context, struct vh_list *set);

#endif
