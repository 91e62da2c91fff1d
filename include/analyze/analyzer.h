/* The analyzer: frames of probe windows in, a filled profile out.
 *
 * Windows of successive frames are pushed in any number; each is looked at as a run of its own. Frames that
 * are not programme (black, blue, snow, frozen) are counted and reported as sections, and nothing else is
 * measured on them. A long window is looked at in pieces of 24 frames. One analyzer per stream; one thread at
 * a time; kernels use the pool.
 */
#ifndef VH_ANALYZE_ANALYZER_H
#define VH_ANALYZE_ANALYZER_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"
#include "profile/profile.h"

struct vh_analyzer;

struct vh_analyzer_config {
    int width, height; /* of the frames */
    double frame_rate; /* frames per second; 0 = not known */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

int vh_analyzer_create(struct vh_analyzer **analyzer, const struct vh_analyzer_config *config);
void vh_analyzer_destroy(struct vh_analyzer **analyzer);

/* Adds the next woven 16-bit frame at source time `time_s`. `break_before`: the first of a window. Sections
 * found go into `profile` at once. VH_OK or an error. */
int vh_analyzer_push(struct vh_analyzer *analyzer, const struct vh_image_const *frame, double time_s,
    bool break_before, struct vh_profile *profile);

/* Frames seen so far, and how many of them were not programme. */
void vh_analyzer_count(const struct vh_analyzer *analyzer, int *seen, int *blank);

/* Ends the last window and stores every measurement. VH_OK or an error. */
int vh_analyzer_finish(struct vh_analyzer *analyzer, struct vh_profile *profile);

#endif
