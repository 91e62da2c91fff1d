/* P²; names as in the paper's figure 2: q heights, n positions, n' wanted positions. */
#include "stats/quantile.h"

#include <stddef.h>

void vh_quantile_init(struct vh_quantile *quantile, double p)
{
    *quantile = (struct vh_quantile){
        .p = p, .at = {1, 2, 3, 4, 5}, .wanted = {1, 1 + 2 * p, 1 + 4 * p, 3 + 2 * p, 5}};
}

static void insert_sorted(double *height, int n, double x)
{
    for (; n > 0 && height[n - 1] > x; n--)
        height[n] = height[n - 1];
    height[n] = x;
}

/* The cell x falls into, 0 to 3, after widening the outer markers. */
static int find_cell(struct vh_quantile *q, double x)
{
    if (x < q->height[0])
        q->height[0] = x;
    if (x > q->height[4])
        q->height[4] = x;
    for (int k = 0; k < 3; k++)
        if (x < q->height[k + 1])
            return k;
    return 3;
}

static double parabolic(const struct vh_quantile *q, int i, double d)
{
    const double *h = q->height, *n = q->at;
    return h[i] + d / (n[i + 1] - n[i - 1]) *
                      ((n[i] - n[i - 1] + d) * (h[i + 1] - h[i]) / (n[i + 1] - n[i]) +
                          (n[i + 1] - n[i] - d) * (h[i] - h[i - 1]) / (n[i] - n[i - 1]));
}

static double linear(const struct vh_quantile *q, int i, int d)
{
    return q->height[i] + d * (q->height[i + d] - q->height[i]) / (q->at[i + d] - q->at[i]);
}

static void adjust(struct vh_quantile *q, int i)
{
    double off = q->wanted[i] - q->at[i];
    int d = off >= 1 && q->at[i + 1] - q->at[i] > 1 ? 1 : off <= -1 && q->at[i - 1] - q->at[i] < -1 ? -1 : 0;
    if (!d)
        return;
    double height = parabolic(q, i, d);
    if (!(q->height[i - 1] < height && height < q->height[i + 1]))
        height = linear(q, i, d);
    q->height[i] = height;
    q->at[i] += d;
}

void vh_quantile_add(struct vh_quantile *q, double x)
{
    if (q->n < 5) {
        insert_sorted(q->height, (int)q->n++, x);
        return;
    }
    for (int i = find_cell(q, x) + 1; i < 5; i++)
        q->at[i]++;
    const double step[5] = {0, q->p / 2, q->p, (1 + q->p) / 2, 1};
    for (int i = 0; i < 5; i++)
        q->wanted[i] += step[i];
    for (int i = 1; i < 4; i++)
        adjust(q, i);
    q->n++;
}

double vh_quantile_value(const struct vh_quantile *q)
{
    if (!q->n)
        return 0;
    if (q->n > 5)
        return q->height[2];
    /* Few samples: between the order statistics at p (n - 1). */
    double place = q->p * (double)(q->n - 1);
    int i = (int)place;
    double above = i + 1 < (int)q->n ? q->height[i + 1] : q->height[i];
    return q->height[i] + (place - i) * (above - q->height[i]);
}
