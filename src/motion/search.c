/* The search context: a ring of fields, and the order in which pairs are searched and composed. */
#include "motion/search.h"

#include "core/memory.h"
#include "core/status.h"
#include "internal.h"

#include <string.h>

enum {
    MIN_KEEP = 5,
    MAX_KEEP = 64,
    MAX_SIDE = 8000, /* vectors are 16 bit, in quarter samples */
    SLICE_ROWS = 24, /* rows of S built by one slice */
    BACK = VH_MOTION_REACH - 1,
    FORWARD = VH_MOTION_REACH + 1,
    BACK2 = VH_MOTION_REACH - 2,
    FORWARD2 = VH_MOTION_REACH + 2,
};

static const struct vh_effort efforts[] = {
    [VH_MOTION_FAST] = {.coarse_x = 6,
        .coarse_y = 4,
        .diamonds = 1,
        .finest = 2,
        .part = 4,
        .hasty = true,
        .mirrored = true,
        .sums = true},
    [VH_MOTION_NORMAL] = {.coarse_x = 6,
        .coarse_y = 4,
        .diamonds = 3,
        .finest = 1,
        .corners = true,
        .far = true,
        .lines = true,
        .part = 4,
        .hasty = true,
        .sums = true,
        .compose_step = 2},
    [VH_MOTION_BEST] = {.coarse_x = 8,
        .coarse_y = 6,
        .diamonds = 6,
        .finest = 1,
        .corners = true,
        .spread = true,
        .far = true,
        .lines = true,
        .part = 2,
        .hasty = true,
        .compose_step = 2},
    [VH_MOTION_MEASURE] =
        {.part = 1, .coarse_x = 6, .coarse_y = 4, .diamonds = 1, .finest = 2, .hasty = true},
};

static bool create_pair(
    struct vh_pair *pair, const struct vh_motion_search *search, const struct vh_planes *planes)
{
    size_t n = (size_t)search->n_x * (size_t)search->n_y;
    pair->mv = vh_alloc(n, sizeof *pair->mv);
    pair->q = vh_alloc(n, sizeof *pair->q);
    pair->sad = vh_alloc(n, sizeof *pair->sad);
    bool ok = pair->mv && pair->q && pair->sad;
    for (int l = 1; l < planes->n_levels; l++) {
        pair->coarse[l] =
            vh_alloc((size_t)planes->level[l].n_x * (size_t)planes->level[l].n_y, sizeof *pair->coarse[l]);
        ok = ok && pair->coarse[l];
    }
    return ok;
}

static void destroy_pair(struct vh_pair *pair)
{
    vh_freep(&pair->mv);
    vh_freep(&pair->q);
    vh_freep(&pair->sad);
    for (int l = 1; l < VH_MAX_LEVELS; l++)
        vh_freep(&pair->coarse[l]);
}

static bool create_entry(struct vh_entry *entry, const struct vh_motion_search *search, uint8_t *planes)
{
    vh_planes_init(&entry->planes, search->config.width, (search->config.height + 1) / 2, planes);
    entry->activity = vh_alloc((size_t)search->n_x * (size_t)search->n_y, sizeof *entry->activity);
    bool ok = entry->activity != NULL;
    for (int i = 0; i < VH_MOTION_REFS; i++)
        if (i != VH_MOTION_REACH)
            ok = create_pair(&entry->to[i], search, &entry->planes) && ok;
    return ok;
}

static int check_config(const struct vh_motion_config *config)
{
    if (config->width < 1 || config->height < 2 || config->width > MAX_SIDE || config->height > MAX_SIDE)
        return vh_fail(config->log, VH_ERR_USAGE, "motion search: size %dx%d is outside 1x2 to %dx%d",
            config->width, config->height, MAX_SIDE, MAX_SIDE);
    if (config->keep < MIN_KEEP || config->keep > MAX_KEEP)
        return vh_fail(config->log, VH_ERR_USAGE, "motion search: keep %d is outside %d to %d", config->keep,
            MIN_KEEP, MAX_KEEP);
    return VH_OK;
}

