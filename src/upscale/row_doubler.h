/* Lines made twice as long with the kernels and the edges of zimg's resampler, for planes that are enlarged
 * exactly twice sideways: what zimg does there for any ratio takes four times as long.
 *
 * Taps are the kernel at two phases, rounded to 14 bits with what rounding leaves carried from tap to tap;
 * edges are reflected. Results are zimg's to the bit, but for up to four 65536ths where taps are reflected:
 * zimg adds them up before it rounds (tests/unit/upscale/test_row_doubler.c).
 */
#ifndef VH_UPSCALE_ROW_DOUBLER_H
#define VH_UPSCALE_ROW_DOUBLER_H

#include "dsp/double_line.h"
#include "dsp/fir.h"
#include "upscale/geometry.h"
#include "upscale/upscaler.h"

#include <stdbool.h>
#include <stddef.h>

struct vh_row_doubler {
    struct vh_dsp_double_line dsp;
    struct vh_dsp_fir fir;
    int width; /* of the source */
    int16_t coef[2][VH_DOUBLE_TAPS];
    int at[2]; /* first source sample of each set of taps, in the padded line */
};

/* Whether an axis of `in` samples to `out` is one of these. */
bool vh_row_doubler_fits(struct vh_axis x, int in, int out);

void vh_row_doubler_init(struct vh_row_doubler *doubler, enum vh_scale_filter filter, struct vh_axis x,
    int width, unsigned cpu_flags);

/* Samples of scratch that a line takes. */
size_t vh_row_doubler_scratch(int width);

/* One line of `width` samples to 2 * width. */
void vh_row_doubler_line(
    const struct vh_row_doubler *doubler, uint16_t *dst, const uint16_t *src, int16_t *scratch);

#endif
