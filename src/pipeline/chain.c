/* The native runner. A chain is a list of links; each link holds a short FIFO of items (fields or pictures),
 * gives its stage the window around the next centre as soon as enough look-ahead is there, and feeds the
 * result to the next link.
 *
 * Fields are views of woven frames until a stage writes one; then they are frames of their own with a field's
 * height. A break (gap, order flip) is a flag on the first item behind it; windows stop there.
 */
#include "pipeline/chain.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/evidence.h"
#include "motion/motion.h"
#include "motion/search.h"
#include "pipeline/field_looks.h"

#include <string.h>

enum { FIFO = 3 * VH_WINDOW_SIZE, EVIDENCE = 32 }; /* a window, centres under way, centres gathered */

struct item {
    AVFrame *frame; /* owns the samples that `image` looks at */
    struct vh_image_const image;
    int64_t index;         /* running number in this link's domain */
    int64_t pts, duration; /* in the chain's time base */
    uint8_t parity;
    bool second; /* the later field of its frame */
    bool break_before;
};

/* One centre of a stage: what it is given, and what comes out. */
struct centre_job {
    struct vh_stage *stage; /* NULL: this centre makes no picture */
    struct vh_stage_input input;
    struct vh_motion motion;
    struct item out;
    struct vh_image image;
    int status;
};

enum link_kind { LINK_STAGE, LINK_SPLIT, LINK_WEAVE, LINK_LOOK };

struct link {
    enum link_kind kind;
    struct vh_stage *stage;
    struct item fifo[FIFO];
    int n, centre;              /* items held; the next one to process */
    struct vh_frame_pool *pool; /* of what the stage writes */
    struct vh_format format;    /* of the output */
    bool searches;              /* items entering this link are pushed into the motion search */
    int back, ahead;            /* neighbours the centre waits for; 0 for links without a window */
    int at_once, gather;        /* centres the stage takes at once; items more it waits for because of that */
    /* LINK_STAGE: at_once centres. With more than one they are worked on while the links before bring what
     * the next ones wait for; until they are done nothing that they look at may go. */
    struct centre_job *job;
    int n_jobs;
    struct vh_pool_job under_way;
    bool reads_motion;
    struct vh_field_looks
        *looks; /* LINK_LOOK: owned; LINK_STAGE: the latest before it, NULL when not asked for */
};

struct vh_chain {
    struct vh_chain_config config;
    vh_chain_emit *emit;
    void *opaque;
    struct link *link;
    int n_links;
    struct vh_motion_search *search; /* NULL when no stage reads motion */
    /* Evidence of the latest fields, measured by the first stage that asks and read by those behind it; field
     * n is at [n % EVIDENCE] when evidence_index says so. */
    struct vh_dsp_block_noise blocks;
    struct vh_evidence evidence[EVIDENCE];
    int64_t evidence_index[EVIDENCE]; /* field number + 1; 0 = none */
    struct vh_format out;
    AVRational time_base;
    int64_t n_in;
    int64_t n_fields; /* fields split so far: the next index */
};

static int feed(struct vh_chain *chain, int at, struct item *item);

static void item_free(struct item *item)
{
    vh_frame_free(&item->frame);
    memset(item, 0, sizeof *item);
}

/* The read view of a woven frame's field. */
static struct vh_image_const field_view(const AVFrame *frame, int parity)
{
    struct vh_image_const whole;
    vh_frame_image_read(frame, &whole);
    return vh_image_field_read(whole, parity);
}

/* ---- split and weave ---- */

static enum vh_field_order order_of(const struct vh_chain *chain, const AVFrame *frame)
{
    enum vh_field_order flagged = vh_frame_get_order(frame);
    if (flagged == VH_FIELDS_TFF || flagged == VH_FIELDS_BFF)
        return flagged;
    return chain->config.in.fields == VH_FIELDS_BFF ? VH_FIELDS_BFF : VH_FIELDS_TFF;
}

static int split(struct vh_chain *chain, int at, struct item *item)
{
    int first_parity = order_of(chain, item->frame) == VH_FIELDS_BFF;
    int status = VH_OK;
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        struct item field = {
            .index = chain->n_fields++, .parity = (uint8_t)(first_parity ^ i), .second = i == 1};
        field.frame = vh_frame_ref(item->frame);
        if (!field.frame) {
            status = VH_ERR_RESOURCE;
            break;
        }
        field.image = field_view(field.frame, field.parity);
        field.duration = item->duration / 2;
        field.pts = item->pts + i * field.duration;
        field.break_before = i == 0 && item->break_before;
        status = feed(chain, at + 1, &field);
    }
    item_free(item);
    return status;
}

