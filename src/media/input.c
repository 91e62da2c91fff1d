/* The demuxer. Opening and its errors are in input_open.c, jumps of the time stamps in input_time.c; here
 * packets are read, kept and counted. */
#include "media/input.h"

#include "core/status.h"
#include "input_internal.h"

#include <stdlib.h>

void vh_input_report(struct vh_input *input, const char *what, int stream, int64_t source_us)
{
    const struct vh_event_field field[] = {VH_EVENT_S("what", what), VH_EVENT_I("stream", stream)};
    const struct vh_event event = {
        .name = "input.damaged", .node = "input", .time_us = source_us, .field = field, .n_fields = 2};
    if (input->looking)
        return;
    if (input->damage.first_us == VH_TIME_NONE)
        input->damage.first_us = source_us;
    vh_damage_note(&input->damage.spans, source_us);
    vh_event_send(input->options.events, &event);
}

/* The wait limit of one read begins now. */
static void arm_timeout(struct vh_input *input)
{
    atomic_store_explicit(&input->read_began_ns, vh_clock_ns(), memory_order_relaxed);
}

/* ---- time ---- */

/* To the fine time base, in which any start of a range can be taken off without rounding to whole frames. */
static void refine_time(const struct vh_input *input, AVPacket *packet)
{
    AVRational fine = input->info.stream[packet->stream_index].time_base;
    av_packet_rescale_ts(packet, input->context->streams[packet->stream_index]->time_base, fine);
    packet->time_base = fine;
}

static void shift(AVPacket *packet, int64_t us)
{
    int64_t delta = av_rescale_q(us, AV_TIME_BASE_Q, packet->time_base);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += delta;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += delta;
}

static void time_packet(struct vh_input *input, AVPacket *packet)
{
    struct vh_input_stream *stream = &input->stream[packet->stream_index];
    int64_t stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts, us;
    shift(packet, vh_input_offset_us(input, packet->stream_index, vh_time_us(stamp, packet->time_base)));
    stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    us = vh_time_us(stamp, packet->time_base);
    if (us == VH_TIME_NONE) {
        input->damage.n_untimed += vh_input_is_timed(input, packet->stream_index);
        if (stream->next_us != VH_TIME_NONE)
            stream->next_us += av_rescale_q(packet->duration, packet->time_base, AV_TIME_BASE_Q);
        return;
    }
    stream->next_us = us + av_rescale_q(packet->duration, packet->time_base, AV_TIME_BASE_Q);
    if (vh_input_is_timed(input, packet->stream_index) && stream->next_us > input->last_us)
        input->last_us = stream->next_us;
}

/* ---- packets kept ---- */

static int keep(struct vh_input *input, const AVPacket *packet)
{
    AVPacket *copy = av_packet_clone(packet);
    if (!copy)
        return VH_ERR_RESOURCE;
    if (input->n_kept == input->kept_room) {
        int room = input->kept_room ? 2 * input->kept_room : 256;
        AVPacket **grown = realloc(input->kept, (size_t)room * sizeof(AVPacket *));
        if (!grown) {
            av_packet_free(&copy);
            return VH_ERR_RESOURCE;
        }
        input->kept = grown;
        input->kept_room = room;
    }
    input->kept[input->n_kept++] = copy;
    input->kept_bytes += (size_t)packet->size;
    return VH_OK;
}

/* Drops what was replayed already, when nothing needs it for another rewind. */
void vh_input_drop_kept(struct vh_input *input, int n)
{
    for (int i = 0; i < n; i++) {
        input->kept_bytes -= input->kept[i] ? (size_t)input->kept[i]->size : 0;
        av_packet_free(&input->kept[i]);
    }
    for (int i = n; i < input->n_kept; i++)
        input->kept[i - n] = input->kept[i];
    input->n_kept -= n;
    input->replay = input->replay > n ? input->replay - n : 0;
}

