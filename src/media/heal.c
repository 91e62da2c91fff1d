/* Time stamps healed to an exact grid: see the header for the method. Positions are in frames as double: 2^53
 * is enough for any tape, and the pts is scaled relative to the origin's. */
#include "media/heal.h"

#include "core/memory.h"
#include "core/status.h"

#include <libavutil/mathematics.h>
#include <math.h>
#include <stddef.h>

#define STEP      0.75 /* frames the median has to be off: a real gap is 1, jitter of USB capture below 0.5 */
#define STEP_HEAD 0.5  /* and the frame itself, so that a gap further on is not taken early */

enum { ROOM = VH_HEAL_AHEAD + 1 };

struct vh_healer {
    struct vh_healer_options options;
    struct vh_log log;
    struct vh_healer_counts counts;
    AVFrame *frame[ROOM];
    double place[ROOM]; /* on the grid from pts alone; NaN without pts */
    int n;
    int64_t next;   /* number of the next frame */
    double origin;  /* place of number 0 in frames counted from time 0 */
    double squares; /* of deviations */
    bool started, ended;
};

int vh_healer_create(
    struct vh_healer **healer, const struct vh_healer_options *options, const struct vh_log *log)
{
    struct vh_healer *h;
    *healer = NULL;
    if (options->frame_rate.num <= 0 || options->frame_rate.den <= 0)
        return vh_fail(log, VH_ERR_USAGE, "time stamps cannot be healed without a frame rate");
    h = *healer = vh_alloc(1, sizeof *h);
    if (!h)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    h->options = *options;
    h->log = log ? *log : (struct vh_log){0};
    return VH_OK;
}

void vh_healer_destroy(struct vh_healer **healer)
{
    if (!healer || !*healer)
        return;
    for (int i = 0; i < (*healer)->n; i++)
        av_frame_free(&(*healer)->frame[i]);
    vh_freep(healer);
}

int vh_healer_push(struct vh_healer *healer, AVFrame *frame)
{
    if (!frame) {
        healer->ended = true;
        return VH_OK;
    }
    if (healer->n == ROOM)
        return VH_AGAIN;
    healer->place[healer->n] =
        frame->pts == AV_NOPTS_VALUE || !frame->time_base.num
            ? NAN
            : (double)frame->pts * av_q2d(frame->time_base) * av_q2d(healer->options.frame_rate);
    healer->frame[healer->n++] = frame;
    return VH_OK;
}

/* Median of the queued frames' deviations if they took the next numbers one by one; 0 when none has a time.
 */
static double median_deviation(const struct vh_healer *healer)
{
    double sorted[ROOM];
    int n = 0;
    for (int i = 0; i < healer->n; i++) {
        double d = healer->place[i] - healer->origin - (double)(healer->next + i);
        int at = n;
        if (isnan(d))
            continue;
        for (; at > 0 && sorted[at - 1] > d; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = d;
        n++;
    }
    if (!n)
        return 0;
    return n & 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

static int64_t source_us(const struct vh_healer *healer, double place)
{
    return healer->options.source_start_us + llrint(place / av_q2d(healer->options.frame_rate) * 1e6);
}

static void report(const struct vh_healer *healer, const char *name, int64_t n)
{
    const struct vh_event_field field[] = {VH_EVENT_I("number", healer->next), VH_EVENT_I("n", n)};
    const struct vh_event event = {.name = name,
        .node = "heal",
        .time_us = source_us(healer, healer->origin + (double)healer->next),
        .field = field,
        .n_fields = 2};
    vh_event_send(healer->options.events, &event);
}

static AVFrame *take_head(struct vh_healer *healer)
{
    AVFrame *head = healer->frame[0];
    healer->n--;
    for (int i = 0; i < healer->n; i++) {
        healer->frame[i] = healer->frame[i + 1];
        healer->place[i] = healer->place[i + 1];
    }
    return head;
}

static void drop_head(struct vh_healer *healer)
{
    AVFrame *head = take_head(healer);
    av_frame_free(&head);
    healer->counts.n_dropped++;
    report(healer, "frame.dropped", 1);
}

static void start(struct vh_healer *healer)
{
    double shift;
    healer->started = true;
    healer->origin = isnan(healer->place[0]) ? 0 : healer->place[0];
    shift = median_deviation(healer);
    if (fabs(shift) < STEP)
        healer->origin += shift;
    healer->counts.start_us = healer->origin / av_q2d(healer->options.frame_rate) * 1e6;
}

/* A break of the time stamps themselves: the grid goes on as if nothing had happened. */
static bool is_jump(const struct vh_healer *healer, double deviation)
{
    return deviation < -av_q2d(healer->options.frame_rate) ||
           (healer->options.max_gap > 0 && deviation > healer->options.max_gap);
}

/* How many places are empty before the head, after dropping what collides. -1 when the queue ran empty. */
static int settle(struct vh_healer *healer)
{
    while (healer->n && (healer->n == ROOM || healer->ended)) {
        double median = median_deviation(healer),
               head = healer->place[0] - healer->origin - (double)healer->next;
        if (isnan(head) || fabs(head) < STEP_HEAD || fabs(median) < STEP || (head > 0) != (median > 0))
            return 0;
        if (is_jump(healer, median) && is_jump(healer, head)) {
            report(healer, "frame.jump", llrint(head));
            healer->counts.n_jumps++;
            healer->origin += head;
            return 0;
        }
        if (head > 0)
            return (int)fmax(1, rint(fmin(head, median)));
        drop_head(healer);
    }
    return -1;
}

int vh_healer_pull(struct vh_healer *healer, AVFrame **frame, struct vh_healed *healed)
{
    int missing;
    double off;
    if (healer->n < ROOM && !healer->ended)
        return VH_AGAIN;
    if (!healer->started && healer->n)
        start(healer);
    missing = settle(healer);
    if (missing < 0)
        return healer->ended ? VH_EOF : VH_AGAIN;
    if (missing)
        report(healer, "frame.missing", missing);
    healer->next += missing;
    healer->counts.n_missing += missing;
    off = healer->place[0] - healer->origin - (double)healer->next;
    healer->counts.n_untimed += isnan(off);
    off = isnan(off) ? 0 : off;
    healer->squares += off * off;
    *healed = (struct vh_healed){.number = healer->next++,
        .n_missing = missing,
        .time_us = source_us(healer, healer->origin + (double)(healer->next - 1) + off),
        .off_ms = off / av_q2d(healer->options.frame_rate) * 1e3};
    healer->counts.n_frames++;
    *frame = take_head(healer);
    return VH_OK;
}

void vh_healer_get_counts(const struct vh_healer *healer, struct vh_healer_counts *counts)
{
    *counts = healer->counts;
    counts->jitter_rms_ms = counts->n_frames ? sqrt(healer->squares / (double)counts->n_frames) /
                                                   av_q2d(healer->options.frame_rate) * 1e3
                                             : 0;
}
