/* Making the plan: recipe -> segments -> geometry -> encoder -> streams, in that order, since each needs what
 * the one before decided. */
#include "pipeline/plan.h"

#include "core/memory.h"
#include "core/status.h"
#include "pipeline/plan_streams.h"
#include "pipeline/plan_time.h"
#include "upscale/convert.h"
#include "upscale/upscaler.h"

#include <libavutil/pixdesc.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct maker {
    struct vh_plan *plan;
    const struct vh_plan_config *config;
    const struct vh_log *log;
    struct vh_format format; /* what the next step gets */
    enum vh_kind kind;
};

/* ---- the source ---- */

/* Soft telecine: film frames shown for two and three fields in turn arrive as 23.976 progressive frames per
 * second. */
static bool soft_telecine(const struct vh_survey *survey)
{
    return survey->n_repeat * 10 > survey->n_frames * 3 && survey->n_progressive * 2 > survey->n_frames;
}

/* The input's rate on an exact grid, or 0/1 when its time stamps do not lie on one (phones, screen captures).
 */
static AVRational grid_rate(const struct vh_stream_info *stream, const struct vh_survey *survey)
{
    AVRational rate = stream->format.frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = stream->average_rate;
    if (rate.num <= 0 || rate.den <= 0)
        return (AVRational){0, 1};
    if (soft_telecine(survey))
        return vh_probe_standard_rate(av_mul_q(rate, (AVRational){4, 5}));
    AVRational average = stream->average_rate;
    bool interlaced = survey->flagged != VH_FIELDS_PROGRESSIVE;
    if (!interlaced && average.num > 0 && fabs(av_q2d(average) / av_q2d(rate) - 1) > 0.01)
        return (AVRational){0, 1};
    return vh_probe_standard_rate(rate);
}

static void resolve_source(struct maker *maker)
{
    const struct vh_plan_config *config = maker->config;
    struct vh_plan *plan = maker->plan;
    const struct vh_stream_info *stream = &config->facts.info->stream[config->facts.info->video];
    plan->source = config->facts.survey->format;
    plan->has_captions = config->facts.survey->n_captions > 0;
    plan->line21[0] = plan->line21[1] = -1;
    if (!plan->has_captions)
        plan->has_captions = vh_line21_found(&config->facts.survey->line21, plan->line21);
    plan->frame_rate = grid_rate(stream, config->facts.survey);
    plan->source.frame_rate = plan->frame_rate;
    if (plan->source.sar.num <= 0 || plan->source.sar.den <= 0)
        plan->source.sar = stream->format.sar;
    plan->source.fields = config->facts.survey->flagged;
    plan->colour_reason = vh_colour_resolve_source(&plan->source, &config->request->colour);
}

/* ---- segments ---- */

/* Fields and frames last whole numbers of this unit, so that halving never rounds. */
static AVRational field_time_base(const struct vh_plan *plan)
{
    if (plan->frame_rate.num <= 0)
        return plan->source.time_base;
    return (AVRational){1, plan->frame_rate.num * 4};
}

static struct vh_plan_segment *add_segment(struct maker *maker, bool native, enum AVPixelFormat pix_fmt)
{
    struct vh_plan *plan = maker->plan;
    if (plan->n_segments == VH_PLAN_SEGMENTS)
        return NULL;
    struct vh_plan_segment *segment = &plan->segment[plan->n_segments++];
    segment->native = native;
    segment->kind_in = segment->kind_out = maker->kind;
    maker->format.pix_fmt = pix_fmt;
    segment->in = segment->out = maker->format;
    /* A native segment converts what the filters before it made; they may have needed fewer bits. */
    if (native && plan->n_segments > 1 && !segment[-1].native)
        segment->in.pix_fmt = segment[-1].out.pix_fmt;
    return segment;
}

/* What `step` makes of `in`; the libav layer reports to `log` (NULL while several formats are tried). */
static int try_step(
    const char *step, const struct vh_format *in, struct vh_format *out, const struct vh_log *log)
{
    struct vh_graph_segment segment = {.step = &step, .n_steps = 1};
    struct vh_graph_format from = {.video = *in}, to = {0};
    int status = vh_graph_try(&segment, &from, &to, log);
    if (status == VH_OK)
        *out = to.video;
    return status;
}

/* The deepest pixel format of the working format's shape that the filter accepts: 16 bit, else down to 8
 * (FFmpeg 5.1's nlmeans, eq and others take 8 bit only). */
static int pick_filter_format(
    struct maker *maker, const char *step, struct vh_format *in, struct vh_format *out)
{
    static const int depth[] = {16, 14, 12, 10, 8};
    enum AVPixelFormat base = vh_convert_working(maker->plan->source.pix_fmt);
    for (size_t i = 0; i < sizeof depth / sizeof *depth; i++) {
        *in = maker->format;
        in->pix_fmt = vh_convert_depth(base, depth[i]);
        if (in->pix_fmt != AV_PIX_FMT_NONE && try_step(step, in, out, NULL) == VH_OK)
            return VH_OK;
    }
    in->pix_fmt = base;
    return try_step(step, in, out, maker->log);
}