int vh_motion_search_create(struct vh_motion_search **search, const struct vh_motion_config *config)
{
    *search = NULL;
    int status = check_config(config);
    if (status)
        return status;
    struct vh_motion_search *s = *search = vh_alloc(1, sizeof *s);
    if (!s)
        goto fail;
    s->config = *config;
    s->effort = efforts[config->speed];
    vh_dsp_match_init(&s->dsp, config->cpu_flags);
    s->steps = vh_search_steps_for(config->cpu_flags);
    s->cells_x = (config->width + VH_MOTION_CELL - 1) / VH_MOTION_CELL;
    s->cells_y = (config->height + VH_MOTION_CELL - 1) / VH_MOTION_CELL;
    s->n_x = s->cells_x + 1;
    s->n_y = s->cells_y + 1;
    s->n_slices = ((config->height + 1) / 2 + SLICE_ROWS - 1) / SLICE_ROWS;
    s->scratch = vh_alloc((size_t)s->n_slices * vh_scratch_samples(config->width), sizeof *s->scratch);
    s->ring = vh_alloc((size_t)config->keep, sizeof *s->ring);
    size_t bytes = vh_planes_bytes(config->width, (config->height + 1) / 2);
    s->planes = vh_alloc((size_t)config->keep, bytes);
    if (!s->scratch || !s->ring || !s->planes)
        goto fail;
    for (int i = 0; i < config->keep; i++)
        if (!create_entry(&s->ring[i], s, s->planes + (size_t)i * bytes))
            goto fail;
    vh_motion_search_reset(s);
    return VH_OK;
fail:
    vh_motion_search_destroy(search);
    return vh_fail(config->log, VH_ERR_RESOURCE, "motion search: out of memory for %dx%d and %d fields",
        config->width, config->height, config->keep);
}

void vh_motion_search_destroy(struct vh_motion_search **search)
{
    struct vh_motion_search *s = search ? *search : NULL;
    if (!s)
        return;
    for (int i = 0; s->ring && i < s->config.keep; i++) {
        vh_freep(&s->ring[i].activity);
        for (int k = 0; k < VH_MOTION_REFS; k++)
            destroy_pair(&s->ring[i].to[k]);
    }
    vh_free(s->ring);
    vh_free(s->planes);
    vh_free(s->scratch);
    vh_freep(search);
}

void vh_motion_search_reset(struct vh_motion_search *search)
{
    search->count = 0;
    for (int i = 0; i < search->config.keep; i++)
        search->ring[i].index = -1;
}

int64_t vh_motion_search_count(const struct vh_motion_search *search)
{
    return search->count;
}

static struct vh_entry *entry_at(const struct vh_motion_search *search, int64_t index)
{
    if (index < 0)
        return NULL;
    struct vh_entry *entry = &search->ring[index % search->config.keep];
    return entry->index == index ? entry : NULL;
}

/* The pair `which` of an entry when it was searched and lies within one scene. */
static const struct vh_pair *good_pair(const struct vh_entry *entry, int which)
{
    const struct vh_pair *pair = entry ? &entry->to[which] : NULL;
    return pair && pair->present && !pair->cut ? pair : NULL;
}

static struct vh_mv global_of(const struct vh_pair *pair, int sign)
{
    if (!pair)
        return (struct vh_mv){0, 0};
    return (struct vh_mv){(int16_t)(sign * pair->global.x), (int16_t)(sign * (pair->global.y / 2))};
}

static void run_coarse(void *arg, int index, int n)
{
    (void)n;
    const struct vh_search_job *job = (const struct vh_search_job *)arg + index;
    job->search->steps->coarse(job);
}

/* One verdict to be made on a searched pair. */
struct verdict {
    struct vh_pair *pair;
    const uint16_t *activity;
    const struct vh_pair *before;
};

/* What the pool does at a time: verdicts on what is already searched, then bands of the next search. */
struct round {
    struct vh_motion_search *search;
    const struct vh_search_job *fine;     /* or NULL */
    const struct vh_compose_job *compose; /* two of them, or NULL */
    struct vh_entry *cur;                 /* whose difference from `older` is to be measured, or NULL */
    const struct vh_entry *older;
    int n_verdicts;
    struct verdict verdict[2];
};

static void measure_still(
    const struct vh_motion_search *search, struct vh_entry *cur, const struct vh_entry *older)
{
    const struct vh_level *a = &cur->planes.level[0], *b = &older->planes.level[0];
    uint64_t sum = 0;
    for (int y = 0; y < a->height; y++)
        sum += search->dsp.row_difference(a->data + y * a->stride, b->data + y * b->stride, a->width);
    cur->still_diff_8bit = (float)((double)sum / ((double)a->width * a->height));
}

static void run_slice(void *arg, int index, int n)
{
    const struct round *r = arg;
    const struct vh_search_steps *steps = r->search->steps;
    int bands = vh_search_bands(r->search);
    (void)n;
    if (index < r->n_verdicts) {
        const struct verdict *v = &r->verdict[index];
        vh_pair_judge(r->search, v->pair, v->activity, v->before);
        return;
    }
    index -= r->n_verdicts;
    if (r->fine)
        steps->fine(r->fine, index);
    else if (r->compose)
        steps->compose(&r->compose[index / bands], index % bands);
    else
        measure_still(r->search, r->cur, r->older);
}

