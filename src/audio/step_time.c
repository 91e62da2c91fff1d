/* The time map: a constant change of speed, and cuts or insertions that follow the picture's edits.
 *
 * The output reads the source at a position that advances by 1 / (1 + stretch) per sample. At an edit the
 * position jumps: forward to cut, back to insert (the last moment is heard again; for more than 0.25 s
 * silence is put in instead, because a repeated word would be noticed). Without stretch the positions are
 * whole and the samples between jumps come through untouched.
 *
 * A jump is a cross-fade of 10 ms, least heard where it is quiet; but sound that jumps elsewhere than the
 * picture is wrong until both have. So an edit is carried out in parts: one of at most 19 ms at the quietest
 * place within 0.25 s before the picture's edit, one of as much at the quietest behind, and the rest (2 ms of
 * a frame of 25 per second, nothing of one of 29.97) at the edit itself. Sound and picture are never further
 * apart than a part. */
#include "sinc.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define FADE_S  0.010
#define REACH_S 0.25 /* how far a part of an edit may move, and the longest moment that is repeated */
#define APART_S                                                                                              \
    0.019 /* that sound may be off while an edit is half done; with the measuring's own error 20 ms */
#define GRAIN_S 0.005

/* One jump of an edit; everything in samples of the source. */
struct edit {
    double time, delta;
    double early, late; /* how far it may move */
};

struct time_map {
    struct vh_sinc *sinc;
    struct edit *edit; /* waiting */
    int n_edits, capacity;
    double last;     /* time of the last edit given */
    double final;    /* source sample up to which edits are known */
    double at;       /* position of the next sample to leave, in the source */
    double rounding; /* what rounding took from the edits so far */
    double jump;     /* running cross-fade: distance to the new position */
    int fade_left;   /* samples of it still to come */
    int64_t silence; /* samples of silence still to come */
    int64_t first;   /* source sample of in.plane[c][0] */
    double moved;    /* sum of all edits carried out, samples of the source */
    int64_t n_out;
    int fade, reach;
};

static int time_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct time_map *p = step->priv;
    if (!(fabs(step->params.time.stretch) <= 0.005))
        return vh_fail(log, VH_ERR_USAGE, "stretch %g is outside -0.005 to 0.005", step->params.time.stretch);
    p->fade = (int)(FADE_S * step->format.rate_hz);
    p->reach = (int)(REACH_S * step->format.rate_hz);
    p->final = step->params.time.edits ? 0 : 1e18;
    p->first = -(2 * p->reach + p->fade + VH_SINC_TAPS);
    int status = vh_sinc_create(&p->sinc);
    if (status >= 0)
        status = vh_sound_fifo_append(&step->in, NULL, (int)-p->first);
    return status < 0 ? vh_fail(log, status, "out of memory for the time map") : VH_OK;
}

static float sample(const struct vh_sound_step *step, int c, double at)
{
    const struct time_map *p = step->priv;
    double place = at - p->first, whole = floor(place);
    int i = (int)whole;
    if (i < VH_SINC_HALF || i + VH_SINC_HALF >= step->in.n)
        return i >= 0 && i < step->in.n ? step->in.plane[c][i] : 0;
    if (place == whole)
        return step->in.plane[c][i];
    return vh_sinc_at(p->sinc, step->in.plane[c] + i, place - whole);
}

/* Energy of the sound around the source position `at`. */
static double loudness_at(const struct vh_sound_step *step, double at)
{
    const struct time_map *p = step->priv;
    int64_t begin = (int64_t)at - p->first;
    double sum = 0;
    for (int c = 0; c < step->format.n_channels; c++)
        for (int64_t i = begin; i < begin + p->fade; i++)
            if (i >= 0 && i < step->in.n)
                sum += (double)step->in.plane[c][i] * step->in.plane[c][i];
    return sum;
}

