/* Planes enlarged downwards, line by line, with the kernels, taps and edges of zimg's integer resampler: the
 * same bits (tests/unit/upscale/test_column_scaler.c). zimg takes a whole stripe at a time; here each line is
 * made when it is wanted, so that what comes before and after it can work on it while it is in the cache.
 *
 * Taps are the kernel around where the output line looks, lines outside are those reflected at the edge; all
 * taps of one line are added up before they are rounded to 14 bits.
 */
#ifndef VH_UPSCALE_COLUMN_SCALER_H
#define VH_UPSCALE_COLUMN_SCALER_H

#include "dsp/line_sum.h"
#include "scale_kernel.h"
#include "upscale/geometry.h"

#include <stdbool.h>
#include <stdint.h>

struct vh_column_taps {
    int first; /* source line of the first tap; the others follow. All lie inside the plane */
    int16_t coef[VH_SCALE_TAPS];
};

struct vh_column_scaler {
    struct vh_dsp_line_sum dsp;
    struct vh_column_taps *taps; /* of each output line */
};

/* Whether an axis is enlarged (or kept) and long enough to be done here. */
bool vh_column_scaler_fits(struct vh_axis y, int in);

/* VH_OK or VH_ERR_RESOURCE. */
int vh_column_scaler_init(struct vh_column_scaler *scaler, enum vh_scale_filter filter, struct vh_axis y,
    int in, int out, unsigned cpu_flags);
void vh_column_scaler_uninit(struct vh_column_scaler *scaler);

#endif
