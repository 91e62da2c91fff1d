/* The steps without look-ahead: offset removal, channel matrix, second-order sections. */
#include "biquad.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

/* Removing an offset by a one-pole high-pass whose state starts at the measured offset: no thump at the
 * start, and an offset that wanders (a capture card warming up) is followed. 2 Hz is a decade below the
 * lowest programme. */
#define DC_CORNER_HZ 2.0

struct dc {
    double mean[VH_SOUND_CHANNELS], rate;
};

static int dc_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct dc *p = step->priv;
    for (int c = 0; c < step->format.n_channels; c++)
        if (!(fabs(step->params.dc[c]) <= 1))
            return vh_fail(
                log, VH_ERR_USAGE, "offset %g of channel %d is outside -1 to 1", step->params.dc[c], c + 1);
    memcpy(p->mean, step->params.dc, sizeof p->mean);
    p->rate = 1 - exp(-2 * M_PI * DC_CORNER_HZ / step->format.rate_hz);
    return VH_OK;
}

static int dc_run(struct vh_sound_step *step, bool last)
{
    (void)last;
    struct dc *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = step->in.n, status = vh_sound_fifo_reserve(&step->out, to, n);
    if (status < 0)
        return status;
    for (int c = 0; c < step->format.n_channels; c++) {
        double mean = p->mean[c];
        for (int i = 0; i < n; i++) {
            double d = step->in.plane[c][i] - mean;
            to[c][i] = (float)d;
            mean += p->rate * d;
        }
        p->mean[c] = mean;
    }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

const struct vh_sound_step_ops vh_sound_dc_ops = {sizeof(struct dc), dc_open, dc_run, NULL};

struct mix {
    struct vh_biquad lowpass[VH_SOUND_CHANNELS];
    struct vh_biquad_state state[VH_SOUND_CHANNELS];
};

static int mix_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct mix *p = step->priv;
    const struct vh_sound_mix *mix = &step->params.mix;
    if (mix->n_out < 1 || mix->n_out > VH_SOUND_CHANNELS)
        return vh_fail(
            log, VH_ERR_USAGE, "mixing to %d channels is outside 1 to %d", mix->n_out, VH_SOUND_CHANNELS);
    for (int o = 0; o < mix->n_out; o++) {
        for (int i = 0; i < step->format.n_channels; i++)
            if (!(fabs(mix->gain[o][i]) <= 16))
                return vh_fail(log, VH_ERR_USAGE, "mixing gain %g is outside -16 to 16", mix->gain[o][i]);
        double hz = mix->lowpass_hz[o];
        if (hz > 0 && hz < step->format.rate_hz * 0.49)
            p->lowpass[o] = vh_biquad_design(
                &(struct vh_sound_section){VH_SOUND_LOWPASS, hz, M_SQRT1_2, 0}, step->format.rate_hz);
        else
            p->lowpass[o].b0 = 1;
    }
    step->format_out.n_channels = mix->n_out;
    return VH_OK;
}

static void mix_one(const struct vh_sound_step *step, int o, float *to, int n)
{
    const double *gain = step->params.mix.gain[o];
    memset(to, 0, sizeof *to * n);
    for (int i = 0; i < step->format.n_channels; i++) {
        if (gain[i] == 0)
            continue;
        float g = (float)gain[i];
        const float *from = step->in.plane[i];
        for (int k = 0; k < n; k++)
            to[k] += g * from[k];
    }
}

static int mix_run(struct vh_sound_step *step, bool last)
{
    (void)last;
    struct mix *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = step->in.n, status = vh_sound_fifo_reserve(&step->out, to, n);
    if (status < 0)
        return status;
    for (int o = 0; o < step->params.mix.n_out; o++) {
        mix_one(step, o, to[o], n);
        if (step->params.mix.lowpass_hz[o] > 0)
            for (int k = 0; k < n; k++)
                to[o][k] = (float)vh_biquad_run(&p->lowpass[o], &p->state[o], to[o][k]);
    }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

const struct vh_sound_step_ops vh_sound_mix_ops = {sizeof(struct mix), mix_open, mix_run, NULL};

struct filter {
    struct vh_biquad section[VH_SOUND_SECTIONS];
    struct vh_biquad_state state[VH_SOUND_CHANNELS][VH_SOUND_SECTIONS];
};

static int filter_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct filter *p = step->priv;
    const struct vh_sound_filter *filter = &step->params.filter;
    if (filter->n_sections < 1 || filter->n_sections > VH_SOUND_SECTIONS)
        return vh_fail(log, VH_ERR_USAGE, "%d filter sections are outside 1 to %d", filter->n_sections,
            VH_SOUND_SECTIONS);
    for (int i = 0; i < filter->n_sections; i++) {
        const struct vh_sound_section *s = &filter->section[i];
        if (!(s->frequency_hz > 0 && s->frequency_hz < step->format.rate_hz * 0.499))
            return vh_fail(log, VH_ERR_USAGE, "filter frequency %g Hz is outside 0 to %g Hz", s->frequency_hz,
                step->format.rate_hz * 0.499);
        if (!(s->q > 0 && fabs(s->gain_db) <= 40))
            return vh_fail(log, VH_ERR_USAGE,
                "filter with Q %g and gain %g dB: Q must be positive, the gain within 40 dB", s->q,
                s->gain_db);
        p->section[i] = vh_biquad_design(s, step->format.rate_hz);
    }
    return VH_OK;
}

static int filter_run(struct vh_sound_step *step, bool last)
{
    (void)last;
    struct filter *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = step->in.n, status = vh_sound_fifo_reserve(&step->out, to, n);
    if (status < 0)
        return status;
    for (int c = 0; c < step->format.n_channels; c++)
        for (int k = 0; k < n; k++) {
            double x = step->in.plane[c][k];
            for (int i = 0; i < step->params.filter.n_sections; i++)
                x = vh_biquad_run(&p->section[i], &p->state[c][i], x);
            to[c][k] = (float)x;
        }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

const struct vh_sound_step_ops vh_sound_filter_ops = {sizeof(struct filter), filter_open, filter_run, NULL};
