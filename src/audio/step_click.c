/* Clicks and flat tops, frame by frame in place: both need context on both sides, which the input FIFO holds.
 */
#include "click.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

/* Loads the frame whose context starts at sample 0 of the FIFO. */
static void load(const struct vh_click_frame *f, const float *from)
{
    for (int i = 0; i < f->n; i++)
        f->x[i] = from[i];
}

/* Runs `mend` over every complete frame. The FIFO starts `margin` samples before the frame. */
static int run_frames(struct vh_sound_step *step, struct vh_click_frame *f, bool last, int64_t *n_out,
    int (*mend)(struct vh_sound_step *step, int c))
{
    int status = last ? vh_sound_fifo_append(&step->in, NULL, f->n) : VH_OK;
    while (status >= 0 && step->in.n >= f->n && *n_out < step->n_in) {
        const float *from[VH_SOUND_CHANNELS];
        int n = step->n_in - *n_out < f->hop ? (int)(step->n_in - *n_out) : f->hop;
        for (int c = 0; c < step->format.n_channels; c++) {
            load(f, step->in.plane[c]);
            step->n_repairs += mend(step, c);
            from[c] = step->in.plane[c] + f->margin;
        }
        status = vh_sound_fifo_append(&step->out, from, n);
        *n_out += n;
        vh_sound_fifo_drop(&step->in, f->hop);
    }
    return status;
}

struct click {
    struct vh_click_frame frame;
    int64_t n_out;
};

static int click_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct click *p = step->priv;
    double threshold = step->params.click.threshold;
    if (threshold != 0 && !(threshold >= 3 && threshold <= 100))
        return vh_fail(log, VH_ERR_USAGE, "click threshold %g is outside 3 to 100", threshold);
    int status = vh_click_frame_init(&p->frame, step->format.rate_hz, threshold);
    if (status >= 0)
        status = vh_sound_fifo_append(&step->in, NULL, p->frame.margin);
    return status < 0 ? vh_fail(log, status, "out of memory for the click remover") : VH_OK;
}

static int click_mend(struct vh_sound_step *step, int c)
{
    struct click *p = step->priv;
    struct vh_click found[VH_CLICK_MAX];
    int n = vh_click_mend(&p->frame, found);
    for (int i = 0; i < n; i++)
        for (int k = found[i].begin; k < found[i].end; k++)
            step->in.plane[c][k] = (float)p->frame.x[k];
    return n;
}

static int click_run(struct vh_sound_step *step, bool last)
{
    struct click *p = step->priv;
    return run_frames(step, &p->frame, last, &p->n_out, click_mend);
}

static void click_close(struct vh_sound_step *step)
{
    struct click *p = step->priv;
    vh_click_frame_uninit(&p->frame);
}

const struct vh_sound_step_ops vh_sound_click_ops = {
    sizeof(struct click), click_open, click_run, click_close};

/* Flat tops. A sample is lost when it stands at the clip level beside another that does. The model is fitted
 * to a first guess from the slopes, then to its own repair (sound.md). A rebuilt sample never falls below the
 * level it was clipped at. */
#define CLIP_ROUNDS 2
#define CLIP_ORDER  128
#define CLIP_GONE   0.8   /* of the samples lost: the model would fit the flat tops, the guess stays */
#define CLIP_MOST   16    /* times the level: no rebuilt sample is larger */
#define CLIP_TOP    0.985 /* of the level: lossy capture codecs leave tops not quite flat */

struct clip {
    struct vh_click_frame frame;
    int64_t n_out;
};

static int clip_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct clip *p = step->priv;
    for (int c = 0; c < step->format.n_channels; c++) {
        double level = step->params.clip.level[c];
        if (!(level >= 0 && level <= 16))
            return vh_fail(log, VH_ERR_USAGE, "clip level %g is outside 0 to 16", level);
    }
    int status = vh_click_frame_init(&p->frame, step->format.rate_hz, 0);
    if (status >= 0)
        status = vh_sound_fifo_append(&step->in, NULL, p->frame.margin);
    return status < 0 ? vh_fail(log, status, "out of memory for the clip remover") : VH_OK;
}

