/* See row_doubler.h. */
#include "row_doubler.h"

#include "scale_kernel.h"

#include <math.h>

enum { PAD = 8, REACH = VH_DOUBLE_TAPS / 2 };
_Static_assert((int)VH_DOUBLE_ONE == (int)VH_SCALE_ONE, "taps have 14 bits");

/* Taps at `part` of the way from the third to the fourth. */
static void make_taps(int16_t coef[VH_DOUBLE_TAPS], enum vh_scale_filter filter, double part)
{
    double weight[VH_DOUBLE_TAPS];
    for (int t = 0; t < VH_DOUBLE_TAPS; t++)
        weight[t] = vh_scale_kernel(filter, fabs(t - (REACH - 1) - part));
    vh_scale_quantise(coef, weight, VH_DOUBLE_TAPS);
}

bool vh_row_doubler_fits(struct vh_axis x, int in, int out)
{
    return out == 2 * in && fabs(x.step - 0.5) < 1e-9 && fabs(x.start) < PAD - REACH - 1 && in >= 2 * PAD;
}

void vh_row_doubler_init(struct vh_row_doubler *doubler, enum vh_scale_filter filter, struct vh_axis x,
    int width, unsigned cpu_flags)
{
    vh_dsp_double_line_init(&doubler->dsp, cpu_flags);
    vh_dsp_fir_init(&doubler->fir, cpu_flags);
    doubler->width = width;
    for (int k = 0; k < 2; k++) {
        double at = x.start + x.step * (k + 0.5) - 0.5, whole = floor(at);
        make_taps(doubler->coef[k], filter, at - whole);
        doubler->at[k] = PAD + (int)whole - (REACH - 1);
    }
}

size_t vh_row_doubler_scratch(int width)
{
    return (size_t)width + 2 * PAD + VH_DOUBLE_SLACK + VH_FIR_SLACK;
}

void vh_row_doubler_line(
    const struct vh_row_doubler *doubler, uint16_t *dst, const uint16_t *src, int16_t *scratch)
{
    int16_t *line = scratch + PAD, *last = line + doubler->width - 1;
    doubler->fir.load(scratch, src, doubler->width, PAD, PAD);
    for (int i = 0; i < PAD; i++) {
        line[-1 - i] = line[i];
        last[1 + i] = last[-i];
    }
    doubler->dsp.run(
        dst, scratch, doubler->width, (const int16_t(*)[VH_DOUBLE_TAPS])doubler->coef, doubler->at);
}
