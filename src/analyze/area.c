/* Borders by means over 16 samples. */
#include "analyze/area.h"

#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { BLOCK = 16, MAX_VOTES = VH_AREA_MAX / 8 };

/* Black is 16; captures with a raised black reach 24. A border's block means stay below this, and within
 * SPREAD of each other. Noise of sigma 8 leaves 2 codes rms in a mean of 16, so 3 sigma of it fit. */
#define BORDER_MAX    24.0
#define BORDER_SPREAD 12.0
/* A frame votes when its middle is clearly brighter than black. */
#define MIN_PICTURE 40.0
/* The share of frames that must show at least this much border. */
#define AGREEMENT 0.9

/* Is the line of `n` samples, `step` apart, border? Only the middle 7/8 is looked at, so that a border at one
 * side does not hide that of another. */
static bool is_border(const uint16_t *data, ptrdiff_t step, int n)
{
    double low = 1e9, high = -1e9;
    for (int i = n / 16; i + BLOCK <= n - n / 16; i += BLOCK) {
        int sum = 0;
        for (int k = 0; k < BLOCK; k++)
            sum += data[(i + k) * step];
        double mean = (double)sum / BLOCK / VH_CODE;
        low = fmin(low, mean);
        high = fmax(high, mean);
        if (high > BORDER_MAX || high - low > BORDER_SPREAD)
            return false;
    }
    return high > -1e9;
}

static int count_border(const uint16_t *first, ptrdiff_t across, ptrdiff_t along, int n_across, int n_along)
{
    int count = 0;
    while (count < n_across / 3 && count < MAX_VOTES - 1 && is_border(first + count * across, along, n_along))
        count++;
    return count;
}

static double middle_mean(const struct vh_plane_const *p)
{
    double sum = 0;
    int n = 0;
    for (int y = p->height / 4; y < p->height * 3 / 4; y += 4)
        for (int x = p->width / 4; x < p->width * 3 / 4; x += 8, n++)
            sum += p->data[y * p->stride + x];
    return n ? sum / n / VH_CODE : 0;
}

void vh_area_add(struct vh_area *area, const struct vh_plane_const *luma)
{
    int w = luma->width, h = luma->height;
    if (w > VH_AREA_MAX || h > VH_AREA_MAX || w < 4 * BLOCK || h < 4 * BLOCK ||
        middle_mean(luma) < MIN_PICTURE)
        return;
    const uint16_t *last_row = luma->data + (ptrdiff_t)(h - 1) * luma->stride;
    area->width = w;
    area->height = h;
    area->n++;
    area->top[count_border(luma->data, luma->stride, 1, h, w)]++;
    area->bottom[count_border(last_row, -luma->stride, 1, h, w)]++;
    area->left[count_border(luma->data, 1, luma->stride, w, h)]++;
    area->right[count_border(luma->data + w - 1, -1, luma->stride, w, h)]++;
}

/* The largest border that AGREEMENT of the frames have at least. */
static int agreed(const int *votes, int n)
{
    int at_least = 0;
    for (int i = MAX_VOTES - 1; i > 0; i--) {
        at_least += votes[i];
        if (at_least >= AGREEMENT * n)
            return i;
    }
    return 0;
}

int vh_area_report(const struct vh_area *area, struct vh_profile *profile)
{
    const char *const key[] = {
        "geometry.crop_top", "geometry.crop_bottom", "geometry.crop_left", "geometry.crop_right"};
    const int *const votes[] = {area->top, area->bottom, area->left, area->right};
    int border[4], status = VH_OK;
    if (!area->n)
        return VH_OK;
    for (int i = 0; i < 4 && status == VH_OK; i++) {
        border[i] = agreed(votes[i], area->n);
        struct vh_measurement m = {
            .value = border[i], .n = area->n, .confidence = 1 - 1.0 / (1 + 0.25 * area->n)};
        snprintf(m.evidence, sizeof m.evidence, "black and flat in at least 90 %% of %d frames", area->n);
        status = vh_profile_set(profile, key[i], &m);
    }
    int box = border[0] < border[1] ? border[0] : border[1];
    if (status != VH_OK || box < area->height / 16)
        return status;
    struct vh_measurement m = {.value = 2, .n = area->n, .confidence = 1 - 1.0 / (1 + 0.25 * area->n)};
    snprintf(m.evidence, sizeof m.evidence, "%d black rows above, %d below", border[0], border[1]);
    return vh_profile_set(profile, "geometry.aspect", &m);
}
