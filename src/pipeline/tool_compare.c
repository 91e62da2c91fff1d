/* The compare command: pairs of pictures to the metric, to a clip, to a still, and the figures to the user.
 */
#include "pipeline/tool_compare.h"

#include "core/json_write.h"
#include "core/memory.h"
#include "core/status.h"
#include "metric/metric.h"
#include "pipeline/clip_writer.h"
#include "pipeline/compare_pairs.h"
#include "pipeline/machine.h"
#include "pipeline/side_by_side.h"
#include "upscale/geometry.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMPARE(field) .offset = offsetof(struct vh_compare_options, field)

static const struct vh_option_row rows[] = {
    {.key = "json",
        .type = VH_OPTION_BOOL,
        COMPARE(json),
        .flags = VH_OPTION_NO_PRESET,
        .help = "print the figures as JSON"},
    {.key = "each",
        .type = VH_OPTION_BOOL,
        COMPARE(each),
        .flags = VH_OPTION_NO_PRESET,
        .help = "print the figures of every picture too"},
    {.key = "offset",
        .type = VH_OPTION_INT,
        COMPARE(offset),
        .min = -100000,
        .max = 100000,
        .value = "auto",
        .flags = VH_OPTION_AUTO | VH_OPTION_NO_PRESET,
        .unit = "frames",
        .help = "frame i of A belongs to frame i + N of B; auto searches"},
    {.key = "max-offset",
        .type = VH_OPTION_INT,
        COMPARE(max_offset),
        .max = 500,
        .value = "12",
        .flags = VH_OPTION_NO_PRESET,
        .unit = "frames",
        .help = "how far is searched",
        .detail = "The search looks at twice as many pictures and 24 more, as thumbnails of 8x8 cells."},
    {.key = "crop",
        .type = VH_OPTION_STRING,
        .word = "T:B:L:R",
        COMPARE(crop),
        .flags = VH_OPTION_NO_PRESET,
        .help = "samples left out of the figures: top:bottom:left:right",
        .example = "--crop 8:24:24:24"},
    {.key = "start",
        .type = VH_OPTION_TIME,
        COMPARE(start_us),
        .max = 1e14,
        .value = "0",
        .flags = VH_OPTION_NO_PRESET,
        .help = "begin here in both clips"},
    {.key = "duration",
        .type = VH_OPTION_TIME,
        COMPARE(duration_us),
        .max = 1e14,
        .value = "0",
        .flags = VH_OPTION_NO_PRESET,
        .help = "compare at most this much (0 = all)"},
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FILE",
        COMPARE(output),
        .flags = VH_OPTION_NO_PRESET,
        .help = "write a clip of both side by side",
        .example = "-o beside.mkv"},
    {.key = "encoder",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        COMPARE(encoder),
        .value = "x264",
        .flags = VH_OPTION_NO_PRESET,
        .help = "picture encoder of that clip"},
    {.key = "image",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        COMPARE(image),
        .flags = VH_OPTION_NO_PRESET,
        .help = "write one pair of pictures side by side as PNG",
        .example = "--image beside.png"},
    {.key = "image-time",
        .type = VH_OPTION_TIME,
        COMPARE(image_us),
        .min = -1,
        .max = 1e14,
        .value = "-1us",
        .flags = VH_OPTION_NO_PRESET,
        .help = "when that pair is taken; default: in the middle",
        .example = "--image-time 2.5"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        COMPARE(overwrite),
        .flags = VH_OPTION_NO_PRESET,
        .help = "replace files that exist"},
};

const struct vh_option_table vh_compare_table =
    VH_OPTION_TABLE("Comparison", rows, struct vh_compare_options);

struct run {
    const struct vh_compare_tool *tool;
    const struct vh_run_context *context;
    const char *url[2];
    FILE *file;
    struct vh_pool *pool;
    unsigned cpu_flags;
    struct vh_pairs *pairs;
    struct vh_metric *metric;
    struct vh_metric_score frame_score;
    struct vh_clip_writer *writer;
    struct vh_frame_pool *wide;
    AVFrame *pair[2];  /* being compared */
    AVFrame *image[2]; /* kept for the still */
    int64_t n, image_at;
    int status; /* of the work done while the next pair is read */
};

