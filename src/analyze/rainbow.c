/* Colour over standing detail by what it does from frame to frame. */
#include "analyze/rainbow.h"

#include "core/select.h"
#include "core/status.h"
#include "evidence/false_colour.h"
#include "frame/carrier.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FRAMES = 4,  /* compared with each other */
    PIECE = 8,   /* luma samples: colour of 0.5 MHz changes little over them */
    LINES = 7,   /* every one of so many chroma lines */
    EVERY = 6,   /* frames from one comparison to the next */
    LEAST = 300, /* pieces that a tape must have */
};

/* Codes: luma that differs by more from frame to frame moves; detail that is weaker makes no colour to speak
 * of. */
static const double still = 6, detail = 4;

/* Whether luma from line[0][x] on stands still over all frames and has detail. */
static bool is_standing(const uint16_t *const line[FRAMES], int x)
{
    long moved[FRAMES - 1] = {0}, fine = 0;
    for (int i = x; i < x + PIECE; i++) {
        for (int k = 0; k < FRAMES - 1; k++)
            moved[k] += abs(line[k][i] - line[k + 1][i]);
        fine += abs(line[0][i] - line[0][i + 2]);
    }
    if (fine < (long)(detail * PIECE * VH_CODE))
        return false;
    for (int k = 0; k < FRAMES - 1; k++)
        if (moved[k] > (long)(still * PIECE * VH_CODE) || moved[k] > fine)
            return false;
    return true;
}

/* Alternating power of a piece of one chroma plane. */
static double alternation(const struct vh_image_const *const frame[FRAMES], int plane, int x, int y)
{
    int n = PIECE >> frame[0]->sub_x;
    double c[FRAMES];
    for (int k = 0; k < FRAMES; k++) {
        const struct vh_plane_const *p = &frame[k]->plane[plane];
        const uint16_t *at = p->data + y * p->stride + (x >> frame[0]->sub_x);
        c[k] = 0;
        for (int i = 0; i < n; i++)
            c[k] += at[i];
        c[k] /= n * VH_CODE;
    }
    double a = c[0] - c[1], between = c[1] - c[2], b = c[2] - c[3], power = a * b / 4;
    return power > 0 ? fmin(power, fmax(0, -between * (a + b) / 8)) : power;
}

static void compare(struct vh_rainbow *r, const struct vh_image_const *const frame[FRAMES])
{
    const struct vh_plane_const *chroma = &frame[0]->plane[1];
    int sub_y = frame[0]->sub_y, width = frame[0]->plane[0].width;
    for (int y = chroma->height / 16; y < chroma->height - chroma->height / 12; y += LINES) {
        /* A luma line of the same field. */
        int luma = sub_y ? (y >> 1) * 4 + (y & 1) : y;
        const uint16_t *line[FRAMES];
        for (int k = 0; k < FRAMES; k++)
            line[k] = frame[k]->plane[0].data + luma * frame[k]->plane[0].stride;
        for (int x = 2 * PIECE; x + 3 * PIECE <= width && r->standing.n < VH_RAINBOW_PIECES; x += PIECE)
            if (is_standing(line, x))
                r->standing.amplitude2[r->standing.n++] =
                    (float)(alternation(frame, 1, x, y) + alternation(frame, 2, x, y));
    }
}

void vh_rainbow_add(struct vh_rainbow *rainbow, const struct vh_image_const *frame, int n)
{
    if (n < 1 || frame[0].n_planes < 3)
        return;
    int step = vh_is_525(frame[0].plane[0].height) ? 1 : 2;
    for (int first = 0; first + (FRAMES - 1) * step < n; first += EVERY) {
        const struct vh_image_const *at[FRAMES];
        for (int k = 0; k < FRAMES; k++)
            at[k] = &frame[first + k * step];
        compare(rainbow, at);
    }
}

void vh_rainbow_add_moving(
    struct vh_rainbow *rainbow, const struct vh_window *window, const struct vh_motion *motion)
{
    struct vh_rainbow_pieces *r = &rainbow->moving;
    struct vh_false_colour_job job;
    struct vh_false_colour found;
    if (!vh_false_colour_open(&job, window, motion))
        return;
    int n_x = job.now.plane[0].width / VH_FALSE_COLOUR_W, n_y = job.now.plane[0].height / VH_FALSE_COLOUR_H;
    for (int by = n_y / 16; by < n_y - n_y / 12; by++)
        for (int bx = 1; bx < n_x - 1 && r->n < VH_RAINBOW_PIECES; bx++)
            if (vh_false_colour_look(&found, &job, bx, by) && !isnan(found.amplitude2))
                r->amplitude2[r->n++] = (float)found.amplitude2;
}

static struct vh_measurement level_of(struct vh_rainbow_pieces *pieces, const char *how)
{
    static const double by_chance = 0.6,
                        surely = 0.85; /* shares of what alternates that goes the right way */
    int n = pieces->n, with = 0, against = 0;
    if (n < LEAST)
        return (struct vh_measurement){.value = 0};
    for (int i = 0; i < n; i++) {
        with += pieces->amplitude2[i] > 0.5f;
        against += pieces->amplitude2[i] < -0.5f;
    }
    double high = (double)vh_select_rank_float(pieces->amplitude2, n, n - 1 - n / 10),
           low = (double)vh_select_rank_float(pieces->amplitude2, n, n / 10);
    double share = with ? (double)with / (with + against) : 0;
    struct vh_measurement m = {.n = n, .value = sqrt(fmax(0, high + fmin(low, 0)))};
    /* Nothing there is as sure as that there are pieces; something, as they agree. */
    m.confidence =
        m.value < 0.5 ? 0.8 : 0.2 + 0.8 * fmin(fmax((share - by_chance) / (surely - by_chance), 0), 1);
    snprintf(m.evidence, sizeof m.evidence, "%d of %d %s pieces alternate with the carrier, %d against it",
        with, n, how, against);
    return m;
}

int vh_rainbow_report(struct vh_rainbow *rainbow, struct vh_profile *profile)
{
    static const double sure = 0.6; /* profile_keys.c */
    struct vh_measurement m = level_of(&rainbow->standing, "standing"),
                          moving = level_of(&rainbow->moving, "moving");
    if (!m.n || (moving.value > m.value && moving.confidence >= sure))
        m = moving;
    return m.n ? vh_profile_set(profile, "rainbow.level", &m) : VH_OK;
}
