/* A ring of reduced frames with what they differ by, and the three tests on it. */
#include "evidence/tape_watch.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "evidence/frame_pair.h"
#include "evidence/lost_frame.h"

#include <math.h>
#include <string.h>

enum {
    BACK = 26, /* frames kept behind the centre: for what is usual, and how often copies come */
    ROOM = BACK + VH_WATCH_AHEAD + 2,
    NEAR = 5,       /* frames to each side that say what is usual */
    FREQUENT = 5,   /* one copy in so many frames is content */
    FLIP_PAIRS = 6, /* voting pairs that a flip needs at least */
};
/* A copy differs by at most this part of what is usual, and usual is at least so many codes. Lossless
 * captures give 0; lossy ones code a copy as "nothing changed". */
#define COPY_PART  0.1f
#define COPY_FLOOR 0.06f
/* A loss is looked for where the difference exceeds the usual one by this factor. */
#define SUSPICIOUS 1.05f
/* Keeps material without field motion from drifting to a verdict. */
#define FLIP_DRIFT 0.2f
#define FLIP_CLAMP 2.0f

struct entry {
    uint16_t *samples; /* the reduced frame, allocated once */
    struct vh_frame_pair pair;
    float difference; /* the larger of both fields' */
    float level;      /* what is usual around it, once asked; that of its first original for copies */
    bool blank, broken;
    bool copy;   /* differs by next to nothing, whatever the surroundings */
    bool judged; /* `copy` is set */
    bool turns;  /* the order changes with it */
};

struct vh_tape_watch {
    struct vh_tape_watch_config config;
    struct entry ring[ROOM]; /* frame i at i % ROOM */
    int64_t n_in, n_out;
    bool finished;
    int width;
    struct vh_motion_search *search; /* made at its first use */
    enum vh_field_order order;       /* of what comes out */
    bool bottom_first;               /* of what the sum speaks about */
    float sum;                       /* against it */
    int64_t since;                   /* frame with which it left zero */
    int n_pairs;
};

int vh_tape_watch_create(struct vh_tape_watch **watch, const struct vh_tape_watch_config *config)
{
    struct vh_tape_watch *w = *watch = vh_alloc(1, sizeof *w);
    if (!w)
        return VH_ERR_RESOURCE;
    w->config = *config;
    w->order = config->order;
    w->bottom_first = config->order == VH_FIELDS_BFF;
    w->width = vh_frame_pair_width(config->width);
    for (int i = 0; i < ROOM; i++) {
        w->ring[i].samples = vh_alloc((size_t)w->width * (size_t)config->height, sizeof(uint16_t));
        if (!w->ring[i].samples) {
            vh_tape_watch_destroy(watch);
            return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for the watch over the tape's time");
        }
    }
    return VH_OK;
}

void vh_tape_watch_destroy(struct vh_tape_watch **watch)
{
    if (!watch || !*watch)
        return;
    for (int i = 0; i < ROOM; i++)
        vh_free((*watch)->ring[i].samples);
    vh_motion_search_destroy(&(*watch)->search);
    vh_freep(watch);
}

static struct entry *at(struct vh_tape_watch *w, int64_t index)
{
    return &w->ring[index % ROOM];
}

static bool is_there(const struct vh_tape_watch *w, int64_t index)
{
    return index >= 0 && index < w->n_in && index > w->n_in - ROOM;
}

static struct vh_plane plane_of(struct vh_tape_watch *w, int64_t index)
{
    return (struct vh_plane){at(w, index)->samples, w->width, w->width, w->config.height};
}

/* ---- order ---- */

