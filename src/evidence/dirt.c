/* Spots by flooding the map of suspects. */
#include "evidence/dirt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 400, /* samples of a spot; a flood that finds more is no spot, and says so to what it left over */
    LEAST = 12,
    MOST_WIDE = 40,
    MOST_TALL = 12,
    RIM_X = 6, /* samples and lines about the box that should be free of suspects */
    RIM_Y = 3,
    WIDEN_X = 2,
    WIDEN_Y = 1,
};

enum { UNSEEN, SEEN, TOO_MUCH };

struct spot {
    int x0, x1, y0, y1, n, n_strong; /* the box, its ends included */
    bool failed;
    int at[MOST]; /* places in the map */
};

/* Collects what hangs together with a suspect (its four neighbours, and theirs). */
static void flood(struct spot *s, const struct vh_dropout_job *job, uint8_t *seen, int x, int y)
{
    const int w = job->field.width, h = job->field.height;
    *s = (struct spot){.x0 = x, .x1 = x, .y0 = y, .y1 = y, .n = 1};
    s->at[0] = y * w + x;
    seen[s->at[0]] = SEEN;
    for (int i = 0; i < s->n; i++) {
        int px = s->at[i] % w, py = s->at[i] / w;
        const int beside[4][2] = {{px - 1, py}, {px + 1, py}, {px, py - 1}, {px, py + 1}};
        s->n_strong += job->suspect[s->at[i]] == VH_DROPOUT_STRONG;
        s->x0 = px < s->x0 ? px : s->x0, s->x1 = px > s->x1 ? px : s->x1;
        s->y0 = py < s->y0 ? py : s->y0, s->y1 = py > s->y1 ? py : s->y1;
        for (int k = 0; k < 4; k++) {
            int nx = beside[k][0], ny = beside[k][1], at = ny * w + nx;
            if (nx < 0 || ny < 0 || nx >= w || ny >= h || !job->suspect[at] || seen[at] == SEEN)
                continue;
            if (seen[at] == TOO_MUCH || s->n == MOST) {
                s->failed = true;
                continue;
            }
            seen[at] = SEEN;
            s->at[s->n++] = at;
        }
    }
    for (int i = 0; i < s->n && s->failed; i++)
        seen[s->at[i]] = TOO_MUCH;
}

static bool is_compact(const struct spot *s)
{
    int wide = s->x1 - s->x0 + 1, tall = s->y1 - s->y0 + 1;
    return !s->failed && s->n >= LEAST && wide >= 3 && wide <= MOST_WIDE && tall >= 2 && tall <= MOST_TALL &&
           2 * s->n >= wide * tall && 5 * s->n_strong >= 3 * s->n;
}

/* Whether nothing else is suspect about the box, and all of the spot is brighter, or darker, than what is
 * there. */
static bool stands_alone(const struct spot *s, const struct vh_dropout_job *job)
{
    static const int apart = 24, least = 8; /* codes: of the means, and of each sample */
    const int w = job->field.width, h = job->field.height;
    long sum = 0, mean = 0, others = 0, n = 0;
    int to_side = 0;
    for (int y = s->y0 - RIM_Y; y <= s->y1 + RIM_Y; y++)
        for (int x = s->x0 - RIM_X; x <= s->x1 + RIM_X; x++) {
            bool inside = x >= s->x0 && x <= s->x1 && y >= s->y0 && y <= s->y1;
            if (inside || x < 0 || y < 0 || x >= w || y >= h)
                continue;
            if (job->suspect[(ptrdiff_t)y * w + x])
                others++;
            else
                sum += job->field.data[y * job->field.stride + x], n++;
        }
    if (n < 32 || 12 * others > n)
        return false;
    sum /= n;
    for (int i = 0; i < s->n; i++)
        mean += job->field.data[s->at[i] / w * job->field.stride + s->at[i] % w];
    mean = mean / s->n - sum;
    if (labs(mean) < apart * VH_CODE)
        return false;
    for (int i = 0; i < s->n; i++) {
        long d = job->field.data[s->at[i] / w * job->field.stride + s->at[i] % w] - sum;
        to_side += mean > 0 ? d > least * VH_CODE : d < -least * VH_CODE;
    }
    return 10 * to_side >= 9 * s->n;
}

static long mark_spot(const struct spot *s, const struct vh_dropout_job *job)
{
    const int w = job->field.width, h = job->field.height;
    long marked = 0;
    for (int i = 0; i < s->n; i++) {
        int px = s->at[i] % w, py = s->at[i] / w;
        for (int y = py - WIDEN_Y; y <= py + WIDEN_Y; y++)
            for (int x = px - WIDEN_X; x <= px + WIDEN_X; x++) {
                if (x < 0 || y < 0 || x >= w || y >= h || job->mask[(ptrdiff_t)y * w + x])
                    continue;
                job->mask[(ptrdiff_t)y * w + x] = 1;
                marked++;
            }
    }
    return marked;
}

int vh_dirt_mark(const struct vh_dropout_job *job, uint8_t *seen, long *samples)
{
    const int w = job->field.width, h = job->field.height;
    struct spot spot;
    int n = 0;
    *samples = 0;
    memset(seen, UNSEEN, (size_t)w * (size_t)h);
    for (int y = 0; y < h; y++) {
        const uint8_t *line = job->suspect + (ptrdiff_t)y * w;
        if (!memchr(line, VH_DROPOUT_STRONG, (size_t)w))
            continue;
        for (int x = 0; x < w; x++) {
            if (line[x] != VH_DROPOUT_STRONG || seen[(ptrdiff_t)y * w + x])
                continue;
            flood(&spot, job, seen, x, y);
            if (!is_compact(&spot) || !stands_alone(&spot, job))
                continue;
            *samples += mark_spot(&spot, job);
            n++;
        }
    }
    return n;
}
