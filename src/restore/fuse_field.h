/* One field of any layout through the fusion: predictions along the motion for all its planes, luma and
 * chroma groups decided each by its own gates (restore_fuse.h). The picture is cut into as many bands as
 * there are threads, and each is made in strips of two rows of cells, predicted and fused at once. The heart
 * of stage "motion-deinterlace"; also what its gates are trained with.
 */
#ifndef VH_RESTORE_FUSE_FIELD_H
#define VH_RESTORE_FUSE_FIELD_H

#include "core/pool.h"
#include "dsp/obmc.h"
#include "frame/window.h"
#include "motion/motion.h"
#include "restore_fuse.h"

enum { VH_FUSE_LUMA, VH_FUSE_CHROMA, VH_FUSE_GROUPS };

struct vh_fuse_field_config {
    int width, height; /* luma samples and lines of the frame */
    int n_planes;      /* 1 or 3 */
    int sub_x, sub_y;
    struct vh_pool *pool; /* may be NULL; borrowed */
    int n_bands;          /* at most; each costs a neighbourhood of REACH lines more */
    unsigned cpu_flags;
};

/* What the vectors say, for a group's raster. */
struct vh_fuse_hints {
    struct vh_fuse_hint *row; /* n_rows */
    int n_rows, cells;        /* values in a row, padded */
    int16_t *memory;
};

struct vh_fuse_field {
    struct vh_fuse_field_config config;
    int n_bands;                             /* as many as are asked for, unless the picture is small */
    struct vh_fuse *(*band)[VH_FUSE_GROUPS]; /* chroma: NULL without chroma */
    struct vh_fuse_hints hints[VH_FUSE_GROUPS];
    struct vh_dsp_obmc obmc;
    struct vh_dsp_fuse fuse;
};

struct vh_fuse_field_job {
    const struct vh_window *window;
    const struct vh_motion *motion;
    float sigma_8bit[VH_FUSE_GROUPS];
    bool lossless;
    const struct vh_fuse_gates *gates[VH_FUSE_GROUPS];
    struct vh_image out;                                         /* the whole picture */
    void (*observe)(void *arg, const struct vh_fuse_look *look); /* for training, or NULL */
    void *observe_arg[VH_FUSE_GROUPS];
};

/* Allocates what `config` needs. VH_OK or VH_ERR_RESOURCE; uninit is legal either way. */
int vh_fuse_field_init(struct vh_fuse_field *field, const struct vh_fuse_field_config *config);
void vh_fuse_field_uninit(struct vh_fuse_field *field);

/* Writes the picture of the window's centre. A function of the job alone. */
void vh_fuse_field_run(struct vh_fuse_field *field, const struct vh_fuse_field_job *job);

#endif
