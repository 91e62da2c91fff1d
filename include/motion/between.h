/* A picture or field that was never recorded, made from its two neighbours along the motion.
 *
 * For captures that lost frames: what lies at time t between two fields (or two whole pictures). Motion
 * between the two is searched both ways. For each block of the new picture the vector is chosen whose two
 * ends match best, among those of both searches around the place (bilateral choice, so that holes and
 * overlaps of projected vectors cannot occur; cf. Choi et al., IEEE TCSVT 17(4), 2007). Both neighbours are
 * then predicted along it (motion/compensate.h) and mixed in proportion to their nearness. Between two scenes
 * the nearer neighbour stands in as it is.
 *
 * From fields any line of the frame raster can be had: a field of either parity, or the whole picture (whose
 * vertical detail is that of interpolated fields; deinterlace first where the whole picture counts).
 */
#ifndef VH_MOTION_BETWEEN_H
#define VH_MOTION_BETWEEN_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"

#include <stdbool.h>

struct vh_between;

struct vh_between_config {
    int width, height; /* luma samples and lines of the frame */
    int n_planes;      /* 1 or 3 */
    int sub_x, sub_y;
    struct vh_pool *pool;     /* may be NULL; borrowed */
    unsigned cpu_flags;       /* enum vh_cpu_flag to use */
    const struct vh_log *log; /* may be NULL; borrowed */
};

/* Allocates what `config` needs: about 30 bytes per luma sample. VH_OK; VH_ERR_USAGE for a size out of range
 * or VH_ERR_RESOURCE (reported, *between is NULL). */
int vh_between_create(struct vh_between **between, const struct vh_between_config *config);

/* NULL and *between == NULL are legal. */
void vh_between_destroy(struct vh_between **between);

/* One of the two neighbours. */
struct vh_between_side {
    struct vh_image_const image; /* the field, or the whole picture */
    int parity;                  /* 0 top, 1 bottom, 2 whole picture */
};

/* Takes the two neighbours, in display order, and searches. Both are fields or both whole pictures; the
 * fields may have the same parity. The samples are borrowed until the next call or the end of `between`.
 * VH_OK, or VH_ERR_INTERNAL for planes of another size (reported). */
int vh_between_set(
    struct vh_between *between, const struct vh_between_side *before, const struct vh_between_side *after);

/* True when the two belong to different scenes. */
bool vh_between_cut(const struct vh_between *between);

/* Writes what lies at `t`, 0 < t < 1 (1/2 = half-way), after vh_between_set. `parity` 0 or 1: `out` is that
 * field (every second line of the frame raster); 2: the whole picture. The same for any number of threads and
 * any cpu_flags. One thread at a time per `between`. */
void vh_between_make(struct vh_between *between, double t, int parity, const struct vh_image *out);

#endif
