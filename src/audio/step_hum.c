/* Hum: each harmonic demodulated to zero frequency, smoothed, and subtracted again.
 *
 * Per harmonic h and hop of two mains periods, c_h = 2/D sum x[n] exp(-j w_h n): a hop of whole periods has
 * zeros at the other harmonics. The hum is what changes slowly: c_h is averaged over ±2 s (Hann weights,
 * about 0.4 Hz wide) with weights 1 / (e + d), d = |change of c_h to its neighbours|^2, that is, the
 * programme around that harmonic: pauses teach. The mains wanders, so the frequency is followed first: the
 * phase advance from hop to hop, summed over harmonics and ±4 s, is undone before averaging and put back
 * after. The look-ahead makes the whole free of delay and phase error. Where a hop holds less than the
 * estimate (muted sound), the estimate is scaled down to it. */
#include "step_base.h"

#include <math.h>
#include <string.h>

#define SMOOTH_S     3.0 /* half width of the Hann average of amplitudes */
#define TRACK_S      1.5 /* half width of the average of phase advances */
#define PRE_S        1.0 /* half width of the first average, and the distance over which phase is compared */
#define CALM         4 /* hops to each side whose change is the weight: single values would weigh by chance */
#define WEIGHT_FLOOR 1e-14 /* e: -140 dB full scale */
#define DRIFT_MOST   0.004 /* of the frequency: what tracking may find; more is programme */

struct cplx {
    double re, im;
};

struct hum_channel {
    struct cplx *c;    /* n_slots * n_harmonics demodulated hops, by hop number modulo n_slots */
    struct cplx *calm; /* n_slots * n_harmonics: first, short average */
    double *weight;    /* n_slots * n_harmonics */
    double *advance;   /* n_slots: tracked phase advance of the fundamental from this hop to the next */
    double *phase;     /* n_slots: sum of the advances */
    float *peak;       /* n_slots */
};

struct hum {
    int hop, n_harmonics, n_slots, smooth, track, pre;
    double w;             /* radians per sample of the fundamental */
    float *cosine, *sine; /* n_harmonics * hop: exp(j w_h n) of a hop that starts at phase 0 */
    struct hum_channel channel[VH_SOUND_CHANNELS];
    int64_t n_read, n_weighed, n_calm, n_tracked,
        n_done;     /* hops demodulated, with weights, with a first average, with phase, sent away */
    double *window; /* 2 * smooth + 1 Hann weights */
    struct cplx last[VH_SOUND_CHANNELS][VH_SOUND_HARMONICS]; /* estimate of the hop sent away last */
};

