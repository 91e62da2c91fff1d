/* Where picture and sound of an input end: the last packets are read, nothing is decoded. */
#ifndef VH_PIPELINE_MEASURE_ENDS_H
#define VH_PIPELINE_MEASURE_ENDS_H

#include "media/input.h"
#include "pipeline/plan.h"

/* Fills *ends (known = false where the input cannot seek, has no main sound or does not say how long it is);
 * the input stands where it stood. VH_OK, or a reported error of reading. */
int vh_measure_ends(struct vh_input *input, struct vh_ends *ends, const struct vh_log *log);

#endif
