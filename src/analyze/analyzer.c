/* Hands each frame to the detectors. The frame before is kept as a copy, so that callers may reuse their
 * buffers. */
#include "analyze/analyzer.h"

#include "analyze/area.h"
#include "analyze/cadence.h"
#include "analyze/deductions.h"
#include "analyze/dot_crawl.h"
#include "analyze/flagging.h"
#include "analyze/frame_stats.h"
#include "analyze/head_switch.h"
#include "analyze/levels.h"
#include "analyze/path.h"
#include "analyze/scan.h"
#include "analyze/sections.h"
#include "analyze/tape_fields.h"
#include "core/memory.h"
#include "core/status.h"

#include <string.h>

struct vh_analyzer {
    struct vh_analyzer_config config;
    struct vh_scan scan;
    struct vh_cadence cadence;
    struct vh_sections sections;
    struct vh_levels levels;
    struct vh_area area;
    struct vh_path path;
    struct vh_head_switch head_switch;
    struct vh_dot_crawl dot_crawl;
    struct vh_flagging flagging;
    struct vh_tape_fields *fields;
    struct vh_image previous; /* the frame before; n_planes 0 = none */
    uint16_t *buffer;         /* behind `previous` */
    int n_in_piece;           /* frames kept since the last end of a window or piece of one */
};

int vh_analyzer_create(struct vh_analyzer **analyzer, const struct vh_analyzer_config *config)
{
    struct vh_analyzer *a = *analyzer = vh_alloc(1, sizeof *a);
    if (!a)
        return VH_ERR_RESOURCE;
    a->config = *config;
    a->buffer = vh_alloc(3 * (size_t)config->width * (size_t)config->height, sizeof *a->buffer);
    struct vh_tape_fields_config fields = {.width = config->width,
        .height = config->height,
        .pool = config->pool,
        .cpu_flags = config->cpu_flags,
        .log = config->log};
    int status = a->buffer ? vh_tape_fields_create(&a->fields, &fields) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        vh_analyzer_destroy(analyzer);
    return status;
}

void vh_analyzer_destroy(struct vh_analyzer **analyzer)
{
    if (!analyzer || !*analyzer)
        return;
    vh_path_uninit(&(*analyzer)->path);
    vh_tape_fields_destroy(&(*analyzer)->fields);
    vh_free((*analyzer)->buffer);
    vh_freep(analyzer);
}

static void keep_previous(struct vh_analyzer *a, const struct vh_image_const *frame)
{
    uint16_t *at = a->buffer;
    a->previous =
        (struct vh_image){.n_planes = frame->n_planes, .sub_x = frame->sub_x, .sub_y = frame->sub_y};
    for (int i = 0; i < frame->n_planes; i++) {
        const struct vh_plane_const *p = &frame->plane[i];
        a->previous.plane[i] = (struct vh_plane){at, p->width, p->width, p->height};
        for (int y = 0; y < p->height; y++, at += p->width)
            memcpy(at, p->data + y * p->stride, (size_t)p->width * sizeof *at);
    }
}

/* The window's detectors that need its end. Order and scan type as measured so far: the first window's own
 * frames have voted by now. */
static int end_window(struct vh_analyzer *a)
{
    const int *votes = a->scan.votes;
    a->n_in_piece = 0;
    vh_levels_end_window(&a->levels);
    vh_path_end_window(&a->path);
    return vh_tape_fields_end_window(a->fields, votes[2] > votes[1]);
}

void vh_analyzer_count(const struct vh_analyzer *analyzer, int *seen, int *blank)
{
    *seen = analyzer->sections.n_frames;
    *blank = analyzer->sections.n_blank;
}

/* A frame of programme under work: the detectors know nothing of each other, so each task has its own thread.
 */
struct task {
    struct vh_analyzer *a;
    const struct vh_image_const *frame, *previous; /* previous: NULL = none */
    const struct vh_frame_stats *stats;
    enum vh_scan_vote vote;
    int path_status, fields_status;
};

