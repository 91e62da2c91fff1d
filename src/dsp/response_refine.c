/* The response that explains the spectrum and leaves clean edges: descent from the spectral fit, a step of
 * one parameter at a time.
 *
 * Weight of the edges, phase margin and the noise assumed were set on clips of both standards (which, and
 * what was looked at meanwhile: docs/algorithms/halo.md).
 */
#include "dsp/measure_edges.h"
#include "response_cost.h"

#include <math.h>

enum { BINS = VH_SPECTRUM_BINS, MIDDLE = VH_EDGE_REACH * VH_EDGE_STEPS };

/* Of the squared overshoot against the spectral misfit. */
static const double edge_weight = 8;
/* Linear phase must beat minimum phase, which decks have, by this factor. */
static const double linear_margin = 0.85;
/* What the denoiser leaves, codes^2: the profile is seen through the filter that will be used. */
static const double usual_noise = 1.5;

static const double neper_per_db = 0.1 * 2.302585092994046; /* of power */

struct search {
    struct response_data data;
    double profile[VH_EDGE_PLACES];
};

static void take_profile(struct search *s, const struct vh_edges *edges)
{
    for (int i = 0; i < VH_EDGE_PLACES; i++)
        s->profile[i] = vh_edges_median(edges, i);
}

static double profile_at(const struct search *s, int i)
{
    return i < 0 ? 0 : i >= VH_EDGE_PLACES ? 1 : s->profile[i];
}

/* Square of what one side of an edge does beyond a monotone approach; `sign` +1: right of it, towards 1. */
static double side_cost(const double *q, int n, int sign)
{
    double best = 0, cost = 0;
    for (int i = 0; i < n; i++) {
        double v = sign > 0 ? q[i] : 1 - q[-i];
        best = i && v < best ? best : v;
        double over = v > 1 ? v - 1 : 0, dip = (best > 1 ? 1 : best) - v;
        cost += over * over + (dip > 0 ? dip * dip : 0);
    }
    return cost;
}

enum { UNDONE_REACH = 32 * VH_EDGE_STEPS };

/* The median edge with the response undone, q[-UNDONE_REACH … UNDONE_REACH]. */
static void undo(const struct search *s, const struct vh_response_fit *fit, double noise, double *q)
{
    double tap[VH_EQUALISER_TAPS];
    vh_equaliser_design(tap, &fit->response, fit->detail, noise);
    for (int i = -UNDONE_REACH; i <= UNDONE_REACH; i++) {
        double sum = 0;
        for (int t = 0; t < VH_EQUALISER_TAPS; t++)
            sum += tap[t] * profile_at(s, MIDDLE + i + VH_EDGE_STEPS * (t - VH_EQUALISER_CENTRE));
        q[i] = sum;
    }
}

/* What the median edge still does wrong when the response is undone. */
static double edge_cost(const struct search *s, const struct vh_response_fit *fit)
{
    double q[2 * UNDONE_REACH + 1], *middle = q + UNDONE_REACH;
    undo(s, fit, usual_noise, middle);
    return side_cost(middle, UNDONE_REACH, 1) + side_cost(middle, UNDONE_REACH, -1);
}

/* How unlike its two sides still are then: sum of squares over 8 samples either way. */
static double edge_asymmetry(const struct search *s, const struct vh_response_fit *fit)
{
    enum { REACH = 8 * VH_EDGE_STEPS, SHIFTS = 4 * VH_EDGE_STEPS };
    double q[2 * UNDONE_REACH + 1], *middle = q + UNDONE_REACH, sum = 0;
    int at = -SHIFTS;
    undo(s, fit, usual_noise, middle);
    while (at < SHIFTS && middle[at + 1] < 0.5)
        at++;
    double part = fmin(1, fmax(0, (0.5 - middle[at]) / (middle[at + 1] - middle[at])));
    for (int i = 1; i <= REACH; i++) {
        const double *right = middle + at + i, *left = middle + at - i;
        double d = right[0] + part * (right[1] - right[0]) + left[0] + part * (left[1] - left[0]) - 1;
        sum += d * d;
    }
    return sum;
}

