/* The picture of a tape: line by line through the model of docs/algorithms/simulate.md, then the spots that
 * cover parts of lines. A line is made by one slice from the scene only, so slices are independent. */
#include "simulate/simulate.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/carrier.h"
#include "composite.h"
#include "counter_random.h"
#include "tape_private.h"

#include <math.h>
#include <string.h>

/* One field being made. */
struct field_job {
    struct vh_simulate *tape;
    int64_t field;
    struct vh_image_const scene; /* the whole progressive picture */
    struct vh_image out;         /* the lines of this field */
    int parity;
    const double *shift; /* luma samples per line */
    double gain;
    double band_line; /* tracking band */
    int band_height;
    int loss[VH_SIMULATE_MAX_LOSSES], n_losses;
    int bounce; /* lines of the field that it stands too low */
};

struct frame_job {
    struct field_job field[2];
};

/* ---- one line ---- */

static float *buffer(const struct vh_simulate *tape, int slice, int index)
{
    return tape->scratch + ((size_t)slice * VH_TAPE_BUFFERS + (size_t)index) * (size_t)tape->line_floats +
           VH_TAPE_MARGIN;
}

/* Repeats the first and last of n samples into the margins. */
static void extend(float *line, int n)
{
    for (int i = 1; i <= VH_TAPE_MARGIN; i++) {
        line[-i] = line[0];
        line[n - 1 + i] = line[n - 1];
    }
}

/* Covers `px` samples at both ends with `value`, the last of them in part. */
static void blank(float *line, int n, double px, float value)
{
    for (int i = 0; i < n && i < px; i++) {
        float cover = (float)fmin(1, px - i);
        line[i] += (value - line[i]) * cover;
        line[n - 1 - i] += (value - line[n - 1 - i]) * cover;
    }
}

/* The filter of n samples around [from, to) of src into dst; both are line buffers with margins. */
static void filter_line(const struct vh_simulate *tape, float *dst, const float *src,
    const struct vh_line_filter *f, int from, int to)
{
    tape->dsp.fir(dst + from, src + from - f->origin, f->tap, f->n_taps, to - from);
}

/* Filters and moves a line by `shift` samples to the right. Uses *a as input, *b as scratch; the result is in
 * *a. */
static void filter_and_shift(const struct vh_simulate *tape, float **a, float **b,
    const struct vh_line_filter *filter, double shift, int n)
{
    int whole = (int)floor(shift + 0.5);
    int reach = whole < 0 ? -whole : whole;
    if (filter->n_taps) {
        filter_line(tape, *b, *a, filter, -reach - VH_SHIFT_TAPS, n + reach + VH_SHIFT_TAPS);
        float *swap = *a;
        *a = *b, *b = swap;
    }
    if (shift == 0)
        return;
    float tap[VH_SHIFT_TAPS];
    vh_line_filter_shift(tap, shift - whole);
    tape->dsp.fir(*b, *a - whole - VH_SHIFT_TAPS / 2, tap, VH_SHIFT_TAPS, n);
    float *swap = *a;
    *a = *b, *b = swap;
}

static void add_noise(const struct vh_simulate *tape, float *line, float *scratch[2], uint64_t key,
    double sigma, const struct vh_line_filter *filter, int n)
{
    if (sigma <= 0)
        return;
    if (filter->n_taps) {
        tape->dsp.noise(scratch[0], key, n + filter->n_taps - 1);
        tape->dsp.fir(scratch[1], scratch[0], filter->tap, filter->n_taps, n);
        tape->dsp.add(line, scratch[1], (float)sigma, n);
    } else {
        tape->dsp.noise(scratch[0], key, n);
        tape->dsp.add(line, scratch[0], (float)sigma, n);
    }
}

/* Line y of a progressive plane, through the camera's filter where there is one. */
static void load_line(const struct vh_simulate *tape, float *dst, struct vh_plane_const p, int y)
{
    y = y < 0 ? 0 : y < p.height ? y : p.height - 1;
    const uint16_t *line = p.data + y * p.stride;
    if (tape->options.camera == VH_TAPE_CAMERA_NONE) {
        tape->dsp.load(dst, line, p.width);
        return;
    }
    const uint16_t *above = y > 0 ? line - p.stride : line;
    const uint16_t *below = y < p.height - 1 ? line + p.stride : line;
    tape->dsp.load_121(dst, above, line, below, p.width);
}

static double line_strength(const struct field_job *job, int line)
{
    return vh_simulate_tracking_strength(job->band_line, job->band_height, line);
}

