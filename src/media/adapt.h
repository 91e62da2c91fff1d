/* Frames whose format changed in mid-stream, converted back to the format the job was planned for. */
#ifndef VH_MEDIA_ADAPT_H
#define VH_MEDIA_ADAPT_H

#include "core/log.h"

#include <libavutil/frame.h>

struct vh_adapt;

/* `model` tells the wanted size and pixel format, or sample format, rate and layout. VH_OK or
 * VH_ERR_RESOURCE. */
int vh_adapt_create(struct vh_adapt **adapt, const AVFrame *model);
void vh_adapt_destroy(struct vh_adapt **adapt);

/* Replaces what is in `frame` by the converted picture or sound where they differ; time stamps stay.
 * Interlaced pictures are scaled field by field. VH_OK or a reported error. */
int vh_adapt_frame(struct vh_adapt *adapt, AVFrame *frame, const struct vh_log *log);

#endif
