/* Routing: picture encoded; sound copied when nothing is asked and the container holds it, else encoded; text
 * subtitles converted where needed; the rest copied or dropped with a reason. All conflicts are found here,
 * before decoding. */
#include "pipeline/plan_streams.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* True when an option asks for sound that a copy cannot give. */
static bool sound_is_changed(const struct vh_track_options *o)
{
    return o->audio_codec || o->audio_bitrate_kbps != VH_AUTO_INT || o->audio_rate != VH_AUTO_INT ||
           o->audio_layout != VH_LAYOUT_ORIGINAL || o->audio_gain_db != 0;
}

static void wanted_sound(struct vh_sound_format *sound, const struct vh_track_options *options)
{
    static const uint64_t mask[] = {
        0, AV_CH_LAYOUT_MONO, AV_CH_LAYOUT_STEREO, AV_CH_LAYOUT_5POINT1_BACK, AV_CH_LAYOUT_7POINT1};
    static const int channels[] = {0, 1, 2, 6, 8};
    if (options->audio_layout != VH_LAYOUT_ORIGINAL) {
        sound->mask = mask[options->audio_layout];
        sound->n_channels = channels[options->audio_layout];
    }
    if (options->audio_rate != VH_AUTO_INT)
        sound->sample_rate = options->audio_rate;
}

/* What to encode with, into `container`. */
static int route_encoded_sound(
    const struct vh_sound_route *route, struct vh_plan_stream *track, const struct vh_log *log)
{
    const struct vh_track_options *options = &route->request->track;
    const struct vh_stream_info *stream = route->stream;
    const char *name = options->audio_codec ? options->audio_codec : route->container->sound_default;
    track->fate = VH_TRACK_ENCODE;
    track->encoder = name ? vh_encoder_find(name) : NULL;
    if (!track->encoder || !track->encoder->is_sound)
        return vh_fail(log, VH_ERR_USAGE,
            "--audio-codec %s: no such sound encoder; `vhsup help encoders` lists them",
            name ? name : "(none)");
    int status = vh_container_check(route->container, track->encoder->codec_id, "sound", log);
    if (status != VH_OK)
        return status;
    if (!stream->decoder)
        return vh_fail(log, VH_ERR_UNSUPPORTED,
            "sound stream %d: this FFmpeg has no decoder for %s; use --audio copy or --audio none",
            stream->index, stream->codec);
    struct vh_sound_format wanted = stream->sound;
    wanted_sound(&wanted, options);
    track->sound_in = stream->sound;
    return vh_encoder_fit_sound(track->encoder, &wanted, &track->sound_out, log);
}

static int route_copied_sound(
    const struct vh_sound_route *route, struct vh_plan_stream *track, const struct vh_log *log)
{
    const struct vh_stream_info *stream = route->stream;
    track->fate = VH_TRACK_COPY;
    snprintf(track->reason, sizeof track->reason, "--audio copy");
    if (route->request->time.timeline == VH_TIMES_KEEP)
        return vh_fail(log, VH_ERR_USAGE,
            "--audio copy contradicts --timeline keep, which cuts the sound: leave one of them out");
    if (sound_is_changed(&route->request->track) || vh_sound_options_ask(&route->request->sound))
        return vh_fail(
            log, VH_ERR_USAGE, "--audio copy contradicts the other --audio options: leave one out");
    return stream->copyable
               ? vh_container_check(route->container, stream->codec_id, "--audio copy", log)
               : vh_fail(log, VH_ERR_UNSUPPORTED,
                     "sound stream %d cannot be copied: its header lacks parameters", stream->index);
}

int vh_plan_route_sound(
    const struct vh_sound_route *route, struct vh_plan_stream *track, const struct vh_log *log)
{
    const struct vh_track_options *options = &route->request->track;
    const struct vh_stream_info *stream = route->stream;
    bool holds = stream->copyable && vh_container_holds(route->container, stream->codec_id) &&
                 vh_container_keeps_start(route->container, stream);
    bool repairs = route->look && route->look->plan && route->look->plan->n_items > 0;
    if (options->audio == VH_AUDIO_NONE) {
        snprintf(track->reason, sizeof track->reason, "--audio none");
        return VH_OK;
    }
    if (options->audio == VH_AUDIO_COPY)
        return route_copied_sound(route, track, log);
    track->timed = route->timed;
    if (holds && !sound_is_changed(options) && !repairs && !route->timed) {
        track->fate = VH_TRACK_COPY;
        snprintf(track->reason, sizeof track->reason, "%s and %s holds %s",
            route->look && route->look->measured ? "nothing wrong was measured" : "nothing to change",
            route->container->name, stream->codec);
        return VH_OK;
    }
    snprintf(track->reason, sizeof track->reason, "%s",
        repairs                     ? "repaired"
        : route->timed              ? "its time is made to fit the picture"
        : sound_is_changed(options) ? "asked for by --audio options"
                                    : "the container does not hold the source's codec");
    track->repairs = repairs ? route->look->plan : NULL;
    return route_encoded_sound(route, track, log);
}

