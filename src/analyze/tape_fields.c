/* Windows of frames -> fields -> motion -> evidence -> medians. */
#include "analyze/tape_fields.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "evidence/dropout.h"
#include "evidence/evidence.h"
#include "evidence/line_shift.h"
#include "frame/window.h"
#include "motion/compensate.h"
#include "motion/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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
    struct list sigma[3]; /* per plane */
    struct list flicker;  /* rms of the fast part of ln gain, one per window */
    struct list jitter;   /* rms of the lines' sideways jitter, samples, per field looked at */
    struct list dropouts; /* lost pieces of lines, per field looked at */
    uint8_t *lost;        /* suspects and mask of a field */
    struct vh_dsp_obmc obmc;
    uint16_t *prediction[VH_LINE_SHIFT_REFS]; /* the frame raster, luma */
    float *lines;                             /* shift, weight and scratch of a field's lines */
    float log_gain[2 * VH_TAPE_FIELDS_FRAMES];
    int n_gain;
};

int vh_tape_fields_create(struct vh_tape_fields **fields, const struct vh_tape_fields_config *config)
{
    struct vh_tape_fields *f = *fields = vh_alloc(1, sizeof *f);
    struct vh_motion_config motion = {.width = config->width,
        .height = config->height,
        .speed = VH_MOTION_FAST,
        .keep = 6,
        .pool = config->pool,
        .cpu_flags = config->cpu_flags,
        .log = config->log};
    if (!f)
        return VH_ERR_RESOURCE;
    f->config = *config;
    vh_dsp_obmc_init(&f->obmc, config->cpu_flags);
    int status = vh_motion_search_create(&f->search, &motion);
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
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++)
        vh_free((*fields)->prediction[r]);
    vh_free((*fields)->lines);
    vh_free((*fields)->lost);
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
        for (int y = 0; y < from->height; y++, to += from->width)
            memcpy(to, from->data + y * from->stride, (size_t)from->width * sizeof *to);
    }
    fields->n_frames++;
    return VH_OK;
}

static void keep(struct list *list, float value)
{
    if (list->n < VH_TAPE_FIELDS_MAX)
        list->value[list->n++] = value;
}

/* Memory of the jitter measurement, made at its first use. */
static bool has_lines(struct vh_tape_fields *fields)
{
    size_t samples = (size_t)fields->config.width * (size_t)fields->config.height;
    if (!fields->lines)
        fields->lines = vh_alloc(3 * (size_t)(fields->config.height + 1), sizeof *fields->lines);
    if (!fields->lost)
        fields->lost = vh_alloc(samples + (size_t)fields->config.width, 1);
    bool ok = fields->lines != NULL && fields->lost != NULL;
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++) {
        if (!fields->prediction[r])
            fields->prediction[r] = vh_alloc(samples, sizeof *fields->prediction[r]);
        ok = ok && fields->prediction[r];
    }
    return ok;
}

/* Runs of lost samples in the centre; `line` has the field and its predictions. */
static void take_dropouts(struct vh_tape_fields *fields, const struct vh_line_shift_job *line)
{
    int w = line->field.width, h = line->field.height, runs = 0;
    struct vh_dropout_job job = {.field = line->field,
        .sigma_8bit = line->sigma_8bit,
        .suspect = fields->lost,
        .mask = fields->lost + (size_t)w * (size_t)h};
    for (int r = 0; r < VH_DROPOUT_REFS; r++)
        job.prediction[r] = line->ref[r];
    vh_dropout_suspect(&job, 0, h);
    if (vh_dropout_mark(&job, 0, h) > 0)
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                runs += job.mask[y * w + x] && (x == 0 || !job.mask[y * w + x - 1]);
    keep(&fields->dropouts, (float)runs);
}

/* Jitter of the centre's lines against all four neighbours; nothing where one is missing. */
static void take_jitter(struct vh_tape_fields *fields, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit)
{
    static const int distance[VH_LINE_SHIFT_REFS] = {-2, -1, 1, 2};
    int w = fields->config.width, h = fields->config.height, parity = window->parity[VH_WINDOW_REACH];
    struct vh_line_shift_job job = {.field = vh_window_at(window, 0)->plane[0],
        .n_refs = VH_LINE_SHIFT_REFS,
        .sigma_8bit = sigma_8bit,
        .shift = fields->lines,
        .weight = fields->lines + h};
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++) {
        if (!vh_motion_usable(motion, distance[r]))
            return;
        struct vh_image_const luma = *vh_window_at(window, distance[r]);
        luma.n_planes = 1;
        struct vh_plane raster = {fields->prediction[r], w, w, h};
        struct vh_compensate compensate = {.motion = motion,
            .ref = distance[r],
            .image = &luma,
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + sigma_8bit * sigma_8bit,
            .dsp = &fields->obmc,
            .out = {.n_planes = 1, .plane = {raster}}};
        vh_motion_compensate(&compensate, 0, motion->cells_y);
        job.ref[r] = vh_plane_read(vh_plane_field(raster, parity));
    }
    take_dropouts(fields, &job);
    vh_line_shift_measure(&job, 0, job.field.height);
    float seen = vh_line_shift_smooth(job.shift, job.weight, job.field.height, fields->lines + 2 * h);
    keep(&fields->jitter,
        seen / sqrtf(1.25f)); /* four references carry a quarter of its variance themselves */
}

