/* Levels from percentiles of window histograms. */
#include "analyze/levels.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 8 };

/* A window takes part when its darkest and brightest differ by this much: a flat window says nothing about
 * either. */
#define MIN_SPAN 40.0
/* Windows agree on black (white) when they lie within this of the extreme. */
#define AGREE 3.0
/* Setup sits at 32; 3 codes either way for noise and calibration. */
#define SETUP_CODE      32.4
#define SETUP_TOLERANCE 3.5

/* Samples within this of neutral vote on the tint; more is colour. */
#define NEUTRAL 10

static void add_tint(struct vh_levels *levels, const struct vh_image_const *frame)
{
    if (frame->n_planes < 3)
        return;
    const struct vh_plane_const *u = &frame->plane[1], *v = &frame->plane[2];
    for (int y = 0; y < u->height; y += STEP)
        for (int x = u->width / 16; x < u->width - u->width / 16; x += STEP) {
            double a = (double)u->data[y * u->stride + x] / VH_CODE - 128;
            double b = (double)v->data[y * v->stride + x] / VH_CODE - 128;
            if (fabs(a) > NEUTRAL || fabs(b) > NEUTRAL)
                continue;
            levels->chroma[0] += a;
            levels->chroma[1] += b;
            levels->n_neutral++;
        }
}

void vh_levels_add(
    struct vh_levels *levels, const struct vh_frame_stats *stats, const struct vh_image_const *frame)
{
    for (int i = 0; i < 256; i++) {
        levels->histogram[i] += stats->histogram[i];
        levels->total[i] += stats->histogram[i];
    }
    add_tint(levels, frame);
}

void vh_levels_end_window(struct vh_levels *levels)
{
    double black = vh_frame_stats_percentile(levels->histogram, 0.005);
    double white = vh_frame_stats_percentile(levels->histogram, 0.995);
    if (white - black > MIN_SPAN && levels->n_windows < VH_LEVELS_WINDOWS) {
        levels->black[levels->n_windows] = black;
        levels->white[levels->n_windows++] = white;
    }
    memset(levels->histogram, 0, sizeof levels->histogram);
}

/* The extreme of `value` and how many agree with it. */
static double extreme(const double *value, int n, int sign, int *agree)
{
    double best = value[0];
    for (int i = 1; i < n; i++)
        if (sign * value[i] > sign * best)
            best = value[i];
    *agree = 0;
    for (int i = 0; i < n; i++)
        *agree += fabs(value[i] - best) < AGREE;
    return best;
}

static int report_end(const struct vh_levels *levels, const double *value, int sign, const char *key,
    struct vh_profile *profile)
{
    int agree, n = levels->n_windows;
    struct vh_measurement m = {.value = extreme(value, n, sign, &agree), .n = n};
    /* One window may simply have no black in it; several that end at the same code show a limit of the tape.
     */
    m.confidence = agree >= 2 ? 1 - 1.0 / (1 + agree) : 0.4;
    snprintf(m.evidence, sizeof m.evidence, "%d of %d windows end within 3 codes of it", agree, n);
    return vh_profile_set(profile, key, &m);
}

static int report_setup(const struct vh_levels *levels, struct vh_profile *profile)
{
    int agree, n = levels->n_windows;
    double black = extreme(levels->black, n, -1, &agree);
    bool setup = fabs(black - SETUP_CODE) < SETUP_TOLERANCE && agree >= 3 && agree * 10 >= n * 3;
    struct vh_measurement m = {.value = setup, .n = n, .confidence = setup ? 1 - 1.0 / (1 + agree) : 0.8};
    snprintf(m.evidence, sizeof m.evidence, "darkest windows end at %.1f (%d of %d); setup would be 32.4",
        black, agree, n);
    return vh_profile_set(profile, "level.setup", &m);
}

/* Share of samples in a spike at `code`, in percent; 0 when it does not stand out from its neighbours. */
static double spike(const int *histogram, int code, int inward, double total)
{
    double next = 0;
    for (int i = 1; i <= 4; i++)
        next += histogram[code + i * inward] / 4.0;
    return histogram[code] > 4 * next + 0.0005 * total ? 100 * histogram[code] / total : 0;
}

static int report_clipping(const struct vh_levels *levels, struct vh_profile *profile)
{
    static const int low[] = {0, 1, 16}, high[] = {255, 254, 235};
    double total = 0, black = 0, white = 0;
    for (int i = 0; i < 256; i++)
        total += levels->total[i];
    for (int i = 0; i < 3; i++) {
        black = fmax(black, spike(levels->total, low[i], 1, total));
        white = fmax(white, spike(levels->total, high[i], -1, total));
    }
    struct vh_measurement m = {.value = black, .confidence = 0.9, .n = levels->n_windows};
    snprintf(m.evidence, sizeof m.evidence, "spikes at codes 0, 1, 16 of the histogram");
    int status = vh_profile_set(profile, "level.clipped_black", &m);
    m.value = white;
    snprintf(m.evidence, sizeof m.evidence, "spikes at codes 235, 254, 255 of the histogram");
    return status == VH_OK ? vh_profile_set(profile, "level.clipped_white", &m) : status;
}

static int report_tint(const struct vh_levels *levels, struct vh_profile *profile)
{
    static const char *const key[] = {"chroma.offset_u", "chroma.offset_v"};
    int status = VH_OK;
    for (int i = 0; i < 2 && status == VH_OK && levels->n_neutral > 1000; i++) {
        /* A tint is only believed when much of the picture is nearly neutral; scenes have colours of their
         * own, so the confidence stays below what switches a correction on unless a person asks. */
        struct vh_measurement m = {
            .value = levels->chroma[i] / levels->n_neutral, .confidence = 0.5, .n = levels->n_windows};
        snprintf(m.evidence, sizeof m.evidence, "mean of %.0f nearly neutral samples", levels->n_neutral);
        status = vh_profile_set(profile, key[i], &m);
    }
    return status;
}

int vh_levels_report(const struct vh_levels *levels, int n_lines, struct vh_profile *profile)
{
    if (!levels->n_windows)
        return VH_OK;
    int status = report_end(levels, levels->black, -1, "level.black", profile);
    if (status == VH_OK)
        status = report_end(levels, levels->white, 1, "level.white", profile);
    if (status == VH_OK && n_lines < 500)
        status = report_setup(levels, profile);
    if (status == VH_OK)
        status = report_clipping(levels, profile);
    return status == VH_OK ? report_tint(levels, profile) : status;
}
