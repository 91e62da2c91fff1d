/* Channels: per 5 s the cross spectrum. Its phase gives the delay: phase transform for the coarse peak (C.
 * Knapp, G. Carter, IEEE Trans. ASSP 24, 1976), then a straight line through the phase weighted with
 * coherence / (1 - coherence). Its sign at the peak is the polarity; what is left unexplained by it is what
 * the channels do not share. */
#include "channel_pair.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define PIECE_S 5.0
#define DELAY_S 0.0005 /* longest azimuth error looked for (algorithms 6) */

struct vh_channel_pair {
    int n;
    double rate_hz;
    double *s11, *s22, *re, *im;             /* sums of the piece */
    int frames;                              /* in the sums */
    int heard;                               /* of them with programme in both */
    struct vh_series delay, polarity, apart; /* per piece: samples, correlation, unshared energy in dB */
    int n_knots, knot_stride, knot_skip;
    double knot_s[VH_SOUND_KNOTS], knot_delay[VH_SOUND_KNOTS];
    double time_s;
    int64_t n_frames;
};

int vh_channel_pair_create(struct vh_channel_pair **pair, int n, double rate_hz)
{
    struct vh_channel_pair *p = *pair = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    p->n = n;
    p->rate_hz = rate_hz;
    double **sums[] = {&p->s11, &p->s22, &p->re, &p->im};
    for (int i = 0; i < 4; i++)
        if (!(*sums[i] = vh_alloc(n / 2 + 1, sizeof(double))))
            return VH_ERR_RESOURCE;
    return VH_OK;
}

void vh_channel_pair_destroy(struct vh_channel_pair **pair)
{
    struct vh_channel_pair *p = *pair;
    if (!p)
        return;
    vh_free(p->s11);
    vh_free(p->s22);
    vh_free(p->re);
    vh_free(p->im);
    vh_freep(pair);
}

/* Correlation of the two channels at a delay, whitened (phase transform) between two frequencies. */
static double correlate(const struct vh_channel_pair *p, double delay, int first, int last)
{
    double sum = 0, norm = 0, step = -2 * M_PI * delay / p->n;
    double c = cos(step * first), s = sin(step * first), dc = cos(step), ds = sin(step);
    for (int k = first; k < last; k++) {
        double size = sqrt(p->s11[k] * p->s22[k]) + 1e-30; /* coherence keeps incoherent bins from counting */
        sum += (p->re[k] * c - p->im[k] * s) / size;
        norm += 1;
        double t = c * dc - s * ds;
        s = c * ds + s * dc;
        c = t;
    }
    return norm > 0 ? sum / norm : 0;
}

/* Slope of the phase around a coarse delay, in samples; *steady receives the mean coherence. */
static double refine(
    const struct vh_channel_pair *p, double delay, int sign, int first, int last, double *steady)
{
    for (int round = 0; round < 3; round++) {
        double sum = 0, norm = 0, coherence = 0;
        for (int k = first; k < last; k++) {
            double w = 2 * M_PI * k / p->n, angle = -w * delay, re = sign * p->re[k], im = sign * p->im[k];
            double turned_re = re * cos(angle) - im * sin(angle),
                   turned_im = re * sin(angle) + im * cos(angle);
            double g = (re * re + im * im) / (p->s11[k] * p->s22[k] + 1e-60);
            double weight = g / (1.001 - fmin(g, 1));
            sum += weight * w * atan2(turned_im, turned_re);
            norm += weight * w * w;
            coherence += g;
        }
        delay += norm > 0 ? sum / norm : 0;
        *steady = coherence / (last - first);
    }
    return delay;
}

static void add_knot(struct vh_channel_pair *p, double time_s, double delay)
{
    if (++p->knot_skip < p->knot_stride)
        return;
    p->knot_skip = 0;
    if (p->n_knots == VH_SOUND_KNOTS) {
        for (int i = 0; i < VH_SOUND_KNOTS / 2; i++) {
            p->knot_s[i] = (p->knot_s[2 * i] + p->knot_s[2 * i + 1]) / 2;
            p->knot_delay[i] = (p->knot_delay[2 * i] + p->knot_delay[2 * i + 1]) / 2;
        }
        p->n_knots /= 2;
        p->knot_stride = (p->knot_stride ? p->knot_stride : 1) * 2;
    }
    p->knot_s[p->n_knots] = time_s;
    p->knot_delay[p->n_knots++] = delay;
}

/* Energy of channel 1 that no filter makes out of channel 0, in dB of the whole. */
static double unshared(const struct vh_channel_pair *p, int first, int last)
{
    double rest = 0, all = 1e-30;
    for (int k = first; k < last; k++) {
        double g = (p->re[k] * p->re[k] + p->im[k] * p->im[k]) / (p->s11[k] * p->s22[k] + 1e-60);
        rest += (1 - fmin(g, 1)) * p->s22[k];
        all += p->s22[k];
    }
    return 10 * log10(rest / all + 1e-10);
}