void vh_input_mark(struct vh_input *input, size_t max_bytes)
{
    vh_input_drop_kept(input, input->replay);
    input->marked = true;
    input->mark_limit = max_bytes;
}

void vh_input_rewind(struct vh_input *input)
{
    input->replay = 0;
    input->marked = false;
    for (int i = 0; i < input->info.n_streams; i++)
        input->stream[i].done = false;
}

/* Gives a kept packet again, or VH_AGAIN when there is none. */
static int replay(struct vh_input *input, AVPacket *packet)
{
    AVPacket *kept;
    if (input->replay >= input->n_kept)
        return VH_AGAIN;
    kept = input->kept[input->replay];
    if (input->marked) {
        input->replay++;
        return av_packet_ref(packet, kept) < 0 ? VH_ERR_RESOURCE : VH_OK;
    }
    input->kept[input->replay] = NULL;
    input->kept_bytes -= (size_t)kept->size;
    av_packet_move_ref(packet, kept);
    av_packet_free(&kept);
    if (++input->replay == input->n_kept)
        input->replay = input->n_kept = 0;
    return VH_OK;
}

/* ---- reading ---- */

static int note_read_error(struct vh_input *input, int error, int n_in_a_row)
{
    char text[32];
    int64_t at = input->last_us + input->start_us;
    if (vh_cancel_check(input->options.cancel))
        return VH_ERR_CANCELLED;
    if (atomic_load_explicit(&input->timed_out, memory_order_relaxed))
        return vh_fail(&input->log, VH_ERR_INPUT, "%s: no data for %g s", input->url,
            (double)input->options.timeout_us / 1e6);
    input->damage.n_read_errors++;
    vh_input_report(input, "read error", -1, at);
    if (n_in_a_row < VH_INPUT_MAX_ERRORS)
        return VH_AGAIN;
    return vh_fail(&input->log, VH_ERR_INPUT, "%s: cannot be read beyond %s: %s", input->url,
        vh_time_print(at, text), av_err2str(error));
}

static int read_raw(struct vh_input *input, AVPacket *packet)
{
    for (int n_errors = 0;;) {
        int error, status;
        arm_timeout(input);
        input->consumed = true;
        error = av_read_frame(input->context, packet);
        if (vh_cancel_check(input->options.cancel))
            return VH_ERR_CANCELLED;
        if (error >= 0) {
            if (packet->stream_index < input->info.n_streams)
                return VH_OK;
            av_packet_unref(packet); /* a stream that appeared after the probe */
        } else if (error == AVERROR_EOF && input->at + 1 < input->n_parts) {
            status = vh_input_next_part(input);
            if (status != VH_OK)
                return status;
        } else if (error == AVERROR_EOF) {
            return VH_EOF;
        } else if (error != AVERROR(EAGAIN)) {
            status = note_read_error(input, error, ++n_errors);
            if (status != VH_AGAIN)
                return status;
        }
    }
}

static void note_end(struct vh_input *input)
{
    int64_t stated = input->info.duration_us, end = input->last_us + input->start_us;
    char at[32], of[32];
    if (input->end_noted)
        return;
    input->end_noted = true;
    if (input->damage.n_jumps) /* what is stated was told by the same time stamps */
        return;
    if (stated == VH_TIME_NONE || input->last_us == INT64_MIN || stated - end < 1000000 ||
        stated - end < stated / 100)
        return;
    input->damage.ends_early = true;
    vh_input_report(input, "ends early", -1, end);
    if (input->end_told) /* by an earlier pass */
        return;
    input->end_told = true;
    vh_warn(&input->log, "%s ends at %s of the stated %s: the file is cut short", input->url,
        vh_time_print(end, at), vh_time_print(stated, of));
}

