/* Evidence of one field: noise by whole-sample matches, gain by block means, repeats and cuts from the
 * motion. */
#include "evidence/evidence.h"

#include "core/select.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK_W = VH_NOISE_BLOCK_W, /* luma samples */
    BLOCK_H = VH_NOISE_BLOCK_H, /* field lines */
    MAX_BLOCKS = 2048,          /* per field, spread evenly over larger pictures */
    MIN_BLOCKS = 32,            /* fewer whole-sample matches than this do not decide */
    DARK = 20,
    BRIGHT = 235, /* blocks outside (mean, codes) clip the noise */
};

struct sample {        /* what one block says */
    float variance;    /* of the difference, halved; squared codes */
    float correlation; /* of the difference between neighbours along the line */
    float level;       /* mean, codes */
    bool clipped;
};

struct list {
    int n;
    float value[2 * MAX_BLOCKS];
};

static float percentile(struct list *l, float p)
{
    return l->n ? vh_select_rank_float(l->value, l->n, (int)(p * (float)(l->n - 1) + 0.5f)) : 0;
}

/* A block of two planes; samples are taken with 12 bits. */
struct pair {
    const uint16_t *a, *b;
    ptrdiff_t a_stride, b_stride;
};

/* Noise is white from line to line, so it cannot exceed what lines differ by: (a - 2b + c)^2 / 6. */
static float vertical_variance(const struct vh_dsp_block_noise *dsp, const struct pair *p)
{
    return (float)dsp->vertical(p->a, p->a_stride) / (float)(BLOCK_W * (BLOCK_H - 2)) * (1.f / (6 * 256));
}

static struct sample compare_blocks(const struct vh_dsp_block_noise *dsp, const struct pair *p)
{
    struct vh_block_noise s;
    dsp->compare(&s, p->a, p->a_stride, p->b, p->b_stride);
    float n = (float)(BLOCK_W * BLOCK_H);
    float variance = ((float)s.square - (float)s.sum * (float)s.sum / n) / (n - 1) * (0.5f / 256);
    float mean = (float)s.level / n * (1.f / 16), offset = (float)s.sum / n;
    float product = (float)s.lag / (n - (float)BLOCK_H) - offset * offset;
    float correlation = variance > 0 ? product / (variance * 512) : 0;
    return (struct sample){variance > 0 ? variance : 0, correlation, mean, mean < DARK || mean > BRIGHT};
}

/* Rounds v / unit to the nearest whole number; *exact tells whether nothing was lost. */
static int whole(int v, int unit, bool *exact)
{
    int q = (v + (v >= 0 ? unit / 2 : -unit / 2)) / unit;
    *exact = *exact && q * unit == v;
    return q;
}

/* The same block in plane `p` of the centre and of n + k; false when it leaves the picture. */
static bool place(struct pair *pair, bool *exact, const struct vh_window *window, int k, int p, int x, int y,
    struct vh_mv mv)
{
    const struct vh_image_const *centre = vh_window_at(window, 0), *other = vh_window_at(window, k);
    int sub_x = p ? centre->sub_x : 0, sub_y = p ? centre->sub_y : 0;
    const struct vh_plane_const *a = &centre->plane[p], *b = &other->plane[p];
    int w = BLOCK_W, h = BLOCK_H;
    int dx = whole(mv.x, 4 << sub_x, exact), dy = whole(mv.y, 8 << sub_y, exact);
    x = (x >> sub_x) - (sub_x ? w / 4 : 0); /* the same middle, twice the picture's area: chroma is smooth */
    y = (y >> sub_y) - (sub_y ? h / 4 : 0);
    if (x < 0 || y < 0 || x + w > a->width || y + h > a->height || x + dx < 0 || y + dy < 0 ||
        x + dx + w > b->width || y + dy + h > b->height)
        return false;
    *pair = (struct pair){
        a->data + a->stride * y + x, b->data + b->stride * (y + dy) + x + dx, a->stride, b->stride};
    return true;
}

static void add(struct list *l, float v)
{
    if (l->n < (int)(sizeof l->value / sizeof *l->value))
        l->value[l->n++] = v;
}

/* Lists by trust: whole-sample blocks in the middle of the range, whole-sample ones, any. */
struct noise {
    struct list list[3];
    struct list correlation, vertical;
};

/* Blocks with exact matches are rare in motion: all of them are taken; of the others every third row and
 * column. */
