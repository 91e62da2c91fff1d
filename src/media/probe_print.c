/* Media facts as text, and the fingerprint of a file. */
#include "media/probe.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "media_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libavutil/bprint.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_tags(AVBPrint *out, const AVDictionary *tags, const char *indent)
{
    const AVDictionaryEntry *tag = NULL;
    while ((tag = av_dict_get(tags, "", tag, AV_DICT_IGNORE_SUFFIX)))
        av_bprintf(out, "%s%s: %s\n", indent, tag->key, tag->value);
}

static void print_stream(AVBPrint *out, const struct vh_stream_info *stream)
{
    static const char *const kind[] = {"video", "audio", "subtitle", "attachment", "data"};
    char text[160], start[32];
    av_bprintf(out, "  stream %d: %s %s", stream->index, kind[stream->kind], stream->codec);
    if (stream->kind == VH_STREAM_VIDEO)
        av_bprintf(out, " %s", vh_format_print(&stream->format, text, sizeof text));
    else if (stream->kind == VH_STREAM_AUDIO)
        av_bprintf(out, " %s", vh_sound_print(&stream->sound, text, sizeof text));
    if (stream->language[0])
        av_bprintf(out, " (%s)", stream->language);
    if (stream->start_us != VH_TIME_NONE && stream->start_us)
        av_bprintf(out, " starts at %s", vh_time_print(stream->start_us, start));
    if (stream->disposition & AV_DISPOSITION_DEFAULT)
        av_bprintf(out, " default");
    if (stream->damaged)
        av_bprintf(out, " (no parameters found)");
    av_bprintf(out, "\n");
    print_tags(out, stream->tags, "    ");
}

char *vh_probe_print(const struct vh_media_info *info)
{
    AVBPrint out;
    char *text, start[32], end[32];
    av_bprint_init(&out, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprintf(&out, "%s: %s, duration %s", info->url, info->format, vh_time_print(info->duration_us, start));
    if (info->size_bytes >= 0)
        av_bprintf(&out, ", %" PRId64 " bytes", info->size_bytes);
    av_bprintf(&out, "\n");
    print_tags(&out, info->tags, "  ");
    for (int i = 0; i < info->n_streams; i++)
        print_stream(&out, &info->stream[i]);
    for (int i = 0; i < info->n_chapters; i++) {
        const struct vh_chapter_info *chapter = &info->chapter[i];
        av_bprintf(&out, "  chapter %d: %s to %s\n", i + 1, vh_time_print(chapter->start_us, start),
            vh_time_print(chapter->end_us, end));
        print_tags(&out, chapter->tags, "    ");
    }
    text = av_bprint_is_complete(&out) ? vh_strdup(out.str) : NULL;
    av_bprint_finalize(&out, NULL);
    return text;
}

enum { SAMPLE_BYTES = 1 << 20 };

static int hash_sample(struct AVSHA *sha, int fd, int64_t offset, uint8_t *buffer)
{
    size_t got = 0;
    while (got < SAMPLE_BYTES) {
        ssize_t n = pread(fd, buffer + got, SAMPLE_BYTES - got, offset + (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return VH_ERR_INPUT;
        if (!n)
            break;
        got += (size_t)n;
    }
    av_sha_update(sha, buffer, got);
    return VH_OK;
}

static int hash_file(struct AVSHA *sha, int fd, int64_t size, uint8_t *buffer)
{
    const int64_t offset[] = {0, size / 2, size > SAMPLE_BYTES ? size - SAMPLE_BYTES : 0};
    uint8_t size_le[8];
    int status = VH_OK;
    for (int i = 0; i < 8; i++)
        size_le[i] = (uint8_t)((uint64_t)size >> (8 * i));
    av_sha_update(sha, size_le, sizeof size_le);
    for (int i = 0; i < 3 && status == VH_OK; i++)
        status = hash_sample(sha, fd, offset[i], buffer);
    return status;
}

int vh_probe_fingerprint(const char *path, char text[65])
{
    struct AVSHA *sha = av_sha_alloc();
    uint8_t *buffer = vh_alloc(1, SAMPLE_BYTES), digest[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status = VH_ERR_INPUT;
    struct stat st;
    text[0] = '\0';
    if (!sha || !buffer)
        status = VH_ERR_RESOURCE;
    else if (fd >= 0 && !fstat(fd, &st) && !S_ISREG(st.st_mode))
        status = VH_ERR_UNSUPPORTED;
    else if (fd >= 0 && !av_sha_init(sha, 256))
        status = hash_file(sha, fd, st.st_size, buffer);
    if (status == VH_OK) {
        av_sha_final(sha, digest);
        for (int i = 0; i < 32; i++)
            snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    if (fd >= 0)
        close(fd);
    vh_free(buffer);
    av_free(sha);
    return status;
}
