/* The mean shape of edges along lines: what a sharpness circuit or an echo leaves beside them.
 *
 * Strong steps between two even areas are lined up on their half crossing, scaled to 0 … 1 and collected as
 * histograms, one for each place beside the edge; the medians are the profile. Only steps whose areas are
 * even from EDGE_NEAR to EDGE_FAR samples away are taken, so a thin bar, whose other side looks like an
 * overshoot, does not vote, and the median forgets the texture that is left. (docs/algorithms/halo.md)
 */
#ifndef VH_DSP_MEASURE_EDGES_H
#define VH_DSP_MEASURE_EDGES_H

#include "dsp/measure_spectrum.h"

#include <stddef.h>
#include <stdint.h>

enum {
    VH_EDGE_REACH = 10, /* samples on either side of the edge in the profile */
    VH_EDGE_STEPS = 2,  /* places per sample */
    VH_EDGE_PLACES = 2 * VH_EDGE_REACH * VH_EDGE_STEPS + 1,
    VH_EDGE_ENOUGH = 300, /* edges that a decision may rest on */
    VH_EDGE_MANY = 2500,  /* edges whose two sides tell the phase: not those of a few objects only */
    VH_EDGE_LEVELS = 160, /* of a histogram: -0.75 to 1.75 of the step */
};

/* Zero it before the first line. */
struct vh_edges {
    uint32_t histogram[VH_EDGE_PLACES][VH_EDGE_LEVELS];
    int n; /* edges in it */
};

/* Adds the edges of every `line_step`-th line of a 16-bit plane, `margin` lines and samples left out.
 * `noise_8bit`: sigma of its noise, for what counts as even. */
void vh_edges_add(struct vh_edges *edges, const uint16_t *plane, ptrdiff_t stride, int width, int height,
    int margin, int line_step, double noise_8bit);

struct vh_halo {
    double before, behind;                   /* overshoot left and right of the edge, parts of its height */
    double distance_before, distance_behind; /* of its peak, samples from the middle of the edge */
    double rise;                             /* 10 to 90 %, samples */
};

/* The overshoot of the median profile; zeros when there are no edges. */
struct vh_halo vh_edges_halo(const struct vh_edges *edges);

/* Median at place i of the profile (i = 0 … VH_EDGE_PLACES-1, VH_EDGE_REACH * VH_EDGE_STEPS is the middle of
 * the edge). */
double vh_edges_median(const struct vh_edges *edges, int i);

/* Lets the edges have a say in a response that was fitted to the spectrum alone. A scene cannot tell its own
 * slope from a hump in its spectrum, but edges can: with the right response undone they neither overshoot nor
 * ring, and the two sides of them tell minimum from linear phase. Searches near `fit` for the least sum of
 * the spectral cost and RESPONSE_EDGE_WEIGHT times the square of what the filtered median profile does beyond
 * a monotone rise. Linear phase is taken only from VH_EDGE_MANY edges on: where with it the two sides of the
 * edges come out more alike than with minimum phase. Returns `fit` itself when there are too few edges, or
 * no response. */
struct vh_response_fit vh_response_refine(
    const struct vh_response_fit *fit, const struct vh_spectrum *spectrum, const struct vh_edges *edges);

/* What is left of a tape's edges when its response is undone with the care that noise of 3 codes^2 calls for.
 */
struct vh_edge_rest {
    double overshoot; /* of the median edge, on its worse side, parts of the step */
    double rise;      /* 10 to 90 %, samples */
};

/* Zeros when there are too few edges, or no response. */
struct vh_edge_rest vh_edges_rest(const struct vh_edges *edges, const struct vh_response_fit *fit);

/* Whether linear phase leaves cleaner edges than minimum phase when this response is undone; false when there
 * are too few edges to tell. For chroma, whose edges are too few for more. */
bool vh_edges_linear_phase(const struct vh_edges *edges, const struct vh_response_fit *fit);

/* The hump alone that leaves the cleanest edges when it is undone, for tapes whose spectrum says nothing:
 * corner 0, so nothing is lifted. peak 0 when there are too few edges or no hump helps. */
struct vh_response vh_halo_response(const struct vh_edges *edges);

/* The whole response as edges alone show it. A step that went through a tape is the tape's step response: its
 * rise is the bandwidth, what goes beyond it the halo, and the difference of both sides the phase. Where
 * steps of the scene are sharp (lettering, drawings, buildings) this tells more than the spectrum, whose
 * model is a natural scene; where they are soft it tells a corner that is too low, so the true one does not
 * lie far below.
 */
struct vh_edge_response {
    struct vh_response response; /* corner 0: too few edges */
    double error;                /* rms distance of the median profile from the fit, parts of the step */
};

/* Fits a response to the median profile, a scene's own edges taken for a rise over 2.25 samples.
 * Deterministic. */
struct vh_edge_response vh_edges_response(const struct vh_edges *edges);

/* What the spectrum that `fit` was made for says about another response: `fit` with that response, its level,
 * slope and misfit. */
struct vh_response_fit vh_response_explain(const struct vh_response *response,
    const struct vh_response_fit *fit, const struct vh_spectrum *spectrum);

#endif
