/* How far each line of a field is displaced sideways, from looks at the fields around it.
 *
 * A look (evidence/field_look.h) says how far a line lies from where each of four neighbours shows it: the
 * difference of two displacements, s_n - s_m. What is common to the lines of a block the vectors of the
 * motion search have taken for motion; it is given back as the deviation of a row's vectors from the mean
 * velocity of their places over the nine looks around theirs (of looks behind the centre: over the five from
 * it on), less what the whole field has in common (a camera that shakes or turns). The fields from n-6 to n+6
 * that the looks of n-4 … n+4 join make a small graph; its least squares solution, with the displacements
 * small and independent from field to field, gives s_n free of the neighbours' own jitter up to the mean of
 * all thirteen: of a jitter of rms s, s / sqrt(13) stays. What is left of a line's velocity in the four
 * matches of a look, which are that many times further off, is one unknown more of each look. Being anchored
 * in time it neither drifts down the picture nor depends on blanking (algorithms 3.2); what bends all fields
 * alike cannot be seen this way.
 */
#ifndef VH_EVIDENCE_LINE_SHIFT_H
#define VH_EVIDENCE_LINE_SHIFT_H

#include "evidence/field_look.h"

struct vh_line_shift;

/* Memory for fields of frames of this size. VH_OK or VH_ERR_RESOURCE. */
int vh_line_shift_create(struct vh_line_shift **shift, int width, int height, unsigned cpu_flags);
void vh_line_shift_destroy(struct vh_line_shift **shift);

/* Takes the looks around a centre, look[VH_WINDOW_REACH] (not NULL) of field `number`; others that are NULL
 * are left out. They are borrowed until the last vh_line_shift_solve. One call at a time. What the vectors of
 * a look took is kept from the call in which it was the centre, so calls come in the order of the fields,
 * with vh_line_shift_forget before others. */
void vh_line_shift_begin(
    struct vh_line_shift *shift, const struct vh_field_look *const look[VH_WINDOW_SIZE], int64_t number);
void vh_line_shift_forget(struct vh_line_shift *shift);

/* Fills by (samples, as own(x) = truth(x + by)) and weight (1 / variance of the measurement; 0 = not known,
 * by is 0 then) of lines [y0, y1) of the centre. Pure; thread-safe. */
void vh_line_shift_solve(const struct vh_line_shift *shift, float *by, float *weight, int y0, int y1);

/* Replaces the raw shifts of n lines by their smoothed estimate: first-order autoregressive from line to
 * line, with the correlation and variance that the raw values themselves show (Kalman filter down, smoother
 * up). Returns the rms of the jitter that was seen: of s[j] - (s[j-1] + s[j+1]) / 2, brought to white
 * jitter's own rms, less what noise explains. */
float vh_line_shift_smooth(float *shift, const float *weight, int n, float *scratch);

#endif
