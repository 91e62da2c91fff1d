/* Dropouts: where a line of a field is lost, judged by what both time directions predict.
 *
 * A sample is suspect when it lies outside the range of the four motion-compensated predictions (n-2 … n+2)
 * by more than 20 codes + 1.25 sigma, and the past and the future agree (within 10 codes + 2 sigma): a
 * rank-order detector (ROD, Nadenau and Mitra) on compensated fields. Dropouts run along a line, so it counts
 * only where at least three fifths of the 17 samples around are suspect and less than a fifth of those two
 * field lines above and below, or just above and below three lines that are all suspect so (what moves
 * unpredictably is tall as well as wide), and where most of them differ by 20 codes + 1.25 sigma from the
 * nearest lines above and below that are not suspect (a horizontal edge that moved does not). What was found
 * is widened by 4 samples and followed along the line to its fading ends, as far as 8 of the next 16 samples
 * lie outside the range by 12 codes + 1.25 sigma (hysteresis, as in Canny's edges). Measured for constants
 * and figures: docs/algorithms/dropouts.md.
 */
#ifndef VH_EVIDENCE_DROPOUT_H
#define VH_EVIDENCE_DROPOUT_H

#include "dsp/line_look.h"
#include "frame/image.h"

enum { VH_DROPOUT_REFS = 4 };

/* Values of the suspect map; 0 = no suspect. */
enum { VH_DROPOUT_FAINT = 1, VH_DROPOUT_STRONG = 3 };

struct vh_dropout_job {
    struct vh_plane_const field; /* luma of the centre field */
    float sigma_8bit;
    uint8_t *suspect, *mask; /* field.width x field.height each; enum above; 1 = lost */
};

/* First fills `suspect` on line y, from the predictions of that line from n-2, n-1, n+1 and n+2, in that
 * order; then, when all lines are done, `mask` on lines [y0, y1); returns the number of samples marked. Lines
 * are independent of each other within each step. Thread-safe. */
void vh_dropout_suspect(const struct vh_dropout_job *job, const struct vh_dsp_line_look *dsp,
    const uint16_t *const prediction[VH_DROPOUT_REFS], int y);
long vh_dropout_mark(const struct vh_dropout_job *job, int y0, int y1);

#endif
