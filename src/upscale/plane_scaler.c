/* See plane_scaler.h. One pass = a list of stripes, each with its work memory and, where zimg does it, its
 * graph. Lines that are doubled and then put together downwards make one pass: each stripe doubles what it
 * needs into a ring of its own.
 */
#include "plane_scaler.h"

#include "column_scaler.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "dsp/antiring.h"
#include "row_doubler.h"
#include "scale_kernel.h"
#include "upscale/upscaler.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zimg.h>

enum {
    STRIPE_LINES = 64, /* long enough that the overlap costs little, short enough for sixteen threads */
    RING = 8,          /* doubled lines that a stripe holds: at least VH_SCALE_TAPS */
    ALIGN_SAMPLES =
        32 /* zimg wants lines that start at multiples of 32 bytes; 64 keeps to whole cache lines */
};
_Static_assert((int)RING >= (int)VH_SCALE_TAPS, "a line is made of that many");

/* Lines [in0, in0 + in_lines) to [out0, out0 + out_lines), by one call of zimg where there is a graph. */
struct stripe {
    zimg_filter_graph *graph;
    void *work;                   /* zimg's temporary memory, or a line's scratch */
    uint16_t *in_copy, *out_copy; /* for views that are not aligned; made when the first one comes */
    uint16_t *line;               /* a finished line, for a sink */
    uint16_t *ring;               /* source lines made twice as long: line y at y % RING */
    int held[RING];               /* which lines these are */
    int in0, in_lines, out0, out_lines;
    int status;
};

struct pass {
    struct stripe *stripe;
    int n;
    bool doubles; /* lines are made twice as long here, without zimg */
    int in_width, out_width;
};

struct vh_plane_scaler {
    struct vh_plane_scaler_config config;
    struct vh_row_doubler doubler;   /* where rows.doubles */
    struct vh_column_scaler stacker; /* where `stacks` */
    bool stacks;                     /* lines are put together here, without zimg */
    bool one_pass;                   /* `columns` doubles the lines it needs: `rows` is not run */
    struct pass rows, columns;       /* n = 0: nothing to do on that axis */
    uint16_t *between;               /* between the passes: out_width x in_height */
    ptrdiff_t between_stride;
    uint16_t
        *whole; /* a finished plane, for a sink, where lines are not made one by one; when first needed */
    struct vh_dsp_antiring dsp;
    int strength;         /* of the clamp, 0 to 256 */
    uint16_t *column;     /* left source column of each output column */
    uint16_t *clamp_work; /* per stripe of the last pass: 2 rows of the source, 2 of the output */
    int clamp_pitch;      /* samples of clamp_work per stripe */
};

/* What the slices of one run share. */
struct job {
    struct vh_plane_scaler *scaler;
    struct pass *pass;
    const struct vh_plane_const *in, *source;
    const struct vh_plane *out;
    const struct vh_line_sink *sink; /* or NULL */
};

const char *vh_scale_filter_name(enum vh_scale_filter filter)
{
    static const char *const names[] = {"spline36", "lanczos", "bicubic", "bilinear"};
    return names[filter];
}

static int align(int samples)
{
    return (samples + ALIGN_SAMPLES - 1) / ALIGN_SAMPLES * ALIGN_SAMPLES;
}

static zimg_cpu_type_e zimg_cpu(unsigned cpu_flags)
{
#if defined(__x86_64__)
    return cpu_flags & VH_CPU_AVX2 ? ZIMG_CPU_X86_AVX2 : ZIMG_CPU_NONE;
#else
    return cpu_flags ? ZIMG_CPU_AUTO : ZIMG_CPU_NONE;
#endif
}

static void set_filter(zimg_graph_builder_params *params, enum vh_scale_filter filter)
{
    static const zimg_resample_filter_e filters[] = {
        ZIMG_RESIZE_SPLINE36, ZIMG_RESIZE_LANCZOS, ZIMG_RESIZE_BICUBIC, ZIMG_RESIZE_BILINEAR};
    params->resample_filter = filters[filter];
    if (filter == VH_FILTER_LANCZOS)
        params->filter_param_a = 3;
    if (filter == VH_FILTER_BICUBIC) { /* Catmull-Rom */
        params->filter_param_a = 0;
        params->filter_param_b = 0.5;
    }
}

