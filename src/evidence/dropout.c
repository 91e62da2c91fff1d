/* Dropouts: suspects by range, accepted by run, followed to their faint ends. */
#include "evidence/dropout.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    REACH = 8, /* samples on each side that must be suspect too */
    RUN = 2 * REACH + 1,
    WIDEN = 4,  /* samples */
    JOIN = 8,   /* marks no further apart are one loss */
    AHEAD = 16, /* samples beyond a mark that may carry it on, */
    CARRY = 8,  /* where so many are at least faintly suspect */
};

/* 1 for a strong suspect, 0 for others. */
static inline int strong(uint8_t suspect)
{
    return suspect >> 1;
}

static uint16_t codes(float v)
{
    float s = v * VH_CODE;
    return s > 65535 ? 65535 : (uint16_t)s;
}

void vh_dropout_suspect(const struct vh_dropout_job *job, const struct vh_dsp_line_look *dsp,
    const uint16_t *const prediction[VH_DROPOUT_REFS], int y)
{
    const struct vh_line_limits limits = {.faint = codes(12 + 1.25f * job->sigma_8bit),
        .strong = codes(20 + 1.25f * job->sigma_8bit),
        .agree = codes(10 + 2 * job->sigma_8bit)};
    dsp->suspect(job->suspect + (ptrdiff_t)job->field.width * y, job->field.data + job->field.stride * y,
        prediction, job->field.width, &limits, VH_DROPOUT_FAINT, VH_DROPOUT_STRONG);
}

/* Strong suspects among the RUN samples around x of a line, moved along: add the one that comes, drop the one
 * that goes. */
static int step(const uint8_t *line, int n, int x)
{
    int in = x + REACH, out = x - REACH - 1;
    return (in < n ? strong(line[in]) : 0) - (out >= 0 ? strong(line[out]) : 0);
}

static int start(const uint8_t *line, int n)
{
    int sum = 0;
    for (int x = 0; x < REACH && x < n; x++)
        sum += strong(line[x]);
    return sum;
}

/* Whether the nearest line above or below that is not suspect looks the same there. */
static bool stands_beside(const struct vh_dropout_job *job, int y, int x, int most)
{
    ptrdiff_t stride = job->field.stride;
    const uint16_t *here = job->field.data + stride * y + x;
    for (int dir = -1; dir <= 1; dir += 2)
        for (int k = dir; k >= -2 && k <= 2 && y + k >= 0 && y + k < job->field.height; k += dir) {
            if (job->suspect[(ptrdiff_t)job->field.width * (y + k) + x])
                continue;
            if (abs(here[0] - here[stride * k]) < most)
                return true;
            break;
        }
    return false;
}

/* What a field's own lines explain is no loss but an edge that moved: half of the strong suspects around x.
 */
static bool is_explained(const struct vh_dropout_job *job, int y, int x)
{
    int n = job->field.width, most = codes(20 + 1.25f * job->sigma_8bit), balance = 0;
    const uint8_t *here = job->suspect + (ptrdiff_t)n * y;
    for (int i = x - REACH < 0 ? 0 : x - REACH; i <= x + REACH && i < n; i++)
        if (strong(here[i]))
            balance += stands_beside(job, y, i, most) ? 1 : -1;
    return balance >= 0;
}

/* The lines a streak may lie on and what is around: y - 3 to y + 3. */
enum { THICK = 3, SIDE = THICK, AROUND = 2 * SIDE + 1 };

/* Whether so many of the RUN samples around are suspect as a loss has. */
static bool is_run(int strong_ones)
{
    return 5 * strong_ones >= 3 * RUN;
}

/* Whether the streak on the middle line is at most THICK lines thick: with next to no suspects two lines
 * above and below, or one of THICK lines that are all lost with next to no suspects around them. */
static bool is_thin(const int run[AROUND])
{
    for (int above = 0; above < THICK; above++)
        if (5 * (run[above] + run[above + THICK + 1]) < 2 * RUN &&
            (above + 2 == SIDE ||
                (is_run(run[above + 1]) && is_run(run[above + 2]) && is_run(run[above + 3]))))
            return true;
    return false;
}

static void mark_runs(const struct vh_dropout_job *job, int y, uint8_t *mask)
{
    int n = job->field.width, last = job->field.height - 1, run[AROUND], until = 0;
    const uint8_t *line[AROUND];
    for (int k = 0; k < AROUND; k++) {
        int at = y + k - SIDE;
        line[k] = job->suspect + (ptrdiff_t)n * (at < 0 ? 0 : at > last ? last : at);
        run[k] = start(line[k], n);
    }
    for (int x = 0; x < n; x++) {
        for (int k = 0; k < AROUND; k++)
            run[k] += step(line[k], n, x);
        if (!is_run(run[SIDE]) || !is_thin(run) || is_explained(job, y, x))
            continue;
        int from = until && x - WIDEN < until + JOIN ? until : x - WIDEN;
        from = from < 0 ? 0 : from;
        until = x + WIDEN + 1 < n ? x + WIDEN + 1 : n;
        memset(mask + from, 1, (size_t)(until - from));
    }
}

/* From the end x of a mark, in direction dir, as far as faint suspects carry it. */
static void follow(const uint8_t *here, uint8_t *mask, int n, int x, int dir)
{
    for (;;) {
        int found = 0, far = 0;
        for (int k = 1; k <= AHEAD && x + k * dir >= 0 && x + k * dir < n && !mask[x + k * dir]; k++) {
            found += here[x + k * dir] != 0;
            far = here[x + k * dir] ? k : far;
        }
        if (found < CARRY)
            return;
        for (; far > 0; far--)
            mask[x += dir] = 1;
    }
}

static long mark_line(const struct vh_dropout_job *job, int y)
{
    int n = job->field.width;
    const uint8_t *here = job->suspect + (ptrdiff_t)n * y;
    uint8_t *mask = job->mask + (ptrdiff_t)n * y;
    long marked = 0;
    memset(mask, 0, (size_t)n);
    mark_runs(job, y, mask);
    if (!memchr(mask, 1, (size_t)n))
        return 0;
    for (int x = 0; x < n; x++)
        if (mask[x] && x + 1 < n && !mask[x + 1])
            follow(here, mask, n, x, 1);
    for (int x = n - 1; x >= 0; x--)
        if (mask[x] && x > 0 && !mask[x - 1])
            follow(here, mask, n, x, -1);
    for (int x = 0; x < n; x++)
        marked += mask[x];
    return marked;
}

long vh_dropout_mark(const struct vh_dropout_job *job, int y0, int y1)
{
    size_t width = (size_t)job->field.width;
    long marked = 0;
    for (int y = y0; y < y1; y++) {
        if (width && memchr(job->suspect + width * (size_t)y, VH_DROPOUT_STRONG, width))
            marked += mark_line(job, y);
        else
            memset(job->mask + width * (size_t)y, 0, width);
    }
    return marked;
}