/* Takes the evidence of the field in the middle of `window`. */
static void take_evidence(struct vh_tape_fields *fields, const struct vh_window *window)
{
    struct vh_motion motion;
    struct vh_evidence evidence;
    if (vh_motion_search_get(fields->search, window->index, &motion) != VH_OK)
        return;
    vh_evidence_measure(&evidence, window, &motion);
    for (int p = 0; p < 3; p++)
        if (evidence.n_blocks[p] > 0)
            keep(&fields->sigma[p], evidence.sigma_8bit[p]);
    enum { JITTER_EVERY = 3 };
    if (window->index % JITTER_EVERY == 0 && has_lines(fields))
        take_jitter(fields, window, &motion, evidence.sigma_8bit[0]);
    bool usable = !evidence.cut_before && evidence.gain[0] > 0;
    fields->log_gain[fields->n_gain++] = usable ? logf(evidence.gain[0]) : 0;
}

/* rms of the summed log gains less their running mean. */
static void end_gain(struct vh_tape_fields *fields)
{
    float level[2 * VH_TAPE_FIELDS_FRAMES];
    int n = fields->n_gain;
    double sum = 0, squares = 0;
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
    }
    keep(&fields->flicker, (float)(100 * sqrt(squares / (n - SLOW_FIELDS + 1))));
}

int vh_tape_fields_end_window(struct vh_tape_fields *fields, bool bottom_first, bool progressive)
{
    struct vh_window window = {.frame_height = fields->config.height};
    int n_fields = 2 * fields->n_frames, status = VH_OK;
    vh_motion_search_reset(fields->search);
    for (int n = 0; n < n_fields && !progressive && status == VH_OK; n++) {
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
        take_evidence(fields, &window);
    }
    end_gain(fields);
    fields->n_frames = 0;
    return status;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median and inter-quartile range of a list. */
static struct vh_measurement middle(const struct list *list)
{
    float sorted[VH_TAPE_FIELDS_MAX];
    struct vh_measurement m = {.n = list->n};
    memcpy(sorted, list->value, (size_t)list->n * sizeof *sorted);
    qsort(sorted, (size_t)list->n, sizeof *sorted, compare_floats);
    m.value = sorted[list->n / 2];
    m.spread = (double)sorted[list->n * 3 / 4] - (double)sorted[list->n / 4];
    return m;
}

/* Noise is a property of the tape: fields agree on it. Where they do not, something else was measured. */
static double agreement(const struct vh_measurement *m, double floor)
{
    return (1 - 1.0 / (1 + 0.25 * m->n)) / (1 + m->spread / (m->value + floor));
}

static int report_noise(const struct vh_tape_fields *fields, struct vh_profile *profile)
{
    int status = VH_OK;
    if (fields->sigma[0].n >= MIN_FIELDS) {
        struct vh_measurement m = middle(&fields->sigma[0]);
        m.confidence = agreement(&m, 1);
        snprintf(m.evidence, sizeof m.evidence, "median of %d fields, matched along the motion", m.n);
        status = vh_profile_set(profile, "noise.luma", &m);
    }
    if (status == VH_OK && fields->sigma[1].n >= MIN_FIELDS && fields->sigma[2].n >= MIN_FIELDS) {
        struct vh_measurement u = middle(&fields->sigma[1]), v = middle(&fields->sigma[2]);
        struct vh_measurement m = u.value > v.value ? u : v;
        m.confidence = agreement(&m, 1);
        snprintf(
            m.evidence, sizeof m.evidence, "Cb %.2f, Cr %.2f; medians of %d fields", u.value, v.value, m.n);
        status = vh_profile_set(profile, "noise.chroma", &m);
    }
    return status;
}

static int report_jitter(const struct vh_tape_fields *fields, struct vh_profile *profile)
{
    if (fields->jitter.n < MIN_FIELDS / 2)
        return VH_OK;
    struct vh_measurement m = middle(&fields->jitter);
    m.confidence = agreement(&m, 0.1);
    snprintf(
        m.evidence, sizeof m.evidence, "median of %d fields, lines against their neighbours in time", m.n);
    return vh_profile_set(profile, "jitter.rms", &m);
}

/* The mean over the calmer three quarters of the fields: motion that nobody foretells comes in bursts,
 * dropouts do not. */
static int report_dropouts(const struct vh_tape_fields *fields, struct vh_profile *profile)
{
    float sorted[VH_TAPE_FIELDS_MAX];
    int n = fields->dropouts.n, used = n * 3 / 4;
    if (n < MIN_FIELDS / 2)
        return VH_OK;
    memcpy(sorted, fields->dropouts.value, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare_floats);
    struct vh_measurement m = {.n = n};
    for (int i = 0; i < used; i++)
        m.value += sorted[i] / used;
    m.spread = (double)sorted[n * 3 / 4] - (double)sorted[n / 4];
    m.confidence = 1 - 1.0 / (1 + 0.25 * n);
    snprintf(m.evidence, sizeof m.evidence, "mean of the calmer %d of %d fields", used, n);
    return vh_profile_set(profile, "dropout.rate", &m);
}

int vh_tape_fields_report(const struct vh_tape_fields *fields, struct vh_profile *profile)
{
    int status = report_noise(fields, profile);
    if (status == VH_OK)
        status = report_jitter(fields, profile);
    if (status == VH_OK)
        status = report_dropouts(fields, profile);
    if (status != VH_OK || !fields->flicker.n)
        return status;
    struct vh_measurement m = middle(&fields->flicker);
    m.confidence = fields->flicker.n >= 3 ? 0.85 / (1 + m.spread / (m.value + 0.5)) : 0.65;
    snprintf(m.evidence, sizeof m.evidence, "median of %d windows, gain along the motion", m.n);
    return vh_profile_set(profile, "flicker", &m);
}
