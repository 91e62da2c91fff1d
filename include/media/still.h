/* Still pictures for reports and comparisons: parts of frames scaled into one RGB picture, written as PNG.
 *
 * Colours are converted by swscale with the frame's own matrix and range (BT.601 where nothing is stated and
 * the frame has at most 576 lines, else BT.709). One thread at a time.
 */
#ifndef VH_MEDIA_STILL_H
#define VH_MEDIA_STILL_H

#include "core/log.h"

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct vh_still {
    uint8_t *rgb; /* 3 bytes per pixel, lines without gaps; owned */
    int width, height;
};

struct vh_still_box {
    int x, y, width, height;
};

/* A black picture. VH_OK or VH_ERR_RESOURCE. */
int vh_still_create(struct vh_still *still, int width, int height);
void vh_still_destroy(struct vh_still *still);

/* Scales `from` (samples of the frame; width 0 = the whole frame) into the box `to` of the picture (which
 * must lie inside it). With `hard`, pixels are repeated instead of smoothed, for close-ups. VH_OK,
 * VH_ERR_UNSUPPORTED or VH_ERR_RESOURCE, reported. */
int vh_still_place(struct vh_still *still, struct vh_still_box to, const AVFrame *frame,
    struct vh_still_box from, bool hard, const struct vh_log *log);

/* Writes the picture as PNG under a temporary name and renames it. VH_OK; VH_ERR_OUTPUT when it exists and
 * `overwrite` is not set, or cannot be written; VH_ERR_UNSUPPORTED when this FFmpeg has no PNG encoder;
 * VH_ERR_RESOURCE. */
int vh_still_write(const struct vh_still *still, const char *path, bool overwrite, const struct vh_log *log);

#endif
