/* Anti-ringing kernels in plain C, and the choice of version. */
#define ANTIRING_NAME vh_dsp_antiring_c
#include "antiring_tables.h"

#include "antiring_tmpl.h"

#include "core/cpu.h"

void vh_dsp_antiring_init(struct vh_dsp_antiring *table, unsigned cpu_flags)
{
    *table = vh_dsp_antiring_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_antiring_avx2;
#else
    (void)cpu_flags;
#endif
}
