/* CPU feature detection through the compiler's own runtime. */
#include "core/cpu.h"

#include "core/status.h"

#include <string.h>

unsigned vh_cpu_detect(void)
{
    unsigned flags = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        flags |= VH_CPU_AVX2;
    if (flags && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        flags |= VH_CPU_AVX512;
#elif defined(__aarch64__)
    flags |= VH_CPU_NEON;
#endif
    return flags;
}

int vh_cpu_parse(const char *level, unsigned *flags)
{
    static const struct {
        const char *name;
        unsigned flags;
    } levels[] = {
        {"c", 0}, {"avx2", VH_CPU_AVX2}, {"avx512", VH_CPU_AVX2 | VH_CPU_AVX512}, {"neon", VH_CPU_NEON}};
    unsigned have = vh_cpu_detect();
    if (!strcmp(level, "auto")) {
        *flags = have;
        return VH_OK;
    }
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++)
        if (!strcmp(level, levels[i].name)) {
            *flags = levels[i].flags & have;
            return *flags == levels[i].flags ? VH_OK : VH_ERR_UNSUPPORTED;
        }
    return VH_ERR_USAGE;
}
