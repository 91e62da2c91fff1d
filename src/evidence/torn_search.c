/* Whole-sample displacement of a torn line. */
#include "torn_search.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    REACH = TORN_FARTHEST,
    MARGIN = 8, /* samples at the ends of a line that do not count */
    STEP = 2,   /* every second sample */
    WRONG = 40, /* codes: further off is as wrong */
    AROUND = 4, /* samples beside the best displacement that are no other place */
    LEAST_WIDTH = 4 * (REACH + MARGIN),
};

/* Mean difference per sample, sixteenths of a code. */
static int cost_at(const uint16_t *own, const uint16_t *other, int n)
{
    int32_t sum = 0;
    for (int x = 0; x < n; x += STEP) {
        int d = abs((own[x] >> 4) - (other[x] >> 4));
        sum += d < WRONG * 16 ? d : WRONG * 16;
    }
    return sum * STEP / n;
}

static int nearest_other(const int *cost, int best)
{
    int least = INT32_MAX;
    for (int d = -REACH; d <= REACH; d++)
        if (abs(d - best) > AROUND && cost[REACH + d] < least)
            least = cost[REACH + d];
    return least;
}

int torn_search(const uint16_t *own, const uint16_t *prediction, int width, float sigma_8bit)
{
    int cost[2 * REACH + 1], best = 0, n = width - 2 * (REACH + MARGIN);
    int floor_ = (int)(16 * (4 + 2 * sigma_8bit));
    if (width < LEAST_WIDTH)
        return 0;
    own += REACH + MARGIN;
    prediction += REACH + MARGIN;
    cost[REACH] = cost_at(own, prediction, n);
    if (cost[REACH] < floor_)
        return 0;
    for (int d = -REACH; d <= REACH; d++) {
        cost[REACH + d] = cost_at(own, prediction + d, n);
        best = cost[REACH + d] < cost[REACH + best] ? d : best;
    }
    bool much = 2 * cost[REACH + best] < cost[REACH],
         alone = 10 * cost[REACH + best] < 8 * nearest_other(cost, best);
    return abs(best) >= TORN_NEAREST && abs(best) < REACH && much && alone ? best : 0;
}
