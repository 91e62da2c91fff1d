/* The active picture: black borders at the four sides, noisy or not, and letterboxing.
 *
 * A row (column) is border when it is as dark as black and flat, not for its samples, which carry the tape's
 * noise, but for means over 16 of them: noise of sigma 8 leaves 2 codes in such a mean. Programme that fades
 * to black looks like border, so the widest picture any frame shows counts, and frames that are dark
 * throughout do not vote (algorithm D3 of the project's notes, made robust to noise). One accumulator per
 * stream; not thread-safe.
 */
#ifndef VH_ANALYZE_AREA_H
#define VH_ANALYZE_AREA_H

#include "frame/image.h"
#include "profile/profile.h"

enum { VH_AREA_MAX = 4096 };

struct vh_area {
    int width, height;
    int top[VH_AREA_MAX / 8]; /* votes: how many frames have this many border rows; index capped */
    int bottom[VH_AREA_MAX / 8];
    int left[VH_AREA_MAX / 8];
    int right[VH_AREA_MAX / 8];
    int n; /* frames that voted */
};

/* Adds one woven luma plane that is programme. Sizes above VH_AREA_MAX are ignored. */
void vh_area_add(struct vh_area *area, const struct vh_plane_const *luma);

/* Stores geometry.crop_top, _bottom, _left, _right and geometry.aspect (letterbox when at least 1/16 of the
 * height is black above and below alike). VH_OK or the profile's error. */
int vh_area_report(const struct vh_area *area, struct vh_profile *profile);

#endif
