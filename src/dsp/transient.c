/* The transient kernel in plain C, and the choice of version. */
#define TRANSIENT_NAME vh_dsp_transient_c
#include "transient_tables.h"

#include "transient_tmpl.h"

#include "core/cpu.h"

void vh_dsp_transient_init(struct vh_dsp_transient *table, unsigned cpu_flags)
{
    *table = vh_dsp_transient_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_transient_avx2;
#else
    (void)cpu_flags;
#endif
}
