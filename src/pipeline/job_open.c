/* Second half of a job's preparation: everything that can fail is opened before the first frame is decoded.
 */
#include "pipeline/job_open.h"

#include "core/memory.h"
#include "core/status.h"
#include "upscale/upscaler.h"

#include <stdio.h>
#include <string.h>

/* Frames between nodes: enough to keep two stages busy, small enough that a 4K job stays in memory. */
enum { SEAM_FRAMES = 4, SCALED_FRAMES = 4, PACKETS = 64 };
#define SEAM_BYTES         ((size_t)64 << 20)
#define VIDEO_PACKET_BYTES ((size_t)32 << 20)
#define SOUND_LIMIT_BYTES  ((size_t)64 << 20)
#define OUTPUT_BYTES       ((size_t)64 << 20)

/* ---- picture ---- */

static const struct vh_format *seam_format(const struct vh_plan *plan, int seam)
{
    return seam < plan->n_segments ? &plan->segment[seam].in : &plan->restored;
}

static int open_decoder(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    struct vh_decoder_options options = {
        .n_threads = vh_pool_threads(job->pool), .keep_format = true, .events = job->events};
    int status = vh_decoder_open(&job->decoder, job->input, plan->info->video, &options, job->log);
    if (status == VH_OK)
        status = vh_captions_create(&job->captions, plan->keeps_captions);
    if (status == VH_OK && plan->frame_rate.num > 0) {
        struct vh_healer_options heal = {.frame_rate = plan->frame_rate,
            .source_start_us = vh_input_start_us(job->input),
            .max_gap = (int)(600 * av_q2d(plan->frame_rate)),
            .events = job->events};
        status = vh_healer_create(&job->healer, &heal, job->log);
    }
    if (status == VH_OK && !plan->direct)
        status = vh_fit_open(
            &job->fit_decoded, &plan->source, seam_format(plan, 0), job->pool, job->cpu_flags, job->log);
    return status;
}

/* The editor of the tape's time, where the plan wants one. */
static int open_editor(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    enum vh_timeline_mode mode = plan->keeps_frames ? VH_TIMELINE_KEEP : VH_TIMELINE_FOLLOW;
    struct vh_time_editor_config config = {.source = plan->source,
        .work = plan->source,
        .order_is_fixed = job->request->restore.field_order != VH_ORDER_AUTO,
        .unpaired = plan->unpaired,
        .mode = mode,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log,
        .events = job->events,
        .emit = vh_decode_emit,
        .opaque = job};
    if (!plan->follows_time && !plan->keeps_frames)
        return VH_OK;
    config.work.pix_fmt = vh_convert_working(plan->source.pix_fmt);
    config.work.range = AVCOL_RANGE_MPEG;
    int status = vh_timeline_create(&job->timeline, mode, plan->frame_rate);
    config.timeline = job->timeline;
    if (status == VH_OK)
        vh_timeline_listen(job->timeline, vh_decode_tell_sound, job);
    if (status == VH_OK)
        status = vh_fit_open(
            &job->fit_rebuilt, &config.work, seam_format(plan, 0), job->pool, job->cpu_flags, job->log);
    return status == VH_OK ? vh_time_editor_create(&job->editor, &config) : status;
}

static int open_native(struct vh_job *job, int index)
{
    const struct vh_plan *plan = job->plan;
    struct vh_plan_segment *segment = &plan->segment[index];
    struct vh_segment_node *node = &job->segment[index];
    node->job = job;
    node->index = index;
    node->to = job->seam[index + 1];
    node->work = (struct vh_node_work){.name = "native", .stats = job->stats};
    struct vh_format native = segment->in;
    native.pix_fmt = vh_convert_working(plan->source.pix_fmt);
    int status = vh_fit_open(&node->fit_in, &segment->in, &native, job->pool, job->cpu_flags, job->log);
    struct vh_format out = segment->n ? segment->out : native;
    if (status == VH_OK)
        status = vh_fit_open(
            &node->fit_out, &out, seam_format(plan, index + 1), job->pool, job->cpu_flags, job->log);
    if (status != VH_OK || !segment->n)
        return status;
    struct vh_chain_config config = {.stage = segment->stage,
        .n_stages = segment->n,
        .in = native,
        .kind = segment->kind_in,
        .one_per_frame = plan->recipe.rate_factor == 1,
        .motion_speed = job->request->restore.motion_speed,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log,
        .events = job->events};
    return vh_chain_create(&node->chain, &config, vh_segment_emit, node);
}