static void look_at_once(struct task *t)
{
    const struct vh_plane_const *luma = &t->frame->plane[0];
    vh_levels_add(&t->a->levels, t->stats, t->frame);
    vh_area_add(&t->a->area, luma);
    vh_dot_crawl_add(&t->a->dot_crawl, t->frame);
    vh_flagging_add(&t->a->flagging, luma);
    t->fields_status = vh_tape_fields_add(t->a->fields, t->frame);
}

static void run_task(void *arg, int index, int n)
{
    struct task *t = arg;
    const struct vh_plane_const *luma = &t->frame->plane[0];
    (void)n;
    switch (index) {
    case 0:
        t->path_status = vh_path_add(&t->a->path, t->frame, t->previous);
        return;
    case 1:
        if (t->previous)
            vh_head_switch_add(&t->a->head_switch, luma, &t->previous->plane[0]);
        return;
    case 2:
        if (t->previous)
            t->vote = vh_scan_add(&t->a->scan, t->previous->plane[0], *luma);
        return;
    default:
        look_at_once(t);
    }
}

int vh_analyzer_push(struct vh_analyzer *analyzer, const struct vh_image_const *frame, double time_s,
    bool break_before, struct vh_profile *profile)
{
    struct vh_analyzer *a = analyzer;
    const struct vh_plane_const *luma = &frame->plane[0];
    struct vh_frame_stats stats;
    if (luma->width != a->config.width || luma->height != a->config.height)
        return vh_fail(a->config.log, VH_ERR_INTERNAL, "analyzer: frame of another size");
    int status = VH_OK;
    if (break_before || a->n_in_piece == VH_TAPE_FIELDS_FRAMES)
        status = end_window(a);
    if (break_before)
        a->previous.n_planes = 0;
    struct vh_image_const previous = vh_image_read(&a->previous);
    bool has_previous = previous.n_planes > 0;
    vh_frame_stats_measure(&stats, frame, has_previous ? &previous : NULL);
    if (status == VH_OK)
        status = vh_sections_add(&a->sections, &stats, time_s, break_before, profile);
    struct task task = {.a = a,
        .frame = frame,
        .previous = has_previous ? &previous : NULL,
        .stats = &stats,
        .vote = VH_SCAN_NONE};
    if (status == VH_OK && vh_section_classify(&stats) == VH_SECTION_PROGRAMME) {
        enum { TASKS = 4, FIELDS_A_FRAME = 2 };
        a->n_in_piece++;
        vh_pool_run(a->config.pool, run_task, &task, TASKS);
        status = task.path_status != VH_OK ? task.path_status : task.fields_status;
        if (status == VH_OK)
            status = vh_tape_fields_look(a->fields, FIELDS_A_FRAME);
    }
    vh_cadence_add(&a->cadence, &stats, task.vote, break_before);
    keep_previous(a, frame);
    return status;
}

int vh_analyzer_finish(struct vh_analyzer *analyzer, struct vh_profile *profile)
{
    struct vh_analyzer *a = analyzer;
    int status = end_window(a);
    vh_cadence_finish(&a->cadence);
    if (status == VH_OK)
        status = vh_sections_finish(&a->sections, profile);
    if (status == VH_OK)
        status = vh_scan_report(&a->scan, profile);
    if (status == VH_OK)
        status = vh_cadence_report(&a->cadence, profile);
    if (status == VH_OK)
        status = vh_tape_fields_report(a->fields, profile);
    if (status == VH_OK) /* behind the noise: only a noisy picture can be cut at black */
        status = vh_levels_report(&a->levels, a->config.height, profile);
    if (status == VH_OK)
        status = vh_path_report(&a->path, profile);
    if (status == VH_OK)
        status = vh_head_switch_report(&a->head_switch, profile);
    if (status == VH_OK)
        status = vh_area_report(&a->area, profile);
    if (status == VH_OK)
        status = vh_dot_crawl_report(&a->dot_crawl, profile);
    if (status == VH_OK)
        status = vh_flagging_report(&a->flagging, profile);
    return status == VH_OK ? vh_deduce(profile, a->config.height, a->config.frame_rate) : status;
}
