/* The audio command: the sound half of a restore job, on one thread: packets are read, decoded, repaired,
 * encoded and written in turn. */
#include "pipeline/tool_audio.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "media/library.h"
#include "pipeline/job_open.h"
#include "pipeline/plan_streams.h"

#include <stdio.h>

#define AUDIO(field) offsetof(struct vh_audio_options, field)
#define ONCE         VH_OPTION_NO_PRESET

static const struct vh_option_row rows[] = {
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = AUDIO(output),
        .flags = ONCE,
        .help = "file to write; its extension says the container",
        .example = "-o sound.flac"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        .offset = AUDIO(overwrite),
        .flags = ONCE,
        .help = "replace the output if it exists"},
    {.key = "keep-existing",
        .letter = 'n',
        .type = VH_OPTION_BOOL,
        .offset = AUDIO(keep_existing),
        .flags = ONCE,
        .help = "never replace an existing output (this is the default)"},
    {.key = "dry-run",
        .type = VH_OPTION_BOOL,
        .offset = AUDIO(dry_run),
        .flags = ONCE,
        .help = "measure, print what would be done, with reasons, and stop"},
    {.key = "bitexact",
        .type = VH_OPTION_BOOL,
        .offset = AUDIO(bitexact),
        .flags = ONCE | VH_OPTION_ADVANCED,
        .help = "write no versions and no times, so that files can be compared"},
    {.key = "json",
        .type = VH_OPTION_BOOL,
        .offset = AUDIO(json),
        .flags = ONCE,
        .help = "print the result as JSON"},
};

const struct vh_option_table vh_audio_table = VH_OPTION_TABLE("Run", rows, struct vh_audio_options);

static struct vh_output_options output_options(
    const struct vh_job *job, const struct vh_audio_options *options)
{
    return (struct vh_output_options){.path = options->output,
        .source = job->request->input,
        .also = (const char *const *)job->request->source.join.item,
        .n_also = job->request->source.join.n,
        .overwrite = options->overwrite,
        .bitexact = options->bitexact,
        .faststart = true};
}

static int check_output(const struct vh_job *job, const struct vh_audio_options *options)
{
    struct vh_output_options output = output_options(job, options);
    if (options->overwrite && options->keep_existing)
        return vh_fail(job->log, VH_ERR_USAGE, "-y and -n contradict each other: leave one out");
    if (options->dry_run)
        return VH_OK;
    return options->output ? vh_output_check_path(&output, job->log)
                           : vh_fail(job->log, VH_ERR_USAGE, "no output: name it with -o FILE");
}

static int open_input(struct vh_job *job)
{
    int status = vh_job_open_input(job);
    if (status != VH_OK)
        return status;
    const struct vh_media_info *info = vh_input_info(job->input);
    if (!info->n_audio)
        return vh_fail(job->log, VH_ERR_INPUT, "%s has no sound", job->request->input);
    for (int i = 0; i < info->n_streams; i++)
        vh_input_select(job->input, i, false);
    return vh_job_set_range(job);
}

static int look(struct vh_job *job)
{
    int64_t start = vh_input_start_us(job->input), end = vh_input_end_us(job->input);
    const struct vh_media_info *info = vh_input_info(job->input);
    AVRational rate = info->video >= 0 ? info->stream[info->video].format.frame_rate : (AVRational){0, 1};
    double fields = rate.num > 0 && rate.den > 0 ? 2 * av_q2d(rate) : 0;
    struct vh_sound_look_config config = {.request = job->request,
        .info = info,
        .start_us = start > 0 ? start : VH_TIME_NONE,
        .end_us = end == VH_TIME_NONE ? end : start + end,
        .field_rate_hz = fields > 40 && fields < 70 ? fields : 0,
        .profile = job->profile,
        .cancel = job->context->cancel,
        .log = job->log};
    return vh_sound_look_create(&job->looks, &config);
}

/* A plan of sound streams only. */
static int route(struct vh_job *job, const struct vh_audio_options *options)
{
    const struct vh_media_info *info = vh_input_info(job->input);
    struct vh_plan *plan = job->plan = vh_alloc(1, sizeof *plan);
    if (!plan || !(plan->stream = vh_alloc((size_t)info->n_streams + 1, sizeof *plan->stream)))
        return vh_fail(job->log, VH_ERR_RESOURCE, "out of memory for the plan");
    plan->request = job->request;
    plan->info = info;
    int status =
        vh_container_find(&plan->container, options->output ? options->output : "out.mka", NULL, job->log);
    for (int i = 0; i < info->n_streams && status == VH_OK; i++) {
        if (info->stream[i].kind != VH_STREAM_AUDIO)
            continue;
        struct vh_plan_stream *track = &plan->stream[plan->n_streams++];
        struct vh_sound_route sound = {.container = &plan->container,
            .request = job->request,
            .stream = &info->stream[i],
            .look = vh_sound_look_find(job->looks, i)};
        track->source = i;
        track->kind = VH_STREAM_AUDIO;
        status = vh_plan_route_sound(&sound, track, job->log);
    }
    return status;
}