static void collect(const struct vh_dsp_block_noise *dsp, struct noise *noise, const struct vh_window *window,
    const struct vh_motion *m, int k, int p)
{
    const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + k];
    int total = (m->n_x / 2) * (m->n_y / 2), skip = 1;
    while (total / (skip * skip) > MAX_BLOCKS)
        skip++;
    for (int by = 1; by < m->n_y; by += 2 * skip)
        for (int bx = 1; bx < m->n_x; bx += 2 * skip) {
            struct pair pair;
            bool exact = true, sampled = by / (2 * skip) % 3 == 0 && bx / (2 * skip) % 3 == 0;
            if (!place(&pair, &exact, window, k, p, bx * VH_MOTION_CELL - BLOCK_W / 2,
                    by * (VH_MOTION_CELL / 2) - BLOCK_H / 2, ref->mv[by * m->n_x + bx]) ||
                (!exact && !sampled))
                continue;
            struct sample s = compare_blocks(dsp, &pair);
            if (exact && !s.clipped)
                add(&noise->list[0], s.variance);
            if (exact)
                add(&noise->list[1], s.variance);
            add(&noise->correlation, s.correlation);
            if (!sampled)
                continue;
            add(&noise->list[2], s.variance);
            if (!s.clipped || p)
                add(&noise->vertical, vertical_variance(dsp, &pair));
        }
}

/* The 20th percentile of the variance of blocks of `n` independent samples of unit variance (Wilson and
 * Hilferty's approximation of chi-square). */
static float twentieth(float n)
{
    float root = 1 - 2 / (9 * n) - 0.8416f * sqrtf(2 / (9 * n));
    return root > 0.85f ? root * root * root : 0.614125f; /* smoother than that is no noise */
}

/* Noise that is smooth along the line has fewer independent samples: n / (1 + 2 (r^2 + r^4 + …)). */
static float independent(struct noise *noise)
{
    float r = percentile(&noise->correlation, 0.5f);
    r = r < 0 ? 0 : r > 0.95f ? 0.95f : r;
    return BLOCK_W * BLOCK_H * (1 - r * r) / (1 + r * r);
}

/* The best list that is long enough. What is left after matches with fractions of a sample holds
 * interpolation errors too: there a lower percentile counts. */
static void estimate(struct vh_evidence *e, struct noise *noise, int p)
{
    int which = !p && noise->list[0].n >= MIN_BLOCKS ? 0 : noise->list[1].n >= MIN_BLOCKS ? 1 : 2;
    float variance = percentile(&noise->list[which], which < 2 ? 0.2f : 0.1f);
    if (noise->vertical.n >= MIN_BLOCKS)
        variance = fminf(variance, percentile(&noise->vertical, which < 2 ? 0.2f : 0.1f));
    e->n_blocks[p] = noise->list[which].n;
    e->sigma_8bit[p] = sqrtf(variance / twentieth(independent(noise)));
}

static void measure_noise(struct vh_evidence *e, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *m)
{
    struct noise noise;
    const struct vh_image_const *centre = vh_window_at(window, 0);
    for (int p = 0; p < centre->n_planes; p++) {
        for (int i = 0; i < 3; i++)
            noise.list[i].n = 0;
        noise.correlation.n = noise.vertical.n = 0;
        for (int k = -2; k <= 2; k += 4)
            if (vh_motion_usable(m, k) && vh_window_at(window, k) && !(k < 0 && e->repeat))
                collect(dsp, &noise, window, m, k, p);
        estimate(e, &noise, p);
    }
}

/* Mean brightness of a window of the search plane, codes. */
static float brightness(const struct vh_search_plane *s, int x, int y)
{
    int sum = 0;
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < 8; i++)
            sum += s->data[s->stride * (y + j) + x + i];
    return (float)sum * (1.f / 32);
}

/* The centre's luma against that of n + k. */
struct step {
    float gain;     /* 1 = not known */
    bool one_scene; /* blocks agree on it: nothing but brightness has changed */
};

/* The median over blocks of the ratio of brightness above black, along the dominant motion: each block's own
 * vector leads to where brightness is alike, which hides up to a fifth of a step
 * (docs/algorithms/flicker.md).
 */
