/* Making the file of a tape; see the header. */
#include "pipeline/tape_maker.h"

#include "core/memory.h"
#include "core/status.h"
#include "simulate/tape_sound.h"
#include "simulate/tape_truth.h"

#include <errno.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct vh_tape_maker {
    struct vh_tape_maker_config config;
    struct vh_simulate *tape;
    struct vh_tape_sound *sound;
    struct vh_clip_writer *writer;
    struct vh_frame_pool *pool;
    int64_t n_tape, n_written, n_samples;
};

static void send_progress(const struct vh_tape_maker *m)
{
    const struct vh_event_field field[] = {
        VH_EVENT_I("frames_done", m->n_written), VH_EVENT_I("frames_total", m->config.expected_frames)};
    AVRational rate = m->config.file.picture.frame_rate;
    struct vh_event event = {.name = "job.progress",
        .node = "simulate",
        .time_us = av_rescale_q(m->n_written, av_inv_q(rate), (AVRational){1, 1000000}),
        .field = field,
        .n_fields = 2};
    vh_event_send(m->config.events, &event);
}

static int make_frame(struct vh_tape_maker *m, const AVFrame *early, const AVFrame *late, AVFrame **out)
{
    struct vh_image_const scene[2];
    struct vh_image image;
    *out = vh_frame_pool_acquire(m->pool);
    if (!*out)
        return VH_ERR_RESOURCE;
    vh_frame_apply_format(*out, &m->config.file.picture);
    int status = vh_frame_image_read(early, &scene[0]);
    if (status == VH_OK)
        status = vh_frame_image_read(late, &scene[1]);
    if (status == VH_OK)
        status = vh_frame_image(*out, &image);
    return status == VH_OK ? vh_simulate_frame(m->tape, m->n_tape, &scene[0], &scene[1], &image) : status;
}

int vh_tape_maker_frame(struct vh_tape_maker *m, const AVFrame *early, const AVFrame *late)
{
    int copies = vh_simulate_copies(m->tape, m->n_tape), status = VH_OK;
    AVFrame *frame = NULL;
    if (copies)
        status = make_frame(m, early, late, &frame);
    m->n_tape++;
    for (; status == VH_OK && copies; copies--) {
        AVFrame *copy = vh_frame_ref(frame);
        status = copy ? vh_clip_write_picture(m->writer, &copy) : VH_ERR_RESOURCE;
        m->n_written++;
        send_progress(m);
    }
    vh_frame_free(&frame);
    return status;
}

int vh_tape_maker_sound(struct vh_tape_maker *m, float *const *channel, int n)
{
    vh_tape_sound_process(m->sound, channel, n);
    m->n_samples += n;
    return vh_clip_write_sound(m->writer, channel, n);
}

static int write_truth(const struct vh_tape_maker *m)
{
    const struct vh_log *log = m->config.file.log;
    struct vh_tape_truth truth;
    int status = vh_tape_truth_collect(&truth, m->tape, m->sound, m->n_tape, m->n_samples);
    char *text = status == VH_OK ? vh_tape_truth_print(&truth) : NULL;
    vh_tape_truth_uninit(&truth);
    if (!text)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the truth");
    FILE *file = fopen(m->config.truth, "wb");
    bool failed = !file || fputs(text, file) == EOF;
    failed |= file && fclose(file) != 0;
    vh_free(text);
    return failed ? vh_fail(log, VH_ERR_OUTPUT, "cannot write %s: %s", m->config.truth, strerror(errno))
                  : VH_OK;
}

int vh_tape_maker_finish(struct vh_tape_maker *m)
{
    int status = vh_clip_writer_finish(m->writer);
    return status == VH_OK && m->config.truth ? write_truth(m) : status;
}

static int open_tape(struct vh_tape_maker *m)
{
    struct vh_clip_writer_config *file = &m->config.file;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(file->picture.pix_fmt);
    struct vh_simulate_format format = {.width = file->picture.width,
        .height = file->picture.height,
        .n_planes = d->nb_components < 3 ? 1 : 3,
        .sub_x = d->log2_chroma_w,
        .sub_y = d->log2_chroma_h,
        .frame_rate = file->picture.frame_rate};
    int status =
        vh_simulate_create(&m->tape, m->config.tape, &format, file->pool, file->cpu_flags, file->log);
    if (status != VH_OK)
        return status;
    file->picture.fields = vh_simulate_order(m->tape);
    if (!file->sound)
        return VH_OK;
    struct vh_tape_sound_format sound = {file->sound->sample_rate, file->sound->n_channels};
    return vh_tape_sound_create(&m->sound, m->tape, &sound, file->log);
}

int vh_tape_maker_open(struct vh_tape_maker **maker, const struct vh_tape_maker_config *config)
{
    struct vh_tape_maker *m = *maker = vh_alloc(1, sizeof *m);
    if (!m)
        return VH_ERR_RESOURCE;
    m->config = *config;
    int status = VH_OK;
    if (config->truth && !config->file.overwrite && access(config->truth, F_OK) == 0)
        status = vh_fail(config->file.log, VH_ERR_OUTPUT,
            "%s exists: choose another name, or -y to replace it", config->truth);
    if (status == VH_OK)
        status = open_tape(m);
    if (status == VH_OK)
        status = vh_frame_pool_create(
            &m->pool, config->file.picture.pix_fmt, config->file.picture.width, config->file.picture.height);
    if (status == VH_OK)
        status = vh_clip_writer_open(&m->writer, &m->config.file);
    if (status != VH_OK)
        vh_tape_maker_close(maker);
    return status;
}

void vh_tape_maker_close(struct vh_tape_maker **maker)
{
    struct vh_tape_maker *m = *maker;
    if (!m)
        return;
    vh_clip_writer_close(&m->writer);
    vh_frame_pool_destroy(&m->pool);
    vh_tape_sound_destroy(&m->sound);
    vh_simulate_destroy(&m->tape);
    vh_freep(maker);
}

int64_t vh_tape_maker_frames(const struct vh_tape_maker *maker)
{
    return maker->n_written;
}

const struct vh_simulate *vh_tape_maker_tape(const struct vh_tape_maker *maker)
{
    return maker->tape;
}
