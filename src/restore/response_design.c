/* From the options of a response to integer taps. */
#include "response_rows.h"

#include "dsp/fir.h"
#include "dsp/measure_spectrum.h"

#include <math.h>
#include <stddef.h>

const char *const vh_response_phase_names[] = {"auto", "minimum", "linear", NULL};

static double sum_of_sizes(const double *tap)
{
    double sum = 0;
    for (int i = 0; i < VH_EQUALISER_TAPS; i++)
        sum += fabs(tap[i]);
    return sum;
}

void response_design(int16_t *coef, const struct vh_response_options *options, double sampling_mhz,
    double detail, double noise)
{
    const struct vh_response_options *o = options;
    struct vh_response response = {.corner = o->corner / sampling_mhz,
        .order = o->order,
        .peak = isnan(o->peak) ? 0 : pow(10, o->peak / 10) - 1,
        .peak_at = (isnan(o->peak_at) ? 0.45 * o->corner : o->peak_at) / sampling_mhz,
        .linear_phase = o->phase == VH_PHASE_LINEAR};
    double tap[VH_EQUALISER_TAPS];
    do {
        vh_equaliser_design(tap, &response, detail, noise);
        noise *= 1.3;
    } while (sum_of_sizes(tap) * VH_FIR_ONE > VH_FIR_MAX_SUM - VH_EQUALISER_TAPS);
    vh_fir_quantise(coef, tap, VH_EQUALISER_TAPS, 1);
}