static void copy_lines(struct vh_plane to, struct vh_plane_const from)
{
    int lines = to.height < from.height ? to.height : from.height;
    for (int y = 0; y < lines; y++)
        memcpy(to.data + y * to.stride, from.data + y * from.stride, (size_t)to.width * sizeof *to.data);
}

/* Two successive fields of one frame become a woven frame again. */
static int weave(struct vh_chain *chain, int at, struct item *item)
{
    struct link *link = &chain->link[at];
    if (!item->second) {
        item_free(&link->fifo[0]);
        link->fifo[0] = *item;
        *item = (struct item){0};
        return VH_OK;
    }
    struct item *first = &link->fifo[0];
    if (!first->frame) { /* a second field whose first was lost: cannot be woven */
        item_free(item);
        return VH_OK;
    }
    struct item out = *first;
    struct vh_image image;
    out.frame = vh_frame_pool_acquire(link->pool);
    if (!out.frame || av_frame_copy_props(out.frame, first->frame) < 0 ||
        vh_frame_image(out.frame, &image) != VH_OK) {
        vh_frame_free(&out.frame);
        return VH_ERR_RESOURCE;
    }
    struct vh_image a = vh_image_field(image, first->parity), b = vh_image_field(image, item->parity);
    for (int i = 0; i < image.n_planes; i++) {
        copy_lines(a.plane[i], first->image.plane[i]);
        copy_lines(b.plane[i], item->image.plane[i]);
    }
    out.image = vh_image_read(&image);
    out.duration = 2 * first->duration;
    out.index = first->index / 2;
    vh_frame_set_order(out.frame, first->parity ? VH_FIELDS_BFF : VH_FIELDS_TFF);
    item_free(first);
    item_free(item);
    return feed(chain, at + 1, &out);
}

/* ---- windows ---- */

static void window_make(struct vh_window *window, const struct link *link, int height)
{
    const struct item *centre = &link->fifo[link->centre];
    memset(window, 0, sizeof *window);
    window->index = centre->index;
    window->frame_height = height;
    for (int direction = -1; direction <= 1; direction += 2)
        for (int k = direction < 0 ? -1 : 0; k >= -VH_WINDOW_REACH && k <= VH_WINDOW_REACH; k += direction) {
            int i = link->centre + k;
            if (i < 0 || i >= link->n)
                break;
            if (direction < 0 && link->fifo[i + 1].break_before)
                break;
            if (direction > 0 && k > 0 && link->fifo[i].break_before)
                break;
            window->image[VH_WINDOW_REACH + k] = link->fifo[i].image;
            window->parity[VH_WINDOW_REACH + k] = link->fifo[i].parity;
        }
}

/* Makes `to` an owner of all that `from` owns. False when there is no room for so many. */
static bool share_buffers(AVFrame *to, const AVFrame *from)
{
    int n = 0, used = 0;
    while (used < AV_NUM_DATA_POINTERS && to->buf[used])
        used++;
    while (n < AV_NUM_DATA_POINTERS && from->buf[n])
        n++;
    for (int i = 0; i < n && used + n <= AV_NUM_DATA_POINTERS; i++)
        if (!(to->buf[used + i] = av_buffer_ref(from->buf[i])))
            return false;
    return used + n <= AV_NUM_DATA_POINTERS;
}

/* Planes that the stage keeps as they are need not be copied: the output looks at the centre's. */
static void share_planes(unsigned keeps, const struct item *centre, AVFrame *frame, struct vh_image *image)
{
    if (!keeps || !share_buffers(frame, centre->frame))
        return;
    for (int p = 0; p < image->n_planes; p++) {
        const struct vh_plane_const *plane = &centre->image.plane[p];
        if (!(keeps >> p & 1))
            continue;
        image->plane[p].data = (uint16_t *)(uintptr_t)plane->data;
        image->plane[p].stride = plane->stride;
        frame->data[p] = (uint8_t *)image->plane[p].data;
        frame->linesize[p] = (int)(plane->stride * (ptrdiff_t)sizeof *plane->data);
    }
}

