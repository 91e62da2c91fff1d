/* Opening, seeking and closing of inputs, and the errors a person sees when that fails. */
#include "media/input.h"

#include "core/memory.h"
#include "core/status.h"
#include "input_internal.h"
#include "media/library.h"

#include <ctype.h>
#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what kind of thing is it ---- */

static size_t scheme_length(const char *url)
{
    size_t n = 0;
    while (isalnum((unsigned char)url[n]) || strchr("+-.", url[n] ? url[n] : '/'))
        n++;
    return n > 1 && !strncmp(url + n, "://", 3) ? n : 0;
}

static bool in_list(const char *list, const char *word, size_t length)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        if (n == length && !strncmp(list, word, n))
            return true;
        list += n + (list[n] == ',');
    }
    return false;
}

static int check_path(const char *path, const struct vh_log *log)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return vh_fail(log, VH_ERR_INPUT, errno == ENOENT ? "%s does not exist" : "%s cannot be opened: %s",
            path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return vh_fail(log, VH_ERR_INPUT, "%s is a folder, not a capture; vhsup batch takes folders", path);
    if (S_ISREG(st.st_mode) && !st.st_size)
        return vh_fail(log, VH_ERR_INPUT, "%s is empty", path);
    if (access(path, R_OK) < 0)
        return vh_fail(log, VH_ERR_INPUT, "%s cannot be read: %s", path, strerror(errno));
    return VH_OK;
}

static int classify(struct vh_input *input)
{
    const char *url = input->url, *default_protocols;
    size_t scheme = scheme_length(url);
    if (!strcmp(url, "-")) {
        input->open_url = vh_strdup("pipe:0");
        default_protocols = "pipe";
    } else if (scheme && access(url, F_OK) < 0) {
        input->is_network = true;
        input->open_url = vh_strdup(url);
        default_protocols = "http,https,tcp,tls,crypto,httpproxy";
    } else {
        int status = check_path(url, &input->log);
        if (status != VH_OK)
            return status;
        input->is_path = true;
        input->open_url = vh_format("file:%s", url);
        default_protocols = "file,crypto";
    }
    input->options.protocols =
        vh_strdup(input->options.protocols ? input->options.protocols : default_protocols);
    if (!input->open_url || !input->options.protocols)
        return VH_ERR_RESOURCE;
    if (input->is_network && !in_list(input->options.protocols, url, scheme))
        return vh_fail(&input->log, VH_ERR_USAGE, "%s: protocol %.*s is not allowed (%s are)", url,
            (int)scheme, url, input->options.protocols);
    return VH_OK;
}

/* ---- opening ---- */

/* Ends libavformat's waits: on cancel, and on a network that is silent. */
static int interrupted(void *opaque)
{
    struct vh_input *input = opaque;
    int64_t silent_ns;
    if (vh_cancel_check(input->options.cancel))
        return 1;
    silent_ns = vh_clock_ns() - atomic_load_explicit(&input->read_began_ns, memory_order_relaxed);
    if (!input->is_network || silent_ns / 1000 < input->options.timeout_us)
        return 0;
    atomic_store_explicit(&input->timed_out, true, memory_order_relaxed);
    return 1;
}

static int explain_open(const struct vh_input *input, int error)
{
    if (vh_cancel_check(input->options.cancel))
        return VH_ERR_CANCELLED;
    if (atomic_load_explicit(&input->timed_out, memory_order_relaxed))
        return vh_fail(&input->log, VH_ERR_INPUT, "%s: no answer for %g s", input->url,
            (double)input->options.timeout_us / 1e6);
    if (error == AVERROR_INVALIDDATA)
        return vh_fail(&input->log, VH_ERR_INPUT,
            "%s is not a media file, or is too damaged to be opened (a recording that broke off before its "
            "index was "
            "written?)",
            input->url);
    return vh_fail(&input->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_INPUT,
        "%s cannot be opened: %s", input->url, av_err2str(error));
}

