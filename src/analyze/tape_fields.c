/* Windows of frames -> fields -> motion -> evidence -> medians. */
#include "analyze/tape_fields.h"

#include "core/memory.h"
#include "core/status.h"
#include "analyze/line_faults.h"
#include "analyze/noise.h"
#include "analyze/rainbow.h"
#include "evidence/evidence.h"
#include "frame/window.h"
#include "middle.h"
#include "motion/search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Flicker is what the gain does faster than this many fields: AGC and scene light are slower (D14: 3 to 25
 * Hz). */
enum { SLOW_FIELDS = 17 };
/* Fewer fields than this do not make a figure. */
enum { MIN_FIELDS = 8 };

struct list {
    float value[VH_TAPE_FIELDS_MAX];
    int n;
};

struct vh_tape_fields {
    struct vh_tape_fields_config config;
    uint16_t *sample[VH_TAPE_FIELDS_FRAMES]; /* copies of frames, planes one behind the other */
    struct vh_image_const frame[VH_TAPE_FIELDS_FRAMES];
    int n_frames;
    struct vh_motion_search *search;
    struct vh_noise noise;
    struct vh_rainbow rainbow;
    struct vh_dsp_block_noise blocks;
    struct vh_line_faults *lines;
    bool eight_bits;         /* every sample so far is a whole 8-bit code */
    struct list flicker;     /* rms of the fast part of ln gain, one per window */
    struct list alternation; /* its correlation from field to field: -1 where two heads take turns */
    float log_gain[2 * VH_TAPE_FIELDS_FRAMES];
    int n_gain;
};

int vh_tape_fields_create(struct vh_tape_fields **fields, const struct vh_tape_fields_config *config)
{
    struct vh_tape_fields *f = *fields = vh_alloc(1, sizeof *f);
    struct vh_motion_config motion = {.width = config->width,
        .height = config->height,
        .speed = VH_MOTION_MEASURE,
        .keep = 6,
        .pool = config->pool,
        .cpu_flags = config->cpu_flags,
        .log = config->log};
    if (!f)
        return VH_ERR_RESOURCE;
    f->config = *config;
    f->eight_bits = true;
    vh_dsp_block_noise_init(&f->blocks, config->cpu_flags);
    int status = vh_motion_search_create(&f->search, &motion);
    if (status == VH_OK)
        status =
            vh_line_faults_create(&f->lines, config->width, config->height, config->pool, config->cpu_flags);
    if (status != VH_OK)
        vh_tape_fields_destroy(fields);
    return status;
}

void vh_tape_fields_destroy(struct vh_tape_fields **fields)
{
    if (!fields || !*fields)
        return;
    for (int i = 0; i < VH_TAPE_FIELDS_FRAMES; i++)
        vh_free((*fields)->sample[i]);
    vh_noise_uninit(&(*fields)->noise);
    vh_line_faults_destroy(&(*fields)->lines);
    vh_motion_search_destroy(&(*fields)->search);
    vh_freep(fields);
}

static size_t frame_samples(const struct vh_image_const *frame)
{
    size_t n = 0;
    for (int p = 0; p < frame->n_planes; p++)
        n += (size_t)frame->plane[p].width * (size_t)frame->plane[p].height;
    return n;
}

int vh_tape_fields_add(struct vh_tape_fields *fields, const struct vh_image_const *frame)
{
    int i = fields->n_frames;
    if (i == VH_TAPE_FIELDS_FRAMES)
        return VH_OK;
    if (!fields->sample[i])
        fields->sample[i] = vh_alloc(frame_samples(frame), sizeof *fields->sample[i]);
    if (!fields->sample[i])
        return VH_ERR_RESOURCE;
    uint16_t *to = fields->sample[i];
    fields->frame[i] = *frame;
    for (int p = 0; p < frame->n_planes; p++) {
        const struct vh_plane_const *from = &frame->plane[p];
        fields->frame[i].plane[p].data = to;
        fields->frame[i].plane[p].stride = from->width;
        for (int y = 0; y < from->height; y++, to += from->width) {
            memcpy(to, from->data + y * from->stride, (size_t)from->width * sizeof *to);
            for (int x = 0; x < from->width && fields->eight_bits && !p; x += 8)
                fields->eight_bits = to[x] % VH_CODE == 0;
        }
    }
    fields->n_frames++;
    return VH_OK;
}

static void keep(struct list *list, float value)
{
    if (list->n < VH_TAPE_FIELDS_MAX)
        list->value[list->n++] = value;
}

/* Takes the evidence of the field in the middle of `window`. */
static int take_evidence(struct vh_tape_fields *fields, const struct vh_window *window)
{
    struct vh_motion motion;
    struct vh_evidence evidence;
    if (vh_motion_search_get(fields->search, window->index, &motion) != VH_OK)
        return VH_OK;
    vh_evidence_measure(&evidence, &fields->blocks, window, &motion);
    vh_line_faults_add(fields->lines, window, &motion, evidence.sigma_8bit[0]);
    bool usable = !evidence.cut_before && evidence.gain[0] > 0;
    fields->log_gain[fields->n_gain++] = usable ? logf(evidence.gain[0]) : 0;
    return vh_noise_add(&fields->noise, &fields->blocks, window, &motion);
}

