/* Edges of lines, and the bend of the picture's top. */
#include "evidence/line_edge.h"

#include "core/select.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    REACH = 56, /* samples from the side in which an edge is looked for */
    BLANK = 2,  /* samples from the side where it is black for certain */
    RISE = 4,   /* samples that have to lie above the threshold */
    BEHIND = 8, /* samples behind the edge that say what its line begins with */
    TOP = 8,    /* lines whose mean is the bend's size */
    NEAR = 4,   /* lines on each side of a line that smooth it */
    STEADY = 6, /* straight lines that end a bend, and lines over which it fades */
};
static const float blackest = 32; /* codes: more than this beside the picture is no blanking */
static const float contrast = 28; /* codes between blanking and picture that an edge needs */
static const float straight = 0.25f, least = 0.5f; /* samples */

/* Sample i from the side, codes. */
static float sample(const uint16_t *line, int width, int side, int i)
{
    return (float)line[side ? width - 1 - i : i] * (1.0f / VH_CODE);
}

static float find_edge(const uint16_t *line, int width, int side, float black)
{
    int i = BLANK, above = 0;
    for (; i < REACH && above < RISE; i++)
        above = sample(line, width, side, i) > black + contrast / 2 ? above + 1 : 0;
    if (above < RISE || i - RISE <= BLANK)
        return NAN;
    i -= RISE;
    float behind = 0;
    for (int k = 0; k < BEHIND; k++)
        behind += sample(line, width, side, i + 2 + k) / BEHIND;
    if (behind < black + contrast)
        return NAN;
    float half = 0.5f * (black + behind), a, b;
    for (int k = i > BLANK + 3 ? i - 3 : BLANK; k < i + BEHIND; k++) {
        a = sample(line, width, side, k);
        b = sample(line, width, side, k + 1);
        if (a < half && b >= half) {
            float at = (float)k + (half - a) / (b - a);
            return side ? (float)(width - 1) - at : at;
        }
    }
    return NAN;
}

/* The median of what is known among n values; NaN of fewer than `few`. */
static float median(const float *v, int n, int few)
{
    float known[VH_BEND_LINES];
    int m = 0;
    for (int i = 0; i < n && m < VH_BEND_LINES; i++)
        if (!isnan(v[i]))
            known[m++] = v[i];
    return m >= few && m ? vh_select_rank_float(known, m, m / 2) : NAN;
}

void vh_line_edges_find(struct vh_line_edges *edges, const struct vh_plane_const *luma)
{
    int width = luma->width, n = luma->height;
    edges->n_lines = 0;
    if (width < 4 * REACH || n > VH_BEND_LINES || n < 16 * TOP)
        return;
    edges->n_lines = n;
    for (int side = 0; side < 2; side++) {
        for (int y = 0; y < n; y++)
            edges->at[side][y] = sample(luma->data + y * luma->stride, width, side, 0);
        float black = median(edges->at[side], n, n);
        for (int y = 0; y < n; y++)
            edges->at[side][y] =
                black < blackest ? find_edge(luma->data + y * luma->stride, width, side, black) : NAN;
    }
}

/* ---- the bend ---- */

/* Per line the median over the fields of one side, less that of the lines in the middle. False when these are
 * too few or scatter. */
static bool profile_of(float *by, const struct vh_line_edges *const *edges, int n, int side, float *noise)
{
    int lines = edges[0]->n_lines, first = lines * 2 / 5, count = lines / 2;
    for (int y = 0; y < lines; y++) {
        float v[VH_BEND_FIELDS];
        for (int i = 0; i < n; i++)
            v[i] = edges[i]->at[side][y];
        by[y] = median(v, n, (n + 1) / 2);
    }
    float middle = median(by + first, count, count / 2), apart[VH_BEND_LINES];
    if (isnan(middle))
        return false;
    for (int y = 0; y < count; y++)
        apart[y] = fabsf(by[first + y] - middle);
    *noise = 1.4826f * median(apart, count, 1);
    for (int y = 0; y < lines; y++)
        by[y] -= middle;
    return *noise < 1;
}

