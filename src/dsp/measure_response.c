/* Fitting a tape's response to a spectrum, and its Wiener inverse.
 *
 * The fit is a search over corner, order and hump; level and slope of the scene follow by weighted least
 * squares. Two things a single scene cannot tell apart are held by priors: the slope of the scene (1 +- 0.8
 * dB per octave, from the truth clips n1 and p2) and the size of the hump (the weight that did best on n1 and
 * p2; n2 and n3 were held out).
 */
#include "response_cost.h"

#include <math.h>
#include <stdbool.h>

enum { N = VH_SPECTRUM_SIZE, BINS = VH_SPECTRUM_BINS, FIRST = RESPONSE_FIRST_BIN };

static const double pi = 3.14159265358979323846;

#define NEPER_PER_DB (0.1 * 2.302585092994046) /* of power */

double vh_response_power(const struct vh_response *r, double f)
{
    double x = r->peak_at > 0 ? f / r->peak_at : 0;
    double power = 1 + r->peak * x * x * exp(1 - x * x);
    return r->corner > 0 ? power / (1 + pow(f / r->corner, 2 * r->order)) : power;
}

static double derivative_gain(double f)
{
    double s = 2 * sin(pi * f);
    return s * s;
}

double response_cost(const struct response_data *d, const double *log_power, double *level, double *slope)
{
    static const double prior_slope = 1.0 * NEPER_PER_DB, prior_spread = 0.8 * NEPER_PER_DB,
                        prior_weight = 0.02;
    double s0 = 0, s1 = 0, s2 = prior_weight / (prior_spread * prior_spread), t0 = 0, t1 = s2 * prior_slope;
    const double prior = s2;
    for (int k = FIRST; k < d->end; k++) {
        double w = d->weight[k], r = d->value[k] - log_power[k], o = d->octave[k];
        s0 += w, s1 += w * o, s2 += w * o * o, t0 += w * r, t1 += w * r * o;
    }
    double det = s0 * s2 - s1 * s1, cost = 0;
    *level = (t0 * s2 - t1 * s1) / det;
    *slope = (s0 * t1 - s1 * t0) / det;
    for (int k = FIRST; k < d->end; k++) {
        double e = d->value[k] - log_power[k] - *level - *slope * d->octave[k];
        cost += d->weight[k] * e * e;
    }
    return cost + prior * (*slope - prior_slope) * (*slope - prior_slope);
}

/* The spectrum's floor and how far it stands above. */
static bool find_reach(const struct vh_spectrum *s, struct vh_response_fit *fit, int *end)
{
    double least = INFINITY, sum = 0;
    int k, n = 0;
    for (k = 20; k < BINS - 2; k++)
        least = fmin(least, (s->power[k - 1] + s->power[k] + s->power[k + 1]) / 3 / s->n_segments);
    for (k = 12; k < BINS - 16 && s->power[k] / s->n_segments > 4 * least; k++)
        continue;
    for (int i = k + 2; i < k + 12; i++, n++)
        sum += s->power[i] / s->n_segments;
    fit->floor = sum / n;
    fit->reach = (double)k / N;
    *end = k;
    return k > 16 && s->n_segments >= 8;
}

/* The same for chroma: up to the first floor, since crosstalk lies beyond it. */
static bool find_chroma_reach(const struct vh_spectrum *s, struct vh_response_fit *fit, int *end)
{
    double least = INFINITY;
    int at = 8, k;
    for (k = 8; k < BINS - 2; k++) {
        double p = (s->power[k - 1] + s->power[k] + s->power[k + 1]) / 3 / s->n_segments;
        if (p < least) {
            least = p;
            at = k;
        } else if (p > 1.5 * least && k > at + 2) {
            break;
        }
    }
    for (k = 8; k < at && s->power[k] / s->n_segments > 4 * least; k++)
        continue;
    fit->floor = least;
    fit->reach = (double)k / N;
    *end = k;
    return k > 10 && s->n_segments >= 8;
}

