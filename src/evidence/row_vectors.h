/* How far the vectors of a row of blocks lie beside the motion of the scene: displaced lines pull the vectors
 * of their whole row along, while what moves keeps its velocity over a few fields. Private to the layer. */
#ifndef VH_EVIDENCE_ROW_VECTORS_H
#define VH_EVIDENCE_ROW_VECTORS_H

#include "evidence/field_look.h"

/* Mean velocity of each of n blocks' places over looks (NULL entries are left out), 1/16 of quarter samples
 * and quarter lines per field: the displacements of the fields between cancel. 0 when there are none. */
enum { ROW_VELOCITY_ONE = 16 };
struct row_velocity {
    int16_t x, y;
};
void row_vectors_velocity(
    struct row_velocity *velocity, const struct vh_field_look *const *look, int n_looks, int n);

/* For each row of blocks the mean sideways deviation of the vectors of `look` to reference r from that
 * velocity, by texture, quarter samples, less the mean over all rows, which is the camera's and is returned.
 * What moves otherwise counts little. */
float row_vectors_deviation(
    float *row, const struct vh_field_look *look, int r, const struct row_velocity *velocity);

#endif