static int open_segments(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    int status = vh_plan_open_graph(plan, vh_pool_threads(job->pool), &job->graph, job->log);
    for (int i = 0; i < plan->n_segments && status == VH_OK; i++)
        if (plan->segment[i].native)
            status = open_native(job, i);
    if (status != VH_OK || !job->graph)
        return status;
    status = vh_bell_create(&job->bell);
    for (int i = 0; i < plan->n_segments && status == VH_OK; i++)
        if (!plan->segment[i].native) {
            vh_queue_watch(job->seam[i], vh_bell_ring, job->bell);
            vh_queue_watch(job->seam[i + 1], vh_bell_ring, job->bell);
        }
    return status;
}

/* The picture behind the crop. */
static struct vh_format cropped(const struct vh_plan *plan, enum AVPixelFormat pix_fmt)
{
    struct vh_format format = plan->restored;
    const struct vh_crop *crop = &plan->geometry.crop;
    format.pix_fmt = pix_fmt;
    format.width -= crop->left + crop->right;
    format.height -= crop->top + crop->bottom;
    return format;
}

static int open_scaler(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    if (plan->direct)
        return VH_OK;
    struct vh_format work = plan->restored;
    work.pix_fmt = vh_convert_working(plan->source.pix_fmt);
    int status = vh_fit_open(&job->fit_restored, &plan->restored, &work, job->pool, job->cpu_flags, job->log);
    if (status != VH_OK)
        return status;
    struct vh_format shown = cropped(plan, work.pix_fmt);
    if (plan->kind == VH_KIND_WOVEN)
        return vh_fit_open(&job->fit_out, &shown, &plan->out, job->pool, job->cpu_flags, job->log);
    struct vh_upscaler_config config = {.in = work,
        .crop = plan->geometry.crop,
        .out = plan->out,
        .options = &job->request->upscale,
        .strict = job->request->run.strict,
        .pool = job->pool,
        .cpu_flags = job->cpu_flags,
        .log = job->log};
    status = vh_upscaler_open(&job->upscaler, &config);
    if (status == VH_OK)
        status = vh_frame_pool_create(&job->out_pool, plan->out.pix_fmt, plan->out.width, plan->out.height);
    return status;
}

static int open_encoder(struct vh_job *job)
{
    struct vh_encoder_options options;
    char *extra = NULL;
    int status = vh_plan_encoder_options(job->plan, &options, &extra, job->log);
    if (status == VH_OK)
        status = vh_encoder_open(&job->encoder, &options, &job->plan->out, job->log);
    vh_free(extra);
    return status;
}

/* ---- other streams and the output ---- */

static int open_track(struct vh_job *job, const struct vh_plan_stream *stream)
{
    const struct vh_stream_info *source = &job->plan->info->stream[stream->source];
    struct vh_track *track = &job->track[job->n_tracks++];
    int status = VH_OK;
    track->job = job;
    track->plan = stream;
    track->work = (struct vh_node_work){.name = "sound", .stats = job->stats};
    vh_input_select(job->input, stream->source, true);
    switch (stream->fate) {
    case VH_TRACK_COPY:
        return vh_output_add_copy(job->output, job->input, stream->source, &track->stream);
    case VH_TRACK_CONVERT:
        status = vh_subtitle_open(&track->subtitle, job->input, stream->source, stream->codec_id, job->log);
        return status != VH_OK
                   ? status
                   : vh_output_add_parameters(job->output, vh_subtitle_parameters(track->subtitle),
                         (AVRational){1, 1000}, source, &track->stream);
    default:
        status = vh_track_open(track);
        if (status == VH_OK)
            status = vh_output_add_encoder(job->output, track->encoder, source, &track->stream);
        track->packets = status == VH_OK
                             ? vh_sched_queue(job->sched, 1 << 20, SOUND_LIMIT_BYTES, vh_packet_free_item)
                             : NULL;
        if (status == VH_OK && track->packets && job->plan->keeps_frames)
            track->news = vh_sched_queue(job->sched, 1 << 20, SOUND_LIMIT_BYTES, vh_free);
        if (status == VH_OK && (!track->packets || (job->plan->keeps_frames && !track->news)))
            status = VH_ERR_RESOURCE;
        return status;
    }
}

