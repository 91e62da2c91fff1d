/* Made sound with known truth, for the tests of the sound repairs: speech-like (glottal pulses through moving
 * formants, syllables, pauses), music-like (chords of decaying partials with attacks, over a quiet pad),
 * silence (a noise floor 90 dB down). All of it follows from the seed. */
#ifndef VH_TESTS_MADE_SOUND_H
#define VH_TESTS_MADE_SOUND_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum made_kind { MADE_SPEECH, MADE_MUSIC, MADE_SILENCE };

struct made_random {
    uint64_t state;
};

static inline double made_uniform(struct made_random *r) /* 0 … 1 */
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = r->state ^ (r->state >> 33);
    return (double)(x >> 11) / 9007199254740992.0;
}

static inline double made_normal(struct made_random *r) /* variance 1 */
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += made_uniform(r);
    return sum - 6;
}

static inline double made_rms(const float *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sqrt(sum / (n > 0 ? n : 1));
}

static inline void made_scale(float *x, int n, double rms)
{
    double now = made_rms(x, n);
    for (int i = 0; i < n && now > 0; i++)
        x[i] = (float)(x[i] * rms / now);
}

/* A two-pole resonator. */
struct made_pole {
    double a1, a2, g, y1, y2;
};

static inline double made_resonate(struct made_pole *p, double hz, double width_hz, double rate, double x)
{
    double r = exp(-M_PI * width_hz / rate);
    double y = (1 - r) * x + 2 * r * cos(2 * M_PI * hz / rate) * p->y1 - r * r * p->y2;
    p->y2 = p->y1;
    p->y1 = y;
    return y;
}

/* Air flow through the glottis over one period: A. Rosenberg 1971, opening 40 %, closing 16 %. */
static inline double made_glottis(double p)
{
    return p < 0.4 ? 0.5 - 0.5 * cos(M_PI * p / 0.4) : p < 0.56 ? cos(M_PI / 2 * (p - 0.4) / 0.16) : 0;
}

static inline void made_speech(float *x, int n, double rate, struct made_random *r)
{
    struct made_pole pole[4] = {{0}};
    double phase = 0, pitch = 120, level = 0, want = 0, f[4] = {500, 1500, 2500, 3600}, goal[4], left = 0,
           fric = 0;
    double hiss1 = 0, flow = 0;
    memcpy(goal, f, sizeof goal);
    for (int i = 0; i < n; i++) {
        if (--left <= 0) { /* next syllable or pause */
            double what = made_uniform(r);
            bool pause = what<0.3, noisy = what> 0.75;
            left = rate * (pause ? 0.15 + 0.5 * made_uniform(r) : 0.08 + 0.2 * made_uniform(r));
            want = pause || noisy ? 0 : 0.5 + 0.5 * made_uniform(r);
            fric = noisy ? 0.12 : 0;
            goal[0] = 300 + 500 * made_uniform(r);
            goal[1] = 900 + 1300 * made_uniform(r);
            pitch = 95 + 60 * made_uniform(r);
        }
        level += (want - level) * 40 / rate;
        for (int k = 0; k < 2; k++)
            f[k] += (goal[k] - f[k]) * 25 / rate;
        phase += pitch * (1 + 0.01 * made_normal(r) / 12) / rate;
        phase -= phase >= 1 ? 1 : 0;
        double open = made_glottis(phase), pulse = open - flow;
        flow = open;
        double noise = made_normal(r), source = level * (pulse * rate / 4000 + 0.02 * noise), y = 0;
        static const double width[4] = {70, 100, 140, 200}, gain[4] = {1, 0.7, 0.4, 0.25};
        for (int k = 0; k < 4; k++)
            y += gain[k] * made_resonate(&pole[k], fmin(f[k], rate * 0.45), width[k], rate, source);
        double bright = noise - hiss1;
        hiss1 = noise;
        x[i] = (float)(y + 0.1 * fric * bright);
    }
}

static inline void made_music(float *x, int n, double rate, struct made_random *r)
{
    memset(x, 0, sizeof *x * n);
    static const int scale[8] = {0, 2, 4, 5, 7, 9, 11, 12};
    double beat = rate * 0.24;
    for (double at = 0; at < n; at += beat) {
        int voices = 1 + (int)(3 * made_uniform(r));
        for (int v = 0; v < voices; v++) {
            double hz =
                110 * pow(2, (scale[(int)(8 * made_uniform(r))] + 12 * (int)(3 * made_uniform(r))) / 12.0);
            double amplitude = 0.3 + 0.7 * made_uniform(r), decay = 2 + 4 * made_uniform(r);
            for (int h = 1; h <= 14 && h * hz < rate * 0.45; h++) {
                double step = 2 * M_PI * h * hz * (1 + 0.0003 * h * h) / rate, turn = 6 * made_uniform(r);
                double a = amplitude / pow(h, 1.1), fall = exp(-(decay + 0.7 * h) / rate), s = sin(turn),
                       c = cos(turn);
                double ds = sin(step), dc = cos(step), attack = 0;
                for (int i = (int)at; i < n && i < at + rate * 1.5; i++) {
                    attack += (1 - attack) * 300 / rate;
                    x[i] += (float)(a * attack * s);
                    double t = s * dc + c * ds;
                    c = c * dc - s * ds;
                    s = t;
                    a *= fall;
                }
            }
        }
        if (made_uniform(r) < 0.4) { /* a soft brushed drum */
            double a = 0.25 * made_uniform(r), low = 0;
            for (int i = (int)at; i < n && i < at + rate * 0.2; i++) {
                low += 0.5 * (made_normal(r) - low);
                x[i] += (float)(a * low * fmin(1, (i - at) / (0.002 * rate)));
                a *= exp(-25 / rate);
            }
        }
    }
}

/* `n` samples at -20 dB RMS full scale (silence: -90 dB), with a noise floor 80 dB down. */
static inline void made_sound(float *x, int n, int rate, enum made_kind kind, uint64_t seed)
{
    struct made_random r = {seed * 7919 + 12345 + kind};
    for (int i = 0; i < 8; i++)
        made_uniform(&r);
    memset(x, 0, sizeof *x * n);
    if (kind == MADE_SPEECH)
        made_speech(x, n, rate, &r);
    else if (kind == MADE_MUSIC)
        made_music(x, n, rate, &r);
    if (kind != MADE_SILENCE)
        made_scale(x, n, 0.1);
    for (int i = 0; i < n; i++)
        x[i] += (float)((kind == MADE_SILENCE ? 3.2e-5 : 1e-5) * made_normal(&r));
}

/* Head-switch buzz: a ringing spike and low harmonics per field, RMS 1. */
static inline double made_buzz(double n, double period)
{
    double p = n / period;
    p -= floor(p);
    return 2.6 * (exp(-p * 40) * sin(6.2831853 * p * 25) + 0.4 * sin(6.2831853 * p) +
                     0.2 * sin(6.2831853 * 2 * p + 1) + 0.15 * sin(6.2831853 * 3 * p));
}

/* 10 log10 of the power of a over the power of b. */
static inline double made_db(const float *a, const float *b, int n)
{
    return 20 * log10((made_rms(a, n) + 1e-12) / (made_rms(b, n) + 1e-12));
}

#endif