/* Builds the graph and work memory of one stripe; `x` and `y` are relative to the stripe's first sample. */
static int open_stripe(const struct vh_plane_scaler_config *config, struct stripe *stripe, int in_width,
    int out_width, struct vh_axis x, struct vh_axis y)
{
    zimg_image_format in, out;
    zimg_image_format_default(&in, ZIMG_API_VERSION);
    in.width = (unsigned)in_width;
    in.height = (unsigned)stripe->in_lines;
    in.pixel_type = ZIMG_PIXEL_WORD;
    in.depth = 16;
    in.pixel_range = ZIMG_RANGE_FULL;
    out = in;
    out.width = (unsigned)out_width;
    out.height = (unsigned)stripe->out_lines;
    in.active_region.left = x.start;
    in.active_region.width = x.step * out_width;
    in.active_region.top = y.start;
    in.active_region.height = y.step * stripe->out_lines;
    zimg_graph_builder_params params;
    zimg_graph_builder_params_default(&params, ZIMG_API_VERSION);
    set_filter(&params, config->filter);
    params.cpu_type = zimg_cpu(config->cpu_flags);
    stripe->graph = zimg_filter_graph_build(&in, &out, &params);
    size_t bytes = 0;
    if (!stripe->graph || zimg_filter_graph_get_tmp_size(stripe->graph, &bytes) != ZIMG_ERROR_SUCCESS) {
        char message[200] = "";
        zimg_get_last_error(message, sizeof message);
        return vh_fail(config->log, VH_ERR_EXTERNAL, "zimg cannot scale %dx%d to %dx%d: %s", in_width,
            stripe->in_lines, out_width, stripe->out_lines, message);
    }
    stripe->work = vh_alloc(bytes ? bytes : 1, 1);
    return stripe->work ? VH_OK : vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
}

static const struct vh_axis identity = {0, 1};

static bool is_identity(struct vh_axis axis, int in, int out)
{
    return in == out && fabs(axis.start) < 1e-9 && fabs(axis.step - 1) < 1e-9;
}

/* The source lines that output lines [first, first + n) of `axis` can reach. */
static void reach_of(
    const struct vh_plane_scaler_config *config, struct vh_axis axis, struct stripe *stripe, int size)
{
    double reach = vh_scale_reach(config->filter) * fmax(axis.step, 1) + 2;
    double low = axis.start + axis.step * stripe->out0 - reach;
    double high = axis.start + axis.step * (stripe->out0 + stripe->out_lines) + reach;
    int in0 = low < 0 ? 0 : (int)low, in1 = high > size ? size : (int)ceil(high);
    stripe->in0 = in0 < size ? in0 : size - 1;
    stripe->in_lines = in1 - stripe->in0 > 0 ? in1 - stripe->in0 : 1;
}

static int open_doubled(const struct vh_plane_scaler_config *config, struct stripe *stripe)
{
    stripe->work = vh_alloc(vh_row_doubler_scratch(config->in_width), sizeof(int16_t));
    return stripe->work ? VH_OK : vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
}

static int open_stacked(const struct vh_plane_scaler *scaler, struct stripe *stripe)
{
    const struct vh_plane_scaler_config *config = &scaler->config;
    stripe->line = vh_alloc((size_t)config->out_width, sizeof *stripe->line);
    if (!stripe->line)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
    if (!scaler->one_pass)
        return VH_OK;
    stripe->ring = vh_alloc((size_t)RING * (size_t)align(config->out_width), sizeof *stripe->ring);
    if (!stripe->ring)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
    return open_doubled(config, stripe);
}

