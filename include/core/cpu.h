/* CPU features. Kernels are chosen once, by flags; `--cpu` masks them so that tests and reports are
 * reproducible. */
#ifndef VH_CORE_CPU_H
#define VH_CORE_CPU_H

enum vh_cpu_flag {
    VH_CPU_AVX2 = 1 << 0,   /* AVX2 and BMI2 */
    VH_CPU_AVX512 = 1 << 1, /* AVX-512 F, BW, DQ and VL (implies VH_CPU_AVX2) */
    VH_CPU_NEON = 1 << 2,   /* 64-bit Arm Advanced SIMD */
};

/* What this machine can run. */
unsigned vh_cpu_detect(void);

/* The flags of a named level ("auto", "c", "avx2", "avx512", "neon"), limited to what this machine can run,
 * in *flags. VH_OK, VH_ERR_USAGE for an unknown name, VH_ERR_UNSUPPORTED when the machine lacks the level. */
int vh_cpu_parse(const char *level, unsigned *flags);

#endif
