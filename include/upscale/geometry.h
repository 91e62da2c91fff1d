/* Shape of the picture: what a source's samples mean, what is cut off, and how large the output becomes. Pure
 * functions.
 *
 * Three steps, each usable alone: the sample aspect ratio of the source (vh_geometry_sar), the crop, and the
 * output size. Rules (FEATURES E1): the output has square pixels unless asked otherwise; a stated non-square
 * SAR is trusted; an unknown or 1:1 SAR on a sampling raster of standard-definition video (704 or 720
 * samples, their halves 352 and 360, on 480, 486, 576 or half as many lines) means that the full width shows
 * 4:3, because no such raster has square pixels. `itu` follows ITU-R BT.601 instead: the picture is the 704
 * samples in the middle, with 12:11 (625 lines) or 10:11 (525). Algorithm: arithmetic on exact rationals; the
 * result is rounded to the nearest even number.
 */
#ifndef VH_UPSCALE_GEOMETRY_H
#define VH_UPSCALE_GEOMETRY_H

#include "core/log.h"
#include "option/option.h"

#include <libavutil/rational.h>
#include <stdbool.h>

/* Samples and lines cut off each side, counted in luma samples of the source frame. */
struct vh_crop {
    int top, bottom, left, right;
};

enum vh_geometry_mode {
    VH_GEOMETRY_FULL, /* the full width is the picture */
    VH_GEOMETRY_ITU,  /* the middle 704 of 720 samples are the picture */
};

enum vh_sar_mode {
    VH_SAR_SQUARE, /* square pixels out */
    VH_SAR_KEEP,   /* the source's sample aspect ratio stays, width and height scale alike */
};

/* What the user may ask for; `vh_geometry_option_table` describes it. */
struct vh_geometry_options {
    int height;   /* --height: output lines; 0 = as cropped; VH_AUTO_INT = 1080 unless --scale or --size is
                     given */
    double scale; /* --scale: factor on the lines; 0 = not asked */
    struct vh_size size; /* --size: exactly so; 0x0 = not asked */
    int sar;             /* --sar: enum vh_sar_mode */
    int geometry;        /* --geometry: enum vh_geometry_mode */
    char *crop;          /* --crop: none, auto or T:B:L:R */
};

extern const struct vh_option_table vh_geometry_option_table;

enum { VH_GEOMETRY_MIN = 16, VH_GEOMETRY_MAX = 16384, VH_GEOMETRY_DEFAULT_HEIGHT = 1080 };

/* The source as far as its shape goes. */
struct vh_geometry_source {
    int width, height;   /* luma samples, frame lines */
    AVRational sar;      /* as stated by stream or frame; 0/1 = unknown */
    struct vh_crop crop; /* measured or given; all 0 = none (--crop auto is measured by the caller) */
};

struct vh_geometry {
    struct vh_crop crop;   /* what to cut, `itu` included */
    AVRational source_sar; /* what the source's samples are taken for; never 0/1 */
    int width, height;     /* of the output, both even */
    AVRational sar;        /* of the output */
    bool scales;           /* the output size differs from the cropped size */
    char reason[160]; /* one line for the plan: "720x576 at 16:15 (unknown SAR: 4:3 over the full width) -> …"
                       */
};

/* What the samples of a width x height raster with the stated SAR are taken for. *why (may be NULL) receives
 * constant text: "as stated", "unknown SAR: 4:3 over the full width", "ITU-R BT.601 raster", "square". */
AVRational vh_geometry_sar(
    int width, int height, AVRational stated, enum vh_geometry_mode mode, const char **why);

/* Parses T:B:L:R (four numbers of samples, 0 or more) into *crop; "none" and NULL give zeros. "auto" is an
 * error here: the caller measures. VH_OK or VH_ERR_USAGE (reported). */
int vh_crop_parse(struct vh_crop *crop, const char *text, const struct vh_log *log);

/* Decides crop and output size. VH_OK; VH_ERR_USAGE (reported) when a crop leaves less than VH_GEOMETRY_MIN
 * samples, more than one of height, scale and size is asked for, or the size lies outside VH_GEOMETRY_MIN to
 * VH_GEOMETRY_MAX; VH_ERR_INPUT for an impossible source. */
int vh_geometry_resolve(struct vh_geometry *geometry, const struct vh_geometry_source *source,
    const struct vh_geometry_options *options, const struct vh_log *log);

/* Where a resampler has to look in a plane of the source so that every plane of the output lies right. One
 * axis; unit: samples of that source plane, where sample i covers i to i+1. Output sample j is centred at
 * start + (j + 0.5) * step. */
struct vh_axis {
    double start;
    double step;
};

/* Siting of one plane along one axis: plane sample k lies on luma sample ratio * k + offset. */
struct vh_siting {
    int ratio;     /* 1, 2 or 4 */
    double offset; /* 0 = co-sited, (ratio - 1) / 2.0 = centred */
};

/* The axis of a plane when source luma samples [crop, crop + length) become `out_length` luma samples. */
struct vh_axis vh_axis_make(
    struct vh_siting in, struct vh_siting out, double crop, double length, double out_length);

#endif
