/* Windows of frames -> fields -> motion -> evidence -> medians. */
#include "analyze/tape_fields.h"

#include "analyze/bounce_rate.h"
#include "analyze/line_faults.h"
#include "analyze/noise.h"
#include "analyze/rainbow.h"
#include "core/memory.h"
#include "core/status.h"
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
/* Every one of so many fields is looked at for false colour that moves. */
enum { COLOUR_FIELDS = 5 };

struct list {
    float value[VH_TAPE_FIELDS_MAX];
    int n;
};

/* The frames of a window. */
struct shelf {
    uint16_t *sample[VH_TAPE_FIELDS_FRAMES]; /* copies of frames, planes one behind the other */
    struct vh_image_const frame[VH_TAPE_FIELDS_FRAMES];
    int n_frames;
};

struct vh_tape_fields {
    struct vh_tape_fields_config config;
    struct shelf shelf[2]; /* [filling] takes frames, the other's fields are looked at meanwhile */
    int filling;
    int n_looked;      /* fields of the other shelf that are done */
    bool bottom_first; /* of its frames */
    bool rounded;      /* its samples were whole 8-bit codes */
    struct vh_motion_search *search;
    struct vh_noise noise;
    struct vh_rainbow rainbow;
    struct vh_bounce_rate bounce;
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
    for (int i = 0; i < 2 * VH_TAPE_FIELDS_FRAMES; i++)
        vh_free((*fields)->shelf[i & 1].sample[i / 2]);
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
    struct shelf *shelf = &fields->shelf[fields->filling];
    int i = shelf->n_frames;
    if (i == VH_TAPE_FIELDS_FRAMES)
        return VH_OK;
    if (!shelf->sample[i])
        shelf->sample[i] = vh_alloc(frame_samples(frame), sizeof *shelf->sample[i]);
    if (!shelf->sample[i])
        return VH_ERR_RESOURCE;
    uint16_t *to = shelf->sample[i];
    shelf->frame[i] = *frame;
    for (int p = 0; p < frame->n_planes; p++) {
        const struct vh_plane_const *from = &frame->plane[p];
        shelf->frame[i].plane[p].data = to;
        shelf->frame[i].plane[p].stride = from->width;
        for (int y = 0; y < from->height; y++, to += from->width) {
            memcpy(to, from->data + y * from->stride, (size_t)from->width * sizeof *to);
            for (int x = 0; x < from->width && fields->eight_bits && !p; x += 8)
                fields->eight_bits = to[x] % VH_CODE == 0;
        }
    }
    shelf->n_frames++;
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
    if (window->index % COLOUR_FIELDS == 0)
        vh_rainbow_add_moving(&fields->rainbow, window, &motion);
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

/* The next field of the shelf goes through the search; the one two before it then has both neighbours. */
static int look_at_next(struct vh_tape_fields *fields)
{
    const struct shelf *shelf = &fields->shelf[!fields->filling];
    struct vh_window window = {.frame_height = fields->config.height};
    int n = fields->n_looked++, parity = (n & 1) ^ fields->bottom_first;
    struct vh_image_const field = vh_image_field_read(shelf->frame[n / 2], parity);
    int status = vh_motion_search_push(fields->search, &field.plane[0], parity, false);
    if (status != VH_OK || n < 4)
        return status;
    for (int k = -2; k <= 2; k++) {
        int at = n - 2 + k;
        parity = (at & 1) ^ fields->bottom_first;
        window.image[VH_WINDOW_REACH + k] = vh_image_field_read(shelf->frame[at / 2], parity);
        window.parity[VH_WINDOW_REACH + k] = (uint8_t)parity;
    }
    window.index = n - 2;
    return take_evidence(fields, &window);
}

int vh_tape_fields_look(struct vh_tape_fields *fields, int most)
{
    struct shelf *shelf = &fields->shelf[!fields->filling];
    int status = VH_OK;
    for (; most > 0 && status == VH_OK && fields->n_looked < 2 * shelf->n_frames; most--)
        status = look_at_next(fields);
    if (status != VH_OK || !shelf->n_frames || fields->n_looked < 2 * shelf->n_frames)
        return status;
    end_gain(fields);
    vh_noise_end_window(&fields->noise, fields->rounded ? 1.0 / 12 : 0);
    shelf->n_frames = 0;
    return VH_OK;
}

int vh_tape_fields_end_window(struct vh_tape_fields *fields, bool bottom_first)
{
    int status = vh_tape_fields_look(fields, 2 * VH_TAPE_FIELDS_FRAMES);
    const struct shelf *full = &fields->shelf[fields->filling];
    vh_bounce_rate_add(&fields->bounce, full->frame, full->n_frames, bottom_first);
    vh_rainbow_add(&fields->rainbow, full->frame, full->n_frames);
    vh_motion_search_reset(fields->search);
    fields->filling = !fields->filling;
    fields->n_looked = 0;
    fields->bottom_first = bottom_first;
    fields->rounded = fields->eight_bits;
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
    int status = vh_tape_fields_look(fields, 2 * VH_TAPE_FIELDS_FRAMES);
    if (status == VH_OK)
        status = vh_noise_report(&fields->noise, profile);
    if (status == VH_OK)
        status = vh_rainbow_report(&fields->rainbow, profile);
    if (status == VH_OK)
        status = vh_bounce_rate_report(&fields->bounce, profile);
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