static int read_fresh(struct vh_input *input, AVPacket *packet)
{
    int status;
    if (input->marked && input->kept_bytes >= input->mark_limit)
        return VH_EOF;
    do {
        status = read_raw(input, packet);
        if (status == VH_EOF && !input->looking)
            note_end(input);
        if (status != VH_OK)
            return status;
        if (!input->stream[packet->stream_index].wanted) {
            av_packet_unref(packet);
            continue;
        }
        refine_time(input, packet);
        time_packet(input, packet);
        if (vh_input_is_filled(input, packet)) {
            av_packet_unref(packet);
            continue;
        }
        /* Decoders see by the pointer that another part has begun, and how it is coded. */
        if (input->n_parts > 1)
            packet->opaque = input->part[input->at].parameters[packet->stream_index];
        if (packet->flags & AV_PKT_FLAG_CORRUPT) {
            input->damage.n_corrupt_packets++;
            vh_input_report(input, "corrupt packet", packet->stream_index, input->last_us + input->start_us);
        }
    } while (!packet->data && !packet->side_data_elems);
    return input->marked && keep(input, packet) != VH_OK ? VH_ERR_RESOURCE : VH_OK;
}

/* Past the range? Then the packet is not needed; picture packets are judged by decoding time, because earlier
 * pictures may still follow them. */
static bool beyond_end(struct vh_input *input, const AVPacket *packet)
{
    struct vh_input_stream *stream = &input->stream[packet->stream_index];
    int64_t stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    if (input->end_us == VH_TIME_NONE || stamp == AV_NOPTS_VALUE)
        return stream->done;
    if (vh_time_us(stamp, packet->time_base) >= input->end_us)
        stream->done = true;
    return stream->done;
}

static bool all_done(const struct vh_input *input)
{
    bool any = false;
    for (int i = 0; i < input->info.n_streams; i++) {
        if (!input->stream[i].wanted || !vh_input_is_timed(input, i))
            continue;
        if (!input->stream[i].done)
            return false;
        any = true;
    }
    return any;
}

int vh_input_read(struct vh_input *input, AVPacket *packet)
{
    for (;;) {
        int status;
        if (vh_cancel_check(input->options.cancel))
            return VH_ERR_CANCELLED;
        if (all_done(input))
            return VH_EOF;
        status = replay(input, packet);
        if (status == VH_AGAIN) {
            status = read_fresh(input, packet);
            if (status == VH_OK && input->marked)
                input->replay = input->n_kept;
        }
        if (status != VH_OK)
            return status;
        if (input->stream[packet->stream_index].wanted && !beyond_end(input, packet))
            return VH_OK;
        av_packet_unref(packet);
    }
}

/* ---- facts ---- */

const struct vh_media_info *vh_input_info(const struct vh_input *input)
{
    return &input->info;
}

const AVCodecParameters *vh_input_parameters(const struct vh_input *input, int stream)
{
    return input->stream[stream].parameters;
}

void vh_input_select(struct vh_input *input, int stream, bool wanted)
{
    input->stream[stream].wanted = wanted;
    vh_input_apply_selection(input);
}

int64_t vh_input_start_us(const struct vh_input *input)
{
    return input->start_us;
}

int64_t vh_input_end_us(const struct vh_input *input)
{
    return input->end_us;
}

void vh_input_get_damage(const struct vh_input *input, struct vh_input_damage *damage)
{
    *damage = input->damage;
}

double vh_input_progress(const struct vh_input *input)
{
    int64_t length = input->end_us;
    double part;
    if (length == VH_TIME_NONE && input->info.duration_us != VH_TIME_NONE)
        length = input->info.duration_us - input->start_us;
    if (length != VH_TIME_NONE && length > 0 && input->last_us != INT64_MIN)
        part = (double)input->last_us / (double)length;
    else if (input->info.size_bytes > 0 && input->context->pb)
        part = (double)avio_tell(input->context->pb) / (double)input->info.size_bytes;
    else
        return -1;
    return part < 0 ? 0 : part > 1 ? 1 : part;
}