void response_data_collect(
    struct response_data *d, const struct vh_spectrum *s, const struct vh_response_fit *fit, int end)
{
    static const double least_above = 0.2;
    d->end = end;
    for (int k = 1; k < end; k++) {
        double f = (double)k / N, p = s->power[k] / s->n_segments - fit->floor;
        d->value[k] = log(fmax(p, 1e-3 * fit->floor + 1e-9) * derivative_gain(f));
        d->weight[k] = p > least_above * fit->floor ? 4.0 / k : 0; /* else its logarithm is the noise's */
        d->octave[k] = log2(f / 0.05);
    }
}

/* Tries all humps for one low-pass. */
static void try_lowpass(
    struct vh_response_fit *best, double *least, const struct response_data *d, double corner, double order)
{
    static const double places[] = RESPONSE_PLACES;
    double low[BINS], all[BINS], level, slope;
    for (int k = FIRST; k < d->end; k++)
        low[k] = -log(1 + pow((double)k / N / corner, 2 * order));
    for (int place = 0; place < RESPONSE_N_PLACES; place++)
        for (int i = 0; i <= 20; i++) {
            if (!i && place)
                continue;
            struct vh_response r = {corner, order, 0.1 * i, corner * places[place]};
            for (int k = FIRST; k < d->end; k++) {
                double x = (double)k / N / r.peak_at;
                all[k] = low[k] + (i ? log(1 + r.peak * x * x * exp(1 - x * x)) : 0);
            }
            double cost = response_cost(d, all, &level, &slope) + RESPONSE_PEAK_PENALTY * r.peak * r.peak;
            if (cost < *least) {
                *least = cost;
                best->response = r;
                best->detail = exp(level);
                best->slope = slope / NEPER_PER_DB;
            }
        }
}

/* Misfit, and no answer where the floor is what the scene itself should have there: then nothing limits it.
 */
static void judge(struct vh_response_fit *fit, const struct response_data *d, double least, double widest)
{
    double weights = 0;
    for (int k = FIRST; k < d->end; k++)
        weights += d->weight[k];
    fit->error = sqrt(least / weights);
    double expected =
        fit->detail * exp(fit->slope * NEPER_PER_DB * log2(fit->reach / 0.05)) / derivative_gain(fit->reach);
    if (fit->response.corner >= widest || fit->floor > 0.1 * expected)
        fit->response = (struct vh_response){0};
}

struct vh_response_fit vh_response_fit(const struct vh_spectrum *spectrum)
{
    struct vh_response_fit fit = {.floor = 0};
    struct response_data d;
    double least = INFINITY;
    int end;
    if (spectrum->n_segments <= 0 || !find_reach(spectrum, &fit, &end))
        return fit;
    response_data_collect(&d, spectrum, &fit, end);
    for (double corner = 0.04; corner < 0.45; corner *= 1.05)
        for (double order = 2; order < 9; order *= 1.25)
            try_lowpass(&fit, &least, &d, corner, order);
    judge(&fit, &d, least, 0.35);
    return fit;
}

void vh_response_fit_chroma(const struct vh_spectrum *spectrum, struct vh_response_fit *fit)
{
    /* What falls steeply beyond 0.57 MHz is a filter's doing; a gentle fall is a tape's only below 0.44 MHz
     * (made tapes: 18 dB per octave at 0.30 to 0.46 MHz; truths and captures: gentle, from 0.52 MHz). */
    static const double steep = 2.4, widest_steep = 0.085, widest_soft = 0.065;
    struct response_data d[2];
    int end[2] = {0};
    bool found = true;
    for (int i = 0; i < 2; i++) {
        fit[i] = (struct vh_response_fit){.floor = 0};
        found &= spectrum[i].n_segments > 0 && find_chroma_reach(&spectrum[i], &fit[i], &end[i]);
    }
    if (!found)
        return;
    for (int i = 0; i < 2; i++) {
        double least = INFINITY;
        response_data_collect(&d[i], &spectrum[i], &fit[i], end[0] < end[1] ? end[0] : end[1]);
        for (double corner = 0.012; corner < 0.3; corner *= 1.06)
            for (double order = 1; order < 5; order *= 1.25)
                try_lowpass(&fit[i], &least, &d[i], corner, order);
        fit[i].reach = (double)d[i].end / N;
        judge(&fit[i], &d[i], least, fit[i].response.order >= steep ? widest_steep : widest_soft);
    }
}

