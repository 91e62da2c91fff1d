/* The way of one sound track between decoder and encoder: conversion to planar float, the repairs of its plan
 * (native chains mounted between segments of one libavfilter graph), and one conversion at the end.
 *
 * Frames keep their time: native repairs give back as many samples as they get, so a frame that leaves is
 * stamped by the samples counted since the last jump of the source's time stamps. One thread at a time;
 * nothing blocks.
 */
#ifndef VH_PIPELINE_SOUND_LINE_H
#define VH_PIPELINE_SOUND_LINE_H

#include "audio/sound_chain.h"
#include "media/filter_graph.h"

struct vh_sound_line;

struct vh_sound_line_config {
    const struct vh_sound_format
        *in; /* of decoded frames; what the sample format turns out to be is followed */
    const struct vh_sound_plan *plan;  /* repairs; NULL = none; must outlive the line */
    const struct vh_sound_time *time;  /* speed and edits behind the repairs; NULL = time stays as it is */
    double gain_db;                    /* behind the repairs */
    const struct vh_sound_format *out; /* NULL = planar float as it leaves the repairs */
    int frame_size;                    /* samples per frame that leaves, 0 = any */
    const char *name;                  /* for messages */
};

/* VH_OK, or with *line NULL a reported error. */
int vh_sound_line_open(
    struct vh_sound_line **line, const struct vh_sound_line_config *config, const struct vh_log *log);
void vh_sound_line_close(struct vh_sound_line **line);

/* Moves one decoded frame in (blank afterwards; NULL = the end). VH_OK or an error. */
int vh_sound_line_push(struct vh_sound_line *line, AVFrame *frame);

/* Moves the next finished frame into `frame` (must be blank). VH_OK, VH_AGAIN, VH_EOF or an error. */
int vh_sound_line_pull(struct vh_sound_line *line, AVFrame *frame);

/* With time->edits: at `time_s` of the source the sound changes by delta_s (0 = not at all), and everything
 * up to final_s is known; in rising order, after the first frame was pushed. What lies before the sound's
 * beginning moves that. Pull afterwards. VH_OK or an error. */
int vh_sound_line_edit(struct vh_sound_line *line, double time_s, double delta_s, double final_s);

/* True once the line knows when its sound begins: from then on vh_sound_line_edit may be called. */
bool vh_sound_line_begun(const struct vh_sound_line *line);

/* The libavfilter graph as text (vh_free), NULL when out of memory. */
char *vh_sound_line_print(const struct vh_sound_line *line);

#endif