/* A frame and view for the stage's output around `centre`. */
static int output_make(struct link *link, const struct item *centre, struct item *out, struct vh_image *image)
{
    *out = *centre;
    out->frame = vh_frame_pool_acquire(link->pool);
    if (!out->frame || av_frame_copy_props(out->frame, centre->frame) < 0 ||
        vh_frame_image(out->frame, image) != VH_OK) {
        vh_frame_free(&out->frame);
        return VH_ERR_RESOURCE;
    }
    if (link->stage->needs.out == VH_KIND_FIELD)
        for (int i = 0; i < image->n_planes; i++)
            image->plane[i].height = centre->image.plane[i].height;
    share_planes(link->stage->needs.keeps, centre, out->frame, image);
    if (link->stage->needs.out == VH_KIND_PROGRESSIVE)
        vh_frame_set_order(out->frame, VH_FIELDS_PROGRESSIVE);
    out->image = vh_image_read(image);
    return VH_OK;
}

/* Motion of a field is searched once, its evidence measured once, whoever asks. NULL where it is not known.
 */
static const struct vh_motion *motion_of(
    const struct vh_chain *chain, int64_t index, struct vh_motion *motion)
{
    return chain->search && vh_motion_search_get(chain->search, index, motion) == VH_OK ? motion : NULL;
}

static const struct vh_evidence *evidence_of(
    struct vh_chain *chain, const struct vh_window *window, const struct vh_motion *motion)
{
    int slot = (int)(window->index % EVIDENCE);
    if (chain->evidence_index[slot] != window->index + 1) {
        vh_evidence_measure(&chain->evidence[slot], &chain->blocks, window, motion);
        chain->evidence_index[slot] = window->index + 1;
    }
    return &chain->evidence[slot];
}

static void add_knowledge(
    struct vh_chain *chain, const struct link *link, struct vh_stage_input *input, struct vh_motion *motion)
{
    const struct vh_stage_needs *needs = &link->stage->needs;
    const struct vh_motion *known = motion_of(chain, input->window.index, motion);
    if (needs->motion)
        input->motion = known;
    if (needs->evidence)
        input->evidence = evidence_of(chain, &input->window, known);
    if (link->looks)
        vh_field_looks_show(link->looks, &input->window, input->look);
}

/* Looks at the centre's lines and passes the field on as it is. */
static int look_at_centre(struct vh_chain *chain, int at)
{
    struct link *link = &chain->link[at];
    const struct item *centre = &link->fifo[link->centre];
    struct vh_window window;
    struct vh_motion motion;
    window_make(&window, link, chain->config.in.height);
    const struct vh_motion *known = motion_of(chain, window.index, &motion);
    const struct vh_evidence *evidence = evidence_of(chain, &window, known);
    vh_field_looks_take(link->looks, &window, known, evidence->sigma_8bit[0]);
    struct item out = *centre;
    out.frame = vh_frame_ref(centre->frame);
    return out.frame ? feed(chain, at + 1, &out) : VH_ERR_RESOURCE;
}

/* Drops items that no later window can reach. */
static void trim(struct link *link)
{
    while (link->centre > link->back) {
        item_free(&link->fifo[0]);
        memmove(&link->fifo[0], &link->fifo[1], (size_t)(link->n - 1) * sizeof link->fifo[0]);
        link->n--;
        link->centre--;
        memset(&link->fifo[link->n], 0, sizeof link->fifo[0]);
    }
}

/* Whether enough is there behind the next centre. */
static bool is_ready(const struct link *link, int look_ahead)
{
    return link->centre < link->n && link->n - link->centre > look_ahead;
}

static bool makes_pictures(const struct link *link)
{
    return link->stage->needs.in == VH_KIND_FIELD && link->stage->needs.out == VH_KIND_PROGRESSIVE;
}

static void prepare_centre(struct vh_chain *chain, int at, struct centre_job *job, int slot)
{
    struct link *link = &chain->link[at];
    struct item *centre = &link->fifo[link->centre];
    *job = (struct centre_job){.status = VH_OK};
    if (makes_pictures(link) && chain->config.one_per_frame && centre->second)
        return;
    job->stage = link->stage;
    job->input.slot = slot;
    job->input.time_us = av_rescale_q(centre->pts, chain->time_base, (AVRational){1, 1000000});
    window_make(&job->input.window, link, chain->config.in.height);
    add_knowledge(chain, link, &job->input, &job->motion);
    job->status = output_make(link, centre, &job->out, &job->image);
}