/* A turn in N steps: the fit designs thousands of filters, and every angle in them is one of these. */
struct turn {
    double cosine[N], sine[N];
};

static void make_turn(struct turn *turn)
{
    for (int i = 0; i < N; i++) {
        turn->cosine[i] = cos(2 * pi * (double)i / N);
        turn->sine[i] = sin(2 * pi * (double)i / N);
    }
}

static void minimum_phase(double *phase, const double *log_gain, const struct turn *turn)
{
    double cepstrum[N / 2];
    for (int n = 1; n < N / 2; n++) {
        double sum = log_gain[0] + (n & 1 ? -1 : 1) * log_gain[N / 2];
        for (int k = 1; k < N / 2; k++)
            sum += 2 * log_gain[k] * turn->cosine[(n * k) & (N - 1)];
        cepstrum[n] = sum / N;
    }
    for (int k = 0; k < BINS; k++) {
        phase[k] = 0;
        for (int n = 1; n < N / 2; n++)
            phase[k] -= 2 * cepstrum[n] * turn->sine[(n * k) & (N - 1)];
    }
}

void response_minimum_phase(double *phase, const double *log_gain)
{
    struct turn turn;
    make_turn(&turn);
    minimum_phase(phase, log_gain, &turn);
}

/* Delay of the response over the frequencies that carry the picture: least squares between what goes in and
 * comes out. */
static double mean_delay(const double *phase, const double *gain)
{
    double sum = 0, weight = 0;
    for (int k = 2; k < BINS; k++) {
        sum -= gain[k] * phase[k] / (2 * pi * k / N);
        weight += gain[k];
    }
    return sum / weight;
}

void vh_equaliser_design(double *tap, const struct vh_response *response, double detail, double noise)
{
    double gain[BINS], log_gain[BINS], phase[BINS] = {0}, even[BINS], odd[BINS], total = 0;
    struct turn turn;
    make_turn(&turn);
    for (int k = 0; k < BINS; k++) {
        gain[k] = sqrt(fmax(vh_response_power(response, (double)k / N), 1e-5));
        log_gain[k] = log(gain[k]);
    }
    if (!response->linear_phase)
        minimum_phase(phase, log_gain, &turn);
    double delay = mean_delay(phase, gain);
    for (int k = 1; k < BINS; k++) {
        double f = (double)k / N, scene = detail / derivative_gain(f);
        double g = (k < N / 2 ? 2 : 1) * gain[k] * scene / (gain[k] * gain[k] * scene + noise);
        even[k] = g * cos(phase[k] + 2 * pi * f * delay);
        odd[k] = g * sin(phase[k] + 2 * pi * f * delay);
    }
    for (int i = 0; i < VH_EQUALISER_TAPS; i++) {
        int at = i - VH_EQUALISER_CENTRE;
        double sum = 1; /* f = 0 */
        /* the inverse advances by phase; a tap at +t reads the future */
        for (int k = 1; k < BINS; k++) {
            int angle = (k * at) & (N - 1);
            sum += even[k] * turn.cosine[angle] - odd[k] * turn.sine[angle];
        }
        double window =
            i == VH_EQUALISER_TAPS - 1 ? 0 : 0.5 + 0.5 * cos(pi * at / (VH_EQUALISER_CENTRE + 4.0));
        tap[i] = sum / N * window;
        total += tap[i];
    }
    for (int i = 0; i < VH_EQUALISER_TAPS; i++)
        tap[i] /= total;
}
