/* Block matching for any machine, and the choice of version. */
#define SEARCH_NAME vh_search_steps_c
#include "blocksearch_tmpl.h"

#include "core/cpu.h"

int vh_search_bands(const struct vh_motion_search *search)
{
    int n = (search->n_y + VH_BAND_ROWS - 1) / VH_BAND_ROWS;
    return n > 1 ? n + (n & 1) : n; /* an even number, so that two threads have the same to do */
}

const struct vh_search_steps *vh_search_steps_for(unsigned cpu_flags)
{
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        return &vh_search_steps_avx2;
#else
    (void)cpu_flags;
#endif
    return &vh_search_steps_c;
}
