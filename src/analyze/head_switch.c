/* The head-switching band by the sideways displacement of each line against the one above it, and of lines
 * that match nothing above them against the frame before. */
#include "analyze/head_switch.h"

#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    HELD = 24,    /* lines looked at: the band and what stands above it */
    WIDTH = 1920, /* samples; wider pictures are no captures of tapes */
    EVERY = 4,    /* frames */
    REACH = 48,   /* samples: decks tear lines by up to 3 us */
    MARGIN = 16,  /* samples at both ends that do not count */
    ABOVE = 6,    /* lines above the band's utmost that have to stand where that one does not */
    LEAST = 3,    /* samples of displacement that no picture has from line to line, field after field */
};

/* A line as 8-bit codes. */
static void take(uint8_t *dst, const uint16_t *src, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = (uint8_t)(src[x] >> 8);
}

/* Normalised correlation of line b, shifted by d, with line a. */
static double correlation(const uint8_t *a, const uint8_t *b, int width, int d)
{
    int sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    double n = width - 2 * (REACH + MARGIN);
    for (int x = REACH + MARGIN; x < width - REACH - MARGIN; x++) {
        int u = a[x], v = b[x + d];
        sa += u, sb += v, saa += u * u, sbb += v * v, sab += u * v;
    }
    double va = saa - (double)sa * sa / n, vb = sbb - (double)sb * sb / n;
    return (sab - (double)sa * sb / n) / sqrt(va * vb + 1e-9);
}

static bool is_flat(const uint8_t *a, int width)
{
    int sum = 0, square = 0;
    double n = width - 2 * MARGIN;
    for (int x = MARGIN; x < width - MARGIN; x++)
        sum += a[x], square += a[x] * a[x];
    return square / n - sum / n * (sum / n) < 36; /* codes^2: nothing to match by, or a border */
}

struct match {
    int shift;
    double best, still;
};

static struct match match_lines(const uint8_t *a, const uint8_t *b, int width)
{
    struct match m = {.best = -1};
    for (int d = -REACH; d <= REACH; d++) {
        double r = correlation(a, b, width, d);
        m.still = d ? m.still : r;
        if (r > m.best)
            m.best = r, m.shift = d;
    }
    return m;
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The last lines of a field, counted from the bottom, and of the field of that parity before. */
struct bottom {
    uint8_t line[HELD][WIDTH], before[HELD][WIDTH];
    int width;
};

static void fill(
    struct bottom *b, const struct vh_plane_const *luma, const struct vh_plane_const *before, int parity)
{
    int last = luma->height / 2 * 2 - 2 + parity;
    b->width = luma->width;
    for (int i = 0; i < HELD; i++) {
        take(b->line[i], luma->data + (last - 2 * i) * luma->stride, luma->width);
        take(b->before[i], before->data + (last - 2 * i) * before->stride, luma->width);
    }
}

/* How the picture above the band moved since the frame before: the median over its lines. */
static int motion_of(const struct bottom *b)
{
    int shift[HELD], n = 0;
    for (int i = VH_HEAD_SWITCH_LINES; i < HELD - 1; i += 2)
        shift[n++] = match_lines(b->before[i], b->line[i], b->width).shift;
    qsort(shift, (size_t)n, sizeof *shift, compare_ints);
    return shift[n / 2];
}

enum verdict { SOUND, MOVED, LOST };

/* Whether line i continues the line above: it does not when it matches far better moved, or when it matches
 * neither that line nor, where the picture above went, its own place in the frame before. (Stripes and
 * captions do not match the line above either, but stand where they stood.) A line like nothing above it on
 * top of moved ones is the first of the tear. */
static enum verdict judge(const struct bottom *b, int i, int motion, enum verdict below)
{
    const uint8_t *above = b->line[i + 1], *here = b->line[i];
    if (is_flat(above, b->width) || is_flat(here, b->width))
        return SOUND;
    struct match m = match_lines(above, here, b->width);
    if (m.best >= 0.5)
        return abs(m.shift) >= LEAST && m.best > m.still + 0.05 ? MOVED : SOUND;
    if (m.best >= 0.4)
        return SOUND;
    if (below == MOVED)
        return LOST;
    struct match then = match_lines(b->before[i], here, b->width);
    return then.best < 0.5 || abs(then.shift - motion) >= 2 * LEAST ? LOST : SOUND;
}

/* Judges the lines of the band. Where its utmost line is displaced too, those above have to tell where the
 * tear begins: displaced as well they are a picture of slanted edges, not a band, and false is returned. */
static bool judge_all(const struct bottom *b, enum verdict line[VH_HEAD_SWITCH_LINES])
{
    enum verdict verdict = SOUND;
    int motion = motion_of(b), above = 0;
    for (int i = 0; i < VH_HEAD_SWITCH_LINES; i++)
        line[i] = verdict = judge(b, i, motion, verdict);
    for (int i = VH_HEAD_SWITCH_LINES; i < VH_HEAD_SWITCH_LINES + ABOVE && line[VH_HEAD_SWITCH_LINES - 1];
         i++)
        above += (verdict = judge(b, i, motion, verdict)) != SOUND;
    return 2 * above < ABOVE;
}

void vh_head_switch_add(
    struct vh_head_switch *head, const struct vh_plane_const *luma, const struct vh_plane_const *before)
{
    struct bottom bottom;
    enum verdict line[VH_HEAD_SWITCH_LINES];
    if (head->n_frames++ % EVERY || luma->width < 8 * REACH || luma->width > WIDTH || luma->height < 4 * HELD)
        return;
    head->height = luma->height / 2;
    for (int parity = 0; parity < 2; parity++) {
        fill(&bottom, luma, before, parity);
        bool band = judge_all(&bottom, line);
        for (int i = 0; i < VH_HEAD_SWITCH_LINES; i++)
            head->broken[i] += band && line[i] != SOUND;
        head->n_fields++;
    }
}

int vh_head_switch_report(const struct vh_head_switch *head, struct vh_profile *profile)
{
    int lines = 0, sure = head->n_fields, touched = 0, most = 0;
    if (!head->n_fields)
        return VH_OK;
    for (int i = VH_HEAD_SWITCH_LINES - 1; i >= 0; i--) {
        most = head->broken[i] > most ? head->broken[i] : most;
        if (!lines && 2 * head->broken[i] >= head->n_fields) {
            lines = i + 1;
            sure = head->broken[i];
        }
        if (!touched && 8 * head->broken[i] >= head->n_fields)
            touched = i + 1;
    }
    int wander = lines && touched > lines ? touched - lines : 0;
    wander = wander > 2 ? 0 : wander; /* further up it is the picture's own */
    /* Half of the fields torn at one line is no accident; dark or even lines hide it in the others. */
    struct vh_measurement m = {
        .value = lines + wander, .confidence = 0.4 + 0.6 * sure / head->n_fields, .n = head->n_fields};
    if (!lines) /* a line displaced in a quarter of the fields may be a tear that an even picture hides */
        m.confidence = 1 - 2.0 * most / head->n_fields;
    snprintf(m.evidence, sizeof m.evidence, "line %d from the bottom is displaced in %d of %d fields", lines,
        lines ? sure : most, head->n_fields);
    int status = vh_profile_set(profile, "headswitch.lines", &m);
    if (status != VH_OK || !lines)
        return status;
    m.value = head->height - lines - wander;
    status = vh_profile_set(profile, "headswitch.start", &m);
    m.value = wander;
    return status == VH_OK ? vh_profile_set(profile, "headswitch.wander", &m) : status;
}