static int add_filter(struct maker *maker, const struct vh_recipe_step *step)
{
    struct vh_format in, out;
    char what[48]; /* mistakes are told with the option they stand in */
    snprintf(what, sizeof what, "--%s", step->name);
    int status = vh_graph_check(what, step->filter, false, maker->log);
    if (status == VH_OK)
        status = pick_filter_format(maker, step->filter, &in, &out);
    if (status != VH_OK)
        return status;
    struct vh_plan *plan = maker->plan;
    struct vh_plan_segment *last = plan->n_segments ? &plan->segment[plan->n_segments - 1] : NULL;
    if (!last || last->native || last->out.pix_fmt != in.pix_fmt || last->n == VH_PLAN_STEPS) {
        /* Two filter segments that differ in format need a converter between them: an empty native segment.
         */
        if (last && !last->native && !add_segment(maker, true, vh_convert_working(plan->source.pix_fmt)))
            return VH_ERR_RESOURCE;
        last = add_segment(maker, false, in.pix_fmt);
        if (!last)
            return VH_ERR_RESOURCE;
    }
    last->step[last->n++] = step->filter;
    /* Colours and order do not travel on all versions' links; a recipe's filters do not change the first. */
    struct vh_format next = maker->format;
    next.pix_fmt = out.pix_fmt;
    next.width = out.width;
    next.height = out.height;
    next.sar = out.sar;
    next.frame_rate = out.frame_rate;
    next.time_base = out.time_base;
    if (step->out == VH_KIND_PROGRESSIVE)
        next.fields = VH_FIELDS_PROGRESSIVE;
    /* Behind a stage that works on fields the recipe's kind is still fields; what a filter gets is woven. */
    maker->kind = last->kind_out = step->out == VH_KIND_FIELD ? VH_KIND_WOVEN : step->out;
    maker->format = last->out = next;
    return VH_OK;
}

static int add_native(struct maker *maker, const struct vh_recipe_step *step)
{
    struct vh_plan *plan = maker->plan;
    enum AVPixelFormat native = vh_convert_working(plan->source.pix_fmt);
    struct vh_plan_segment *last = plan->n_segments ? &plan->segment[plan->n_segments - 1] : NULL;
    if (!last || !last->native || last->n == VH_PLAN_STEPS)
        last = add_segment(maker, true, native);
    if (!last)
        return VH_ERR_RESOURCE;
    struct vh_stage_config config = {.format = maker->format,
        .options = step->options,
        .pool = plan->pool,
        .cpu_flags = plan->cpu_flags,
        .log = maker->log,
        .events = maker->config->events};
    int status = vh_stage_open(&last->stage[last->n], step->stage, &config);
    if (status != VH_OK)
        return status;
    const struct vh_stage_needs *needs = &last->stage[last->n++]->needs;
    AVRational rate = maker->format.frame_rate;
    maker->format = needs->format;
    maker->format.frame_rate = rate;
    if (needs->in == VH_KIND_FIELD && needs->out == VH_KIND_PROGRESSIVE) {
        maker->format.fields = VH_FIELDS_PROGRESSIVE;
        if (plan->recipe.rate_factor == 2)
            maker->format.frame_rate = av_mul_q(rate, (AVRational){2, 1});
    }
    maker->kind = needs->out == VH_KIND_FIELD ? VH_KIND_WOVEN : needs->out;
    last->kind_out = maker->kind;
    last->out = maker->format;
    return VH_OK;
}

static int make_segments(struct maker *maker)
{
    struct vh_plan *plan = maker->plan;
    const struct vh_plan_config *config = maker->config;
    struct vh_recipe_request request = {.options = &config->request->restore,
        .stage_options = (const void *const *)config->request->stage_options,
        .profile = config->facts.profile,
        .format = plan->source,
        .log = maker->log};
    int status = vh_recipe_make(&plan->recipe, &request);
    if (status != VH_OK)
        return status;
    plan->source.fields = plan->recipe.order;
    maker->format = plan->source;
    maker->format.time_base = field_time_base(plan);
    maker->format.range = AVCOL_RANGE_MPEG; /* inside, everything is limited range */
    maker->kind = plan->source.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_WOVEN;
    for (int i = 0; i < plan->recipe.n_steps && status == VH_OK; i++) {
        const struct vh_recipe_step *step = &plan->recipe.step[i];
        if (!step->off)
            status = step->kind == VH_STEP_FILTER ? add_filter(maker, step) : add_native(maker, step);
    }
    if (!plan->n_segments)
        maker->format.pix_fmt = vh_convert_working(plan->source.pix_fmt);
    plan->restored = maker->format;
    plan->kind = maker->kind;
    return status;
}

