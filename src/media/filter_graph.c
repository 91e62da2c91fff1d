/* The running graph: sources, sinks, and frames through them. All segments live in one AVFilterGraph; steps
 * are built by graph_build.c. Errors of configuration and filters that never end are traced to a step by
 * building the segment again, one step longer each time: slow, but only on the way out. */
#include "media/filter_graph.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "graph_internal.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

struct segment {
    AVFilterContext *source, *sink;
    struct vh_graph_format in, out;
    char **step; /* owned copies */
    int n_steps;
    int64_t n_pushed;
    int n_since_dry;
    bool ended; /* the source */
    bool hungry;
    bool done;  /* the sink gave its end */
    char *text; /* as built */
};

struct vh_graph {
    AVFilterGraph *graph;
    struct vh_log log;
    char *name;
    struct segment *segment;
    int n_segments;
};

/* ---- sources and sinks ---- */

static AVRational source_time_base(const struct vh_graph_format *in)
{
    AVRational base = in->is_sound ? in->sound.time_base : in->video.time_base;
    if (base.num > 0 && base.den > 0)
        return base;
    return in->is_sound ? (AVRational){1, in->sound.sample_rate} : av_inv_q(in->video.frame_rate);
}

static void describe_picture(AVBufferSrcParameters *parameters, const struct vh_format *format)
{
    parameters->format = format->pix_fmt;
    parameters->width = format->width;
    parameters->height = format->height;
    parameters->sample_aspect_ratio = format->sar.num > 0 ? format->sar : (AVRational){0, 1};
    parameters->frame_rate = format->frame_rate.num > 0 ? format->frame_rate : (AVRational){0, 1};
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100)
    parameters->color_space = format->matrix;
    parameters->color_range = format->range;
#endif
}

static int make_source(AVFilterGraph *graph, const char *name, const struct vh_graph_format *in,
    AVFilterContext **source, const struct vh_log *log)
{
    AVBufferSrcParameters *parameters = av_buffersrc_parameters_alloc();
    int error = AVERROR(ENOMEM);
    *source =
        avfilter_graph_alloc_filter(graph, avfilter_get_by_name(in->is_sound ? "abuffer" : "buffer"), name);
    if (parameters && *source) {
        parameters->time_base = source_time_base(in);
        if (in->is_sound) {
            parameters->format = in->sound.sample_fmt;
            parameters->sample_rate = in->sound.sample_rate;
            vh_sound_get_layout(&in->sound, &parameters->ch_layout);
        } else {
            describe_picture(parameters, &in->video);
        }
        error = av_buffersrc_parameters_set(*source, parameters);
        if (error >= 0)
            error = avfilter_init_dict(*source, NULL);
    }
    av_free(parameters);
    if (error < 0)
        return vh_fail(log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_EXTERNAL,
            "the graph's source cannot be made: %s", av_err2str(error));
    return VH_OK;
}

/* ---- building ---- */

static int build_segment(AVFilterGraph *graph, const char *what, const struct vh_graph_segment *description,
    const struct vh_graph_format *in, int index, struct segment *segment, const struct vh_log *log)
{
    char source_name[16], sink_name[16];
    struct vh_graph_ends last = {0};
    AVBPrint text;
    int status, error = 0;
    snprintf(source_name, sizeof source_name, "in%d", index);
    snprintf(sink_name, sizeof sink_name, "out%d", index);
    status = make_source(graph, source_name, in, &segment->source, log);
    if (status != VH_OK)
        return status;
    av_bprint_init(&text, 0, AV_BPRINT_SIZE_UNLIMITED);
    last.out = segment->source;
    for (int i = 0; i < description->n_steps && status == VH_OK; i++) {
        struct vh_graph_ends ends;
        av_bprintf(&text, "%s", i ? "," : "");
        status = vh_graph_build_step(graph, what, description->step[i], in->is_sound, &ends, &text, log);
        if (status == VH_OK)
            error = avfilter_link(last.out, last.out_pad, ends.in, ends.in_pad);
        if (status == VH_OK && error < 0)
            status =
                vh_fail(log, VH_ERR_EXTERNAL, "%s: step \"%s\" cannot be linked", what, description->step[i]);
        last = ends;
    }
    if (status == VH_OK && (avfilter_graph_create_filter(&segment->sink,
                                avfilter_get_by_name(in->is_sound ? "abuffersink" : "buffersink"), sink_name,
                                NULL, NULL, graph) < 0 ||
                               avfilter_link(last.out, last.out_pad, segment->sink, 0) < 0))
        status = vh_fail(log, VH_ERR_EXTERNAL, "%s: the graph's sink cannot be made", what);
    segment->in = *in;
    segment->text = status == VH_OK ? vh_strdup(text.str) : NULL;
    av_bprint_finalize(&text, NULL);
    return status;
}

