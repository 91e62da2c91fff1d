/* The line registration kernel's versions; private to the layer. */
#ifndef VH_DSP_LINE_MATCH_TABLES_H
#define VH_DSP_LINE_MATCH_TABLES_H

#include "dsp/line_match.h"

/* The integers behind struct vh_line_match: d in sixteenths of a code, the slope in thirty-seconds, weights
 * in Q15. */
struct line_match_sum {
    int64_t gd, gg, dd, w;
};

static inline struct vh_line_match line_match_codes(const struct line_match_sum *s)
{
    return (struct vh_line_match){(float)s->gd * (1.0f / (16 * 32)), (float)s->gg * (1.0f / (32 * 32)),
        (float)s->dd * (1.0f / (16 * 16)), (float)s->w * (1.0f / 32767)};
}

/* Adds samples [0, n). */
void line_match_add(
    struct line_match_sum *s, const uint16_t *own, const uint16_t *prediction, int n, int reach, int known);

extern const struct vh_dsp_line_match vh_dsp_line_match_avx2;

#endif
