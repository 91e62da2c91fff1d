/* Levels from block means per window. */
#include "analyze/levels.h"

#include "core/select.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 8, BLOCK_W = 16, BLOCK_H = 8, MIN_BLOCKS = 100 };

/* Share of the blocks at either end that a level starts from. */
#define TAIL 0.005
/* Histograms of two windows that differ by less (sum of differences of shares, 0 to 2) show one scene. */
#define SAME_SCENE 0.15

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

static struct vh_level_block measure_block(const uint16_t *data, ptrdiff_t stride)
{
    double sum = 0, square = 0;
    for (int y = 0; y < BLOCK_H; y++) {
        unsigned line = 0;
        for (int x = 0; x < BLOCK_W; x++)
            line += data[y * stride + x];
        double mean = (double)line / (BLOCK_W * VH_CODE);
        sum += mean;
        square += mean * mean;
    }
    double mean = sum / BLOCK_H, variance = fmax(0, square / BLOCK_H - mean * mean) * BLOCK_H / (BLOCK_H - 1);
    return (struct vh_level_block){(float)mean, (float)(variance / BLOCK_H)};
}

static int by_mean(const void *a, const void *b)
{
    float x = ((const struct vh_level_block *)a)->mean, y = ((const struct vh_level_block *)b)->mean;
    return (x > y) - (x < y);
}

/* The level at one end of the window's blocks (sorted): `sign` 1 = the dark end, -1 = the bright one. */
static double end_of(const struct vh_level_block *block, int n, int sign)
{
    int at = (int)(TAIL * n), first = sign > 0 ? at : n - 1 - at;
    double start = block[first].mean, level = start, error = 0;
    int m = 0;
    /* Blocks with an edge in them have lines that differ by more than noise: the quieter half tells. */
    for (int i = first; m < 2 * at + 8 && i >= 0 && i < n; i += sign, m++)
        error += fmin(block[i].error, 9);
    double sigma = sqrt(error / m), reach = 1 + 1.5 * sigma;
    for (int step = 0; step < 8; step++) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < n; i++)
            if (fabs(block[i].mean - level) <= reach)
                sum += block[i].mean, count++;
        level = count ? sum / count : level;
    }
    double most = start + sign * 2.5 * sigma;
    return sign > 0 ? fmin(level, fmax(most, start)) : fmax(level, fmin(most, start));
}

/* One field of every frame, by turns top and bottom: on tapes that flicker each has a gain of its own. The
 * outer sixteenth belongs to borders and head switching. */
static void look_at_frame(struct vh_levels *levels, const struct vh_plane_const *luma)
{
    if (levels->n_looked == VH_LEVELS_FRAMES)
        return;
    int parity = levels->n_looked & 1, w = luma->width, h = luma->height, n = 0;
    for (int y = h / 16 / 2 * 2 + parity; y + 2 * BLOCK_H <= h - h / 16; y += 2 * BLOCK_H)
        for (int x = w / 16; x + BLOCK_W <= w - w / 16 && n < VH_LEVELS_BLOCKS; x += BLOCK_W)
            levels->block[n++] = measure_block(luma->data + y * luma->stride + x, 2 * luma->stride);
    if (n < MIN_BLOCKS)
        return;
    qsort(levels->block, (size_t)n, sizeof *levels->block, by_mean);
    levels->frame_black[levels->n_looked] = end_of(levels->block, n, 1);
    levels->frame_white[levels->n_looked++] = end_of(levels->block, n, -1);
}

void vh_levels_add(
    struct vh_levels *levels, const struct vh_frame_stats *stats, const struct vh_image_const *frame)
{
    for (int i = 0; i < 256; i++) {
        levels->histogram[i] += stats->histogram[i];
        levels->total[i] += stats->histogram[i];
    }
    look_at_frame(levels, &frame->plane[0]);
    add_tint(levels, frame);
}

/* Whether this window's luma is spread like the last one's: the same scene. */
static bool is_same_scene(const struct vh_levels *levels)
{
    double n = 0, m = 0, apart = 0;
    for (int i = 0; i < 256; i++)
        n += levels->histogram[i], m += levels->last[i];
    for (int i = 0; i < 256 && n > 0 && m > 0; i++)
        apart += fabs(levels->histogram[i] / n - levels->last[i] / m);
    return n > 0 && m > 0 && apart < SAME_SCENE;
}

static double median_of(double *value, int n)
{
    double low = vh_select_rank(value, n, (n - 1) / 2);
    return (low + vh_select_rank(value, n, n / 2)) / 2;
}

void vh_levels_end_window(struct vh_levels *levels)
{
    int n = levels->n_looked;
    if (n > 0 && levels->n_windows < VH_LEVELS_WINDOWS && !(levels->n_windows && is_same_scene(levels))) {
        double black = median_of(levels->frame_black, n), white = median_of(levels->frame_white, n);
        if (white - black > MIN_SPAN) {
            levels->black[levels->n_windows] = black;
            levels->white[levels->n_windows++] = white;
            memcpy(levels->last, levels->histogram, sizeof levels->last);
        }
    }
    memset(levels->histogram, 0, sizeof levels->histogram);
    levels->n_looked = 0;
}