static AVFilterGraph *new_graph(int n_threads, bool convert)
{
    AVFilterGraph *graph = avfilter_graph_alloc();
    if (!graph)
        return NULL;
    graph->nb_threads = n_threads > 0 ? n_threads : 1;
    avfilter_graph_set_auto_convert(
        graph, convert ? (unsigned)AVFILTER_AUTO_CONVERT_ALL : (unsigned)AVFILTER_AUTO_CONVERT_NONE);
    return graph;
}

static void read_output(struct segment *segment)
{
    const AVFilterContext *sink = segment->sink;
    struct vh_graph_format *out = &segment->out;
    *out = segment->in;
    if (out->is_sound) {
        AVChannelLayout layout = {0};
        out->sound.sample_fmt = av_buffersink_get_format(sink);
        out->sound.sample_rate = av_buffersink_get_sample_rate(sink);
        out->sound.time_base = av_buffersink_get_time_base(sink);
        if (av_buffersink_get_ch_layout(sink, &layout) >= 0)
            vh_sound_set_layout(&out->sound, &layout);
        av_channel_layout_uninit(&layout);
        return;
    }
    out->video.pix_fmt = av_buffersink_get_format(sink);
    out->video.width = av_buffersink_get_w(sink);
    out->video.height = av_buffersink_get_h(sink);
    out->video.sar = av_buffersink_get_sample_aspect_ratio(sink);
    out->video.frame_rate = av_buffersink_get_frame_rate(sink);
    out->video.time_base = av_buffersink_get_time_base(sink);
    if (out->video.sar.num <= 0 || out->video.sar.den <= 0)
        out->video.sar = (AVRational){0, 1};
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100)
    /* Gray pictures have no matrix there; what they came from still has. */
    if (av_buffersink_get_colorspace(sink) != AVCOL_SPC_UNSPECIFIED)
        out->video.matrix = av_buffersink_get_colorspace(sink);
    if (av_buffersink_get_color_range(sink) != AVCOL_RANGE_UNSPECIFIED)
        out->video.range = av_buffersink_get_color_range(sink);
#endif
}

/* ---- a segment alone ---- */

/* Configures the first `n_steps` steps. VH_OK, or silently an error. */
static bool configures(const struct vh_graph_segment *whole, int n_steps, const struct vh_graph_format *in,
    bool convert, struct vh_graph_format *out)
{
    const struct vh_graph_segment part = {whole->step, n_steps};
    struct segment segment = {0};
    AVFilterGraph *graph = new_graph(1, convert);
    bool ok = graph && build_segment(graph, "", &part, in, 0, &segment, NULL) == VH_OK &&
              avfilter_graph_config(graph, NULL) >= 0;
    if (ok) {
        read_output(&segment);
        *out = segment.out;
    }
    vh_free(segment.text);
    avfilter_graph_free(&graph);
    return ok;
}

static char *print_format(const struct vh_graph_format *format, char *text, size_t size)
{
    return format->is_sound ? vh_sound_print(&format->sound, text, size)
                            : vh_format_print(&format->video, text, size);
}

/* Finds the step at which configuration fails and says what it was given. */
static int explain_config(const char *what, const struct vh_graph_segment *segment,
    const struct vh_graph_format *in, int error, const struct vh_log *log)
{
    struct vh_graph_format here = *in, next;
    char format[160], names[120];
    const char *kind = in->is_sound ? "sound format" : "pixel format";
    for (int i = 0; i < segment->n_steps; i++) {
        const struct vh_graph_segment one = {segment->step + i, 1};
        if (configures(segment, i + 1, in, false, &next)) {
            here = next;
            continue;
        }
        vh_graph_step_names(segment->step[i], names, sizeof names);
        print_format(&here, format, sizeof format);
        if (configures(&one, 1, &here, true, &next))
            return vh_fail(log, VH_ERR_USAGE,
                "%s: filter %s does not take this %s (%s): put a conversion (%s) in front of it", what, names,
                kind, format, in->is_sound ? "aformat" : "format or scale");
        return vh_fail(log, VH_ERR_USAGE, "%s: filter %s cannot work as asked (\"%s\") on %s", what, names,
            segment->step[i], format);
    }
    return vh_fail(log, VH_ERR_EXTERNAL, "%s: the graph cannot be configured: %s", what, av_err2str(error));
}

