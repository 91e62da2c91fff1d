/* Times of packets: from the container's clock to source time, over jumps.
 *
 * A transport stream glued from several starts its clock anew in mid-file, and so does one whose sender was
 * restarted; the pictures go on. Each such stretch is an epoch with an offset of its own, added to all its
 * streams alike, so that sound and picture stay as they were to each other. The first stream that comes to a
 * jump opens the epoch so that it goes on seamlessly itself; the others follow when their packets lie nearer
 * to it than to the epoch they are in, for streams are muxed up to a second apart and stragglers still count
 * by the old clock. The picture decides where an epoch begins, as it does for joined files: when sound was
 * first, the whole epoch moves to where the picture ended. What sound there is of the old epoch behind that
 * place has been given already; as much of the new one's is left out.
 *
 * A jump is what ffmpeg takes for one in these formats: ten seconds forwards; backwards one second is enough
 * here, since a stream that is glued is seldom shorter and decoding times never go back.
 */
#include "core/status.h"
#include "input_internal.h"

#define GAP_US  (10 * INT64_C(1000000))
#define BACK_US INT64_C(1000000)
#define SAME_US INT64_C(100000) /* so close, a stream has come back to an epoch it had left */

bool vh_input_is_timed(const struct vh_input *input, int stream)
{
    enum vh_stream_kind kind = input->info.stream[stream].kind;
    return kind == VH_STREAM_VIDEO || kind == VH_STREAM_AUDIO;
}

void vh_input_begin_epochs(struct vh_input *input, int64_t offset_us)
{
    input->epoch[0].offset_us = offset_us;
    input->n_epochs = 1;
    for (int i = 0; i < input->info.n_streams; i++) {
        input->stream[i].epoch = 0;
        input->stream[i].next_us = input->stream[i].filled_us = VH_TIME_NONE;
    }
}

static struct vh_input_epoch *epoch_of(struct vh_input *input, int64_t number)
{
    return &input->epoch[number % VH_INPUT_EPOCHS];
}

/* How far a packet would lie from where its stream goes on, in this epoch. */
static int64_t apart_us(
    struct vh_input *input, const struct vh_input_stream *s, int64_t number, int64_t raw_us)
{
    return raw_us + epoch_of(input, number)->offset_us - s->next_us;
}

/* The epoch in which the stream goes on best, or -1. */
static int64_t find_epoch(struct vh_input *input, const struct vh_input_stream *s, int64_t raw_us)
{
    int64_t best = -1, best_apart = 0;
    int64_t first = input->n_epochs > VH_INPUT_EPOCHS ? input->n_epochs - VH_INPUT_EPOCHS : 0;
    for (int64_t e = first; e < input->n_epochs; e++) {
        int64_t apart = apart_us(input, s, e, raw_us), size = apart < 0 ? -apart : apart;
        if (apart < -BACK_US || apart > GAP_US || (e < s->epoch && size > SAME_US))
            continue;
        if (best < 0 || size < best_apart) {
            best = e;
            best_apart = size;
        }
    }
    return best;
}

static void open_epoch(struct vh_input *input, struct vh_input_stream *s, int index, int64_t raw_us)
{
    char at[32];
    int64_t source_us = s->next_us + input->start_us, jump = apart_us(input, s, s->epoch, raw_us);
    s->epoch = input->n_epochs++;
    epoch_of(input, s->epoch)->offset_us = s->next_us - raw_us;
    input->damage.n_jumps++;
    vh_input_report(input, "time stamps jump", index, source_us);
    if (!input->looking && input->jumps_told < VH_INPUT_JUMPS_TOLD &&
        input->jumps_told < input->damage.n_jumps) {
        input->jumps_told++;
        vh_warn(&input->log,
            "%s: time stamps jump %s by %.3f s at %s; picture and sound go on without a gap%s",
            input->part[input->at].url, jump < 0 ? "back" : "forwards",
            (double)(jump < 0 ? -jump : jump) * 1e-6, vh_time_print(source_us, at),
            input->jumps_told == VH_INPUT_JUMPS_TOLD ? " (further ones are not told)" : "");
    }
}

/* The picture comes to an epoch that sound has opened: it goes on where it ended itself. */
static void move_epoch(
    struct vh_input *input, const struct vh_input_stream *s, int64_t number, int64_t raw_us)
{
    epoch_of(input, number)->offset_us -= apart_us(input, s, number, raw_us);
    for (int i = 0; i < input->info.n_streams; i++)
        if (input->stream[i].epoch == number)
            input->stream[i].filled_us = input->stream[i].next_us;
}

bool vh_input_is_filled(const struct vh_input *input, const AVPacket *packet)
{
    const struct vh_input_stream *s = &input->stream[packet->stream_index];
    int64_t stamp = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    return input->info.stream[packet->stream_index].kind == VH_STREAM_AUDIO && s->filled_us != VH_TIME_NONE &&
           stamp != AV_NOPTS_VALUE &&
           vh_time_us(stamp + packet->duration / 2, packet->time_base) < s->filled_us;
}

int64_t vh_input_offset_us(struct vh_input *input, int index, int64_t raw_us)
{
    struct vh_input_stream *s = &input->stream[index];
    int64_t found;
    if (!input->info.discontinuous || raw_us == VH_TIME_NONE || !vh_input_is_timed(input, index))
        return epoch_of(input, input->n_epochs - 1)->offset_us;
    if (s->next_us == VH_TIME_NONE) { /* the stream begins here */
        s->epoch = input->n_epochs - 1;
        return epoch_of(input, s->epoch)->offset_us;
    }
    found = find_epoch(input, s, raw_us);
    if (found < 0)
        open_epoch(input, s, index, raw_us);
    else if (found > s->epoch && index == input->info.video)
        move_epoch(input, s, found, raw_us);
    if (found != s->epoch)
        s->filled_us = s->next_us;
    if (found >= 0)
        s->epoch = found;
    return epoch_of(input, s->epoch)->offset_us;
}
