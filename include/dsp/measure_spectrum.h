/* Power spectra along lines, and what they tell about the path the picture went: bandwidth, peaking, detail.
 *
 * Lines of natural pictures have, on average over scenes, a derivative of nearly constant power at all
 * frequencies (spectrum ~ 1/f^2; on the four truth clips within 2 dB from 0.03 to 0.3 cycles per sample, with
 * a slope of 1 +- 0.8 dB per octave). So the spectrum of the derivative shows the response of the tape: a
 * low-pass of some order, often a hump from the recorder's sharpness circuit. vh_response_fit fits those;
 * vh_equaliser_design inverts them as far as the noise allows. Phase is taken as minimum phase, which is what
 * analogue circuits have, unless edges tell otherwise (measure_edges.h). (docs/algorithms/luma-response.md)
 */
#ifndef VH_DSP_MEASURE_SPECTRUM_H
#define VH_DSP_MEASURE_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VH_SPECTRUM_SIZE = 256, VH_SPECTRUM_BINS = VH_SPECTRUM_SIZE / 2 + 1 };

/* Sum of periodograms (Hann window, mean removed) of segments of VH_SPECTRUM_SIZE samples, 8-bit codes
 * squared; divided by n_segments, white noise of variance v gives v in every bin. Bin k is k /
 * VH_SPECTRUM_SIZE cycles per sample. */
struct vh_spectrum {
    double power[VH_SPECTRUM_BINS];
    double n_segments;
};

/* Adds segments (half overlapping) of every `line_step`-th line of a 16-bit plane, `margin` samples and lines
 * left out all round. Planes narrower than a segment add nothing. */
void vh_spectrum_add(struct vh_spectrum *spectrum, const uint16_t *plane, ptrdiff_t stride, int width,
    int height, int margin, int line_step);

/* The same of the difference of two planes, halved in power: the spectrum of noise where the picture stands
 * still. Only the `share` (0 to 1) of segments with the least difference is used. Returns the number of
 * segments added. */
int vh_spectrum_add_difference(struct vh_spectrum *spectrum, const uint16_t *a, const uint16_t *b,
    ptrdiff_t stride_a, ptrdiff_t stride_b, int width, int height, int margin, int line_step, double share);

/* Response along the line: |H(f)|^2 = (1 + peak x^2 exp(1 - x^2)) / (1 + (f / corner)^(2 order)), x = f /
 * peak_at. */
struct vh_response {
    double corner;     /* -3 dB, cycles per sample; 0 = unknown */
    double order;      /* steepness: 6 order dB per octave */
    double peak;       /* height of the hump in power, 0 = none */
    double peak_at;    /* its centre, cycles per sample */
    bool linear_phase; /* symmetrical about every edge, as delay-line circuits are; else minimum phase */
};

struct vh_response_fit {
    struct vh_response response;
    double detail;   /* power of the restored derivative at 0.05 cycles per sample, codes^2 */
    double slope;    /* of the scene's derivative spectrum, dB per octave */
    double floor;    /* power per bin beyond the bandwidth: noise of the capture, codes^2 */
    double reach;    /* highest frequency above the floor, cycles per sample */
    double error;    /* rms misfit of the logarithm, nepers: below 0.25 is a good fit */
    bool phase_told; /* edges told the phase (measure_edges.h); else it is only the usual one */
};

/* Fits the response to a signal spectrum (at least some hundred segments of several scenes). Deterministic.
 * With nothing to fit, or no band limit below 0.35 cycles per sample, corner is 0. */
struct vh_response_fit vh_response_fit(const struct vh_spectrum *spectrum);

/* The same for the two chroma planes (two spectra, two results), whose limit lies ten times lower: corner is
 * 0 above 0.065 cycles per sample (0.44 MHz at 6.75 MHz), or 0.085 where it falls steeply (15 dB per
 * octave). Both went the same path, so the shorter reach of
 * the two holds for both. */
void vh_response_fit_chroma(const struct vh_spectrum *spectrum, struct vh_response_fit *fit);

/* Power response |H|^2 at f cycles per sample. */
double vh_response_power(const struct vh_response *response, double f);

enum { VH_EQUALISER_TAPS = 50, VH_EQUALISER_CENTRE = 24 };

/* Wiener inverse of the response as VH_EQUALISER_TAPS taps for vh_dsp_fir (tap VH_EQUALISER_CENTRE weighs the
 * sample itself, the last tap is 0; sum 1): gain conj(H) S / (|H|^2 S + noise), S = detail / (2 sin(pi f))^2.
 * `noise` is the power per bin of what is to be filtered (variance of white noise), in codes^2 as `detail`.
 * The filter's delay is chosen so that the picture does not move. */
void vh_equaliser_design(double *tap, const struct vh_response *response, double detail, double noise);

#endif