static void make_luma_line(const struct field_job *job, int slice, int j)
{
    const struct vh_simulate *tape = job->tape;
    const struct vh_simulate_options *o = &tape->options;
    struct vh_plane_const p = job->scene.plane[0];
    float *a = buffer(tape, slice, 0), *b = buffer(tape, slice, 1);
    load_line(tape, a, p, 2 * (j - job->bounce) + job->parity);

    double pedestal = o->setup / 100 * 219, gain = o->video_gain * job->gain * (219 - pedestal) / 219;
    double offset = 16 + pedestal - 16 * gain;
    if (gain != 1 || offset != 0)
        tape->dsp.affine(a, (float)gain, (float)offset, p.width);
    if (o->blanking > 0)
        blank(a, p.width, o->blanking * tape->px, (float)(16 + pedestal));
    extend(a, p.width);
    filter_and_shift(tape, &a, &b, &tape->luma, job->shift[j], p.width);

    float *scratch[2] = {buffer(tape, slice, 2), buffer(tape, slice, 3)};
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_LUMA, job->field, j);
    add_noise(tape, a, scratch, key, o->noise, &tape->luma_noise, p.width);
    double strength = line_strength(job, j);
    if (strength > 0) {
        const double tracking_noise = 45; /* codes in the middle of the band: the carrier is all but lost */
        static const struct vh_line_filter white = {0};
        key = vh_random_key(tape->seed, VH_RANDOM_TRACKING_NOISE, job->field, j);
        add_noise(tape, a, scratch, key, tracking_noise * strength, &white, p.width);
    }
    tape->dsp.store(job->out.plane[0].data + j * job->out.plane[0].stride, a, p.width);
}

/* Line j - delay of a chroma field, between two lines by linear interpolation, as a comb filter's delay is.
 */
static void load_chroma(const struct field_job *job, float *dst, float *scratch, int plane, int j)
{
    const struct vh_simulate *tape = job->tape;
    struct vh_plane_const p = job->scene.plane[plane];
    double delay = (tape->options.chroma_delay_y + job->bounce) / (1 << job->scene.sub_y);
    int whole = (int)floor(delay), lines = (p.height + 1 - job->parity) / 2;
    float part = (float)(delay - whole);
    int near = j - whole, far = near - 1;
    near = near < 0 ? 0 : near < lines ? near : lines - 1;
    far = far < 0 ? 0 : far < lines ? far : lines - 1;
    load_line(tape, dst, p, 2 * near + job->parity);
    if (part > 0) {
        load_line(tape, scratch, p, 2 * far + job->parity);
        tape->dsp.affine(dst, 1 - part, 0, p.width);
        tape->dsp.add(dst, scratch, part, p.width);
    }
    tape->dsp.affine(dst, 1, -128, p.width);
}

static void turn_hue(const struct field_job *job, float **u, float **v, float **scratch, int j, int n)
{
    const struct vh_simulate *tape = job->tape;
    if (tape->options.hue_noise <= 0)
        return;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_HUE, job->field, j);
    double angle = tape->options.hue_noise * 3.14159265358979323846 / 180 * vh_random_normal(&key);
    float c = (float)cos(angle), s = (float)sin(angle);
    tape->dsp.mix(scratch[0], *u, c, *v, -s, n);
    tape->dsp.mix(scratch[1], *u, s, *v, c, n);
    float *swap_u = *u, *swap_v = *v;
    *u = scratch[0], *v = scratch[1];
    scratch[0] = swap_u, scratch[1] = swap_v;
}

static double chroma_line_gain(const struct field_job *job, int j)
{
    for (int i = 0; i < job->n_losses; i++)
        if (job->loss[i] == j)
            return 0;
    return 1 - line_strength(job, j << job->scene.sub_y);
}