/* The quietest source position to which `edit` may move, not before the present one. */
static double place_edit(const struct vh_sound_step *step, const struct edit *edit)
{
    const struct time_map *p = step->priv;
    double best = fmax(edit->time, p->at), grain = ceil(GRAIN_S * step->format.rate_hz);
    double least = loudness_at(step, best) + loudness_at(step, best - edit->delta);
    for (int k = 1; k * grain <= p->reach; k++)
        for (int side = -1; side <= 1; side += 2) {
            double at = floor(edit->time) + side * k * grain;
            if (k * grain > (side < 0 ? edit->early : edit->late) || at < p->at || at - edit->delta < 0)
                continue;
            double sum = loudness_at(step, at) + loudness_at(step, at - edit->delta);
            if (sum < least * 0.99) {
                least = sum;
                best = at;
            }
        }
    return ceil(best - p->at) + p->at;
}

/* Carries the first waiting edit out at the present position. */
static void jump(struct vh_sound_step *step)
{
    struct time_map *p = step->priv;
    double want = p->edit[0].delta + p->rounding, delta = rint(want);
    p->rounding = want - delta;
    p->moved += delta;
    memmove(p->edit, p->edit + 1, sizeof *p->edit * --p->n_edits);
    if (delta > p->reach) {
        p->silence = (int64_t)delta;
        return;
    }
    p->jump = -delta;
    p->fade_left = p->fade;
    step->n_repairs++;
}

static void put(struct vh_sound_step *step, float *const *to, int i)
{
    struct time_map *p = step->priv;
    float w = 1 - (float)(p->fade_left - 1) / p->fade;
    for (int c = 0; c < step->format.n_channels; c++) {
        to[c][i] = sample(step, c, p->at);
        if (p->fade_left > 0)
            to[c][i] += w * (sample(step, c, p->at + p->jump) - to[c][i]);
    }
    p->at += 1 / (1 + step->params.time.stretch);
    if (p->fade_left > 0 && --p->fade_left == 0) {
        p->at += p->jump;
        p->jump = 0;
    }
}

/* Writes the sound from the present position to source position `until`, at most to `most` samples of output
 * in all. */
static int produce(struct vh_sound_step *step, double until, int64_t most)
{
    struct time_map *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    while ((p->at < until || p->silence > 0) && p->n_out < most) {
        double room = p->silence > 0 ? p->silence : (until - p->at) * (1 + step->params.time.stretch);
        int n = (int)fmax(1, fmin(fmin(room, 1024), most - p->n_out)), done = 0;
        int status = vh_sound_fifo_reserve(&step->out, to, n);
        if (status < 0)
            return status;
        for (; p->silence > 0 && done < n; done++, p->silence--)
            for (int c = 0; c < step->format.n_channels; c++)
                to[c][done] = 0;
        while (done < n && (p->at < until))
            put(step, to, done++);
        step->out.n -= n - done;
        p->n_out += done;
    }
    return VH_OK;
}

/* Everything up to `limit` (source position with all its context present, edits known) leaves. */
static int advance(struct vh_sound_step *step, double limit, int64_t most)
{
    struct time_map *p = step->priv;
    int status = VH_OK;
    while (status >= 0) {
        const struct edit *edit = p->n_edits ? &p->edit[0] : NULL;
        double reach = edit ? edit->time + p->reach + fmax(0, -edit->delta) + p->fade : 0;
        if (edit && p->fade_left == 0 && p->silence == 0 && edit->time - edit->early <= p->at) {
            if (reach > limit && limit < step->n_in)
                break; /* what lies around the edit has not come yet */
            double place = place_edit(step, edit);
            status = produce(step, place, most);
            if (status >= 0)
                jump(step);
            continue;
        }
        double until = edit ? fmin(limit, edit->time - edit->early) : limit;
        if (p->fade_left > 0)
            until = fmin(limit, p->at + p->fade_left);
        if (until <= p->at && p->silence == 0)
            break;
        status = produce(step, until, most);
        if (p->n_out >= most)
            break;
    }
    return status;
}

