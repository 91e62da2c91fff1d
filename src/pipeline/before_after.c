/* The before/after picture: left the tape as it plays, right the restored picture; above all of it, below a
 * part enlarged without smoothing on the left, so that what is seen is what is there. */
#include "pipeline/before_after.h"

#include "core/status.h"
#include "pipeline/clip_reader.h"
#include "pipeline/side_by_side.h"

#include <math.h>

enum { CELL_WIDTH = 512, CELL_HEIGHT = 384, LABEL_HEIGHT = 14 };

/* The picture of a clip that is shown at `at_s`. */
static int read_picture(const struct vh_before_after *w, const char *url, AVFrame **frame)
{
    struct vh_clip_reader *reader = NULL;
    struct vh_clip_reader_config config = {
        .url = url, .pool = w->pool, .cpu_flags = w->cpu_flags, .log = w->log};
    int status = vh_clip_reader_open(&reader, &config);
    if (status != VH_OK)
        return status;
    AVRational rate = vh_clip_reader_format(reader)->frame_rate;
    int wanted = rate.num > 0 ? (int)floor(w->at_s * av_q2d(rate) + 1e-6) : 0;
    *frame = NULL;
    for (int i = 0; i <= wanted && status == VH_OK; i++) {
        AVFrame *next = NULL;
        status = vh_clip_read_picture(reader, &next);
        if (status == VH_OK) {
            vh_frame_free(frame);
            *frame = next;
        }
    }
    vh_clip_reader_close(&reader);
    if (status == VH_EOF && *frame)
        status = VH_OK; /* the clip is shorter: its last picture */
    if (status == VH_EOF)
        status = vh_fail(w->log, VH_ERR_INPUT, "%s holds no picture", url);
    if (status != VH_OK)
        vh_frame_free(frame);
    return status;
}

static int place_column(
    const struct vh_before_after *w, struct vh_still *still, int column, const AVFrame *frame)
{
    int x = column * (CELL_WIDTH + VH_SIDE_GAP), y = CELL_HEIGHT + VH_SIDE_GAP;
    struct vh_still_box whole = {x, 0, CELL_WIDTH, CELL_HEIGHT}, close = {x, y, CELL_WIDTH, CELL_HEIGHT};
    struct vh_still_box part = {(int)(w->close_up[0] * frame->width) & ~1,
        (int)(w->close_up[1] * frame->height) & ~3, (int)(w->close_up[2] * frame->width) & ~1,
        (int)(w->close_up[3] * frame->height) & ~3};
    int status = vh_still_place(still, whole, frame, (struct vh_still_box){0}, false, w->log);
    if (status == VH_OK)
        status = vh_still_place(still, close, frame, part, column == 0, w->log);
    return status == VH_OK ? vh_side_label(still, x, 0, LABEL_HEIGHT, column ? "restored" : "tape") : status;
}

int vh_before_after_write(const struct vh_before_after *w)
{
    struct vh_still still = {0};
    int status = vh_still_create(&still, 2 * CELL_WIDTH + VH_SIDE_GAP, 2 * CELL_HEIGHT + VH_SIDE_GAP);
    const char *const url[2] = {w->before, w->after};
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        AVFrame *frame = NULL;
        status = read_picture(w, url[i], &frame);
        if (status == VH_OK)
            status = place_column(w, &still, i, frame);
        vh_frame_free(&frame);
    }
    if (status == VH_OK)
        status = vh_still_write(&still, w->path, w->overwrite, w->log);
    vh_still_destroy(&still);
    return status;
}