static int open_stacker(struct vh_plane_scaler *scaler)
{
    const struct vh_plane_scaler_config *c = &scaler->config;
    scaler->stacks = vh_column_scaler_fits(c->y, c->in_height);
    scaler->one_pass = scaler->stacks && scaler->rows.doubles;
    if (scaler->stacks && vh_column_scaler_init(&scaler->stacker, c->filter, c->y, c->in_height,
                              c->out_height, c->cpu_flags) != VH_OK)
        return vh_fail(c->log, VH_ERR_RESOURCE, "out of memory for scaling");
    return VH_OK;
}

static int open_pass(struct vh_plane_scaler *scaler, struct pass *pass, bool vertical)
{
    const struct vh_plane_scaler_config *c = &scaler->config;
    int lines = vertical ? c->out_height : c->in_height;
    pass->in_width = vertical ? c->out_width : c->in_width;
    pass->out_width = c->out_width;
    int n = (lines + STRIPE_LINES - 1) / STRIPE_LINES;
    pass->stripe = vh_alloc((size_t)n, sizeof *pass->stripe);
    if (!pass->stripe)
        return vh_fail(c->log, VH_ERR_RESOURCE, "out of memory for scaling");
    pass->n = n;
    pass->doubles = !vertical && vh_row_doubler_fits(c->x, c->in_width, c->out_width);
    if (pass->doubles)
        vh_row_doubler_init(&scaler->doubler, c->filter, c->x, c->in_width, c->cpu_flags);
    int status = vertical ? open_stacker(scaler) : VH_OK;
    for (int i = 0; i < n && status == VH_OK; i++) {
        struct stripe *s = &pass->stripe[i];
        int end;
        vh_pool_rows(lines, i, n, &s->out0, &end);
        s->out_lines = end - s->out0;
        s->in0 = s->out0;
        s->in_lines = s->out_lines;
        struct vh_axis y = identity;
        if (vertical) {
            reach_of(c, c->y, s, c->in_height);
            y = (struct vh_axis){.start = c->y.start + c->y.step * s->out0 - s->in0, .step = c->y.step};
        }
        status = pass->doubles ? open_doubled(c, s)
                 : vertical && scaler->stacks
                     ? open_stacked(scaler, s)
                     : open_stripe(c, s, pass->in_width, pass->out_width, vertical ? identity : c->x, y);
    }
    return status;
}

static int clamped_cell(struct vh_axis axis, int out, int size)
{
    int cell = (int)floor(axis.start + axis.step * (out + 0.5) - 0.5);
    return cell < 0 ? 0 : cell > size - 1 ? size - 1 : cell;
}

/* The clamp works where the picture is enlarged both ways by a kernel with lobes. */
static int open_clamp(struct vh_plane_scaler *scaler)
{
    const struct vh_plane_scaler_config *c = &scaler->config;
    if (c->antiring <= 0 || c->x.step > 1 || c->y.step > 1 || c->filter == VH_FILTER_BILINEAR ||
        !(scaler->rows.n || scaler->columns.n))
        return VH_OK;
    vh_dsp_antiring_init(&scaler->dsp, c->cpu_flags);
    int stripes = (c->out_height + STRIPE_LINES - 1) / STRIPE_LINES;
    scaler->clamp_pitch = 2 * align(c->in_width + 8) + 2 * align(c->out_width);
    scaler->clamp_work = vh_alloc((size_t)stripes * (size_t)scaler->clamp_pitch, sizeof *scaler->clamp_work);
    scaler->column = vh_alloc((size_t)c->out_width, sizeof *scaler->column);
    if (!scaler->clamp_work || !scaler->column)
        return vh_fail(c->log, VH_ERR_RESOURCE, "out of memory for scaling");
    for (int x = 0; x < c->out_width; x++)
        scaler->column[x] = (uint16_t)clamped_cell(c->x, x, c->in_width);
    scaler->strength = (int)lrint(256 * fmin(c->antiring, 1));
    return VH_OK;
}

