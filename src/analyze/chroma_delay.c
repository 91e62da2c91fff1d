/* Confidence of a delay: the contrast of the correlation (how far its peak stands above its ends; 0.13 and
 * more is sure, from the tapes n1 and n3, p2's grey facade gives 0.06) times the agreement of the frames.
 */
#include "analyze/chroma_delay.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = VH_CHROMA_DELAY_PARTS };

static void merge(struct vh_delay_curve *all, const struct vh_delay_curve *more)
{
    for (int i = 0; i < VH_DELAY_LAGS; i++)
        all->corr[i] += more->corr[i];
    all->weight += more->weight;
    all->n_runs += more->n_runs;
}

static bool make_scratch(struct vh_chroma_delay *delay, const struct vh_plane_const *luma)
{
    size_t need = vh_measure_chroma_scratch(luma->width, luma->height / 2 + 1);
    if (need <= delay->n_scratch)
        return true;
    vh_free(delay->scratch);
    delay->scratch = vh_alloc(need, sizeof *delay->scratch);
    delay->n_scratch = delay->scratch ? need : 0;
    return delay->scratch;
}

static struct vh_chroma_planes planes_of(
    const struct vh_image_const *frame, const struct vh_image_const *previous, int parity)
{
    struct vh_plane_const l = vh_plane_field_read(frame->plane[0], parity),
                          u = vh_plane_field_read(frame->plane[1], parity),
                          v = vh_plane_field_read(frame->plane[2], parity);
    struct vh_chroma_planes planes = {.luma = l.data,
        .cb = u.data,
        .cr = v.data,
        .luma_stride = l.stride,
        .chroma_stride = u.stride,
        .width = l.width,
        .height = l.height,
        .sub_x = frame->sub_x,
        .sub_y = frame->sub_y};
    if (previous && previous->n_planes == 3) {
        struct vh_plane_const before = vh_plane_field_read(previous->plane[1], parity);
        planes.cb_before = before.data;
        planes.before_stride = before.stride;
        planes.cr_before = vh_plane_field_read(previous->plane[2], parity).data;
    }
    return planes;
}

int vh_chroma_delay_add(
    struct vh_chroma_delay *delay, const struct vh_image_const *frame, const struct vh_image_const *previous)
{
    struct vh_chroma_curves x = {.both.weight = 0};
    struct vh_delay_curve y = {.weight = 0};
    if (frame->plane[1].stride != frame->plane[2].stride)
        return VH_OK;
    if (!make_scratch(delay, &frame->plane[0]))
        return VH_ERR_RESOURCE;
    delay->sub_y = frame->sub_y;
    for (int parity = 0; parity < 2; parity++) {
        struct vh_chroma_planes planes = planes_of(frame, previous, parity);
        vh_measure_chroma_x(&x, &planes, delay->scratch);
        vh_measure_chroma_y(&y, &planes, delay->scratch);
    }
    struct vh_chroma_curves *part = &delay->x[delay->n_samples % PARTS];
    merge(&part->both, &x.both);
    for (int i = 0; i < 2; i++)
        merge(&part->plane[i], &x.plane[i]);
    merge(&delay->y[delay->n_samples % PARTS], &y);
    if (x.both.weight > 0 && delay->n_samples < VH_CHROMA_DELAY_SAMPLES) {
        delay->of_frame_x[delay->n_samples] = 2 * vh_delay_of(&x.both).value;
        delay->of_frame_y[delay->n_samples++] = (1 << delay->sub_y) * vh_delay_of(&y).value;
    }
    return VH_OK;
}

/* All parts but one (-1: all of them). */
static struct vh_delay without(const struct vh_delay_curve *const part[PARTS], int left_out)
{
    struct vh_delay_curve sum = {.weight = 0};
    for (int i = 0; i < PARTS; i++)
        if (i != left_out)
            merge(&sum, part[i]);
    return vh_delay_of(&sum);
}

/* How much the delay depends on which frames were looked at: range of it with a quarter of them left out. */
static double dependence(const struct vh_delay_curve *const part[PARTS])
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < PARTS; i++) {
        double value = without(part, i).value;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    return high - low;
}

/* Inter-quartile range. */
static double spread_of(const double *value, int n)
{
    double sorted[VH_CHROMA_DELAY_SAMPLES];
    if (n <= 3)
        return 0;
    memcpy(sorted, value, (size_t)n * sizeof *sorted);
    double low = vh_select_rank(sorted, n, n / 4);
    return vh_select_rank(sorted, n, 3 * n / 4) - low;
}

static double ramp(double value, double none, double full)
{
    return fmin(1, fmax(0, (value - none) / (full - none)));
}

/* What a delay is worth: `sure` is the contrast that leaves no doubt, `tolerable` the spread over frames that
 * leaves no trust, `scene` and `scene_tape` how far one scene alone may be off (colours of its own), which a
 * short look cannot average out, and `quiet` and `busy` shares of lines with colour edges above the noise:
 * p2's facade on a made sp tape (16 %) was 3 px off, foreign worn tapes from 28 % on were right within 1.4;
 * fewer lines are enough where they agree as lines of a grey picture do not (`tall`: contrasts; p2 has 0.12,
 * n1 and n3 on a worn tape 0.16 and more, and are right), or where frames of several windows lie within a
 * pixel, as noise does not (`even`: spreads; p2 has 1.9 and more). Where two places compete each frame takes
 * one of them and frames differ, though their sum does not: for delays beyond `scene` it counts how much that
 * depends on the frames instead, `depends` leaving no trust. */
