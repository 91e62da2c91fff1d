/* First half of a job: open the input, look at it, make the plan. */
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/job_open.h"
#include "pipeline/machine.h"
#include "pipeline/measure.h"
#include "pipeline/measure_ends.h"
#include "pipeline/measure_time.h"
#include "pipeline/plan_time.h"
#include "pipeline/side_files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_output(struct vh_job *job)
{
    const struct vh_run_options *run = &job->request->run;
    if (run->overwrite && run->keep_existing)
        return vh_fail(job->log, VH_ERR_USAGE, "-y and -n contradict each other: leave one out");
    if (run->json && run->output && (!strcmp(run->output, "-") || !strcmp(run->output, "/dev/stdout")))
        return vh_fail(job->log, VH_ERR_USAGE, "-o %s and --json both write to standard output", run->output);
    if (!run->output)
        return run->dry_run ? VH_OK : vh_fail(job->log, VH_ERR_USAGE, "no output: name it with -o FILE");
    if (run->dry_run)
        return VH_OK;
    struct vh_output_options options = {.path = run->output,
        .format = job->request->encode.format,
        .source = job->request->input,
        .also = (const char *const *)job->request->source.join.item,
        .n_also = job->request->source.join.n,
        .overwrite = run->overwrite};
    int status = vh_output_check_path(&options, job->log);
    return status == VH_OK ? vh_side_files_check(job->request, job->log) : status;
}

int vh_job_set_range(struct vh_job *job)
{
    const struct vh_source_options *source = &job->request->source;
    int64_t start = source->start_us > 0 ? source->start_us : VH_TIME_NONE, end = VH_TIME_NONE;
    if (source->end_us > 0)
        end = source->end_us;
    if (source->duration_us > 0) {
        int64_t by_duration = (source->start_us > 0 ? source->start_us : 0) + source->duration_us;
        end = end == VH_TIME_NONE || by_duration < end ? by_duration : end;
    }
    if (start == VH_TIME_NONE && end == VH_TIME_NONE)
        return VH_OK;
    return vh_input_set_range(job->input, start, end);
}

int vh_job_open_parts(struct vh_input **input, const struct vh_request *request,
    const struct vh_probe_options *options, const struct vh_log *log)
{
    const struct vh_list *join = &request->source.join;
    const char **part = vh_alloc((size_t)join->n + 1, sizeof *part);
    if (!part)
        return VH_ERR_RESOURCE;
    part[0] = request->input;
    for (int i = 0; i < join->n; i++)
        part[i + 1] = join->item[i];
    int status = vh_input_open_joined(input, part, join->n + 1, options, log);
    vh_free(part);
    return status;
}

int vh_job_open_input(struct vh_job *job)
{
    struct vh_probe_options options = {.cancel = job->context->cancel, .events = job->events};
    return vh_job_open_parts(&job->input, job->request, &options, job->log);
}

static int open_input(struct vh_job *job)
{
    int status = vh_job_open_input(job);
    if (status != VH_OK)
        return status;
    const struct vh_media_info *info = vh_input_info(job->input);
    if (info->video < 0 && info->n_video)
        return vh_fail(job->log, VH_ERR_INPUT, "%s: nothing of its picture can be read", job->request->input);
    if (info->video < 0)
        return vh_fail(job->log, VH_ERR_INPUT, "%s has no picture, only %d sound stream(s)",
            job->request->input, info->n_audio);
    const struct vh_format *format = &info->stream[info->video].format;
    if (format->width < VH_GEOMETRY_MIN || format->height < VH_GEOMETRY_MIN)
        return vh_fail(job->log, VH_ERR_INPUT, "%s: a picture of %dx%d cannot be handled; %dx%d and more can",
            job->request->input, format->width, format->height, VH_GEOMETRY_MIN, VH_GEOMETRY_MIN);
    if (!info->stream[info->video].decoder)
        return vh_fail(job->log, VH_ERR_UNSUPPORTED, "%s: this FFmpeg has no decoder for %s",
            job->request->input, info->stream[info->video].codec);
    for (int i = 0; i < info->n_streams; i++)
        vh_input_select(job->input, i, i == info->video);
    return vh_job_set_range(job);
}

/* Pixels decide about fields and repairs unless measuring was switched off or replaced. */
static bool wants_pixels(const struct vh_request *request)
{
    return request->source.analyze && !request->source.analysis;
}