int vh_plane_scaler_open(struct vh_plane_scaler **out, const struct vh_plane_scaler_config *config)
{
    *out = NULL;
    struct vh_plane_scaler *scaler = vh_alloc(1, sizeof *scaler);
    if (!scaler)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
    scaler->config = *config;
    int status = VH_OK;
    if (!is_identity(config->x, config->in_width, config->out_width))
        status = open_pass(scaler, &scaler->rows, false);
    if (status == VH_OK && !is_identity(config->y, config->in_height, config->out_height))
        status = open_pass(scaler, &scaler->columns, true);
    if (status == VH_OK && scaler->rows.n && scaler->columns.n && !scaler->one_pass) {
        scaler->between_stride = align(config->out_width);
        scaler->between =
            vh_alloc((size_t)scaler->between_stride * (size_t)config->in_height, sizeof *scaler->between);
        if (!scaler->between)
            status = vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for scaling");
    }
    if (status == VH_OK)
        status = open_clamp(scaler);
    if (status != VH_OK)
        vh_plane_scaler_close(&scaler);
    *out = scaler;
    return status;
}

static void close_pass(struct pass *pass)
{
    for (int i = 0; i < pass->n; i++) {
        if (pass->stripe[i].graph)
            zimg_filter_graph_free(pass->stripe[i].graph);
        vh_free(pass->stripe[i].work);
        vh_free(pass->stripe[i].line);
        vh_free(pass->stripe[i].ring);
        vh_free(pass->stripe[i].in_copy);
        vh_free(pass->stripe[i].out_copy);
    }
    vh_freep(&pass->stripe);
    pass->n = 0;
}

void vh_plane_scaler_close(struct vh_plane_scaler **scaler)
{
    if (!scaler || !*scaler)
        return;
    close_pass(&(*scaler)->rows);
    close_pass(&(*scaler)->columns);
    vh_column_scaler_uninit(&(*scaler)->stacker);
    vh_free((*scaler)->between);
    vh_free((*scaler)->whole);
    vh_free((*scaler)->column);
    vh_free((*scaler)->clamp_work);
    vh_freep(scaler);
}

static bool aligned(const void *data, ptrdiff_t stride)
{
    return (uintptr_t)data % 32 == 0 && stride * (ptrdiff_t)sizeof(uint16_t) % 32 == 0;
}

/* A buffer of one stripe for views zimg cannot take. */
static uint16_t *copy_memory(uint16_t **memory, int stride, int lines)
{
    if (!*memory)
        *memory = vh_alloc((size_t)stride * (size_t)lines, sizeof **memory);
    return *memory;
}

static void copy_lines(
    uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t src_stride, int width, int lines)
{
    for (int y = 0; y < lines; y++)
        memcpy(dst + y * dst_stride, src + y * src_stride, (size_t)width * sizeof *dst);
}

static int run_graph(
    struct stripe *stripe, const uint16_t *in, ptrdiff_t in_stride, uint16_t *out, ptrdiff_t out_stride)
{
    zimg_image_buffer_const source = {.version = ZIMG_API_VERSION};
    zimg_image_buffer target = {.version = ZIMG_API_VERSION};
    source.plane[0].data = in;
    source.plane[0].stride = in_stride * (ptrdiff_t)sizeof *in;
    source.plane[0].mask = ZIMG_BUFFER_MAX;
    target.plane[0].data = out;
    target.plane[0].stride = out_stride * (ptrdiff_t)sizeof *out;
    target.plane[0].mask = ZIMG_BUFFER_MAX;
    return zimg_filter_graph_process(stripe->graph, &source, &target, stripe->work, NULL, NULL, NULL, NULL) ==
                   ZIMG_ERROR_SUCCESS
               ? VH_OK
               : VH_ERR_EXTERNAL;
}

