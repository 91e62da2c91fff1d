/* Dirt: dark or bright spots of several lines that are there in one field only.
 *
 * Of the samples that evidence/dropout.h suspects (outside the range of all four predictions, past and future
 * agreeing) those that hang together make a spot when they are compact (2 to 12 lines, 3 to 40 samples, half
 * of the box about them), surely suspect for the most part, stand alone (hardly a suspect within 6 samples
 * and 3 lines about the box: what moves unpredictably leaves more) and differ from what surrounds them in the
 * field by 24 codes, all of them to the same side: what is drawn on an object that moves has edges of its
 * own. (docs/algorithms/dirt.md)
 */
#ifndef VH_EVIDENCE_DIRT_H
#define VH_EVIDENCE_DIRT_H

#include "evidence/dropout.h"

/* Adds the spots to `job->mask`, widened by two samples and a line; job->suspect must be complete, `seen` has
 * room for a byte per sample and is overwritten. Returns how many there are; *samples is how many were newly
 * marked. One thread at a time per job; the result depends on nothing else. */
int vh_dirt_mark(const struct vh_dropout_job *job, uint8_t *seen, long *samples);

#endif
