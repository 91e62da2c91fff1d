/* Comparison kernels: the plain C table and the choice between tables. */
#define SCORE_NAME vh_dsp_score_c
#include "score_tables.h"

#include "score_tmpl.h"

#include "core/cpu.h"

void vh_dsp_score_init(struct vh_dsp_score *table, unsigned cpu_flags)
{
    (void)cpu_flags;
    *table = vh_dsp_score_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_score_avx2;
    if (cpu_flags & VH_CPU_AVX512)
        *table = vh_dsp_score_avx512;
#endif
}
