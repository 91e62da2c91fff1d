/* One quantile of a stream in constant memory: the P² algorithm of R. Jain and I. Chlamtac, Communications of
 * the ACM 28 (1985). Five markers follow minimum, p/2, p, (1+p)/2 and maximum, moved by parabolic
 * interpolation. Exact up to five samples, an estimate behind that. A plain value; not thread-safe.
 */
#ifndef VH_STATS_QUANTILE_H
#define VH_STATS_QUANTILE_H

#include <stdint.h>

struct vh_quantile {
    double p;         /* wanted quantile, 0 to 1 */
    double height[5]; /* marker values; the samples themselves while n < 5 */
    double at[5];     /* marker positions, from 1 */
    double wanted[5]; /* where they should be */
    int64_t n;
};

/* Starts an empty estimate of quantile p (0.95 for the 95th percentile). */
void vh_quantile_init(struct vh_quantile *quantile, double p);

void vh_quantile_add(struct vh_quantile *quantile, double x);

/* The estimate; 0 when empty. */
double vh_quantile_value(const struct vh_quantile *quantile);

#endif