/* Adds the pair that ends with frame `index` to the evidence against the present order. */
static void watch_order(struct vh_tape_watch *w, int64_t index, const struct vh_frame_pair *pair)
{
    if (w->config.order == VH_FIELDS_PROGRESSIVE || w->config.order_is_fixed || !pair->n_moving)
        return;
    float against = w->bottom_first ? pair->order : -pair->order;
    against = fminf(fmaxf(against, -FLIP_CLAMP), FLIP_CLAMP) - FLIP_DRIFT;
    if (w->sum <= 0 && against > 0) {
        w->since = index;
        w->n_pairs = 0;
    }
    w->sum = fmaxf(0, w->sum + against);
    w->n_pairs += w->sum > 0;
    if (w->sum < VH_WATCH_FLIP || w->n_pairs < FLIP_PAIRS)
        return;
    /* The first pair against it has both frames in the new order: it changed with the earlier of them. What
     * has left already cannot be changed any more. */
    int64_t from = w->since > 0 ? w->since - 1 : 0;
    at(w, from > w->n_out ? from : w->n_out)->turns ^= true;
    w->bottom_first = !w->bottom_first;
    w->sum = 0;
}

int vh_tape_watch_push(
    struct vh_tape_watch *watch, const struct vh_image_const *frame, bool blank, bool break_before)
{
    struct vh_tape_watch *w = watch;
    const struct vh_plane_const *luma = &frame->plane[0];
    if (w->n_in - w->n_out > VH_WATCH_AHEAD)
        return VH_AGAIN;
    if (luma->width != w->config.width || luma->height != w->config.height)
        return vh_fail(w->config.log, VH_ERR_INTERNAL, "the watch over time got a frame of another size");
    int64_t index = w->n_in++;
    struct entry *e = at(w, index);
    /* What follows a blank stretch has nothing before it to be compared with. */
    bool begins = index == 0 || (at(w, index - 1)->blank && !blank);
    *e = (struct entry){.samples = e->samples, .blank = blank, .broken = break_before || begins};
    struct vh_plane plane = plane_of(w, index);
    vh_frame_pair_reduce(luma, &plane);
    if (e->broken)
        return VH_OK;
    struct vh_plane before = plane_of(w, index - 1);
    struct vh_plane_const a = vh_plane_read(before), b = vh_plane_read(plane);
    vh_frame_pair_measure(&e->pair, &a, &b);
    e->difference = fmaxf(e->pair.difference[0], e->pair.difference[1]);
    if (!blank && !at(w, index - 1)->blank)
        watch_order(w, index, &e->pair);
    return VH_OK;
}

void vh_tape_watch_finish(struct vh_tape_watch *watch)
{
    watch->finished = true;
}

/* ---- copies and losses ---- */

/* The median difference of the frames around, the frame itself, copies and blank frames left out; 0 = nothing
 * to compare with. */
static float usual(struct vh_tape_watch *w, int64_t index)
{
    float value[2 * NEAR];
    int n = 0;
    for (int side = -1; side <= 1; side += 2)
        for (int64_t i = index + side, k = 0; k < NEAR && is_there(w, i); i += side) {
            const struct entry *e = at(w, i);
            if (e->broken && side > 0)
                break;
            if (!e->broken && !e->blank && !e->copy) {
                value[n++] = e->difference;
                k++;
            }
            if (e->broken || n == 2 * NEAR || i < index - 2 * NEAR || i > index + 2 * NEAR)
                break;
        }
    return n >= 3 ? vh_select_rank_float(value, n, n / 2) : 0;
}

/* Whether the frame is next to nothing apart from the one before. Frames ahead are asked too, so the verdict
 * rests on the upper half of the differences around. */
static bool seems_copied(struct vh_tape_watch *w, int64_t index)
{
    struct entry *e = at(w, index);
    if (e->judged)
        return e->copy;
    float value[2 * NEAR + 1];
    int n = 0;
    for (int64_t i = index - NEAR; i <= index + NEAR; i++)
        if (is_there(w, i) && !at(w, i)->broken && !at(w, i)->blank && i != index)
            value[n++] = at(w, i)->difference;
    float level = n >= 3 ? vh_select_rank_float(value, n, n * 2 / 3) : 0;
    if (is_there(w, index - 1) && at(w, index - 1)->copy)
        level = fmaxf(level, at(w, index - 1)->level); /* inside a run of copies nothing else is around */
    e->level = level;
    e->copy = !e->blank && !e->broken && level > COPY_FLOOR && e->difference < COPY_PART * level;
    e->judged = index + NEAR < w->n_in || w->finished;
    return e->copy;
}

