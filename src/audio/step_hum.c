/* Hum: each harmonic demodulated to zero frequency, averaged, and subtracted again.
 *
 * Per harmonic h and hop of one mains period, c_h = 2/D sum x[n] exp(-j w_h n): a hop of a whole period has
 * zeros at the other harmonics. The hum is what stands still in the hops (steady.h: robust averages over six
 * seconds), except that the mains is not exactly where it was measured and wanders: all harmonics turn
 * together, with a rate and a bend that are found with them. The look-ahead makes the whole free of delay and
 * phase error. Where a hop holds less than the estimate (muted sound), the estimate is scaled down to it. */
#include "steady.h"
#include "step_base.h"

#include <math.h>
#include <string.h>

#define BLOCK_HOPS    50 /* one second */
#define N_BLOCKS      6  /* of the average: longer ones lose a wandering mains (sound.md) */
#define TURN_HZ       0.12 /* the mains lies within this of what was measured; what is further off is programme */
#define BEND_HZ       0.015 /* and drifts by this per second at most */
#define STEP_HARMONIC 4     /* the grid of the first search resolves this harmonic */
#define WEIGHT_FLOOR  1e-14 /* -140 dB full scale */
#define SILENT        1e-7f

struct cplx {
    double re, im;
};

struct hum {
    int hop, n_harmonics;
    double w;             /* radians per sample of the fundamental */
    float *cosine, *sine; /* n_harmonics * hop: exp(j w_h n) of a hop that starts at phase 0 */
    struct vh_steady *steady[VH_SOUND_CHANNELS];
    struct vh_steady_block block; /* at work */
    float *re, *im;               /* n_harmonics + 1: one hop; value h is harmonic h */
    int64_t n_read, n_done;       /* hops demodulated, sent away */
    struct cplx last[VH_SOUND_CHANNELS][VH_SOUND_HARMONICS]; /* estimate of the hop sent away last */
    double last_turn;                                        /* radians per hop of the fundamental there */
};

static int hum_alloc(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    size_t table = (size_t)p->hop * p->n_harmonics, n = p->n_harmonics + 1;
    double seconds = (double)BLOCK_HOPS * p->hop / step->format.rate_hz;
    struct vh_steady_config config = {.n = p->n_harmonics + 1,
        .block = BLOCK_HOPS,
        .n_blocks = N_BLOCKS,
        .n_scales = 5,
        .turn_most = 2 * M_PI * TURN_HZ * seconds,
        .turn_step = 1.0 / (STEP_HARMONIC * N_BLOCKS),
        .bend_most = M_PI * BEND_HZ * seconds * seconds,
        .follow = true,
        .least = WEIGHT_FLOOR};
    bool ok = (p->cosine = vh_alloc(table, sizeof(float))) && (p->sine = vh_alloc(table, sizeof(float))) &&
              (p->re = vh_alloc(n, sizeof(float))) && (p->im = vh_alloc(n, sizeof(float)));
    for (int i = 0; ok && i < 2; i++)
        ok = (p->block.re[i] = vh_alloc(n, sizeof(float))) && (p->block.im[i] = vh_alloc(n, sizeof(float)));
    for (int c = 0; ok && c < step->format.n_channels; c++)
        ok = vh_steady_create(&p->steady[c], &config) >= 0;
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
    p->hop = (int)lrint(rate / f);
    p->w = 2 * M_PI * f / rate;
    int status = hum_alloc(step);
    if (status < 0)
        return vh_fail(log, status, "out of memory for the hum remover");
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
    for (int c = 0; c < step->format.n_channels; c++) {
        const float *x = step->in.plane[c] + at;
        float peak = 0;
        for (int i = 0; i < p->hop; i++)
            peak = fmaxf(peak, fabsf(x[i]));
        for (int h = 0; h < p->n_harmonics; h++) {
            struct cplx sum = {dot(x, p->cosine + h * p->hop, p->hop), -dot(x, p->sine + h * p->hop, p->hop)};
            sum = times(sum, hop_phase(p, p->n_read, h));
            p->re[h + 1] = (float)(sum.re * 2 / p->hop);
            p->im[h + 1] = (float)(sum.im * 2 / p->hop);
        }
        vh_steady_push(p->steady[c], p->re, p->im, peak >= SILENT);
    }
    p->n_read++;
}

/* Scales the estimate down to what a nearly empty hop holds. */
static double presence(const struct hum *p, int c, int64_t m, const struct cplx *estimate)
{
    const float *re, *im;
    double power = 0, want = 0, product = 0;
    vh_steady_frame(p->steady[c], m, &re, &im);
    for (int h = 0; h < p->n_harmonics; h++) {
        struct cplx x = {re[h + 1], im[h + 1]};
        power += x.re * x.re + x.im * x.im;
        want += estimate[h].re * estimate[h].re + estimate[h].im * estimate[h].im;
        product += x.re * estimate[h].re + x.im * estimate[h].im;
    }
    return power > want * 2 || want <= 0 ? 1 : fmax(0, fmin(1, product / want));
}

