/* What a picture signal means: everything a correct conversion must know. A plain value; compare field by
 * field. */
#ifndef VH_FRAME_FORMAT_H
#define VH_FRAME_FORMAT_H

#include <libavutil/pixfmt.h>
#include <libavutil/rational.h>
#include <stdbool.h>

/* Order of the two fields in a woven frame. */
enum vh_field_order {
    VH_FIELDS_UNKNOWN,     /* not known: never guessed from height or container */
    VH_FIELDS_PROGRESSIVE, /* both fields are of one instant */
    VH_FIELDS_TFF,         /* the top field is earlier */
    VH_FIELDS_BFF,         /* the bottom field is earlier */
};

struct vh_format {
    enum AVPixelFormat pix_fmt; /* memory layout and depth */
    int width, height;          /* luma samples and frame lines */
    AVRational sar;             /* sample aspect ratio; 0/1 = unknown */
    AVRational frame_rate;      /* pictures per second as they come (a bob doubles it); 0/1 = variable */
    AVRational time_base;       /* unit of the time stamps */
    enum vh_field_order fields;
    enum AVColorSpace matrix; /* AVCOL_SPC_UNSPECIFIED only before it is resolved by the plan */
    enum AVColorPrimaries primaries;
    enum AVColorTransferCharacteristic transfer;
    enum AVColorRange range;
    enum AVChromaLocation chroma; /* siting; left for 4:2:0 and 4:2:2 where unspecified */
};

#endif