static void run_round(const struct round *r)
{
    int bands = vh_search_bands(r->search), rest = r->fine ? bands : r->compose ? 2 * bands : r->cur ? 1 : 0;
    vh_pool_run(r->search->config.pool, run_slice, (void *)r, r->n_verdicts + rest);
}

/* Coarse vectors the other way in time: those that were found, turned round in place. */
static void mirror_coarse(struct vh_pair *to, const struct vh_pair *from, const struct vh_planes *planes)
{
    for (int l = 1; l < planes->n_levels; l++)
        for (int i = 0; i < planes->level[l].n_x * planes->level[l].n_y; i++)
            to->coarse[l][i] = (struct vh_mv){(int16_t)-from->coarse[l][i].x, (int16_t)-from->coarse[l][i].y};
}

/* n -> n-1 and n-1 -> n. Returns the verdict that is still to be made, which other work can hide. */
static struct verdict search_neighbour(
    struct vh_motion_search *search, struct vh_entry *cur, struct vh_entry *last)
{
    struct vh_entry *older = last->broken ? NULL : entry_at(search, last->index - 1);
    const struct vh_pair *back = good_pair(last, BACK), *forward = good_pair(older, FORWARD);
    int scan = (int)(cur->index & 1);
    const struct vh_planes *s0 = older && back ? &cur->planes : NULL, *s1 = s0 ? &older->planes : NULL;
    int quiet = back ? back->quiet_sad * 5 / 4 : 0;
    struct vh_search_job job[2] = {
        {search, &cur->planes, &last->planes, {s0, s1}, &cur->to[BACK],
            {{back ? back->q : NULL, forward ? forward->q : NULL}, {1, -1},
                {global_of(back, 1), global_of(forward, -1)}},
            quiet, scan},
        {search, &last->planes, &cur->planes, {s0, s1}, &last->to[FORWARD],
            {{cur->to[BACK].q, forward ? forward->q : NULL}, {-1, 1},
                {global_of(forward, 1), global_of(back, -1)}},
            quiet, !scan},
    };
    if (search->effort.mirrored) {
        run_coarse(job, 0, 1);
        mirror_coarse(&last->to[FORWARD], &cur->to[BACK], &cur->planes);
    } else {
        vh_pool_run(search->config.pool, run_coarse, job, 2);
    }
    run_round(&(struct round){.search = search, .fine = &job[0]});
    run_round(&(struct round){.search = search,
        .fine = &job[1],
        .n_verdicts = 1,
        .verdict = {{&cur->to[BACK], cur->activity, back}}});
    return (struct verdict){&last->to[FORWARD], last->activity, forward};
}

static void settle_neighbour(struct vh_motion_search *search, struct vh_entry *cur, struct vh_entry *last)
{
    float before = 0;
    for (int i = 0; i < VH_RECENT_PAIRS; i++)
        before = search->unmatched[i] > before ? search->unmatched[i] : before;
    search->unmatched[search->count % VH_RECENT_PAIRS] =
        vh_pairs_settle(&cur->to[BACK], &last->to[FORWARD], before);
}

/* n -> n-2 and n-2 -> n. `open` is the verdict that the search of the neighbours left to make. */
static void compose(struct vh_motion_search *search, struct vh_entry *cur, struct vh_entry *last,
    struct vh_entry *older, struct verdict open)
{
    const struct vh_pair *before = good_pair(last, BACK2);
    int quiet = before ? before->quiet_sad * 5 / 4 : 0;
    struct vh_compose_job job[2] = {
        {search, &cur->planes, &older->planes, &cur->to[BACK], &last->to[BACK], &cur->to[BACK2], quiet},
        {search, &older->planes, &cur->planes, &older->to[FORWARD], &last->to[FORWARD], &older->to[FORWARD2],
            quiet},
    };
    run_round(&(struct round){.search = search, .compose = job, .n_verdicts = 1, .verdict = {open}});
    settle_neighbour(search, cur, last);
    run_round(&(struct round){.search = search,
        .cur = cur,
        .older = older,
        .n_verdicts = 2,
        .verdict = {
            {&cur->to[BACK2], cur->activity, before}, {&older->to[FORWARD2], older->activity, NULL}}});
    vh_pairs_settle(&cur->to[BACK2], &older->to[FORWARD2], 1);
    cur->to[BACK2].cut |= cur->to[BACK].cut | last->to[BACK].cut;
    older->to[FORWARD2].cut |= older->to[FORWARD].cut | last->to[FORWARD].cut;
}