static int hum_alloc(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    size_t cells = (size_t)p->n_slots * p->n_harmonics, table = (size_t)p->hop * p->n_harmonics;
    bool ok = (p->cosine = vh_alloc(table, sizeof(float))) && (p->sine = vh_alloc(table, sizeof(float))) &&
              (p->window = vh_alloc(2 * p->smooth + 1, sizeof(double)));
    for (int i = 0; ok && i < step->format.n_channels; i++) {
        struct hum_channel *k = &p->channel[i];
        ok = (k->c = vh_alloc(cells, sizeof *k->c)) && (k->weight = vh_alloc(cells, sizeof *k->weight)) &&
             (k->calm = vh_alloc(cells, sizeof *k->calm)) &&
             (k->advance = vh_alloc(p->n_slots, sizeof *k->advance)) &&
             (k->phase = vh_alloc(p->n_slots, sizeof *k->phase)) &&
             (k->peak = vh_alloc(p->n_slots, sizeof *k->peak));
    }
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

static int hum_open(struct vh_sound_step *step, const struct vh_log *log)
{
    struct hum *p = step->priv;
    const struct vh_sound_hum *hum = &step->params.hum;
    double rate = step->format.rate_hz, f = hum->frequency_hz;
    if (!(f >= 20 && f <= 500))
        return vh_fail(log, VH_ERR_USAGE, "hum frequency %g Hz is outside 20 to 500 Hz", f);
    if (hum->n_harmonics < 1 || hum->n_harmonics > VH_SOUND_HARMONICS)
        return vh_fail(
            log, VH_ERR_USAGE, "%d hum harmonics are outside 1 to %d", hum->n_harmonics, VH_SOUND_HARMONICS);
    p->n_harmonics = hum->n_harmonics;
    while (p->n_harmonics > 1 && p->n_harmonics * f > rate * 0.48)
        p->n_harmonics--;
    p->hop = (int)lrint(2 * rate / f);
    p->w = 2 * M_PI * f / rate;
    p->smooth = (int)lrint(SMOOTH_S * rate / p->hop);
    p->track = (int)lrint(TRACK_S * rate / p->hop);
    p->pre = (int)lrint(PRE_S * rate / p->hop);
    p->n_slots = 2 * (p->smooth + p->track + 2 * p->pre + CALM) + 8;
    int status = hum_alloc(step);
    if (status < 0)
        return vh_fail(log, status, "out of memory for the hum remover");
    for (int j = -p->smooth; j <= p->smooth; j++)
        p->window[j + p->smooth] = pow(cos(M_PI / 2 * j / (p->smooth + 1)), 2);
    for (int h = 0; h < p->n_harmonics; h++)
        for (int i = 0; i < p->hop; i++) {
            p->cosine[h * p->hop + i] = (float)cos(p->w * (h + 1) * i);
            p->sine[h * p->hop + i] = (float)sin(p->w * (h + 1) * i);
        }
    return VH_OK;
}

static double dot(const float *a, const float *b, int n)
{
    float lane[8] = {0};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            lane[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        lane[0] += a[i] * b[i];
    return (double)((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

/* exp(-j w_h start) of the hop's first sample. */
static struct cplx hop_phase(const struct hum *p, int64_t hop, int h)
{
    double turns = p->w / (2 * M_PI) * (h + 1) * p->hop, angle = fmod(turns * hop, 1.0) * 2 * M_PI;
    return (struct cplx){cos(angle), -sin(angle)};
}

static struct cplx times(struct cplx a, struct cplx b)
{
    return (struct cplx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static struct cplx turn(struct cplx a, double angle)
{
    return times(a, (struct cplx){cos(angle), sin(angle)});
}

/* Demodulates the hop that starts at in.plane[c][at]. */
static void read_hop(struct vh_sound_step *step, int at)
{
    struct hum *p = step->priv;
    int slot = (int)(p->n_read % p->n_slots);
    for (int c = 0; c < step->format.n_channels; c++) {
        const float *x = step->in.plane[c] + at;
        struct hum_channel *k = &p->channel[c];
        float peak = 0;
        for (int i = 0; i < p->hop; i++)
            peak = fmaxf(peak, fabsf(x[i]));
        k->peak[slot] = peak;
        for (int h = 0; h < p->n_harmonics; h++) {
            struct cplx sum = {dot(x, p->cosine + h * p->hop, p->hop), -dot(x, p->sine + h * p->hop, p->hop)};
            sum = times(sum, hop_phase(p, p->n_read, h));
            k->c[slot * p->n_harmonics + h] = (struct cplx){sum.re * 2 / p->hop, sum.im * 2 / p->hop};
        }
    }
    p->n_read++;
}

static double distance(struct cplx a, struct cplx b)
{
    return (a.re - b.re) * (a.re - b.re) + (a.im - b.im) * (a.im - b.im);
}

/* Weights of hop `m`: from how much c changes from hop to hop within ±CALM hops (`end`: one past the last hop
 * there is). */
static void weigh_hop(const struct hum *p, struct hum_channel *k, int64_t m, int64_t end)
{
    double change[VH_SOUND_HARMONICS] = {0};
    int n = 0, n_h = p->n_harmonics, slot = (int)(m % p->n_slots);
    for (int64_t j = m > CALM ? m - CALM : 0; j < m + CALM && j + 1 < end; j++, n++) {
        const struct cplx *a = k->c + j % p->n_slots * n_h, *b = k->c + (j + 1) % p->n_slots * n_h;
        for (int h = 0; h < n_h; h++)
            change[h] += distance(a[h], b[h]);
    }
    for (int h = 0; h < n_h; h++) {
        double d = WEIGHT_FLOOR + change[h] / (n ? n : 1);
        k->weight[slot * n_h + h] = k->peak[slot] < 1e-7f ? 0 : 1 / d;
    }
}

/* A first, short average of hop m: enough to silence what is not within 1 Hz of the harmonic. */
static void calm_hop(const struct hum *p, struct hum_channel *k, int64_t m, int64_t end)
{
    int n_h = p->n_harmonics;
    struct cplx *to = k->calm + m % p->n_slots * n_h;
    double norm[VH_SOUND_HARMONICS] = {0};
    memset(to, 0, sizeof *to * n_h);
    for (int64_t j = m > p->pre ? m - p->pre : 0; j <= m + p->pre && j < end; j++) {
        double window = pow(cos(M_PI / 2 * (double)(j - m) / (p->pre + 1)), 2);
        for (int h = 0; h < n_h; h++) {
            double w = k->weight[j % p->n_slots * n_h + h] * window;
            to[h].re += w * k->c[j % p->n_slots * n_h + h].re;
            to[h].im += w * k->c[j % p->n_slots * n_h + h].im;
            norm[h] += w;
        }
    }
    for (int h = 0; h < n_h; h++)
        to[h] = norm[h] > 0 ? (struct cplx){to[h].re / norm[h], to[h].im / norm[h]} : to[h];
}

/* The phase advance of the fundamental per hop around hop m: from all harmonics, each as far as it turns
 * steadily. */
static double follow(const struct hum *p, const struct hum_channel *k, int64_t m, int64_t end)
{
    double sum = 0, norm = 0, most = DRIFT_MOST * p->w * p->hop;
    for (int h = 0; h < p->n_harmonics; h++) {
        struct cplx z = {0};
        double sizes = 0;
        for (int64_t j = m > p->track ? m - p->track : 0; j < m + p->track && j + p->pre < end; j++) {
            struct cplx a = k->calm[j % p->n_slots * p->n_harmonics + h];
            struct cplx b = k->calm[(j + p->pre) % p->n_slots * p->n_harmonics + h];
            struct cplx step = times(b, (struct cplx){a.re, -a.im});
            z.re += step.re;
            z.im += step.im;
            sizes += sqrt(step.re * step.re + step.im * step.im);
        }
        double size = sqrt(z.re * z.re + z.im * z.im), steady = sizes > 0 ? size / sizes : 0;
        size *= pow(steady, 8);
        sum += size * (h + 1) * atan2(z.im, z.re);
        norm += size * (h + 1) * (h + 1) * p->pre;
    }
    return norm > 0 ? fmax(-most, fmin(most, sum / norm)) : 0;
}

/* The hum's amplitude at hop m, all harmonics. */
static void smooth(
    const struct hum *p, const struct hum_channel *k, int64_t m, int64_t end, struct cplx *estimate)
{
    double norm[VH_SOUND_HARMONICS] = {0}, mid = k->phase[m % p->n_slots];
    memset(estimate, 0, sizeof *estimate * p->n_harmonics);
    int64_t first = m > p->smooth ? m - p->smooth : 0;
    for (int64_t j = first; j <= m + p->smooth && j < end; j++) {
        int slot = (int)(j % p->n_slots);
        double angle = mid - k->phase[slot], window = p->window[j - m + p->smooth];
        struct cplx one = {cos(angle), sin(angle)}, power = one;
        for (int h = 0; h < p->n_harmonics; h++, power = times(power, one)) {
            struct cplx c = times(k->c[slot * p->n_harmonics + h], power);
            double w = k->weight[slot * p->n_harmonics + h] * window;
            estimate[h].re += w * c.re;
            estimate[h].im += w * c.im;
            norm[h] += w;
        }
    }
    for (int h = 0; h < p->n_harmonics; h++) {
        double scale = norm[h] > 0 ? 1 / norm[h] : 0;
        estimate[h] = (struct cplx){estimate[h].re * scale, estimate[h].im * scale};
    }
}

/* Scales the estimate down to what a nearly empty hop holds. */
static double presence(
    const struct hum *p, const struct hum_channel *k, int slot, const struct cplx *estimate)
{
    double power = 0, want = 0, product = 0;
    for (int h = 0; h < p->n_harmonics; h++) {
        struct cplx c = k->c[slot * p->n_harmonics + h];
        power += c.re * c.re + c.im * c.im;
        want += estimate[h].re * estimate[h].re + estimate[h].im * estimate[h].im;
        product += c.re * estimate[h].re + c.im * estimate[h].im;
    }
    return power > want * 2 || want <= 0 ? 1 : fmax(0, fmin(1, product / want));
}

/* Subtracts harmonic h over n samples, its amplitude moving linearly from a to b. */
static void subtract(const struct hum *p, int h, struct cplx a, struct cplx b, float *to, int n)
{
    const float *cosine = p->cosine + h * p->hop, *sine = p->sine + h * p->hop;
    float re = (float)a.re, im = (float)a.im, dre = (float)((b.re - a.re) / p->hop),
          dim = (float)((b.im - a.im) / p->hop);
    for (int i = 0; i < n; i++)
        to[i] -= (re + dre * i) * cosine[i] - (im + dim * i) * sine[i];
}

/* Amplitude of each harmonic at the centre of hop m. */
static void estimate_hop(
    struct hum *p, struct hum_channel *k, int64_t m, int64_t end, struct cplx estimate[VH_SOUND_HARMONICS])
{
    smooth(p, k, m, end, estimate);
    double amount = presence(p, k, (int)(m % p->n_slots), estimate);
    for (int h = 0; h < p->n_harmonics; h++)
        estimate[h] = (struct cplx){estimate[h].re * amount, estimate[h].im * amount};
}

/* Subtracts the estimate `now` from n samples that start hop m; its phase advances by `drift` per hop and the
 * estimate belongs to the place `from` hops before the first sample's (-0.5: the hop's own centre). */
static void subtract_all(
    const struct hum *p, int64_t m, const struct cplx *now, double drift, double from, float *to, int n)
{
    for (int h = 0; h < p->n_harmonics; h++) {
        struct cplx back = hop_phase(p, m, h), turned = times(now[h], (struct cplx){back.re, -back.im});
        double angle = (h + 1) * drift;
        subtract(p, h, turn(turned, angle * from), turn(turned, angle * (from + 1)), to, n);
    }
}

static int finish_hop(struct vh_sound_step *step, int64_t end)
{
    struct hum *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int64_t m = p->n_done;
    int status = vh_sound_fifo_reserve(&step->out, to, p->hop);
    for (int c = 0; status >= 0 && c < step->format.n_channels; c++) {
        struct hum_channel *k = &p->channel[c];
        memcpy(to[c], step->in.plane[c], sizeof(float) * p->hop);
        estimate_hop(p, k, m, end, p->last[c]);
        subtract_all(p, m, p->last[c], k->advance[m % p->n_slots], -0.5, to[c], p->hop);
    }
    if (status < 0)
        return status;
    p->n_done++;
    vh_sound_fifo_drop(&step->in, p->hop);
    return VH_OK;
}

/* What is left behind the last whole hop is cleaned with that hop's estimate. */
static int finish_rest(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    float *to[VH_SOUND_CHANNELS];
    int n = step->in.n, status = n > 0 ? vh_sound_fifo_reserve(&step->out, to, n) : VH_OK;
    if (status < 0 || n == 0)
        return status;
    for (int c = 0; c < step->format.n_channels; c++) {
        memcpy(to[c], step->in.plane[c], sizeof(float) * n);
        double drift = p->n_read ? p->channel[c].advance[(p->n_read - 1) % p->n_slots] : 0;
        subtract_all(p, p->n_read, p->last[c], drift, 0.5, to[c], n);
    }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

static void weigh_to(struct vh_sound_step *step, int64_t until, int64_t end)
{
    struct hum *p = step->priv;
    for (; p->n_weighed < until; p->n_weighed++)
        for (int c = 0; c < step->format.n_channels; c++)
            weigh_hop(p, &p->channel[c], p->n_weighed, end);
}

static void calm_to(struct vh_sound_step *step, int64_t until, int64_t end)
{
    struct hum *p = step->priv;
    for (; p->n_calm < until; p->n_calm++)
        for (int c = 0; c < step->format.n_channels; c++)
            calm_hop(p, &p->channel[c], p->n_calm, end);
}

/* Brings advance and phase up to hop `until` (exclusive). */
static void track_to(struct vh_sound_step *step, int64_t until, int64_t end)
{
    struct hum *p = step->priv;
    for (; p->n_tracked < until; p->n_tracked++)
        for (int c = 0; c < step->format.n_channels; c++) {
            struct hum_channel *k = &p->channel[c];
            int slot = (int)(p->n_tracked % p->n_slots),
                before = (int)((p->n_tracked + p->n_slots - 1) % p->n_slots);
            k->advance[slot] = follow(p, k, p->n_tracked, end);
            k->phase[slot] = p->n_tracked ? k->phase[before] + k->advance[before] : 0;
        }
}

static int hum_run(struct vh_sound_step *step, bool last)
{
    struct hum *p = step->priv;
    int status = VH_OK;
    for (;;) {
        int at = (int)((p->n_read - p->n_done) * p->hop);
        if (at + p->hop > step->in.n)
            break;
        read_hop(step, at);
        weigh_to(step, p->n_read - CALM, INT64_MAX);
        calm_to(step, p->n_weighed - p->pre, INT64_MAX);
        track_to(step, p->n_calm - p->track - p->pre, INT64_MAX);
        if (p->n_tracked - p->smooth > p->n_done)
            status = finish_hop(step, p->n_tracked);
        if (status < 0)
            return status;
    }
    if (!last)
        return VH_OK;
    weigh_to(step, p->n_read, p->n_read);
    calm_to(step, p->n_read, p->n_read);
    track_to(step, p->n_read, p->n_read);
    while (status >= 0 && p->n_done < p->n_read)
        status = finish_hop(step, p->n_read);
    return status < 0 ? status : finish_rest(step);
}

static void hum_close(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        vh_free(p->channel[c].c);
        vh_free(p->channel[c].weight);
        vh_free(p->channel[c].calm);
        vh_free(p->channel[c].advance);
        vh_free(p->channel[c].phase);
        vh_free(p->channel[c].peak);
    }
    vh_free(p->window);
    vh_free(p->cosine);
    vh_free(p->sine);
}

const struct vh_sound_step_ops vh_sound_hum_ops = {sizeof(struct hum), hum_open, hum_run, hum_close};
