/* The input's insides, shared by input.c (reading) and input_open.c (opening, seeking). */
#ifndef VH_MEDIA_INPUT_INTERNAL_H
#define VH_MEDIA_INPUT_INTERNAL_H

#include "core/clock.h"
#include "media/input.h"
#include "media_internal.h"

#include <stdatomic.h>

#define VH_INPUT_PREROLL_US                                                                                  \
    INT64_C(2000000) /* sought before the start, for open groups of pictures and late sound */

enum {
    VH_INPUT_MAX_ERRORS = 100,
    VH_INPUT_EPOCHS = 8,      /* stretches of time stamps that streams may still be in */
    VH_INPUT_JUMPS_TOLD = 16, /* warnings; the rest is counted */
};

struct vh_input_stream {
    AVCodecParameters *parameters; /* owned copy */
    bool wanted;
    bool done;         /* has passed the end of the range */
    int64_t next_us;   /* where the next packet is expected, VH_TIME_NONE = nothing read yet */
    int64_t epoch;     /* number of the one its last packet was in */
    int64_t filled_us; /* up to here the epoch before has given its sound; VH_TIME_NONE = no jump yet */
};

/* A stretch between jumps of the time stamps (input_time.c). */
struct vh_input_epoch {
    int64_t offset_us; /* added to the container's times */
};

/* One file of a capture that may be spread over several. */
struct vh_input_part {
    char *url;      /* as given, for messages */
    char *open_url; /* as handed to libavformat */
    bool is_network;
    bool seekable;
    int64_t start_us;               /* source time at which it begins, from the stated durations */
    int64_t origin_us;              /* the container's own time of its beginning */
    AVCodecParameters **parameters; /* of each stream, when there are several parts; packets point to them */
};

struct vh_input {
    AVFormatContext *context; /* of the part `at` */
    struct vh_input_part *part;
    int n_parts, at;
    const char *url;                 /* of the first part */
    struct vh_probe_options options; /* zero members replaced by defaults; strings owned */
    struct vh_log log;
    struct vh_media_info info;
    struct vh_input_stream *stream; /* info.n_streams */
    struct vh_input_damage damage;
    struct vh_input_damage damage_before; /* what was known when the survey began */

    int64_t start_us;                             /* source time of packet time 0 */
    int64_t end_us;                               /* of the range in packet time, or VH_TIME_NONE */
    struct vh_input_epoch epoch[VH_INPUT_EPOCHS]; /* the last ones; number e is at e % VH_INPUT_EPOCHS */
    int64_t n_epochs;                             /* since the beginning, the last seek or part */
    int64_t last_us;                              /* latest packet time read, INT64_MIN = none */
    bool end_noted;
    bool end_told;  /* the warning of an early end is given once, however often the file is read */
    int jumps_told; /* likewise for jumps of the time stamps */
    bool looking;   /* a survey: ends mean nothing */
    bool consumed;  /* packets have been read from the context */

    AVPacket **kept; /* packets from the mark on; replay is the next to give again */
    int n_kept, kept_room, replay;
    size_t kept_bytes, mark_limit;
    bool marked;

    _Atomic int64_t
        read_began_ns; /* for the interrupt callback, which libavformat may call from another thread */
    atomic_bool timed_out;
};

/* Opens the current part's context: demuxer found, parameters known. VH_OK or a reported error, *context
 * NULL. */
int vh_input_open_context(struct vh_input *input, AVFormatContext **context);

/* Opens each part once to learn where it begins; ends at the first. */
int vh_input_survey_parts(struct vh_input *input);

/* At the end of a part: goes on with the next one. */
int vh_input_next_part(struct vh_input *input);

/* Forgets all jumps: from here on `offset_us` is added to the container's times, of all streams. */
void vh_input_begin_epochs(struct vh_input *input, int64_t offset_us);

/* What to add to a packet's time `raw_us` (VH_TIME_NONE = it has none) of stream `index`. Finds, reports and
 * takes out jumps. */
int64_t vh_input_offset_us(struct vh_input *input, int index, int64_t raw_us);

/* A packet of sound, its time already source time, whose place the epoch before has filled. */
bool vh_input_is_filled(const struct vh_input *input, const AVPacket *packet);

/* Picture or sound: its time stamps tell where the capture is. */
bool vh_input_is_timed(const struct vh_input *input, int stream);

void vh_input_report(struct vh_input *input, const char *what, int stream, int64_t source_us);
void vh_input_drop_kept(struct vh_input *input, int n);
void vh_input_apply_selection(struct vh_input *input);

#endif
