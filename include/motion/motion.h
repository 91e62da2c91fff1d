/* One motion field per field of the tape: searched once, read by everybody.
 *
 * A `struct vh_motion` is what is known about the motion around one centre field n: vectors on a block grid
 * to its neighbours n-2, n-1, n+1 and n+2, how well each block matched, whether a neighbour belongs to the
 * same scene, and the planes the search looked at. It is a value of borrowed pointers: the search context
 * (motion/search.h) owns the arrays and keeps them as long as it was told to (`keep`). Predictions are made
 * from it by motion/compensate.h.
 *
 * Grid. The frame raster is cut into cells of 8 luma samples by 8 frame lines; blocks sit on the corners of
 * the cells: block (bx, by) is centred on the corner (8 bx, 8 by) and stands for the 16 x 16 luma samples
 * around it, so each cell (cx, cy) has four blocks, (cx, cy) to (cx + 1, cy + 1). There are cells_x =
 * ceil(width / 8) by cells_y = ceil(height / 8) cells and n_x = cells_x + 1 by n_y = cells_y + 1 blocks;
 * arrays per block are row by row, block (bx, by) at [by * n_x + bx]. At the borders a block is matched in
 * the nearest 16 x 16 window that lies inside the picture.
 *
 * Search plane. Fields of either parity are resampled to one common grid at frame lines 2j + 1/2, with the
 * same frequency response for both: top S(j) = (3 f(j) + f(j+1)) / 4, bottom S(j) = (3 f(j) + f(j-1)) / 4,
 * then [1 2 1] / 4 along the line; 8 bit, (height + 1) / 2 rows. On it a field matches its neighbour of the
 * other parity without bias, and residuals are free of interlace. One row of S is two frame lines; a cell is
 * 8 x 4 samples of S. (docs/algorithms/motion-search.md)
 */
#ifndef VH_MOTION_MOTION_H
#define VH_MOTION_MOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VH_MOTION_REACH = 2,  /* neighbours on each side */
    VH_MOTION_REFS = 5,   /* entry VH_MOTION_REACH + k is neighbour n + k; the middle one is the centre */
    VH_MOTION_CELL = 8,   /* luma samples and frame lines of a cell */
    VH_MOTION_PAD_X = 32, /* readable samples left and right of a search plane (border repeated) */
    VH_MOTION_PAD_Y = 16, /* readable rows above and below it */
};

/* Displacement in quarters of a luma sample (x) and quarters of a frame line (y): what the centre shows at
 * (x, y) the neighbour shows at (x + mv.x / 4, y + mv.y / 4). Between fields of the same parity a multiple of
 * 8 in y, of other parity 4 modulo 8, hits real lines. */
struct vh_mv {
    int16_t x, y;
};

/* A plane of the search grid (8-bit codes). VH_MOTION_PAD_X samples left and right, and VH_MOTION_PAD_Y rows
 * above and below, are readable and repeat the border. data == NULL: not there. */
struct vh_search_plane {
    const uint8_t *data;
    /* The same half a sample further: [0] is data, [1] half a sample right, [2] half a row down, [3] both
     * (interpolated by (-1, 9, 9, -1) / 16). Valid up to 28 samples and 14 rows around the picture. */
    const uint8_t *half[4];
    ptrdiff_t stride;
    int width, height; /* luma width, (frame height + 1) / 2 */
};

/* Vectors from the centre to one neighbour. All arrays have n_x * n_y entries. */
struct vh_motion_ref {
    bool present; /* the neighbour is there, no gap or order flip lies between; the arrays below are valid */
    bool cut;     /* it belongs to another scene: most blocks have no match; do not predict from it */
    const struct vh_mv *mv;
    /* Sum of absolute differences of S over the block's 16 x 8 window at mv, 8-bit codes (<= 32640). */
    const uint16_t *sad;
    /* Share of blocks without a match, 0 to 1; `cut` is a threshold on it, in both directions. The first pair
     * after a start or break has no earlier match to be compared with: a cut exactly there may go unnoticed.
     */
    float unmatched;
    struct vh_mv global; /* the most frequent vector */
    float global_share;  /* share of blocks within one sample of it, 0 to 1 */
};

struct vh_motion {
    int64_t index;        /* running number of the centre field, as counted by the search from 0 */
    int parity;           /* 0 top, 1 bottom, 2 whole picture */
    int width, height;    /* luma samples and lines of the frame */
    int cells_x, cells_y; /* cells of 8 x 8 */
    int n_x, n_y;         /* blocks: cells + 1 each way */
    struct vh_motion_ref ref[VH_MOTION_REFS];
    struct vh_search_plane search[VH_MOTION_REFS]; /* S of field n + k; the middle one: the centre's own */
    uint8_t ref_parity[VH_MOTION_REFS];            /* parity of field n + k, where present */
    bool fast; /* searched at level fast: the vectors to n-2 and n+2 are good for measuring; predicting from
                  them as well is more than that level wants to spend */
    /* Per block: sum |S - mean| over the centre's 16 x 8 window: texture plus noise (<= 32640). */
    const uint16_t *activity;
    /* Mean |S_n - S_(n-2)| over the picture, codes; 0 = a digital duplicate; -1 without n-2. */
    float still_diff_8bit;
};

/* True when neighbour n + k (k = -2, -1, 1, 2) may be predicted from. */
static inline bool vh_motion_usable(const struct vh_motion *motion, int k)
{
    const struct vh_motion_ref *ref = &motion->ref[VH_MOTION_REACH + k];
    return ref->present && !ref->cut;
}

/* How far the vector of block (bx, by) to n + k is from being undone by that of the reached place back to n,
 * for k = -1 or 1: maximum norm in quarter samples, 0 = consistent. -1 when the other direction is not known.
 * Occlusions and false matches are inconsistent. `back` is the motion whose centre is n + k. Pure. */
int vh_motion_inconsistency(
    const struct vh_motion *motion, const struct vh_motion *back, int k, int bx, int by);

#endif
