/* The arithmetic is single precision in loops over the values of a frame, so that it vectorises; each value's
 * sums run in a fixed order and do not see its neighbours, so lanes do not matter. */
#include "steady.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define SCALES       5
#define ROUNDS_FIRST 5 /* of a window weighed from nothing */
#define ROUNDS_NEXT  2 /* of a block that joins a window with an estimate */
#define REACH        1 /* samples to each side whose distance from E is a sample's d */

static const int width_of[SCALES] = {1, 5, 15, 41, 101}, step_of[SCALES] = {1, 2, 4, 10, 25};

/* One smoothing of the stream: sample j is the average around frame j * step. */
struct scale {
    int width, step, n_slots;
    float share;    /* of an independent sample: samples overlap */
    float *re, *im; /* n_slots * n */
    float *known;   /* n_slots: share of the window that was known */
    float *window;  /* width weights */
    int64_t n_made; /* samples made */
};

struct vh_steady {
    struct vh_steady_config config;
    struct scale scale[SCALES];
    int n, n_slots;           /* n_slots: blocks with sums */
    int64_t n_frames, n_read; /* pushed; blocks given away */
    int64_t n_weighed;        /* blocks with sums */
    bool ended;
    float *num_re, *num_im, *den; /* n_slots * n */
    float *est_re, *est_im;       /* of the present window: blocks first .. first + n_in */
    int64_t first;
    int n_in;
    double turn;
    float *old_re, *old_im; /* of the window that held for the last block's end */
    int64_t old_first;
    double old_turn;
    bool have_old;
    float *distance; /* rows of a block and its margin */
    int n_rows;
    float *row[6]; /* n each: scratch */
};

static int scale_init(struct scale *s, const struct vh_steady_config *config, int i)
{
    s->width = width_of[i];
    s->step = step_of[i];
    s->share = fminf(1, 1.5f * s->step / s->width);
    s->n_slots = ((config->n_blocks + 4) * config->block + 2 * s->width) / s->step + 4 * REACH;
    s->re = vh_alloc((size_t)s->n_slots * config->n, sizeof *s->re);
    s->im = vh_alloc((size_t)s->n_slots * config->n, sizeof *s->im);
    s->known = vh_alloc(s->n_slots, sizeof *s->known);
    s->window = vh_alloc(s->width, sizeof *s->window);
    if (!s->re || !s->im || !s->known || !s->window)
        return VH_ERR_RESOURCE;
    double sum = 0;
    for (int j = 0; j < s->width; j++)
        sum += pow(sin(M_PI * (j + 1) / (s->width + 1)), 2);
    for (int j = 0; j < s->width; j++)
        s->window[j] = (float)(pow(sin(M_PI * (j + 1) / (s->width + 1)), 2) / sum);
    return VH_OK;
}

