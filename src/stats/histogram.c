/* Histogram with linear or logarithmic bins. */
#include "stats/histogram.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>

int vh_histogram_init(struct vh_histogram *h, double low, double high, int n_bins, bool logarithmic)
{
    *h = (struct vh_histogram){.low = low, .high = high, .n_bins = n_bins, .logarithmic = logarithmic};
    if (!(high > low) || n_bins < 1 || (logarithmic && !(low > 0)))
        return VH_ERR_INTERNAL;
    h->count = vh_alloc((size_t)n_bins, sizeof *h->count);
    return h->count ? VH_OK : VH_ERR_RESOURCE;
}

void vh_histogram_uninit(struct vh_histogram *h)
{
    vh_free(h->count);
    *h = (struct vh_histogram){0};
}

void vh_histogram_add(struct vh_histogram *h, double x)
{
    h->total++;
    if (!(x >= h->low)) {
        h->below++;
        return;
    }
    if (x >= h->high) {
        h->above++;
        return;
    }
    double share =
        h->logarithmic ? log(x / h->low) / log(h->high / h->low) : (x - h->low) / (h->high - h->low);
    int bin = (int)(share * h->n_bins);
    h->count[bin < h->n_bins ? bin : h->n_bins - 1]++;
}

double vh_histogram_edge(const struct vh_histogram *h, int i)
{
    double share = (double)i / h->n_bins;
    return h->logarithmic ? h->low * pow(h->high / h->low, share) : h->low + share * (h->high - h->low);
}

double vh_histogram_quantile(const struct vh_histogram *h, double p)
{
    double wanted = p * (double)h->total, seen = (double)h->below;
    if (!h->total)
        return 0;
    if (wanted <= seen && h->below)
        return h->low;
    for (int i = 0; i < h->n_bins; i++) {
        double count = (double)h->count[i];
        if (count > 0 && seen + count >= wanted) {
            double low = vh_histogram_edge(h, i), high = vh_histogram_edge(h, i + 1);
            return low + (high - low) * (wanted - seen) / count;
        }
        seen += count;
    }
    return h->high;
}
