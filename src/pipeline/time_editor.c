/* A queue of frames between healer and first segment; see the header for the rules. */
#include "pipeline/time_editor.h"

#include "analyze/tape_time.h"
#include "core/memory.h"
#include "core/status.h"
#include "motion/between.h"
#include "pipeline/fit.h"

#include <libavutil/pixdesc.h>
#include <string.h>

enum { QUEUE = VH_WATCH_AHEAD + VH_EDIT_PAIR + 4 };

/* A frame that waits. */
struct slot {
    AVFrame *frame;
    struct vh_healed healed;
    struct vh_watch_verdict verdict;
    int paired; /* of the lost frames (or the one copy), how many have found their counterpart */
};

struct vh_time_editor {
    struct vh_time_editor_config config;
    struct vh_tape_time *tape_time;
    struct vh_profile *found;
    struct vh_time_report report;
    struct vh_fit fit; /* source -> work */
    struct vh_between *between;
    struct vh_frame_pool *pool; /* of rebuilt frames */
    struct slot slot[QUEUE];
    int n, n_judged;
    AVFrame *last; /* the source frame emitted or dropped last */
    int64_t shift; /* output number less number on the grid */
    bool finished;
};

int vh_time_editor_create(struct vh_time_editor **editor, const struct vh_time_editor_config *config)
{
    struct vh_time_editor *e = *editor = vh_alloc(1, sizeof *e);
    if (!e)
        return VH_ERR_RESOURCE;
    e->config = *config;
    struct vh_tape_watch_config watch = {.width = config->source.width,
        .height = config->source.height,
        .order = config->source.fields,
        .order_is_fixed = config->order_is_fixed,
        .pool = config->pool,
        .cpu_flags = config->cpu_flags,
        .log = config->log};
    int status = vh_profile_create(&e->found);
    if (status == VH_OK)
        status = vh_tape_time_create(&e->tape_time, &watch);
    if (status == VH_OK)
        status = vh_fit_open(
            &e->fit, &config->source, &config->work, config->pool, config->cpu_flags, config->log);
    if (status != VH_OK)
        vh_time_editor_destroy(editor);
    return status;
}

void vh_time_editor_destroy(struct vh_time_editor **editor)
{
    struct vh_time_editor *e = editor ? *editor : NULL;
    if (!e)
        return;
    for (int i = 0; i < e->n; i++)
        vh_frame_free(&e->slot[i].frame);
    vh_frame_free(&e->last);
    vh_fit_close(&e->fit);
    vh_between_destroy(&e->between);
    vh_frame_pool_destroy(&e->pool);
    vh_tape_time_destroy(&e->tape_time);
    vh_profile_destroy(&e->found);
    vh_freep(editor);
}

const struct vh_time_report *vh_time_editor_report(const struct vh_time_editor *editor)
{
    return &editor->report;
}

const struct vh_profile *vh_time_editor_found(const struct vh_time_editor *editor)
{
    return editor->found;
}

static void note(struct vh_time_editor *e, enum vh_time_fact fact, const struct slot *slot, int n)
{
    if (n > 0)
        vh_time_report_add(&e->report, fact, slot->healed.time_us, slot->healed.number, n, e->config.events);
}

/* A copy of `frame` in the working format. */
static int convert(struct vh_time_editor *e, const AVFrame *frame, AVFrame **work)
{
    *work = vh_frame_ref(frame);
    return *work ? vh_fit_run(&e->fit, work) : VH_ERR_RESOURCE;
}

/* ---- rebuilding ---- */

static int open_between(struct vh_time_editor *e)
{
    const struct vh_format *f = &e->config.work;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->pix_fmt);
    struct vh_between_config config = {.width = f->width,
        .height = f->height,
        .n_planes = d->nb_components < 3 ? 1 : 3,
        .sub_x = d->log2_chroma_w,
        .sub_y = d->log2_chroma_h,
        .pool = e->config.pool,
        .cpu_flags = e->config.cpu_flags,
        .log = e->config.log};
    if (e->between)
        return VH_OK;
    int status = vh_frame_pool_create(&e->pool, f->pix_fmt, f->width, f->height);
    return status == VH_OK ? vh_between_create(&e->between, &config) : status;
}

/* Makes the n frames between two into frame[]: each field of a frame lies between the fields of its own
 * parity, so that what stands still keeps its lines. *cut: they are different scenes, and nothing was made.
 */