int vh_steady_create(struct vh_steady **steady, const struct vh_steady_config *config)
{
    struct vh_steady *s = *steady = vh_alloc(1, sizeof *s);
    if (!s)
        return VH_ERR_RESOURCE;
    s->config = *config;
    s->n = config->n;
    s->n_slots = config->n_blocks + 2;
    s->n_rows = 2 * config->block + 2 * REACH + 2;
    size_t sums = (size_t)s->n_slots * s->n;
    bool ok = (s->num_re = vh_alloc(sums, sizeof(float))) && (s->num_im = vh_alloc(sums, sizeof(float))) &&
              (s->den = vh_alloc(sums, sizeof(float))) && (s->est_re = vh_alloc(s->n, sizeof(float))) &&
              (s->est_im = vh_alloc(s->n, sizeof(float))) && (s->old_re = vh_alloc(s->n, sizeof(float))) &&
              (s->old_im = vh_alloc(s->n, sizeof(float))) &&
              (s->distance = vh_alloc((size_t)s->n_rows * s->n, sizeof(float)));
    for (int i = 0; ok && i < 6; i++)
        ok = (s->row[i] = vh_alloc(s->n, sizeof(float))) != NULL;
    for (int i = 0; ok && i < config->n_scales; i++)
        ok = scale_init(&s->scale[i], config, i) == VH_OK;
    if (!ok)
        vh_steady_destroy(steady);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_steady_destroy(struct vh_steady **steady)
{
    struct vh_steady *s = *steady;
    if (!s)
        return;
    for (int i = 0; i < SCALES; i++) {
        vh_free(s->scale[i].re);
        vh_free(s->scale[i].im);
        vh_free(s->scale[i].known);
        vh_free(s->scale[i].window);
    }
    for (int i = 0; i < 6; i++)
        vh_free(s->row[i]);
    vh_free(s->num_re);
    vh_free(s->num_im);
    vh_free(s->den);
    vh_free(s->est_re);
    vh_free(s->est_im);
    vh_free(s->old_re);
    vh_free(s->old_im);
    vh_free(s->distance);
    vh_freep(steady);
}

static size_t slot_of(const struct vh_steady *s, const struct scale *k, int64_t j)
{
    return (size_t)(j % k->n_slots) * s->n;
}

/* Sample `j` of a scale from the frames there are. */
static void make_sample(struct vh_steady *s, struct scale *k)
{
    const struct scale *frames = &s->scale[0];
    int64_t j = k->n_made, first = j * k->step - k->width / 2;
    float *re = k->re + slot_of(s, k, j), *im = k->im + slot_of(s, k, j), norm = 0;
    memset(re, 0, sizeof *re * s->n);
    memset(im, 0, sizeof *im * s->n);
    for (int i = 0; i < k->width; i++) {
        int64_t at = first + i;
        float w = k->window[i];
        if (at < 0 || at >= s->n_frames || frames->known[at % frames->n_slots] <= 0)
            continue;
        const float *x = frames->re + slot_of(s, frames, at), *y = frames->im + slot_of(s, frames, at);
        for (int h = 0; h < s->n; h++) {
            re[h] += w * x[h];
            im[h] += w * y[h];
        }
        norm += w;
    }
    float scale = norm > 0 ? 1 / norm : 0;
    for (int h = 0; h < s->n; h++) {
        re[h] *= scale;
        im[h] *= scale;
    }
    k->known[j % k->n_slots] = norm >= 0.5f ? norm : 0;
    k->n_made++;
}

/* Samples of scale k before frame `frame`. */
static int64_t samples_before(const struct scale *k, int64_t frame)
{
    return (frame + k->step - 1) / k->step;
}

/* cos and sin of h * angle for all values. */
static void fill_turn(int n, double angle, float *c, float *s)
{
    double dc = cos(angle), ds = sin(angle), re = 1, im = 0;
    for (int h = 0; h < n; h++) {
        c[h] = (float)re;
        s[h] = (float)im;
        double t = re * dc - im * ds;
        im = im * dc + re * ds;
        re = t;
    }
}

/* Where sample j of a scale is as far as made. */
static bool has_sample(const struct scale *k, int64_t j)
{
    return j >= 0 && j < k->n_made && j >= k->n_made - k->n_slots;
}

/* |x - E|^2 of samples [begin, end) into the rows of s->distance; E in row[2] and row[3]. */
static void fill_distance(struct vh_steady *s, const struct scale *k, int64_t begin, int64_t end)
{
    const float *er = s->row[2], *ei = s->row[3];
    for (int64_t j = begin; j < end; j++) {
        float *d = s->distance + (size_t)(j - begin) * s->n;
        if (!has_sample(k, j) || k->known[j % k->n_slots] <= 0) {
            memset(d, 0, sizeof *d * s->n);
            continue;
        }
        const float *x = k->re + slot_of(s, k, j), *y = k->im + slot_of(s, k, j);
        for (int h = 0; h < s->n; h++)
            d[h] = (x[h] - er[h]) * (x[h] - er[h]) + (y[h] - ei[h]) * (y[h] - ei[h]);
    }
}

/* Adds sample j, weighted by its neighbourhood's distance, to the sums of a block. `row` is its place among
 * `n_rows` rows of distance. */
static void add_sample(
    struct vh_steady *s, const struct scale *k, int64_t j, int row, int n_rows, size_t sums)
{
    float *mean = s->row[4], share = k->share * k->known[j % k->n_slots];
    int from = row > REACH ? row - REACH : 0, to = row + REACH < n_rows ? row + REACH : n_rows - 1, n = 0;
    memset(mean, 0, sizeof *mean * s->n);
    for (int r = from; r <= to; r++) {
        int64_t at = j - row + r;
        const float *d = s->distance + (size_t)r * s->n;
        if (!has_sample(k, at) || k->known[at % k->n_slots] <= 0)
            continue;
        n++;
        for (int h = 0; h < s->n; h++)
            mean[h] += d[h];
    }
    const float *x = k->re + slot_of(s, k, j), *y = k->im + slot_of(s, k, j);
    float *re = s->num_re + sums, *im = s->num_im + sums, *den = s->den + sums, scale = 1.0f / n,
          least = (float)s->config.least;
    for (int h = 0; h < s->n; h++) {
        float w = share / (least + mean[h] * scale);
        re[h] += w * x[h];
        im[h] += w * y[h];
        den[h] += w;
    }
}

/* The sums of block b, its samples weighed by their distance from E of the present window. */
static void weigh_block(struct vh_steady *s, int64_t b)
{
    size_t sums = (size_t)(b % s->n_slots) * s->n;
    int64_t begin = b * s->config.block, end = begin + s->config.block;
    end = end < s->n_frames ? end : s->n_frames;
    memset(s->num_re + sums, 0, sizeof(float) * s->n);
    memset(s->num_im + sums, 0, sizeof(float) * s->n);
    memset(s->den + sums, 0, sizeof(float) * s->n);
    fill_turn(s->n, s->turn * ((double)(b - s->first) + 0.5 - s->n_in / 2.0), s->row[0], s->row[1]);
    for (int h = 0; h < s->n; h++) {
        s->row[2][h] = s->est_re[h] * s->row[0][h] - s->est_im[h] * s->row[1][h];
        s->row[3][h] = s->est_im[h] * s->row[0][h] + s->est_re[h] * s->row[1][h];
    }
    for (int i = 0; i < s->config.n_scales; i++) {
        const struct scale *k = &s->scale[i];
        int64_t from = samples_before(k, begin), to = samples_before(k, end);
        to = to < k->n_made ? to : k->n_made;
        int64_t low = from - REACH > 0 ? from - REACH : 0;
        fill_distance(s, k, low, to + REACH);
        for (int64_t j = from; j < to; j++)
            if (k->known[j % k->n_slots] > 0)
                add_sample(s, k, j, (int)(j - low), (int)(to + REACH - low), sums);
    }
}

/* sum_b num_b exp(-j h theta (b - middle)) into row[0] and row[1], by Horner's rule; returns the sum of its
 * power over den (in row[4]). */
static double fold(struct vh_steady *s, double turn)
{
    float *re = s->row[0], *im = s->row[1], *c = s->row[2], *d = s->row[3];
    const float *den = s->row[4];
    fill_turn(s->n, -turn, c, d);
    memset(re, 0, sizeof *re * s->n);
    memset(im, 0, sizeof *im * s->n);
    for (int b = s->n_in - 1; b >= 0; b--) {
        size_t sums = (size_t)((s->first + b) % s->n_slots) * s->n;
        const float *x = s->num_re + sums, *y = s->num_im + sums;
        for (int h = 0; h < s->n; h++) {
            float t = re[h] * c[h] - im[h] * d[h];
            im[h] = im[h] * c[h] + re[h] * d[h] + y[h];
            re[h] = t + x[h];
        }
    }
    double sum = 0;
    for (int h = 1; h < s->n; h++)
        sum += den[h] > 0 ? (re[h] * re[h] + im[h] * im[h]) / den[h] : 0;
    return sum;
}

/* Ties go to the smaller turn: a window without anything to tell by stands still. */
static double find_turn(struct vh_steady *s)
{
    double most = s->config.turn_most, step = most / 16, from = -most, at = 0;
    if (most <= 0 || s->n_in < 2)
        return 0;
    double best = fold(s, 0) * (1 + 1e-6);
    for (int round = 0, points = 33; round < 4; round++, points = 9) {
        for (int i = 0; i < points; i++) {
            double turn = from + i * step, score = fold(s, turn);
            if (score > best) {
                best = score;
                at = turn;
            }
        }
        step /= 4;
        from = at - 4 * step;
    }
    return at;
}

/* E and theta of the present window from its sums. */
static void estimate(struct vh_steady *s)
{
    float *den = s->row[4], *c = s->row[2], *d = s->row[3];
    memset(den, 0, sizeof *den * s->n);
    for (int b = 0; b < s->n_in; b++) {
        const float *x = s->den + (size_t)((s->first + b) % s->n_slots) * s->n;
        for (int h = 0; h < s->n; h++)
            den[h] += x[h];
    }
    s->turn = find_turn(s);
    fold(s, s->turn);
    fill_turn(s->n, s->turn * (s->n_in / 2.0 - 0.5), c, d); /* from block 0's middle to the window's */
    for (int h = 1; h < s->n; h++) {
        float scale = den[h] > 0 ? 1 / den[h] : 0, re = s->row[0][h] * scale, im = s->row[1][h] * scale;
        s->est_re[h] = re * c[h] - im * d[h];
        s->est_im[h] = im * c[h] + re * d[h];
    }
}

/* A start for E without knowing any: each sample of the longest scale counts by how little it differs from
 * those one and two before. */
static void start(struct vh_steady *s)
{
    const struct scale *k = &s->scale[s->config.n_scales - 1];
    float *den = s->row[4], *re = s->row[0], *im = s->row[1], least = (float)s->config.least;
    memset(den, 0, sizeof *den * s->n);
    memset(re, 0, sizeof *re * s->n);
    memset(im, 0, sizeof *im * s->n);
    for (int64_t j = 0; j < k->n_made; j++) {
        const float *x = k->re + slot_of(s, k, j), *y = k->im + slot_of(s, k, j);
        if (k->known[j % k->n_slots] <= 0)
            continue;
        memset(s->row[2], 0, sizeof(float) * s->n);
        for (int lag = 1; lag <= 2; lag++) {
            int64_t q = j >= lag ? j - lag : j + 3 - lag;
            if (q >= k->n_made || k->known[q % k->n_slots] <= 0)
                continue;
            const float *a = k->re + slot_of(s, k, q), *b = k->im + slot_of(s, k, q);
            for (int h = 0; h < s->n; h++)
                s->row[2][h] += (x[h] - a[h]) * (x[h] - a[h]) + (y[h] - b[h]) * (y[h] - b[h]);
        }
        for (int h = 0; h < s->n; h++) {
            float w = 1 / (least + s->row[2][h]);
            re[h] += w * x[h];
            im[h] += w * y[h];
            den[h] += w;
        }
    }
    for (int h = 1; h < s->n; h++) {
        s->est_re[h] = den[h] > 0 ? re[h] / den[h] : 0;
        s->est_im[h] = den[h] > 0 ? im[h] / den[h] : 0;
    }
}

/* The first window: all blocks weighed and estimated in turns. */
static void first_window(struct vh_steady *s, int n_blocks)
{
    s->first = 0;
    s->n_in = n_blocks;
    s->turn = 0;
    start(s);
    for (int round = 0; round < ROUNDS_FIRST; round++) {
        for (int b = 0; b < n_blocks; b++)
            weigh_block(s, b);
        estimate(s);
    }
    s->n_weighed = n_blocks;
}

/* Block n_weighed joins, the oldest leaves. */
static void next_window(struct vh_steady *s)
{
    memcpy(s->old_re, s->est_re, sizeof(float) * s->n);
    memcpy(s->old_im, s->est_im, sizeof(float) * s->n);
    s->old_first = s->first;
    s->old_turn = s->turn;
    s->have_old = true;
    int64_t b = s->n_weighed++;
    for (int round = 0; round < ROUNDS_NEXT; round++) {
        weigh_block(s, b); /* in the first round against the window before it */
        s->first = b + 1 - s->n_in;
        estimate(s);
    }
}

void vh_steady_push(struct vh_steady *s, const float *re, const float *im, bool known)
{
    struct scale *frames = &s->scale[0];
    size_t slot = slot_of(s, frames, s->n_frames);
    memcpy(frames->re + slot, re, sizeof *re * s->n);
    memcpy(frames->im + slot, im, sizeof *im * s->n);
    frames->known[s->n_frames % frames->n_slots] = known;
    frames->n_made = ++s->n_frames;
    for (int i = 1; i < s->config.n_scales; i++)
        while (s->scale[i].n_made * s->scale[i].step + s->scale[i].width / 2 < s->n_frames)
            make_sample(s, &s->scale[i]);
}

void vh_steady_end(struct vh_steady *s)
{
    s->ended = true;
    for (int i = 1; i < s->config.n_scales; i++)
        while (s->scale[i].n_made * s->scale[i].step < s->n_frames)
            make_sample(s, &s->scale[i]);
}

/* Moves the window by one block when the frames for it have come. */
static bool advance(struct vh_steady *s)
{
    int margin = s->scale[s->config.n_scales - 1].width / 2 + REACH, block = s->config.block;
    int64_t whole = (s->n_frames - margin) / block, n = s->ended ? (s->n_frames + block - 1) / block : whole;
    if (s->n_weighed && n > s->n_weighed)
        next_window(s);
    else if (!s->n_weighed && (n >= s->config.n_blocks || (s->ended && n > 0)))
        first_window(s, n < s->config.n_blocks ? (int)n : s->config.n_blocks);
    else
        return false;
    return true;
}

/* E of a window turned to the middle of block b. */
static void turn_to(
    const struct vh_steady *s, const float *re, const float *im, double angle, float *to_re, float *to_im)
{
    fill_turn(s->n, angle, s->row[0], s->row[1]);
    for (int h = 0; h < s->n; h++) {
        to_re[h] = re[h] * s->row[0][h] - im[h] * s->row[1][h];
        to_im[h] = im[h] * s->row[0][h] + re[h] * s->row[1][h];
    }
}

bool vh_steady_read(struct vh_steady *s, struct vh_steady_block *block)
{
    int half = s->config.n_blocks / 2;
    int64_t b = s->n_read;
    for (;;) {
        bool last = s->ended && s->n_weighed * s->config.block >= s->n_frames;
        if (s->n_weighed > b && (b + 1 <= s->first + half || last))
            break;
        if (!advance(s))
            return false;
    }
    double place = (double)(b - s->first) + 0.5 - s->n_in / 2.0;
    turn_to(s, s->est_re, s->est_im, s->turn * place, block->re[1], block->im[1]);
    if (s->have_old && b + 1 == s->first + half) { /* the block began under the window before */
        place = (double)(b - s->old_first) + 0.5 - s->n_in / 2.0;
        turn_to(s, s->old_re, s->old_im, s->old_turn * place, block->re[0], block->im[0]);
    } else {
        memcpy(block->re[0], block->re[1], sizeof(float) * s->n);
        memcpy(block->im[0], block->im[1], sizeof(float) * s->n);
    }
    block->turn = s->turn;
    block->first = b * s->config.block;
    int64_t end = block->first + s->config.block;
    block->n = (int)((end < s->n_frames ? end : s->n_frames) - block->first);
    s->n_read++;
    return true;
}

bool vh_steady_frame(const struct vh_steady *s, int64_t k, const float **re, const float **im)
{
    const struct scale *frames = &s->scale[0];
    *re = frames->re + slot_of(s, frames, k);
    *im = frames->im + slot_of(s, frames, k);
    return frames->known[k % frames->n_slots] > 0;
}
