/* The muxer: streams, tags, chapters and packets. */
#include "media/output.h"

#include "core/memory.h"
#include "core/status.h"
#include "input_internal.h"
#include "media/library.h"
#include "output_internal.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <string.h>
#include <unistd.h>

enum { IO_BYTES = 1 << 18, MAX_STREAMS = 256 };

struct stream {
    int64_t last_dts; /* in the muxer's time base, AV_NOPTS_VALUE = none */
    int64_t n_packets;
    bool drop_negative; /* a copy from inside a range */
    bool attachment;    /* lives in the header: packets are dropped */
    bool countable;
    bool began; /* sound: its first packet was seen */
};

struct vh_output {
    AVFormatContext *context;
    struct vh_output_file file;
    struct vh_container_info container;
    struct vh_log log;
    char *format_options;
    bool faststart, started, finished;
    struct stream stream[MAX_STREAMS];
    int n_repaired; /* time stamps that did not increase */
};

/* ---- the file below libavformat ---- */

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int write_bytes(void *opaque, const uint8_t *data, int size)
#else
static int write_bytes(void *opaque, uint8_t *data, int size)
#endif
{
    struct vh_output_file *file = opaque;
    int done = 0;
    int64_t at;
    if (file->error)
        return AVERROR(file->error);
    while (done < size && !file->error) {
        ssize_t n = write(file->fd, data + done, (size_t)(size - done));
        if (n >= 0)
            done += (int)n;
        else if (errno != EINTR)
            file->error = errno;
    }
    at = file->direct ? file->bytes + done : lseek(file->fd, 0, SEEK_CUR);
    file->bytes = at > file->bytes ? at : file->bytes;
    return file->error ? AVERROR(file->error) : size;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    struct vh_output_file *file = opaque;
    off_t at;
    if (whence & AVSEEK_SIZE)
        return file->bytes;
    at = lseek(file->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

static int open_io(struct vh_output *output)
{
    uint8_t *buffer = av_malloc(IO_BYTES);
    if (!buffer)
        return VH_ERR_RESOURCE;
    output->context->pb = avio_alloc_context(
        buffer, IO_BYTES, 1, &output->file, NULL, write_bytes, output->file.direct ? NULL : seek_bytes);
    if (!output->context->pb) {
        av_free(buffer);
        return VH_ERR_RESOURCE;
    }
    output->context->flags |= AVFMT_FLAG_CUSTOM_IO;
    return VH_OK;
}

static void close_io(struct vh_output *output)
{
    if (!output->context || !output->context->pb)
        return;
    av_freep(&output->context->pb->buffer);
    avio_context_free(&output->context->pb);
}

/* ---- life ---- */

static bool mov_family(const struct vh_output *output)
{
    const char *name = output->container.name;
    return !strcmp(name, "mp4") || !strcmp(name, "mov") || !strcmp(name, "ipod");
}

int vh_output_check_path(const struct vh_output_options *options, const struct vh_log *log)
{
    return vh_output_file_check(options, log);
}

static int open_muxer(struct vh_output *output, const struct vh_output_options *options)
{
    /* The muxer opens the file a second time to move the index to the front, so it has to know the real name.
     */
    char *url =
        vh_format("file:%s", output->file.temp_path ? output->file.temp_path : output->file.final_path);
    int error = avformat_alloc_output_context2(&output->context, NULL, output->container.name, url);
    vh_free(url);
    if (error < 0)
        return vh_fail(&output->log, VH_ERR_EXTERNAL, "muxer %s does not start: %s", output->container.name,
            av_err2str(error));
    if (options->bitexact)
        output->context->flags |= AVFMT_FLAG_BITEXACT;
    output->faststart = options->faststart;
    output->format_options = vh_strdup(options->format_options);
    return open_io(output);
}

int vh_output_open(
    struct vh_output **output, const struct vh_output_options *options, const struct vh_log *log)
{
    struct vh_output *o = *output = vh_alloc(1, sizeof *o);
    int status;
    if (!o)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
    o->log = log ? *log : (struct vh_log){0};
    o->file.fd = -1;
    if (!strcmp(options->path, "-") && !options->format)
        status = vh_fail(log, VH_ERR_USAGE, "writing to standard output needs --format");
    else
        status = vh_container_find(&o->container, options->path, options->format, log);
    if (status == VH_OK)
        status = vh_output_file_open(&o->file, options, log);
    if (status == VH_OK && o->file.direct && mov_family(o))
        status = vh_fail(log, VH_ERR_UNSUPPORTED,
            "%s goes back to its beginning at the end: it cannot be written to a pipe (mkv, nut and ts can)",
            o->container.name);
    if (status == VH_OK)
        status = open_muxer(o, options);
    if (status != VH_OK)
        vh_output_close(output);
    return status;
}

void vh_output_close(struct vh_output **output)
{
    struct vh_output *o;
    if (!output || !(o = *output))
        return;
    if (o->started && !o->finished) {
        /* The muxer's own memory is freed by its trailer; what that writes is thrown away with the file. */
        o->file.error = o->file.error ? o->file.error : ECANCELED;
        if (mov_family(o))
            av_opt_set(
                o->context->priv_data, "movflags", "-faststart", 0); /* would copy the file once more */
        av_write_trailer(o->context);
    }
    close_io(o);
    avformat_free_context(o->context);
    vh_output_file_close(&o->file);
    vh_free(o->format_options);
    vh_freep(output);
}

const struct vh_container_info *vh_output_container(const struct vh_output *output)
{
    return &output->container;
}

/* ---- streams ---- */

/* Tags that describe the old stream's bytes, or that every muxer writes anew. */
static bool is_stale(const char *key)
{
    static const char *const prefix[] = {"encoder", "duration", "bps", "number_of_frames", "number_of_bytes",
        "_statistics", "major_brand", "minor_version", "compatible_brands", "vendor_id", "handler_name"};
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
        if (av_stristart(key, prefix[i], NULL))
            return true;
    return false;
}

static int copy_tags(AVDictionary **to, const AVDictionary *from)
{
    const AVDictionaryEntry *tag = NULL;
    while ((tag = av_dict_get(from, "", tag, AV_DICT_IGNORE_SUFFIX)))
        if (!is_stale(tag->key) && av_dict_set(to, tag->key, tag->value, 0) < 0)
            return VH_ERR_RESOURCE;
    return VH_OK;
}

/* The container's own tag where the source's belongs to it, Apple's hvc1 for HEVC, else the muxer's choice.
 */
static uint32_t pick_tag(const struct vh_output *output, const AVCodecParameters *par)
{
    const struct AVCodecTag *const *tags = output->context->oformat->codec_tag;
    if (par->codec_id == AV_CODEC_ID_HEVC && mov_family(output))
        return MKTAG('h', 'v', 'c', '1');
    if (tags && av_codec_get_id(tags, par->codec_tag) == par->codec_id)
        return par->codec_tag;
    return 0;
}

int vh_output_add_parameters(struct vh_output *output, const AVCodecParameters *parameters,
    AVRational time_base, const struct vh_stream_info *source, int *index)
{
    AVStream *stream;
    if (output->context->nb_streams == MAX_STREAMS)
        return vh_fail(&output->log, VH_ERR_RESOURCE, "more than %d streams", MAX_STREAMS);
    stream = avformat_new_stream(output->context, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, parameters) < 0)
        return vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory");
    stream->codecpar->codec_tag = pick_tag(output, parameters);
    /* libavformat 59 still calls these two experiments in MP4; players have read them for years. */
    if (parameters->codec_id == AV_CODEC_ID_FLAC || parameters->codec_id == AV_CODEC_ID_OPUS)
        output->context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    stream->time_base = time_base;
    stream->sample_aspect_ratio = parameters->sample_aspect_ratio;
    *index = stream->index;
    output->stream[*index] = (struct stream){.last_dts = AV_NOPTS_VALUE};
    if (!source)
        return VH_OK;
    stream->disposition = source->disposition;
    return copy_tags(&stream->metadata, source->tags) == VH_OK
               ? VH_OK
               : vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory");
}

int vh_output_add_encoder(struct vh_output *output, const struct vh_encoder *encoder,
    const struct vh_stream_info *source, int *index)
{
    const struct vh_encoder_info *row = vh_encoder_row(encoder);
    AVRational time_base = vh_encoder_time_base(encoder);
    int status = vh_container_check(&output->container, row->codec_id, row->name, &output->log);
    AVStream *stream;
    if (status == VH_OK)
        status = vh_output_add_parameters(output, vh_encoder_parameters(encoder), time_base, source, index);
    if (status != VH_OK)
        return status;
    stream = output->context->streams[*index];
    if (!row->is_sound) {
        stream->avg_frame_rate = stream->r_frame_rate = vh_encoder_format(encoder)->frame_rate;
        output->stream[*index].countable = true;
    }
    return av_dict_set(&stream->metadata, "encoder", vh_encoder_settings(encoder), 0) < 0
               ? vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory")
               : VH_OK;
}

/* A cover becomes an attachment in containers that have those. */
static int make_attachment(
    struct vh_output *output, const struct vh_input *input, int source, AVStream *stream)
{
    const AVPacket *cover = &input->context->streams[source]->attached_pic;
    AVCodecParameters *par = stream->codecpar;
    bool png = par->codec_id == AV_CODEC_ID_PNG;
    if (!cover->data || cover->size <= 0)
        return vh_fail(&output->log, VH_ERR_INPUT, "stream %d: the cover picture is missing", source);
    av_freep(&par->extradata);
    par->extradata = av_mallocz((size_t)cover->size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!par->extradata)
        return vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory");
    memcpy(par->extradata, cover->data, (size_t)cover->size);
    par->extradata_size = cover->size;
    par->codec_type = AVMEDIA_TYPE_ATTACHMENT;
    stream->disposition = 0;
    av_dict_set(&stream->metadata, "mimetype", png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
    av_dict_set(&stream->metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
    return VH_OK;
}

int vh_output_add_copy(struct vh_output *output, const struct vh_input *input, int stream, int *index)
{
    const struct vh_stream_info *info = &vh_input_info(input)->stream[stream];
    bool cover = info->disposition & AV_DISPOSITION_ATTACHED_PIC;
    int status = VH_OK;
    char what[32];
    snprintf(what, sizeof what, "stream %d", stream);
    if (info->kind != VH_STREAM_ATTACHMENT)
        status = vh_container_check(&output->container, info->codec_id, what, &output->log);
    if (status == VH_OK)
        status = vh_output_add_parameters(
            output, vh_input_parameters(input, stream), info->time_base, info, index);
    if (status != VH_OK)
        return status;
    output->stream[*index].drop_negative = vh_input_start_us(input) > 0;
    output->stream[*index].attachment =
        info->kind == VH_STREAM_ATTACHMENT && (!cover || output->container.attachments);
    return cover && output->container.attachments
               ? make_attachment(output, input, stream, output->context->streams[*index])
               : VH_OK;
}

/* ---- tags and chapters ---- */

int vh_output_set_tag(struct vh_output *output, int stream, const char *key, const char *value)
{
    AVDictionary **tags =
        stream < 0 ? &output->context->metadata : &output->context->streams[stream]->metadata;
    return av_dict_set(tags, key, value, 0) < 0 ? vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory")
                                                : VH_OK;
}

static AVChapter *new_chapter(struct vh_output *output, int64_t start_us, int64_t end_us)
{
    AVFormatContext *context = output->context;
    AVChapter *chapter = av_mallocz(sizeof *chapter);
    int n = (int)context->nb_chapters;
    if (!chapter)
        return NULL;
    chapter->id = n + 1;
    chapter->time_base = AV_TIME_BASE_Q;
    chapter->start = start_us;
    chapter->end = end_us;
    if (av_dynarray_add_nofree(&context->chapters, &n, chapter) < 0) {
        av_free(chapter);
        return NULL;
    }
    context->nb_chapters = (unsigned)n;
    return chapter;
}

int vh_output_add_chapter(struct vh_output *output, int64_t start_us, int64_t end_us, const char *title)
{
    AVChapter *chapter = new_chapter(output, start_us, end_us);
    if (!chapter || (title && av_dict_set(&chapter->metadata, "title", title, 0) < 0))
        return vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory");
    return VH_OK;
}

/* A chapter of the source in the output's time; clipped to the range, false when nothing is left of it. */
static bool clip(
    const struct vh_input *input, const struct vh_chapter_info *source, int64_t *start, int64_t *end)
{
    int64_t range_end = vh_input_end_us(input);
    *start = source->start_us - vh_input_start_us(input);
    *end = source->end_us == VH_TIME_NONE ? *start : source->end_us - vh_input_start_us(input);
    if (range_end != VH_TIME_NONE && *end > range_end)
        *end = range_end;
    if (*start < 0)
        *start = 0;
    return *end > *start ||
           (*end == *start && *start > 0 && (range_end == VH_TIME_NONE || *start < range_end));
}

int vh_output_copy_metadata(struct vh_output *output, const struct vh_input *input)
{
    const struct vh_media_info *info = vh_input_info(input);
    int status = copy_tags(&output->context->metadata, info->tags);
    for (int i = 0; i < info->n_chapters && status == VH_OK; i++) {
        int64_t start, end;
        AVChapter *chapter;
        if (!clip(input, &info->chapter[i], &start, &end))
            continue;
        chapter = new_chapter(output, start, end);
        status = chapter ? copy_tags(&chapter->metadata, info->chapter[i].tags) : VH_ERR_RESOURCE;
    }
    return status == VH_OK ? VH_OK : vh_fail(&output->log, VH_ERR_RESOURCE, "out of memory");
}

/* ---- writing ---- */

static int muxer_options(struct vh_output *output, AVDictionary **options)
{
    int status = vh_dict_parse(options, output->format_options, "output options", &output->log);
    if (status == VH_OK && output->faststart && mov_family(output) && !output->file.direct)
        av_dict_set(options, "movflags", "+faststart", AV_DICT_APPEND);
    return status;
}

int vh_output_start(struct vh_output *output)
{
    AVDictionary *options = NULL;
    int status = muxer_options(output, &options), error;
    if (status != VH_OK)
        return status;
    error = avformat_write_header(output->context, &options);
    if (error >= 0)
        output->started = true;
    if (error >= 0)
        status = vh_dict_reject_rest(options, output->container.name, &output->log);
    av_dict_free(&options);
    if (error >= 0)
        return status;
    if (output->file.error)
        return vh_output_file_explain(&output->file, error, &output->log);
    return vh_fail(&output->log, error == AVERROR(ENOMEM) ? VH_ERR_RESOURCE : VH_ERR_UNSUPPORTED,
        "container %s refuses these streams%s: %s", output->container.name,
        output->file.direct ? " (or needs a file that can be sought)" : "", av_err2str(error));
}

/* Muxers insist on increasing decoding times; damaged sources do not care. Repaired as ffmpeg does, and
 * counted. */
static void repair_time(struct vh_output *output, AVPacket *packet)
{
    struct stream *stream = &output->stream[packet->stream_index];
    bool equal_is_fine = output->context->oformat->flags & AVFMT_TS_NONSTRICT;
    int64_t least = stream->last_dts == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : stream->last_dts + !equal_is_fine;
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts != AV_NOPTS_VALUE ? packet->pts : least != AV_NOPTS_VALUE ? least : 0;
    if (packet->pts == AV_NOPTS_VALUE)
        packet->pts = packet->dts;
    if (least != AV_NOPTS_VALUE && packet->dts < least) {
        packet->dts = least;
        output->n_repaired++;
    }
    if (packet->pts < packet->dts)
        packet->pts = packet->dts;
    stream->last_dts = packet->dts;
}

static int write_packet(struct vh_output *output, int stream, AVPacket *packet)
{
    int error;
    packet->stream_index = stream;
    packet->pos = -1;
    av_packet_rescale_ts(packet, packet->time_base, output->context->streams[stream]->time_base);
    packet->time_base = output->context->streams[stream]->time_base;
    repair_time(output, packet);
    output->stream[stream].n_packets++;
    error = av_interleaved_write_frame(output->context, packet);
    av_packet_unref(packet);
    if (error < 0 || output->file.error)
        return vh_output_file_explain(
            &output->file, error < 0 ? error : AVERROR(output->file.error), &output->log);
    return VH_OK;
}

/* Silence of `n` samples from sample `at` on. */
static int write_silence(struct vh_output *output, int stream, int64_t at, int n)
{
    const AVCodecParameters *par = output->context->streams[stream]->codecpar;
    int bytes = av_get_bits_per_sample(par->codec_id) / 8 * par->ch_layout.nb_channels;
    AVPacket *packet = av_packet_alloc();
    int status = VH_ERR_RESOURCE;
    if (packet && av_new_packet(packet, n * bytes) >= 0) {
        memset(packet->data, par->codec_id == AV_CODEC_ID_PCM_U8 ? 0x80 : 0, (size_t)packet->size);
        packet->time_base = (AVRational){1, par->sample_rate};
        packet->pts = packet->dts = at;
        packet->duration = n;
        packet->flags |= AV_PKT_FLAG_KEY;
        status = write_packet(output, stream, packet);
    }
    av_packet_free(&packet);
    return status;
}

/* Containers that begin every stream at 0 get silence up to the first packet of late sound; compressed sound
 * cannot be filled and is said to move. */
static int fill_start(struct vh_output *output, int stream, const AVPacket *first)
{
    const AVCodecParameters *par = output->context->streams[stream]->codecpar;
    int64_t late = first->pts == AV_NOPTS_VALUE || par->sample_rate <= 0
                       ? 0
                       : av_rescale_q(first->pts, first->time_base, (AVRational){1, par->sample_rate});
    int status = VH_OK;
    if (late * 1000 < par->sample_rate)
        return VH_OK;
    if (!av_get_bits_per_sample(par->codec_id)) {
        vh_warn(&output->log, "%s keeps no start times: sound stream %d is heard %.3f s too early",
            output->container.name, stream, (double)late / par->sample_rate);
        return VH_OK;
    }
    for (int64_t at = 0; at < late && status == VH_OK; at += par->sample_rate)
        status = write_silence(output, stream, at, (int)FFMIN(late - at, par->sample_rate));
    return status;
}

int vh_output_write(struct vh_output *output, int stream, AVPacket *packet)
{
    struct stream *s = &output->stream[stream];
    int status = VH_OK;
    if (s->attachment || (s->drop_negative && packet->pts != AV_NOPTS_VALUE && packet->pts < 0)) {
        av_packet_unref(packet);
        return VH_OK;
    }
    if (!s->began && !output->container.start_offset &&
        output->context->streams[stream]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
        status = fill_start(output, stream, packet);
    s->began = true;
    if (status == VH_OK)
        return write_packet(output, stream, packet);
    av_packet_unref(packet);
    return status;
}

static int verify(struct vh_output *output, const struct vh_output_expect *expect)
{
    int64_t counts[MAX_STREAMS];
    struct vh_output_written written = {.path = output->file.temp_path,
        .name = output->file.final_path,
        .n_streams = (int)output->context->nb_streams,
        .n_packets = counts};
    /* Sound is packed anew by some containers; pictures never are. */
    for (int i = 0; i < written.n_streams; i++)
        counts[i] = output->stream[i].countable ? output->stream[i].n_packets : -1;
    if (expect->video >= 0 && expect->n_frames >= 0 &&
        output->stream[expect->video].n_packets != expect->n_frames)
        return vh_fail(&output->log, VH_ERR_INTERNAL, "%s: %lld pictures were written instead of %lld",
            output->file.final_path, (long long)output->stream[expect->video].n_packets,
            (long long)expect->n_frames);
    return vh_output_verify(&written, expect, &output->log);
}

int vh_output_finish(struct vh_output *output, const struct vh_output_expect *expect)
{
    int error = av_write_trailer(output->context), status = VH_OK;
    output->finished = true;
    avio_flush(output->context->pb);
    if (error >= 0 && output->context->pb->error < 0)
        error = output->context->pb->error;
    if (error < 0 || output->file.error)
        return vh_output_file_explain(
            &output->file, error < 0 ? error : AVERROR(output->file.error), &output->log);
    status = vh_output_file_sync(&output->file, &output->log);
    if (status == VH_OK && !output->file.direct && !expect->skip_check)
        status = verify(output, expect);
    if (status == VH_OK)
        status = vh_output_file_commit(&output->file, &output->log);
    if (status == VH_OK && output->n_repaired)
        vh_debug(&output->log, "%d time stamps of copied streams did not increase and were moved",
            output->n_repaired);
    return status;
}

int64_t vh_output_bytes(const struct vh_output *output)
{
    return output->file.bytes;
}