/* True when the copy is the capture's: few of them around, and no frozen picture. */
static bool is_stutter(struct vh_tape_watch *w, int64_t index)
{
    int around = 0, n = 0, run = 1;
    for (int64_t i = index - BACK + NEAR + 1; i <= index + VH_WATCH_AHEAD - NEAR; i++)
        if (is_there(w, i) && !at(w, i)->broken) {
            around += seems_copied(w, i);
            n++;
        }
    for (int64_t i = index - 1; is_there(w, i) && at(w, i)->copy; i--)
        run++;
    for (int64_t i = index + 1; is_there(w, i) && seems_copied(w, i); i++)
        run++;
    return run <= VH_WATCH_COPIES && (around - run) * FREQUENT <= n;
}

static int open_search(struct vh_tape_watch *w)
{
    struct vh_motion_config config = {.width = w->width,
        .height = w->config.height,
        .speed = VH_MOTION_NORMAL,
        .keep = 8,
        .any_order = true,
        .pool = w->config.pool,
        .cpu_flags = w->config.cpu_flags,
        .log = w->config.log};
    return w->search ? VH_OK : vh_motion_search_create(&w->search, &config);
}

/* The next frame in direction `step` that is not a copy of its neighbour; -1 when there is none. */
static int64_t other_picture(struct vh_tape_watch *w, int64_t index, int step)
{
    int64_t i = index;
    if (step < 0) {
        while (is_there(w, i) && at(w, i)->copy)
            i--;
        i--;
        return is_there(w, i) && is_there(w, i + 1) && !at(w, i + 1)->broken ? i : -1;
    }
    for (i = index + 1; is_there(w, i) && !at(w, i)->broken; i++)
        if (!seems_copied(w, i))
            return i;
    return -1;
}

static int look_for_loss(struct vh_tape_watch *w, struct vh_watch_verdict *v)
{
    int64_t index = v->index, before = other_picture(w, index - 1, -1), behind = other_picture(w, index, 1);
    bool whole = w->config.order == VH_FIELDS_PROGRESSIVE;
    struct vh_lost_frame_job job = {.whole = whole};
    struct vh_lost_frame lost;
    if (before < 0 || behind < 0)
        return VH_OK;
    int status = open_search(w);
    if (status != VH_OK)
        return status;
    job.search = w->search;
    job.before[0] = vh_plane_read(plane_of(w, index - 1));
    job.behind[0] = vh_plane_read(plane_of(w, index));
    job.before[1] = vh_plane_read(plane_of(w, before));
    job.behind[1] = vh_plane_read(plane_of(w, behind));
    status = vh_lost_frame_measure(&lost, &job);
    v->cut = lost.cut;
    v->n_lost = lost.n_lost;
    v->confidence = lost.confidence;
    return status;
}

static int judge(struct vh_tape_watch *w, struct vh_watch_verdict *v)
{
    struct entry *e = at(w, v->index);
    if (e->broken || e->blank || at(w, v->index - 1)->blank)
        return VH_OK;
    if (seems_copied(w, v->index)) {
        v->copy = is_stutter(w, v->index);
        v->confidence = v->copy ? 0.95f : 0;
        return VH_OK;
    }
    float level = usual(w, v->index);
    return level > 0 && e->difference > SUSPICIOUS * level && !v->flipped ? look_for_loss(w, v) : VH_OK;
}

int vh_tape_watch_pull(struct vh_tape_watch *watch, struct vh_watch_verdict *verdict)
{
    struct vh_tape_watch *w = watch;
    if (w->n_out == w->n_in)
        return w->finished ? VH_EOF : VH_AGAIN;
    if (!w->finished && w->n_in - w->n_out <= VH_WATCH_AHEAD)
        return VH_AGAIN;
    struct entry *e = at(w, w->n_out);
    if (e->turns)
        w->order = w->order == VH_FIELDS_TFF ? VH_FIELDS_BFF : VH_FIELDS_TFF;
    *verdict = (struct vh_watch_verdict){
        .index = w->n_out, .order = w->order, .flipped = e->turns, .blank = e->blank};
    int status = judge(w, verdict);
    w->n_out++;
    return status;
}