static int time_run(struct vh_sound_step *step, bool last)
{
    struct time_map *p = step->priv;
    int64_t most = INT64_MAX;
    double limit = fmin((double)step->n_in - VH_SINC_TAPS, p->final - p->reach);
    if (last) {
        int status = vh_sound_fifo_append(&step->in, NULL, 2 * p->reach + p->fade + VH_SINC_TAPS);
        if (status < 0)
            return status;
        limit = (double)step->n_in;
        double length = step->n_in;
        for (int i = 0; i < p->n_edits; i++)
            length +=
                p->edit[i].time < length ? p->edit[i].delta : 0; /* those behind the end change nothing */
        most = llrint((length + p->moved) * (1 + step->params.time.stretch));
        most = most > 0 ? most : 0;
    }
    int status = advance(step, limit, most);
    if (status >= 0 && last)
        while (p->n_out < most && status >= 0)
            status = produce(step, p->at + (double)(most - p->n_out) + 1, most);
    int64_t keep = (int64_t)p->at - p->reach - p->fade - VH_SINC_TAPS - p->reach;
    int drop = (int)fmin(step->in.n, (double)(keep - p->first));
    if (drop > 0) {
        vh_sound_fifo_drop(&step->in, drop);
        p->first += drop;
    }
    return status;
}

static void time_close(struct vh_sound_step *step)
{
    struct time_map *p = step->priv;
    vh_free(p->edit);
    vh_sinc_destroy(&p->sinc);
}

const struct vh_sound_step_ops vh_sound_time_ops = {sizeof(struct time_map), time_open, time_run, time_close};

static int make_room(struct time_map *p)
{
    if (p->n_edits + 3 <= p->capacity)
        return VH_OK;
    int capacity = p->capacity ? 2 * p->capacity : 48;
    struct edit *more = vh_alloc(capacity, sizeof *more);
    if (!more)
        return VH_ERR_RESOURCE;
    if (p->n_edits)
        memcpy(more, p->edit, sizeof *more * p->n_edits);
    vh_free(p->edit);
    p->edit = more;
    p->capacity = capacity;
    return VH_OK;
}

/* Adds the parts of an edit by `delta` at `time` to those waiting. A cross-fade lies around its place, and
 * where parts before this one have jumped already the same moment has another place in the source. Two edits
 * share what lies between them. */
static void add_parts(struct vh_sound_step *step, double time, double delta)
{
    struct time_map *p = step->priv;
    double part = copysign(fmin(APART_S * step->format.rate_hz, fabs(delta) / 2), delta);
    double rest = delta - 2 * part, before = fmin(p->reach, (time - p->last) / 2);
    struct edit *last = p->n_edits ? &p->edit[p->n_edits - 1] : NULL;
    if (last)
        last->late = fmin(last->late, fmax(0, (time - p->last) / 2));
    time -= (rest != 0 ? 1.5 : 1) * p->fade;
    p->edit[p->n_edits++] = (struct edit){time, part, .early = before};
    time += p->fade - part;
    if (rest != 0)
        p->edit[p->n_edits++] = (struct edit){time, rest, 0, 0};
    time += rest != 0 ? p->fade - rest : 0;
    p->edit[p->n_edits++] = (struct edit){time, part, .late = p->reach};
}

int vh_sound_step_edit(struct vh_sound_step *step, double time_s, double delta_s)
{
    struct time_map *p = step->priv;
    double rate = step->format.rate_hz, time = time_s * rate;
    if (step->ops != &vh_sound_time_ops || !step->params.time.edits || step->flushed || !(time >= p->final) ||
        !isfinite(delta_s))
        return VH_ERR_INTERNAL;
    int status = make_room(p);
    if (status < 0)
        return status;
    add_parts(step, time, delta_s * rate);
    p->last = time;
    return VH_OK;
}

int vh_sound_step_final(struct vh_sound_step *step, double time_s)
{
    struct time_map *p = step->priv;
    if (step->ops != &vh_sound_time_ops || !step->params.time.edits)
        return VH_ERR_INTERNAL;
    p->final = fmax(p->final, time_s * step->format.rate_hz);
    return step->flushed ? VH_OK : step->ops->run(step, false);
}