static void finish_piece(struct vh_channel_pair *p)
{
    double rate = p->rate_hz, hz = rate / p->n, most = DELAY_S * rate, best = 0, at = 0;
    int low = (int)(300 / hz), high = (int)(fmin(8000, rate * 0.4) / hz), mid = (int)(3000 / hz);
    if (p->heard > 20) {
        for (double delay = -most; delay <= most; delay += 0.25) {
            double r = correlate(p, delay, low, high);
            /* of equal peaks, as a pure tone has them, the nearest */
            double penalty = 1 - 0.1 * fabs(delay) / most;
            if (fabs(r) * penalty > fabs(best)) {
                best = r * penalty;
                at = delay;
            }
        }
        double steady, delay = refine(p, at, best < 0 ? -1 : 1, (int)(1000 / hz), high, &steady);
        double own = 0, other = 0, product = 0;
        for (int k = (int)(200 / hz); k < mid; k++) {
            double angle = -2 * M_PI * k / p->n * at;
            product += p->re[k] * cos(angle) - p->im[k] * sin(angle);
            own += p->s11[k];
            other += p->s22[k];
        }
        vh_series_add(&p->polarity, product / (sqrt(own * other) + 1e-30));
        vh_series_add(&p->apart, unshared(p, (int)(100 / hz), high));
        if (steady > 0.5 && fabs(delay) <= most) {
            vh_series_add(&p->delay, delay);
            add_knot(p, p->time_s, delay);
        }
    }
    int bins = p->n / 2 + 1;
    memset(p->s11, 0, sizeof(double) * bins);
    memset(p->s22, 0, sizeof(double) * bins);
    memset(p->re, 0, sizeof(double) * bins);
    memset(p->im, 0, sizeof(double) * bins);
    p->frames = p->heard = 0;
}

void vh_channel_pair_push(struct vh_channel_pair *p, const double *first, const double *second, bool heard)
{
    p->n_frames++;
    for (int k = 0; heard && k <= p->n / 2; k++) {
        double re0 = first[2 * k], im0 = first[2 * k + 1], re = second[2 * k], im = second[2 * k + 1];
        p->s11[k] += re0 * re0 + im0 * im0;
        p->s22[k] += re * re + im * im;
        p->re[k] += re0 * re + im0 * im;
        p->im[k] += im0 * re - re0 * im;
    }
    p->heard += heard;
    p->frames++;
    p->time_s = (p->n_frames - p->frames / 2.0) * (p->n / 2) / p->rate_hz;
    if (p->frames * (p->n / 2.0) >= PIECE_S * p->rate_hz)
        finish_piece(p);
}

void vh_channel_pair_finish(
    struct vh_channel_pair *p, struct vh_sound_findings *f, struct vh_profile *profile)
{
    if (p->heard > 20)
        finish_piece(p);
    if (!p->polarity.n || f->dead[0] || f->dead[1])
        return;
    double correlation = vh_series_quantile(&p->polarity, 0.5), apart = vh_series_quantile(&p->apart, 0.5);
    int n = p->polarity.n;
    double sure = n >= 2 ? 0.97 : 0.85;
    vh_detect_report(profile, "audio.polarity", correlation < -0.6, sure, n,
        "correlation %.2f in 200 to 3000 Hz", correlation);
    /* unshared energy of -34 dB is a side signal of -40 dB */
    vh_detect_report(profile, "audio.dual_mono", apart < -34, sure, n, "unshared energy %.1f dB", apart);
    double delay = vh_series_quantile(&p->delay, 0.5);
    double spread = vh_series_quantile(&p->delay, 0.75) - vh_series_quantile(&p->delay, 0.25);
    double share = (double)p->delay.n / n, at_48k = 48000.0 / p->rate_hz;
    if (!p->delay.n)
        return;
    double steady = spread < 2 ? 1 : 2 / spread;
    if (p->delay.n < 4) /* too few to tell a wandering head from chance */
        steady = fmin(steady, fmax(fabs(delay), 0.1) / (2 * spread + 1e-9));
    f->n_knots = p->n_knots;
    memcpy(f->knot_s, p->knot_s, sizeof p->knot_s);
    memcpy(f->knot_delay, p->knot_delay, sizeof p->knot_delay);
    vh_detect_report(profile, "audio.azimuth", delay * at_48k, fmin(0.95, share * steady), p->delay.n,
        "%d of %d pieces coherent, spread %.2f samples", p->delay.n, n, spread);
}