/* Subtracts harmonic h over n samples, its amplitude moving linearly from a to b over a hop. */
static void subtract(const struct hum *p, int h, struct cplx a, struct cplx b, float *to, int n)
{
    const float *cosine = p->cosine + h * p->hop, *sine = p->sine + h * p->hop;
    float re = (float)a.re, im = (float)a.im, dre = (float)((b.re - a.re) / p->hop),
          dim = (float)((b.im - a.im) / p->hop);
    for (int i = 0; i < n; i++)
        to[i] -= (re + dre * i) * cosine[i] - (im + dim * i) * sine[i];
}

/* Amplitude of each harmonic at the centre of hop m of the block at work. */
static void estimate_hop(struct hum *p, int c, int64_t m, struct cplx estimate[VH_SOUND_HARMONICS])
{
    const struct vh_steady_block *b = &p->block;
    double w = ((double)(m - b->first) + 0.5) / b->n, angle = vh_steady_angle(p->steady[c], m);
    for (int h = 0; h < p->n_harmonics; h++)
        estimate[h] = (struct cplx){b->re[0][h + 1] + w * (b->re[1][h + 1] - b->re[0][h + 1]),
            b->im[0][h + 1] + w * (b->im[1][h + 1] - b->im[0][h + 1])};
    double amount = presence(p, c, m, estimate);
    for (int h = 0; h < p->n_harmonics; h++)
        estimate[h] = turn((struct cplx){estimate[h].re * amount, estimate[h].im * amount}, (h + 1) * angle);
    p->last_turn = m > b->first ? angle - vh_steady_angle(p->steady[c], m - 1) : p->last_turn;
}

/* Subtracts the estimate `now` from n samples that start hop m; it belongs to the place `from` hops before
 * the first sample's (-0.5: the hop's own centre). */
static void subtract_all(
    const struct hum *p, int64_t m, const struct cplx *now, double from, float *to, int n)
{
    for (int h = 0; h < p->n_harmonics; h++) {
        struct cplx back = hop_phase(p, m, h), turned = times(now[h], (struct cplx){back.re, -back.im});
        double angle = (h + 1) * p->last_turn;
        subtract(p, h, turn(turned, angle * from), turn(turned, angle * (from + 1)), to, n);
    }
}

/* Cleans the block at work in one channel. */
static void clean_block(struct vh_sound_step *step, int c, float *to)
{
    struct hum *p = step->priv;
    memcpy(to, step->in.plane[c], sizeof(float) * p->hop * p->block.n);
    for (int j = 0; j < p->block.n; j++) {
        estimate_hop(p, c, p->block.first + j, p->last[c]);
        subtract_all(p, p->block.first + j, p->last[c], -0.5, to + (size_t)j * p->hop, p->hop);
    }
}

static int finish_blocks(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    while (vh_steady_read(p->steady[0], &p->block)) {
        float *to[VH_SOUND_CHANNELS];
        int n = p->block.n * p->hop, status = vh_sound_fifo_reserve(&step->out, to, n);
        if (status < 0)
            return status;
        for (int c = 0; c < step->format.n_channels; c++) {
            if (c)
                vh_steady_read(p->steady[c], &p->block);
            clean_block(step, c, to[c]);
        }
        p->n_done += p->block.n;
        vh_sound_fifo_drop(&step->in, n);
    }
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
        subtract_all(p, p->n_read, p->last[c], 0.5, to[c], n);
    }
    vh_sound_fifo_drop(&step->in, n);
    return VH_OK;
}

static int hum_run(struct vh_sound_step *step, bool last)
{
    struct hum *p = step->priv;
    int status = VH_OK;
    for (;;) {
        int at = (int)((p->n_read - p->n_done) * p->hop);
        if (status < 0 || at + p->hop > step->in.n)
            break;
        read_hop(step, at);
        status = finish_blocks(step);
    }
    if (status < 0 || !last)
        return status;
    for (int c = 0; c < step->format.n_channels; c++)
        vh_steady_end(p->steady[c]);
    status = finish_blocks(step);
    return status < 0 ? status : finish_rest(step);
}

static void hum_close(struct vh_sound_step *step)
{
    struct hum *p = step->priv;
    for (int c = 0; c < VH_SOUND_CHANNELS; c++)
        vh_steady_destroy(&p->steady[c]);
    for (int i = 0; i < 2; i++) {
        vh_free(p->block.re[i]);
        vh_free(p->block.im[i]);
    }
    vh_free(p->re);
    vh_free(p->im);
    vh_free(p->cosine);
    vh_free(p->sine);
}

const struct vh_sound_step_ops vh_sound_hum_ops = {sizeof(struct hum), hum_open, hum_run, hum_close};
