/* Colour kernels in plain C, and the choice of version. */
#define COLOUR_NAME vh_dsp_colour_c
#include "colour_tables.h"

#include "colour_tmpl.h"

#include "core/cpu.h"

void vh_dsp_colour_init(struct vh_dsp_colour *table, unsigned cpu_flags)
{
    *table = vh_dsp_colour_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_colour_avx2;
#else
    (void)cpu_flags;
#endif
}
