/* A compressor: one gain for all channels from the loudest channel's mean square, attack and release on that,
 * static curve with a quadratic knee (D. Giannoulis, M. Massberg, J. Reiss, JAES 60, 2012, section 2). */
#include "step_base.h"

#include <math.h>

#define KNEE_DB 6.0
#define STRIDE  16 /* samples between two values of the gain, which moves linearly between */

struct compress {
    double attack, release, square; /* per STRIDE; square: smoothed mean square */
    double sum;                     /* loudest channel's squares in the present stride, per channel below */
    double channel[VH_SOUND_CHANNELS];
    int64_t position;
    float gain, step;
};

static int compress_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct compress *p = step->priv;
    const struct vh_sound_compress *c = &step->params.compress;
    if (!(c->threshold_db >= -60 && c->threshold_db <= 0 && c->ratio >= 1 && c->ratio <= 20))
        return vh_fail(log, VH_ERR_USAGE, "compressor at %g dB, %g:1 is outside -60 to 0 dB, 1 to 20",
            c->threshold_db, c->ratio);
    if (!(c->attack_ms >= 0.1 && c->attack_ms <= 5000 && c->release_ms >= 0.1 && c->release_ms <= 5000))
        return vh_fail(log, VH_ERR_USAGE,
            "compressor attack %g ms or release %g ms is outside 0.1 to 5000 ms", c->attack_ms,
            c->release_ms);
    double stride_ms = STRIDE * 1000.0 / step->format.rate_hz;
    p->attack = 1 - exp(-stride_ms / c->attack_ms);
    p->release = 1 - exp(-stride_ms / c->release_ms);
    p->gain = 1;
    return VH_OK;
}

/* Gain in dB at a level in dB. */
static double curve(const struct vh_sound_compress *c, double level)
{
    double over = level - c->threshold_db, slope = 1 / c->ratio - 1;
    if (2 * over < -KNEE_DB)
        return 0;
    if (2 * over > KNEE_DB)
        return slope * over;
    return slope * (over + KNEE_DB / 2) * (over + KNEE_DB / 2) / (2 * KNEE_DB);
}

static void finish_stride(struct vh_sound_step *step)
{
    struct compress *p = step->priv;
    double loudest = 0;
    for (int c = 0; c < step->format.n_channels; c++) {
        loudest = fmax(loudest, p->channel[c] / STRIDE);
        p->channel[c] = 0;
    }
    p->square += (loudest - p->square) * (loudest > p->square ? p->attack : p->release);
    float want = (float)pow(10, curve(&step->params.compress, 10 * log10(p->square + 1e-12)) / 20);
    p->step = (want - p->gain) / STRIDE;
}

static int compress_run(struct vh_sound_step *step, bool last)
{
    (void)last;
    struct compress *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = step->in.n, status = vh_sound_fifo_reserve(&step->out, to, n);
    for (int i = 0; status >= 0 && i < n; i++) {
        p->gain += p->step;
        for (int c = 0; c < step->format.n_channels; c++) {
            float x = step->in.plane[c][i];
            p->channel[c] += (double)x * x;
            to[c][i] = x * p->gain;
        }
        if (++p->position % STRIDE == 0)
            finish_stride(step);
    }
    if (status >= 0)
        vh_sound_fifo_drop(&step->in, n);
    return status;
}

const struct vh_sound_step_ops vh_sound_compress_ops = {
    sizeof(struct compress), compress_open, compress_run, NULL};