static int prepare_context(struct vh_input *input, AVFormatContext **context, const AVInputFormat **format)
{
    AVFormatContext *c = *context = avformat_alloc_context();
    if (!c)
        return VH_ERR_RESOURCE;
    c->interrupt_callback = (AVIOInterruptCB){interrupted, input};
    c->probesize = input->options.probe_bytes;
    c->max_analyze_duration = input->options.probe_us;
    c->max_streams = input->options.max_streams;
    c->protocol_whitelist = av_strdup(input->options.protocols);
    *format = NULL;
    if (!input->options.format)
        return c->protocol_whitelist ? VH_OK : VH_ERR_RESOURCE;
    *format = av_find_input_format(input->options.format);
    if (*format)
        return VH_OK;
    return vh_fail(&input->log, VH_ERR_USAGE, "there is no input format named %s", input->options.format);
}

static int find_streams(struct vh_input *input, AVFormatContext *context)
{
    int64_t max_pixels = (int64_t)input->options.max_width * input->options.max_height;
    unsigned n = context->nb_streams;
    AVDictionary **options = vh_alloc(n + 1, sizeof *options);
    int error = AVERROR(ENOMEM);
    if (options) {
        for (unsigned i = 0; i < n; i++)
            av_dict_set_int(&options[i], "max_pixels", max_pixels, 0);
        error = avformat_find_stream_info(context, n ? options : NULL);
        for (unsigned i = 0; i < n; i++)
            av_dict_free(&options[i]);
    }
    vh_free(options);
    return error < 0 ? explain_open(input, error) : VH_OK;
}

static int open_context(struct vh_input *input, AVFormatContext **context)
{
    AVDictionary *options = NULL;
    const AVInputFormat *format;
    int status = prepare_context(input, context, &format), error;
    if (status == VH_OK)
        status = vh_dict_parse(&options, input->options.format_options, "input options", &input->log);
    if (status == VH_OK) {
        atomic_store(&input->read_began_ns, vh_clock_ns());
        error = avformat_open_input(
            context, input->open_url, format, &options); /* frees the context on failure */
        status = error < 0 ? explain_open(input, error) : VH_OK;
    }
    if (status == VH_OK)
        status = vh_dict_reject_rest(options, (*context)->iformat->name, &input->log);
    av_dict_free(&options);
    if (status == VH_OK) {
        atomic_store(&input->read_began_ns, vh_clock_ns());
        status = find_streams(input, *context);
    }
    if (status != VH_OK)
        avformat_close_input(context);
    return status;
}

/* ---- is it usable ---- */

static bool has_parameters(const struct vh_media_info *info)
{
    for (int i = 0; i < info->n_streams; i++) {
        enum vh_stream_kind kind = info->stream[i].kind;
        if ((kind == VH_STREAM_VIDEO || kind == VH_STREAM_AUDIO) && !info->stream[i].damaged)
            return true;
        if (kind == VH_STREAM_SUBTITLE && info->stream[i].codec_id != AV_CODEC_ID_NONE)
            return true;
    }
    return false;
}

static int check_streams(struct vh_input *input)
{
    const struct vh_media_info *info = &input->info;
    int max_width = input->options.max_width, max_height = input->options.max_height;
    /* libavformat takes any .txt for ANSI art, and guesses on almost nothing: then the parameters must bear
     * it out. */
    if (!input->options.format && !strcmp(info->format, "tty"))
        return vh_fail(&input->log, VH_ERR_INPUT, "%s is a text file, not a media file", input->url);
    if (!info->n_streams)
        return vh_fail(&input->log, VH_ERR_INPUT, "%s holds no stream at all", input->url);
    for (int i = 0; i < info->n_streams; i++) {
        const struct vh_format *format = &info->stream[i].format;
        if (info->stream[i].kind == VH_STREAM_VIDEO &&
            (format->width > max_width || format->height > max_height))
            return vh_fail(&input->log, VH_ERR_INPUT,
                "%s: stream %d claims a size of %dx%d, the limit is %dx%d", input->url, i, format->width,
                format->height, max_width, max_height);
    }
    if (!has_parameters(info))
        return vh_fail(&input->log, VH_ERR_INPUT,
            "%s is not a media file (looks like %s, but nothing in it can be read)", input->url,
            info->format);
    return VH_OK;
}

