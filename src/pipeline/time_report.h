/* What was found in a tape's time and what was done about it: counted by kind, with the places, for the lines
 * of the report. Memory: the first VH_TIME_PLACES places of each kind. One thread at a time. */
#ifndef VH_PIPELINE_TIME_REPORT_H
#define VH_PIPELINE_TIME_REPORT_H

#include "core/event.h"
#include "core/log.h"
#include "profile/profile.h"

enum { VH_TIME_PLACES = 24 };

enum vh_time_fact {
    VH_TIME_REBUILT,    /* missing frames made from their neighbours along the motion */
    VH_TIME_REPEATED,   /* missing frames filled with the one before */
    VH_TIME_CUT_SOUND,  /* missing frames whose sound is cut (--timeline keep) */
    VH_TIME_DROPPED,    /* copies taken out */
    VH_TIME_MORE_SOUND, /* copies under which sound was inserted (--timeline keep) */
    VH_TIME_LEFT_LOST,  /* losses seen and left alone */
    VH_TIME_LEFT_COPY,  /* copies seen and left alone */
    VH_TIME_FLIP,       /* changes of the field order; n = frames is not counted */
    VH_TIME_FACTS,
};

struct vh_time_report {
    struct {
        int64_t n; /* frames */
        int n_places;
        int64_t place_us[VH_TIME_PLACES];
    } fact[VH_TIME_FACTS];
    int n_more[VH_TIME_FACTS]; /* places beyond those kept */
};

/* Counts `n` frames at source time `time_us` and sends the event "time.<fact>" (number, n). */
void vh_time_report_add(struct vh_time_report *report, enum vh_time_fact fact, int64_t time_us,
    int64_t number, int n, const struct vh_event_sink *events);

/* One line per kind that occurred, with time codes; then the stretches of `found` that are no programme, each
 * with an event "time.section" (kind, end_us). */
void vh_time_report_print(const struct vh_time_report *report, const struct vh_profile *found,
    const struct vh_event_sink *events, const struct vh_log *log);

#endif
