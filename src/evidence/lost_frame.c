/* Four pictures around the gap go through the motion search; three fields of vectors are compared block by
 * block.
 */
#include "evidence/lost_frame.h"

#include "core/status.h"

#include <math.h>
#include <stdlib.h>

/* Vectors are in quarter samples of the reduced plane and quarter frame lines. */
enum {
    MOVING = 8,      /* quarters that one more frame has to make at a block, so that it cannot be mistaken */
    TEXTURE = 512,   /* sum of deviations over the 128 samples of a block: four codes each */
    MIN_BLOCKS = 24, /* that move, for a verdict */
};
#define NEARER      0.35f /* of what one frame makes */
#define AGREED      0.4f /* share of the moving blocks that has to say the same number: losses 0.49 to 0.95 */
#define AT_REST     0.15f /* at most this share may say that none is missing: losses 0.03, others 0.76 */
#define GLOBAL      0.5f  /* share of blocks that move alike, for the mean vectors to count */
#define CUT_SHARE   0.4f  /* share of blocks without a match across that is another scene */
#define CUT_RISE    2     /* how much more than on the sides such a block costs */
#define SLOWEST     1.0   /* quarters per frame of a mean vector that can be multiplied */
#define ALIKE       0.45  /* part of it by which it may differ before and behind, */
#define NEAR_ENOUGH 0.38  /* and part of what a frame makes by which the vector across may be off */

struct speeds {
    const struct vh_motion_ref *before, *across, *behind;
    const uint16_t *activity; /* of the field behind the gap */
    int n;                    /* blocks */
};

/* True when the vector across is nearer to `factor` times the speed than to what one frame more or less
 * makes: speeds of hand-held cameras change from field to field. */
static bool fits(const struct speeds *s, int i, int factor)
{
    struct vh_mv a = s->before->mv[i], b = s->behind->mv[i], g = s->across->mv[i];
    float x = 0.5f * (float)(a.x + b.x), y = 0.5f * (float)(a.y + b.y);
    float off = hypotf((float)g.x - (float)factor * x, (float)g.y - (float)factor * y);
    return off <= 1 + NEARER * hypotf(x, y);
}

/* A block with enough texture to be found again, and whose place was found on all three ways. */
static bool is_sure(const struct speeds *s, int i)
{
    int half = s->activity[i] / 2;
    return s->activity[i] >= TEXTURE && s->before->sad[i] < half && s->across->sad[i] < half &&
           s->behind->sad[i] < half;
}

/* A block whose speed is the same before and behind, and more than nothing. */
static bool is_steady(const struct speeds *s, int i)
{
    struct vh_mv a = s->before->mv[i], b = s->behind->mv[i];
    int size = abs(a.x) + abs(a.y) + abs(b.x) + abs(b.y);
    return is_sure(s, i) && abs(a.x - b.x) <= 2 + size / 6 && abs(a.y - b.y) <= 2 + size / 6 &&
           size >= 2 * MOVING;
}

/* How many of the steady blocks moved by `factor` times their speed. */
static int count_fits(const struct speeds *s, int factor)
{
    int n = 0;
    for (int i = 0; i < s->n; i++)
        n += is_steady(s, i) && fits(s, i, factor);
    return n;
}

/* What one field of each frame says. */
struct verdict {
    int n_lost;
    float confidence;
    bool none; /* the motion just goes on: nothing can be missing */
    bool cut;
};

/* False when too few blocks move to tell. */
static bool judge_blocks(struct verdict *v, const struct speeds *s)
{
    int steady = 0, best = 0;
    for (int i = 0; i < s->n; i++)
        steady += is_steady(s, i);
    if (steady < MIN_BLOCKS)
        return false;
    int none = count_fits(s, 1);
    for (int n = 1; n <= VH_LOST_MOST; n++) {
        int count = count_fits(s, n + 1);
        if (count > best) {
            best = count;
            v->n_lost = n;
        }
    }
    v->none = none > best;
    if ((float)best < AGREED * (float)steady || (float)none > AT_REST * (float)steady)
        v->n_lost = 0;
    else
        v->confidence = (float)best / (float)steady;
    return true;
}

/* Mean of the vectors around the most frequent one. */
static bool mean_vector(const struct vh_motion_ref *ref, int n, double mean[2])
{
    int64_t x = 0, y = 0;
    int count = 0;
    for (int i = 0; i < n; i++)
        if (abs(ref->mv[i].x - ref->global.x) <= 6 && abs(ref->mv[i].y - ref->global.y) <= 6) {
            x += ref->mv[i].x;
            y += ref->mv[i].y;
            count++;
        }
    mean[0] = count ? (double)x / count : 0;
    mean[1] = count ? (double)y / count : 0;
    return (float)count >= GLOBAL * (float)n;
}