static void route_other(
    struct vh_plan *plan, struct vh_plan_stream *track, const struct vh_stream_info *stream)
{
    struct vh_stream_route route = {0};
    vh_container_route(&plan->container, stream, &route);
    track->fate = route.fate == VH_FATE_COPY      ? VH_TRACK_COPY
                  : route.fate == VH_FATE_CONVERT ? VH_TRACK_CONVERT
                                                  : VH_TRACK_DROP;
    track->codec_id = route.codec_id;
    snprintf(track->reason, sizeof track->reason, "%s", route.reason ? route.reason : "as it is");
}

static int route_stream(struct vh_plan *plan, struct vh_plan_stream *track,
    const struct vh_stream_info *stream, const struct vh_sound_looks *looks, const struct vh_log *log)
{
    track->source = stream->index;
    track->kind = stream->kind;
    if (stream->index == plan->info->video) {
        track->fate = VH_TRACK_PICTURE;
        return VH_OK;
    }
    if (stream->kind == VH_STREAM_VIDEO) {
        snprintf(track->reason, sizeof track->reason, "only the main picture is restored");
        return VH_OK;
    }
    struct vh_sound_route sound = {.container = &plan->container,
        .request = plan->request,
        .stream = stream,
        .look = vh_sound_look_find(looks, stream->index),
        .timed = plan->keeps_frames || plan->sound_stretch != 0};
    if (stream->kind == VH_STREAM_AUDIO)
        return vh_plan_route_sound(&sound, track, log);
    route_other(plan, track, stream);
    return VH_OK;
}

int vh_plan_route_streams(struct vh_plan *plan, const struct vh_sound_looks *looks, const struct vh_log *log)
{
    const struct vh_request *request = plan->request;
    const struct vh_media_info *info = plan->info;
    /* A dry run needs no output; Matroska is what it would be. */
    const char *path = request->run.output ? request->run.output : "out.mkv";
    int status = vh_container_find(&plan->container, path, request->encode.format, log);
    if (status != VH_OK)
        return status;
    char what[48];
    snprintf(what, sizeof what, "--encoder %s", plan->encoder->name);
    status = vh_container_check(&plan->container, plan->encoder->codec_id, what, log);
    if (status != VH_OK)
        return status;
    plan->keeps_captions = vh_encoder_carries_captions(plan->encoder);
    plan->stream = vh_alloc((size_t)info->n_streams + 1, sizeof *plan->stream);
    if (!plan->stream)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < info->n_streams && status == VH_OK; i++)
        status = route_stream(plan, &plan->stream[plan->n_streams++], &info->stream[i], looks, log);
    return status;
}

/* Appends `text` to the escaped "key=value:…" list. */
static int append_extra(char **extra, const char *text)
{
    char *joined = *extra ? vh_format("%s:%s", *extra, text) : vh_strdup(text);
    if (!joined)
        return VH_ERR_RESOURCE;
    vh_free(*extra);
    *extra = joined;
    return VH_OK;
}

int vh_plan_encoder_options(
    const struct vh_plan *plan, struct vh_encoder_options *options, char **extra, const struct vh_log *log)
{
    const struct vh_request *request = plan->request;
    const struct vh_encode_options *o = &request->encode;
    *extra = NULL;
    for (int i = 0; i < o->encoder_options.n; i++) {
        if (!strchr(o->encoder_options.item[i], '='))
            return vh_fail(
                log, VH_ERR_USAGE, "--encoder-option %s: expected key=value", o->encoder_options.item[i]);
        if (append_extra(extra, o->encoder_options.item[i]) != VH_OK)
            return VH_ERR_RESOURCE;
    }
    if (!isnan(o->crf) && o->quality != VH_AUTO_INT)
        return vh_fail(log, VH_ERR_USAGE, "--crf and --quality are two ways to say one thing: leave one out");
    *options = (struct vh_encoder_options){.name = plan->encoder->name,
        .native_quality = o->crf,
        .quality = o->quality == VH_AUTO_INT ? NAN : o->quality,
        .preset = o->encoder_preset,
        .extra = *extra,
        .n_threads = o->encoder_threads != VH_AUTO_INT ? o->encoder_threads : vh_pool_threads(plan->pool),
        .bitexact = request->run.bitexact,
        .global_header = plan->container.global_header,
        .code_interlaced = plan->kind == VH_KIND_WOVEN};
    return VH_OK;
}
