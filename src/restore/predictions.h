/* What the stages share that work on fields along the motion: the check of the format, what they need of the
 * runner, and predictions of a field's own lines, all planes, in the cells where a repair wants them.
 * Private to the layer.
 */
#ifndef VH_RESTORE_PREDICTIONS_H
#define VH_RESTORE_PREDICTIONS_H

#include "dsp/obmc.h"
#include "evidence/field_look.h"
#include "restore/stage.h"

#include <libavutil/pixdesc.h>

/* The layout of the stage's pictures; NULL, reported, when they are neither gray nor Y'CbCr. */
const AVPixFmtDescriptor *field_format(const struct vh_stage *stage);

/* Needs of a stage that makes `out` of fields and their motion, in the format it gets. */
struct vh_stage_needs field_needs(const struct vh_stage *stage, enum vh_kind out);

/* Copies all lines of the field, or of one plane of it; a plane that is shared (needs.keeps) is left. */
void plane_copy(const struct vh_plane_const *from, const struct vh_plane *to);
void field_copy(const struct vh_image_const *from, const struct vh_image *to);

/* Cells [from, to) of a row; none when to is 0. */
struct wanted_cells {
    int from, to;
};

struct predictions {
    struct vh_dsp_obmc obmc;
    uint16_t *memory[VH_LOOK_REFS];
    struct vh_image raster[VH_LOOK_REFS]; /* of the frame; only wanted cells are filled */
    struct wanted_cells *wanted;          /* by row of cells: set by the stage */
};

/* VH_OK, or an error that was reported (also for formats: field_format). close is legal either way. */
int predictions_open(struct predictions *p, const struct vh_stage *stage);
void predictions_close(struct predictions *p);

/* Predicts the lines of the centre's parity in the wanted cells from the references that `look` has, along
 * `motion`; lines[r] is where they are, from vh_look_distance[r]. */
void predictions_make(struct predictions *p, const struct vh_stage *stage, const struct vh_stage_input *in,
    const struct vh_motion *motion, const struct vh_field_look *look, struct vh_image lines[VH_LOOK_REFS]);

#endif