static struct step measure_step(const struct vh_motion *m, int k)
{
    static const float alike = 0.1f; /* half of all ratios within it; at cuts they differ by 0.4 and more */
    const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + k];
    const struct vh_search_plane *own = &m->search[VH_MOTION_REACH], *other = &m->search[VH_MOTION_REACH + k];
    int dx = (ref->global.x + 2) >> 2, dy = (ref->global.y + 4) >> 3;
    struct list list = {0};
    for (int by = 1; by + 1 < m->n_y; by += 4)
        for (int bx = 1; bx + 1 < m->n_x; bx += 4) {
            int x = bx * 8 - 4, y = by * 4 - 2, rx = x + dx, ry = y + dy;
            if (rx < 0 || ry < 0 || rx + 8 > other->width || ry + 4 > other->height || x + 8 > own->width ||
                y + 4 > own->height)
                continue;
            float a = brightness(own, x, y) - 16, b = brightness(other, rx, ry) - 16;
            if (a > 24 && b > 24)
                add(&list, a / b);
        }
    if (list.n < 16)
        return (struct step){.gain = 1};
    float middle = percentile(&list, 0.5f);
    return (struct step){middle, percentile(&list, 0.75f) - percentile(&list, 0.25f) < alike * middle};
}

void vh_evidence_measure(struct vh_evidence *evidence, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *motion)
{
    *evidence = (struct vh_evidence){.gain = {1, 1}, .cut_before = true, .cut_after = true};
    if (!motion || !vh_window_at(window, 0))
        return;
    evidence->cut_before = !vh_motion_usable(motion, -1);
    evidence->cut_after = !vh_motion_usable(motion, 1);
    evidence->repeat = motion->still_diff_8bit == 0;
    bool *cut[2] = {&evidence->cut_before, &evidence->cut_after};
    for (int side = 0; side < 2; side++) {
        int k = side ? 1 : -1;
        if (!motion->ref[VH_MOTION_REACH + k].present)
            continue;
        struct step step = measure_step(motion, k);
        *cut[side] = *cut[side] && !step.one_scene;
        evidence->gain[side] = *cut[side] ? 1 : step.gain;
    }
    measure_noise(evidence, dsp, window, motion);
}

/* Energy of the slopes of the mean of both blocks: its noise is half of one block's. */
static float slope_energy(const struct pair *p)
{
    int64_t sum = 0;
    for (int y = 1; y + 1 < BLOCK_H; y++) {
        const uint16_t *a = p->a + p->a_stride * y, *b = p->b + p->b_stride * y;
        const uint16_t *a0 = a - p->a_stride, *a1 = a + p->a_stride, *b0 = b - p->b_stride,
                       *b1 = b + p->b_stride;
        int32_t q = 0;
        for (int x = 1; x + 1 < BLOCK_W; x++) {
            int h = (a[x + 1] + b[x + 1] - a[x - 1] - b[x - 1]) >> 6,
                v = (a1[x] + b1[x] - a0[x] - b0[x]) >> 6;
            q += h * h + v * v;
        }
        sum += q;
    }
    return (float)sum / (float)((BLOCK_W - 2) * (BLOCK_H - 2)) * (1.f / 256);
}

static bool measure_block(const struct vh_dsp_block_noise *dsp, struct vh_noise_block *block,
    const struct vh_window *window, const struct vh_motion *m, int k, int p, int i)
{
    struct pair pair;
    bool exact = true;
    int bx = i % m->n_x, by = i / m->n_x;
    if (!place(&pair, &exact, window, k, p, bx * VH_MOTION_CELL - BLOCK_W / 2,
            by * (VH_MOTION_CELL / 2) - BLOCK_H / 2, m->ref[VH_MOTION_REACH + k].mv[i]))
        return false;
    struct sample s = compare_blocks(dsp, &pair);
    *block = (struct vh_noise_block){s.variance, slope_energy(&pair), s.correlation, s.level, exact};
    return true;
}

int vh_evidence_blocks(const struct vh_dsp_block_noise *dsp, const struct vh_window *window,
    const struct vh_motion *motion, int p, struct vh_noise_block *block, int max)
{
    int n = 0, total = motion->n_x * motion->n_y / 4, step = 1;
    while (2 * total / (step * step) > max)
        step++;
    for (int k = -2; k <= 2; k += 4) {
        if (!vh_motion_usable(motion, k) || !vh_window_at(window, k) ||
            (k < 0 && motion->still_diff_8bit == 0))
            continue;
        for (int by = 1; by < motion->n_y; by += 2 * step)
            for (int bx = 1; bx < motion->n_x && n < max; bx += 2 * step)
                n += measure_block(dsp, &block[n], window, motion, k, p, by * motion->n_x + bx);
    }
    return n;
}
