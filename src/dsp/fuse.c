/* Fusion kernels in plain C, and the choice of version. */
#define FUSE_NAME vh_dsp_fuse_c
#include "fuse_tables.h"

#include "fuse_tmpl.h"

#include "core/cpu.h"

void vh_dsp_fuse_init(struct vh_dsp_fuse *table, unsigned cpu_flags)
{
    *table = vh_dsp_fuse_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_fuse_avx2;
    if (cpu_flags & VH_CPU_AVX512)
        *table = vh_dsp_fuse_avx512;
#else
    (void)cpu_flags;
#endif
}