static int make_between(
    struct vh_time_editor *e, const AVFrame *before, const AVFrame *behind, AVFrame **frame, int n, bool *cut)
{
    struct vh_image_const a, b;
    struct vh_image out[VH_EDIT_REBUILT];
    bool whole = e->config.source.fields == VH_FIELDS_PROGRESSIVE;
    int status = vh_frame_image_read(before, &a);
    if (status == VH_OK)
        status = vh_frame_image_read(behind, &b);
    for (int i = 0; i < n && status == VH_OK; i++) {
        frame[i] = vh_frame_pool_acquire(e->pool);
        status = frame[i] ? vh_frame_image(frame[i], &out[i]) : VH_ERR_RESOURCE;
        if (status == VH_OK && av_frame_copy_props(frame[i], before) < 0)
            status = VH_ERR_RESOURCE;
    }
    for (int parity = whole ? 2 : 0; parity < (whole ? 3 : 2) && status == VH_OK && !*cut; parity++) {
        struct vh_between_side from = {whole ? a : vh_image_field_read(a, parity), parity};
        struct vh_between_side to = {whole ? b : vh_image_field_read(b, parity), parity};
        status = vh_between_set(e->between, &from, &to);
        *cut = status == VH_OK && vh_between_cut(e->between);
        for (int i = 0; i < n && status == VH_OK && !*cut; i++) {
            struct vh_image part = whole ? out[i] : vh_image_field(out[i], parity);
            vh_between_make(e->between, (double)(i + 1) / (n + 1), parity, &part);
        }
    }
    return status;
}

static int emit(struct vh_time_editor *e, AVFrame *frame, const struct vh_edited *edited)
{
    return e->config.emit(e->config.opaque, frame, edited);
}

/* Fills `n` places before `number` with the last frame. */
static int repeat_last(struct vh_time_editor *e, const struct slot *slot, int64_t number, int n)
{
    int status = VH_OK;
    for (int i = n; i > 0 && status == VH_OK; i--) {
        struct vh_edited edited = {
            .number = number - i, .order = slot->verdict.order, .break_before = true, .repeated = true};
        AVFrame *copy = vh_frame_ref(e->last ? e->last : slot->frame);
        status = copy ? emit(e, copy, &edited) : VH_ERR_RESOURCE;
    }
    note(e, VH_TIME_REPEATED, slot, n);
    return status;
}

/* Fills the n places before `number`: made from both sides, or the last frame again. *bridged: motion goes on
 * across. */
static int fill(struct vh_time_editor *e, const struct slot *slot, int64_t number, int n, bool *bridged)
{
    AVFrame *before = NULL, *behind = NULL, *made[VH_EDIT_REBUILT] = {0};
    bool cut = !e->last || n > VH_EDIT_REBUILT || slot->verdict.flipped;
    int status = VH_OK;
    if (!cut) {
        status = open_between(e);
        if (status == VH_OK)
            status = convert(e, e->last, &before);
        if (status == VH_OK)
            status = convert(e, slot->frame, &behind);
        if (status == VH_OK)
            status = make_between(e, before, behind, made, n, &cut);
    }
    *bridged = !cut;
    for (int i = 0; i < n && status == VH_OK && !cut; i++) {
        struct vh_edited edited = {.number = number - n + i, .order = slot->verdict.order, .rebuilt = true};
        AVFrame *frame = made[i];
        made[i] = NULL;
        status = emit(e, frame, &edited);
    }
    for (int i = 0; i < VH_EDIT_REBUILT; i++)
        vh_frame_free(&made[i]);
    vh_frame_free(&before);
    vh_frame_free(&behind);
    if (status == VH_OK && cut)
        return repeat_last(e, slot, number, n);
    note(e, VH_TIME_REBUILT, slot, n);
    return status;
}

/* ---- decisions ---- */

/* Finds counterparts for the head among the frames behind it: a copy for every lost frame, a lost frame for a
 * copy. */
static void pair_head(struct vh_time_editor *e)
{
    struct slot *head = &e->slot[0];
    int units = head->verdict.copy ? 1 : head->verdict.n_lost;
    for (int i = 1; i < e->n_judged && i <= VH_EDIT_PAIR && head->paired < units; i++) {
        struct slot *other = &e->slot[i];
        if (head->verdict.copy && other->verdict.n_lost > other->paired) {
            other->paired++;
            head->paired++;
        } else if (!head->verdict.copy && other->verdict.copy && !other->paired) {
            other->paired++;
            head->paired++;
        }
    }
}

/* How many of the head's lost frames (or its copy) are edited. */
static int decide(struct vh_time_editor *e)
{
    struct slot *head = &e->slot[0];
    int units = head->verdict.copy ? 1 : head->verdict.n_lost;
    if (!units)
        return 0;
    pair_head(e);
    int edited = e->config.unpaired ? units : head->paired;
    note(e, head->verdict.copy ? VH_TIME_LEFT_COPY : VH_TIME_LEFT_LOST, head, units - edited);
    return edited;
}

