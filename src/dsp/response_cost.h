/* Inside the fits of a response: how well a response explains a spectrum. Shared by the blind search
 * (measure_response.c), its refinement by edges (response_refine.c) and the fit to edges alone
 * (response_edges.c). */
#ifndef VH_DSP_RESPONSE_COST_H
#define VH_DSP_RESPONSE_COST_H

#include "dsp/measure_spectrum.h"

/* What is fitted: logarithm of the derivative's power up to bin `end`, with weights. */
struct response_data {
    double value[VH_SPECTRUM_BINS], weight[VH_SPECTRUM_BINS], octave[VH_SPECTRUM_BINS];
    int end;
};

/* Where the hump may lie, as part of the corner, and the price of its height (power, squared): the weight
 * that did best on n1 and p2; n2 and n3 were held out. */
#define RESPONSE_PLACES                                                                                      \
    {                                                                                                        \
        0.30, 0.42, 0.54, 0.66                                                                               \
    }
enum { RESPONSE_N_PLACES = 4, RESPONSE_FIRST_BIN = 3 };
#define RESPONSE_PEAK_PENALTY 0.2

void response_data_collect(struct response_data *data, const struct vh_spectrum *spectrum,
    const struct vh_response_fit *fit, int end);

/* Level and slope of the scene for one response, given as the logarithm of its power in each bin; returns the
 * cost of what is left. */
double response_cost(const struct response_data *data, const double *log_power, double *level, double *slope);

/* Phase in each bin of the minimum-phase filter with this logarithm of its gain: the odd part of the real
 * cepstrum. */
void response_minimum_phase(double *phase, const double *log_gain);

/* Cost of a response in a search (whatever `search` is); may fill the other members of `fit`. */
typedef double response_cost_fn(const void *search, struct vh_response_fit *fit);

/* Descends from `fit` in small steps of one parameter, or of two that stand in for each other, to the least
 * cost near it; returns that cost. */
double response_descend(response_cost_fn *cost_of, const void *search, struct vh_response_fit *fit);

#endif
