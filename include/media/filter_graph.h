/* One AVFilterGraph from an ordered list of segments, with seams between them.
 *
 * A segment is a list of steps, each a piece of libavfilter's own syntax with one free input and one free
 * output
 * ("bwdif=mode=send_field:parity=tff:deint=all", or with branches
 * "split[a][b];[a]lut3d=f.cube[c];[b][c]blend=…"). Each segment gets a source in front and a sink behind;
 * between two segments stands whatever the caller does natively. All of them live in one AVFilterGraph.
 * Automatic conversion is off: where formats disagree, configuration fails and names the two filters; every
 * conversion is a step of its own. Every `scale` gets accurate_rnd+bitexact+full_chroma_int.
 *
 * The same for sound, one graph per track.
 *
 * An AVFilterGraph is not thread-safe: one thread makes every call on a vh_graph. No call waits for anything
 * but the filters' own work. Filters may use libav's slice threads (n_threads). Errors name filter and
 * option.
 */
#ifndef VH_MEDIA_FILTER_GRAPH_H
#define VH_MEDIA_FILTER_GRAPH_H

#include "core/log.h"
#include "frame/format.h"
#include "frame/sound.h"

#include <libavutil/frame.h>

/* Picture or sound, as it enters or leaves a segment. */
struct vh_graph_format {
    bool is_sound;
    struct vh_format video;       /* when !is_sound */
    struct vh_sound_format sound; /* when is_sound */
};

struct vh_graph_segment {
    const char *const *step; /* n_steps descriptions; none = frames pass through */
    int n_steps;
};

struct vh_graph;

/* Checks one description without building anything that lasts: syntax, filter names, option names, values'
 * ranges. `what` names it in messages ("--vf-pre"). The description must leave one input and one output of
 * `is_sound`'s kind free. VH_OK, VH_ERR_USAGE with messages like `--vf-pre: filter hqdn3d has no option luma
 * (luma_spatial, …)`, VH_ERR_UNSUPPORTED for a filter that this build lacks. */
int vh_graph_check(const char *what, const char *description, bool is_sound, const struct vh_log *log);

/* Configures one segment alone and tells what comes out: size, pixel format, SAR, rate and time base; sample
 * format, rate and channels. Colour facts and field order do not travel on links of all FFmpeg versions: they
 * are copied from `in` and the planner, who knows what it asked for, corrects them. `in` needs pixel format,
 * size, time base (1/rate if 0) and for filters that need it the frame rate. VH_OK, VH_ERR_USAGE,
 * VH_ERR_UNSUPPORTED, VH_ERR_RESOURCE, VH_ERR_EXTERNAL. */
int vh_graph_try(const struct vh_graph_segment *segment, const struct vh_graph_format *in,
    struct vh_graph_format *out, const struct vh_log *log);

struct vh_graph_config {
    const struct vh_graph_segment *segment;
    const struct vh_graph_format *in; /* what enters each segment */
    int n_segments;
    int n_threads;    /* libavfilter's slice threads, 0 = 1; 1 = none */
    int frame_size;   /* sound only: samples per output frame that a fixed-size encoder wants (the last
                         frame may be shorter), 0 = as they come */
    const char *name; /* for messages: "picture", "sound 1" */
};

/* Builds the combined graph. Strings are copied. VH_OK or, with *graph NULL, a reported error as for
 * vh_graph_try. */
int vh_graph_open(struct vh_graph **graph, const struct vh_graph_config *config, const struct vh_log *log);
void vh_graph_close(struct vh_graph **graph);

/* Moves one frame into the source of `segment` (NULL = the end; further calls are then errors). The frame's
 * samples are not copied; on success *the reference* is taken and `frame` is blank, on failure it is
 * unchanged. Only queues: work happens in poll. A frame that does not fit the source's format is refused:
 * VH_ERR_INTERNAL. VH_OK, VH_ERR_RESOURCE. */
int vh_graph_push(struct vh_graph *graph, int segment, AVFrame *frame);

/* Runs filters as needed and moves the next frame of the segment's sink into `frame` (must be blank);
 * frame->time_base is set. VH_OK; VH_AGAIN: nothing now, push into the segment's source; VH_EOF; an error
 * that was reported. When the source is at its end and a filter neither gives frames nor ends (atadenoise of
 * FFmpeg 5.1 with three frames), that is VH_ERR_EXTERNAL naming the filter. */
int vh_graph_poll(struct vh_graph *graph, int segment, AVFrame *frame);

/* True when the segment's filters asked for a frame that was not there at the last poll, or nothing was
 * pushed yet. */
bool vh_graph_hungry(const struct vh_graph *graph, int segment);

/* Frames pushed since the segment last ran dry (vh_graph_poll gave VH_AGAIN): an upper bound of what waits
 * inside. */
int vh_graph_queued(const struct vh_graph *graph, int segment);

/* What leaves the segment, as vh_graph_try tells it. */
void vh_graph_output(const struct vh_graph *graph, int segment, struct vh_graph_format *out);

/* Sends a command to filters of that name ("eq", "*"), as sendcmd does. VH_OK, VH_ERR_UNSUPPORTED,
 * VH_ERR_USAGE. */
int vh_graph_command(struct vh_graph *graph, const char *filter, const char *command, const char *value);

/* The graph in libavfilter's syntax, one segment per line with its formats ("[in0: 720x576 …] bwdif=… [out0:
 * …]"), exactly what runs; a new string (vh_free), or NULL when out of memory. */
char *vh_graph_print(const struct vh_graph *graph);

/* Quotes `value` for use as an option's value in a step: backslashes, quotes, colons, commas, brackets; for
 * paths with spaces and quotes. A new string (vh_free), or NULL when out of memory. */
char *vh_graph_quote(const char *value);

#endif
