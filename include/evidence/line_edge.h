/* Where the lines of a field begin and end, and how the picture's top bends.
 *
 * Many captures show the blanking beside the picture: its edges are those of the tape's own lines, so they
 * tell where a line lies, also where all fields are bent alike (which no comparison of fields can see). Each
 * edge is where luma passes half-way from the blanking to the samples behind the edge, between samples by a
 * straight line. Both edges of several fields give, by medians, the displacement of each line against the
 * middle of the picture. A bend is what both edges show at the top and what dies away further down: flagging,
 * of decks whose tape tension is off. Edges that a capture card made stand straight and show none. (D4, D5
 * and 3.3 of the project's notes; docs/algorithms/flagging.md)
 */
#ifndef VH_EVIDENCE_LINE_EDGE_H
#define VH_EVIDENCE_LINE_EDGE_H

#include "frame/image.h"

enum {
    VH_BEND_FIELDS = 16,  /* fields that can be taken together */
    VH_BEND_LINES = 1024, /* lines of a field at most; others are not looked at */
};

/* The edges of one field. */
struct vh_line_edges {
    int n_lines;                /* 0 = nothing known */
    float at[2][VH_BEND_LINES]; /* left, right: place of the edge in samples; NaN = none found */
};

/* Finds them. Pure; thread-safe. */
void vh_line_edges_find(struct vh_line_edges *edges, const struct vh_plane_const *luma);

struct vh_bend {
    int n_lines; /* lines of the field that are bent, from the top; 0 = none */
    float top; /* mean displacement of the first eight lines, samples, positive = to the right; NaN = too few
                  edges */
    float noise; /* standard deviation of the lines' edges in the middle of the picture, samples */
    float by[VH_BEND_LINES / 2]; /* per line; 0 from n_lines on */
};

/* The bend that n fields of one size share. Pure; thread-safe. */
void vh_bend_find(struct vh_bend *bend, const struct vh_line_edges *const *edges, int n);

#endif
