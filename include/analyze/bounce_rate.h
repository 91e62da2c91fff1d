/* How many fields jump up, down or aside against their neighbours: the share for which evidence/bounce.h
 * finds half a line, or a sample, or more, of those whose neighbours agree. A jump is believed more when
 * there are several; a shaking camera gives few fields with neighbours in line, and then nothing is said.
 */
#ifndef VH_ANALYZE_BOUNCE_RATE_H
#define VH_ANALYZE_BOUNCE_RATE_H

#include "frame/image.h"
#include "profile/profile.h"

#include <stdbool.h>

/* One tape being measured; zero = new. */
struct vh_bounce_rate {
    int n_looked, n_known, n_bounced;
    int n_whole, n_aside; /* of the bounced: by whole lines (or none), sideways */
    double most, most_px; /* lines, samples */
};

/* Looks at the fields of n successive woven frames of one window. */
void vh_bounce_rate_add(
    struct vh_bounce_rate *rate, const struct vh_image_const *frame, int n, bool bottom_first);

/* Stores bounce.rate when enough fields could be judged. VH_OK or the profile's error. */
int vh_bounce_rate_report(const struct vh_bounce_rate *rate, struct vh_profile *profile);

#endif
