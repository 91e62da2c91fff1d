/* The middle of what was measured many times: the median, and the inter-quartile range as its spread. */
#ifndef VH_ANALYZE_MIDDLE_H
#define VH_ANALYZE_MIDDLE_H

#include "profile/profile.h"

/* Of n >= 1 values, which are copied to `work` (room for n) and stay as they are. Fills value, spread and n.
 */
struct vh_measurement middle_of(const float *value, int n, float *work);

#endif