static void run_centre(void *arg, int index, int n)
{
    struct centre_job *job = (struct centre_job *)arg + index;
    (void)n;
    if (job->status == VH_OK)
        job->status = job->stage->ops->process(job->stage, &job->input, &job->image);
}

static int feed_result(struct vh_chain *chain, int at, struct item *out)
{
    if (makes_pictures(&chain->link[at]) && chain->config.one_per_frame) {
        out->duration *= 2;
        out->index /= 2;
    }
    return feed(chain, at + 1, out);
}

/* Results of centres, to be fed on. */
struct results {
    struct item out[VH_STAGE_AT_ONCE];
    int n, status;
};

/* Waits for the centres under way and takes their results. */
static void take_results(struct vh_chain *chain, struct link *link, struct results *r)
{
    vh_pool_wait(chain->config.pool, &link->under_way);
    *r = (struct results){.n = link->n_jobs, .status = VH_OK};
    for (int i = 0; i < r->n; i++) {
        r->status = r->status == VH_OK ? link->job[i].status : r->status;
        r->out[i] = link->job[i].out;
    }
    link->n_jobs = 0;
    trim(link);
}

/* In order. After a failure they are dropped. */
static int feed_results(struct vh_chain *chain, int at, struct results *r)
{
    for (int i = 0; i < r->n; i++)
        if (r->status == VH_OK)
            r->status = feed_result(chain, at, &r->out[i]);
        else
            item_free(&r->out[i]);
    return r->status;
}

static int finish_centres(struct vh_chain *chain, int at)
{
    struct results results;
    take_results(chain, &chain->link[at], &results);
    return feed_results(chain, at, &results);
}

/* Gives the stage up to as many centres as it takes at once. Where that is more than one, workers have the
 * next ones before the results of the last are fed on. */
static int process_centres(struct vh_chain *chain, int at, int look_ahead)
{
    struct link *link = &chain->link[at];
    struct results results;
    take_results(chain, link, &results);
    while (results.status == VH_OK && link->n_jobs < link->at_once && is_ready(link, look_ahead)) {
        struct centre_job *job = &link->job[link->n_jobs];
        prepare_centre(chain, at, job, link->n_jobs);
        link->n_jobs += job->stage != NULL;
        link->centre++;
    }
    if (link->at_once > 1) {
        vh_pool_start(chain->config.pool, &link->under_way, run_centre, link->job, link->n_jobs);
        return feed_results(chain, at, &results);
    }
    vh_pool_run(chain->config.pool, run_centre, link->job, link->n_jobs);
    return finish_centres(chain, at);
}

/* Goes as far as items reach: `look_ahead` of them behind each centre, and `gather` more for a stage that
 * takes several centres at once; none of either at the end of the stream. */
static int run_link(struct vh_chain *chain, int at, int look_ahead, int gather)
{
    struct link *link = &chain->link[at];
    int status = VH_OK;
    while (status == VH_OK && is_ready(link, look_ahead + gather)) {
        if (link->kind == LINK_STAGE) {
            status = process_centres(chain, at, look_ahead);
            continue;
        }
        status = look_at_centre(chain, at);
        link->centre++;
        trim(link);
    }
    return status;
}

static int feed(struct vh_chain *chain, int at, struct item *item)
{
    if (at == chain->n_links) {
        AVFrame *frame = item->frame;
        frame->pts = item->pts;
        frame->time_base = chain->time_base;
        vh_frame_set_duration(frame, item->duration);
        return chain->emit(chain->opaque, frame);
    }
    struct link *link = &chain->link[at];
    if (link->kind == LINK_SPLIT)
        return split(chain, at, item);
    if (link->kind == LINK_WEAVE)
        return weave(chain, at, item);
    if (link->searches) {
        int status =
            vh_motion_search_push(chain->search, &item->image.plane[0], item->parity, item->break_before);
        if (status != VH_OK) {
            item_free(item);
            return status;
        }
    }
    link->fifo[link->n++] = *item;
    return run_link(chain, at, link->ahead, link->gather);
}

/* ---- life ---- */

static struct link *add_link(struct vh_chain *chain, enum link_kind kind, const struct vh_format *format)
{
    struct link *link = &chain->link[chain->n_links++];
    link->kind = kind;
    link->format = *format;
    return link;
}

