/* Design of the horizontal filters of a tape: low-pass with an exact -3 dB point, delay, sharpening echo.
 *
 * Private to the layer. The prototype is linear-phase with the magnitude of a third-order Butterworth filter,
 * |H| = 1 / sqrt(1 + (f/fc)^6): flat, falling by 18 dB per octave, as video low-passes in decks are. Its
 * impulse response is found by numeric integration, limited by a Hann window, and fc is then corrected so
 * that the finished filter has exactly -3.01 dB (half the power) at the stated frequency. The response is a
 * function of continuous time, so a delay or an echo at a fraction of a sample is exact too.
 */
#ifndef VH_SIMULATE_LINE_FILTER_H
#define VH_SIMULATE_LINE_FILTER_H

enum { VH_LINE_FILTER_MAX = 255 }; /* taps */

struct vh_line_filter_spec {
    double cutoff;   /* cycles per sample at -3 dB; 0 or at least 0.5 = all-pass */
    double delay;    /* samples; positive moves the picture to the right; |delay| <= 32 */
    double halo;     /* overshoot of a step to reach, as part of its height; 0 = no echo added */
    double distance; /* samples from the edge to the echo */
    double skew;     /* 0 = echo on both sides, 1 = behind only */
};

struct vh_line_filter {
    int n_taps;       /* 0: nothing to do */
    int origin;       /* out[x] = Σ tap[k] in[x + k - origin] */
    double overshoot; /* of a unit step, after the whole filter */
    float tap[VH_LINE_FILTER_MAX];
};

void vh_line_filter_design(struct vh_line_filter *filter, const struct vh_line_filter_spec *spec);

/* Scales the taps so that white noise of unit variance comes out with unit variance. */
void vh_line_filter_unit_energy(struct vh_line_filter *filter);

/* 17 taps that move a line by `fraction` (-0.5 … 0.5) samples to the right: out[x] = Σ tap[k] in[x + k - 8].
 * A sinc under a Kaiser window (beta 6): flat within 0.01 dB up to 0.4 cycles per sample. */
enum { VH_SHIFT_TAPS = 17 };
void vh_line_filter_shift(float tap[VH_SHIFT_TAPS], double fraction);

#endif
