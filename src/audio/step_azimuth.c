/* Azimuth: one channel moved against the others by a fraction of a sample, along a measured track.
 *
 * The head's tilt delays one channel of a linear stereo track by a few samples; mixing to mono then cancels
 * treble. The delay is made by band-limited interpolation (sinc.h); it changes by at most one sample per
 * second, so that a step in the measured track is not heard as a change of pitch (1 sample/s at 48 kHz is
 * 0.04 cent). */
#include "sinc.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define HISTORY (VH_SOUND_DELAY_MAX + VH_SINC_HALF + 1) /* samples kept to both sides of the present one */
#define STRIDE  64                                      /* samples between two looks at the track */
#define SLEW    1.0                                     /* samples per second */

struct azimuth {
    struct vh_sinc *sinc;
    int64_t position; /* of the next sample to leave */
    double now, next; /* delay at the last and the coming multiple of STRIDE */
};

static double track(const struct vh_sound_azimuth *a, double t)
{
    int i = 0;
    while (i < a->n_knots && a->time_s[i] <= t)
        i++;
    if (i == 0)
        return a->delay[0];
    if (i == a->n_knots)
        return a->delay[i - 1];
    double w = (t - a->time_s[i - 1]) / (a->time_s[i] - a->time_s[i - 1]);
    return a->delay[i - 1] + w * (a->delay[i] - a->delay[i - 1]);
}

static int azimuth_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct azimuth *p = step->priv;
    const struct vh_sound_azimuth *a = &step->params.azimuth;
    if (a->channel < 0 || a->channel >= step->format.n_channels)
        return vh_fail(log, VH_ERR_USAGE, "azimuth of channel %d: the sound has %d", a->channel + 1,
            step->format.n_channels);
    if (a->n_knots < 1 || a->n_knots > VH_SOUND_KNOTS)
        return vh_fail(
            log, VH_ERR_USAGE, "azimuth track of %d knots is outside 1 to %d", a->n_knots, VH_SOUND_KNOTS);
    for (int i = 0; i < a->n_knots; i++)
        if (!(fabs(a->delay[i]) <= VH_SOUND_DELAY_MAX) || (i > 0 && !(a->time_s[i] > a->time_s[i - 1])))
            return vh_fail(log, VH_ERR_USAGE,
                "azimuth delay %g is outside -%d to %d samples, or its time does not rise", a->delay[i],
                VH_SOUND_DELAY_MAX, VH_SOUND_DELAY_MAX);
    p->now = p->next = track(a, 0);
    int status = vh_sinc_create(&p->sinc);
    if (status >= 0)
        status = vh_sound_fifo_append(&step->in, NULL, HISTORY);
    return status < 0 ? vh_fail(log, status, "out of memory for the azimuth step") : VH_OK;
}

static void follow(struct vh_sound_step *step)
{
    struct azimuth *p = step->priv;
    double stride_s = (double)STRIDE / step->format.rate_hz;
    double target = track(&step->params.azimuth, p->position * (1.0 / step->format.rate_hz) + stride_s);
    p->now = p->next;
    p->next = p->now + fmax(-SLEW * stride_s, fmin(SLEW * stride_s, target - p->now));
}

static int azimuth_run(struct vh_sound_step *step, bool last)
{
    struct azimuth *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int status = last ? vh_sound_fifo_append(&step->in, NULL, HISTORY) : VH_OK;
    int n = step->in.n - 2 * HISTORY, moved = step->params.azimuth.channel;
    if (status < 0 || n <= 0)
        return status;
    status = vh_sound_fifo_reserve(&step->out, to, n);
    if (status < 0)
        return status;
    for (int c = 0; c < step->format.n_channels; c++)
        if (c != moved)
            memcpy(to[c], step->in.plane[c] + HISTORY, sizeof(float) * n);
    for (int i = 0; i < n; i++, p->position++) {
        int part = (int)(p->position % STRIDE);
        if (part == 0)
            follow(step);
        double delay = p->now + (p->next - p->now) * part / STRIDE, whole = floor(-delay);
        to[moved][i] = vh_sinc_at(p->sinc, step->in.plane[moved] + HISTORY + i + (int)whole, -delay - whole);
    }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

static void azimuth_close(struct vh_sound_step *step)
{
    struct azimuth *p = step->priv;
    vh_sinc_destroy(&p->sinc);
}

const struct vh_sound_step_ops vh_sound_azimuth_ops = {
    sizeof(struct azimuth), azimuth_open, azimuth_run, azimuth_close};
