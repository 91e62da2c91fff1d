/* The demuxer: opens a capture (file, pipe, URL) read-only and gives its packets in source time.
 *
 * Time stamps of packets are in the stream's time base (vh_stream_info), counted from source time 0 (see
 * probe.h), or from the start of the range when one is set: a packet before it has negative time and is there
 * only to prime decoders. Jumps of discontinuous formats (more than 10 s, or backwards by more than 1 s:
 * streams glued together) are taken out of all streams alike, so that sound and picture stay in step,
 * reported, and told as warnings with their place. Damaged packets, read errors and an early end are counted
 * and reported with their time code; reading goes on.
 *
 * Packets read while looking ahead (vh_input_mark … vh_input_rewind) are kept and given again, so pipes can
 * be measured before they are restored.
 *
 * One thread at a time. Blocks on the disk or network; ends early on cancel.
 */
#ifndef VH_MEDIA_INPUT_H
#define VH_MEDIA_INPUT_H

#include "media/probe.h"

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

struct vh_input;

enum { VH_DAMAGE_SPANS = 16 };

/* Where damage lies: places less than two seconds apart are one span. The last span takes what there is no
 * room for. */
struct vh_damage_spans {
    struct {
        int64_t first_us, last_us; /* source time */
        int64_t n;                 /* damaged packets or pictures */
    } span[VH_DAMAGE_SPANS];
    int n_spans;
};

/* "00:00:01.866 to 00:00:05.600 (95), 00:01:02.000 (1)"; at most `size` bytes; returns `text`. */
char *vh_damage_print(const struct vh_damage_spans *spans, char *text, size_t size);

/* What went wrong while reading, so far. */
struct vh_input_damage {
    int64_t n_corrupt_packets; /* flagged by the demuxer; still handed on, decoders make the best of them */
    int64_t n_read_errors;     /* places where nothing could be read and the demuxer went on behind */
    int64_t n_jumps;           /* discontinuities taken out */
    int64_t n_untimed;         /* packets without any time stamp */
    bool ends_early;           /* the end came more than 1 s and 1 % before the stated duration */
    int64_t first_us;          /* source time of the first damage, VH_TIME_NONE = none */
    struct vh_damage_spans spans;
};

/* Opens `url`: a path (any character is legal in it, a colon too), "-" for standard input, or protocol://…
 * `options` may be NULL. VH_OK, or with *input NULL one reported error:
 * VH_ERR_INPUT (missing, a directory, empty, not media, no stream at all, sizes beyond the limit),
 * VH_ERR_USAGE (unknown demuxer or demuxer option, protocol not allowed), VH_ERR_RESOURCE, VH_ERR_CANCELLED.
 */
int vh_input_open(struct vh_input **input, const char *url, const struct vh_probe_options *options,
    const struct vh_log *log);

/* The same for a capture that is spread over `n` files, one behind the other: each begins where the picture
 * of the one before ends. The streams have to agree in number and codec; sizes may change (decoders report
 * it). Durations are added, chapters appended. Only files can be joined, and each but the last must say how
 * long it is. Packets carry the coding of their part in packet->opaque, for vh_decoder_send; it lives as long
 * as the input. */
int vh_input_open_joined(struct vh_input **input, const char *const *url, int n,
    const struct vh_probe_options *options, const struct vh_log *log);

/* Frees everything. NULL and *input == NULL are legal. */
void vh_input_close(struct vh_input **input);

/* Valid until close. */
const struct vh_media_info *vh_input_info(const struct vh_input *input);

/* Codec parameters of a stream; valid until close. */
const AVCodecParameters *vh_input_parameters(const struct vh_input *input, int stream);

/* Chooses which streams are read; all at first. Others are skipped as early as the container allows. */
void vh_input_select(struct vh_input *input, int stream, bool wanted);

/* Sets the range [start_us, end_us) of source time that is wanted (VH_TIME_NONE = from the start / to the
 * end). Seeks to the last place from which everything at start_us can be decoded, or skips forward where it
 * cannot seek. From then on time 0 is start_us. Call before the first read. VH_OK, VH_ERR_USAGE when the
 * range is empty or begins behind the stated end, VH_ERR_INPUT when seeking failed. */
int vh_input_set_range(struct vh_input *input, int64_t start_us, int64_t end_us);

/* Source time of packet time 0: the start of the range, or 0. */
int64_t vh_input_start_us(const struct vh_input *input);

/* End of the range in packet time, VH_TIME_NONE = none. */
int64_t vh_input_end_us(const struct vh_input *input);

/* Moves the next packet of a selected stream into `packet` (which must be blank); packet->time_base is set.
 * VH_OK, VH_EOF when the file or the range is at its end (all selected streams have passed it),
 * VH_ERR_CANCELLED, VH_ERR_INPUT when nothing can be read any more at all (one hundred read errors in a row).
 */
int vh_input_read(struct vh_input *input, AVPacket *packet);

/* From here on packets are kept as they are read, up to `max_bytes`; when that is reached vh_input_read
 * returns VH_EOF until vh_input_rewind. */
void vh_input_mark(struct vh_input *input, size_t max_bytes);

/* Goes back to the mark. Always possible; the kept packets are given again before new ones are read. */
void vh_input_rewind(struct vh_input *input);

/* Goes to another place of a seekable input for a look (survey): the next packets are those from which source
 * time `time_us` can be decoded. `time_us` VH_TIME_NONE goes back to where a fresh or ranged input begins.
 * VH_OK, VH_ERR_UNSUPPORTED when not seekable, VH_ERR_INPUT. */
int vh_input_seek(struct vh_input *input, int64_t time_us);

void vh_input_get_damage(const struct vh_input *input, struct vh_input_damage *damage);

/* Fraction 0 … 1 of the wanted range that was read, from time stamps or, without a duration, from bytes; -1 =
 * unknown. */
double vh_input_progress(const struct vh_input *input);

#endif
