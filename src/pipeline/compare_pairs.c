/* Reading two clips in step. The offset is searched on thumbnails of the first pictures, then both clips are
 * opened anew: cheaper in memory than keeping the pictures. */
#include "pipeline/compare_pairs.h"

#include "core/memory.h"
#include "core/status.h"
#include "upscale/upscaler.h"

#include <math.h>
#include <string.h>

struct vh_pairs {
    struct vh_pairs_config config;
    struct vh_clip_reader *reader[2];
    struct vh_upscaler *scaler; /* NULL = B has A's raster and layout */
    struct vh_frame_pool *scaled;
    struct vh_alignment alignment;
};

static int open_readers(struct vh_pairs *p)
{
    int status = VH_OK;
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        struct vh_clip_reader_config config = {.url = p->config.url[i],
            .range = &p->config.range,
            .pool = p->config.pool,
            .cpu_flags = p->config.cpu_flags,
            .cancel = p->config.cancel,
            .log = p->config.log};
        vh_clip_reader_close(&p->reader[i]);
        status = vh_clip_reader_open(&p->reader[i], &config);
    }
    return status;
}

static int check_rates(const struct vh_pairs *p)
{
    AVRational a = vh_clip_reader_format(p->reader[0])->frame_rate,
               b = vh_clip_reader_format(p->reader[1])->frame_rate;
    if (a.num <= 0 || b.num <= 0 || fabs(av_q2d(a) / av_q2d(b) - 1) < 0.01)
        return VH_OK;
    return vh_fail(p->config.log, VH_ERR_USAGE,
        "%s has %.4g pictures a second and %s %.4g; only clips of one rate can be compared picture by "
        "picture",
        p->config.url[0], av_q2d(a), p->config.url[1], av_q2d(b));
}

/* ---- B on A's raster ---- */

static int open_scaler(struct vh_pairs *p)
{
    const struct vh_format *a = vh_clip_reader_format(p->reader[0]), *b = vh_clip_reader_format(p->reader[1]);
    if (vh_format_same_layout(a, b))
        return VH_OK;
    struct vh_upscaler_config config = {
        .in = *b, .out = *a, .pool = p->config.pool, .cpu_flags = p->config.cpu_flags, .log = p->config.log};
    config.in.fields = config.out.fields = VH_FIELDS_PROGRESSIVE;
    int status = vh_upscaler_open(&p->scaler, &config);
    return status == VH_OK ? vh_frame_pool_create(&p->scaled, a->pix_fmt, a->width, a->height) : status;
}

static int scale(struct vh_pairs *p, AVFrame **frame)
{
    AVFrame *out = vh_frame_pool_acquire(p->scaled);
    int status = out ? vh_upscaler_submit(p->scaler, *frame, out) : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_upscaler_collect(p->scaler);
    vh_frame_free(frame);
    if (status == VH_OK)
        vh_frame_apply_format(out, vh_clip_reader_format(p->reader[0]));
    else
        vh_frame_free(&out);
    *frame = out;
    return status;
}

static int read_one(struct vh_pairs *p, int clip, AVFrame **frame)
{
    int status = vh_clip_read_picture(p->reader[clip], frame);
    return status == VH_OK && clip == 1 && p->scaler ? scale(p, frame) : status;
}

/* ---- offset ---- */

enum { LOOK_FRAMES = 24 }; /* pictures looked at beyond twice the largest offset */

/* Thumbnails of up to n pictures of a clip into thumb[n][cells]; returns how many, or an error. */
static int take_thumbs(struct vh_pairs *p, int clip, uint16_t *thumb, int cells, int n)
{
    int taken = 0;
    for (; taken < n; taken++) {
        AVFrame *frame = NULL;
        struct vh_image_const image;
        int status = read_one(p, clip, &frame);
        if (status == VH_EOF)
            break;
        if (status == VH_OK)
            status = vh_frame_image_read(frame, &image);
        if (status == VH_OK)
            vh_align_thumb(thumb + (ptrdiff_t)taken * cells, image.plane[0]);
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status;
    }
    return taken;
}

static int search_offset(struct vh_pairs *p)
{
    const struct vh_format *a = vh_clip_reader_format(p->reader[0]);
    int width, height, cells = vh_align_thumb_size(a->width, a->height, &width, &height);
    int n = 2 * p->config.max_offset + LOOK_FRAMES, found[2] = {0};
    uint16_t *thumb = vh_alloc((size_t)(2 * n), (size_t)cells * sizeof *thumb);
    const uint16_t **list = vh_alloc((size_t)(2 * n), sizeof *list);
    int status = thumb && list ? VH_OK : VH_ERR_RESOURCE;
    for (int clip = 0; clip < 2 && status == VH_OK; clip++) {
        found[clip] = take_thumbs(p, clip, thumb + (ptrdiff_t)clip * n * cells, cells, n);
        status = found[clip] < 0 ? found[clip] : VH_OK;
    }
    for (int i = 0; i < 2 * n && status == VH_OK; i++)
        list[i] = thumb + (ptrdiff_t)i * cells;
    if (status == VH_OK) {
        p->alignment = vh_align_search(list, found[0], list + n, found[1], cells, p->config.max_offset);
        status = open_readers(p);
    }
    vh_free(thumb);
    vh_free(list);
    return status;
}