/* ---- shape, colour and encoder ---- */

/* A measured border in whole samples, up to the next multiple of `grid`; 0 where there is none or nobody is
 * sure. */
static int border(const struct vh_profile *profile, const char *key, double scale, int grid)
{
    double value;
    if (!vh_profile_defect(profile, key, &value))
        return 0;
    return ((int)ceil(value * scale - 0.01) + grid - 1) / grid * grid;
}

/* --crop auto: the black borders that were measured, and the head-switching band below the picture. */
static void measured_crop(const struct maker *maker, struct vh_crop *crop)
{
    const struct vh_plan *plan = maker->plan;
    const struct vh_profile *profile = maker->config->facts.profile;
    if (!profile || !vh_profile_get(profile, "geometry.crop_top") ||
        plan->restored.width != plan->source.width || plan->restored.height != plan->source.height) {
        vh_warn(maker->log, "--crop auto: the borders of this picture were not measured; nothing is cut off");
        return;
    }
    int sub_x = 0, sub_y = 0;
    if (plan->kind == VH_KIND_WOVEN) { /* see check_crop */
        av_pix_fmt_get_chroma_sub_sample(plan->restored.pix_fmt, &sub_x, &sub_y);
        sub_y += 1;
    }
    int band = border(profile, "headswitch.lines", 2, 1 << sub_y);
    crop->top = border(profile, "geometry.crop_top", 1, 1 << sub_y);
    crop->bottom = border(profile, "geometry.crop_bottom", 1, 1 << sub_y);
    crop->left = border(profile, "geometry.crop_left", 1, 1 << sub_x);
    crop->right = border(profile, "geometry.crop_right", 1, 1 << sub_x);
    crop->bottom = crop->bottom > band ? crop->bottom : band;
}

static int resolve_geometry(struct maker *maker)
{
    struct vh_plan *plan = maker->plan;
    struct vh_geometry_options options = maker->config->request->geometry;
    struct vh_geometry_source source = {
        .width = plan->restored.width, .height = plan->restored.height, .sar = plan->restored.sar};
    bool automatic = options.crop && !strcmp(options.crop, "auto");
    int status = automatic ? VH_OK : vh_crop_parse(&source.crop, options.crop, maker->log);
    if (status != VH_OK)
        return status;
    if (automatic)
        measured_crop(maker, &source.crop);
    if (plan->kind == VH_KIND_WOVEN) {
        if ((options.height != VH_AUTO_INT && options.height != 0) || options.scale > 0 || options.size.width)
            return vh_fail(maker->log, VH_ERR_USAGE,
                "interlaced pictures cannot be scaled: choose a --deinterlace method, or leave out --height, "
                "--scale and --size");
        options.height = 0;
        options.sar = VH_SAR_KEEP;
    }
    return vh_geometry_resolve(&plan->geometry, &source, &options, maker->log);
}

/* The upscaler crops anywhere. The crop of an interlaced picture is a view into it, so it must lie on the
 * chroma grid. */
static int check_crop(struct maker *maker)
{
    const struct vh_crop *crop = &maker->plan->geometry.crop;
    int sub_x = 0, sub_y = 0;
    if (maker->plan->kind != VH_KIND_WOVEN)
        return VH_OK;
    av_pix_fmt_get_chroma_sub_sample(maker->plan->restored.pix_fmt, &sub_x, &sub_y);
    sub_y += 1; /* both fields lose the same number of lines */
    if (crop->left % (1 << sub_x) || crop->right % (1 << sub_x))
        return vh_fail(maker->log, VH_ERR_USAGE,
            "--crop: left %d and right %d must be multiples of %d for this chroma", crop->left, crop->right,
            1 << sub_x);
    if (crop->top % (1 << sub_y) || crop->bottom % (1 << sub_y))
        return vh_fail(maker->log, VH_ERR_USAGE,
            "--crop: top %d and bottom %d must be multiples of %d for this chroma", crop->top, crop->bottom,
            1 << sub_y);
    return VH_OK;
}

static void wanted_chroma(const struct vh_plan *plan, int pixel, int *sub_x, int *sub_y)
{
    *sub_x = pixel == VH_PIXEL_420 || pixel == VH_PIXEL_422;
    *sub_y = pixel == VH_PIXEL_420;
    if (pixel == VH_PIXEL_SOURCE)
        av_pix_fmt_get_chroma_sub_sample(vh_convert_working(plan->source.pix_fmt), sub_x, sub_y);
}

