/* Gain and true-peak limiter.
 *
 * The gain asked for is constant: a linear change, the programme's dynamics stay. The limiter looks ahead:
 * from the true peak of each sample follows the gain it may have at most; the minimum of that over ±5 ms (a
 * monotonic queue: D. Lemire, "Streaming maximum-minimum filter", 2006), released at 100 ms, is smoothed by a
 * triangle of the same ±5 ms (two running means, in integers, so that nothing piles up). Every value under
 * the window already respects the sample in its middle, so the smoothed gain does too, and it never jumps.
 * All channels share one gain: the stereo image stands still. */
#include "step_base.h"
#include "true_peak.h"

#include <math.h>

#define LOOK_S    0.005
#define RELEASE_S 0.1
#define BLOCK     128          /* samples whose peaks are judged at a time */
#define ONE       1073741824.0 /* 2^30 */
#define MARGIN_DB 0.05         /* between samples a moving gain adds less than this (test_level) */

/* The least of the last values of a stream. */
struct least {
    float *value;
    int64_t *at;
    int64_t head, tail; /* entries head .. tail - 1 rise */
};

struct level {
    struct vh_true_peak tp;
    struct vh_sound_fifo allowed, held; /* one channel: gain allowed per sample; after minimum and release */
    int look;                           /* samples of ±5 ms */
    struct least least;                 /* 2 * look + 1 entries at most */
    int64_t *mean[2];                   /* look + 1 inputs of each running mean */
    int64_t sum[2];                     /* of 1 - gain, in units of ONE */
    float gain, limit, release, last;   /* last: released gain of the sample before */
    float before;                       /* allowed gain of the sample before */
    int64_t n_allowed, n_held, n_out;   /* next sample of each stage */
    int64_t n_least, n_mean;            /* samples taken into the minimum and the means */
    bool limiting;
};

static int ones(struct vh_sound_fifo *fifo, int n)
{
    float *to[VH_SOUND_CHANNELS];
    int status = vh_sound_fifo_reserve(fifo, to, n);
    for (int i = 0; status >= 0 && i < n; i++)
        to[0][i] = 1;
    return status;
}

static int level_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct level *p = step->priv;
    const struct vh_sound_level *level = &step->params.level;
    if (!(fabs(level->gain_db) <= 60))
        return vh_fail(log, VH_ERR_USAGE, "gain %g dB is outside -60 to 60 dB", level->gain_db);
    if (!(level->peak_db >= -40))
        return vh_fail(log, VH_ERR_USAGE, "peak limit %g dBTP is below -40 dBTP", level->peak_db);
    p->gain = (float)pow(10, level->gain_db / 20);
    p->limiting = level->peak_db <= 20;
    p->limit = (float)pow(10, (level->peak_db - MARGIN_DB) / 20);
    p->look = (int)(LOOK_S * step->format.rate_hz);
    p->release = (float)(1 - exp(-1 / (RELEASE_S * step->format.rate_hz)));
    p->last = p->before = 1;
    p->n_least = p->n_mean = -p->look;
    vh_true_peak_init(&p->tp, step->format.rate_hz);
    vh_sound_fifo_init(&p->allowed, 1);
    vh_sound_fifo_init(&p->held, 1);
    bool ok = (p->least.value = vh_alloc(2 * p->look + 2, sizeof(float))) &&
              (p->least.at = vh_alloc(2 * p->look + 2, sizeof(int64_t))) &&
              (p->mean[0] = vh_alloc(p->look + 1, sizeof(int64_t))) &&
              (p->mean[1] = vh_alloc(p->look + 1, sizeof(int64_t)));
    if (!ok || vh_sound_fifo_append(&step->in, NULL, VH_TRUE_PEAK_BEFORE) < 0 ||
        ones(&p->allowed, p->look) < 0 || ones(&p->held, p->look) < 0)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the limiter");
    return VH_OK;
}

/* True when no peak of n samples can reach the limit, whatever lies between them. */
static bool is_low(const struct level *p, const float *x, int n)
{
    float lane[16] = {0}, most = 0;
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; k++) {
            float size = fabsf(x[i + k]);
            lane[k] = size > lane[k] ? size : lane[k];
        }
    for (; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    for (int k = 0; k < 16; k++)
        most = fmaxf(most, lane[k]);
    return most * p->tp.most * p->gain <= p->limit;
}

/* Gain every sample up to `end` may have by its own peak and by the one just before it. */
static int allow(struct vh_sound_step *step, int64_t end)
{
    struct level *p = step->priv;
    while (p->n_allowed < end) {
        float peak[BLOCK], most[BLOCK] = {0}, *to[VH_SOUND_CHANNELS];
        int n = end - p->n_allowed < BLOCK ? (int)(end - p->n_allowed) : BLOCK;
        int at = (int)(p->n_allowed - p->n_out) + VH_TRUE_PEAK_BEFORE;
        for (int c = 0; c < step->format.n_channels; c++) {
            const float *x = step->in.plane[c] + at;
            if (is_low(p, x - VH_TRUE_PEAK_BEFORE, n + VH_TRUE_PEAK_BEFORE + VH_TRUE_PEAK_AFTER))
                continue;
            vh_true_peak_run(&p->tp, x, peak, n);
            for (int i = 0; i < n; i++)
                most[i] = peak[i] > most[i] ? peak[i] : most[i];
        }
        int status = vh_sound_fifo_reserve(&p->allowed, to, n);
        if (status < 0)
            return status;
        for (int i = 0; i < n; i++) {
            float loud = most[i] * p->gain, own = loud > p->limit ? p->limit / loud : 1;
            to[0][i] = own < p->before ? own : p->before;
            p->before = own;
        }
        p->n_allowed += n;
    }
    return VH_OK;
}