static void make_chroma_lines(const struct field_job *job, int slice, int j)
{
    const struct vh_simulate *tape = job->tape;
    const struct vh_simulate_options *o = &tape->options;
    int n = job->scene.plane[1].width, luma_lines = (job->scene.plane[0].height + 1 - job->parity) / 2;
    int beside = j << job->scene.sub_y;
    double shift = job->shift[beside < luma_lines ? beside : luma_lines - 1] / (1 << job->scene.sub_x);
    double gain = o->video_gain * job->gain * o->saturation * chroma_line_gain(job, j);
    float *c[2], *scratch[2] = {buffer(tape, slice, 4), buffer(tape, slice, 5)};
    for (int i = 0; i < 2; i++) {
        float *a = buffer(tape, slice, 2 * i), *b = buffer(tape, slice, 2 * i + 1);
        load_chroma(job, a, b, i + 1, j);
        if (gain != 1)
            tape->dsp.affine(a, (float)gain, 0, n);
        if (o->blanking > 0)
            blank(a, n, o->blanking * tape->px / (1 << job->scene.sub_x), 0);
        extend(a, n);
        filter_and_shift(tape, &a, &b, &tape->chroma, shift, n);
        c[i] = a;
    }
    turn_hue(job, &c[0], &c[1], scratch, j, n);
    float *spare[2] = {scratch[0], scratch[1]};
    for (int i = 0; i < 2; i++) {
        enum vh_random_use use = i ? VH_RANDOM_CR : VH_RANDOM_CB;
        uint64_t key = vh_random_key(tape->seed, use, job->field, j);
        add_noise(tape, c[i], spare, key, o->chroma_noise, &tape->chroma_noise, n);
        tape->dsp.affine(c[i], 1, 128, n);
        tape->dsp.store(job->out.plane[i + 1].data + j * job->out.plane[i + 1].stride, c[i], n);
    }
}

static void make_slice(void *arg, int index, int n)
{
    struct frame_job *frame = arg;
    for (int f = 0; f < 2; f++) {
        struct field_job *job = &frame->field[f];
        int y0, y1;
        vh_pool_rows(job->out.plane[0].height, index, n, &y0, &y1);
        for (int j = y0; j < y1; j++)
            make_luma_line(job, index, j);
        if (job->out.n_planes < 3)
            continue;
        vh_pool_rows(job->out.plane[1].height, index, n, &y0, &y1);
        for (int j = y0; j < y1; j++)
            make_chroma_lines(job, index, j);
    }
}

/* ---- spots on the finished field ---- */

