/* Verdicts on a searched pair: dominant vector, quiet level of the match, and whether both fields show one
 * scene.
 *
 * A block has no match when its SAD is well above what noise costs and not much below what the window's own
 * texture would cost against its mean: motion explained nothing. Where most blocks have none, the scene
 * changed. Unlike a threshold on the difference alone this neither fires on noise nor misses cuts between
 * dark scenes.
 */
#include "core/memory.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    SAD_BIN = 16, /* SAD units per bin of the percentile histogram */
    SAD_BINS = 32768 / SAD_BIN,
    VECTOR_RANGE = 64,  /* bins of the vector histogram each way, one sample of S wide */
    ROUNDING_SAD = 128, /* 1 code per sample: 8-bit rounding and interpolation */
};
/* Cuts between the test clips: 0.49 and more (noise sigma 8: 0.3 and more); inside scenes at most 0.03. Fast
 * wipes and dissolves of a documentary reach 0.49, but not at once. */
static const float CUT_SHARE = 0.5f;    /* more without a match is a cut */
static const float SUDDEN_SHARE = 0.3f; /* this is one when it is so many times more than before */
static const float SUDDEN_RISE = 2.5f;

/* The value below which one in `part` of the blocks lies. */
static int quantile(const uint16_t *value, int n, int part)
{
    int bins[SAD_BINS] = {0};
    for (int i = 0; i < n; i++)
        bins[value[i] / SAD_BIN]++;
    int seen = 0, bin = 0;
    for (; bin < SAD_BINS - 1 && seen + bins[bin] < (n + part - 1) / part; bin++)
        seen += bins[bin];
    return bin * SAD_BIN + SAD_BIN / 2;
}

/* The most frequent vector to a sample, then the mean of the vectors around it. */
static void dominant(struct vh_pair *pair, int n)
{
    enum { SIDE = 2 * VECTOR_RANGE };
    uint16_t bins[SIDE * SIDE];
    memset(bins, 0, sizeof bins);
    int best = VECTOR_RANGE * SIDE + VECTOR_RANGE;
    for (int i = 0; i < n; i++) {
        int x = ((pair->q[i].x + 2) >> 2) + VECTOR_RANGE, y = ((pair->q[i].y + 2) >> 2) + VECTOR_RANGE;
        if (x < 0 || x >= SIDE || y < 0 || y >= SIDE)
            continue;
        int at = y * SIDE + x;
        if (bins[at] < UINT16_MAX)
            bins[at]++;
        if (bins[at] > bins[best])
            best = at;
    }
    int mx = 4 * (best % SIDE - VECTOR_RANGE), my = 4 * (best / SIDE - VECTOR_RANGE);
    int64_t sum_x = 0, sum_y = 0;
    int count = 0;
    for (int i = 0; i < n; i++)
        if (abs(pair->q[i].x - mx) <= 4 && abs(pair->q[i].y - my) <= 2) {
            sum_x += pair->mv[i].x;
            sum_y += pair->mv[i].y;
            count++;
        }
    pair->global_share = (float)count / (float)n;
    if (count) {
        int64_t half = count / 2;
        pair->global.x = (int16_t)((sum_x + (sum_x < 0 ? -half : half)) / count);
        pair->global.y = (int16_t)((sum_y + (sum_y < 0 ? -half : half)) / count);
    } else {
        pair->global = (struct vh_mv){(int16_t)mx, (int16_t)(2 * my)};
    }
}

void vh_pair_judge(const struct vh_motion_search *search, struct vh_pair *pair, const uint16_t *activity,
    const struct vh_pair *before)
{
    int n = search->n_x * search->n_y, lost = 0;
    int quiet = quantile(pair->sad, n, 5);
    /* Noise alone costs sqrt(2) times the activity it makes in the flattest blocks. */
    int noise = quantile(activity, n, 10) * 3 / 2 + ROUNDING_SAD;
    quiet = quiet < noise ? quiet : noise;
    if (before && before->present && quiet > before->quiet_sad + before->quiet_sad / 2)
        quiet = before->quiet_sad + before->quiet_sad / 2;
    for (int i = 0; i < n; i++)
        lost += pair->sad[i] > activity[i] / 2 + quiet * 3 / 2 + ROUNDING_SAD;
    pair->unmatched = (float)lost / (float)n;
    pair->quiet_sad = quiet;
    dominant(pair, n);
    pair->present = true;
}

float vh_pairs_settle(struct vh_pair *there, struct vh_pair *back, float before)
{
    float share = there->unmatched > back->unmatched ? there->unmatched : back->unmatched;
    there->cut = back->cut = share > CUT_SHARE || (share > SUDDEN_SHARE && share > SUDDEN_RISE * before);
    return share;
}
