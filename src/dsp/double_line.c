/* Lines made twice as long: plain C, and the choice between versions. */
#include "double_line_tables.h"

#include "core/cpu.h"

void double_line_c(
    uint16_t *dst, const int16_t *src, int width, const int16_t coef[2][VH_DOUBLE_TAPS], const int at[2])
{
    for (int x = 0; x < 2 * width; x++) {
        const int16_t *c = coef[x & 1], *s = src + (x >> 1) + at[x & 1];
        int32_t sum = VH_DOUBLE_ONE / 2;
        for (int t = 0; t < VH_DOUBLE_TAPS; t++)
            sum += c[t] * s[t];
        int32_t v = (sum >> 14) + 32768;
        dst[x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
}

void vh_dsp_double_line_init(struct vh_dsp_double_line *table, unsigned cpu_flags)
{
    table->run = double_line_c;
#if defined(__x86_64__)
    if (cpu_flags & VH_CPU_AVX2)
        *table = vh_dsp_double_line_avx2;
#else
    (void)cpu_flags;
#endif
}
