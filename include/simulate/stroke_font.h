/* A small font of our own: capitals, figures and signs as strokes, drawn anti-aliased at any size.
 *
 * A glyph is a set of polylines on a grid of 4 by 6 units; it is drawn as the area within half the stroke's
 * width of any of its lines, with round ends, covering pixels at the edge in part. Small letters are drawn as
 * capitals, characters without a glyph as a box. Used by the demo scene and for labels.
 */
#ifndef VH_SIMULATE_STROKE_FONT_H
#define VH_SIMULATE_STROKE_FONT_H

#include "frame/image.h"

struct vh_font_style {
    double height;    /* of capitals, in lines */
    double stroke;    /* width of the pen, in lines */
    double stretch_x; /* horizontal scale: samples per line of the same length; 1 for square pixels */
};

/* Samples that `text` takes, from the first to the last letter's edge. */
double vh_font_width(const char *text, const struct vh_font_style *style);

/* Raises coverage[y * width + x] (0 … 1) to what the text covers, its first capital's upper left corner at
 * (x, y); clipped to the buffer. */
void vh_font_cover(float *coverage, int width, int height, const char *text, double x, double y,
    const struct vh_font_style *style);

/* Draws the text into a plane with `value`; `scratch` has room for plane.width * plane.height floats. */
void vh_font_draw(struct vh_plane plane, float *scratch, const char *text, double x, double y,
    const struct vh_font_style *style, uint16_t value);

#endif