/* ---- opening ---- */

static int open_metric(struct run *r)
{
    const struct vh_format *f = vh_pairs_format(r->pairs);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->pix_fmt);
    struct vh_crop crop;
    int status = vh_crop_parse(&crop, r->tool->options.crop, r->context->log);
    struct vh_metric_format format = {.width = f->width,
        .height = f->height,
        .n_planes = d->nb_components < 3 ? 1 : 3,
        .sub_x = d->log2_chroma_w,
        .sub_y = d->log2_chroma_h,
        .depth = vh_pairs_depth(r->pairs),
        .crop = {crop.top, crop.bottom, crop.left, crop.right}};
    return status == VH_OK ? vh_metric_create(&r->metric, &format, r->pool, r->cpu_flags, r->context->log)
                           : status;
}

static int open_clip(struct run *r)
{
    const struct vh_compare_options *o = &r->tool->options;
    if (!o->output)
        return VH_OK;
    struct vh_clip_writer_config config = {.path = o->output,
        .source = r->url[0],
        .overwrite = o->overwrite,
        .encoder = o->encoder,
        .depth = vh_pairs_depth(r->pairs),
        .picture = *vh_pairs_format(r->pairs),
        .pool = r->pool,
        .cpu_flags = r->cpu_flags,
        .log = r->context->log};
    config.picture.width = vh_side_width(config.picture.width);
    if (config.picture.frame_rate.num <= 0)
        config.picture.frame_rate = (AVRational){25, 1};
    int status = vh_clip_writer_open(&r->writer, &config);
    return status == VH_OK ? vh_frame_pool_create(&r->wide, config.picture.pix_fmt, config.picture.width,
                                 config.picture.height)
                           : status;
}

static int check_image(const struct run *r)
{
    const struct vh_compare_options *o = &r->tool->options;
    if (!o->image || o->overwrite || access(o->image, F_OK) != 0)
        return VH_OK;
    return vh_fail(
        r->context->log, VH_ERR_OUTPUT, "%s exists: choose another name, or -y to replace it", o->image);
}

static void choose_image(struct run *r)
{
    const struct vh_compare_options *o = &r->tool->options;
    const struct vh_format *f = vh_pairs_format(r->pairs);
    AVRational rate = f->frame_rate.num > 0 ? f->frame_rate : (AVRational){25, 1};
    r->image_at = o->image_us < 0 ? vh_pairs_expected(r->pairs) / 2
                                  : av_rescale_q(o->image_us, (AVRational){1, 1000000}, av_inv_q(rate));
}

static int open_all(struct run *r)
{
    const struct vh_compare_options *o = &r->tool->options;
    int status = check_image(r);
    if (status == VH_OK)
        status = vh_machine_open(&r->tool->machine, &r->pool, &r->cpu_flags, r->context->log);
    struct vh_pairs_config config = {.url = {r->url[0], r->url[1]},
        .range = {.start_us = o->start_us, .duration_us = o->duration_us},
        .offset = o->offset,
        .max_offset = o->max_offset,
        .pool = r->pool,
        .cpu_flags = r->cpu_flags,
        .cancel = r->context->cancel,
        .log = r->context->log};
    if (status == VH_OK)
        status = vh_pairs_open(&r->pairs, &config);
    if (status == VH_OK)
        status = open_metric(r);
    if (status == VH_OK)
        status = open_clip(r);
    if (status == VH_OK)
        choose_image(r);
    return status;
}

/* ---- figures ---- */

static void write_planes(struct vh_json_writer *w, const char *key, const double value[4])
{
    static const char *const names[] = {"y", "u", "v", "all"};
    vh_json_write_open(w, key, '{');
    for (int i = 0; i < 4; i++)
        vh_json_write_double(w, names[i], value[i]); /* null: the planes are identical */
    vh_json_write_close(w);
}

