/* One job from its request to the finished file. */
#include "pipeline/run.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/chapters.h"
#include "pipeline/job_open.h"
#include "pipeline/job_stats.h"
#include "pipeline/run_split.h"

#include <stdio.h>

/* What was lost on the way in; reported once, as one warning a kind. */
static int64_t report_damage(struct vh_job *job)
{
    struct vh_input_damage in = {0};
    struct vh_decoder_damage out = {0};
    vh_input_get_damage(job->input, &in);
    vh_decoder_get_damage(job->decoder, &out);
    int64_t n = in.n_corrupt_packets + in.n_read_errors + out.n_corrupt + out.n_errors + in.ends_early;
    if (n)
        vh_warn(job->log,
            "the input is damaged: %lld damaged packets, %lld unreadable places, %lld damaged pictures, "
            "%lld packets that gave nothing%s",
            (long long)in.n_corrupt_packets, (long long)in.n_read_errors, (long long)out.n_corrupt,
            (long long)out.n_errors, in.ends_early ? "; it ends before its stated duration" : "");
    char where[900];
    if (in.spans.n_spans)
        vh_warn(job->log, "damage in the file at %s", vh_damage_print(&in.spans, where, sizeof where));
    if (out.spans.n_spans)
        vh_warn(job->log, "damage in the picture at %s", vh_damage_print(&out.spans, where, sizeof where));
    if (vh_captions_lost(job->captions))
        vh_warn(job->log, "captions of %lld pictures are lost: encoder %s writes none (x264 does)",
            (long long)vh_captions_lost(job->captions), job->plan->encoder->name);
    if (job->editor)
        vh_time_report_print(
            vh_time_editor_report(job->editor), vh_time_editor_found(job->editor), job->events, job->log);
    int64_t repeated = atomic_load(&job->n_repeated);
    if (repeated)
        vh_warn(job->log, "%lld missing frames were filled by repeating the one before", (long long)repeated);
    return n;
}

static int finish_output(struct vh_job *job)
{
    int64_t frames = atomic_load(&job->n_encoded);
    if (!frames)
        return vh_fail(job->log, VH_ERR_INPUT,
            "%s: not one picture came out; is the range --start/--end inside the file?", job->request->input);
    AVRational rate = job->plan->restored.frame_rate;
    struct vh_output_expect expect = {
        .video = job->video_stream, .n_frames = frames, .duration_us = VH_TIME_NONE};
    if (rate.num > 0)
        expect.duration_us = av_rescale(frames, INT64_C(1000000) * rate.den, rate.num);
    int status = vh_job_add_chapters(job);
    if (status == VH_OK)
        status = vh_output_finish(job->output, &expect);
    if (status == VH_OK)
        status = vh_frame_hash_finish(job->hash, job->log);
    return status;
}

static void fill_result(const struct vh_job *job, struct vh_run_result *result, int64_t damaged)
{
    AVRational rate = job->plan->restored.frame_rate;
    *result = (struct vh_run_result){.frames_in = atomic_load(&job->n_decoded),
        .frames_out = atomic_load(&job->n_encoded),
        .damaged = damaged,
        .wall_s = (double)(vh_clock_ns() - job->start_ns) * 1e-9,
        .cpu_s = (double)(vh_clock_process_ns() - job->start_cpu_ns) * 1e-9,
        .bytes_out = vh_output_bytes(job->output)};
    result->duration_s =
        rate.num > 0 ? (double)result->frames_out / av_q2d(rate) : (double)atomic_load(&job->done_us) * 1e-6;
}