/* rms of the summed log gains less their running mean. */
static void end_gain(struct vh_tape_fields *fields)
{
    float level[2 * VH_TAPE_FIELDS_FRAMES];
    int n = fields->n_gain;
    double sum = 0, squares = 0, products = 0, before = 0;
    for (int i = 0; i < n; i++)
        level[i] = (i ? level[i - 1] : 0) + fields->log_gain[i];
    fields->n_gain = 0;
    if (n < SLOW_FIELDS + MIN_FIELDS)
        return;
    for (int i = SLOW_FIELDS / 2; i < n - SLOW_FIELDS / 2; i++) {
        sum = 0;
        for (int k = -(SLOW_FIELDS / 2); k <= SLOW_FIELDS / 2; k++)
            sum += level[i + k];
        double fast = level[i] - sum / SLOW_FIELDS;
        squares += fast * fast;
        products += fast * before;
        before = fast;
    }
    keep(&fields->flicker, (float)(100 * sqrt(squares / (n - SLOW_FIELDS + 1))));
    keep(&fields->alternation, squares > 0 ? (float)(products / squares) : 0);
}

int vh_tape_fields_end_window(struct vh_tape_fields *fields, bool bottom_first)
{
    struct vh_window window = {.frame_height = fields->config.height};
    int n_fields = 2 * fields->n_frames, status = VH_OK;
    vh_motion_search_reset(fields->search);
    vh_rainbow_add(&fields->rainbow, fields->frame, fields->n_frames);
    for (int n = 0; n < n_fields && status == VH_OK; n++) {
        int parity = (n & 1) ^ bottom_first;
        struct vh_image_const field = vh_image_field_read(fields->frame[n / 2], parity);
        status = vh_motion_search_push(fields->search, &field.plane[0], parity, false);
        if (status != VH_OK || n < 4)
            continue;
        for (int k = -2; k <= 2; k++) {
            int at = n - 2 + k;
            window.image[VH_WINDOW_REACH + k] =
                vh_image_field_read(fields->frame[at / 2], (at & 1) ^ bottom_first);
            window.parity[VH_WINDOW_REACH + k] = (uint8_t)((at & 1) ^ bottom_first);
        }
        window.index = n - 2;
        status = take_evidence(fields, &window);
    }
    end_gain(fields);
    vh_noise_end_window(&fields->noise, fields->eight_bits ? 1.0 / 12 : 0);
    fields->n_frames = 0;
    return status;
}

/* Median and inter-quartile range of a list. */
static struct vh_measurement middle(const struct list *list)
{
    float sorted[VH_TAPE_FIELDS_MAX];
    return middle_of(list->value, list->n, sorted);
}

/* Two unlike heads make a level that changes sign with every field: its correlation from field to field is
 * near -1, that of white flicker near 0 (and -1/16 by the running mean). Steady tapes have no kind. */
static int report_flicker_kind(
    const struct vh_tape_fields *fields, const struct vh_measurement *flicker, struct vh_profile *profile)
{
    static const double head_pair = -0.6, least_percent = 0.3;
    if (flicker->value < least_percent)
        return VH_OK;
    struct vh_measurement m = middle(&fields->alternation);
    double r = m.value;
    m.value = r < head_pair;
    m.confidence = fmin(1, fabs(r - head_pair) / 0.2) * flicker->confidence;
    snprintf(m.evidence, sizeof m.evidence, "correlation %.2f from field to field", r);
    return vh_profile_set(profile, "flicker.kind", &m);
}

int vh_tape_fields_report(struct vh_tape_fields *fields, struct vh_profile *profile)
{
    int status = vh_noise_report(&fields->noise, profile);
    if (status == VH_OK)
        status = vh_rainbow_report(&fields->rainbow, profile);
    if (status == VH_OK)
        status = vh_line_faults_report(fields->lines, profile);
    static const double much = 1; /* percent: no lamp does that from field to field */
    if (status != VH_OK || !fields->flicker.n)
        return status;
    struct vh_measurement m = middle(&fields->flicker);
    m.confidence = fields->flicker.n >= 3   ? 0.85 / (1 + m.spread / (m.value + 0.5))
                   : fields->flicker.n == 2 ? 0.65
                   : m.value < much         ? 0.5 /* one scene may simply be lit so */
                                            : 0.65;
    snprintf(m.evidence, sizeof m.evidence, "median of %d windows, gain along the motion", m.n);
    int stored = vh_profile_set(profile, "flicker", &m);
    return stored == VH_OK ? report_flicker_kind(fields, &m, profile) : stored;
}