static int open_track(struct vh_job *job, const struct vh_plan_stream *stream)
{
    struct vh_track *track = &job->track[job->n_tracks];
    if (stream->fate == VH_TRACK_DROP)
        return VH_OK;
    if (job->n_tracks == (int)(sizeof job->track / sizeof *job->track))
        return vh_fail(job->log, VH_ERR_UNSUPPORTED, "more than %d sound streams", job->n_tracks);
    job->n_tracks++;
    track->job = job;
    track->plan = stream;
    vh_input_select(job->input, stream->source, true);
    if (stream->fate == VH_TRACK_COPY)
        return vh_output_add_copy(job->output, job->input, stream->source, &track->stream);
    int status = vh_track_open(track);
    return status == VH_OK ? vh_output_add_encoder(job->output, track->encoder,
                                 &job->plan->info->stream[stream->source], &track->stream)
                           : status;
}

static int open_output(struct vh_job *job, const struct vh_audio_options *options)
{
    struct vh_output_options output = output_options(job, options);
    int status = vh_output_open(&job->output, &output, job->log);
    for (int i = 0; i < job->plan->n_streams && status == VH_OK; i++)
        status = open_track(job, &job->plan->stream[i]);
    if (status == VH_OK && !job->n_tracks)
        return vh_fail(job->log, VH_ERR_USAGE, "--audio none leaves nothing to write");
    if (status == VH_OK)
        status = vh_output_copy_metadata(job->output, job->input);
    if (status == VH_OK && !options->bitexact)
        status = vh_output_set_tag(job->output, -1, "VHSUP_VERSION", VHSUP_VERSION);
    return status == VH_OK ? vh_output_start(job->output) : status;
}

static int take_packet(struct vh_job *job, AVPacket *packet)
{
    for (int i = 0; i < job->n_tracks; i++) {
        struct vh_track *track = &job->track[i];
        if (track->plan->source != packet->stream_index)
            continue;
        return track->plan->fate == VH_TRACK_COPY ? vh_output_write(job->output, track->stream, packet)
                                                  : vh_track_decode(track, packet);
    }
    return VH_OK;
}

static int work(struct vh_job *job)
{
    AVPacket *packet = av_packet_alloc();
    int status = packet ? VH_OK : vh_fail(job->log, VH_ERR_RESOURCE, "out of memory for a packet");
    while (status == VH_OK) {
        status = vh_cancel_check(job->context->cancel);
        if (status == VH_OK)
            status = vh_input_read(job->input, packet);
        if (status == VH_OK)
            status = take_packet(job, packet);
        if (packet)
            av_packet_unref(packet);
    }
    av_packet_free(&packet);
    status = status == VH_EOF ? VH_OK : status;
    for (int i = 0; i < job->n_tracks && status == VH_OK; i++)
        if (job->track[i].plan->fate == VH_TRACK_ENCODE) {
            status = vh_track_finish(&job->track[i]);
            status = status == VH_EOF ? VH_OK : status;
        }
    struct vh_output_expect expect = {.video = -1, .n_frames = -1, .duration_us = VH_TIME_NONE};
    return status == VH_OK ? vh_output_finish(job->output, &expect) : status;
}

static void fill(const struct vh_job *job, struct vh_audio_result *result)
{
    *result = (struct vh_audio_result){.n_tracks = job->n_tracks,
        .wall_s = (double)(vh_clock_ns() - job->start_ns) * 1e-9,
        .cpu_s = (double)(vh_clock_process_ns() - job->start_cpu_ns) * 1e-9,
        .bytes_out = vh_output_bytes(job->output)};
    for (int i = 0; i < job->n_tracks; i++) {
        int64_t us = job->plan->info->stream[job->track[i].plan->source].duration_us;
        double seconds = us == VH_TIME_NONE ? 0 : (double)us * 1e-6;
        result->duration_s = seconds > result->duration_s ? seconds : result->duration_s;
        result->n_repaired += job->track[i].plan->repairs != NULL;
    }
}

static int prepare(struct vh_job *job, const struct vh_audio_options *options)
{
    if (job->log)
        vh_library_set_verbosity(job->log->level);
    int status = check_output(job, options);
    if (status == VH_OK)
        status = vh_job_start_profile(job);
    if (status == VH_OK)
        status = open_input(job);
    if (status == VH_OK)
        status = look(job);
    return status == VH_OK ? route(job, options) : status;
}

static int execute(struct vh_job *job, const struct vh_audio_options *options, struct vh_audio_result *result)
{
    FILE *file = job->context->results ? job->context->results : stdout;
    int status = prepare(job, options);
    if (status == VH_OK && options->dry_run) {
        fprintf(file, "input     %s\n", job->request->input);
        vh_plan_print_streams(job->plan, file);
        return VH_OK;
    }
    if (status == VH_OK)
        status = open_output(job, options);
    if (status == VH_OK)
        status = work(job);
    if (status == VH_OK && result)
        fill(job, result);
    return status;
}

int vh_tool_audio(const struct vh_request *request, const struct vh_audio_options *options,
    const struct vh_run_context *context, struct vh_audio_result *result)
{
    struct vh_job *job = vh_alloc(1, sizeof *job);
    if (!job)
        return VH_ERR_RESOURCE;
    struct vh_request own = *request; /* the encoder's rows of a run are this command's */
    own.run.bitexact = options->bitexact;
    job->request = &own;
    job->context = context;
    job->log = context->log;
    job->events = context->events;
    job->start_ns = vh_clock_ns();
    job->start_cpu_ns = vh_clock_process_ns();
    int status = execute(job, options, result);
    vh_job_close(job);
    vh_free(job);
    return status;
}