struct delay_rule {
    const char *key;
    double step, sure, tolerable, depends, scene, scene_tape, quiet, busy, tall[2], even[2];
};

/* On a tape chroma comes late by as much as one scene may mislead, hardly ever early: what lies right is
 * believed at once. Other footage has no such reason to be off. */
static bool needs_more_scenes(
    const struct vh_chroma_delay_facts *facts, const struct delay_rule *rule, double value)
{
    if (facts->n_windows > 2 || fabs(value) > rule->scene)
        return false;
    return !facts->is_tape_chroma || value < rule->scene_tape;
}

static int report_delay(const struct vh_chroma_delay *delay, const struct vh_delay_curve *const part[PARTS],
    const double *samples, const struct delay_rule *rule, const struct vh_chroma_delay_facts *facts,
    struct vh_profile *profile)
{
    struct vh_delay d = without(part, -1);
    double value = rule->step * d.value, spread = spread_of(samples, delay->n_samples);
    double agreement = fmax(0, 1 - spread / rule->tolerable);
    double colour =
        fmax(ramp(d.share, rule->quiet, rule->busy), ramp(d.contrast, rule->tall[0], rule->tall[1]));
    if (facts->n_windows > 2)
        colour = fmax(colour, ramp(spread, rule->even[0], rule->even[1]));
    if (fabs(value) > rule->scene && rule->depends > 0)
        agreement = fmax(0, 1 - rule->step * dependence(part) / rule->depends);
    struct vh_measurement m = {.value = value,
        .spread = spread,
        .n = delay->n_samples,
        .confidence = fmin(0.98, fmin(1, fmax(0, d.contrast / rule->sure)) * agreement * colour *
                                     (needs_more_scenes(facts, rule, value) ? 0.5 : 1))};
    snprintf(m.evidence, sizeof m.evidence,
        "correlation %.2f, %.2f above its ends, on %.1f %% of lines; %d frames of %d windows within %.1f",
        d.peak, d.contrast, 100 * d.share, delay->n_samples, facts->n_windows, spread);
    return d.share > 0 ? vh_profile_set(profile, rule->key, &m) : VH_OK;
}

/* How far Cr lies right of Cb. Only tapes are asked (scenes paint both planes as they like: a clean p2 has
 * 7 px between them), and what moves when a quarter of the frames is left out is not believed. */
static int report_split(const struct vh_chroma_delay *delay, const struct vh_chroma_delay_facts *facts,
    struct vh_profile *profile)
{
    static const double step = 2, sure = 0.09, depends = 3;
    const struct vh_delay_curve *cb[PARTS], *cr[PARTS];
    for (int i = 0; i < PARTS; i++) {
        cb[i] = &delay->x[i].plane[0];
        cr[i] = &delay->x[i].plane[1];
    }
    struct vh_delay u = without(cb, -1), v = without(cr, -1);
    if (!facts->is_tape_chroma || u.share <= 0 || v.share <= 0)
        return VH_OK;
    double moves = step * fmax(dependence(cb), dependence(cr)), contrast = fmin(u.contrast, v.contrast);
    struct vh_measurement m = {.value = step * (v.value - u.value),
        .spread = moves,
        .n = delay->n_samples,
        .confidence = fmin(0.95, ramp(contrast, 0, sure) * fmax(0, 1 - moves / depends))};
    snprintf(m.evidence, sizeof m.evidence, "Cb %.2f px right (%.2f above its ends), Cr %.2f (%.2f)",
        step * u.value, u.contrast, step * v.value, v.contrast);
    return vh_profile_set(profile, "chroma.delay_split", &m);
}

int vh_chroma_delay_report(const struct vh_chroma_delay *delay, const struct vh_chroma_delay_facts *facts,
    struct vh_profile *profile)
{
    const struct delay_rule x = {
        "chroma.delay_x", 2, 0.09, 8, 3, 2, 0.5, 0.16, 0.25, {0.13, 0.16}, {1.6, 0.8}};
    const struct delay_rule y = {
        "chroma.delay_y", 1 << delay->sub_y, 0.12, 1.5, 0, 0.5, 0.5, 0, 0.001, {0, 1}, {0.1, 0}};
    const struct vh_delay_curve *of_x[PARTS], *of_y[PARTS];
    for (int i = 0; i < PARTS; i++) {
        of_x[i] = &delay->x[i].both;
        of_y[i] = &delay->y[i];
    }
    int status = report_delay(delay, of_x, delay->of_frame_x, &x, facts, profile);
    if (status == VH_OK)
        status = report_split(delay, facts, profile);
    return status == VH_OK ? report_delay(delay, of_y, delay->of_frame_y, &y, facts, profile) : status;
}

void vh_chroma_delay_uninit(struct vh_chroma_delay *delay)
{
    vh_freep(&delay->scratch);
    delay->n_scratch = 0;
}
