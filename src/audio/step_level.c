/* Gain and true-peak limiter.
 *
 * The gain asked for is constant: a linear change, the programme's dynamics stay. The limiter looks ahead:
 * from the true peak of each sample follows the gain it may have at most; the minimum of that over ±5 ms,
 * released at 100 ms, is smoothed by a Hann window of the same ±5 ms. Every value under the window already
 * respects the sample in its middle, so the smoothed gain does too, and it never jumps. All channels share
 * one gain: the stereo image stands still. */
#include "step_base.h"
#include "true_peak.h"

#include <math.h>

#define LOOK_S    0.005
#define RELEASE_S 0.1
#define MARGIN_DB 0.05 /* between samples a moving gain adds less than this (test_level) */

struct level {
    struct vh_true_peak tp;
    struct vh_sound_fifo allowed, held; /* one channel: gain allowed per sample; after minimum and release */
    float *window;                      /* 2 * look + 1, sum 1 */
    int look;                           /* samples of ±5 ms */
    float gain, limit, release, last;   /* last: released gain of the sample before */
    float before;                       /* allowed gain of the sample before */
    int64_t n_allowed, n_held, n_out;   /* next sample of each stage */
    int64_t low_allowed, low_held;      /* newest sample with a gain below 1 in each FIFO */
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
    p->low_allowed = p->low_held = -(1LL << 40);
    vh_true_peak_init(&p->tp, step->format.rate_hz);
    vh_sound_fifo_init(&p->allowed, 1);
    vh_sound_fifo_init(&p->held, 1);
    p->window = vh_alloc(2 * p->look + 1, sizeof(float));
    if (!p->window || vh_sound_fifo_append(&step->in, NULL, VH_TRUE_PEAK_BEFORE) < 0 ||
        ones(&p->allowed, p->look) < 0 || ones(&p->held, p->look) < 0)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the limiter");
    for (int i = -p->look; i <= p->look; i++)
        p->window[i + p->look] = (float)(pow(cos(M_PI / 2 * i / (p->look + 1)), 2) / (p->look + 1));
    return VH_OK;
}

/* Gain every sample up to `end` may have by its own peak and by the one just before it. */
static int allow(struct vh_sound_step *step, int64_t end)
{
    struct level *p = step->priv;
    while (p->n_allowed < end) {
        float peak[256], most[256] = {0}, *to[VH_SOUND_CHANNELS];
        int n = end - p->n_allowed < 256 ? (int)(end - p->n_allowed) : 256;
        int at = (int)(p->n_allowed - p->n_out) + VH_TRUE_PEAK_BEFORE;
        for (int c = 0; c < step->format.n_channels; c++) {
            vh_true_peak_run(&p->tp, step->in.plane[c] + at, peak, n);
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
            if (to[0][i] < 1)
                p->low_allowed = p->n_allowed + i;
        }
        p->n_allowed += n;
    }
    return VH_OK;
}

/* The least of 1 and n values; sixteen lanes, so that it vectorises. */
static float least_of(const float *v, int n)
{
    float lane[16], least = 1;
    int i = 0;
    for (int k = 0; k < 16; k++)
        lane[k] = 1;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; k++)
            lane[k] = v[i + k] < lane[k] ? v[i + k] : lane[k];
    for (int k = 0; k < 16; k++)
        least = lane[k] < least ? lane[k] : least;
    for (; i < n; i++)
        least = v[i] < least ? v[i] : least;
    return least;
}

/* Sum of w (1 - v) in a fixed order. */
static float weighted(const float *w, const float *v, int n)
{
    float lane[16] = {0}, sum = 0;
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; k++)
            lane[k] += w[i + k] * (1 - v[i + k]);
    for (; i < n; i++)
        sum += w[i] * (1 - v[i]);
    for (int k = 0; k < 16; k++)
        sum += lane[k];
    return sum;
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
        if (p->low_allowed >= p->n_held + i - p->look)
            least = least_of(p->allowed.plane[0] + i, width);
        float released = p->last + (1 - p->last) * p->release;
        released = released > 0.99999f ? 1 : released;
        p->last = least < released ? least : released;
        to[0][i] = p->last;
        if (p->last < 1)
            p->low_held = p->n_held + i;
    }
    vh_sound_fifo_drop(&p->allowed, n);
    p->n_held += n;
    return VH_OK;
}

static float smoothed(const struct level *p, int i)
{
    if (p->low_held < p->n_out + i - p->look)
        return 1;
    /* exactly 1 where nothing is held down, however far ahead is known */
    return 1 - weighted(p->window, p->held.plane[0] + i, 2 * p->look + 1);
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
    vh_free(p->window);
}

const struct vh_sound_step_ops vh_sound_level_ops = {
    sizeof(struct level), level_open, level_run, level_close};