/* Takes the value of sample `at` in and forgets those before `first`; returns the least. */
static float least_of(struct least *q, int capacity, float value, int64_t at, int64_t first)
{
    while (q->tail > q->head && q->value[(q->tail - 1) % capacity] >= value)
        q->tail--;
    q->value[q->tail % capacity] = value;
    q->at[q->tail % capacity] = at;
    q->tail++;
    while (q->at[q->head % capacity] < first)
        q->head++;
    return q->value[q->head % capacity];
}

/* Takes the gain of one more sample into the two running means; returns their result, which lies `look`
 * samples back. */
static float mean_of(struct level *p, float gain)
{
    int n = p->look + 1;
    int64_t x = (int64_t)ceil((1 - (double)gain) * ONE), slot = (p->n_mean + p->look) % n;
    for (int i = 0; i < 2; i++) {
        p->sum[i] += x - p->mean[i][slot];
        p->mean[i][slot] = x;
        x = p->sum[i];
    }
    p->n_mean++;
    return x ? (float)(1 - (double)x / ((double)n * n * ONE)) : 1; /* exactly 1 where nothing is held down */
}

/* Minimum over ±look and release. allowed.plane[0][0] belongs to sample n_held - look. */
static int hold(struct vh_sound_step *step, int64_t end)
{
    struct level *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = (int)(end - p->n_held), width = 2 * p->look + 1;
    int status = n > 0 ? vh_sound_fifo_reserve(&p->held, to, n) : VH_OK;
    if (status < 0 || n <= 0)
        return status;
    for (int i = 0; i < n; i++) {
        float least = 1;
        for (int64_t from = p->n_held - p->look; p->n_least <= p->n_held + i + p->look; p->n_least++)
            least = least_of(&p->least, width + 1, p->allowed.plane[0][p->n_least - from], p->n_least,
                p->n_least - width + 1);
        float released = p->last + (1 - p->last) * p->release;
        released = released > 0.99999f ? 1 : released;
        p->last = least < released ? least : released;
        to[0][i] = p->last;
    }
    vh_sound_fifo_drop(&p->allowed, n);
    p->n_held += n;
    return VH_OK;
}

/* The gain of sample n_out + i. */
static float smoothed(struct level *p, int i)
{
    float gain = 1;
    for (int64_t from = p->n_out - p->look; p->n_mean <= p->n_out + i + p->look;)
        gain = mean_of(p, p->held.plane[0][p->n_mean - from]);
    return gain;
}

static int send(struct vh_sound_step *step, int64_t end)
{
    struct level *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = (int)(end - p->n_out), status = n > 0 ? vh_sound_fifo_reserve(&step->out, to, n) : VH_OK;
    if (status < 0 || n <= 0)
        return status;
    for (int i = 0; i < n; i++) {
        float g = p->limiting ? p->gain * smoothed(p, i) : p->gain;
        for (int c = 0; c < step->format.n_channels; c++)
            to[c][i] = step->in.plane[c][VH_TRUE_PEAK_BEFORE + i] * g;
    }
    vh_sound_fifo_drop(&step->in, n);
    if (p->limiting)
        vh_sound_fifo_drop(&p->held, n);
    p->n_out += n;
    return VH_OK;
}

static int level_run(struct vh_sound_step *step, bool last)
{
    struct level *p = step->priv;
    if (!p->limiting)
        return send(step, step->n_in);
    int status = last ? vh_sound_fifo_append(&step->in, NULL, VH_TRUE_PEAK_AFTER) : VH_OK;
    if (status >= 0)
        status = allow(step, last ? step->n_in : step->n_in - VH_TRUE_PEAK_AFTER);
    if (status >= 0 && last)
        status = ones(&p->allowed, p->look);
    if (status >= 0)
        status = hold(step, last ? step->n_in : p->n_allowed - p->look);
    if (status >= 0 && last)
        status = ones(&p->held, p->look);
    if (status >= 0)
        status = send(step, last ? step->n_in : p->n_held - p->look);
    return status;
}

static void level_close(struct vh_sound_step *step)
{
    struct level *p = step->priv;
    vh_sound_fifo_uninit(&p->allowed);
    vh_sound_fifo_uninit(&p->held);
    vh_free(p->least.value);
    vh_free(p->least.at);
    vh_free(p->mean[0]);
    vh_free(p->mean[1]);
}

const struct vh_sound_step_ops vh_sound_level_ops = {
    sizeof(struct level), level_open, level_run, level_close};