/* What several scenes end at. */
struct agreement {
    double level; /* their mean */
    int n;        /* how many */
    double range; /* between the outermost of them, codes */
};

/* The scenes within AGREE of value[i]. */
static struct agreement around(const double *value, int n, int i)
{
    struct agreement a = {.n = 0};
    double sum = 0, low = value[i], high = value[i];
    for (int k = 0; k < n; k++)
        if (fabs(value[k] - value[i]) < AGREE) {
            sum += value[k], a.n++;
            low = fmin(low, value[k]);
            high = fmax(high, value[k]);
        }
    a.level = sum / a.n;
    a.range = high - low;
    return a;
}

/* What the scenes nearest to the extreme of `value` agree on; a single scene gives way to a level that at
 * least three others share. */
static struct agreement extreme(const double *value, int n, int sign)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (sign * value[i] > sign * value[best])
            best = i;
    struct agreement alone = around(value, n, best), shared = alone;
    for (int i = 0; i < n && alone.n == 1; i++) {
        struct agreement a = around(value, n, i);
        if (a.n > shared.n)
            shared = a;
    }
    return shared.n >= 3 ? shared : alone;
}

/* One scene may simply have no black in it, and two be alike; several that end at the same code show a limit
 * of the tape: `doubt` / number of scenes is left, less where they end at the very same code. */
static double confidence_of(const struct agreement *a, double doubt)
{
    return a->n >= 2 ? 1 - doubt * (0.35 + a->range / AGREE) / a->n : 0.4;
}

/* Setup is the most that raises a tape's black, and a gain of 0.8 the least that decks play with: scenes that
 * end further in have no black or white in them, however many agree. */
static bool is_plausible(double level, int sign)
{
    static const double highest_black = SETUP_CODE + 2 * SETUP_TOLERANCE, lowest_white = 16 + 0.8 * 219;
    return sign < 0 ? level < highest_black : level > lowest_white;
}

static int report_end(const struct vh_levels *levels, const double *value, int sign, const char *key,
    struct vh_profile *profile)
{
    static const double doubtful = 0.6;
    int n = levels->n_windows;
    struct agreement a = extreme(value, n, sign);
    struct vh_measurement m = {.value = a.level, .n = n, .spread = a.range};
    m.confidence = confidence_of(&a, 0.7) * (is_plausible(a.level, sign) ? 1 : doubtful);
    snprintf(m.evidence, sizeof m.evidence, "%d of %d scenes end within %.1f codes of each other", a.n, n,
        a.range);
    return vh_profile_set(profile, key, &m);
}

static int report_setup(const struct vh_levels *levels, struct vh_profile *profile)
{
    int n = levels->n_windows;
    struct agreement black = extreme(levels->black, n, -1);
    bool setup = fabs(black.level - SETUP_CODE) < SETUP_TOLERANCE && black.n >= 2 && black.n * 10 >= n * 3;
    struct vh_measurement m = {.value = setup, .n = n, .confidence = 0.85};
    if (setup) /* made tapes end within 0.4 of it; a scene's own dark may end 2 beside it (n1) */
        m.confidence =
            confidence_of(&black, 0.5) * (1 - 0.5 * fabs(black.level - SETUP_CODE) / SETUP_TOLERANCE);
    snprintf(m.evidence, sizeof m.evidence, "darkest scenes end at %.1f (%d of %d); setup would be 32.4",
        black.level, black.n, n);
    return vh_profile_set(profile, "level.setup", &m);
}

/* Share of samples in a spike at `code`, in percent; 0 when it does not stand out from its neighbours. */
static double spike(const int *histogram, int code, int inward, double total)
{
    double next = 0;
    for (int i = 1; i <= 4; i++)
        next += histogram[code + i * inward] / 4.0;
    bool stands_out = histogram[code] > 4 * next + 0.0005 * total;
    /* A spike with nothing beside it is a caption's white or a border, drawn so. */
    return stands_out && 40 * next > histogram[code] ? 100 * histogram[code] / total : 0;
}

/* Noise blurs every level of a tape, so a spike at its nominal black or white was cut by the capture; in
 * clean pictures it is simply black or white. */
static bool is_noisy(const struct vh_profile *profile)
{
    double sigma;
    return vh_profile_defect(profile, "noise.luma", &sigma);
}

static int report_clipping(const struct vh_levels *levels, struct vh_profile *profile)
{
    static const int low[] = {0, 1, 16}, high[] = {255, 254, 235};
    int n_codes = is_noisy(profile) ? 3 : 2;
    double total = 0, black = 0, white = 0;
    for (int i = 0; i < 256; i++)
        total += levels->total[i];
    for (int i = 0; i < n_codes; i++) {
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
