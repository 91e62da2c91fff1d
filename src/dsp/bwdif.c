/* bwdif: the plain C table and the choice between tables. */
#define BWDIF_NAME vh_dsp_bwdif_c
#include "bwdif_tables.h"

#include "bwdif_tmpl.h"

#include "core/cpu.h"

void vh_dsp_bwdif_init(struct vh_dsp_bwdif *table, unsigned cpu_flags)
{
    (void)cpu_flags;
    *table = vh_dsp_bwdif_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_bwdif_avx2;
    if (cpu_flags & VH_CPU_AVX512)
        *table = vh_dsp_bwdif_avx512;
#endif
}
