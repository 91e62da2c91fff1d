/* Colour: what an untagged capture means, what the output shall be, and the conversion between the two.
 *
 * Standard-definition captures are rarely tagged. 525-line material is BT.601 with SMPTE 170M (C) primaries,
 * 625-line with EBU (BT.470BG) primaries; both share matrix and transfer curve (ITU-R BT.601-7, SMPTE ST 170,
 * EBU Tech 3213). HD output (720 lines and more) is what players take for BT.709 whatever the tags say, so it
 * is converted; smaller output keeps the source's colours. Formulas and figures: docs/algorithms/colour.md.
 */
#ifndef VH_UPSCALE_COLOUR_H
#define VH_UPSCALE_COLOUR_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "frame/image.h"
#include "option/option.h"

#include <stdbool.h>

enum vh_colour_target {
    VH_COLOUR_AUTO,  /* BT.709 from 720 lines on, else as the source */
    VH_COLOUR_KEEP,  /* as the source */
    VH_COLOUR_BT709, /* always BT.709 */
    VH_COLOUR_BT601_525,
    VH_COLOUR_BT601_625,
};

enum vh_primaries_mode {
    VH_PRIMARIES_CONVERT, /* through linear light, where they differ */
    VH_PRIMARIES_KEEP,    /* matrix only; the output is tagged with the source's primaries */
};

enum vh_range_mode {
    VH_RANGE_AUTO, /* limited when anything else is converted, else as the source */
    VH_RANGE_LIMITED,
    VH_RANGE_FULL,
};

struct vh_colour_options {
    int target;    /* --colour: enum vh_colour_target */
    int primaries; /* --colour-primaries: enum vh_primaries_mode */
    int range;     /* --range: enum vh_range_mode */
    int source;    /* --colour-source: what to take the source for: enum vh_colour_source */
};

/* Overrides the tags of the source. */
enum vh_colour_source { VH_SOURCE_AUTO, VH_SOURCE_BT709, VH_SOURCE_BT601_525, VH_SOURCE_BT601_625 };

extern const struct vh_option_table vh_colour_option_table;

/* Fills what is unspecified in *format (matrix, primaries, transfer, range, chroma siting) by its size, and
 * overrides it by options->source (options may be NULL). Nothing is unspecified afterwards. Returns constant
 * text that says why: "as tagged", "untagged, 525 lines: BT.601", … */
const char *vh_colour_resolve_source(struct vh_format *format, const struct vh_colour_options *options);

/* Fills colour and chroma siting of *out (whose size and pix_fmt are set) for a resolved source. */
void vh_colour_resolve_output(
    struct vh_format *out, const struct vh_format *in, const struct vh_colour_options *options);

/* True when matrix, primaries or transfer of the two differ in effect (BT.601's and BT.709's curves are the
 * same). */
bool vh_colour_differs(const struct vh_format *a, const struct vh_format *b);

/* Converts YCbCr pictures from one colour to another in 16 bit, on any subsampling, without moving or
 * resampling planes: chroma is converted at chroma resolution, and luma receives the interpolated difference.
 * Exact for the matrix part. */
struct vh_colour;

/* Opens a converter of 16-bit limited-range YCbCr pictures. `in` and `out` are resolved; only their colour,
 * siting and in's size and pix_fmt matter. VH_OK; VH_ERR_UNSUPPORTED (reported) for a matrix, primaries or
 * transfer it does not know; VH_ERR_RESOURCE. */
int vh_colour_open(struct vh_colour **colour, const struct vh_format *in, const struct vh_format *out,
    unsigned cpu_flags, const struct vh_log *log);

/* Converts `in` to `out` (same shape; may be the same memory). One thread at a time; slices run on `pool`. */
void vh_colour_run(struct vh_colour *colour, const struct vh_image_const *in, const struct vh_image *out,
    struct vh_pool *pool);

void vh_colour_close(struct vh_colour **colour);

#endif