/* The picture stays; gaps of the time stamps are closed too. */
static int keep_head(struct vh_time_editor *e, struct slot *head, int edited, int64_t *number, bool *bridged)
{
    int lost = head->verdict.copy ? 0 : edited, gap = head->healed.n_missing;
    if (gap && gap <= VH_EDIT_SHORT) {
        lost += gap;
        e->shift -= gap;
        gap = 0;
    }
    *number = head->healed.number + e->shift;
    *bridged = !lost && !gap;
    int status = gap ? repeat_last(e, head, *number, gap) : VH_OK;
    if (status == VH_OK && lost) {
        note(e, VH_TIME_CUT_SOUND, head, lost);
        status = vh_timeline_shift(e->config.timeline, *number, lost);
    }
    if (status == VH_OK && head->verdict.copy && edited) {
        note(e, VH_TIME_MORE_SOUND, head, 1);
        status = vh_timeline_shift(e->config.timeline, *number + 1, -1);
    }
    return status;
}

/* The picture follows the sound. A copy that goes makes *number -1. */
static int follow_head(
    struct vh_time_editor *e, struct slot *head, int edited, int64_t *number, bool *bridged)
{
    int status = VH_OK;
    *bridged = true;
    if (head->verdict.copy && edited) {
        note(e, VH_TIME_DROPPED, head, 1);
        status = vh_timeline_shift(e->config.timeline, head->healed.number + 1, -1);
        e->shift--;
        *number = -1;
        return status;
    }
    if (edited) {
        status = vh_timeline_shift(e->config.timeline, head->healed.number, edited);
        e->shift += edited;
    }
    *number = head->healed.number + e->shift;
    int missing = edited + head->healed.n_missing;
    return missing && status == VH_OK ? fill(e, head, *number, missing, bridged) : status;
}

static void take_head(struct vh_time_editor *e, struct slot *head)
{
    *head = e->slot[0];
    memmove(&e->slot[0], &e->slot[1], (size_t)(--e->n) * sizeof e->slot[0]);
    e->n_judged--;
}

/* The first frame of the queue leaves. */
static int settle_head(struct vh_time_editor *e)
{
    struct slot head;
    int64_t number = 0, final = 0;
    bool bridged = true, keep = e->config.mode == VH_TIMELINE_KEEP;
    int edited = decide(e);
    take_head(e, &head);
    int status = (keep ? keep_head : follow_head)(e, &head, edited, &number, &bridged);
    if (status == VH_OK && head.verdict.flipped)
        note(e, VH_TIME_FLIP, &head, 1);
    struct vh_edited out = {
        .number = number, .order = head.verdict.order, .break_before = !bridged || head.verdict.flipped};
    final = keep ? number : head.healed.number;
    vh_frame_free(&e->last);
    e->last = vh_frame_ref(head.frame);
    if (status == VH_OK && number >= 0) {
        status = e->last ? emit(e, head.frame, &out) : VH_ERR_RESOURCE;
        head.frame = NULL;
    }
    vh_frame_free(&head.frame);
    if (status == VH_OK)
        vh_timeline_final(e->config.timeline, final + 1);
    return status;
}

static int settle(struct vh_time_editor *e)
{
    int status = VH_OK, wait = e->finished || e->config.unpaired ? 0 : VH_EDIT_PAIR;
    while (status == VH_OK && e->n_judged > wait)
        status = settle_head(e);
    return status;
}

static int take_verdicts(struct vh_time_editor *e)
{
    int status;
    struct vh_watch_verdict verdict;
    while ((status = vh_tape_time_pull(e->tape_time, &verdict, e->found)) == VH_OK)
        e->slot[e->n_judged++].verdict = verdict;
    return status == VH_AGAIN || status == VH_EOF ? settle(e) : status;
}

int vh_time_editor_push(struct vh_time_editor *editor, AVFrame *frame, const struct vh_healed *healed)
{
    struct vh_time_editor *e = editor;
    struct vh_image_const image;
    AVFrame *work = NULL;
    e->slot[e->n++] = (struct slot){.frame = frame, .healed = *healed};
    int status = convert(e, frame, &work);
    if (status == VH_OK)
        status = vh_frame_image_read(work, &image);
    if (status == VH_OK)
        status = vh_tape_time_push(
            e->tape_time, &image, (double)healed->time_us * 1e-6, healed->n_missing > 0, e->found);
    vh_frame_free(&work);
    return status == VH_OK ? take_verdicts(e) : status;
}

int vh_time_editor_finish(struct vh_time_editor *editor)
{
    struct vh_time_editor *e = editor;
    int status = vh_tape_time_finish(e->tape_time, e->found);
    e->finished = true;
    if (status == VH_OK)
        status = take_verdicts(e);
    vh_timeline_finish(e->config.timeline);
    return status;
}