static uint16_t to_sample(double code)
{
    double v = floor(code * VH_CODE + 0.5);
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

static void draw_streak(uint16_t *line, const struct vh_dropout *d, int width, uint64_t key)
{
    double level = d->kind == VH_DROPOUT_BLACK ? 16 : 235;
    int end = d->start + d->length < width ? d->start + d->length : width;
    for (int x = d->start; x < end; x++) {
        if (d->kind == VH_DROPOUT_NOISE)
            level = 16 + 219 * vh_random_uniform(&key);
        line[x] = to_sample(level);
    }
    if (d->tail <= 0)
        return;
    int reach = end + VH_TAPE_TAIL_REACH * (int)ceil(d->tail);
    for (int x = end; x < reach && x < width; x++) {
        double code = (double)line[x] / VH_CODE;
        line[x] = to_sample(code + (level - code) * exp(-(x - end + 1) / d->tail));
    }
}

/* Takes most of the colour from the chroma beside a dropout. */
static void fade_chroma(const struct field_job *job, const struct vh_dropout *d)
{
    int first = d->line >> job->out.sub_y, last = (d->line + d->n_lines - 1) >> job->out.sub_y;
    for (int i = 1; i < job->out.n_planes; i++) {
        struct vh_plane p = job->out.plane[i];
        int x1 = ((d->start + d->length) >> job->out.sub_x) < p.width
                     ? (d->start + d->length) >> job->out.sub_x
                     : p.width;
        for (int j = first; j <= last && j < p.height; j++)
            for (int x = d->start >> job->out.sub_x; x < x1; x++) {
                uint16_t *sample = p.data + j * p.stride + x;
                *sample = (uint16_t)(128 * VH_CODE + (*sample - 128 * VH_CODE) / 4);
            }
    }
}

static void draw_dropouts(const struct field_job *job)
{
    struct vh_dropout list[VH_SIMULATE_MAX_DROPOUTS];
    int n = vh_simulate_dropouts(job->tape, job->field, list);
    struct vh_plane p = job->out.plane[0];
    for (int i = 0; i < n; i++) {
        const struct vh_dropout *d = &list[i];
        for (int j = d->line; j < d->line + d->n_lines; j++) {
            uint16_t *line = p.data + j * p.stride;
            uint64_t key = vh_random_key(job->tape->seed, VH_RANDOM_STREAK, job->field, j);
            if (d->kind == VH_DROPOUT_CONCEALED)
                memcpy(line + d->start, line - p.stride + d->start, (size_t)d->length * sizeof *line);
            else
                draw_streak(line, d, p.width, key);
        }
        if (d->kind != VH_DROPOUT_CONCEALED)
            fade_chroma(job, d);
    }
}

/* The transient where one head hands over to the other: a short burst in the first torn line. */
static void draw_switch(const struct field_job *job)
{
    const int length = 30; /* samples, about 2 us */
    struct vh_plane p = job->out.plane[0];
    int torn = vh_simulate_switch_line(job->tape, job->field);
    if (torn >= p.height || p.width < 2 * length)
        return;
    uint64_t key = vh_random_key(job->tape->seed, VH_RANDOM_SWITCH, job->field, 0);
    int start = (int)(vh_random_uniform(&key) * (p.width - length));
    uint16_t *line = p.data + torn * p.stride;
    for (int x = start; x < start + length; x++)
        line[x] = to_sample((double)line[x] / VH_CODE + 40 * vh_random_normal(&key));
}

/* ---- the composite signal between deck and capture ---- */

static void mix_slice(void *arg, int index, int n)
{
    const struct frame_job *frame = arg;
    const struct vh_simulate *tape = frame->field[0].tape;
    const struct vh_simulate_options *o = &tape->options;
    struct composite composite =
        composite_make(tape->format.width, tape->format.height, o->dot_crawl, o->cross_colour);
    for (int f = 0; f < 2; f++) {
        int y0, y1;
        vh_pool_rows(frame->field[f].out.plane[1].height, index, n, &y0, &y1);
        composite_mix(&composite, &frame->field[f].out, frame->field[f].field / 2, f, y0, y1,
            buffer(tape, index, 0) - VH_TAPE_MARGIN);
    }
}

/* ---- frame ---- */

static struct field_job begin_field(
    struct vh_simulate *tape, int64_t field, const struct vh_image_const *scene, const struct vh_image *out)
{
    struct field_job job = {.tape = tape, .field = field, .scene = *scene};
    job.parity = vh_simulate_parity(tape, field);
    job.out = vh_image_field(*out, job.parity);
    double *shift = tape->shift[field & 1];
    vh_simulate_line_shifts(tape, field, shift);
    for (int j = 0; j < job.out.plane[0].height; j++)
        shift[j] *= tape->px;
    job.shift = shift;
    job.gain = vh_simulate_gain(tape, field);
    job.bounce = vh_simulate_bounce(tape, field);
    job.band_height = vh_simulate_tracking_band(tape, field, &job.band_line);
    job.n_losses = vh_simulate_chroma_losses(tape, field, job.loss);
    return job;
}

/* No programme: what a recorder shows without a signal, flat as it makes it itself, or noise. */
static void fill_blank(const struct vh_simulate *tape, int64_t index, const struct vh_image *out)
{
    static const uint8_t colour[][3] = {
        [VH_TAPE_BLANK_BLACK] = {16, 128, 128}, [VH_TAPE_BLANK_BLUE] = {41, 240, 110}, {128, 128, 128}};
    const int what = tape->options.blank;
    for (int p = 0; p < out->n_planes; p++)
        for (int y = 0; y < out->plane[p].height; y++) {
            uint16_t *line = out->plane[p].data + y * out->plane[p].stride;
            uint64_t key = vh_random_key(tape->seed, VH_RANDOM_SNOW, index, y);
            for (int x = 0; x < out->plane[p].width; x++)
                line[x] = to_sample(
                    what == VH_TAPE_BLANK_SNOW && !p ? 16 + 219 * vh_random_uniform(&key) : colour[what][p]);
        }
}

int vh_simulate_frame(struct vh_simulate *tape, int64_t index, const struct vh_image_const *early,
    const struct vh_image_const *late, const struct vh_image *out)
{
    if (vh_simulate_is_blank(tape, index)) {
        fill_blank(tape, index, out);
        return VH_OK;
    }
    struct frame_job job = {
        .field = {begin_field(tape, 2 * index, early, out), begin_field(tape, 2 * index + 1, late, out)}};
    vh_pool_run(tape->pool, make_slice, &job, VH_TAPE_SLICES);
    for (int f = 0; f < 2; f++) {
        draw_dropouts(&job.field[f]);
        vh_simulate_draw_dirt(tape, job.field[f].field, &job.field[f].out);
        draw_switch(&job.field[f]);
    }
    if (out->n_planes == 3 && (tape->options.dot_crawl > 0 || tape->options.cross_colour > 0))
        vh_pool_run(tape->pool, mix_slice, &job, VH_TAPE_SLICES);
    return VH_OK;
}

/* ---- life ---- */

static void design_filters(struct vh_simulate *tape)
{
    const struct vh_simulate_options *o = &tape->options;
    double luma_mhz = 13.5 * tape->px, chroma_mhz = luma_mhz / (1 << tape->format.sub_x);
    vh_line_filter_design(&tape->luma, &(struct vh_line_filter_spec){.cutoff = o->luma_bandwidth / luma_mhz,
                                           .halo = o->halo,
                                           .distance = o->halo_distance * tape->px,
                                           .skew = o->halo_skew});
    vh_line_filter_design(
        &tape->chroma, &(struct vh_line_filter_spec){.cutoff = o->chroma_bandwidth / chroma_mhz,
                           .delay = o->chroma_delay_x * tape->px / (1 << tape->format.sub_x)});
    vh_line_filter_design(
        &tape->luma_noise, &(struct vh_line_filter_spec){.cutoff = o->noise_bandwidth / luma_mhz});
    vh_line_filter_design(
        &tape->chroma_noise, &(struct vh_line_filter_spec){.cutoff = o->chroma_bandwidth / chroma_mhz});
    vh_line_filter_unit_energy(&tape->luma_noise);
    vh_line_filter_unit_energy(&tape->chroma_noise);
}

static int check_format(const struct vh_simulate_format *f, const struct vh_log *log)
{
    if (f->width < 64 || f->width > 1920 || f->height < 32 || f->height > 1088)
        return vh_fail(log, VH_ERR_USAGE,
            "a tape of %dx%d is outside 64x32 to 1920x1088; scale the picture first", f->width, f->height);
    if (f->frame_rate.num <= 0 || f->frame_rate.den <= 0)
        return vh_fail(log, VH_ERR_USAGE,
            "the tape's frame rate %d/%d is not positive; give the input a rate", f->frame_rate.num,
            f->frame_rate.den);
    return VH_OK;
}

static void resolve_standard(struct vh_simulate *tape)
{
    bool ntsc = vh_is_525(tape->format.height);
    int order = tape->options.order;
    if (order == VH_TAPE_ORDER_AUTO)
        order = ntsc ? VH_TAPE_ORDER_BFF : VH_TAPE_ORDER_TFF;
    tape->options.order = order;
    tape->order = order == VH_TAPE_ORDER_BFF ? VH_FIELDS_BFF : VH_FIELDS_TFF;
    if (tape->options.hum_frequency == VH_AUTO_INT)
        tape->options.hum_frequency = ntsc ? 60 : 50;
}

int vh_simulate_create(struct vh_simulate **tape, const struct vh_simulate_options *options,
    const struct vh_simulate_format *format, struct vh_pool *pool, unsigned cpu_flags,
    const struct vh_log *log)
{
    *tape = NULL;
    int status = check_format(format, log);
    if (status < 0)
        return status;
    struct vh_simulate *t = vh_alloc(1, sizeof *t);
    if (!t)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the tape simulator");
    t->options = *options;
    t->format = *format;
    t->pool = pool;
    t->px = format->width / 720.0;
    vh_simulate_resolve(&t->options);
    resolve_standard(t);
    t->seed = (uint64_t)t->options.seed;
    vh_dsp_tape_lines_init(&t->dsp, cpu_flags);
    design_filters(t);
    t->line_floats = (format->width + 2 * VH_TAPE_MARGIN + 15) / 16 * 16;
    t->scratch = vh_alloc((size_t)VH_TAPE_SLICES * VH_TAPE_BUFFERS * (size_t)t->line_floats, sizeof(float));
    for (int i = 0; i < 2; i++)
        t->shift[i] = vh_alloc((size_t)format->height, sizeof(double));
    if (!t->scratch || !t->shift[0] || !t->shift[1]) {
        vh_simulate_destroy(&t);
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the tape simulator");
    }
    *tape = t;
    return VH_OK;
}

void vh_simulate_destroy(struct vh_simulate **tape)
{
    if (!tape || !*tape)
        return;
    vh_free((*tape)->scratch);
    vh_free((*tape)->shift[0]);
    vh_free((*tape)->shift[1]);
    vh_freep(tape);
}

const struct vh_simulate_options *vh_simulate_options(const struct vh_simulate *tape)
{
    return &tape->options;
}

const struct vh_simulate_format *vh_simulate_format(const struct vh_simulate *tape)
{
    return &tape->format;
}

enum vh_field_order vh_simulate_order(const struct vh_simulate *tape)
{
    return tape->order;
}

double vh_simulate_overshoot(const struct vh_simulate *tape)
{
    return tape->luma.overshoot;
}