static int resolve_out(struct maker *maker)
{
    struct vh_plan *plan = maker->plan;
    const struct vh_request *request = maker->config->request;
    plan->encoder = vh_encoder_find(request->encode.encoder);
    if (!plan->encoder || plan->encoder->is_sound)
        return vh_fail(maker->log, VH_ERR_USAGE,
            "--encoder %s: no such video encoder; `vhsup help encoders` lists them", request->encode.encoder);
    int sub_x, sub_y;
    wanted_chroma(plan, request->encode.pixel, &sub_x, &sub_y);
    struct vh_format *out = &plan->out;
    *out = plan->restored;
    out->pix_fmt = vh_encoder_pick_format(plan->encoder, request->encode.bit_depth, sub_x, sub_y);
    out->width = plan->geometry.width;
    out->height = plan->geometry.height;
    out->sar = plan->geometry.sar;
    struct vh_format in = plan->restored;
    in.range = plan->source.range;
    vh_colour_resolve_output(out, &in, &request->colour);
    if (plan->restored.frame_rate.num > 0)
        out->time_base = av_inv_q(plan->restored.frame_rate);
    plan->direct = !plan->n_segments && !plan->geometry.scales && out->pix_fmt == plan->source.pix_fmt &&
                   out->width == plan->source.width && out->height == plan->source.height &&
                   !vh_colour_differs(&plan->source, out) && plan->source.range == out->range;
    return VH_OK;
}

/* Opens the upscaler for a moment, so that the plan can say which engine runs here. What goes wrong is
 * reported when the job opens it. */
static void ask_upscaler(struct maker *maker)
{
    struct vh_plan *plan = maker->plan;
    struct vh_upscaler *upscaler;
    struct vh_upscaler_config config = {.in = plan->restored,
        .crop = plan->geometry.crop,
        .out = plan->out,
        .options = &maker->config->request->upscale,
        .strict = maker->config->request->run.strict,
        .cpu_flags = maker->config->cpu_flags};
    config.in.pix_fmt = vh_convert_working(plan->source.pix_fmt);
    if (plan->direct || plan->kind == VH_KIND_WOVEN || vh_upscaler_open(&upscaler, &config) != VH_OK)
        return;
    snprintf(plan->scaler, sizeof plan->scaler, "%s", vh_upscaler_describe(upscaler));
    vh_upscaler_close(&upscaler);
}

/* ---- life ---- */

int vh_plan_make(struct vh_plan **plan, const struct vh_plan_config *config)
{
    struct vh_plan *p = *plan = vh_alloc(1, sizeof *p);
    struct maker maker = {.plan = p, .config = config, .log = config->log};
    if (!p)
        return VH_ERR_RESOURCE;
    p->request = config->request;
    p->info = config->facts.info;
    p->pool = config->pool;
    p->cpu_flags = config->cpu_flags;
    p->segment = vh_alloc(VH_PLAN_SEGMENTS, sizeof *p->segment);
    int status = p->segment ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK) {
        resolve_source(&maker);
        status = make_segments(&maker);
    }
    if (status == VH_OK)
        status = resolve_geometry(&maker);
    if (status == VH_OK)
        status = check_crop(&maker);
    if (status == VH_OK)
        status = resolve_out(&maker);
    if (status == VH_OK) {
        vh_plan_resolve_time(p, &config->facts);
        ask_upscaler(&maker);
    }
    if (status == VH_OK)
        status = vh_plan_route_streams(p, config->facts.sound, config->log);
    if (status != VH_OK)
        vh_plan_destroy(plan);
    return status;
}

void vh_plan_destroy(struct vh_plan **plan)
{
    struct vh_plan *p = plan ? *plan : NULL;
    if (!p)
        return;
    for (int i = 0; i < p->n_segments; i++)
        for (int j = 0; p->segment[i].native && j < p->segment[i].n; j++)
            vh_stage_close(&p->segment[i].stage[j]);
    vh_recipe_uninit(&p->recipe);
    vh_free(p->segment);
    vh_free(p->stream);
    vh_freep(plan);
}

int vh_plan_open_graph(
    const struct vh_plan *plan, int n_threads, struct vh_graph **graph, const struct vh_log *log)
{
    struct vh_graph_segment segment[VH_PLAN_SEGMENTS];
    struct vh_graph_format in[VH_PLAN_SEGMENTS];
    int n = 0;
    *graph = NULL;
    for (int i = 0; i < plan->n_segments; i++) {
        const struct vh_plan_segment *s = &plan->segment[i];
        if (s->native)
            continue;
        segment[n] = (struct vh_graph_segment){.step = s->step, .n_steps = s->n};
        in[n++] = (struct vh_graph_format){.video = s->in};
    }
    if (!n)
        return VH_OK;
    struct vh_graph_config config = {
        .segment = segment, .in = in, .n_segments = n, .n_threads = n_threads, .name = "picture"};
    return vh_graph_open(graph, &config, log);
}
