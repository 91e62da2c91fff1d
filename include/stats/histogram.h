/* Counts of values in bins of equal width, or of equal ratio for times and sizes. Memory does not grow with
 * the stream. Not thread-safe.
 */
#ifndef VH_STATS_HISTOGRAM_H
#define VH_STATS_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

struct vh_histogram {
    double low, high; /* bins cover low <= x < high */
    bool logarithmic; /* equal ratios; then low > 0 */
    int n_bins;
    int64_t *count;       /* n_bins, owned */
    int64_t below, above; /* what lies outside */
    int64_t total;        /* everything, outside included */
};

/* VH_OK, VH_ERR_RESOURCE, or VH_ERR_INTERNAL for a range or number of bins without sense. */
int vh_histogram_init(struct vh_histogram *histogram, double low, double high, int n_bins, bool logarithmic);
void vh_histogram_uninit(struct vh_histogram *histogram);

void vh_histogram_add(struct vh_histogram *histogram, double x);

/* The lower edge of bin i; i = n_bins gives `high`. */
double vh_histogram_edge(const struct vh_histogram *histogram, int i);

/* The value below which the share p (0 to 1) lies, interpolated inside its bin; low or high when it lies
 * outside; 0 when empty. */
double vh_histogram_quantile(const struct vh_histogram *histogram, double p);

#endif
