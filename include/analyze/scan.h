/* Field order, and what a pair of frames says about the scan type, from pixels.
 *
 * The fields t(n), b(n) of one frame and t(n+1), b(n+1) of the next can be ordered in several ways. Where
 * something moves, fields that are near in time differ least:
 *   progressive   b(n) fits t(n) best: E0 << E1, E2
 *   top first     b(n) fits t(n) and t(n+1) alike; t(n) against b(n+1) is worst (three fields apart)
 *   bottom first  t(n) fits b(n) and b(n+1) alike; b(n) against t(n+1) is worst
 *   shifted       the last field of one frame and the first of the next are one picture (film, out of phase):
 *                 that pair fits far better than the fields of a frame do; the order is seen too
 * Each E is the mean squared second difference |2 b(j) - t(j) - t(j+1)|^2 over moving blocks, so the vertical
 * detail of a still scene is the same in all three and blocks that do not move do not vote (algorithm D9 of
 * the project's notes; docs/algorithms/measuring.md). Every frame pair with enough moving blocks votes; still
 * and black frames do not.
 *
 * One accumulator per stream; not thread-safe.
 */
#ifndef VH_ANALYZE_SCAN_H
#define VH_ANALYZE_SCAN_H

#include "frame/image.h"
#include "profile/profile.h"

enum vh_scan_vote {
    VH_SCAN_NONE, /* nothing moved */
    VH_SCAN_PROGRESSIVE,
    VH_SCAN_TFF,
    VH_SCAN_BFF,
    VH_SCAN_SHIFTED,
    VH_SCAN_VOTES,
};

struct vh_scan {
    int n_pairs;      /* frame pairs looked at */
    int n_moving;     /* pairs with enough motion to vote */
    int votes[3];     /* progressive, tff, bff (shifted pairs vote for their order) */
    double log_order; /* sum of ln(E2/E1) over voting pairs: positive = top field first */
    double log_comb;  /* sum of ln(min(E1,E2)/E0): large = progressive */
};

/* Adds the pair of successive woven luma planes `a`, `b` (same size, at least 32x32; smaller ones do not
 * vote). */
enum vh_scan_vote vh_scan_add(struct vh_scan *scan, struct vh_plane_const a, struct vh_plane_const b);

/* Adds what another accumulator of the same stream has seen. */
void vh_scan_merge(struct vh_scan *scan, const struct vh_scan *other);

/* Stores scan.order, with the votes as evidence, unless nearly all pairs are progressive. Without a moving
 * pair nothing is stored: "not measurable" is not a guess. VH_OK or the profile's error. */
int vh_scan_report(const struct vh_scan *scan, struct vh_profile *profile);

#endif
