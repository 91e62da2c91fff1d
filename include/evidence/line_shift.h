/* How far each line of a field is displaced sideways, measured against its motion-compensated neighbours.
 *
 * With P the mean of the predictions of the line and g its slope, a line displaced by s (it shows P(x + s))
 * differs from P by about g s: weighted least squares over the line gives s. Samples on which the predictions
 * disagree, or which differ by more than displacement explains, count little. Being anchored in time the
 * estimate neither drifts down the picture nor depends on what the blanking looks like (algorithms 3.2). The
 * references are displaced too, so about half of a random jitter is seen to remain after one pass.
 */
#ifndef VH_EVIDENCE_LINE_SHIFT_H
#define VH_EVIDENCE_LINE_SHIFT_H

#include "frame/image.h"

enum { VH_LINE_SHIFT_REFS = 4 };

struct vh_line_shift_job {
    struct vh_plane_const field;                   /* luma of the field */
    struct vh_plane_const ref[VH_LINE_SHIFT_REFS]; /* predictions of its lines, the same size */
    int n_refs;                                    /* 1 to 4 */
    float sigma_8bit;                              /* noise of the field */
    float *shift;  /* per line, samples to the left that the line must not move: see above */
    float *weight; /* per line, inverse variance of `shift` in 1/samples^2; 0 = unknown */
};

/* Fills shift and weight of lines [y0, y1). Pure; thread-safe. */
void vh_line_shift_measure(const struct vh_line_shift_job *job, int y0, int y1);

/* Replaces the raw shifts of n lines by their smoothed estimate: first-order autoregressive from line to
 * line, with the correlation and variance that the raw values themselves show (Kalman filter down, smoother
 * up). Returns the rms of the jitter that was seen: of s[j] - (s[j-1] + s[j+1]) / 2, brought to white
 * jitter's own rms, less what noise explains. */
float vh_line_shift_smooth(float *shift, const float *weight, int n, float *scratch);

#endif
