/* Going elsewhere in an input: seeking, and from one part of a capture to the next. */
#include "media/input.h"

#include "core/memory.h"
#include "core/status.h"
#include "input_internal.h"

#include <libavcodec/avcodec.h>
#include <string.h>

void vh_input_apply_selection(struct vh_input *input)
{
    for (unsigned i = 0; i < input->context->nb_streams; i++)
        input->context->streams[i]->discard =
            (int)i < input->info.n_streams && input->stream[i].wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

static void forget_position(struct vh_input *input)
{
    const struct vh_input_part *part = &input->part[input->at];
    vh_input_drop_kept(input, input->n_kept);
    input->marked = false;
    input->last_us = INT64_MIN;
    input->end_noted = false;
    vh_input_begin_epochs(input, part->start_us - part->origin_us - input->start_us);
    for (int i = 0; i < input->info.n_streams; i++)
        input->stream[i].done = false;
}

/* ---- parts ---- */

/* The streams of a part have to be those of the first. */
static int check_part(struct vh_input *input, const AVFormatContext *context)
{
    const char *url = input->part[input->at].url;
    if ((int)context->nb_streams < input->info.n_streams)
        return vh_fail(&input->log, VH_ERR_INPUT,
            input->n_parts > 1 ? "%s cannot be joined: it has %u streams, %s has %d"
                               : "%s changed while it was read",
            url, context->nb_streams, input->url, input->info.n_streams);
    for (int i = 0; i < input->info.n_streams; i++)
        if (context->streams[i]->codecpar->codec_id != input->info.stream[i].codec_id)
            return vh_fail(&input->log, VH_ERR_INPUT,
                "%s cannot be joined: its stream %d is %s, in %s it is %s", url, i,
                avcodec_get_name(context->streams[i]->codecpar->codec_id), input->url,
                input->info.stream[i].codec);
    return VH_OK;
}

/* Kept until the input is closed, since packets point to them. */
static int keep_parameters(struct vh_input *input)
{
    struct vh_input_part *part = &input->part[input->at];
    part->parameters = vh_alloc((size_t)input->info.n_streams + 1, sizeof(AVCodecParameters *));
    for (int i = 0; part->parameters && i < input->info.n_streams; i++) {
        part->parameters[i] = avcodec_parameters_alloc();
        if (!part->parameters[i] ||
            avcodec_parameters_copy(part->parameters[i], input->context->streams[i]->codecpar) < 0)
            return VH_ERR_RESOURCE;
    }
    return part->parameters ? VH_OK : VH_ERR_RESOURCE;
}

/* Opens part `at` from its beginning. A fresh context is also the only way back to the first packet that
 * works for every format. */
static int open_part(struct vh_input *input, int at)
{
    AVFormatContext *fresh = NULL;
    int status;
    avformat_close_input(&input->context);
    input->at = at;
    status = vh_input_open_context(input, &fresh);
    if (status == VH_OK)
        status = check_part(input, fresh);
    if (status != VH_OK) {
        avformat_close_input(&fresh);
        return status;
    }
    input->context = fresh;
    input->consumed = false;
    vh_input_apply_selection(input);
    return VH_OK;
}

static int reopen(struct vh_input *input, int at)
{
    int status = open_part(input, at);
    if (status == VH_OK)
        forget_position(input);
    return status;
}

static void take_chapters(struct vh_input *input, const AVFormatContext *context)
{
    const struct vh_input_part *part = &input->part[input->at];
    struct vh_media_info *info = &input->info;
    int n = info->n_chapters + (int)context->nb_chapters;
    struct vh_chapter_info *all = vh_alloc((size_t)n + 1, sizeof *all);
    if (!all || !context->nb_chapters) {
        vh_free(all);
        return;
    }
    memcpy(all, info->chapter, (size_t)info->n_chapters * sizeof *all);
    for (unsigned i = 0; i < context->nb_chapters; i++) {
        const AVChapter *c = context->chapters[i];
        AVDictionary *tags = NULL;
        int64_t shift = part->start_us - part->origin_us, end = vh_time_us(c->end, c->time_base);
        av_dict_copy(&tags, c->metadata, 0);
        all[info->n_chapters++] = (struct vh_chapter_info){.id = n,
            .start_us = vh_time_us(c->start, c->time_base) + shift,
            .end_us = end == VH_TIME_NONE ? end : end + shift,
            .tags = tags};
    }
    vh_free(info->chapter);
    info->chapter = all;
}

int vh_input_survey_parts(struct vh_input *input)
{
    struct vh_media_info *info = &input->info;
    int64_t end = info->duration_us, length;
    int status = keep_parameters(input);
    for (int i = 1; i < input->n_parts && status == VH_OK; i++) {
        struct vh_input_part *part = &input->part[i];
        if (end == VH_TIME_NONE)
            return vh_fail(&input->log, VH_ERR_INPUT,
                "%s cannot be followed by another file: it does not say how long it is", part[-1].url);
        status = open_part(input, i);
        if (status != VH_OK)
            return status;
        part->start_us = end;
        part->origin_us = input->context->start_time == AV_NOPTS_VALUE ? 0 : input->context->start_time;
        part->seekable = input->context->pb && (input->context->pb->seekable & AVIO_SEEKABLE_NORMAL);
        length = vh_probe_duration(input->context);
        end = length == VH_TIME_NONE ? length : end + length;
        info->size_bytes += avio_size(input->context->pb);
        take_chapters(input, input->context);
        status = keep_parameters(input);
    }
    if (status != VH_OK)
        return status;
    info->duration_us = end;
    for (int i = 0; i < info->n_streams; i++)
        info->stream[i].n_frames = 0; /* known of the first part only */
    return open_part(input, 0);
}

/* The next part begins where the picture of this one ends, whatever the sound does. */
int vh_input_next_part(struct vh_input *input)
{
    int video = input->info.video, status;
    int64_t joint = input->last_us;
    if (video >= 0 && input->stream[video].wanted && input->stream[video].next_us != VH_TIME_NONE)
        joint = input->stream[video].next_us;
    status = open_part(input, input->at + 1);
    if (status != VH_OK)
        return status;
    vh_input_begin_epochs(
        input, (joint == INT64_MIN ? input->part[input->at].start_us - input->start_us : joint) -
                   input->part[input->at].origin_us);
    return VH_OK;
}

static int part_of(const struct vh_input *input, int64_t source_us)
{
    int at = 0;
    while (at + 1 < input->n_parts && input->part[at + 1].start_us <= source_us)
        at++;
    return at;
}

/* ---- seeking ---- */

static int main_stream(const struct vh_input *input)
{
    int video = input->info.video, audio = input->info.audio;
    return video >= 0 && input->stream[video].wanted ? video : audio;
}

/* After a seek: does the main stream begin at or before packet time `wanted_us`? The packets looked at are
 * kept. */
static bool landed_before(struct vh_input *input, int64_t wanted_us)
{
    AVPacket *packet = av_packet_alloc();
    bool landed = false;
    int main = main_stream(input);
    vh_input_mark(input, 64 << 20);
    while (packet && vh_input_read(input, packet) == VH_OK) {
        int64_t stamp = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        bool is_main = packet->stream_index == main && stamp != AV_NOPTS_VALUE;
        landed = is_main && vh_time_us(stamp, packet->time_base) <= wanted_us;
        av_packet_unref(packet);
        if (is_main)
            break;
    }
    vh_input_rewind(input);
    av_packet_free(&packet);
    return landed;
}

/* Goes to where source time `source_us` can be decoded from: a seek, or the beginning of its part. */
static int go_to(struct vh_input *input, int64_t source_us)
{
    int at = part_of(input, source_us);
    const struct vh_input_part *part = &input->part[at];
    int64_t inside = source_us - part->start_us, target = inside - VH_INPUT_PREROLL_US + part->origin_us;
    int status;
    if (at != input->at && (status = reopen(input, at)) != VH_OK)
        return status;
    if (inside > VH_INPUT_PREROLL_US && part->seekable &&
        avformat_seek_file(input->context, -1, INT64_MIN, target, target, 0) >= 0) {
        input->consumed = true;
        forget_position(input);
        if (landed_before(input, source_us - input->start_us))
            return VH_OK;
        vh_debug(&input->log, "%s: seeking misses, reading from the beginning", part->url);
    }
    if (part->seekable && (input->consumed || input->n_kept || input->last_us != INT64_MIN))
        return reopen(input, at);
    forget_position(input);
    return VH_OK;
}

int vh_input_set_range(struct vh_input *input, int64_t start_us, int64_t end_us)
{
    int64_t start = start_us == VH_TIME_NONE ? 0 : start_us, stated = input->info.duration_us;
    char a[32], b[32];
    if (start < 0)
        return vh_fail(
            &input->log, VH_ERR_USAGE, "start %s lies before the beginning", vh_time_print(start, a));
    if (end_us != VH_TIME_NONE && end_us <= start)
        return vh_fail(&input->log, VH_ERR_USAGE, "the range from %s to %s is empty", vh_time_print(start, a),
            vh_time_print(end_us, b));
    if (stated != VH_TIME_NONE && start >= stated)
        return vh_fail(&input->log, VH_ERR_USAGE, "start %s lies behind the end of %s (%s)",
            vh_time_print(start, a), input->url, vh_time_print(stated, b));
    input->start_us = start;
    input->end_us = end_us == VH_TIME_NONE ? VH_TIME_NONE : end_us - start;
    return go_to(input, start);
}

int vh_input_seek(struct vh_input *input, int64_t time_us)
{
    if (!input->info.seekable)
        return VH_ERR_UNSUPPORTED;
    if (time_us == VH_TIME_NONE) {
        input->looking = false;
        input->damage = input->damage_before;
        return go_to(input, input->start_us);
    }
    if (!input->looking)
        input->damage_before = input->damage;
    input->looking = true;
    return go_to(input, time_us);
}
