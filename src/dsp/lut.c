/* Look-up kernels in plain C, and the choice of version. */
#define LUT_NAME vh_dsp_lut_c
#include "lut_tables.h"

#include "lut_tmpl.h"

#include "core/cpu.h"

void vh_dsp_lut_init(struct vh_dsp_lut *table, unsigned cpu_flags)
{
    *table = vh_dsp_lut_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_lut_avx2;
#else
    (void)cpu_flags;
#endif
}
