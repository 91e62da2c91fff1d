/* One pass over a grid of a frame. Sums are integers, so the result does not depend on order. */
#include "analyze/frame_stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_X = 4, CHROMA_STEP_X = 2, MIN_SIZE = 32, MARGIN = 16 };

struct area {
    int x0, x1, y0, y1;
};

static struct area middle(const struct vh_plane_const *plane)
{
    int mx = plane->width / MARGIN, my = plane->height / MARGIN / 2 * 2;
    return (struct area){mx, plane->width - mx, my, plane->height - my};
}

struct moments {
    int64_t n, sum, squares;
};

static void finish_moments(const struct moments *m, double *mean, double *sigma)
{
    if (!m->n)
        return;
    *mean = (double)m->sum / (double)m->n / VH_CODE;
    double variance = (double)m->squares / (double)m->n / (VH_CODE * VH_CODE) - *mean * *mean;
    *sigma = variance > 0 ? sqrt(variance) : 0;
}

static void add_sample(struct moments *m, int value)
{
    m->n++;
    m->sum += value;
    m->squares += (int64_t)value * value;
}

static void measure_luma(struct vh_frame_stats *stats, const struct vh_plane_const *plane)
{
    struct area a = middle(plane);
    struct moments all = {0}, above = {0}, here = {0};
    int64_t product = 0;
    for (int y = a.y0; y < a.y1; y++) {
        const uint16_t *line = plane->data + y * plane->stride,
                       *up = y >= 2 ? line - 2 * plane->stride : NULL;
        for (int x = a.x0; x < a.x1; x += STEP_X) {
            int v = line[x];
            stats->histogram[v / VH_CODE]++;
            add_sample(&all, v);
            if (!up)
                continue;
            add_sample(&here, v);
            add_sample(&above, up[x]);
            product += (int64_t)v * up[x];
        }
    }
    stats->n = (int)all.n;
    finish_moments(&all, &stats->mean[0], &stats->sigma[0]);
    double mean_here = 0, mean_above = 0, sigma_here = 0, sigma_above = 0;
    finish_moments(&here, &mean_here, &sigma_here);
    finish_moments(&above, &mean_above, &sigma_above);
    double covariance =
        here.n ? (double)product / (double)here.n / (VH_CODE * VH_CODE) - mean_here * mean_above : 0;
    stats->vertical_correlation =
        sigma_here * sigma_above > 1e-6 ? covariance / (sigma_here * sigma_above) : 1;
}

static void measure_chroma(struct vh_frame_stats *stats, const struct vh_plane_const *plane, int index)
{
    struct area a = middle(plane);
    struct moments all = {0};
    for (int y = a.y0; y < a.y1; y++)
        for (int x = a.x0; x < a.x1; x += CHROMA_STEP_X)
            add_sample(&all, plane->data[y * plane->stride + x]);
    finish_moments(&all, &stats->mean[index], &stats->sigma[index]);
}

static void measure_difference(
    struct vh_frame_stats *stats, const struct vh_plane_const *plane, const struct vh_plane_const *before)
{
    struct area a = middle(plane);
    int64_t sum[2] = {0}, n[2] = {0}, same = 0;
    for (int y = a.y0; y < a.y1; y++) {
        const uint16_t *p = plane->data + y * plane->stride, *q = before->data + y * before->stride;
        for (int x = a.x0; x < a.x1; x += STEP_X) {
            sum[y & 1] += abs(p[x] - q[x]);
            n[y & 1]++;
            same += p[x] == q[x];
        }
    }
    for (int i = 0; i < 2; i++)
        stats->difference[i] = n[i] ? (double)sum[i] / (double)n[i] / VH_CODE : -1;
    stats->duplicate_share = n[0] + n[1] ? (double)same / (double)(n[0] + n[1]) : -1;
}

void vh_frame_stats_measure(
    struct vh_frame_stats *stats, const struct vh_image_const *frame, const struct vh_image_const *previous)
{
    *stats = (struct vh_frame_stats){
        .mean = {0, 128, 128}, .vertical_correlation = 1, .difference = {-1, -1}, .duplicate_share = -1};
    const struct vh_plane_const *luma = &frame->plane[0];
    if (luma->width < MIN_SIZE || luma->height < MIN_SIZE)
        return;
    measure_luma(stats, luma);
    for (int p = 1; p < frame->n_planes; p++)
        measure_chroma(stats, &frame->plane[p], p);
    if (previous && previous->plane[0].width == luma->width && previous->plane[0].height == luma->height)
        measure_difference(stats, luma, &previous->plane[0]);
}

double vh_frame_stats_percentile(const int histogram[256], double p)
{
    double total = 0, below = 0;
    for (int i = 0; i < 256; i++)
        total += histogram[i];
    if (total <= 0)
        return 0;
    for (int i = 0; i < 256; i++) {
        if (histogram[i] && below + histogram[i] >= p * total)
            return i + (p * total - below) / histogram[i];
        below += histogram[i];
    }
    return 256;
}