static int add_pool(struct link *link, enum vh_kind kind)
{
    int height = kind == VH_KIND_FIELD ? (link->format.height + 1) / 2 : link->format.height;
    /* A field of 4:2:0 has half the chroma lines of a frame; with an odd number of lines the pool's frame
     * must not be one chroma line short. */
    if (kind == VH_KIND_FIELD && height % 2)
        height++;
    return vh_frame_pool_create(&link->pool, link->format.pix_fmt, link->format.width, height);
}

static int add_weave(struct vh_chain *chain, const struct vh_format *format)
{
    return add_pool(add_link(chain, LINK_WEAVE, format), VH_KIND_WOVEN);
}

/* Motion of a centre is complete two fields later, so a link that reads it looks at least that far ahead. */
static void set_reach(struct link *link, int back, int ahead, bool reads_motion)
{
    link->back = back;
    link->ahead = reads_motion && ahead < VH_MOTION_REACH ? VH_MOTION_REACH : ahead;
    link->reads_motion = reads_motion;
}

static bool has_look(const struct vh_chain *chain)
{
    for (int i = 0; i < chain->n_links; i++)
        if (chain->link[i].kind == LINK_LOOK)
            return true;
    return false;
}

static int add_stage(
    struct vh_chain *chain, struct vh_stage *stage, enum vh_kind *kind, struct vh_format *format)
{
    const struct vh_stage_needs *needs = &stage->needs;
    int status = VH_OK;
    if (*kind == VH_KIND_WOVEN && needs->in == VH_KIND_FIELD)
        add_link(chain, LINK_SPLIT, format);
    else if (*kind == VH_KIND_FIELD && needs->in == VH_KIND_WOVEN)
        status = add_weave(chain, format);
    else if (*kind != needs->in)
        return vh_fail(chain->config.log, VH_ERR_INTERNAL,
            "stage %s does not fit behind what comes before it", stage->ops->name);
    if (status != VH_OK)
        return status;
    if (needs->look && (needs->new_look || !has_look(chain)))
        set_reach(add_link(chain, LINK_LOOK, format), VH_WINDOW_REACH, VH_MOTION_REACH, true);
    *kind = needs->out;
    AVRational rate = format->frame_rate;
    bool bobs = needs->in == VH_KIND_FIELD && *kind == VH_KIND_PROGRESSIVE;
    *format = needs->format;
    format->frame_rate = rate;
    if (bobs && !chain->config.one_per_frame)
        format->frame_rate = av_mul_q(rate, (AVRational){2, 1});
    struct link *link = add_link(chain, LINK_STAGE, format);
    link->stage = stage;
    set_reach(link, needs->look_back, needs->look_ahead, needs->motion || needs->evidence);
    link->at_once = needs->at_once > 1 ? needs->at_once : 1;
    link->gather = link->at_once * (bobs && chain->config.one_per_frame ? 2 : 1) - 1;
    link->job = vh_alloc((size_t)link->at_once, sizeof *link->job);
    return link->job ? add_pool(link, *kind) : VH_ERR_RESOURCE;
}

/* Items from the newest that came to a link to the oldest it has not passed on; centres under way are as many
 * again as it gathers. */
static int delay_of(const struct link *link)
{
    return link->ahead + link->gather + (link->at_once > 1 ? link->gather + 1 : 0);
}

/* How many fields the search must keep: those between the newest pushed and the oldest centre that still
 * reads motion. */
static int motion_keep(const struct vh_chain *chain)
{
    int behind = 0, keep = 0;
    bool searched = false; /* links in front of the search do not hold anything up */
    for (int i = 0; i < chain->n_links; i++) {
        const struct link *link = &chain->link[i];
        searched = searched || link->reads_motion;
        behind += searched ? delay_of(link) : 0;
        keep = link->reads_motion ? behind : keep;
    }
    return keep + VH_MOTION_REACH + 3;
}

