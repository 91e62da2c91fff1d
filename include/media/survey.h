/* A look at the decoded pictures before the job: what the frames' own flags say, and the frames for whoever
 * measures.
 *
 * The container's field order is often wrong or missing; decoded frames' flags are better; pixels are best.
 * The survey decodes a few windows spread over the wanted range, its first and last fiftieth left out (only
 * one at the start where the input cannot seek), counts flags and hands each frame to `look`, which may
 * measure it. Afterwards the input stands where it stood before.
 */
#ifndef VH_MEDIA_SURVEY_H
#define VH_MEDIA_SURVEY_H

#include "core/pool.h"
#include "media/decoder.h"
#include "media/line21.h"

struct vh_survey {
    int64_t n_frames;
    int64_t n_tff, n_bff, n_progressive; /* flags of the frames; they add up to n_frames */
    int64_t n_repeat;                    /* frames with repeat_pict: soft telecine */
    int64_t n_order_changes;             /* TFF to BFF or back inside a window */
    int64_t n_corrupt;
    int64_t n_captions;             /* frames with closed captions (A/53) */
    struct vh_line21_search line21; /* captions in the picture's first lines */
    int n_windows;                  /* that gave at least one frame */
    struct vh_format format;        /* of the first frame; frame_rate and time_base from the container */
    enum vh_field_order flagged;    /* TFF or BFF when at least 90 % of all frames say so, PROGRESSIVE when at
                                       least 90 % are, else UNKNOWN: mixed */
};

struct vh_survey_options {
    int n_windows;         /* 0 = 8 */
    int frames_per_window; /* 0 = 24 */
    int frames_at_start;   /* of the one window where the input cannot seek; 0 = frames_per_window */
    int n_threads;         /* of the decoder */
    struct vh_pool *pool;  /* the next frame is decoded while one is looked at; NULL = by turns; borrowed */
    /* Sees each frame, in order, one at a time, on whichever thread of the pool; window counts from 0. A
     * status other than VH_OK ends the survey and is returned. May be NULL. */
    int (*look)(void *opaque, const AVFrame *frame, int window);
    /* Asked after each of several windows whether it held something to measure; a useless one (blank tape) is
     * made up for by one half-way to the next place, as long as there are such places. May be NULL: all are
     * useful. */
    bool (*useful)(void *opaque, int window);
    void *opaque;
};

/* Surveys the video stream `stream` of `input`. VH_OK; VH_ERR_INPUT when no frame decodes (reported);
 * VH_ERR_CANCELLED. */
int vh_survey_run(struct vh_input *input, int stream, const struct vh_survey_options *options,
    struct vh_survey *survey, const struct vh_log *log);

#endif
