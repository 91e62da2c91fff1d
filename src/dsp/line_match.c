/* The line registration kernel: the plain C table and the choice between tables. */
#define LINE_MATCH_NAME vh_dsp_line_match_c
#include "line_match_tables.h"

#include "line_match_tmpl.h"

#include "core/cpu.h"

void vh_dsp_line_match_init(struct vh_dsp_line_match *table, unsigned cpu_flags)
{
    *table = vh_dsp_line_match_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_line_match_avx2;
    if (cpu_flags & VH_CPU_AVX512)
        *table = vh_dsp_line_match_avx512;
#else
    (void)cpu_flags;
#endif
}
