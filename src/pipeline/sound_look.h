/* Looking at the sound before it is repaired: every track that will be worked on is read once from start to
 * end, without the picture, measured and planned; when a loudness is asked for, its repaired sound is read
 * once more into a meter.
 */
#ifndef VH_PIPELINE_SOUND_LOOK_H
#define VH_PIPELINE_SOUND_LOOK_H

#include "audio/sound_plan.h"
#include "core/cancel.h"
#include "core/event.h"
#include "media/probe.h"
#include "pipeline/request.h"

enum { VH_SOUND_LOOKS = 32 };

/* One track. */
struct vh_sound_look {
    int stream; /* in the input */
    bool measured;
    struct vh_sound_findings *findings; /* owned; zero unless measured */
    struct vh_profile *profile;         /* owned: audio.* of this track, and what was said by hand */
    struct vh_sound_plan *plan;         /* owned; empty = leave it as it is */
    struct vh_loudness_result repaired; /* of the chain without level, when loudness was asked for */
};

struct vh_sound_looks {
    struct vh_sound_look look[VH_SOUND_LOOKS];
    int n;
    int n_passes; /* over the input, for the record: 0 to 3 */
};

struct vh_sound_look_config {
    const struct vh_request *request;
    const struct vh_media_info *info;
    int64_t start_us, end_us; /* wanted range of source time, VH_TIME_NONE = from the start / to the end */
    double field_rate_hz;     /* of the picture; 0 = not known */
    const struct vh_profile *profile; /* said by hand or read from a file; may be NULL */
    const struct vh_cancel *cancel;   /* may be NULL */
    const struct vh_log *log;
};

/* Looks at every sound stream (none when the request says --audio none or copy). Blocks while reading. VH_OK,
 * or with *looks NULL a reported error: VH_ERR_USAGE (options contradict), VH_ERR_UNSUPPORTED (loudness asked
 * for on input that cannot be read twice), VH_ERR_CANCELLED … */
int vh_sound_look_create(struct vh_sound_looks **looks, const struct vh_sound_look_config *config);
void vh_sound_look_destroy(struct vh_sound_looks **looks);

/* The look at a stream, or NULL. `looks` may be NULL. */
const struct vh_sound_look *vh_sound_look_find(const struct vh_sound_looks *looks, int stream);

/* Copies the audio.* measurements of the first track that was measured into `profile`. VH_OK or
 * VH_ERR_RESOURCE. */
int vh_sound_look_report(const struct vh_sound_looks *looks, struct vh_profile *profile);

#endif
