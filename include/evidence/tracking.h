/* Tracking bands: where the head left its track and a run of lines is noise, torn and without colour.
 *
 * A line is broken when what its best prediction leaves is far above the field's median (6 times and 36
 * codes^2 more: D17 of the project's notes) and it is as rough against its neighbours above and below (noise
 * is white from line to line; what moves in a way nobody foretells is not). Four broken lines in a row, gaps
 * of two allowed, are a band; one that reaches into the last 16 lines is the head switch's. Found from a look
 * alone.
 */
#ifndef VH_EVIDENCE_TRACKING_H
#define VH_EVIDENCE_TRACKING_H

#include "evidence/field_look.h"

/* Marks the lines of bands in broken[look->n_lines] (0 or 1); returns the number of bands. Pure; thread-safe.
 */
int vh_tracking_find(const struct vh_field_look *look, uint8_t *broken);

#endif
