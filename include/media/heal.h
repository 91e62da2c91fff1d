/* Time stamps healed to the standard's exact rate.
 *
 * A tape runs at 25 or 30000/1001 frames per second; what a capture card writes is that rate with jitter,
 * rounding (1 ms in Matroska), gaps where frames were lost and collisions where they were doubled. The healer
 * gives each frame its number on the exact grid. It looks at the frame's own deviation and at those of the
 * next VH_HEAL_AHEAD frames: only when their median says that the stream as a whole moved by three quarters
 * of a frame or more is a gap or a collision real, so that one late time stamp neither drops nor repeats
 * anything, and after a repair a quarter of a frame is left, so that slow drift does not flap. (Median of a
 * short look-ahead with hysteresis: the usual robust step detector.) The grid begins where the median of the
 * first frames puts it.
 *
 * Plain memory, no allocation per frame; one thread. Frames are kept in order of presentation; they are moved
 * in and out.
 */
#ifndef VH_MEDIA_HEAL_H
#define VH_MEDIA_HEAL_H

#include "core/event.h"
#include "core/log.h"

#include <libavutil/frame.h>
#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

enum { VH_HEAL_AHEAD = 6 }; /* frames looked ahead */

struct vh_healer;

struct vh_healer_options {
    AVRational frame_rate;   /* exact rate; must be known */
    int64_t source_start_us; /* source time of packet time 0, for events (vh_input_start_us) */
    int max_gap; /* frames; a longer gap, and any jump back by more than a second, is taken for a jump of the
                    time stamps: reported ("frame.jump"), and the grid goes on without it; 0 = no limit */
    const struct vh_event_sink *events; /* "frame.missing", "frame.dropped"; may be NULL */
};

struct vh_healed {
    int64_t number;  /* on the exact grid, from 0 for the first frame; strictly increasing */
    int n_missing;   /* grid places empty just before this frame: to be rebuilt or repeated by the caller */
    int64_t time_us; /* source time as the file had it */
    double off_ms;   /* how far the file's time stamp was from the grid */
};

struct vh_healer_counts {
    int64_t n_frames, n_missing, n_dropped, n_untimed, n_jumps;
    double jitter_rms_ms; /* of the time stamps around the grid */
    double start_us;      /* packet time of number 0 */
};

/* VH_OK, VH_ERR_USAGE for a rate of 0, VH_ERR_RESOURCE. */
int vh_healer_create(
    struct vh_healer **healer, const struct vh_healer_options *options, const struct vh_log *log);
void vh_healer_destroy(struct vh_healer **healer);

/* Moves one frame in (NULL = the end). VH_OK, VH_AGAIN when frames must be taken out first (the frame stays
 * with the caller). */
int vh_healer_push(struct vh_healer *healer, AVFrame *frame);

/* Moves the next frame out; its pts and time base are left as the file had them. VH_OK, VH_AGAIN, VH_EOF.
 * Frames that collide are freed and counted. */
int vh_healer_pull(struct vh_healer *healer, AVFrame **frame, struct vh_healed *healed);

void vh_healer_get_counts(const struct vh_healer *healer, struct vh_healer_counts *counts);

#endif