/* Where a line through the known values around y stands at y. */
static float fit_at(const float *v, int n, int y)
{
    float w0 = 0, w1 = 0, w2 = 0, s0 = 0, s1 = 0;
    for (int k = -NEAR; k <= NEAR; k++) {
        if (y + k < 0 || y + k >= n || isnan(v[y + k]))
            continue;
        float x = (float)k, w = (float)(NEAR + 1 - (k < 0 ? -k : k));
        w0 += w, w1 += w * x, w2 += w * x * x;
        s0 += w * v[y + k], s1 += w * x * v[y + k];
    }
    float det = w0 * w2 - w1 * w1;
    return w0 < 6 ? NAN : det > 1e-3f ? (s0 * w2 - s1 * w1) / det : s0 / w0;
}

/* Values that no neighbour supports go. */
static void drop_lonely(float *to, const float *v, int n)
{
    for (int y = 0; y < n; y++) {
        int from = y < 2 ? 0 : y - 2, end = y + 3 < n ? y + 3 : n;
        to[y] = fabsf(v[y] - median(v + from, end - from, 2)) < 1 ? v[y] : NAN;
    }
}

/* Lines until the bend has died away; it fades over those behind. */
static int extent(const float *by, int n)
{
    int run = 0, y = 0;
    for (; y < n && run < STEADY; y++)
        run = fabsf(by[y]) < straight ? run + 1 : 0;
    return run < STEADY ? 0 : y - STEADY;
}

/* Both sides together where both are known; NaN where they contradict each other. */
static void join(float *by, const float *other, int n)
{
    for (int y = 0; y < n; y++) {
        if (isnan(by[y]))
            by[y] = other[y];
        else if (!isnan(other[y]))
            by[y] = fabsf(by[y] - other[y]) < 1.5f ? 0.5f * (by[y] + other[y]) : NAN;
    }
}

static float top_of(const float *by)
{
    float sum = 0;
    int n = 0;
    for (int y = 0; y < TOP; y++)
        if (!isnan(by[y]))
            sum += by[y], n++;
    return n >= TOP / 2 ? sum / (float)n : NAN;
}

void vh_bend_find(struct vh_bend *bend, const struct vh_line_edges *const *edges, int n)
{
    float side[2][VH_BEND_LINES], calm[VH_BEND_LINES], noise[2], top[2];
    *bend = (struct vh_bend){.top = NAN, .noise = NAN};
    int lines = n ? edges[0]->n_lines : 0, third = lines / 3;
    if (!lines || n > VH_BEND_FIELDS)
        return;
    for (int i = 0; i < 2; i++) {
        if (!profile_of(side[i], edges, n, i, &noise[i]))
            return;
        drop_lonely(calm, side[i], lines);
        memcpy(side[i], calm, (size_t)lines * sizeof *calm);
        top[i] = top_of(side[i]);
    }
    if (isnan(top[0]) || isnan(top[1]))
        return;
    bend->top = 0.5f * (top[0] + top[1]);
    bend->noise = fmaxf(noise[0], noise[1]);
    if (fabsf(bend->top) < fmaxf(least, 2 * bend->noise) ||
        fabsf(top[0] - top[1]) > 0.25f * fabsf(bend->top) + 2 * bend->noise)
        return;
    join(side[0], side[1], lines);
    float last = 0;
    for (int y = 0; y < third; y++) {
        float v = fit_at(side[0], lines, y);
        last = bend->by[y] = isnan(v) ? last : v;
    }
    bend->n_lines = extent(bend->by, third);
    for (int y = 0; y < third; y++)
        if (y >= bend->n_lines) {
            float fade = 1 - (float)(y + 1 - bend->n_lines) / (STEADY + 1);
            bend->by[y] = bend->n_lines && fade > 0 ? bend->by[y] * fade : 0;
        }
    bend->n_lines += bend->n_lines ? STEADY : 0;
}
