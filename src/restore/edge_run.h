/* The picture continued downwards: in which directions edges run into a line, and lines moved along them.
 *
 * Directions are found for blocks of samples by matching the last good lines with those four above; none
 * unless one is clearly better than straight down, and the median of three blocks. Private to the layer.
 */
#ifndef VH_RESTORE_EDGE_RUN_H
#define VH_RESTORE_EDGE_RUN_H

#include "frame/image.h"

struct edge_run {
    int n_blocks;
    float *slope, *raw; /* of each block: samples to the right per line downwards */
    float *at;          /* the slope at each luma sample */
};

/* Makes room for lines of `width` samples; VH_OK or VH_ERR_RESOURCE. */
int edge_run_init(struct edge_run *run, int width);
void edge_run_uninit(struct edge_run *run);

/* Finds the directions above line `good` of a plane. */
void edge_run_find(struct edge_run *run, const struct vh_plane_const *luma, int good);

/* Line `from` (a line of a plane that is subsampled by sub_x along the line) as it looks `lines` luma lines
 * further down. */
void edge_run_move(
    const struct edge_run *run, uint16_t *to, const uint16_t *from, int width, int sub_x, int lines);

#endif