static int skip(struct vh_pairs *p, int clip, int n)
{
    int status = VH_OK;
    for (; n > 0 && status == VH_OK; n--) {
        AVFrame *frame = NULL;
        status = vh_clip_read_picture(p->reader[clip], &frame);
        vh_frame_free(&frame);
    }
    if (status == VH_EOF)
        return vh_fail(p->config.log, VH_ERR_INPUT, "%s ends before the offset of %d frames",
            p->config.url[clip], p->alignment.offset);
    return status;
}

static int align(struct vh_pairs *p)
{
    int status = VH_OK;
    if (p->config.offset != VH_AUTO_INT)
        p->alignment.offset = p->config.offset;
    else if (!strcmp(p->config.url[0], "-") || !strcmp(p->config.url[1], "-"))
        vh_info(p->config.log,
            "a pipe cannot be read twice: no search for the offset, frames are taken as they come");
    else
        status = search_offset(p);
    int offset = p->alignment.offset;
    return status == VH_OK ? skip(p, offset > 0 ? 1 : 0, offset > 0 ? offset : -offset) : status;
}

/* ---- reading ---- */

struct step {
    struct vh_pairs *pairs;
    AVFrame **frame;
    int status[2];
    void (*meanwhile)(void *arg);
    void *arg;
};

static void run_step(void *arg, int index, int n)
{
    struct step *s = arg;
    (void)n;
    if (index == 2)
        s->meanwhile(s->arg);
    else
        s->status[index] = read_one(s->pairs, index, &s->frame[index]);
}

int vh_pairs_read(struct vh_pairs *p, AVFrame *frame[2], void (*meanwhile)(void *arg), void *arg)
{
    struct step step = {.pairs = p, .frame = frame, .meanwhile = meanwhile, .arg = arg};
    frame[0] = frame[1] = NULL;
    vh_pool_run(p->config.pool, run_step, &step, meanwhile ? 3 : 2);
    int status = step.status[0] < 0 ? step.status[0] : step.status[1] < 0 ? step.status[1] : VH_OK;
    if (status == VH_OK && (step.status[0] == VH_EOF || step.status[1] == VH_EOF))
        status = VH_EOF;
    if (status != VH_OK) {
        vh_frame_free(&frame[0]);
        vh_frame_free(&frame[1]);
    }
    return status;
}

/* ---- life ---- */

int vh_pairs_open(struct vh_pairs **pairs, const struct vh_pairs_config *config)
{
    struct vh_pairs *p = *pairs = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    p->config = *config;
    int status = open_readers(p);
    if (status == VH_OK)
        status = check_rates(p);
    if (status == VH_OK)
        status = open_scaler(p);
    if (status == VH_OK)
        status = align(p);
    if (status != VH_OK)
        vh_pairs_close(pairs);
    return status;
}

void vh_pairs_close(struct vh_pairs **pairs)
{
    struct vh_pairs *p = *pairs;
    if (!p)
        return;
    vh_upscaler_close(&p->scaler);
    vh_frame_pool_destroy(&p->scaled);
    for (int i = 0; i < 2; i++)
        vh_clip_reader_close(&p->reader[i]);
    vh_freep(pairs);
}

const struct vh_format *vh_pairs_format(const struct vh_pairs *pairs)
{
    return vh_clip_reader_format(pairs->reader[0]);
}

const struct vh_format *vh_pairs_source_format(const struct vh_pairs *pairs, int clip)
{
    return vh_clip_reader_format(pairs->reader[clip]);
}

int vh_pairs_depth(const struct vh_pairs *pairs)
{
    return vh_clip_reader_depth(pairs->reader[0]);
}

bool vh_pairs_converts(const struct vh_pairs *pairs)
{
    return pairs->scaler != NULL;
}

int64_t vh_pairs_expected(const struct vh_pairs *p)
{
    int64_t a = vh_clip_reader_expected(p->reader[0]), b = vh_clip_reader_expected(p->reader[1]);
    return a < b ? a : b;
}

struct vh_alignment vh_pairs_alignment(const struct vh_pairs *pairs)
{
    return pairs->alignment;
}
