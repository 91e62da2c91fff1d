/* How far the vectors of a row of blocks lie beside the motion of the scene: displaced lines pull the vectors
 * of their whole row along, while what moves keeps its velocity over a few fields. Private to the layer.
 */
#ifndef VH_EVIDENCE_ROW_VECTORS_H
#define VH_EVIDENCE_ROW_VECTORS_H

#include "dsp/line_look.h"
#include "evidence/field_look.h"

/* Velocities are sixteenths of quarter samples and quarter lines per field, x and y by turns. */
enum { ROW_VELOCITY_ONE = 16 };

/* Sums up what a look's vectors say of the velocity: fills look->travel and travel_squares. */
void row_vectors_travel(struct vh_field_look *look);

/* Mean velocity of each of n blocks' places over n_looks looks (NULL entries are left out; at most
 * VH_WINDOW_SIZE): the displacements of the fields between cancel. 0 when there are none. */
void row_vectors_velocity(const struct vh_dsp_line_look *dsp, int16_t *velocity,
    const struct vh_field_look *const *look, int n_looks, int n);

/* For each row of blocks the mean sideways deviation of the vectors of `look` to reference r from that
 * velocity, by texture, quarter samples, less the mean over all rows, which is the camera's and is returned.
 * What moves otherwise counts little. */
float row_vectors_deviation(const struct vh_dsp_line_look *dsp, float *row, const struct vh_field_look *look,
    int r, const int16_t *velocity);

#endif