static int check_input(const char *what, const struct vh_graph_format *in, const struct vh_log *log)
{
    AVRational base = source_time_base(in);
    if (base.num > 0 && base.den > 0 &&
        (in->is_sound
                ? in->sound.n_channels > 0
                : av_pix_fmt_desc_get(in->video.pix_fmt) && in->video.width > 0 && in->video.height > 0))
        return VH_OK;
    return vh_fail(log, VH_ERR_INTERNAL, "%s: what enters the graph is not fully known", what);
}

int vh_graph_try(const struct vh_graph_segment *segment, const struct vh_graph_format *in,
    struct vh_graph_format *out, const struct vh_log *log)
{
    const struct vh_graph_config config = {.segment = segment, .in = in, .n_segments = 1, .name = "filters"};
    struct vh_graph *graph;
    int status = vh_graph_open(&graph, &config, log);
    if (status == VH_OK)
        vh_graph_output(graph, 0, out);
    vh_graph_close(&graph);
    return status;
}

int vh_graph_check(const char *what, const char *description, bool is_sound, const struct vh_log *log)
{
    AVFilterGraph *graph = new_graph(1, false);
    struct vh_graph_ends ends;
    int status = graph ? vh_graph_build_step(graph, what, description, is_sound, &ends, NULL, log)
                       : vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    avfilter_graph_free(&graph);
    return status;
}

/* ---- the combined graph ---- */

static int copy_steps(struct segment *segment, const struct vh_graph_segment *description)
{
    segment->step = vh_alloc((size_t)description->n_steps + 1, sizeof *segment->step);
    if (!segment->step)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < description->n_steps; i++) {
        segment->step[i] = vh_strdup(description->step[i]);
        if (!segment->step[i])
            return VH_ERR_RESOURCE;
        segment->n_steps++;
    }
    return VH_OK;
}

static int add_segments(struct vh_graph *graph, const struct vh_graph_config *config)
{
    for (int i = 0; i < config->n_segments; i++) {
        struct segment *segment = &graph->segment[i];
        int status = check_input(graph->name, &config->in[i], &graph->log);
        if (status == VH_OK)
            status = copy_steps(segment, &config->segment[i]);
        if (status == VH_OK)
            status = build_segment(
                graph->graph, graph->name, &config->segment[i], &config->in[i], i, segment, &graph->log);
        if (status != VH_OK)
            return status;
        segment->hungry = true;
    }
    return VH_OK;
}

static int configure(struct vh_graph *graph, const struct vh_graph_config *config)
{
    int error = avfilter_graph_config(graph->graph, NULL);
    struct vh_graph_format out;
    if (error >= 0)
        return VH_OK;
    if (error == AVERROR(ENOMEM))
        return vh_fail(&graph->log, VH_ERR_RESOURCE, "out of memory configuring filters");
    for (int i = 0; i < config->n_segments; i++)
        if (!configures(&config->segment[i], config->segment[i].n_steps, &config->in[i], false, &out))
            return explain_config(graph->name, &config->segment[i], &config->in[i], error, &graph->log);
    return vh_fail(&graph->log, VH_ERR_EXTERNAL, "%s: the combined graph cannot be configured: %s",
        graph->name, av_err2str(error));
}

int vh_graph_open(struct vh_graph **graph, const struct vh_graph_config *config, const struct vh_log *log)
{
    struct vh_graph *g = *graph = vh_alloc(1, sizeof *g);
    int status = VH_ERR_RESOURCE;
    if (!g)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    g->log = log ? *log : (struct vh_log){0};
    g->n_segments = config->n_segments;
    g->name = vh_strdup(config->name ? config->name : "filters");
    g->segment = vh_alloc((size_t)config->n_segments + 1, sizeof *g->segment);
    g->graph = new_graph(config->n_threads, false);
    if (g->name && g->segment && g->graph)
        status = add_segments(g, config);
    if (status == VH_OK)
        status = configure(g, config);
    if (status != VH_OK) {
        vh_graph_close(graph);
        return status;
    }
    for (int i = 0; i < g->n_segments; i++) {
        read_output(&g->segment[i]);
        if (config->frame_size > 0 && config->in[i].is_sound)
            av_buffersink_set_frame_size(g->segment[i].sink, (unsigned)config->frame_size);
    }
    return VH_OK;
}

