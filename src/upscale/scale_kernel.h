/* The kernels of the filters and their taps in 14 bits, as zimg's integer resampler has them, for what is
 * resampled here without zimg (row_doubler.h, column_scaler.h).
 *
 * Kernels: spline36 and Catmull-Rom's bicubic are piecewise cubics, Lanczos is sinc(x) sinc(x / 3).
 */
#ifndef VH_UPSCALE_SCALE_KERNEL_H
#define VH_UPSCALE_SCALE_KERNEL_H

#include "upscale/upscaler.h"

#include <stdint.h>

enum {
    VH_SCALE_TAPS = 6, /* of the widest kernel when enlarging */
    VH_SCALE_ONE = 16384,
};

/* The kernel at distance x >= 0 from its middle, in source samples. */
double vh_scale_kernel(enum vh_scale_filter filter, double x);

/* Half the width of the kernel in source samples when enlarging. */
int vh_scale_reach(enum vh_scale_filter filter);

/* n weights to taps that add up to VH_SCALE_ONE; what rounding leaves is carried from tap to tap. */
void vh_scale_quantise(int16_t *coef, const double *weight, int n);

#endif