/* Lists the lost samples; those left of the frame were repaired before and are trusted. Returns how many;
 * *runs counts the flat tops that begin in the frame. */
static int find_lost(const struct vh_click_frame *f, double level, int *lost, int *runs)
{
    int m = 0;
    *runs = 0;
    for (int i = f->margin; i < f->n - 2 * CLIP_ORDER && m < VH_AR_MISSING; i++) {
        double x = f->x[i];
        if (fabs(x) < level)
            continue;
        bool before = x * f->x[i - 1] > 0 && fabs(f->x[i - 1]) >= level,
             after = x * f->x[i + 1] > 0 && fabs(f->x[i + 1]) >= level;
        if (!before && !after)
            continue;
        *runs += !before && i < f->margin + f->hop;
        lost[m++] = i;
    }
    return m;
}

/* How steeply the sound rises, away from zero, into the flat top that begins at `edge`, coming from edge -
 * side; what comes from there may be rebuilt already. */
static double slope_into(const double *x, int edge, int side)
{
    double top = fabs(x[edge]), sign = copysign(1, x[edge]), last = sign * x[edge - side];
    double rise = last - sign * x[edge - 2 * side];
    return last > top ? rise : fmax(rise, top - last);
}

/* First guess: every flat top becomes the cubic that continues values and slopes at its two edges. For a sine
 * far above the level that is 0.79 of its peak. */
static void guess_tops(double *x, const int *lost, int m)
{
    for (int i = 0, j; i < m; i = j) {
        for (j = i + 1; j < m && lost[j] == lost[j - 1] + 1 && x[lost[j]] * x[lost[i]] > 0; j++)
            continue;
        int first = lost[i], n = j - i, last = first + n - 1;
        double length = n + 1, sign = copysign(length, x[first]), from = x[first - 1], to = x[last + 1];
        double in = sign * slope_into(x, first, 1), out = sign * slope_into(x, last, -1);
        for (int k = 0; k < n; k++) {
            double t = (k + 1) / length, u = 1 - t;
            x[first + k] = u * u * (1 + 2 * t) * from + t * t * (1 + 2 * u) * to + t * u * (in * u + out * t);
        }
    }
}

/* Rebuilt samples stay beyond the level they were clipped at, and within reason. */
static void hold_tops(double *x, const int *lost, const double *top, int m)
{
    for (int i = 0; i < m; i++) {
        double size = x[lost[i]] / top[i];
        x[lost[i]] = top[i] * fmin(fmax(size, 1), CLIP_MOST);
    }
}

static int clip_mend(struct vh_sound_step *step, int c)
{
    struct clip *p = step->priv;
    struct vh_click_frame *f = &p->frame;
    double level = step->params.clip.level[c] * CLIP_TOP, top[VH_AR_MISSING];
    int lost[VH_AR_MISSING], runs, m = level > 0 ? find_lost(f, level, lost, &runs) : 0;
    struct vh_ar ar = {.order = CLIP_ORDER};
    if (!m)
        return 0;
    for (int i = 0; i < m; i++)
        top[i] = f->x[lost[i]];
    guess_tops(f->x, lost, m);
    hold_tops(f->x, lost, top, m);
    bool gone = m > CLIP_GONE * fmax(lost[m - 1] + 1 - lost[0], f->hop / 2);
    for (int round = 0; !gone && round < CLIP_ROUNDS; round++) {
        if (!vh_ar_fit(&ar, f->x, f->window, f->scratch, f->n) || !vh_ar_fill(&ar, f->x, lost, m, f->work))
            return 0;
        hold_tops(f->x, lost, top, m);
    }
    for (int i = 0; i < m && lost[i] < f->margin + f->hop; i++)
        step->in.plane[c][lost[i]] = (float)f->x[lost[i]];
    return runs;
}

static int clip_run(struct vh_sound_step *step, bool last)
{
    struct clip *p = step->priv;
    return run_frames(step, &p->frame, last, &p->n_out, clip_mend);
}

static void clip_close(struct vh_sound_step *step)
{
    struct clip *p = step->priv;
    vh_click_frame_uninit(&p->frame);
}

const struct vh_sound_step_ops vh_sound_clip_ops = {sizeof(struct clip), clip_open, clip_run, clip_close};
