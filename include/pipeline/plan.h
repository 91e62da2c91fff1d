/* The plan: everything decided before the first frame is restored, and printable.
 *
 * It is made from the request and from what was found out about the input (container, decoded frames' flags,
 * measured profile). Stages are opened and filter segments configured alone while planning, so what --dry-run
 * prints is what runs: run.c executes this very struct. Making a plan decodes nothing and writes nothing.
 */
#ifndef VH_PIPELINE_PLAN_H
#define VH_PIPELINE_PLAN_H

#include "core/event.h"
#include "core/log.h"
#include "core/pool.h"
#include "media/container.h"
#include "media/encoder.h"
#include "media/filter_graph.h"
#include "media/survey.h"
#include "pipeline/request.h"
#include "profile/profile.h"
#include "restore/recipe.h"

#include <stdio.h>

struct vh_sound_looks; /* pipeline/sound_look.h: the sound tracks, measured and planned */

enum { VH_PLAN_STEPS = 48, VH_PLAN_SEGMENTS = 48 };

/* Where picture and main sound end, from their last packets. */
struct vh_ends {
    bool known;                /* both */
    double picture_s, sound_s; /* source time */
    bool edits_known;          /* the whole picture was looked at */
    double edits_s;            /* what its losses and copies add to the picture */
};

/* What was found out about the input. Borrowed by the plan. */
struct vh_plan_facts {
    const struct vh_media_info *info;
    const struct vh_survey *survey;     /* of the main picture */
    const struct vh_profile *profile;   /* NULL = nothing was measured */
    const struct vh_sound_looks *sound; /* NULL = nobody looked at the sound */
    struct vh_ends ends;
};

/* A run of steps of one sort. Between segments with different pixel formats the picture is converted by our
 * own converter, which knows fields; that is printed too. */
struct vh_plan_segment {
    bool native;                           /* stages, else libavfilter steps */
    const char *step[VH_PLAN_STEPS];       /* filter: borrowed from the recipe */
    struct vh_stage *stage[VH_PLAN_STEPS]; /* native: opened, owned */
    int n;
    enum vh_kind kind_in, kind_out;
    struct vh_format in, out;
};

/* What becomes of one stream of the input. */
struct vh_plan_stream {
    int source; /* index in the input */
    enum vh_stream_kind kind;
    enum { VH_TRACK_DROP, VH_TRACK_COPY, VH_TRACK_CONVERT, VH_TRACK_ENCODE, VH_TRACK_PICTURE } fate;
    enum AVCodecID codec_id;                    /* CONVERT: to this */
    const struct vh_encoder_info *encoder;      /* ENCODE */
    struct vh_sound_format sound_in, sound_out; /* ENCODE */
    const struct vh_sound_plan *repairs;        /* ENCODE: borrowed from the facts; NULL = none */
    bool timed; /* ENCODE: speed or edits change its time (the plan's sound_stretch) */
    char reason[160];
};

struct vh_plan {
    const struct vh_request *request; /* borrowed */
    const struct vh_media_info *info; /* borrowed */
    struct vh_format source;          /* of decoded frames, colours resolved, order decided */
    const char *colour_reason;
    AVRational frame_rate; /* of the input's frames on the exact grid; 0/1 = variable, time stamps kept */
    bool follows_time; /* lost and doubled frames and order flips are looked for, and the picture follows the
                          sound */
    bool keeps_frames; /* or (--timeline keep) the sound follows the picture */
    double sound_stretch; /* length of the sound out over in, less 1; 0 = its speed is right */
    bool unpaired;        /* also single losses and copies, which change the length, are edited */
    char time_reason[256];
    struct vh_recipe recipe;
    struct vh_plan_segment *segment;
    int n_segments;
    struct vh_format restored; /* what leaves the last segment, or the source converted */
    enum vh_kind kind;         /* WOVEN or PROGRESSIVE, of the same */
    struct vh_geometry geometry;
    struct vh_format out; /* what the encoder gets */
    char scaler[320];     /* what the upscaler says it will do; "" when there is none */
    bool direct;          /* nothing changes the picture: decoded frames go to the encoder as they are */
    const struct vh_encoder_info *encoder;
    bool has_captions; /* inside the picture's stream, as far as the survey saw */
    int line21[2]; /* lines with captions drawn into the picture, of the first and second field; -1 = none */
    bool keeps_captions; /* the encoder writes them */
    struct vh_container_info container;
    struct vh_plan_stream *stream;
    int n_streams;
    struct vh_pool *pool; /* borrowed */
    unsigned cpu_flags;
};

struct vh_plan_config {
    const struct vh_request *request;
    struct vh_plan_facts facts;
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
    const struct vh_event_sink *events;
};

/* Decides. VH_OK, or with *plan NULL a reported error: VH_ERR_USAGE, VH_ERR_INPUT (order unknown …),
 * VH_ERR_UNSUPPORTED (container, encoder), VH_ERR_RESOURCE. */
int vh_plan_make(struct vh_plan **plan, const struct vh_plan_config *config);
void vh_plan_destroy(struct vh_plan **plan);

/* Writes the plan for people: input, order, every step with its reason, the combined graph, sizes, encoders,
 * streams. */
void vh_plan_print(const struct vh_plan *plan, FILE *file);

/* Says in a few lines what will be done, as information: what the input is, each repair with its reason, what
 * is written (`settings` of the opened encoder), what becomes of the sound. Sends an event "plan.step" for
 * each step, done or not. `log` and `events` may be NULL. */
void vh_plan_tell(const struct vh_plan *plan, const char *settings, const struct vh_log *log,
    const struct vh_event_sink *events);

/* The libavfilter segments of the plan as one graph, opened; *graph is NULL when there are none. `n_threads`
 * for libavfilter. VH_OK or a reported error. */
int vh_plan_open_graph(
    const struct vh_plan *plan, int n_threads, struct vh_graph **graph, const struct vh_log *log);

/* The picture encoder's options as the request says them; `extra` receives a string to free with vh_free.
 * VH_OK, VH_ERR_USAGE (reported), VH_ERR_RESOURCE. */
int vh_plan_encoder_options(
    const struct vh_plan *plan, struct vh_encoder_options *options, char **extra, const struct vh_log *log);

#endif