static int open_streams(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    int status = VH_OK;
    for (int i = 0; i < plan->n_streams && status == VH_OK; i++) {
        const struct vh_plan_stream *stream = &plan->stream[i];
        if (stream->fate == VH_TRACK_PICTURE)
            status = vh_output_add_encoder(
                job->output, job->encoder, &plan->info->stream[stream->source], &job->video_stream);
        else if (stream->fate == VH_TRACK_DROP)
            vh_info(job->log, "stream %d (%s) is left out: %s", stream->source,
                plan->info->stream[stream->source].codec, stream->reason);
        else if (job->n_tracks == (int)(sizeof job->track / sizeof *job->track))
            status = vh_fail(job->log, VH_ERR_UNSUPPORTED, "more than %d streams to keep", job->n_tracks);
        else
            status = open_track(job, stream);
    }
    return status;
}

/* What was done, for whoever opens the file in twenty years. */
static int write_tags(struct vh_job *job)
{
    char text[65] = "";
    int status = vh_output_copy_metadata(job->output, job->input);
    if (status != VH_OK || job->request->run.bitexact)
        return status;
    vh_output_set_tag(job->output, -1, "VHSUP_VERSION", VHSUP_VERSION);
    vh_output_set_tag(job->output, -1, "VHSUP_ENCODER", vh_encoder_settings(job->encoder));
    if (vh_probe_fingerprint(job->request->input, text) == VH_OK)
        vh_output_set_tag(job->output, -1, "VHSUP_SOURCE_SHA256_SAMPLED", text);
    return VH_OK;
}

static int open_output(struct vh_job *job)
{
    const struct vh_request *request = job->request;
    struct vh_output_options options = {.path = request->run.output,
        .format = request->encode.format,
        .source = request->input,
        .also = (const char *const *)request->source.join.item,
        .n_also = request->source.join.n,
        .overwrite = request->run.overwrite,
        .bitexact = request->run.bitexact,
        .faststart = true};
    int status = vh_output_open(&job->output, &options, job->log);
    if (status == VH_OK)
        status = open_streams(job);
    if (status == VH_OK)
        status = write_tags(job);
    if (status == VH_OK && request->run.framemd5)
        status = vh_frame_hash_create(&job->hash, request->run.framemd5, job->log);
    return status == VH_OK ? vh_output_start(job->output) : status;
}

/* ---- queues and nodes ---- */

static int open_queues(struct vh_job *job)
{
    int status = vh_sched_create(&job->sched, job->context->cancel);
    if (status != VH_OK)
        return status;
    job->video_packets = vh_sched_queue(job->sched, PACKETS, VIDEO_PACKET_BYTES, vh_packet_free_item);
    job->scaled = vh_sched_queue(job->sched, SCALED_FRAMES, SEAM_BYTES, vh_frame_free_item);
    job->packets = vh_sched_queue(job->sched, 4 * PACKETS, OUTPUT_BYTES, vh_packet_free_item);
    bool complete = job->video_packets && job->scaled && job->packets;
    for (int i = 0; i <= job->plan->n_segments; i++) {
        job->seam[i] = vh_sched_queue(job->sched, SEAM_FRAMES, SEAM_BYTES, vh_frame_free_item);
        complete &= job->seam[i] != NULL;
    }
    return complete ? VH_OK : vh_fail(job->log, VH_ERR_RESOURCE, "out of memory for the job's queues");
}