/* Looks are kept from the newest taken to the oldest that a stage may read before the next ones are taken. */
static int open_looks(struct vh_chain *chain)
{
    struct vh_field_looks *latest = NULL;
    int status = VH_OK;
    for (int i = 0; i < chain->n_links && status == VH_OK; i++) {
        struct link *link = &chain->link[i];
        if (link->kind == LINK_STAGE)
            link->looks = link->stage->needs.look ? latest : NULL;
        if (link->kind != LINK_LOOK)
            continue;
        struct vh_field_looks_config config = {.width = link->format.width,
            .height = chain->config.in.height,
            .keep = 2 * VH_WINDOW_REACH + 2,
            .pool = chain->config.pool,
            .cpu_flags = chain->config.cpu_flags};
        for (int k = i + 1; k < chain->n_links && chain->link[k].kind != LINK_LOOK; k++) {
            config.keep += delay_of(&chain->link[k]);
            config.parts |= chain->link[k].kind == LINK_STAGE ? chain->link[k].stage->needs.look : 0;
        }
        status = vh_field_looks_create(&link->looks, &config);
        latest = link->looks;
    }
    return status;
}

static int open_search(struct vh_chain *chain)
{
    for (int i = 0; i < chain->n_links; i++) {
        struct link *link = &chain->link[i];
        if (!link->reads_motion)
            continue;
        struct vh_motion_config config = {.width = link->format.width,
            .height = chain->config.in.height,
            .speed = chain->config.motion_speed,
            .keep = motion_keep(chain),
            .pool = chain->config.pool,
            .cpu_flags = chain->config.cpu_flags,
            .log = chain->config.log};
        link->searches = true;
        return vh_motion_search_create(&chain->search, &config);
    }
    return VH_OK;
}

int vh_chain_create(
    struct vh_chain **chain, const struct vh_chain_config *config, vh_chain_emit *emit, void *opaque)
{
    struct vh_chain *c = *chain = vh_alloc(1, sizeof *c);
    if (!c)
        return VH_ERR_RESOURCE;
    c->config = *config;
    vh_dsp_block_noise_init(&c->blocks, config->cpu_flags);
    c->emit = emit;
    c->opaque = opaque;
    c->link = vh_alloc((size_t)config->n_stages * 3 + 1, sizeof *c->link);
    enum vh_kind kind = config->kind;
    c->out = config->in;
    int status = c->link ? VH_OK : VH_ERR_RESOURCE;
    for (int i = 0; i < config->n_stages && status == VH_OK; i++)
        status = add_stage(c, config->stage[i], &kind, &c->out);
    if (status == VH_OK && kind == VH_KIND_FIELD)
        status = add_weave(c, &c->out);
    if (status == VH_OK && kind == VH_KIND_PROGRESSIVE)
        c->out.fields = VH_FIELDS_PROGRESSIVE;
    if (status == VH_OK)
        status = open_search(c);
    if (status == VH_OK)
        status = open_looks(c);
    if (status != VH_OK)
        vh_chain_destroy(chain);
    return status;
}

void vh_chain_destroy(struct vh_chain **chain)
{
    struct vh_chain *c = chain ? *chain : NULL;
    if (!c)
        return;
    for (int i = 0; c->link && i < c->n_links; i++) {
        vh_pool_wait(c->config.pool, &c->link[i].under_way);
        for (int j = 0; j < c->link[i].n_jobs; j++)
            item_free(&c->link[i].job[j].out);
        vh_free(c->link[i].job);
        for (int j = 0; j < FIFO; j++)
            item_free(&c->link[i].fifo[j]);
        vh_frame_pool_destroy(&c->link[i].pool);
        if (c->link[i].kind == LINK_LOOK)
            vh_field_looks_destroy(&c->link[i].looks);
    }
    vh_motion_search_destroy(&c->search);
    vh_free(c->link);
    vh_freep(chain);
}

int vh_chain_push(struct vh_chain *chain, AVFrame *frame, bool break_before)
{
    struct item item = {.frame = frame,
        .index = chain->n_in++,
        .pts = frame->pts,
        .duration = vh_frame_get_duration(frame),
        .break_before = break_before};
    chain->time_base = frame->time_base;
    if (vh_frame_image_read(frame, &item.image) != VH_OK) {
        item_free(&item);
        return VH_ERR_INTERNAL;
    }
    return feed(chain, 0, &item);
}

int vh_chain_finish(struct vh_chain *chain)
{
    int status = VH_OK;
    for (int i = 0; i < chain->n_links && status == VH_OK; i++)
        if (chain->link[i].kind == LINK_STAGE || chain->link[i].kind == LINK_LOOK) {
            status = run_link(chain, i, 0, 0);
            if (status == VH_OK)
                status = finish_centres(chain, i);
        }
    return status;
}

const struct vh_format *vh_chain_format(const struct vh_chain *chain)
{
    return &chain->out;
}
