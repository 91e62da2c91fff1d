/* Running mean and variance in constant memory: B. P. Welford, "Note on a method for calculating corrected
 * sums of squares and products", Technometrics 4 (1962); merging after Chan, Golub and LeVeque (1979). A
 * plain value, zero is empty.
 */
#ifndef VH_STATS_WELFORD_H
#define VH_STATS_WELFORD_H

#include <math.h>
#include <stdint.h>

struct vh_welford {
    int64_t n;
    double mean, m2; /* m2: sum of squared distances from the mean */
    double min, max; /* 0 while empty */
};

static inline void vh_welford_add(struct vh_welford *w, double x)
{
    double distance = x - w->mean;
    w->min = w->n && w->min < x ? w->min : x;
    w->max = w->n && w->max > x ? w->max : x;
    w->mean += distance / (double)++w->n;
    w->m2 += distance * (x - w->mean);
}

/* Adds everything that `more` has seen. */
static inline void vh_welford_merge(struct vh_welford *w, const struct vh_welford *more)
{
    double n = (double)(w->n + more->n), distance = more->mean - w->mean;
    if (!more->n)
        return;
    w->min = w->n && w->min < more->min ? w->min : more->min;
    w->max = w->n && w->max > more->max ? w->max : more->max;
    w->m2 += more->m2 + distance * distance * (double)w->n * (double)more->n / n;
    w->mean += distance * (double)more->n / n;
    w->n += more->n;
}

/* Variance of the population the samples come from (divided by n - 1); 0 below two samples. */
static inline double vh_welford_variance(const struct vh_welford *w)
{
    return w->n > 1 ? w->m2 / (double)(w->n - 1) : 0;
}

static inline double vh_welford_deviation(const struct vh_welford *w)
{
    return sqrt(vh_welford_variance(w));
}

static inline double vh_welford_sum(const struct vh_welford *w)
{
    return w->mean * (double)w->n;
}

#endif
