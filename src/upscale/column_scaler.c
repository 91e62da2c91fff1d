/* See column_scaler.h. */
#include "column_scaler.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>

_Static_assert((int)VH_SCALE_TAPS == (int)VH_LINE_SUM_TAPS && (int)VH_SCALE_ONE == (int)VH_LINE_SUM_ONE,
    "taps are those of the kernel");

bool vh_column_scaler_fits(struct vh_axis y, int in)
{
    return y.step > 0 && y.step <= 1 && in >= 2 * VH_SCALE_TAPS;
}

static int reflected(int line, int n)
{
    line = line < 0 ? -1 - line : line >= n ? 2 * n - 1 - line : line;
    return line < 0 ? 0 : line >= n ? n - 1 : line;
}

/* Taps of an output line that looks at `at`, counted in source lines from the upper edge of the first. */
static void make_taps(struct vh_column_taps *taps, enum vh_scale_filter filter, double at, int in)
{
    int reach = vh_scale_reach(filter), begin = (int)floor(at - reach + 0.5), first = in;
    double weight[VH_SCALE_TAPS] = {0};
    for (int t = 0; t < 2 * reach; t++) {
        int line = reflected(begin + t, in);
        first = line < first ? line : first;
    }
    first = first > in - VH_SCALE_TAPS ? in - VH_SCALE_TAPS : first;
    for (int t = 0; t < 2 * reach; t++)
        weight[reflected(begin + t, in) - first] += vh_scale_kernel(filter, fabs(begin + t + 0.5 - at));
    taps->first = first;
    vh_scale_quantise(taps->coef, weight, VH_SCALE_TAPS);
}

int vh_column_scaler_init(struct vh_column_scaler *scaler, enum vh_scale_filter filter, struct vh_axis y,
    int in, int out, unsigned cpu_flags)
{
    vh_dsp_line_sum_init(&scaler->dsp, cpu_flags);
    scaler->taps = vh_alloc((size_t)out, sizeof *scaler->taps);
    for (int i = 0; scaler->taps && i < out; i++)
        make_taps(&scaler->taps[i], filter, y.start + y.step * (i + 0.5), in);
    return scaler->taps ? VH_OK : VH_ERR_RESOURCE;
}

void vh_column_scaler_uninit(struct vh_column_scaler *scaler)
{
    vh_freep(&scaler->taps);
}