/* How far the response stays from the spectrum; fills detail and slope of `fit`. */
static double spectrum_cost(const struct response_data *data, struct vh_response_fit *fit)
{
    double log_power[BINS], level, slope;
    for (int k = 1; k < data->end; k++)
        log_power[k] = log(vh_response_power(&fit->response, (double)k / VH_SPECTRUM_SIZE));
    double cost = response_cost(data, log_power, &level, &slope);
    fit->detail = exp(level);
    fit->slope = slope / neper_per_db;
    return cost;
}

/* The sum that is minimised. */
static double total_cost(const void *search, struct vh_response_fit *fit)
{
    const struct search *s = search;
    double peak = fit->response.peak,
           cost = spectrum_cost(&s->data, fit) + RESPONSE_PEAK_PENALTY * peak * peak;
    return cost + edge_weight * edge_cost(s, fit);
}

/* Ways to change a response a little. */
enum { STEPS = 10 };

/* Step `i` of one parameter, or of two that stand in for each other, from `from`; false when it leaves the
 * range. */
static bool take_step(const struct vh_response *from, int i, struct vh_response *to)
{
    *to = *from;
    switch (i) {
    case 0:
        to->corner *= 1.05, to->peak_at *= 1.05;
        break;
    case 1:
        to->corner /= 1.05, to->peak_at /= 1.05;
        break;
    case 2:
        to->order *= 1.12;
        break;
    case 3:
        to->order /= 1.12;
        break;
    case 4:
        to->peak += 0.1;
        break;
    case 5:
        to->peak -= 0.1;
        break;
    case 6:
        to->peak_at *= 1.15;
        break;
    case 7:
        to->peak_at /= 1.15;
        break;
    case 8:
        to->peak += 0.3, to->order *= 0.9;
        break; /* the two stand in for each other */
    default:
        to->peak -= 0.3, to->order *= 1.1;
        break;
    }
    return to->order >= 2 && to->order <= 9 && to->peak >= 0 && to->peak <= 3 && to->corner < 0.35 &&
           to->peak_at >= 0.25 * to->corner && to->peak_at <= 0.8 * to->corner;
}

double response_descend(response_cost_fn *cost_of, const void *search, struct vh_response_fit *fit)
{
    enum { MOST = 30 };
    double least = cost_of(search, fit);
    for (int n = 0; n < MOST; n++) {
        struct vh_response_fit best = *fit;
        double before = least;
        for (int i = 0; i < STEPS; i++) {
            struct vh_response_fit next = *fit;
            if (!take_step(&fit->response, i, &next.response))
                continue;
            double cost = cost_of(search, &next);
            if (cost < least) {
                least = cost;
                best = next;
            }
        }
        *fit = best;
        if (least >= before)
            break;
    }
    return least;
}

/* Descends from every place of the hump. */
static void search_phase(const struct search *s, bool linear, struct vh_response_fit *fit)
{
    static const double places[] = RESPONSE_PLACES;
    const struct vh_response_fit first = *fit;
    double least = INFINITY;
    for (int i = 0; i < RESPONSE_N_PLACES; i++) {
        struct vh_response_fit next = first;
        next.response.linear_phase = linear;
        next.response.peak_at = places[i] * next.response.corner;
        double cost = response_descend(total_cost, s, &next);
        if (cost < least) {
            least = cost;
            *fit = next;
        }
    }
}

/* Where the undone edge crosses `level` first, samples. */
static double crossing_of(const double *q, double level)
{
    int at = -UNDONE_REACH;
    while (at < UNDONE_REACH - 1 && q[at + 1] < level)
        at++;
    return (at + (level - q[at]) / (q[at + 1] - q[at])) / VH_EDGE_STEPS;
}

struct vh_edge_rest vh_edges_rest(const struct vh_edges *edges, const struct vh_response_fit *fit)
{
    enum { NEAR = 8 * VH_EDGE_STEPS }; /* beyond, other things begin */
    static const double noise = 3;     /* that of worn tapes and drawn ones (halo.md) */
    double q[2 * UNDONE_REACH + 1], *middle = q + UNDONE_REACH;
    struct vh_edge_rest rest = {0};
    struct search s;
    if (edges->n < VH_EDGE_ENOUGH || fit->response.corner <= 0)
        return rest;
    take_profile(&s, edges);
    undo(&s, fit, noise, middle);
    for (int i = 1; i <= NEAR; i++)
        rest.overshoot = fmax(rest.overshoot, fmax(middle[i] - 1, -middle[-i]));
    rest.rise = crossing_of(middle, 0.9) - crossing_of(middle, 0.1);
    return rest;
}