static void write_score(struct vh_json_writer *w, const struct vh_metric_score *s)
{
    write_planes(w, "psnr", s->psnr);
    write_planes(w, "ssim", s->ssim);
    vh_json_write_double(w, "flicker", s->flicker);
    vh_json_write_double(w, "combing", s->combing);
    vh_json_write_double(w, "combing_a", s->combing_a);
    vh_json_write_double(w, "combing_b", s->combing_b);
    vh_json_write_double(w, "change_a", s->change_a);
    vh_json_write_double(w, "change_b", s->change_b);
    vh_json_write_bool(w, "identical", s->mse[VH_METRIC_ALL] == 0);
}

static void print_line(FILE *file, struct vh_text *text)
{
    if (!text->failed)
        fprintf(file, "%s\n", text->data);
    fflush(file);
    vh_text_uninit(text);
}

static void print_each(const struct run *r, const struct vh_metric_score *s)
{
    if (!r->tool->options.json) {
        fprintf(r->file, "%6lld  psnr %6.2f %6.2f %6.2f  ssim %.4f  flicker %6.3f  combing %6.3f\n",
            (long long)r->n, s->psnr[0], s->psnr[1], s->psnr[2], s->ssim[0], s->flicker, s->combing);
        return;
    }
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "type", "pair");
    vh_json_write_int(&w, "frame", r->n);
    write_score(&w, s);
    vh_json_write_close(&w);
    print_line(r->file, &text);
}

static void print_json(const struct run *r, const struct vh_metric_score *s)
{
    const struct vh_format *f = vh_pairs_format(r->pairs);
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "type", "compare");
    vh_json_write_text(&w, "a", r->url[0]);
    vh_json_write_text(&w, "b", r->url[1]);
    vh_json_write_int(&w, "frames", s->n_frames);
    vh_json_write_int(&w, "offset", vh_pairs_alignment(r->pairs).offset);
    vh_json_write_int(&w, "width", f->width);
    vh_json_write_int(&w, "height", f->height);
    vh_json_write_bool(&w, "converted", vh_pairs_converts(r->pairs));
    write_score(&w, s);
    vh_json_write_close(&w);
    print_line(r->file, &text);
}

/* One figure for each plane and for all; a dash for planes that are not there. */
static void print_planes(FILE *file, const char *name, const double value[4], int decimals, const char *unit)
{
    fprintf(file, "%-10s", name);
    for (int i = 0; i < 4; i++)
        if (isnan(value[i]))
            fprintf(file, "%10s", "-");
        else
            fprintf(file, "%10.*f", decimals, value[i]);
    fprintf(file, "%s\n", unit);
}

static void print_text(const struct run *r, const struct vh_metric_score *s)
{
    const struct vh_format *f = vh_pairs_format(r->pairs), *b = vh_pairs_source_format(r->pairs, 1);
    fprintf(r->file, "A         %s\nB         %s\n", r->url[0], r->url[1]);
    fprintf(r->file, "compared  %lld pictures of %dx%d, frame 0 of A with frame %d of B\n",
        (long long)s->n_frames, f->width, f->height, vh_pairs_alignment(r->pairs).offset);
    if (vh_pairs_converts(r->pairs))
        fprintf(r->file, "          B, %dx%d, was brought to A's raster and colours first\n", b->width,
            b->height);
    fprintf(r->file, "%-10s%10s%10s%10s%10s\n", "", "Y", "U", "V", "all");
    print_planes(r->file, "PSNR", s->psnr, 3, "  dB");
    print_planes(r->file, "SSIM", s->ssim, 5, "");
    fprintf(r->file,
        "%-10s%10.4f  8-bit codes of the error that change per picture (changes of A %.4f, of B %.4f)\n",
        "flicker", s->flicker, s->change_a, s->change_b);
    fprintf(r->file, "%-10s%10.4f  8-bit codes beyond A's own (A %.4f, B %.4f)\n", "combing", s->combing,
        s->combing_a, s->combing_b);
}

/* ---- the pairs ---- */

static int write_beside(struct run *r)
{
    AVFrame *wide = vh_frame_pool_acquire(r->wide);
    int status = wide && av_frame_copy_props(wide, r->pair[0]) >= 0 ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_side_compose(r->pair[0], r->pair[1], "A", "B", wide);
    if (status == VH_OK)
        return vh_clip_write_picture(r->writer, &wide);
    vh_frame_free(&wide);
    return status;
}

