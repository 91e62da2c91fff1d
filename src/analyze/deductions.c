/* Thresholds between what is known of tape formats. */
#include "analyze/deductions.h"

#include "core/status.h"
#include "frame/carrier.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int deduce_standard(struct vh_profile *profile, int n_lines, double frame_rate)
{
    enum { LINES_525, LINES_625, OTHER };
    bool fast = fabs(frame_rate - 30) < 0.1 || fabs(frame_rate - 60) < 0.2;
    bool slow = fabs(frame_rate - 25) < 0.1 || fabs(frame_rate - 50) < 0.2;
    struct vh_measurement m = {.value = OTHER, .confidence = 0.9, .n = 1};
    if (frame_rate <= 0)
        return VH_OK;
    if (vh_is_525(n_lines) && fast)
        m.value = LINES_525, m.confidence = 1;
    if (n_lines == 576 && slow)
        m.value = LINES_625, m.confidence = 1;
    snprintf(m.evidence, sizeof m.evidence, "%d lines, %.2f frames per second", n_lines, frame_rate);
    return vh_profile_set(profile, "standard", &m);
}

static int deduce_speed(struct vh_profile *profile)
{
    enum { SP, LP, EP };
    static const double widest = 3.4, sp_lp = 2.7, lp_ep = 2.1, doubt = 0.3;
    const struct vh_measurement *corner = vh_profile_get(profile, "response.corner");
    if (!corner || corner->value <= 0 || corner->value > widest)
        return VH_OK;
    struct vh_measurement m = {.n = corner->n};
    m.value = corner->value > sp_lp ? SP : corner->value > lp_ep ? LP : EP;
    double edge = fmin(fabs(corner->value - sp_lp), fabs(corner->value - lp_ep));
    m.confidence = corner->confidence * fmin(0.9, 0.5 + 0.4 * edge / doubt);
    snprintf(m.evidence, sizeof m.evidence, "luma ends at %.2f MHz (SP 3.0, LP 2.4, EP 1.8)", corner->value);
    return vh_profile_set(profile, "tape.speed", &m);
}

/* Adds how far `key` has gone from `good` to `bad`, and its confidence. */
static void add_part(const struct vh_profile *profile, const char *key, double good, double bad, double *sum,
    double *confidence, int *n)
{
    const struct vh_measurement *m = vh_profile_get(profile, key);
    if (!m)
        return;
    *sum += fmin(1, fmax(0, (m->value - good) / (bad - good)));
    *confidence += m->confidence;
    ++*n;
}

static int deduce_generation(struct vh_profile *profile, int n_lines)
{
    double sum = 0, confidence = 0, lowered = n_lines >= 500 ? 3 : 1.5;
    int n = 0;
    add_part(profile, "response.corner", 3.0, 1.6, &sum, &confidence, &n);
    add_part(profile, "noise.luma", 2, 8, &sum, &confidence, &n);
    add_part(profile, "chroma.delay_y", 0, lowered, &sum, &confidence, &n);
    if (n < 3)
        return VH_OK;
    struct vh_measurement m = {.value = sum / n, .confidence = confidence / n * 0.8, .n = n};
    snprintf(m.evidence, sizeof m.evidence, "luma bandwidth, noise and lowered chroma together");
    return vh_profile_set(profile, "generation.index", &m);
}

/* What is said of single lines, or in units of a tape's raster, does not hold for a picture of more lines
 * than any tape has: it was made by something else, or scaled. Half of the confidence switches nothing on. */
static int distrust_raster(struct vh_profile *profile, int n_lines)
{
    enum { MOST_LINES = 608 }; /* 576 and what captures with the blanking above have */
    static const char *const of_lines[] = {"chroma.delay", "dotcrawl", "dropout", "flagging", "halo",
        "headswitch", "jitter", "rainbow", "response", "tracking"};
    int n, status = VH_OK;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    for (int i = 0; n_lines > MOST_LINES && i < n && status == VH_OK; i++) {
        const struct vh_measurement *found = vh_profile_get(profile, key[i].key);
        bool counts = false;
        for (size_t k = 0; k < sizeof of_lines / sizeof *of_lines; k++)
            counts = counts || !strncmp(key[i].key, of_lines[k], strlen(of_lines[k]));
        if (!found || !counts)
            continue;
        struct vh_measurement m = *found;
        m.confidence *= 0.5;
        status = vh_profile_set(profile, key[i].key, &m);
    }
    return status;
}

int vh_deduce(struct vh_profile *profile, int n_lines, double frame_rate)
{
    int status = deduce_standard(profile, n_lines, frame_rate);
    if (status == VH_OK)
        status = deduce_speed(profile);
    if (status == VH_OK)
        status = deduce_generation(profile, n_lines);
    return status == VH_OK ? distrust_raster(profile, n_lines) : status;
}