static int run_stripe(
    const struct pass *pass, struct stripe *s, const struct vh_plane_const *in, const struct vh_plane *out)
{
    const uint16_t *source = in->data + s->in0 * in->stride;
    ptrdiff_t source_stride = in->stride, target_stride = out->stride;
    uint16_t *target = out->data + s->out0 * out->stride, *true_target = target;
    if (!aligned(source, source_stride)) {
        ptrdiff_t stride = align(pass->in_width);
        if (!copy_memory(&s->in_copy, (int)stride, s->in_lines))
            return VH_ERR_RESOURCE;
        copy_lines(s->in_copy, stride, source, source_stride, pass->in_width, s->in_lines);
        source = s->in_copy;
        source_stride = stride;
    }
    bool detour = !aligned(target, target_stride);
    if (detour) {
        target_stride = align(pass->out_width);
        target = copy_memory(&s->out_copy, (int)target_stride, s->out_lines);
        if (!target)
            return VH_ERR_RESOURCE;
    }
    int status = run_graph(s, source, source_stride, target, target_stride);
    if (detour && status == VH_OK)
        copy_lines(true_target, out->stride, target, target_stride, pass->out_width, s->out_lines);
    return status;
}

static int double_lines(const struct job *job, struct stripe *s)
{
    for (int y = s->out0; y < s->out0 + s->out_lines; y++)
        vh_row_doubler_line(&job->scaler->doubler, job->out->data + y * job->out->stride,
            job->in->data + y * job->in->stride, s->work);
    return VH_OK;
}

/* The clamp at work in one stripe; the range of a 2x2 cell is kept for as long as the output stays in its row
 * of cells. */
struct clamp {
    uint16_t *low, *high, *wide_low, *wide_high;
    int cell;
};

static struct clamp clamp_of(const struct job *job, int index)
{
    const struct vh_plane_scaler *s = job->scaler;
    uint16_t *low = s->clamp_work + (ptrdiff_t)index * s->clamp_pitch;
    int width = align(s->config.in_width + 8);
    return (struct clamp){
        low, low + width, low + 2 * width, low + 2 * width + align(s->config.out_width), -1};
}

static void clamp_line(const struct job *job, struct clamp *clamp, uint16_t *line, int y)
{
    const struct vh_plane_scaler *s = job->scaler;
    const struct vh_plane_scaler_config *c = &s->config;
    int cell = clamped_cell(c->y, y, c->in_height), below = cell + 1 < c->in_height ? cell + 1 : cell;
    if (cell != clamp->cell) {
        const struct vh_plane_const *in = job->source;
        s->dsp.pairs(clamp->low, clamp->high, in->data + cell * in->stride, in->data + below * in->stride,
            c->in_width);
        s->dsp.spread(clamp->wide_low, clamp->low, s->column, c->out_width);
        s->dsp.spread(clamp->wide_high, clamp->high, s->column, c->out_width);
        clamp->cell = cell;
    }
    s->dsp.clamp(line, clamp->wide_low, clamp->wide_high, c->out_width, s->strength);
}

/* Line y of what is put together downwards. */
static const uint16_t *wide_line(const struct job *job, struct stripe *stripe, int y)
{
    const struct vh_plane_scaler *s = job->scaler;
    const uint16_t *source = job->in->data + y * job->in->stride;
    if (!s->one_pass)
        return source;
    uint16_t *line = stripe->ring + (ptrdiff_t)(y % RING) * align(s->config.out_width);
    if (stripe->held[y % RING] != y)
        vh_row_doubler_line(&s->doubler, line, source, stripe->work);
    stripe->held[y % RING] = y;
    return line;
}

static void stack_line(const struct job *job, struct stripe *stripe, uint16_t *dst, int y)
{
    const struct vh_plane_scaler *s = job->scaler;
    const struct vh_column_taps *taps = &s->stacker.taps[y];
    const uint16_t *line[VH_SCALE_TAPS];
    for (int t = 0; t < VH_SCALE_TAPS; t++)
        line[t] = wide_line(job, stripe, taps->first + t);
    s->stacker.dsp.run(dst, line, taps->coef, s->config.out_width);
}