static int add_nodes(struct vh_job *job)
{
    const struct vh_plan *plan = job->plan;
    job->work_decode = (struct vh_node_work){.name = "decode", .stats = job->stats};
    job->work_graph = (struct vh_node_work){.name = "graph", .stats = job->stats};
    job->work_scale = (struct vh_node_work){.name = "scale", .stats = job->stats};
    job->work_encode = (struct vh_node_work){.name = "encode", .stats = job->stats};
    int status = vh_sched_add(job->sched, "input", vh_node_input, job);
    status |= vh_sched_add(job->sched, "decode", vh_node_decode, job);
    status |= job->graph ? vh_sched_add(job->sched, "graph", vh_node_graph, job) : VH_OK;
    for (int i = 0; i < plan->n_segments; i++)
        if (plan->segment[i].native)
            status |= vh_sched_add(job->sched, "native", vh_node_native, &job->segment[i]);
    status |= vh_sched_add(job->sched, "scale", vh_node_scale, job);
    status |= vh_sched_add(job->sched, "encode", vh_node_encode, job);
    status |= vh_sched_add(job->sched, "output", vh_node_output, job);
    atomic_store(&job->n_producers, 2);
    for (int i = 0; i < job->n_tracks; i++)
        if (job->track[i].plan->fate == VH_TRACK_ENCODE) {
            status |= vh_sched_add(job->sched, "sound", vh_node_sound, &job->track[i]);
            atomic_fetch_add(&job->n_producers, 1);
        }
    return status == VH_OK ? VH_OK : vh_fail(job->log, VH_ERR_RESOURCE, "too many streams for one job");
}

static void describe_hashes(struct vh_job *job)
{
    char text[128];
    vh_frame_hash_stream(job->hash, job->video_stream, vh_encoder_time_base(job->encoder),
        vh_format_print(&job->plan->out, text, sizeof text));
    for (int i = 0; i < job->n_tracks; i++)
        if (job->track[i].encoder)
            vh_frame_hash_stream(job->hash, job->track[i].stream, vh_encoder_time_base(job->track[i].encoder),
                vh_sound_print(&job->track[i].plan->sound_out, text, sizeof text));
}

int64_t vh_job_expected_frames(const struct vh_job *job)
{
    int64_t length = job->plan->info->duration_us, start = vh_input_start_us(job->input);
    int64_t end = vh_input_end_us(job->input);
    if (length != VH_TIME_NONE)
        length -= start;
    if (end != VH_TIME_NONE && (length == VH_TIME_NONE || end < length))
        length = end;
    AVRational rate = job->plan->restored.frame_rate;
    return length == VH_TIME_NONE || rate.num <= 0 ? 0
                                                   : (int64_t)((double)length * 1e-6 * av_q2d(rate) + 0.5);
}

int vh_job_open(struct vh_job *job)
{
    int status = open_queues(job);
    if (status == VH_OK)
        status = open_encoder(job);
    if (status == VH_OK)
        status = open_scaler(job);
    if (status == VH_OK)
        status = open_segments(job);
    if (status == VH_OK)
        status = open_decoder(job);
    if (status == VH_OK)
        status = open_editor(job);
    if (status == VH_OK && !job->sample)
        status = open_output(job);
    if (status != VH_OK)
        return status;
    job->frames_expected = vh_job_expected_frames(job);
    if (job->hash)
        describe_hashes(job);
    return add_nodes(job);
}

void vh_job_close(struct vh_job *job)
{
    vh_sched_destroy(&job->sched);
    for (int i = 0; i < VH_PLAN_SEGMENTS; i++) {
        vh_chain_destroy(&job->segment[i].chain);
        vh_fit_close(&job->segment[i].fit_in);
        vh_fit_close(&job->segment[i].fit_out);
    }
    for (int i = 0; i < job->n_tracks; i++)
        vh_track_close(&job->track[i]);
    vh_graph_close(&job->graph);
    vh_bell_destroy(&job->bell);
    vh_upscaler_close(&job->upscaler);
    vh_fit_close(&job->fit_decoded);
    vh_fit_close(&job->fit_rebuilt);
    vh_time_editor_destroy(&job->editor);
    vh_timeline_destroy(&job->timeline);
    vh_fit_close(&job->fit_restored);
    vh_fit_close(&job->fit_out);
    vh_frame_pool_destroy(&job->out_pool);
    vh_healer_destroy(&job->healer);
    vh_decoder_close(&job->decoder);
    vh_output_close(&job->output);
    vh_encoder_close(&job->encoder);
    vh_frame_hash_destroy(&job->hash);
    vh_captions_destroy(&job->captions);
    vh_plan_destroy(&job->plan);
    vh_sound_look_destroy(&job->looks);
    vh_profile_destroy(&job->profile);
    vh_input_close(&job->input);
    vh_pool_destroy(&job->pool);
    vh_stats_destroy(&job->stats);
}
