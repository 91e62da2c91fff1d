/* Comparison of pictures: rows are spread over the pool, sums of rows are added in order. */
#include "metric/metric.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/score.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SLICES = 16, COMB_THRESHOLD = 8 * VH_CODE };

/* Scratch of one slice: two rows of blocks and the windows between them. */
struct slice_scratch {
    struct vh_score_blocks row[2];
    double *window;
};

struct frame_sums {
    uint64_t sse[VH_MAX_PLANES];
    uint64_t comb[3], flicker, change[2];
    double ssim[VH_MAX_PLANES]; /* sum over windows */
};

struct vh_metric {
    struct vh_metric_format format;
    struct vh_pool *pool; /* not owned */
    struct vh_dsp_score dsp;
    double peak, c1, c2;
    double *memory; /* of all slices' scratch */
    struct slice_scratch scratch[SLICES];
    double *row_ssim; /* sum over the windows of each row of each plane */
    struct frame_sums part[SLICES];
    uint16_t *nothing;   /* a line of zeros */
    uint16_t *before[2]; /* luma of the previous pair, cropped and packed */
    struct vh_plane_const a[VH_MAX_PLANES], b[VH_MAX_PLANES]; /* of the pair under way, cropped */
    double total_mse[VH_MAX_PLANES], total_ssim[VH_MAX_PLANES], total_flicker, total_change[2], total_comb[3];
    int64_t n_frames;
};

static struct vh_plane_const crop_plane(const struct vh_metric_format *f, struct vh_plane_const p, int plane)
{
    int sx = plane ? f->sub_x : 0, sy = plane ? f->sub_y : 0;
    int top = f->crop[0] >> sy, bottom = f->crop[1] >> sy, left = f->crop[2] >> sx, right = f->crop[3] >> sx;
    p.data += top * p.stride + left;
    p.width -= left + right;
    p.height -= top + bottom;
    return p;
}

/* Rows of windows of a plane: one every 4 lines. */
static int window_rows(int height)
{
    return height / 4 - 1;
}

static double ssim_row(const struct vh_metric *m, const struct slice_scratch *s, int width)
{
    int n = width / 4 - 1;
    double sum = 0;
    m->dsp.ssim_windows(s->window, &s->row[0], &s->row[1], m->c1, m->c2, n);
    for (int i = 0; i < n; i++)
        sum += s->window[i];
    return sum;
}

static void block_row(const struct vh_metric *m, const struct vh_score_blocks *dst, struct vh_plane_const a,
    struct vh_plane_const b, int row)
{
    const uint16_t *la[4], *lb[4];
    for (int k = 0; k < 4; k++) {
        la[k] = a.data + (4 * row + k) * a.stride;
        lb[k] = b.data + (4 * row + k) * b.stride;
    }
    m->dsp.ssim_blocks(dst, la, lb, a.width / 4);
}

/* Rows y0 … y1 of windows of one plane; row_sum receives one sum per row. */
static void ssim_rows(const struct vh_metric *m, struct slice_scratch *s, struct vh_plane_const a,
    struct vh_plane_const b, int y0, int y1, double *row_sum)
{
    if (y0 < y1)
        block_row(m, &s->row[0], a, b, y0);
    for (int y = y0; y < y1; y++) {
        block_row(m, &s->row[1], a, b, y + 1);
        row_sum[y] = ssim_row(m, s, a.width);
        struct vh_score_blocks swap = s->row[0];
        s->row[0] = s->row[1];
        s->row[1] = swap;
    }
}

static void luma_rows(struct vh_metric *m, struct frame_sums *sums, int y0, int y1)
{
    struct vh_plane_const a = m->a[0], b = m->b[0];
    for (int y = y0; y < y1; y++) {
        const uint16_t *la = a.data + y * a.stride, *lb = b.data + y * b.stride;
        if (y > 0 && y < a.height - 1) {
            const uint16_t *const lines_a[3] = {la - a.stride, la, la + a.stride};
            const uint16_t *const lines_b[3] = {lb - b.stride, lb, lb + b.stride};
            m->dsp.combing(sums->comb, lines_a, lines_b, COMB_THRESHOLD, a.width);
        }
        uint16_t *ka = m->before[0] + (ptrdiff_t)y * a.width, *kb = m->before[1] + (ptrdiff_t)y * a.width;
        if (m->n_frames > 0) {
            sums->flicker += m->dsp.flicker(ka, la, kb, lb, a.width);
            sums->change[0] += m->dsp.flicker(ka, la, m->nothing, m->nothing, a.width);
            sums->change[1] += m->dsp.flicker(kb, lb, m->nothing, m->nothing, a.width);
        }
        memcpy(ka, la, (size_t)a.width * sizeof *ka);
        memcpy(kb, lb, (size_t)a.width * sizeof *kb);
    }
}

