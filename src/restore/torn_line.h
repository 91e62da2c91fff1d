/* How a torn line lies against its place: one displacement, from some sample on.
 *
 * The line is matched in blocks with what is expected in its place, over all displacements in reach. While
 * the deck changes heads the displacement begins somewhere inside the first torn line, so a line below a good
 * one may be split: what lies left of the split stands where it should. Samples that the displacement brings
 * from outside the line do not vote, and samples that are far off count as wrong, not as more wrong, so that
 * lettering which begins in the band does not pull. Between samples by weighted least squares
 * (dsp/line_match.h). Private to the layer.
 */
#ifndef VH_RESTORE_TORN_LINE_H
#define VH_RESTORE_TORN_LINE_H

#include "dsp/line_match.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TORN_REACH = 160,                 /* samples of displacement, 12 us */
    TORN_BLOCK = VH_LINE_MATCH_BLOCK, /* samples that vote together */
    TORN_BLOCKS = 120                 /* of a line at most */
};

struct torn_line {
    double shift; /* samples to the right, from sample `split` of its place on */
    int split;    /* a multiple of TORN_BLOCK; 0 = the whole line */
    bool found;   /* false: it fits nowhere better than anywhere */
};

/* Kernels and scratch of one search. */
struct torn_match {
    struct vh_dsp_line_match line;
    uint32_t sum[2 * TORN_REACH + 1][TORN_BLOCKS + 1]; /* costs of the blocks before each */
    uint8_t own[TORN_BLOCKS * TORN_BLOCK], want[TORN_BLOCKS * TORN_BLOCK];
};

/* What a search needs to know. Lines have `width` samples, 2 * TORN_REACH to TORN_BLOCKS * TORN_BLOCK. */
struct torn_task {
    const uint16_t *own, *want;
    int width;
    double before;  /* displacement of the line above, 0 when that is good */
    double natural; /* codes per sample by which good lines differ from what is expected of them */
};

struct torn_line torn_line_find(struct torn_match *match, const struct torn_task *task);

/* Mean difference of two lines in codes per sample, each sample at most as much as counts as wrong. */
double torn_line_difference(struct torn_match *match, const uint16_t *own, const uint16_t *want, int width);

#endif