/* What the last pass still does to lines, or all it does. */
static void finish_lines(struct job *job, struct stripe *stripe, int index, bool stacks)
{
    const struct vh_plane_scaler *s = job->scaler;
    struct clamp clamp = s->strength ? clamp_of(job, index) : (struct clamp){0};
    memset(stripe->held, -1, sizeof stripe->held);
    for (int y = stripe->out0; y < stripe->out0 + stripe->out_lines; y++) {
        uint16_t *line = stacks && job->sink ? stripe->line : job->out->data + y * job->out->stride;
        if (stacks)
            stack_line(job, stripe, line, y);
        if (s->strength)
            clamp_line(job, &clamp, line, y);
        if (job->sink)
            job->sink->put(job->sink->opaque, y, line);
    }
}

static void slice(void *arg, int index, int n)
{
    (void)n;
    struct job *job = arg;
    const struct vh_plane_scaler *s = job->scaler;
    struct stripe *stripe = &job->pass->stripe[index];
    bool vertical = job->pass == &s->columns, last = vertical || !s->columns.n,
         stacks = vertical && s->stacks;
    if (!stacks)
        stripe->status =
            job->pass->doubles ? double_lines(job, stripe) : run_stripe(job->pass, stripe, job->in, job->out);
    if (last && (stacks || s->strength || job->sink))
        finish_lines(job, stripe, index, stacks);
}

static int run_pass(struct job *job, struct vh_pool *pool)
{
    vh_pool_run(pool, slice, job, job->pass->n);
    for (int i = 0; i < job->pass->n; i++)
        if (job->pass->stripe[i].status != VH_OK)
            return vh_fail(
                job->scaler->config.log, job->pass->stripe[i].status, "scaling a picture failed (zimg)");
    return VH_OK;
}

/* Where the last pass writes when lines go to a sink but are not made one by one. */
static int open_whole(struct vh_plane_scaler *s, struct vh_plane *whole)
{
    int stride = align(s->config.out_width);
    if (!copy_memory(&s->whole, stride, s->config.out_height))
        return vh_fail(s->config.log, VH_ERR_RESOURCE, "out of memory for scaling");
    *whole = (struct vh_plane){s->whole, stride, s->config.out_width, s->config.out_height};
    return VH_OK;
}

/* Nothing is scaled. */
static int copy_plane(
    const struct vh_plane_const *in, const struct vh_plane *out, const struct vh_line_sink *sink)
{
    for (int y = 0; sink && y < in->height; y++)
        sink->put(sink->opaque, y, in->data + y * in->stride);
    if (!sink)
        copy_lines(out->data, out->stride, in->data, in->stride, out->width, out->height);
    return VH_OK;
}

int vh_plane_scaler_run(struct vh_plane_scaler *s, const struct vh_plane_const *in,
    const struct vh_plane *out, const struct vh_line_sink *sink, struct vh_pool *pool)
{
    struct vh_plane between = {s->between, s->between_stride, s->config.out_width, s->config.in_height},
                    whole;
    struct vh_plane_const between_in = vh_plane_read(between);
    if (!s->rows.n && !s->columns.n)
        return copy_plane(in, out, sink);
    int status = VH_OK;
    if (sink && !(s->columns.n && s->stacks)) {
        status = open_whole(s, &whole);
        out = &whole;
    }
    struct job job = {
        .scaler = s, .source = in, .in = in, .out = s->columns.n ? &between : out, .sink = sink};
    if (status == VH_OK && s->rows.n && !s->one_pass) {
        job.pass = &s->rows;
        status = run_pass(&job, pool);
        job.in = &between_in;
    }
    if (status == VH_OK && s->columns.n) {
        job.pass = &s->columns;
        job.out = out;
        status = run_pass(&job, pool);
    }
    return status;
}

char *vh_upscaler_version(char *text, size_t size)
{
    unsigned major, minor, micro;
    zimg_get_version_info(&major, &minor, &micro);
    snprintf(text, size, "%u.%u.%u", major, minor, micro);
    return text;
}