static void compare_slice(void *arg, int index, int n)
{
    struct vh_metric *m = arg;
    struct frame_sums *sums = &m->part[index];
    double *row_sum = m->row_ssim;
    memset(sums, 0, sizeof *sums);
    for (int i = 0; i < m->format.n_planes; i++) {
        struct vh_plane_const a = m->a[i], b = m->b[i];
        int y0, y1;
        vh_pool_rows(a.height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            sums->sse[i] += m->dsp.sse(a.data + y * a.stride, b.data + y * b.stride, a.width);
        if (i == 0)
            luma_rows(m, sums, y0, y1);
        vh_pool_rows(window_rows(a.height), index, n, &y0, &y1);
        ssim_rows(m, &m->scratch[index], a, b, y0, y1, row_sum);
        row_sum += window_rows(a.height);
    }
}

static struct frame_sums add_parts(const struct vh_metric *m)
{
    struct frame_sums sums = {0};
    for (int s = 0; s < SLICES; s++) {
        for (int i = 0; i < VH_MAX_PLANES; i++) {
            sums.sse[i] += m->part[s].sse[i];
            sums.comb[i] += m->part[s].comb[i];
        }
        sums.flicker += m->part[s].flicker;
        sums.change[0] += m->part[s].change[0];
        sums.change[1] += m->part[s].change[1];
    }
    const double *row_sum = m->row_ssim;
    for (int i = 0; i < m->format.n_planes; i++)
        for (int y = 0; y < window_rows(m->a[i].height); y++)
            sums.ssim[i] += *row_sum++;
    return sums;
}

static double psnr(double peak, double mse)
{
    return mse > 0 ? 10 * log10(peak * peak / mse) : INFINITY;
}

/* Fills the "all" entries from the planes', and the decibels. */
static void finish(const struct vh_metric *m, struct vh_metric_score *score)
{
    double samples = 0;
    for (int i = 0; i < m->format.n_planes; i++) {
        double n = (double)m->a[i].width * m->a[i].height;
        score->mse[VH_METRIC_ALL] += score->mse[i] * n;
        score->ssim[VH_METRIC_ALL] += score->ssim[i] * n;
        samples += n;
    }
    score->mse[VH_METRIC_ALL] /= samples;
    score->ssim[VH_METRIC_ALL] /= samples;
    for (int i = 0; i < 4; i++) {
        bool there = i < m->format.n_planes || i == VH_METRIC_ALL;
        score->psnr[i] = there ? psnr(m->peak, score->mse[i]) : NAN;
        score->ssim[i] = there ? score->ssim[i] : NAN;
    }
}

void vh_metric_add(struct vh_metric *m, const struct vh_image_const *a, const struct vh_image_const *b,
    struct vh_metric_score *frame)
{
    for (int i = 0; i < m->format.n_planes; i++) {
        m->a[i] = crop_plane(&m->format, a->plane[i], i);
        m->b[i] = crop_plane(&m->format, b->plane[i], i);
    }
    vh_pool_run(m->pool, compare_slice, m, SLICES);
    struct frame_sums sums = add_parts(m);
    struct vh_metric_score one = {.n_frames = 1};
    double luma = (double)m->a[0].width * m->a[0].height, inner = luma - 2.0 * m->a[0].width;
    for (int i = 0; i < m->format.n_planes; i++) {
        struct vh_plane_const p = m->a[i];
        one.mse[i] = (double)sums.sse[i] / ((double)p.width * p.height);
        one.ssim[i] = sums.ssim[i] / ((double)(p.width / 4 - 1) * window_rows(p.height));
        m->total_mse[i] += one.mse[i];
        m->total_ssim[i] += one.ssim[i];
    }
    one.flicker = (double)sums.flicker / luma / VH_CODE;
    one.change_a = (double)sums.change[0] / luma / VH_CODE;
    one.change_b = (double)sums.change[1] / luma / VH_CODE;
    one.combing_a = (double)sums.comb[0] / inner / VH_CODE;
    one.combing_b = (double)sums.comb[1] / inner / VH_CODE;
    one.combing = (double)sums.comb[2] / inner / VH_CODE;
    m->total_flicker += one.flicker;
    m->total_change[0] += one.change_a;
    m->total_change[1] += one.change_b;
    m->total_comb[0] += one.combing_a;
    m->total_comb[1] += one.combing_b;
    m->total_comb[2] += one.combing;
    m->n_frames++;
    if (frame) {
        finish(m, &one);
        *frame = one;
    }
}

void vh_metric_total(const struct vh_metric *m, struct vh_metric_score *total)
{
    *total = (struct vh_metric_score){.n_frames = m->n_frames};
    if (m->n_frames == 0)
        return;
    double n = (double)m->n_frames;
    for (int i = 0; i < m->format.n_planes; i++) {
        total->mse[i] = m->total_mse[i] / n;
        total->ssim[i] = m->total_ssim[i] / n;
    }
    double pairs = m->n_frames > 1 ? n - 1 : 1;
    total->flicker = m->total_flicker / pairs;
    total->change_a = m->total_change[0] / pairs;
    total->change_b = m->total_change[1] / pairs;
    total->combing_a = m->total_comb[0] / n;
    total->combing_b = m->total_comb[1] / n;
    total->combing = m->total_comb[2] / n;
    finish(m, total);
}

static double peak_of(int depth)
{
    return (double)((1 << depth) - 1) * (1 << (16 - depth));
}

static void set_constants(struct vh_metric *m)
{
    m->peak = peak_of(m->format.depth);
    m->c1 = 0.01 * 0.01 * m->peak * m->peak * 64;
    m->c2 = 0.03 * 0.03 * m->peak * m->peak * 64 * 63;
}

/* Nine rows of doubles per slice: two rows of four sums, and the windows. */
static int allocate(struct vh_metric *m)
{
    size_t blocks = (size_t)(m->format.width / 4 + 8), rows = 0;
    struct vh_plane_const luma = crop_plane(
        &m->format, (struct vh_plane_const){.width = m->format.width, .height = m->format.height}, 0);
    m->memory = vh_alloc(SLICES * 9 * blocks, sizeof *m->memory);
    for (int i = 0; i < m->format.n_planes; i++)
        rows += (size_t)m->format.height / 4 + 1;
    m->nothing = vh_alloc((size_t)luma.width, sizeof *m->nothing);
    m->row_ssim = vh_alloc(rows, sizeof *m->row_ssim);
    for (int i = 0; i < 2; i++)
        m->before[i] = vh_alloc((size_t)luma.width * (size_t)luma.height, sizeof **m->before);
    if (!m->memory || !m->nothing || !m->row_ssim || !m->before[0] || !m->before[1])
        return VH_ERR_RESOURCE;
    double *next = m->memory;
    for (int s = 0; s < SLICES; s++) {
        for (int r = 0; r < 2; r++) {
            m->scratch[s].row[r] =
                (struct vh_score_blocks){next, next + blocks, next + 2 * blocks, next + 3 * blocks};
            next += 4 * blocks;
        }
        m->scratch[s].window = next;
        next += blocks;
    }
    return VH_OK;
}

int vh_metric_create(struct vh_metric **metric, const struct vh_metric_format *format, struct vh_pool *pool,
    unsigned cpu_flags, const struct vh_log *log)
{
    *metric = NULL;
    for (int i = 0; i < format->n_planes; i++) {
        int width = i ? -(-format->width >> format->sub_x) : format->width;
        int height = i ? -(-format->height >> format->sub_y) : format->height;
        struct vh_plane_const p =
            crop_plane(format, (struct vh_plane_const){.width = width, .height = height}, i);
        if (p.width < 8 || p.height < 8)
            return vh_fail(log, VH_ERR_USAGE,
                "cropped by %d:%d:%d:%d a picture of %dx%d has less than 8x8 samples in plane %d; crop less",
                format->crop[0], format->crop[1], format->crop[2], format->crop[3], format->width,
                format->height, i);
    }
    struct vh_metric *m = vh_alloc(1, sizeof *m);
    if (!m)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the comparison");
    m->format = *format;
    m->pool = pool;
    vh_dsp_score_init(&m->dsp, cpu_flags);
    set_constants(m);
    if (allocate(m) < 0) {
        vh_metric_destroy(&m);
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the comparison");
    }
    *metric = m;
    return VH_OK;
}

void vh_metric_destroy(struct vh_metric **metric)
{
    if (!metric || !*metric)
        return;
    vh_free((*metric)->memory);
    vh_free((*metric)->nothing);
    vh_free((*metric)->row_ssim);
    vh_free((*metric)->before[0]);
    vh_free((*metric)->before[1]);
    vh_freep(metric);
}

double vh_metric_psnr(struct vh_plane_const a, struct vh_plane_const b, int depth)
{
    double sum = 0;
    for (int y = 0; y < a.height; y++)
        for (int x = 0; x < a.width; x++) {
            double d = (double)a.data[y * a.stride + x] - b.data[y * b.stride + x];
            sum += d * d;
        }
    return psnr(peak_of(depth), sum / ((double)a.width * a.height));
}

double vh_metric_ssim(struct vh_plane_const a, struct vh_plane_const b, int depth)
{
    struct vh_metric *m = NULL;
    struct vh_metric_format format = {.width = a.width, .height = a.height, .n_planes = 1, .depth = depth};
    if (vh_metric_create(&m, &format, NULL, 0, NULL) < 0)
        return NAN;
    struct vh_image_const ia = {.plane = {a}, .n_planes = 1}, ib = {.plane = {b}, .n_planes = 1};
    struct vh_metric_score score;
    vh_metric_add(m, &ia, &ib, &score);
    vh_metric_destroy(&m);
    return score.ssim[0];
}
