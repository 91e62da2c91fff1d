/* Frame statistics classify, the watch judges, both speak through the profile. */
#include "analyze/tape_time.h"

#include "analyze/frame_stats.h"
#include "core/memory.h"
#include "core/status.h"

#include <stdio.h>
#include <string.h>

enum { HELD = VH_WATCH_AHEAD + 2 };

struct vh_tape_time {
    struct vh_tape_watch *watch;
    struct vh_sections sections;
    double time_s[HELD];   /* of frame i at [i % HELD] */
    int64_t n;             /* frames pushed */
    uint16_t *previous[2]; /* luma of this frame and the one before, by turns: for frozen pictures */
    int width, height;
};

int vh_tape_time_create(struct vh_tape_time **tape_time, const struct vh_tape_watch_config *config)
{
    struct vh_tape_time *t = *tape_time = vh_alloc(1, sizeof *t);
    if (!t)
        return VH_ERR_RESOURCE;
    t->width = config->width;
    t->height = config->height;
    int status = vh_tape_watch_create(&t->watch, config);
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        t->previous[i] = vh_alloc((size_t)t->width * (size_t)t->height, sizeof *t->previous[i]);
        status = t->previous[i] ? VH_OK : vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for frames");
    }
    if (status != VH_OK)
        vh_tape_time_destroy(tape_time);
    return status;
}

void vh_tape_time_destroy(struct vh_tape_time **tape_time)
{
    if (!tape_time || !*tape_time)
        return;
    vh_tape_watch_destroy(&(*tape_time)->watch);
    for (int i = 0; i < 2; i++)
        vh_free((*tape_time)->previous[i]);
    vh_freep(tape_time);
}

/* Keeps the luma of the newest frame and gives that of the one before. */
static struct vh_image_const exchange_luma(struct vh_tape_time *t, const struct vh_plane_const *luma)
{
    uint16_t *now = t->previous[t->n & 1], *before = t->previous[!(t->n & 1)];
    for (int y = 0; y < t->height; y++)
        memcpy(now + (ptrdiff_t)y * t->width, luma->data + y * luma->stride, (size_t)t->width * sizeof *now);
    return (struct vh_image_const){.n_planes = 1, .plane = {{before, t->width, t->width, t->height}}};
}

int vh_tape_time_push(struct vh_tape_time *tape_time, const struct vh_image_const *frame, double time_s,
    bool break_before, struct vh_profile *profile)
{
    struct vh_tape_time *t = tape_time;
    struct vh_frame_stats stats;
    const struct vh_plane_const *luma = &frame->plane[0];
    if (luma->width != t->width || luma->height != t->height)
        return VH_ERR_INTERNAL;
    bool has_before = t->n > 0;
    struct vh_image_const before = exchange_luma(t, luma);
    vh_frame_stats_measure(&stats, frame, has_before ? &before : NULL);
    enum vh_section_kind kind = vh_section_classify(&stats);
    bool blank = kind == VH_SECTION_BLACK || kind == VH_SECTION_BLUE || kind == VH_SECTION_SNOW;
    int status = vh_tape_watch_push(t->watch, frame, blank, break_before);
    if (status != VH_OK)
        return status;
    t->time_s[t->n++ % HELD] = time_s;
    return vh_sections_add(&t->sections, &stats, time_s, false, profile);
}

int vh_tape_time_finish(struct vh_tape_time *tape_time, struct vh_profile *profile)
{
    vh_tape_watch_finish(tape_time->watch);
    return vh_sections_finish(&tape_time->sections, profile);
}

static int note(struct vh_profile *profile, const char *kind, double time_s, double value, double confidence)
{
    struct vh_section section = {
        .start_s = time_s, .end_s = time_s, .value = value, .confidence = confidence};
    snprintf(section.kind, sizeof section.kind, "%s", kind);
    return vh_profile_add_section(profile, &section);
}

int vh_tape_time_pull(
    struct vh_tape_time *tape_time, struct vh_watch_verdict *verdict, struct vh_profile *profile)
{
    int status = vh_tape_watch_pull(tape_time->watch, verdict);
    if (status != VH_OK)
        return status;
    double time_s = tape_time->time_s[verdict->index % HELD];
    if (verdict->copy)
        status = note(profile, "duplicate", time_s, 1, verdict->confidence);
    if (status == VH_OK && verdict->n_lost)
        status = note(profile, "drop", time_s, verdict->n_lost, verdict->confidence);
    if (status == VH_OK && verdict->flipped)
        status = note(profile, "order", time_s, verdict->order == VH_FIELDS_BFF, 0.95);
    if (status == VH_OK && verdict->cut)
        status = note(profile, "cut", time_s, 0, 0.9);
    return status;
}
