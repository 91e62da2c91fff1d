/* The tune of the demo scene: a lead that swells and trembles like a voice, over plucked chords. Every sample
 * is a function of its number. */
#include "simulate/demo_scene.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static double pitch(int semitones_from_a4)
{
    return 440 * pow(2, semitones_from_a4 / 12.0);
}

/* The lead: eight notes of a quarter second, with vibrato, rich in harmonics up to 5 kHz. */
static double lead(double t)
{
    static const int tune[16] = {3, 5, 7, 10, 7, 5, 3, -2, 0, 3, 5, 7, 12, 10, 7, 5};
    double beat = t / 0.3;
    int note = (int)fmod(floor(beat), 16);
    double inside = beat - floor(beat), hz = pitch(tune[note]), swell = sin(pi * inside);
    double phase = 2 * pi * hz * t + 0.3 * sin(2 * pi * 5.5 * t), v = 0;
    for (int k = 1; k <= 7; k++)
        v += sin(k * phase) / (k * (k == 3 ? 1 : 1.5));
    return 0.14 * swell * v;
}

/* Chords: three strings struck every 1.2 s, dying away. */
static double chords(double t)
{
    static const int roots[4] = {-21, -14, -12, -16};
    int bar = (int)fmod(floor(t / 1.2), 4);
    double inside = fmod(t, 1.2), v = 0;
    static const int third[3] = {0, 7, 16};
    for (int i = 0; i < 3; i++)
        for (int k = 1; k <= 5; k++)
            v += sin(2 * pi * k * pitch(roots[bar] + third[i]) * inside) * exp(-inside * (1.5 + k)) / k;
    return 0.09 * v * fmin(inside / 0.004, 1);
}

void vh_scene_sound(int64_t first, int n, int sample_rate, float *const *channel, int n_channels)
{
    for (int i = 0; i < n; i++) {
        double t = (double)(first + i) / sample_rate, a = lead(t), b = chords(t);
        for (int c = 0; c < n_channels; c++)
            channel[c][i] = (float)(c == 1 ? 0.4 * a + b : a + 0.4 * b);
    }
}