static int execute(struct vh_job *job, struct vh_run_result *result)
{
    int status = vh_job_open(job);
    if (status == VH_OK) {
        vh_plan_tell(job->plan, vh_encoder_settings(job->encoder), job->log, job->context->events);
        status = vh_sched_start(job->sched);
    }
    if (status == VH_OK)
        status = vh_sched_wait(job->sched);
    if (status == VH_ERR_CANCELLED)
        vh_warn(job->log, "stopped on request; nothing was written under the output's name");
    if (status != VH_OK)
        return status;
    int64_t damaged = report_damage(job);
    status = finish_output(job);
    if (status != VH_OK)
        return status;
    fill_result(job, result, damaged);
    status = vh_job_write_stats(job, result);
    if (status != VH_OK)
        return status;
    if (damaged && job->request->run.strict)
        return vh_fail(job->log, VH_ERR_DAMAGED, "--strict: the input is damaged (the output is complete)");
    return VH_OK;
}

/* ---- the dry run ---- */

#define SAMPLE_US 2000000

/* Puts the input at a stretch of two seconds, a third into what would be restored, where it can seek. */
static int choose_sample(struct vh_job *job)
{
    const struct vh_media_info *info = vh_input_info(job->input);
    int64_t start = vh_input_start_us(job->input), end = vh_input_end_us(job->input);
    int64_t length = end != VH_TIME_NONE                 ? end
                     : info->duration_us != VH_TIME_NONE ? info->duration_us - start
                                                         : VH_TIME_NONE;
    if (info->seekable && length != VH_TIME_NONE && length > 3 * SAMPLE_US)
        start += length / 3;
    return vh_input_set_range(job->input, start, start + SAMPLE_US);
}

static void print_estimate(const struct vh_job *job, FILE *file, int64_t frames_expected, double seconds)
{
    int64_t frames = atomic_load(&job->n_encoded), bytes = atomic_load(&job->sample_bytes);
    if (!frames || !frames_expected || seconds <= 0)
        return;
    double fps = (double)frames / seconds, total = (double)frames_expected / fps;
    double size = (double)bytes / (double)frames * (double)frames_expected;
    fprintf(file, "estimate from a sample of %lld pictures\n", (long long)frames);
    fprintf(file, "  time       %d:%02d:%02d at %.1f pictures per second\n", (int)(total / 3600),
        (int)(total / 60) % 60, (int)total % 60, fps);
    fprintf(
        file, "  size       %.1f MB of picture for %lld pictures\n", size * 1e-6, (long long)frames_expected);
}

/* Runs two seconds of the very plan, counts and throws away, and says what the whole would take. */
static int estimate(struct vh_job *job, FILE *file)
{
    int64_t expected = vh_job_expected_frames(job);
    int status = choose_sample(job);
    job->sample = true;
    if (status == VH_OK)
        status = vh_job_open(job);
    int64_t start = vh_clock_ns();
    if (status == VH_OK)
        status = vh_sched_start(job->sched);
    if (status == VH_OK)
        status = vh_sched_wait(job->sched);
    if (status == VH_OK)
        print_estimate(job, file, expected, (double)(vh_clock_ns() - start) * 1e-9);
    return status;
}

static int dry_run(struct vh_job *job)
{
    FILE *file = job->context->results ? job->context->results : stdout;
    vh_plan_print(job->plan, file);
    return estimate(job, file);
}

int vh_run_restore(
    const struct vh_request *request, const struct vh_run_context *context, struct vh_run_result *result)
{
    struct vh_run_result ignored = {0};
    if (request->time.split_recordings && !request->run.dry_run)
        return vh_run_split(request, context, result ? result : &ignored);
    struct vh_job *job = vh_alloc(1, sizeof *job);
    if (!job)
        return VH_ERR_RESOURCE;
    job->request = request;
    job->context = context;
    job->log = context->log;
    job->start_ns = vh_clock_ns();
    job->start_cpu_ns = vh_clock_process_ns();
    int status = vh_job_start_stats(job);
    if (status == VH_OK)
        status = vh_job_prepare(job);
    if (status == VH_OK) {
        job->prepared_ns = vh_clock_ns();
        status = request->run.dry_run ? dry_run(job) : execute(job, result ? result : &ignored);
    }
    vh_job_close(job);
    vh_free(job);
    return status;
}
