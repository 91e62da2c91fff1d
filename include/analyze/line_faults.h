/* What lines of a tape suffer: sideways jitter and dropouts, by what the fields around predict.
 *
 * Jitter. Each line of a field is matched with the motion-compensated line of n-2, and of n+2, over +-7
 * samples (truncated squared difference, parabola at the best). The difference of two lines' displacements
 * has twice the variance of one; bent over three lines (d[j] - (d[j-1] + d[j+1]) / 2) neither motion nor slow
 * bends are in it. Its robust spread, less what the noise of the match explains, gives the jitter's rms of
 * a field; the tape's is the median. Matching single lines instead of the mean of several references keeps
 * large jitter from blurring its own measure.
 *
 * Dropouts. The marks of evidence/dropout.h, on lines moved back by their displacement first, since torn
 * edges look lost too. Marks that touch on successive lines are one dropout. Fields with far more than the
 * others (motion that nobody foretells) are left out. (algorithms D4, 3.7 of the project's notes;
 * docs/algorithms/measuring.md)
 *
 * One collector per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_LINE_FAULTS_H
#define VH_ANALYZE_LINE_FAULTS_H

#include "core/pool.h"
#include "frame/window.h"
#include "motion/motion.h"
#include "profile/profile.h"

struct vh_line_faults;

/* For frames of this size; `pool` may be NULL and is not owned. VH_OK or VH_ERR_RESOURCE. */
int vh_line_faults_create(
    struct vh_line_faults **faults, int width, int height, struct vh_pool *pool, unsigned cpu_flags);
void vh_line_faults_destroy(struct vh_line_faults **faults);

/* Looks at the field in the middle of `window`, whose noise is sigma_8bit; nothing happens where one of the
 * four neighbours cannot be predicted from. */
void vh_line_faults_add(struct vh_line_faults *faults, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit);

/* Stores jitter.rms, jitter.correlation, dropout.rate, dirt.rate and tracking.bands as far as they were
 * measurable. */
int vh_line_faults_report(const struct vh_line_faults *faults, struct vh_profile *profile);

#endif
