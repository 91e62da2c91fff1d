/* The look at the tape is that of `analyze --thorough`, and kept in the same cache. */
#include "pipeline/run_split.h"

#include "analyze/recordings.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "media/output.h"
#include "pipeline/job_open.h"

#include <math.h>
#include <string.h>

/* "tape.mkv" -> "tape-2.mkv"; a new string. */
static char *name_of(const char *output, int number)
{
    const char *base = strrchr(output, '/'), *dot = strrchr(output, '.');
    if (!dot || (base && dot < base) || dot == (base ? base + 1 : output))
        dot = output + strlen(output);
    return vh_format("%.*s-%d%s", (int)(dot - output), output, number, dot);
}

static int check_name(const struct vh_request *request, const char *path, const struct vh_log *log)
{
    struct vh_output_options options = {.path = path,
        .format = request->encode.format,
        .source = request->input,
        .also = (const char *const *)request->source.join.item,
        .n_also = request->source.join.n,
        .overwrite = request->run.overwrite};
    return vh_output_check_path(&options, log);
}

/* Finds the recordings; the profile holds them. */
static int find(
    const struct vh_request *request, const struct vh_run_context *context, struct vh_profile *profile)
{
    struct vh_request look = *request;
    struct vh_job *job = vh_alloc(1, sizeof *job);
    if (!job)
        return VH_ERR_RESOURCE;
    look.run.dry_run = true;
    look.run.output = NULL;
    job->request = &look;
    job->context = context;
    job->log = context->log;
    job->events = context->events;
    job->thorough = true;
    int status = vh_job_prepare(job);
    if (status == VH_OK)
        status = vh_profile_copy(profile, job->profile);
    vh_job_close(job);
    vh_free(job);
    return status;
}

static void add_result(struct vh_run_result *sum, const struct vh_run_result *one)
{
    sum->frames_in += one->frames_in;
    sum->frames_out += one->frames_out;
    sum->damaged += one->damaged;
    sum->duration_s += one->duration_s;
    sum->wall_s += one->wall_s;
    sum->cpu_s += one->cpu_s;
    sum->bytes_out += one->bytes_out;
}

static int run_one(const struct vh_request *request, const struct vh_run_context *context,
    const struct vh_section *recording, char *path, struct vh_run_result *result)
{
    struct vh_request one = *request;
    struct vh_run_result own = {0};
    one.source.start_us = llrint(recording->start_s * 1e6);
    one.source.end_us = llrint(recording->end_s * 1e6);
    one.source.duration_us = 0;
    one.run.output = path;
    one.time.split_recordings = false;
    vh_info(context->log, "recording %.0f to %s", recording->value, path);
    int status = vh_run_restore(&one, context, &own);
    add_result(result, &own);
    return status;
}

static int refuse(const struct vh_request *request, const struct vh_log *log)
{
    if (!request->run.output || !strcmp(request->run.output, "-"))
        return vh_fail(log, VH_ERR_USAGE, "--split-recordings needs a file's name with -o");
    if (request->run.framemd5)
        return vh_fail(log, VH_ERR_USAGE, "--framemd5 holds one file's frames: leave out --split-recordings");
    if (request->run.overwrite && request->run.keep_existing)
        return vh_fail(log, VH_ERR_USAGE, "-y and -n contradict each other: leave one out");
    return VH_OK;
}

int vh_run_split(
    const struct vh_request *request, const struct vh_run_context *context, struct vh_run_result *result)
{
    struct vh_profile *profile = NULL;
    int n = 0, status = refuse(request, context->log);
    if (status == VH_OK)
        status = vh_profile_create(&profile);
    if (status == VH_OK)
        status = find(request, context, profile);
    while (status == VH_OK && vh_recording_get(profile, n))
        n++;
    if (status == VH_OK && !n)
        status = vh_fail(context->log, VH_ERR_INPUT, "%s: no recording was found on it", request->input);
    char **path = vh_alloc((size_t)n + 1, sizeof *path);
    for (int i = 0; i < n && status == VH_OK && path; i++) {
        path[i] = name_of(request->run.output, i + 1);
        status = path[i] ? check_name(request, path[i], context->log) : VH_ERR_RESOURCE;
    }
    if (!path)
        status = VH_ERR_RESOURCE;
    for (int i = 0; i < n && status == VH_OK; i++)
        status = run_one(request, context, vh_recording_get(profile, i), path[i], result);
    for (int i = 0; i < n && path; i++)
        vh_free(path[i]);
    vh_free(path);
    vh_profile_destroy(&profile);
    return status;
}
