/* `vhsup audio`: the sound of a capture alone. Every sound track is measured, repaired and written as restore
 * would do it, the picture is neither decoded nor written. */
#ifndef VH_PIPELINE_TOOL_AUDIO_H
#define VH_PIPELINE_TOOL_AUDIO_H

#include "option/option.h"
#include "pipeline/run.h"

struct vh_audio_options {
    char *output;       /* -o FILE */
    bool overwrite;     /* -y */
    bool keep_existing; /* -n, the default behaviour */
    bool dry_run;       /* say what would be done, and stop */
    bool bitexact;      /* no versions and no times in the file */
    bool json;          /* the result as one JSON object on standard output */
};

extern const struct vh_option_table vh_audio_table;

/* What a finished run can say about itself. */
struct vh_audio_result {
    int n_tracks;      /* written */
    int n_repaired;    /* of these changed by repairs; the others were copied or only encoded */
    double duration_s; /* of the longest sound stream, as the container says; 0 = not stated */
    double wall_s, cpu_s;
    int64_t bytes_out;
};

/* Runs the job; `request` gives input, range, measurements, sound and track options. Blocks until the file is
 * complete, checked and renamed, or until it failed. `result` may be NULL. VH_OK or a reported error. */
int vh_tool_audio(const struct vh_request *request, const struct vh_audio_options *options,
    const struct vh_run_context *context, struct vh_audio_result *result);

#endif
