/* The analyze command: the same preparation as a restore job, then words instead of frames. */
#include "pipeline/tool_analyze.h"

#include "pipeline/analysis_text.h"
#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "analyze/recordings.h"
#include "pipeline/job_open.h"
#include "pipeline/measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANALYZE(field) offsetof(struct vh_analyze_options, field)

static const struct vh_option_row rows[] = {
    {.key = "json",
        .type = VH_OPTION_BOOL,
        .offset = ANALYZE(json),
        .flags = VH_OPTION_NO_PRESET,
        .help = "print the profile as JSON"},
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = ANALYZE(output),
        .flags = VH_OPTION_NO_PRESET,
        .help = "write the JSON profile to this file",
        .detail = "`vhsup restore --analysis FILE` uses it instead of measuring again.",
        .example = "-o tape.json"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        .offset = ANALYZE(overwrite),
        .flags = VH_OPTION_NO_PRESET,
        .help = "replace the file if it exists"},
    {.key = "save-preset",
        .type = VH_OPTION_STRING,
        .offset = ANALYZE(save_preset),
        .flags = VH_OPTION_NO_PRESET,
        .help = "write a preset with the measured settings to this file",
        .detail = "The preset holds the options given and every trusted measurement of the picture as a "
                  "value by hand "
                  "(set), so that restoring with it does the same again, also to other tapes of the same "
                  "kind. It is "
                  "made to be edited; `vhsup preset check FILE` says whether it still is one.",
        .example = "--save-preset tape.json"},
    {.key = "all",
        .type = VH_OPTION_BOOL,
        .offset = ANALYZE(all),
        .flags = VH_OPTION_NO_PRESET,
        .help = "print every measurement with what it rests on"},
    {.key = "thorough",
        .type = VH_OPTION_BOOL,
        .offset = ANALYZE(thorough),
        .flags = VH_OPTION_NO_PRESET,
        .help = "look at every frame of the tape, and at each recording by itself",
        .detail =
            "Finds the whole tape's lost and doubled frames, flips of the field order, cuts, blank and "
            "frozen "
            "stretches, and the recordings between them; what is measured is said for each recording too.",
        .example = "--thorough"},
};

const struct vh_option_table vh_analyze_table = VH_OPTION_TABLE("Analysis", rows, struct vh_analyze_options);

static void print_section(const struct vh_section *s, FILE *file)
{
    fprintf(file, "  %-12s %10.2f s", s->kind, s->start_s);
    if (s->end_s > s->start_s)
        fprintf(file, " to %10.2f s", s->end_s);
    if (!strcmp(s->kind, "drop"))
        fprintf(file, "  %.0f missing", s->value);
    if (!strcmp(s->kind, "order"))
        fprintf(file, "  %s from here on", s->value != 0 ? "bff" : "tff");
    fprintf(file, "\n");
}

static void print_sections(const struct vh_profile *profile, FILE *file)
{
    int n;
    const struct vh_section *section = vh_profile_sections(profile, &n);
    if (n)
        fprintf(file, "sections\n");
    for (int i = 0; i < n; i++)
        print_section(&section[i], file);
}

static int write_file(const struct vh_analyze_options *options, const char *json, const struct vh_log *log)
{
    if (!options->overwrite && access(options->output, F_OK) == 0)
        return vh_fail(
            log, VH_ERR_OUTPUT, "%s exists: choose another name, or -y to replace it", options->output);
    FILE *file = fopen(options->output, "w");
    bool failed = !file || fprintf(file, "%s\n", json) < 0;
    failed |= file && fclose(file) != 0;
    return failed ? vh_fail(log, VH_ERR_OUTPUT, "cannot write %s: %s", options->output, strerror(errno))
                  : VH_OK;
}

