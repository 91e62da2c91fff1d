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

/* How E turns over a window: value h by h (turn u + bend u^2), u in blocks from the window's middle. */
struct clock {
    double turn, bend;
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
    struct clock clock;
    float *old_re, *old_im; /* of the window that held for the last block's end */
    int64_t old_first;
    struct clock old_clock, retuned; /* retuned: by what the present window was turned back */
    bool have_old;
    double *angle, next_angle,
        rate; /* per frame, as the first scale's samples: what it was turned back by; its next growth */
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
    ok = ok && (s->angle = vh_alloc(s->scale[0].n_slots, sizeof *s->angle));
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
    vh_free(s->angle);
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

static double angle_at(struct clock clock, double u)
{
    return (clock.turn + clock.bend * u) * u;
}

/* The middle of block b of a window that begins with `first`, in blocks from the window's middle. */
static double place_of(const struct vh_steady *s, int64_t b, int64_t first)
{
    return (double)(b - first) + 0.5 - s->n_in / 2.0;
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
    fill_turn(s->n, angle_at(s->clock, place_of(s, b, s->first)), s->row[0], s->row[1]);
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

/* Turns what rows 0 and 1 hold by h * angle. */
static void turn_rows(struct vh_steady *s, double angle, bool same_as_before)
{
    float *re = s->row[0], *im = s->row[1], *c = s->row[2], *d = s->row[3];
    if (!same_as_before)
        fill_turn(s->n, angle, c, d);
    for (int h = 0; h < s->n; h++) {
        float t = re[h] * c[h] - im[h] * d[h];
        im[h] = im[h] * c[h] + re[h] * d[h];
        re[h] = t;
    }
}

/* E of the window if its clock were this one, times den, into rows 0 and 1, by Horner's rule; returns the sum
 * of its power over den (in row 4). */
static double fold(struct vh_steady *s, struct clock clock)
{
    float *re = s->row[0], *im = s->row[1];
    const float *den = s->row[4];
    double sum = 0, after = 0;
    memset(re, 0, sizeof *re * s->n);
    memset(im, 0, sizeof *im * s->n);
    for (int b = s->n_in - 1; b >= 0; b--) {
        double here = angle_at(clock, place_of(s, b, 0));
        if (b < s->n_in - 1)
            turn_rows(s, here - after, clock.bend == 0 && b < s->n_in - 2);
        after = here;
        size_t sums = (size_t)((s->first + b) % s->n_slots) * s->n;
        for (int h = 0; h < s->n; h++) {
            re[h] += s->num_re[sums + h];
            im[h] += s->num_im[sums + h];
        }
    }
    turn_rows(s, -after, false);
    for (int h = 1; h < s->n; h++)
        sum += den[h] > 0 ? (re[h] * re[h] + im[h] * im[h]) / den[h] : 0;
    return sum;
}

/* The best clock among (2 n + 1) times (2 m + 1) around *at, `step` apart. Ties go to the one there is: a
 * window without anything to tell by keeps its clock. */
static void search(struct vh_steady *s, struct clock step, int n, int m, struct clock *at, double *best)
{
    struct clock centre = *at, most = {s->config.turn_most, s->config.bend_most};
    for (int i = -n; i <= n; i++)
        for (int k = -m; k <= m; k++) {
            struct clock try = {centre.turn + i * step.turn, centre.bend + k * step.bend};
            if ((i == 0 && k == 0) || fabs(try.turn) > most.turn || fabs(try.bend) > most.bend)
                continue;
            double score = fold(s, try);
            if (score > *best) {
                *best = score;
                *at = try;
            }
        }
}

/* Follows the clock: over its whole range in a window weighed from nothing (`wide`), around where it was
 * else. */
static void find_clock(struct vh_steady *s, bool wide)
{
    int m = s->config.bend_most > 0;
    if (s->config.turn_most <= 0 || s->n_in < 2)
        return;
    struct clock step = {s->config.turn_step, s->config.turn_step * 2 / s->n_in};
    double best = fold(s, s->clock) * (1 + 1e-6);
    if (wide)
        search(s, step, (int)(s->config.turn_most / step.turn) + 1,
            m ? (int)(s->config.bend_most / step.bend) + 1 : 0, &s->clock, &best);
    for (int round = 0; round < 4; round++) {
        search(s, step, 2, 2 * m, &s->clock, &best);
        step.turn /= 2;
        step.bend /= 2;
    }
}

/* E and clock of the present window from its sums. */
static void estimate(struct vh_steady *s, bool wide)
{
    float *den = s->row[4];
    memset(den, 0, sizeof *den * s->n);
    for (int b = 0; b < s->n_in; b++) {
        const float *x = s->den + (size_t)((s->first + b) % s->n_slots) * s->n;
        for (int h = 0; h < s->n; h++)
            den[h] += x[h];
    }
    find_clock(s, wide);
    fold(s, s->clock);
    for (int h = 1; h < s->n; h++) {
        float scale = den[h] > 0 ? 1 / den[h] : 0;
        s->est_re[h] = s->row[0][h] * scale;
        s->est_im[h] = s->row[1][h] * scale;
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

/* Turns the n values at (re, im) by h * angle. */
static void turn_values(struct vh_steady *s, float *re, float *im, double angle)
{
    const float *c = s->row[0], *d = s->row[1];
    fill_turn(s->n, angle, s->row[0], s->row[1]);
    for (int h = 0; h < s->n; h++) {
        float t = re[h] * c[h] - im[h] * d[h];
        im[h] = im[h] * c[h] + re[h] * d[h];
        re[h] = t;
    }
}

/* Turns everything back by the clock that was found, which then stands at rest: within a block nothing turns
 * any more. */
static void retune(struct vh_steady *s)
{
    struct scale *frames = &s->scale[0];
    int block = s->config.block;
    double middle = (double)s->first + s->n_in / 2.0;
    struct clock clock = s->clock;
    if (clock.turn == 0 && clock.bend == 0)
        return;
    for (int64_t k = s->n_frames - 1; k >= 0 && k > s->n_frames - frames->n_slots; k--) {
        double angle = angle_at(clock, (k + 0.5) / block - middle);
        size_t slot = slot_of(s, frames, k);
        turn_values(s, frames->re + slot, frames->im + slot, -angle);
        s->angle[k % frames->n_slots] += angle;
    }
    for (int64_t b = s->first; b < s->first + s->n_in; b++) {
        size_t sums = (size_t)(b % s->n_slots) * s->n;
        turn_values(s, s->num_re + sums, s->num_im + sums, -angle_at(clock, place_of(s, b, s->first)));
    }
    for (int i = 1; i < s->config.n_scales; i++) {
        struct scale *k = &s->scale[i];
        int64_t end = k->n_made, oldest = s->n_frames - frames->n_slots + k->width;
        k->n_made = oldest > 0 ? (oldest + k->width / 2) / k->step + 1 : 0;
        while (k->n_made < end)
            make_sample(s, k);
    }
    s->next_angle += angle_at(clock, (s->n_frames + 0.5) / block - middle);
    s->rate += (clock.turn + 2 * clock.bend * ((double)s->n_frames / block - middle)) / block;
    s->retuned = clock;
    s->clock = (struct clock){0};
}

/* The first window: all blocks weighed and estimated in turns. */
static void first_window(struct vh_steady *s, int n_blocks)
{
    s->first = 0;
    s->n_in = n_blocks;
    s->clock = (struct clock){0};
    start(s);
    for (int round = 0; round < ROUNDS_FIRST; round++) {
        for (int b = 0; b < n_blocks; b++)
            weigh_block(s, b);
        estimate(s, round < 2);
        if (s->config.follow)
            retune(s);
    }
    s->n_weighed = n_blocks;
}

/* Block n_weighed joins, the oldest leaves. */
static void next_window(struct vh_steady *s)
{
    memcpy(s->old_re, s->est_re, sizeof(float) * s->n);
    memcpy(s->old_im, s->est_im, sizeof(float) * s->n);
    s->old_first = s->first;
    s->old_clock = s->clock;
    s->have_old = true;
    int64_t b = s->n_weighed++;
    for (int round = 0; round < ROUNDS_NEXT; round++) {
        weigh_block(s, b); /* in the first round against the window before it */
        if (round == 0) {
            s->first++;
            s->clock.turn += 2 * s->clock.bend; /* the same clock, seen from a block further on */
        }
        estimate(s, false);
    }
    s->retuned = (struct clock){0};
    if (s->config.follow)
        retune(s);
}

void vh_steady_push(struct vh_steady *s, const float *re, const float *im, bool known)
{
    struct scale *frames = &s->scale[0];
    size_t slot = slot_of(s, frames, s->n_frames);
    memcpy(frames->re + slot, re, sizeof *re * s->n);
    memcpy(frames->im + slot, im, sizeof *im * s->n);
    frames->known[s->n_frames % frames->n_slots] = known;
    s->angle[s->n_frames % frames->n_slots] = s->next_angle;
    if (s->next_angle != 0)
        turn_values(s, frames->re + slot, frames->im + slot, -s->next_angle);
    s->next_angle += s->rate;
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
    double place = place_of(s, b, s->first);
    turn_to(s, s->est_re, s->est_im, angle_at(s->clock, place), block->re[1], block->im[1]);
    block->turn = s->clock.turn + 2 * s->clock.bend * place;
    block->bend = s->clock.bend;
    if (s->have_old && b + 1 == s->first + half) { /* the block began under the window before */
        place = place_of(s, b, s->old_first);
        double angle = angle_at(s->old_clock, place) - angle_at(s->retuned, place_of(s, b, s->first));
        turn_to(s, s->old_re, s->old_im, angle, block->re[0], block->im[0]);
    } else {
        memcpy(block->re[0], block->re[1], sizeof(float) * s->n);
        memcpy(block->im[0], block->im[1], sizeof(float) * s->n);
    }
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

double vh_steady_angle(const struct vh_steady *s, int64_t k)
{
    return s->angle[k % s->scale[0].n_slots];
}