/* A whole text file of sane size as a new string. */
static int read_text(const char *path, char **text, const struct vh_log *log)
{
    enum { LIMIT = 16 << 20 };
    FILE *file = fopen(path, "rb");
    *text = file ? vh_alloc(LIMIT + 1, 1) : NULL;
    if (!file)
        return vh_fail(log, VH_ERR_USAGE, "--analysis %s: %s", path, strerror(errno));
    size_t n = *text ? fread(*text, 1, LIMIT, file) : 0;
    bool complete = feof(file) && !ferror(file);
    fclose(file);
    if (*text && complete && strlen(*text) == n)
        return VH_OK;
    vh_freep(text);
    return vh_fail(log, VH_ERR_USAGE, "--analysis %s: not a profile of `vhsup analyze --json`", path);
}

static int read_analysis(struct vh_job *job)
{
    const char *path = job->request->source.analysis;
    char *text = NULL;
    int status = read_text(path, &text, job->log);
    if (status != VH_OK)
        return status;
    status = vh_profile_parse_json(job->profile, text, path, job->log);
    vh_free(text);
    return status;
}

/* What is known before anything is measured: values by hand first, since they are never replaced. */
int vh_job_start_profile(struct vh_job *job)
{
    const struct vh_source_options *source = &job->request->source;
    int status = vh_profile_create(&job->profile);
    if (status == VH_OK && source->analysis)
        status = read_analysis(job);
    for (int i = 0; i < source->set.n && status == VH_OK; i++)
        status = vh_profile_set_text(job->profile, source->set.item[i], job->log);
    return status;
}

/* Measures and plans the sound tracks; what the first one has goes into the profile. */
static int look_at_sound(struct vh_job *job)
{
    int64_t start = vh_input_start_us(job->input), end = vh_input_end_us(job->input);
    AVRational rate = job->survey.format.frame_rate;
    struct vh_sound_look_config config = {.request = job->request,
        .info = vh_input_info(job->input),
        .start_us = start > 0 ? start : VH_TIME_NONE,
        .end_us = end == VH_TIME_NONE ? end : start + end,
        .field_rate_hz = rate.num > 0 && rate.den > 0 ? 2 * av_q2d(rate) : 0,
        .profile = job->profile,
        .cancel = job->context->cancel,
        .log = job->log};
    if (config.field_rate_hz < 40 || config.field_rate_hz > 70)
        config.field_rate_hz = 0; /* no field rate of a tape */
    int status = vh_sound_look_create(&job->looks, &config);
    return status == VH_OK ? vh_sound_look_report(job->looks, job->profile) : status;
}

/* The order that the plan is going to decide on, as far as it is known now. */
static enum vh_field_order likely_order(const struct vh_job *job)
{
    double order, type;
    if (vh_profile_known(job->profile, "scan.type", &type) && (int)type == 1)
        return VH_FIELDS_PROGRESSIVE;
    if (vh_profile_known(job->profile, "scan.order", &order))
        return (int)order ? VH_FIELDS_BFF : VH_FIELDS_TFF;
    return job->survey.flagged;
}

/* Where picture and sound differ in length, the whole picture says whether lost and doubled frames are why.
 */
static int look_at_time(struct vh_job *job)
{
    const struct vh_media_info *info = vh_input_info(job->input);
    static const enum vh_field_order by_hand[] = {[VH_ORDER_TFF] = VH_FIELDS_TFF,
        [VH_ORDER_BFF] = VH_FIELDS_BFF,
        [VH_ORDER_PROGRESSIVE] = VH_FIELDS_PROGRESSIVE};
    int order = job->request->restore.field_order;
    AVRational rate = vh_probe_standard_rate(info->stream[info->video].format.frame_rate);
    bool wanted = vh_plan_wants_time(job->request) && wants_pixels(job->request);
    if ((!wanted && !job->thorough) || rate.num <= 0)
        return VH_OK;
    int status = vh_measure_ends(job->input, &job->ends, job->log);
    bool needed = status == VH_OK && vh_plan_needs_edits(&job->ends);
    if (status != VH_OK || (!needed && !job->thorough))
        return status;
    if (needed && !job->thorough)
        vh_info(job->log, "the sound is %.3f s %s than the picture: looking at every frame for the reason",
            fabs(job->ends.sound_s - job->ends.picture_s),
            job->ends.sound_s > job->ends.picture_s ? "longer" : "shorter");
    struct vh_measure_time_config config = {.input = job->input,
        .stream = info->video,
        .order = order == VH_ORDER_AUTO ? likely_order(job) : by_hand[order],
        .order_is_fixed = order != VH_ORDER_AUTO,
        .frame_rate = rate,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log,
        .events = job->thorough ? job->events : NULL,
        .cancel = job->context->cancel};
    if (!info->seekable)
        return vh_fail(job->log, VH_ERR_UNSUPPORTED,
            "--thorough reads the tape twice and %s cannot be: save it to a file first", job->request->input);
    /* What the probes saw of blank stretches is seen again, with exact ends. */
    vh_profile_remove_sections(job->profile, NULL);
    return vh_measure_time(&config, job->profile, &job->ends);
}

