/* Line kernels of the tape simulator: the plain C table and the choice between tables. */
#define TAPE_LINES_NAME vh_dsp_tape_lines_c
#include "tape_lines_tables.h"

#include "tape_lines_tmpl.h"

#include "core/cpu.h"

void vh_dsp_tape_lines_init(struct vh_dsp_tape_lines *table, unsigned cpu_flags)
{
    (void)cpu_flags;
    *table = vh_dsp_tape_lines_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_tape_lines_avx2;
    if (cpu_flags & VH_CPU_AVX512)
        *table = vh_dsp_tape_lines_avx512;
#endif
}
