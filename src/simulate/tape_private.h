/* The inside of a tape being made: shared by the events (what happens where) and the picture (doing it). */
#ifndef VH_SIMULATE_TAPE_PRIVATE_H
#define VH_SIMULATE_TAPE_PRIVATE_H

#include "simulate/simulate.h"

#include "dsp/tape_lines.h"
#include "line_filter.h"

enum {
    VH_TAPE_MAX_SHIFT = 96, /* px: no line moves further */
    VH_TAPE_MARGIN =
        384, /* samples on each side of a line buffer: reach of all filters and the largest shift */
    VH_TAPE_SLICES = 16, /* pieces of a frame's work; fixed, so that results cannot depend on the threads */
    VH_TAPE_BUFFERS = 6, /* line buffers per slice */
    VH_TAPE_TAIL_REACH =
        6, /* a comet tail is drawn for this many of its lengths: exp(-6) of 219 is half a code */
};

struct vh_simulate {
    struct vh_simulate_options options; /* resolved */
    struct vh_simulate_format format;
    enum vh_field_order order;
    uint64_t seed;
    double px;            /* luma samples per px: width / 720 */
    struct vh_pool *pool; /* not owned */
    struct vh_dsp_tape_lines dsp;
    struct vh_line_filter luma, chroma, luma_noise, chroma_noise;
    int line_floats;  /* length of one line buffer */
    float *scratch;   /* VH_TAPE_SLICES * VH_TAPE_BUFFERS line buffers */
    double *shift[2]; /* of the lines of the two fields of the current frame, luma samples */
};

/* How bad the tracking is on a line: 0 outside the band, 1 in its middle. */
double vh_simulate_tracking_strength(double band_line, int height, int line);

/* Draws the dirt of a field onto its finished lines (tape_dirt.c). */
void vh_simulate_draw_dirt(const struct vh_simulate *tape, int64_t field, const struct vh_image *lines);

#endif
