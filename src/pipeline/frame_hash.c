/* Frame hashes through libavutil's MD5. Only the visible samples are hashed, plane by plane, line by line. */
#include "pipeline/frame_hash.h"

#include "core/memory.h"
#include "core/status.h"

#include <errno.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    int stream;
    int64_t pts, duration, bytes;
    uint8_t md5[16];
};

enum { MAX_STREAMS = 64 };

struct vh_frame_hash {
    FILE *file;
    char *path;
    pthread_mutex_t lock;
    struct line *line;
    size_t n, room;
    struct {
        bool used;
        AVRational time_base;
        char about[96];
    } stream[MAX_STREAMS];
};

int vh_frame_hash_create(struct vh_frame_hash **hash, const char *path, const struct vh_log *log)
{
    struct vh_frame_hash *h = *hash = vh_alloc(1, sizeof *h);
    if (!h)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&h->lock, NULL);
    h->path = vh_strdup(path);
    if (h->path)
        return VH_OK;
    vh_frame_hash_destroy(hash);
    return vh_fail(log, VH_ERR_RESOURCE, "out of memory");
}

void vh_frame_hash_stream(struct vh_frame_hash *hash, int stream, AVRational time_base, const char *about)
{
    if (!hash || stream < 0 || stream >= MAX_STREAMS)
        return;
    hash->stream[stream].used = true;
    hash->stream[stream].time_base = time_base;
    snprintf(hash->stream[stream].about, sizeof hash->stream[stream].about, "%s", about);
}

static int64_t hash_picture(struct AVMD5 *md5, const AVFrame *frame)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    int64_t total = 0;
    for (int c = 0; c < d->nb_components; c++) {
        int p = d->comp[c].plane;
        if (c && p == d->comp[c - 1].plane)
            continue; /* interleaved: hashed with its first component */
        bool chroma = c == 1 || c == 2;
        int width = chroma ? AV_CEIL_RSHIFT(frame->width, d->log2_chroma_w) : frame->width;
        int height = chroma ? AV_CEIL_RSHIFT(frame->height, d->log2_chroma_h) : frame->height;
        size_t bytes = (size_t)width * (size_t)d->comp[c].step;
        for (int y = 0; y < height; y++)
            av_md5_update(md5, frame->data[p] + (ptrdiff_t)y * frame->linesize[p], bytes);
        total += (int64_t)bytes * height;
    }
    return total;
}

static int64_t hash_sound(struct AVMD5 *md5, const AVFrame *frame)
{
    bool planar = av_sample_fmt_is_planar(frame->format);
    int channels = frame->ch_layout.nb_channels;
    size_t bytes = (size_t)frame->nb_samples * (size_t)av_get_bytes_per_sample(frame->format);
    if (!planar)
        bytes *= (size_t)channels;
    for (int c = 0; c < (planar ? channels : 1); c++)
        av_md5_update(md5, frame->extended_data[c], bytes);
    return (int64_t)bytes * (planar ? channels : 1);
}

static int append(struct vh_frame_hash *hash, const struct line *line)
{
    int status = VH_OK;
    pthread_mutex_lock(&hash->lock);
    if (hash->n == hash->room) {
        size_t room = hash->room ? 2 * hash->room : 1024;
        struct line *larger = vh_alloc(room, sizeof *larger);
        if (larger) {
            if (hash->n)
                memcpy(larger, hash->line, hash->n * sizeof *larger);
            vh_free(hash->line);
            hash->line = larger;
            hash->room = room;
        } else {
            status = VH_ERR_RESOURCE;
        }
    }
    if (status == VH_OK)
        hash->line[hash->n++] = *line;
    pthread_mutex_unlock(&hash->lock);
    return status;
}

int vh_frame_hash_add(struct vh_frame_hash *hash, int stream, const AVFrame *frame, int64_t duration)
{
    if (!hash)
        return VH_OK;
    struct AVMD5 *md5 = av_md5_alloc();
    if (!md5)
        return VH_ERR_RESOURCE;
    struct line line = {.stream = stream, .pts = frame->pts, .duration = duration};
    av_md5_init(md5);
    line.bytes = frame->nb_samples ? hash_sound(md5, frame) : hash_picture(md5, frame);
    av_md5_final(md5, line.md5);
    av_free(md5);
    return append(hash, &line);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->pts > y->pts) - (x->pts < y->pts);
}

int vh_frame_hash_finish(struct vh_frame_hash *hash, const struct vh_log *log)
{
    if (!hash)
        return VH_OK;
    hash->file = fopen(hash->path, "w");
    if (!hash->file)
        return vh_fail(
            log, VH_ERR_OUTPUT, "--framemd5 %s cannot be written: %s", hash->path, strerror(errno));
    if (hash->n)
        qsort(hash->line, hash->n, sizeof *hash->line, compare_lines);
    fprintf(hash->file, "#format: frame checksums\n#version: 2\n#hash: MD5\n");
    for (int i = 0; i < MAX_STREAMS; i++)
        if (hash->stream[i].used)
            fprintf(hash->file, "#tb %d: %d/%d\n#about %d: %s\n", i, hash->stream[i].time_base.num,
                hash->stream[i].time_base.den, i, hash->stream[i].about);
    fprintf(hash->file, "#stream#, dts, pts, duration, size, hash\n");
    for (size_t i = 0; i < hash->n; i++) {
        const struct line *l = &hash->line[i];
        fprintf(hash->file, "%d, %10lld, %10lld, %8lld, %8lld, ", l->stream, (long long)l->pts,
            (long long)l->pts, (long long)l->duration, (long long)l->bytes);
        for (int k = 0; k < 16; k++)
            fprintf(hash->file, "%02x", l->md5[k]);
        fputc('\n', hash->file);
    }
    bool failed = ferror(hash->file) != 0;
    failed |= fclose(hash->file) != 0;
    hash->file = NULL;
    return failed ? vh_fail(log, VH_ERR_RESOURCE, "--framemd5: writing %s failed: %s", hash->path,
                        strerror(errno))
                  : VH_OK;
}

void vh_frame_hash_destroy(struct vh_frame_hash **hash)
{
    struct vh_frame_hash *h = hash ? *hash : NULL;
    if (!h)
        return;
    if (h->file)
        fclose(h->file);
    pthread_mutex_destroy(&h->lock);
    vh_free(h->path);
    vh_free(h->line);
    vh_freep(hash);
}
