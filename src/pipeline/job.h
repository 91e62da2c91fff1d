/* One running job: what its nodes share. Private to the pipeline.
 *
 *   input ──> video packets ──> decode ──> seam[0] ──> segment 0 ──> seam[1] … seam[n] ──> scale ──> encode
 * ──┐ ├─> sound packets ──> sound (one per encoded track) ───────────────────────────────────────────────┤>
 * output └─> copied packets ────────────────────────────────────────────────────────────────────────────────┘
 *
 * Segments of libavfilter are all driven by the one graph node; each native segment is a node of its own.
 */
#ifndef VH_PIPELINE_JOB_H
#define VH_PIPELINE_JOB_H

#include "core/cancel.h"
#include "core/event.h"
#include "core/queue.h"
#include "media/decoder.h"
#include "media/heal.h"
#include "media/output.h"
#include "media/subtitle.h"
#include "pipeline/captions.h"
#include "pipeline/chain.h"
#include "pipeline/fit.h"
#include "pipeline/frame_hash.h"
#include "pipeline/measure_cache.h"
#include "pipeline/plan.h"
#include "pipeline/run.h"
#include "pipeline/sched.h"
#include "pipeline/sound_line.h"
#include "pipeline/sound_look.h"
#include "pipeline/time_editor.h"
#include "stats/collect.h"
#include "stats/record.h"

#include <stdatomic.h>

/* Work of one node on frames, for statistics. Written by its node only; read after the job, or roughly
 * meanwhile. */
struct vh_node_work {
    const char *name;
    struct vh_stats *stats; /* NULL = nobody asked */
    _Atomic int64_t n_frames;
    _Atomic int64_t busy_ns; /* wall time between taking a frame and having handed on its results */
};

struct vh_segment_node {
    struct vh_job *job;
    int index; /* of the plan's segment */
    struct vh_chain *chain;
    struct vh_fit fit_in, fit_out;
    struct vh_queue *to;
    struct vh_node_work work;
};

struct vh_track {
    struct vh_job *job;
    const struct vh_plan_stream *plan;
    int stream;                 /* in the output */
    struct vh_queue *packets;   /* ENCODE: from the input to the sound node */
    struct vh_decoder *decoder; /* ENCODE */
    struct vh_sound_line *line; /* ENCODE: repairs and conversions */
    struct vh_queue *news;      /* ENCODE with --timeline keep: struct vh_timeline_news * from the editor */
    struct vh_encoder *encoder;
    struct vh_subtitle *subtitle; /* CONVERT */
    struct vh_node_work work;
};

struct vh_job {
    const struct vh_request *request;
    const struct vh_run_context *context;
    const struct vh_log *log;
    const struct vh_event_sink *events; /* fan-out to the caller's observer and `stats` */
    struct vh_event_sink sink;
    struct vh_stats *stats; /* NULL unless --stats or --metrics */
    struct vh_pool *pool;
    struct vh_record baseline; /* with --baseline: an earlier run's */
    unsigned cpu_flags;
    struct vh_input *input;
    struct vh_survey survey;
    struct vh_profile *profile;
    struct vh_sound_looks *looks; /* the sound tracks, measured; NULL = none */
    struct vh_ends ends;
    struct vh_cached cached; /* when[0]: the profile was measured earlier */
    bool thorough;           /* look at every frame while preparing, whatever the ends say */
    struct vh_plan *plan;

    struct vh_sched *sched;
    struct vh_queue *video_packets;
    struct vh_queue *seam[VH_PLAN_SEGMENTS + 1];
    struct vh_queue *scaled;  /* to the encoder */
    struct vh_queue *packets; /* to the output */
    _Atomic int n_producers;  /* nodes that still send into `packets` */

    struct vh_decoder *decoder;
    struct vh_healer *healer;      /* NULL for variable rate */
    struct vh_timeline *timeline;  /* NULL unless the tape's time is looked after */
    struct vh_time_editor *editor; /* likewise: between healer and seam 0, on the decode node's thread */
    struct vh_fit fit_decoded;     /* source -> what the first segment or the scaler takes */
    struct vh_fit fit_rebuilt;     /* the editor's working format -> the same */
    struct vh_graph *graph;
    struct vh_bell *bell; /* of the graph node */
    struct vh_segment_node segment[VH_PLAN_SEGMENTS];
    struct vh_fit fit_restored;   /* what leaves the last segment -> working format */
    struct vh_upscaler *upscaler; /* NULL when pictures go to the encoder unscaled */
    struct vh_fit fit_out;        /* unscaled woven pictures -> the encoder's format */
    struct vh_frame_pool *out_pool;
    struct vh_encoder *encoder;
    int video_stream;           /* in the output */
    int64_t offset_us;          /* source start of the picture, against packet time 0 */
    struct vh_frame_hash *hash; /* --framemd5 */
    struct vh_captions *captions;
    struct vh_output *output;
    struct vh_track track[64];
    int n_tracks;

    struct vh_node_work work_decode, work_graph, work_scale, work_encode;
    /* done_us: where the last picture handed to the encoder ends. */
    _Atomic int64_t n_decoded, n_encoded, done_us, n_repeated;
    /* Pictures of variable rate that are inside the encoder, which forgets how long each is shown. */
    struct {
        int64_t pts, duration;
    } shown[256];
    unsigned n_shown;
    _Atomic int n_warnings; /* damage seen */
    bool sample;            /* a timed sample for --dry-run: packets are counted, nothing is written */
    _Atomic int64_t sample_bytes;
    int64_t frames_expected; /* out, 0 = unknown */
    int64_t start_ns, start_cpu_ns, prepared_ns;
};

/* The editor's way out; opaque is the job (node_decode.c). */
int vh_decode_emit(void *job, AVFrame *frame, const struct vh_edited *edited);

/* The timeline's listener; opaque is the job: hands what is new to every track that is cut by it. */
void vh_decode_tell_sound(void *job, const struct vh_timeline_news *news);

int vh_node_input(void *job);
int vh_node_decode(void *job);
int vh_node_graph(void *job);
int vh_node_native(void *segment_node);
/* The emit function of a native segment chain; opaque is its struct vh_segment_node. */
int vh_segment_emit(void *segment_node, AVFrame *frame);

int vh_node_scale(void *job);
int vh_node_encode(void *job);
int vh_node_sound(void *track);
int vh_node_output(void *job);

/* Opens decoder, graph, chain and encoder of one sound track. VH_OK or a reported error. */
int vh_track_open(struct vh_track *track);
void vh_track_close(struct vh_track *track);

/* One packet of the track through decoder, line and encoder to the output; and what is left inside at the
 * end. VH_OK or an error. */
int vh_track_decode(struct vh_track *track, const AVPacket *packet);
int vh_track_finish(struct vh_track *track);

/* Moves a packet to the output, through the queue when there is one; frees it when nobody wants it any more.
 * VH_OK, VH_EOF or a write error. */
int vh_job_send_packet(struct vh_job *job, int stream, AVPacket *packet);

/* A node that sends to the output has ended; the last one ends the output's input. */
void vh_job_producer_done(struct vh_job *job);

/* Moves a frame along a queue; frees it on VH_EOF. */
int vh_job_send_frame(struct vh_queue *queue, AVFrame *frame);

/* Adds one frame's work to the statistics. */
void vh_node_work_add(struct vh_node_work *work, int64_t since_ns);

void vh_packet_free_item(void *packet);

/* Marks a frame behind a gap, where nothing may be predicted across. */
#define VH_FRAME_BREAK ((void *)1)

#endif