static int print_all(
    struct vh_job *job, const struct vh_analyze_options *options, const struct vh_run_context *context)
{
    FILE *file = context->results ? context->results : stdout;
    char *json = vh_profile_print_json(job->profile);
    int status = json ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK && options->output)
        status = write_file(options, json, context->log);
    if (status == VH_OK && options->json && !options->output)
        fprintf(file, "%s\n", json);
    if (status == VH_OK && !options->json) {
        fprintf(file, "input     %s\n", job->plan->info->url);
        vh_analysis_print_profile(job->profile, options->all, file);
        print_sections(job->profile, file);
        vh_analysis_print_steps(&job->plan->recipe, file);
    }
    vh_free(json);
    return status;
}

/* One recording measured by itself, from an input of its own. */
static int measure_recording(
    const struct vh_job *job, const struct vh_section *recording, struct vh_profile *profile)
{
    struct vh_input *input = NULL;
    struct vh_survey survey;
    struct vh_probe_options probe = {.cancel = job->context->cancel};
    int status = vh_job_open_parts(&input, job->request, &probe, job->log);
    if (status != VH_OK)
        return status;
    int video = vh_input_info(input)->video;
    for (int i = 0; i < vh_input_info(input)->n_streams; i++)
        vh_input_select(input, i, i == video);
    status = vh_input_set_range(input, llrint(recording->start_s * 1e6), llrint(recording->end_s * 1e6));
    struct vh_measure_config config = {.input = input,
        .stream = video,
        .pixels = true,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log};
    if (status == VH_OK)
        status = vh_measure(&config, &survey, profile);
    vh_input_close(&input);
    return status;
}

/* What each recording has for itself; with one recording the tape's figures are its own. */
static int print_recordings(struct vh_job *job, const struct vh_run_context *context)
{
    FILE *file = context->results ? context->results : stdout;
    int status = VH_OK;
    if (!vh_recording_get(job->profile, 1))
        return VH_OK;
    for (int i = 0; status == VH_OK && vh_recording_get(job->profile, i); i++) {
        const struct vh_section *recording = vh_recording_get(job->profile, i);
        struct vh_profile *profile = NULL;
        status = vh_profile_create(&profile);
        if (status == VH_OK)
            status = measure_recording(job, recording, profile);
        if (status == VH_OK) {
            fprintf(file, "recording %d, %.2f s to %.2f s\n", i + 1, recording->start_s, recording->end_s);
            vh_analysis_print_profile(profile, false, file);
        }
        vh_profile_destroy(&profile);
    }
    return status;
}

/* Every measurement of the picture that is trusted; sound is measured anew with each file. */
static int collect_set(const struct vh_profile *profile, struct vh_list *set)
{
    int n;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    set->item = vh_alloc((size_t)n, sizeof *set->item);
    if (!set->item)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < n; i++) {
        double value;
        char number[VH_NUMBER_BYTES], word[64];
        if (!strncmp(key[i].key, "audio.", 6) || !vh_profile_known(profile, key[i].key, &value))
            continue;
        const char *text = key[i].names ? vh_profile_print_value(&key[i], value, word, sizeof word)
                                        : vh_text_number(value, number);
        set->item[set->n] = vh_format("%s=%s", key[i].key, text);
        if (!set->item[set->n++])
            return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

int vh_tool_analyze(const struct vh_request *request, const struct vh_analyze_options *options,
    const struct vh_run_context *context, struct vh_list *set)
{
    struct vh_request look = *request;
    struct vh_job *job = vh_alloc(1, sizeof *job);
    if (!job)
        return VH_ERR_RESOURCE;
    look.run.dry_run = true; /* no output is wanted, so none is checked */
    look.run.output = NULL;
    job->request = &look;
    job->context = context;
    job->log = context->log;
    job->events = context->events;
    job->thorough = options->thorough;
    int status = vh_job_prepare(job);
    if (status == VH_OK)
        status = print_all(job, options, context);
    if (status == VH_OK && set)
        status = collect_set(job->profile, set);
    if (status == VH_OK && options->thorough && !options->json)
        status = print_recordings(job, context);
    vh_job_close(job);
    vh_free(job);
    return status;
}
