/* The halo kernel in plain C, and the choice of version. */
#define DEHALO_NAME vh_dsp_dehalo_c
#include "dehalo_tables.h"

#include "dehalo_tmpl.h"

#include "core/cpu.h"

void vh_dsp_dehalo_init(struct vh_dsp_dehalo *table, unsigned cpu_flags)
{
    *table = vh_dsp_dehalo_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_dehalo_avx2;
#else
    (void)cpu_flags;
#endif
}