bool vh_edges_linear_phase(const struct vh_edges *edges, const struct vh_response_fit *fit)
{
    struct search s;
    struct vh_response_fit minimum = *fit, linear = *fit;
    if (edges->n < VH_EDGE_ENOUGH || fit->response.corner <= 0)
        return false;
    take_profile(&s, edges);
    minimum.response.linear_phase = false;
    linear.response.linear_phase = true;
    return edge_cost(&s, &linear) < linear_margin * edge_cost(&s, &minimum);
}

struct vh_response vh_halo_response(const struct vh_edges *edges)
{
    static const double price = 0.005, usual_detail = 100, lowest_at = 0.03, highest_at = 0.25;
    struct search s;
    struct vh_response_fit fit = {.detail = usual_detail};
    struct vh_response best = {.corner = 0};
    if (edges->n < VH_EDGE_ENOUGH)
        return best;
    take_profile(&s, edges);
    double least = edge_cost(&s, &fit);
    for (int linear = 0; linear < 2; linear++)
        for (double at = lowest_at; at < highest_at; at *= 1.12)
            for (int i = 1; i <= 20; i++) {
                fit.response = (struct vh_response){.peak = 0.1 * i, .peak_at = at, .linear_phase = linear};
                double cost = edge_cost(&s, &fit) + price * fit.response.peak * fit.response.peak;
                if (cost < (linear && !best.linear_phase ? linear_margin : 1) * least) {
                    least = cost;
                    best = fit.response;
                }
            }
    return best;
}

struct vh_response_fit vh_response_explain(
    const struct vh_response *response, const struct vh_response_fit *fit, const struct vh_spectrum *spectrum)
{
    struct vh_response_fit explained = *fit;
    struct response_data data;
    double weights = 0;
    response_data_collect(&data, spectrum, fit, (int)lrint(fit->reach * VH_SPECTRUM_SIZE));
    explained.response = *response;
    double cost = spectrum_cost(&data, &explained);
    for (int k = RESPONSE_FIRST_BIN; k < data.end; k++)
        weights += data.weight[k];
    explained.error = sqrt(cost / weights);
    return explained;
}

/* Which phase it was. With the right one undone both sides of an edge are alike: on foreign tapes (minimum
 * phase) 0.01 to 0.06 are left of 0.16 to 0.33, on made ones (linear) 0.0006 to 0.09 of 0.11 to 0.24. A scene
 * of few objects has edges of its own whose sides differ (n3, 0.02 against 0.08 the wrong way round), so they
 * must be many; where neither way they differ, overshoot decides, and in doubt it is a deck's minimum phase
 * (docs/algorithms/halo.md). */
static bool is_linear(const struct search *s, int n_edges, const struct vh_response_fit *minimum,
    const struct vh_response_fit *linear)
{
    static const double unlike = 0.05, clearly = 2.5;
    double by_minimum = edge_asymmetry(s, minimum), by_linear = edge_asymmetry(s, linear);
    if (n_edges < VH_EDGE_MANY)
        return false;
    if (fmax(by_minimum, by_linear) < unlike)
        return edge_cost(s, linear) < linear_margin * edge_cost(s, minimum);
    return by_minimum > clearly * by_linear;
}

struct vh_response_fit vh_response_refine(
    const struct vh_response_fit *fit, const struct vh_spectrum *spectrum, const struct vh_edges *edges)
{
    struct search s;
    struct vh_response_fit minimum = *fit, linear = *fit;
    if (fit->response.corner <= 0 || edges->n < VH_EDGE_ENOUGH)
        return *fit;
    response_data_collect(&s.data, spectrum, fit, (int)lrint(fit->reach * VH_SPECTRUM_SIZE));
    take_profile(&s, edges);
    search_phase(&s, false, &minimum);
    search_phase(&s, true, &linear);
    minimum.phase_told = linear.phase_told = edges->n >= VH_EDGE_MANY;
    return is_linear(&s, edges->n, &minimum, &linear) ? linear : minimum;
}