void vh_graph_close(struct vh_graph **graph)
{
    struct vh_graph *g;
    if (!graph || !(g = *graph))
        return;
    avfilter_graph_free(&g->graph);
    for (int i = 0; g->segment && i < g->n_segments; i++) {
        for (int k = 0; k < g->segment[i].n_steps; k++)
            vh_free(g->segment[i].step[k]);
        vh_free(g->segment[i].step);
        vh_free(g->segment[i].text);
    }
    vh_free(g->segment);
    vh_free(g->name);
    vh_freep(graph);
}

/* ---- frames ---- */

static bool fits(const struct vh_graph_format *in, const AVFrame *frame)
{
    if (!in->is_sound)
        return frame->format == in->video.pix_fmt && frame->width == in->video.width &&
               frame->height == in->video.height;
    return frame->format == in->sound.sample_fmt && frame->sample_rate == in->sound.sample_rate &&
           frame->ch_layout.nb_channels == in->sound.n_channels;
}

/* Sources of 5.1 know one channel order only, and say nothing of unspecified ones. */
static int name_channels(const struct vh_graph_format *in, AVFrame *frame)
{
    AVChannelLayout layout;
    if (!in->is_sound)
        return VH_OK;
    vh_sound_get_layout(&in->sound, &layout);
    return av_channel_layout_copy(&frame->ch_layout, &layout) < 0 ? VH_ERR_RESOURCE : VH_OK;
}

int vh_graph_push(struct vh_graph *graph, int segment, AVFrame *frame)
{
    struct segment *s = &graph->segment[segment];
    int error;
    if (s->ended)
        return vh_fail(&graph->log, VH_ERR_INTERNAL, "%s: a frame after the end", graph->name);
    if (frame && !fits(&s->in, frame))
        return vh_fail(&graph->log, VH_ERR_INTERNAL, "%s: a frame does not have the format of segment %d",
            graph->name, segment);
    if (frame && name_channels(&s->in, frame) != VH_OK)
        return vh_fail(&graph->log, VH_ERR_RESOURCE, "out of memory");
    if (frame && frame->pts != AV_NOPTS_VALUE && frame->time_base.num > 0) {
        AVRational base = source_time_base(&s->in);
        frame->pts = av_rescale_q(frame->pts, frame->time_base, base);
        vh_frame_set_duration(frame, av_rescale_q(vh_frame_get_duration(frame), frame->time_base, base));
        frame->time_base = base;
    }
    error = av_buffersrc_add_frame_flags(s->source, frame, 0);
    if (error < 0)
        return vh_fail(&graph->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_EXTERNAL,
            "%s: the graph does not take a frame: %s", graph->name, av_err2str(error));
    s->ended = !frame;
    s->n_pushed += !!frame;
    s->n_since_dry += !!frame;
    s->hungry = false;
    return VH_OK;
}

/* ---- filters that never end ---- */

static AVFrame *blank_frame(const struct vh_graph_format *in, int64_t n)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = in->is_sound ? (int)in->sound.sample_fmt : (int)in->video.pix_fmt;
    frame->width = in->is_sound ? 0 : in->video.width;
    frame->height = in->is_sound ? 0 : in->video.height;
    frame->sample_rate = in->is_sound ? in->sound.sample_rate : 0;
    frame->nb_samples = in->is_sound ? 1024 : 0;
    if (name_channels(in, frame) != VH_OK || av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        memset(frame->buf[i]->data, 0, frame->buf[i]->size);
    frame->pts = in->is_sound ? n * 1024 : n;
    return frame;
}

/* Runs the first `n_steps` steps on as many blank frames as were pushed. True when they do not come to an
 * end. */
