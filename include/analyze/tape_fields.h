/* What fields tell with their motion, collected over a tape: noise, flicker.
 *
 * The frames of a window are kept until its end, because the order of their fields is measured on the window
 * itself; then each field goes through the motion search once and the evidence of every field with both
 * neighbours is taken, a few fields at a time while the next window's frames come in, so that the decoder
 * has work beside it (60 s of tape on two cores: docs/algorithms/measuring.md). Figures are medians over all
 * fields of all windows, confidence falls with their spread (algorithms D1, D14 of the project's notes;
 * evidence/evidence.h). One collector per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_TAPE_FIELDS_H
#define VH_ANALYZE_TAPE_FIELDS_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"
#include "profile/profile.h"

#include <stdbool.h>

enum { VH_TAPE_FIELDS_FRAMES = 24, VH_TAPE_FIELDS_MAX = 4096 };

struct vh_tape_fields;

struct vh_tape_fields_config {
    int width, height;
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

int vh_tape_fields_create(struct vh_tape_fields **fields, const struct vh_tape_fields_config *config);
void vh_tape_fields_destroy(struct vh_tape_fields **fields);

/* Keeps a copy of the next woven frame of the window; more than VH_TAPE_FIELDS_FRAMES in one window are
 * ignored. VH_OK or VH_ERR_RESOURCE. */
int vh_tape_fields_add(struct vh_tape_fields *fields, const struct vh_image_const *frame);

/* The window's frames are complete: looks at whatever fields of the window before are left, and makes this
 * one's the next to be looked at. Progressive pictures go through as fields too: those of one parity are a
 * frame apart, which is what noise, jitter and dropouts are measured by. VH_OK or an error. */
int vh_tape_fields_end_window(struct vh_tape_fields *fields, bool bottom_first);

/* Looks at the next `most` fields of the last complete window, as far as it has them. VH_OK or an error. */
int vh_tape_fields_look(struct vh_tape_fields *fields, int most);

/* Looks at the fields that are left and stores noise.*, jitter.*, dropout.rate, flicker, flicker.kind,
 * rainbow.level and bounce.rate as far as they were measurable; the window being filled does not count. VH_OK
 * or an error. Called once, at the end. */
int vh_tape_fields_report(struct vh_tape_fields *fields, struct vh_profile *profile);

#endif