static int copy_parameters(struct vh_input *input)
{
    input->stream = vh_alloc((size_t)input->info.n_streams + 1, sizeof *input->stream);
    if (!input->stream)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < input->info.n_streams; i++) {
        struct vh_input_stream *stream = &input->stream[i];
        stream->wanted = true;
        stream->next_us = VH_TIME_NONE;
        stream->parameters = avcodec_parameters_alloc();
        if (!stream->parameters ||
            avcodec_parameters_copy(stream->parameters, input->context->streams[i]->codecpar) < 0)
            return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

static int take_options(struct vh_input *input, const struct vh_probe_options *options)
{
    struct vh_probe_options *o = &input->options;
    if (options)
        *o = *options;
    o->probe_bytes = o->probe_bytes ? o->probe_bytes : 50000000;
    o->probe_us = o->probe_us ? o->probe_us : 15000000;
    o->timeout_us = o->timeout_us ? o->timeout_us : 30000000;
    o->max_streams = o->max_streams ? o->max_streams : 256;
    o->max_width = o->max_width ? o->max_width : 16384;
    o->max_height = o->max_height ? o->max_height : 16384;
    o->format = vh_strdup(o->format);
    o->format_options = vh_strdup(o->format_options);
    return classify(input); /* copies protocols */
}

int vh_input_open(struct vh_input **input, const char *url, const struct vh_probe_options *options,
    const struct vh_log *log)
{
    struct vh_input *in = *input = NULL;
    int status = VH_ERR_RESOURCE;
    in = vh_alloc(1, sizeof *in);
    if (!in)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory opening %s", url);
    in->log = log ? *log : (struct vh_log){0};
    in->end_us = in->damage.first_us = VH_TIME_NONE;
    in->last_us = INT64_MIN;
    in->url = vh_strdup(url);
    if (in->url)
        status = take_options(in, options);
    else
        in->options.protocols = NULL;
    if (status == VH_OK)
        status = open_context(in, &in->context);
    if (status == VH_OK)
        status = vh_probe_build(&in->info, in->context);
    if (status == VH_OK) {
        in->info.url = in->url;
        status = check_streams(in);
    }
    if (status == VH_OK)
        status = copy_parameters(in);
    if (status != VH_OK) {
        vh_input_close(&in);
        return status;
    }
    in->offset_us = in->old_offset_us = -in->info.origin_us;
    *input = in;
    return VH_OK;
}

static void free_string(const char **text)
{
    vh_free((char *)(uintptr_t)*text);
    *text = NULL;
}

void vh_input_close(struct vh_input **input)
{
    struct vh_input *in;
    if (!input || !(in = *input))
        return;
    vh_input_drop_kept(in, in->n_kept);
    free(in->kept);
    for (int i = 0; in->stream && i < in->info.n_streams; i++)
        avcodec_parameters_free(&in->stream[i].parameters);
    vh_free(in->stream);
    vh_probe_release(&in->info);
    avformat_close_input(&in->context);
    free_string(&in->options.protocols);
    free_string(&in->options.format);
    free_string(&in->options.format_options);
    vh_free(in->url);
    vh_free(in->open_url);
    vh_freep(input);
}

/* ---- going elsewhere ---- */

void vh_input_apply_selection(struct vh_input *input)
{
    for (unsigned i = 0; i < input->context->nb_streams; i++)
        input->context->streams[i]->discard =
            (int)i < input->info.n_streams && input->stream[i].wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

static void forget_position(struct vh_input *input)
{
    vh_input_drop_kept(input, input->n_kept);
    input->marked = false;
    input->offset_us = input->old_offset_us = -input->info.origin_us - input->start_us;
    input->last_us = INT64_MIN;
    input->end_noted = false;
    for (int i = 0; i < input->info.n_streams; i++) {
        input->stream[i].next_us = VH_TIME_NONE;
        input->stream[i].done = false;
    }
}

/* A fresh context is the only way back to the first packet that works for every format. */
static int reopen(struct vh_input *input)
{
    AVFormatContext *fresh = NULL;
    int status;
    avformat_close_input(&input->context);
    status = open_context(input, &fresh);
    if (status == VH_OK && (int)fresh->nb_streams < input->info.n_streams) {
        avformat_close_input(&fresh);
        status = vh_fail(&input->log, VH_ERR_INPUT, "%s changed while it was being read", input->url);
    }
    if (status != VH_OK)
        return status;
    input->context = fresh;
    input->consumed = false;
    vh_input_apply_selection(input);
    forget_position(input);
    return VH_OK;
}

static int main_stream(const struct vh_input *input)
{
    int video = input->info.video, audio = input->info.audio;
    return video >= 0 && input->stream[video].wanted ? video : audio;
}

/* After a seek: does the main stream begin at or before packet time `wanted_us`? The packets looked at are
 * kept. */
static bool landed_before(struct vh_input *input, int64_t wanted_us)
{
    AVPacket *packet = av_packet_alloc();
    bool landed = false;
    int main = main_stream(input);
    vh_input_mark(input, 64 << 20);
    while (packet && vh_input_read(input, packet) == VH_OK) {
        int64_t stamp = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        bool is_main = packet->stream_index == main && stamp != AV_NOPTS_VALUE;
        landed = is_main && vh_time_us(stamp, packet->time_base) <= wanted_us;
        av_packet_unref(packet);
        if (is_main)
            break;
    }
    vh_input_rewind(input);
    av_packet_free(&packet);
    return landed;
}

/* Goes to where source time `source_us` can be decoded from: a seek, or the very beginning. */
static int go_to(struct vh_input *input, int64_t source_us)
{
    int64_t target = source_us - VH_INPUT_PREROLL_US + input->info.origin_us;
    if (source_us > VH_INPUT_PREROLL_US && input->info.seekable &&
        avformat_seek_file(input->context, -1, INT64_MIN, target, target, 0) >= 0) {
        input->consumed = true;
        forget_position(input);
        if (landed_before(input, source_us - input->start_us))
            return VH_OK;
        vh_debug(&input->log, "%s: seeking misses, reading from the beginning", input->url);
    }
    if (input->info.seekable && (input->consumed || input->n_kept || input->last_us != INT64_MIN))
        return reopen(input);
    forget_position(input);
    return VH_OK;
}

int vh_input_set_range(struct vh_input *input, int64_t start_us, int64_t end_us)
{
    int64_t start = start_us == VH_TIME_NONE ? 0 : start_us, stated = input->info.duration_us;
    char a[32], b[32];
    if (start < 0)
        return vh_fail(
            &input->log, VH_ERR_USAGE, "start %s lies before the beginning", vh_time_print(start, a));
    if (end_us != VH_TIME_NONE && end_us <= start)
        return vh_fail(&input->log, VH_ERR_USAGE, "the range from %s to %s is empty", vh_time_print(start, a),
            vh_time_print(end_us, b));
    if (stated != VH_TIME_NONE && start >= stated)
        return vh_fail(&input->log, VH_ERR_USAGE, "start %s lies behind the end of %s (%s)",
            vh_time_print(start, a), input->url, vh_time_print(stated, b));
    input->start_us = start;
    input->end_us = end_us == VH_TIME_NONE ? VH_TIME_NONE : end_us - start;
    return go_to(input, start);
}

int vh_input_seek(struct vh_input *input, int64_t time_us)
{
    int status;
    if (!input->info.seekable)
        return VH_ERR_UNSUPPORTED;
    if (time_us == VH_TIME_NONE) {
        input->looking = false;
        input->damage = input->damage_before;
        return go_to(input, input->start_us);
    }
    if (!input->looking)
        input->damage_before = input->damage;
    input->looking = true;
    status = go_to(input, time_us);
    return status;
}
