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
        return vh_fail(log, VH_ERR_INPUT, "%s is a folder, not a capture; name the file in it", path);
    if (S_ISREG(st.st_mode) && !st.st_size)
        return vh_fail(log, VH_ERR_INPUT, "%s is empty", path);
    if (access(path, R_OK) < 0)
        return vh_fail(log, VH_ERR_INPUT, "%s cannot be read: %s", path, strerror(errno));
    return VH_OK;
}

static int classify(struct vh_input *input, struct vh_input_part *part, const char *url)
{
    size_t scheme = scheme_length(url);
    part->url = vh_strdup(url);
    if (!strcmp(url, "-")) {
        part->open_url = vh_strdup("pipe:0");
    } else if (scheme && access(url, F_OK) < 0) {
        part->is_network = true;
        part->open_url = vh_strdup(url);
    } else {
        int status = check_path(url, &input->log);
        if (status != VH_OK)
            return status;
        part->open_url = vh_format("file:%s", url);
    }
    return part->url && part->open_url ? VH_OK : VH_ERR_RESOURCE;
}

/* What the input itself needs, and nothing that it could be made to reach for. */
static int allow_protocols(struct vh_input *input)
{
    const struct vh_input_part *first = &input->part[0];
    const char *needed = first->is_network          ? "http,https,tcp,tls,crypto,httpproxy"
                         : !strcmp(first->url, "-") ? "pipe"
                                                    : "file,crypto";
    size_t scheme = scheme_length(first->url);
    input->options.protocols = vh_strdup(input->options.protocols ? input->options.protocols : needed);
    if (!input->options.protocols)
        return VH_ERR_RESOURCE;
    if (first->is_network && !in_list(input->options.protocols, first->url, scheme))
        return vh_fail(&input->log, VH_ERR_USAGE, "%s: protocol %.*s is not allowed (%s are)", first->url,
            (int)scheme, first->url, input->options.protocols);
    return VH_OK;
}

static int classify_parts(struct vh_input *input, const char *const *url, int n)
{
    int status = VH_OK;
    input->part = vh_alloc((size_t)n, sizeof *input->part);
    if (!input->part)
        return VH_ERR_RESOURCE;
    for (int i = 0; i < n && status == VH_OK; i++) {
        input->n_parts++;
        status = classify(input, &input->part[i], url[i]);
        if (status == VH_OK && n > 1 && (input->part[i].is_network || !strcmp(url[i], "-")))
            status = vh_fail(&input->log, VH_ERR_USAGE, "%s: only files can be joined", url[i]);
    }
    input->url = input->part[0].url;
    return status == VH_OK ? allow_protocols(input) : status;
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
    if (!input->part[input->at].is_network || silent_ns / 1000 < input->options.timeout_us)
        return 0;
    atomic_store_explicit(&input->timed_out, true, memory_order_relaxed);
    return 1;
}

static int explain_open(const struct vh_input *input, int error)
{
    const char *url = input->part[input->at].url;
    if (vh_cancel_check(input->options.cancel))
        return VH_ERR_CANCELLED;
    if (atomic_load_explicit(&input->timed_out, memory_order_relaxed))
        return vh_fail(&input->log, VH_ERR_INPUT, "%s: no answer for %g s", url,
            (double)input->options.timeout_us / 1e6);
    if (error == AVERROR_INVALIDDATA)
        return vh_fail(&input->log, VH_ERR_INPUT,
            "%s is not a media file, or is too damaged to be opened (a recording that broke off before its "
            "index was "
            "written?)",
            url);
    return vh_fail(&input->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_INPUT,
        "%s cannot be opened: %s", url, av_err2str(error));
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

int vh_input_open_context(struct vh_input *input, AVFormatContext **context)
{
    AVDictionary *options = NULL;
    const AVInputFormat *format;
    int status = prepare_context(input, context, &format), error;
    if (status == VH_OK)
        status = vh_dict_parse(&options, input->options.format_options, "input options", &input->log);
    if (status == VH_OK) {
        atomic_store(&input->read_began_ns, vh_clock_ns());
        error = avformat_open_input(
            context, input->part[input->at].open_url, format, &options); /* frees the context on failure */
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
    return VH_OK;
}

/* The first part tells what the input is. */
static int open_first(struct vh_input *input)
{
    int status = vh_input_open_context(input, &input->context);
    if (status == VH_OK)
        status = vh_probe_build(&input->info, input->context);
    if (status == VH_OK) {
        input->info.url = input->url;
        status = check_streams(input);
    }
    if (status != VH_OK)
        return status;
    input->part[0].seekable = input->info.seekable;
    input->part[0].origin_us = input->info.origin_us;
    return copy_parameters(input);
}

int vh_input_open_joined(struct vh_input **input, const char *const *url, int n,
    const struct vh_probe_options *options, const struct vh_log *log)
{
    struct vh_input *in = *input = NULL;
    int status;
    in = vh_alloc(1, sizeof *in);
    if (!in)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory opening %s", url[0]);
    in->log = log ? *log : (struct vh_log){0};
    in->end_us = in->damage.first_us = VH_TIME_NONE;
    in->last_us = INT64_MIN;
    status = take_options(in, options);
    if (status == VH_OK) {
        const char *given = in->options.protocols;
        status = classify_parts(in, url, n);
        if (in->options.protocols == given)
            in->options.protocols = NULL; /* still the caller's */
    }
    if (status == VH_OK)
        status = open_first(in);
    if (status == VH_OK && n > 1)
        status = vh_input_survey_parts(in);
    if (status != VH_OK) {
        vh_input_close(&in);
        return status;
    }
    vh_input_begin_epochs(in, -in->info.origin_us);
    *input = in;
    return VH_OK;
}

int vh_input_open(struct vh_input **input, const char *url, const struct vh_probe_options *options,
    const struct vh_log *log)
{
    return vh_input_open_joined(input, &url, 1, options, log);
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
    for (int i = 0; in->part && i < in->n_parts; i++) {
        for (int k = 0; in->part[i].parameters && k < in->info.n_streams; k++)
            avcodec_parameters_free(&in->part[i].parameters[k]);
        vh_free(in->part[i].parameters);
        vh_free(in->part[i].url);
        vh_free(in->part[i].open_url);
    }
    vh_free(in->part);
    vh_freep(input);
}