static void judge_whole(struct verdict *verdict, const struct speeds *s)
{
    double a[2], b[2], g[2];
    if (!mean_vector(s->before, s->n, a) || !mean_vector(s->behind, s->n, b) ||
        !mean_vector(s->across, s->n, g))
        return;
    double v[2] = {0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])}, size = hypot(v[0], v[1]);
    if (size < SLOWEST || hypot(a[0] - b[0], a[1] - b[1]) > ALIKE * size)
        return;
    double factor = (g[0] * v[0] + g[1] * v[1]) / (size * size);
    int n = (int)lrint(factor - 1);
    double off = hypot(g[0] - (n + 1) * v[0], g[1] - (n + 1) * v[1]);
    if (n < 0 || n > VH_LOST_MOST || off > NEAR_ENOUGH * size)
        return;
    verdict->none = n == 0;
    verdict->n_lost = n;
    verdict->confidence = n ? (float)(1 - off / size) : 0;
}

/* A pair of pictures, the earlier one first, with nothing before it: vectors found across the gap must not be
 * suggested to the pairs beside it. `parity` 2: whole pictures. */
static int push_pair(struct vh_motion_search *search, const struct vh_plane_const *a,
    const struct vh_plane_const *b, int parity)
{
    struct vh_plane_const first = parity == 2 ? *a : vh_plane_field_read(*a, parity);
    struct vh_plane_const second = parity == 2 ? *b : vh_plane_field_read(*b, parity);
    int status = vh_motion_search_push(search, &first, parity, true);
    return status == VH_OK ? vh_motion_search_push(search, &second, parity, false) : status;
}

static int push_all(const struct vh_lost_frame_job *job, int parity)
{
    vh_motion_search_reset(job->search);
    int status = push_pair(job->search, &job->before[1], &job->before[0], parity);
    if (status == VH_OK)
        status = push_pair(job->search, &job->before[0], &job->behind[0], parity);
    return status == VH_OK ? push_pair(job->search, &job->behind[0], &job->behind[1], parity) : status;
}

/* The search compares a pair with those before it; here each stands alone, so blocks are compared with the
 * sides: without a match is what leaves half of its texture and several times what a match costs there. */
static bool is_cut(const struct speeds *s)
{
    int unmatched = 0;
    for (int i = 0; i < s->n; i++) {
        int calm = s->before->sad[i] > s->behind->sad[i] ? s->before->sad[i] : s->behind->sad[i];
        unmatched += s->across->sad[i] > s->activity[i] / 2 && s->across->sad[i] > CUT_RISE * calm;
    }
    return s->across->cut || (float)unmatched > CUT_SHARE * (float)s->n;
}

static int ask(struct verdict *verdict, const struct vh_lost_frame_job *job, int parity)
{
    struct vh_motion m[3];
    *verdict = (struct verdict){0};
    int status = push_all(job, parity);
    for (int i = 0; i < 3 && status == VH_OK; i++)
        status = vh_motion_search_get(job->search, 2 * i + 1, &m[i]);
    if (status != VH_OK)
        return status;
    struct speeds s = {.before = &m[0].ref[VH_MOTION_REACH - 1],
        .across = &m[1].ref[VH_MOTION_REACH - 1],
        .behind = &m[2].ref[VH_MOTION_REACH - 1],
        .activity = m[1].activity,
        .n = m[1].n_x * m[1].n_y};
    if (!s.before->present || !s.across->present || !s.behind->present)
        return VH_OK;
    verdict->cut = is_cut(&s);
    if (verdict->cut || s.before->cut || s.behind->cut)
        return VH_OK;
    if (!judge_blocks(verdict, &s))
        judge_whole(verdict, &s);
    return VH_OK;
}

int vh_lost_frame_measure(struct vh_lost_frame *lost, const struct vh_lost_frame_job *job)
{
    struct verdict first, other = {0};
    *lost = (struct vh_lost_frame){0};
    int status = ask(&first, job, job->whole ? 2 : 0);
    if (status == VH_OK && first.n_lost && !job->whole)
        status = ask(&other, job, 1);
    lost->cut = first.cut;
    if (status == VH_OK && !other.none) {
        lost->n_lost = first.n_lost;
        lost->confidence = first.confidence;
    }
    return status;
}