int vh_motion_search_push(
    struct vh_motion_search *search, const struct vh_plane_const *luma, int parity, bool break_before)
{
    int height = parity == 2 ? search->config.height : (search->config.height + 1 - parity) / 2;
    if (luma->width != search->config.width || luma->height != height)
        return vh_fail(search->config.log, VH_ERR_INTERNAL,
            "motion search: field of %dx%d where %dx%d was expected", luma->width, luma->height,
            search->config.width, height);
    int64_t index = search->count++;
    struct vh_entry *last = entry_at(search, index - 1);
    struct vh_entry *cur = &search->ring[index % search->config.keep];
    cur->index = index;
    cur->parity = parity;
    cur->broken = break_before || !last ||
                  (parity != 2 && last->parity == parity && !search->config.any_order) ||
                  (parity == 2) != (last->parity == 2);
    cur->still_diff_8bit = -1;
    for (int i = 0; i < VH_MOTION_REFS; i++)
        cur->to[i].present = cur->to[i].cut = false;
    vh_planes_build(search, cur, luma, parity);
    if (cur->broken) {
        memset(search->unmatched, 0, sizeof search->unmatched);
        return VH_OK;
    }
    struct verdict open = search_neighbour(search, cur, last);
    if (!last->broken) {
        compose(search, cur, last, entry_at(search, index - 2), open);
    } else {
        run_round(&(struct round){.search = search, .n_verdicts = 1, .verdict = {open}});
        settle_neighbour(search, cur, last);
    }
    return VH_OK;
}

static void publish_ref(
    struct vh_motion *motion, int i, const struct vh_entry *cur, const struct vh_entry *other)
{
    const struct vh_pair *pair = &cur->to[i];
    if (!other || !pair->present)
        return;
    motion->ref[i] = (struct vh_motion_ref){
        .present = true,
        .cut = pair->cut,
        .mv = pair->mv,
        .sad = pair->sad,
        .unmatched = pair->unmatched,
        .global = pair->global,
        .global_share = pair->global_share,
    };
    motion->ref_parity[i] = (uint8_t)other->parity;
}

int vh_motion_search_get(const struct vh_motion_search *search, int64_t index, struct vh_motion *motion)
{
    const struct vh_entry *cur = entry_at(search, index);
    if (!cur)
        return VH_AGAIN;
    *motion = (struct vh_motion){
        .index = index,
        .parity = cur->parity,
        .width = search->config.width,
        .height = search->config.height,
        .cells_x = search->cells_x,
        .cells_y = search->cells_y,
        .n_x = search->n_x,
        .n_y = search->n_y,
        .fast = search->config.speed == VH_MOTION_FAST || search->config.speed == VH_MOTION_MEASURE,
        .activity = cur->activity,
        .still_diff_8bit = cur->still_diff_8bit,
    };
    for (int i = 0; i < VH_MOTION_REFS; i++) {
        const struct vh_entry *other = entry_at(search, index + i - VH_MOTION_REACH);
        if (i != VH_MOTION_REACH)
            publish_ref(motion, i, cur, other);
        if (!other || (i != VH_MOTION_REACH && !motion->ref[i].present))
            continue;
        const struct vh_level *level = &other->planes.level[0];
        struct vh_search_plane *plane = &motion->search[i];
        *plane = (struct vh_search_plane){
            .data = level->data, .stride = level->stride, .width = level->width, .height = level->height};
        for (int k = 0; k < 4; k++)
            plane->half[k] = other->planes.half[k];
    }
    return VH_OK;
}

int vh_motion_inconsistency(
    const struct vh_motion *motion, const struct vh_motion *back, int k, int bx, int by)
{
    const struct vh_motion_ref *there = &motion->ref[VH_MOTION_REACH + k];
    const struct vh_motion_ref *here = &back->ref[VH_MOTION_REACH - k];
    if (!there->present || !here->present)
        return -1;
    struct vh_mv a = there->mv[by * motion->n_x + bx];
    int x = (32 * bx + a.x + 16) >> 5, y = (32 * by + a.y + 16) >> 5;
    x = x < 0 ? 0 : x < motion->n_x ? x : motion->n_x - 1;
    y = y < 0 ? 0 : y < motion->n_y ? y : motion->n_y - 1;
    struct vh_mv b = here->mv[y * motion->n_x + x];
    int dx = a.x + b.x, dy = a.y + b.y;
    dx = dx < 0 ? -dx : dx;
    dy = dy < 0 ? -dy : dy;
    return dx > dy ? dx : dy;
}
