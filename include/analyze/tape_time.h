/* The tape's course in time: what every frame is (programme, black, blue, snow, frozen), and what the watch
 * of evidence/tape_watch.h says about it, collected as sections of a profile.
 *
 * One instance looks at every frame of a tape in order. `restore` runs it while it restores and acts on the
 * verdicts; `analyze --thorough` runs it over the whole tape and reports. Sections get their kinds as
 * follows, times being source times of frames: black, blue, snow, freeze   stretches of at least half a
 * second (analyze/sections.h) duplicate                   a frame that is a digital copy of the one before it
 * (an instant) drop                        value frames are missing just before this frame (an instant) order
 * from here on the order of the fields is value: 0 top first, 1 bottom first cut                         a
 * new scene begins (an instant)
 *
 * One thread at a time; results do not depend on threads.
 */
#ifndef VH_ANALYZE_TAPE_TIME_H
#define VH_ANALYZE_TAPE_TIME_H

#include "analyze/sections.h"
#include "evidence/tape_watch.h"
#include "profile/profile.h"

struct vh_tape_time;

/* VH_OK, VH_ERR_RESOURCE. The configuration is that of the watch. */
int vh_tape_time_create(struct vh_tape_time **tape_time, const struct vh_tape_watch_config *config);
void vh_tape_time_destroy(struct vh_tape_time **tape_time);

/* Takes the next 16-bit frame, read during the call only, shown at source time `time_s`; `break_before`:
 * frames known to be missing, or a jump, lie before it. Finished stretches go into `profile`. VH_OK, VH_AGAIN
 * when verdicts have to be pulled first (the frame was not taken), or an error. */
int vh_tape_time_push(struct vh_tape_time *tape_time, const struct vh_image_const *frame, double time_s,
    bool break_before, struct vh_profile *profile);

/* The end: open stretches go into `profile`. VH_OK or the profile's error. */
int vh_tape_time_finish(struct vh_tape_time *tape_time, struct vh_profile *profile);

/* The next frame's verdict (VH_OK, VH_AGAIN, VH_EOF, or an error), noted in `profile`. */
int vh_tape_time_pull(
    struct vh_tape_time *tape_time, struct vh_watch_verdict *verdict, struct vh_profile *profile);

#endif
