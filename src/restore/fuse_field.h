/* One field of any layout through the fusion: predictions along the motion for all its planes, luma and
 * chroma groups decided each by its own gates (restore_fuse.h). The heart of stage "motion-deinterlace"; also
 * what its gates are trained with.
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
    unsigned cpu_flags;
};

struct vh_fuse_field {
    struct vh_fuse_field_config config;
    struct vh_fuse *group[VH_FUSE_GROUPS]; /* chroma: NULL without chroma */
    struct vh_fuse_hint *hint[VH_FUSE_GROUPS];
    int hint_stride[VH_FUSE_GROUPS], hint_rows[VH_FUSE_GROUPS];
    struct vh_dsp_obmc obmc;
};

struct vh_fuse_field_job {
    const struct vh_window *window;
    const struct vh_motion *motion;
    float sigma_8bit[VH_FUSE_GROUPS];
    bool lossless;
    const struct vh_fuse_gates *gates[VH_FUSE_GROUPS];
    struct vh_image out; /* the whole picture */
};

/* Allocates what `config` needs. VH_OK or VH_ERR_RESOURCE; uninit is legal either way. */
int vh_fuse_field_init(struct vh_fuse_field *field, const struct vh_fuse_field_config *config);
void vh_fuse_field_uninit(struct vh_fuse_field *field);

/* Writes the picture of the window's centre. A function of the job alone. */
void vh_fuse_field_run(struct vh_fuse_field *field, const struct vh_fuse_field_job *job);

#endif
