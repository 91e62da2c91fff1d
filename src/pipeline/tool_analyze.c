/* The analyze command: the same preparation as a restore job, then words instead of frames. */
#include "pipeline/tool_analyze.h"

#include "core/memory.h"
#include "core/status.h"
#include "pipeline/job_open.h"

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
};

const struct vh_option_table vh_analyze_table = VH_OPTION_TABLE("Analysis", rows, struct vh_analyze_options);

static void print_value(FILE *file, const struct vh_profile_key *key, const struct vh_measurement *m)
{
    int index = (int)lrint(m->value), n = 0;
    while (key->names && key->names[n])
        n++;
    if (key->names && index >= 0 && index < n)
        fprintf(file, "%10s %-16s", key->names[index], "");
    else
        fprintf(file, "%10.2f %-16s", m->value, key->unit);
}

/* "sure" in four words, since two decimals of a confidence say more than anybody can use. */
static const char *how_sure(const struct vh_measurement *m, const struct vh_profile_key *key)
{
    if (m->by_hand)
        return "by hand";
    if (m->confidence < key->min_confidence)
        return "unsure";
    return m->confidence < 0.85 ? "likely" : "sure";
}

static void print_measurements(const struct vh_profile *profile, FILE *file)
{
    int n;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    fprintf(file, "measured\n");
    for (int i = 0; i < n; i++) {
        const struct vh_measurement *m = vh_profile_get(profile, key[i].key);
        if (!m)
            continue;
        double value;
        fprintf(file, "  %c %-24s ", vh_profile_defect(profile, key[i].key, &value) ? '!' : ' ', key[i].key);
        print_value(file, &key[i], m);
        fprintf(file, " %-8s %s\n", how_sure(m, &key[i]), m->evidence);
    }
}

static void print_sections(const struct vh_profile *profile, FILE *file)
{
    int n;
    const struct vh_section *section = vh_profile_sections(profile, &n);
    if (n)
        fprintf(file, "sections\n");
    for (int i = 0; i < n; i++)
        fprintf(
            file, "  %-12s %10.2f s to %10.2f s\n", section[i].kind, section[i].start_s, section[i].end_s);
}

static void print_steps(const struct vh_recipe *recipe, FILE *file)
{
    fprintf(file, "what `vhsup restore` would do\n");
    for (int i = 0; i < recipe->n_steps; i++)
        fprintf(file, "  %-3s %-18s %s\n", recipe->step[i].off ? "off" : "on", recipe->step[i].name,
            recipe->step[i].reason);
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
        print_measurements(job->profile, file);
        print_sections(job->profile, file);
        print_steps(&job->plan->recipe, file);
    }
    vh_free(json);
    return status;
}

int vh_tool_analyze(const struct vh_request *request, const struct vh_analyze_options *options,
    const struct vh_run_context *context)
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
    int status = vh_job_prepare(job);
    if (status == VH_OK)
        status = print_all(job, options, context);
    vh_job_close(job);
    vh_free(job);
    return status;
}