static void keep_image(struct run *r)
{
    for (int i = 0; i < 2; i++) {
        vh_frame_free(&r->image[i]);
        r->image[i] = vh_frame_ref(r->pair[i]);
    }
}

/* Everything about one pair. */
static void work(void *arg)
{
    struct run *r = arg;
    struct vh_image_const image[2];
    for (int i = 0; i < 2 && r->status == VH_OK; i++)
        r->status = vh_frame_image_read(r->pair[i], &image[i]);
    if (r->status != VH_OK)
        return;
    vh_metric_add(r->metric, &image[0], &image[1], &r->frame_score);
    if (r->tool->options.each)
        print_each(r, &r->frame_score);
    if (r->tool->options.image && r->n <= r->image_at)
        keep_image(r); /* the last one stays when the clip is shorter than it said */
    if (r->writer)
        r->status = write_beside(r);
    r->n++;
    const struct vh_event_field field[] = {
        VH_EVENT_I("frames_done", r->n), VH_EVENT_I("frames_total", vh_pairs_expected(r->pairs))};
    struct vh_event event = {
        .name = "job.progress", .node = "compare", .time_us = INT64_MIN, .field = field, .n_fields = 2};
    vh_event_send(r->context->events, &event);
}

static int compare_all(struct run *r)
{
    AVFrame *next[2];
    int status = vh_pairs_read(r->pairs, r->pair, NULL, NULL);
    if (status == VH_EOF)
        return vh_fail(r->context->log, VH_ERR_INPUT, "the clips have not one picture in common");
    while (status == VH_OK) {
        status = vh_pairs_read(r->pairs, next, work, r);
        for (int i = 0; i < 2; i++) {
            vh_frame_free(&r->pair[i]);
            r->pair[i] = status == VH_OK ? next[i] : NULL;
        }
        if (r->status < 0)
            status = r->status;
    }
    return status == VH_EOF ? VH_OK : status;
}

/* Both pictures with square pixels, at A's height. */
static int write_image(struct run *r)
{
    const struct vh_format *f = vh_pairs_format(r->pairs);
    AVRational sar = f->sar.num > 0 ? f->sar : (AVRational){1, 1};
    int height = f->height, width = (int)av_rescale(f->width, sar.num, sar.den);
    struct vh_still still;
    int status = vh_still_create(&still, vh_side_width(width), height);
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        struct vh_still_box to = {i * (width + VH_SIDE_GAP), 0, width, height};
        status = vh_still_place(&still, to, r->image[i], (struct vh_still_box){0}, false, r->context->log);
        if (status == VH_OK)
            status = vh_side_label(&still, to.x, 0, height / 28 + 4, i ? "B" : "A");
    }
    if (status == VH_OK)
        status = vh_still_write(&still, r->tool->options.image, r->tool->options.overwrite, r->context->log);
    vh_still_destroy(&still);
    return status;
}

static int finish(struct run *r)
{
    struct vh_metric_score total;
    int status = r->writer ? vh_clip_writer_finish(r->writer) : VH_OK;
    if (status == VH_OK && r->tool->options.image)
        status = write_image(r);
    if (status != VH_OK)
        return status;
    vh_metric_total(r->metric, &total);
    if (r->tool->options.json)
        print_json(r, &total);
    else
        print_text(r, &total);
    return VH_OK;
}

int vh_tool_compare(
    const char *a, const char *b, const struct vh_compare_tool *tool, const struct vh_run_context *context)
{
    struct run r = {.tool = tool, .context = context, .url = {a, b}};
    r.file = context->results ? context->results : stdout;
    int status = open_all(&r);
    if (status == VH_OK)
        status = compare_all(&r);
    if (status == VH_OK)
        status = finish(&r);
    vh_clip_writer_close(&r.writer);
    vh_frame_pool_destroy(&r.wide);
    for (int i = 0; i < 2; i++) {
        vh_frame_free(&r.pair[i]);
        vh_frame_free(&r.image[i]);
    }
    vh_metric_destroy(&r.metric);
    vh_pairs_close(&r.pairs);
    vh_pool_destroy(&r.pool);
    return status;
}
