/* Fields that jump, counted. */
#include "analyze/bounce_rate.h"

#include "core/status.h"
#include "evidence/bounce.h"

#include <math.h>
#include <stdio.h>

enum { REACH = 4, LEAST = 16 /* fields that make a figure */ };

void vh_bounce_rate_add(
    struct vh_bounce_rate *rate, const struct vh_image_const *frame, int n, bool bottom_first)
{
    static const double nearly_whole = 0.2;
    for (int centre = REACH; centre + REACH < 2 * n; centre++) {
        struct vh_window window = {.index = centre, .frame_height = frame[0].plane[0].height};
        for (int k = -REACH; k <= REACH; k += 2) {
            int at = centre + k, parity = (at & 1) ^ bottom_first;
            window.image[VH_WINDOW_REACH + k] = vh_image_field_read(frame[at / 2], parity);
            window.parity[VH_WINDOW_REACH + k] = (uint8_t)parity;
        }
        struct vh_bounce bounce = vh_bounce_measure(&window);
        double lines = fabs((double)bounce.lines);
        rate->n_looked++;
        rate->n_known += bounce.known;
        rate->n_bounced += lines > 0 || bounce.px != 0;
        rate->n_aside += bounce.px != 0;
        rate->n_whole += (lines > 0 || bounce.px != 0) && fabs(lines - floor(lines + 0.5)) < nearly_whole;
        rate->most = fmax(rate->most, lines);
        rate->most_px = fmax(rate->most_px, fabs((double)bounce.px));
    }
}

int vh_bounce_rate_report(const struct vh_bounce_rate *rate, struct vh_profile *profile)
{
    static const double sure = 0.9, single = 0.45;
    if (rate->n_known < LEAST || 4 * rate->n_known < rate->n_looked)
        return VH_OK;
    struct vh_measurement m = {.value = 100.0 * rate->n_bounced / rate->n_known, .n = rate->n_known};
    /* A sync is off by whole lines; what is off by fractions may be a camera that was knocked. */
    double whole = rate->n_bounced ? (double)rate->n_whole / rate->n_bounced : 1;
    m.confidence = rate->n_bounced == 0 ? sure : rate->n_bounced == 1 ? single : sure * whole;
    snprintf(m.evidence, sizeof m.evidence,
        "%d of %d fields stand off, %d of them by whole lines, at most %.1f; %d aside, at most %.1f px",
        rate->n_bounced, rate->n_known, rate->n_whole, rate->most, rate->n_aside, rate->most_px);
    return vh_profile_set(profile, "bounce.rate", &m);
}
