/* Knots are kept in rising order; look-ups go from the end, where sound and picture are. */
#include "pipeline/timeline.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define ROUNDING_S 1e-6 /* times are sums of frames */

/* From file frame `frame` on the tape is `shift` frames ahead. */
struct knot {
    int64_t frame, shift;
};

struct vh_timeline {
    enum vh_timeline_mode mode;
    double frame_s;
    struct knot *knot;
    int n, room;
    int64_t final; /* file frame; INT64_MAX after the end */
    double watermark_s;
    vh_timeline_listener *listener;
    void *opaque;
};

int vh_timeline_create(struct vh_timeline **timeline, enum vh_timeline_mode mode, AVRational frame_rate)
{
    struct vh_timeline *t = *timeline = vh_alloc(1, sizeof *t);
    if (!t)
        return VH_ERR_RESOURCE;
    t->mode = mode;
    t->frame_s = frame_rate.num > 0 ? 1 / av_q2d(frame_rate) : 0;
    return VH_OK;
}

void vh_timeline_destroy(struct vh_timeline **timeline)
{
    if (!timeline || !*timeline)
        return;
    vh_free((*timeline)->knot);
    vh_freep(timeline);
}

void vh_timeline_listen(struct vh_timeline *timeline, vh_timeline_listener *listener, void *opaque)
{
    timeline->listener = listener;
    timeline->opaque = opaque;
}

static int64_t shift_of(const struct vh_timeline *t)
{
    return t->n ? t->knot[t->n - 1].shift : 0;
}

static void tell(const struct vh_timeline *t, double time_s, double delta_s)
{
    struct vh_timeline_news news = {
        .time_s = time_s, .delta_s = delta_s, .final_s = vh_timeline_watermark_s(t)};
    if (t->listener)
        t->listener(t->opaque, &news);
}

static int make_room(struct vh_timeline *t)
{
    if (t->n < t->room)
        return VH_OK;
    int room = t->room ? 2 * t->room : 16;
    struct knot *more = vh_alloc((size_t)room, sizeof *more);
    if (!more)
        return VH_ERR_RESOURCE;
    if (t->n)
        memcpy(more, t->knot, (size_t)t->n * sizeof *more);
    vh_free(t->knot);
    t->knot = more;
    t->room = room;
    return VH_OK;
}

int vh_timeline_shift(struct vh_timeline *timeline, int64_t frame, int n)
{
    struct vh_timeline *t = timeline;
    if (frame < t->final || (t->n && frame < t->knot[t->n - 1].frame))
        return VH_ERR_INTERNAL;
    if (make_room(t) != VH_OK)
        return VH_ERR_RESOURCE;
    int64_t before = shift_of(t);
    t->knot[t->n++] = (struct knot){frame, before + n};
    /* Missing: the sound between the two sides is cut. Copies: the sound is extended where they begin. */
    double time_s = (double)(frame + before + (n < 0 ? n : 0)) * t->frame_s;
    if (t->mode == VH_TIMELINE_KEEP)
        tell(t, time_s, -n * t->frame_s);
    return VH_OK;
}

void vh_timeline_final(struct vh_timeline *timeline, int64_t frame)
{
    if (frame <= timeline->final)
        return;
    timeline->final = frame;
    /* A copy that comes next takes back a frame of tape time. */
    timeline->watermark_s =
        fmax(timeline->watermark_s, (double)(frame + shift_of(timeline) - 1) * timeline->frame_s);
    tell(timeline, 0, 0);
}

void vh_timeline_finish(struct vh_timeline *timeline)
{
    timeline->final = INT64_MAX;
    timeline->watermark_s = INFINITY;
    tell(timeline, 0, 0);
}

double vh_timeline_watermark_s(const struct vh_timeline *timeline)
{
    return timeline->watermark_s;
}

double vh_timeline_tape_s(const struct vh_timeline *timeline, double file_s)
{
    for (int i = timeline->n - 1; i >= 0; i--)
        if (file_s + ROUNDING_S >= (double)timeline->knot[i].frame * timeline->frame_s)
            return file_s + (double)timeline->knot[i].shift * timeline->frame_s;
    return file_s;
}

double vh_timeline_file_s(const struct vh_timeline *timeline, double tape_s)
{
    for (int i = timeline->n - 1; i >= 0; i--) {
        const struct knot *k = &timeline->knot[i];
        double file_s = tape_s - (double)k->shift * timeline->frame_s;
        double begins = (double)k->frame * timeline->frame_s - ROUNDING_S;
        double before = tape_s - (i ? (double)k[-1].shift : 0) * timeline->frame_s;
        if (file_s >= begins)
            return file_s;
        if (before >= begins)
            return begins + ROUNDING_S;
    }
    return tape_s;
}

double vh_timeline_output_s(const struct vh_timeline *timeline, double tape_s)
{
    return timeline->mode == VH_TIMELINE_KEEP ? vh_timeline_file_s(timeline, tape_s) : tape_s;
}

int vh_timeline_knots(const struct vh_timeline *timeline)
{
    return timeline->n;
}