static bool hangs(const struct segment *segment, int n_steps)
{
    const struct vh_graph_segment part = {(const char *const *)segment->step, n_steps};
    const struct vh_graph_config config = {.segment = &part, .in = &segment->in, .n_segments = 1};
    struct segment probe = {0};
    AVFilterGraph *graph = new_graph(1, false);
    AVFrame *frame = av_frame_alloc();
    int error = AVERROR(EINVAL);
    if (graph && frame && build_segment(graph, "", &part, config.in, 0, &probe, NULL) == VH_OK &&
        avfilter_graph_config(graph, NULL) >= 0) {
        bool fed = true;
        for (int64_t i = 0; i < segment->n_pushed && i < 64; i++) {
            AVFrame *blank = blank_frame(config.in, i);
            fed = fed && blank && av_buffersrc_add_frame_flags(probe.source, blank, 0) >= 0;
            av_frame_free(&blank);
        }
        fed = fed && av_buffersrc_add_frame_flags(probe.source, NULL, 0) >= 0;
        while (fed && (error = av_buffersink_get_frame_flags(probe.sink, frame, 0)) >= 0)
            av_frame_unref(frame);
    }
    av_frame_free(&frame);
    vh_free(probe.text);
    avfilter_graph_free(&graph);
    return error == AVERROR(EAGAIN);
}

static int explain_hang(const struct vh_graph *graph, const struct segment *segment)
{
    char names[120] = "";
    for (int i = 0; i < segment->n_steps && !*names; i++)
        if (hangs(segment, i + 1))
            vh_graph_step_names(segment->step[i], names, sizeof names);
    return vh_fail(&graph->log, VH_ERR_EXTERNAL,
        "%s: filter %s does not end after %lld frames: a fault of this libavfilter", graph->name,
        *names ? names : segment->text, (long long)segment->n_pushed);
}

int vh_graph_poll(struct vh_graph *graph, int segment, AVFrame *frame)
{
    struct segment *s = &graph->segment[segment];
    int error;
    if (s->done)
        return VH_EOF;
    error = av_buffersink_get_frame_flags(s->sink, frame, 0);
    if (error >= 0) {
        frame->time_base = av_buffersink_get_time_base(s->sink);
        return VH_OK;
    }
    if (error == AVERROR_EOF) {
        s->done = true;
        return VH_EOF;
    }
    if (error != AVERROR(EAGAIN))
        return vh_fail(&graph->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_EXTERNAL,
            "%s: %s failed: %s", graph->name, s->text && *s->text ? s->text : "the graph", av_err2str(error));
    if (s->ended)
        return explain_hang(graph, s);
    s->hungry = true;
    s->n_since_dry = 0;
    return VH_AGAIN;
}

bool vh_graph_hungry(const struct vh_graph *graph, int segment)
{
    return graph->segment[segment].hungry;
}

int vh_graph_queued(const struct vh_graph *graph, int segment)
{
    return graph->segment[segment].n_since_dry;
}

void vh_graph_output(const struct vh_graph *graph, int segment, struct vh_graph_format *out)
{
    *out = graph->segment[segment].out;
}

int vh_graph_command(struct vh_graph *graph, const char *filter, const char *command, const char *value)
{
    char reply[128];
    int error = avfilter_graph_send_command(graph->graph, filter, command, value, reply, sizeof reply, 0);
    if (error == AVERROR(ENOSYS))
        return vh_fail(&graph->log, VH_ERR_UNSUPPORTED, "%s: no filter %s takes the command %s", graph->name,
            filter, command);
    return error < 0 ? vh_fail(&graph->log, VH_ERR_USAGE, "%s: filter %s refuses %s=%s", graph->name, filter,
                           command, value)
                     : VH_OK;
}

char *vh_graph_print(const struct vh_graph *graph)
{
    AVBPrint out;
    char in_text[160], out_text[160], *copy;
    av_bprint_init(&out, 0, AV_BPRINT_SIZE_UNLIMITED);
    for (int i = 0; i < graph->n_segments; i++) {
        const struct segment *s = &graph->segment[i];
        av_bprintf(&out, "[in%d: %s] %s [out%d: %s]\n", i, print_format(&s->in, in_text, sizeof in_text),
            s->text && *s->text ? s->text : "(nothing)", i, print_format(&s->out, out_text, sizeof out_text));
    }
    copy = av_bprint_is_complete(&out) ? vh_strdup(out.str) : NULL;
    av_bprint_finalize(&out, NULL);
    return copy;
}