/* What was measured earlier, a look at every frame first: true when it may be kept under `key` otherwise. */
static bool find_cached(struct vh_job *job, char key[65])
{
    char whole[65];
    bool keeps = vh_cache_key(job->request, job->thorough, key);
    bool found =
        vh_cache_key(job->request, true, whole) && vh_cache_read(whole, job->profile, &job->cached, job->log);
    if (!found && keeps && !job->thorough)
        found = vh_cache_read(key, job->profile, &job->cached, job->log);
    if (!found) {
        job->cached.when[0] = 0;
        return keeps;
    }
    job->ends = job->cached.ends;
    vh_info(job->log, "measured earlier on %s (--no-cache measures anew)", job->cached.when);
    return keeps;
}

/* A deinterlacer was asked for by name and no flag says which field is first. */
static bool needs_order(const struct vh_job *job)
{
    const struct vh_restore_options *o = &job->request->restore;
    const char *method = o->deinterlace ? o->deinterlace : "auto";
    bool flagged = job->survey.flagged == VH_FIELDS_TFF || job->survey.flagged == VH_FIELDS_BFF;
    return !flagged && o->field_order == VH_ORDER_AUTO && !vh_profile_get(job->profile, "scan.order") &&
           strcmp(method, "auto") && strcmp(method, "none") && strcmp(method, "weave");
}

/* Without --analyze only the fields are measured, and only when nothing else tells their order. */
static int measure_order(struct vh_job *job, struct vh_measure_config measure)
{
    static const char *const keys[] = {"scan.type", "scan.order"};
    struct vh_profile *scan = NULL;
    struct vh_survey survey;
    measure.pixels = true;
    measure.brief = false;
    int status = vh_profile_create(&scan);
    if (status == VH_OK)
        status = vh_measure(&measure, &survey, scan);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && status == VH_OK; i++) {
        const struct vh_measurement *m = vh_profile_get(scan, keys[i]);
        if (m)
            status = vh_profile_set(job->profile, keys[i], m);
    }
    vh_profile_destroy(&scan);
    return status;
}

int vh_job_prepare(struct vh_job *job)
{
    int status = vh_machine_open(&job->request->machine, &job->pool, &job->cpu_flags, job->log);
    if (status == VH_OK)
        status = check_output(job);
    if (status == VH_OK)
        status = vh_job_start_profile(job);
    if (status == VH_OK)
        status = open_input(job);
    if (status != VH_OK)
        return status;
    const struct vh_media_info *info = vh_input_info(job->input);
    char key[65];
    bool keeps = find_cached(job, key);
    bool fresh = wants_pixels(job->request) && !job->cached.when[0];
    struct vh_measure_config measure = {.input = job->input,
        .stream = info->video,
        .pixels = fresh,
        .brief = !wants_pixels(job->request) && job->request->restore.field_order != VH_ORDER_AUTO,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log};
    status = vh_measure(&measure, &job->survey, job->profile);
    if (status == VH_OK && !fresh && needs_order(job))
        status = measure_order(job, measure);
    if (status == VH_OK && !job->cached.when[0])
        status = look_at_time(job);
    if (status == VH_OK && fresh && keeps)
        vh_cache_write(key, job->profile, &job->ends);
    if (status == VH_OK)
        status = look_at_sound(job);
    if (status != VH_OK)
        return status;
    struct vh_plan_config plan = {.request = job->request,
        .facts = {.info = info,
            .survey = &job->survey,
            .profile = job->profile,
            .sound = job->looks,
            .ends = job->ends},
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log,
        .events = job->events};
    return vh_plan_make(&job->plan, &plan);
}
