/* The response that turns a scene's step into the median edge of the tape: descent over corner, order, hump
 * and phase from a few places, as the refinement by both does (response_refine.c).
 *
 * The scene's own edges are taken for a rise over 2.25 samples: with that the corners of drawn tapes come out
 * right within a fifth either way (twenty tapes of the truth table's sets 2 and 3), and their clean scenes
 * above 3.9 MHz. Prices: order and hump stand in for each other and for the scene's softness; without them
 * half of the tapes without a halo came out with the gentlest order allowed.
 * (docs/algorithms/luma-response.md)
 */
#include "dsp/measure_edges.h"
#include "response_cost.h"

#include <math.h>

enum { N = VH_SPECTRUM_SIZE, BINS = VH_SPECTRUM_BINS };
/* Places beside the edge that are compared: 8 samples either way; beyond, other things begin. */
enum { MIDDLE = VH_EDGE_REACH * VH_EDGE_STEPS, REACH = 8 * VH_EDGE_STEPS };

static const double pi = 3.14159265358979323846;
static const double own_rise = 2.25;
static const double usual_order = 3.5, order_price = 4e-4, hump_price = 2e-5;
/* Linear phase must beat minimum phase, which decks have, by this factor. */
static const double linear_margin = 0.85;

struct search {
    double profile[VH_EDGE_PLACES];
    double own[BINS];                  /* amplitudes of the scene's own step, over frequency */
    double cosine[2 * N], sine[2 * N]; /* a turn in half samples of the lowest frequency */
};

/* The step response at t samples, without its 0.5. */
static double step_at(const double *amplitude, const double *phase, double t)
{
    double sum = 0;
    for (int k = 1; k < BINS; k++)
        sum += amplitude[k] * sin(2 * pi * k * t / N + phase[k]);
    return sum;
}

/* Where the step response crosses a half. */
static double half_crossing(const double *amplitude, const double *phase)
{
    double low = -4, high = 14;
    for (double t = low; t < high; t += 0.5)
        if (step_at(amplitude, phase, t) >= 0) {
            low = t - 0.5, high = t;
            break;
        }
    for (int i = 0; i < 12; i++) {
        double middle = (low + high) / 2;
        *(step_at(amplitude, phase, middle) < 0 ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

/* Mean squared distance of the profile from the response's own. */
static double distance(const struct search *s, const struct vh_response *r)
{
    double amplitude[BINS], log_gain[BINS], phase[BINS] = {0}, even[BINS], odd[BINS], sum = 0;
    for (int k = 0; k < BINS; k++) {
        double gain = sqrt(fmax(vh_response_power(r, (double)k / N), 1e-5));
        log_gain[k] = log(gain);
        amplitude[k] = gain * s->own[k];
    }
    if (!r->linear_phase)
        response_minimum_phase(phase, log_gain);
    double middle = r->linear_phase ? 0 : half_crossing(amplitude, phase);
    for (int k = 1; k < BINS; k++) {
        double angle = 2 * pi * k * middle / N + phase[k];
        even[k] = amplitude[k] * sin(angle);
        odd[k] = amplitude[k] * cos(angle);
    }
    for (int i = -REACH; i <= REACH; i++) {
        double d = 0.5 - s->profile[MIDDLE + i];
        for (int k = 1; k < BINS; k++) {
            int at = (k * (i + 2 * N)) % (2 * N);
            d += even[k] * s->cosine[at] + odd[k] * s->sine[at];
        }
        sum += d * d;
    }
    return sum / (2 * REACH + 1);
}

static double cost_of(const void *search, struct vh_response_fit *fit)
{
    const struct vh_response *r = &fit->response;
    double odd = log(r->order / usual_order);
    return distance(search, r) + hump_price * r->peak * r->peak + order_price * odd * odd;
}

static double search_phase(const struct search *s, bool linear, struct vh_response *best)
{
    static const double corners[] = {0.09, 0.16, 0.27}, place = 0.5;
    double least = INFINITY;
    for (int i = 0; i < 3; i++) {
        struct vh_response_fit next = {
            .response = {corners[i], usual_order, 0.5, place * corners[i], linear}};
        double cost = response_descend(cost_of, s, &next);
        if (cost < least) {
            least = cost;
            *best = next.response;
        }
    }
    return least;
}

struct vh_edge_response vh_edges_response(const struct vh_edges *edges)
{
    struct search s = {.own = {0}};
    struct vh_response minimum = {0}, linear = {0};
    if (edges->n < VH_EDGE_ENOUGH)
        return (struct vh_edge_response){.error = INFINITY};
    for (int i = 0; i < VH_EDGE_PLACES; i++)
        s.profile[i] = vh_edges_median(edges, i);
    for (int k = 1; k < BINS; k++) {
        double x = pi * own_rise * k / N;
        s.own[k] = sin(x) / x / (pi * k);
    }
    for (int i = 0; i < 2 * N; i++) {
        s.cosine[i] = cos(pi * i / N);
        s.sine[i] = sin(pi * i / N);
    }
    double by_minimum = search_phase(&s, false, &minimum), by_linear = search_phase(&s, true, &linear);
    struct vh_response best = by_linear < linear_margin * by_minimum ? linear : minimum;
    return (struct vh_edge_response){best, sqrt(distance(&s, &best))};
}
