/* Sums of lines: plain C, and the choice between versions. */
#include "line_sum_tables.h"

#include "core/cpu.h"

static void line_sum_c(
    uint16_t *dst, const uint16_t *const src[VH_LINE_SUM_TAPS], const int16_t coef[VH_LINE_SUM_TAPS], int n)
{
    line_sum_from(dst, src, coef, 0, n);
}

void vh_dsp_line_sum_init(struct vh_dsp_line_sum *table, unsigned cpu_flags)
{
    table->run = line_sum_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_line_sum_avx2;
#else
    (void)cpu_flags;
#endif
}
