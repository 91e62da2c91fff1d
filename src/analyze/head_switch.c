/* The head-switching band by the sideways displacement of each line against the one above it. */
#include "analyze/head_switch.h"

#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { EVERY = 4, REACH = 16, MARGIN = 16 };

/* Normalised correlation of line b, shifted by d, with line a. */
static double correlation(const uint16_t *a, const uint16_t *b, int width, int d)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = width - 2 * (REACH + MARGIN);
    for (int x = REACH + MARGIN; x < width - REACH - MARGIN; x++) {
        double u = a[x] / 256.0, v = b[x + d] / 256.0;
        sa += u, sb += v, saa += u * u, sbb += v * v, sab += u * v;
    }
    double va = saa - sa * sa / n, vb = sbb - sb * sb / n;
    return (sab - sa * sb / n) / sqrt(va * vb + 1e-9);
}

static bool is_flat(const uint16_t *a, int width)
{
    double sum = 0, square = 0, n = width - 2 * MARGIN;
    for (int x = MARGIN; x < width - MARGIN; x++)
        sum += a[x] / 256.0, square += (a[x] / 256.0) * (a[x] / 256.0);
    return square / n - sum / n * (sum / n) < 36; /* codes^2: nothing to match by, or a border */
}

/* Whether line b does not continue line a: it matches far better when moved by 3 samples or more, or it does
 * not match at all. */
static bool is_broken(const uint16_t *a, const uint16_t *b, int width)
{
    double best = -1, still = 0;
    int at = 0;
    if (is_flat(a, width) || is_flat(b, width))
        return false;
    for (int d = -REACH; d <= REACH; d++) {
        double r = correlation(a, b, width, d);
        still = d ? still : r;
        if (r > best)
            best = r, at = d;
    }
    return best < 0.3 || ((at <= -3 || at >= 3) && best > still + 0.05);
}

void vh_head_switch_add(struct vh_head_switch *head, const struct vh_plane_const *luma)
{
    int height = luma->height / 2;
    if (head->n_frames++ % EVERY || luma->width < 8 * REACH || height < 4 * VH_HEAD_SWITCH_LINES)
        return;
    head->height = height;
    for (int parity = 0; parity < 2; parity++) {
        const uint16_t *last = luma->data + (2 * (height - 1) + parity) * luma->stride;
        for (int i = 0; i < VH_HEAD_SWITCH_LINES; i++) {
            const uint16_t *b = last - 2 * i * luma->stride;
            head->broken[i] += is_broken(b - 2 * luma->stride, b, luma->width);
        }
        head->n_fields++;
    }
}

int vh_head_switch_report(const struct vh_head_switch *head, struct vh_profile *profile)
{
    int lines = 0, sure = head->n_fields, touched = 0;
    if (!head->n_fields)
        return VH_OK;
    for (int i = VH_HEAD_SWITCH_LINES - 1; i >= 0; i--) {
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
    snprintf(m.evidence, sizeof m.evidence, "line %d from the bottom is displaced in %d of %d fields", lines,
        lines ? sure : 0, head->n_fields);
    int status = vh_profile_set(profile, "headswitch.lines", &m);
    if (status != VH_OK || !lines)
        return status;
    m.value = head->height - lines - wander;
    status = vh_profile_set(profile, "headswitch.start", &m);
    m.value = wander;
    return status == VH_OK ? vh_profile_set(profile, "headswitch.wander", &m) : status;
}
