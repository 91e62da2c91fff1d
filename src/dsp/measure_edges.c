/* Edge profiles. */
#include "dsp/measure_edges.h"

#include <math.h>
#include <stdbool.h>

enum { NEAR = 10, FAR = 18, CORE = 4 };

/* Steps of at least this many codes, and this many sigmas of noise. */
static const double least_step = 30, least_sigmas = 8;
/* An area is even when its samples stray (rms) by less than this part of the step. */
static const double even = 0.08;

static const double lowest = -0.75, level_height = 2.5 / VH_EDGE_LEVELS;

/* Mean and rms deviation of FAR - NEAR + 1 samples. */
static double area(const uint16_t *line, double *stray)
{
    enum { N = FAR - NEAR + 1 };
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        double v = line[i] / 256.0;
        sum += v, square += v * v;
    }
    double mean = sum / N;
    *stray = sqrt(fmax(0, square / N - mean * mean));
    return mean;
}

/* Catmull-Rom between line[0] and line[1]. */
static double between(const uint16_t *line, double t)
{
    double a = line[-1], b = line[0], c = line[1], d = line[2];
    return (b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))) / 256;
}

static double value_at(const uint16_t *line, double at)
{
    int whole = (int)floor(at);
    return between(line + whole, at - whole);
}

/* Where the line crosses `level` within CORE samples of x; NaN unless it does so once. */
static double crossing(const uint16_t *line, int x, double level)
{
    double at = NAN;
    for (int i = x - CORE; i < x + CORE; i++) {
        double a = line[i] / 256.0 - level, b = line[i + 1] / 256.0 - level;
        if ((a < 0) == (b < 0))
            continue;
        if (!isnan(at))
            return NAN;
        at = i + a / (a - b);
    }
    return at;
}

static void take(struct vh_edges *edges, const uint16_t *line, double at, double left, double step)
{
    for (int i = 0; i < VH_EDGE_PLACES; i++) {
        double v = (value_at(line, at + (double)i / VH_EDGE_STEPS - VH_EDGE_REACH) - left) / step;
        int level = (int)((v - lowest) / level_height);
        edges->histogram[i][level < 0 ? 0 : level < VH_EDGE_LEVELS ? level : VH_EDGE_LEVELS - 1]++;
    }
    edges->n++;
}

static bool steepest_near(const uint16_t *line, int x)
{
    int here = line[x + 1] - line[x - 1];
    int size = here < 0 ? -here : here;
    for (int i = x - CORE; i <= x + CORE; i++) {
        int d = line[i + 1] - line[i - 1];
        d = d < 0 ? -d : d;
        if (d > size || (d == size && i < x))
            return false;
    }
    return true;
}

static void add_line(struct vh_edges *edges, const uint16_t *line, int x0, int x1, double noise)
{
    for (int x = x0; x < x1; x++) {
        int coarse = line[x + CORE] - line[x - CORE];
        if ((coarse < 0 ? -coarse : coarse) < least_step * 256 || !steepest_near(line, x))
            continue;
        double stray[2], left = area(line + x - FAR, &stray[0]), right = area(line + x + NEAR, &stray[1]);
        double step = right - left, size = fabs(step), limit = even * size + noise;
        if (size < fmax(least_step, least_sigmas * noise) || stray[0] > limit || stray[1] > limit)
            continue;
        double at = crossing(line, x, (left + right) / 2);
        if (!isnan(at))
            take(edges, line, at, left, step);
    }
}

void vh_edges_add(struct vh_edges *edges, const uint16_t *plane, ptrdiff_t stride, int width, int height,
    int margin, int line_step, double noise_8bit)
{
    enum { REACH = FAR + CORE + 2 };
    if (margin < REACH)
        margin = REACH;
    for (int y = margin; y < height - margin; y += line_step)
        add_line(edges, plane + y * stride, margin, width - margin, noise_8bit);
}

double vh_edges_median(const struct vh_edges *edges, int i)
{
    uint32_t seen = 0, half = (uint32_t)edges->n / 2;
    int level = 0;
    while (level < VH_EDGE_LEVELS - 1 && seen + edges->histogram[i][level] <= half)
        seen += edges->histogram[i][level++];
    double part = edges->histogram[i][level] ? (double)(half - seen) / edges->histogram[i][level] : 0.5;
    return lowest + (level + part) * level_height;
}

struct vh_halo vh_edges_halo(const struct vh_edges *edges)
{
    enum { MIDDLE = VH_EDGE_REACH * VH_EDGE_STEPS };
    struct vh_halo halo = {0};
    double from = 0, to = 0, last = 0;
    if (edges->n < 1)
        return halo;
    for (int i = 0; i < VH_EDGE_PLACES; i++) {
        double v = vh_edges_median(edges, i), at = (double)(i - MIDDLE) / VH_EDGE_STEPS;
        if (i < MIDDLE && -v > halo.before) {
            halo.before = -v;
            halo.distance_before = -at;
        }
        if (i > MIDDLE && v - 1 > halo.behind) {
            halo.behind = v - 1;
            halo.distance_behind = at;
        }
        if (i && last < 0.1 && v >= 0.1)
            from = at - (v - 0.1) / (v - last) / VH_EDGE_STEPS;
        if (i && last < 0.9 && v >= 0.9 && to == 0)
            to = at - (v - 0.9) / (v - last) / VH_EDGE_STEPS;
        last = v;
    }
    halo.rise = to - from;
    return halo;
}
