/* checkasm: every kernel of src/dsp against its C version, at every SIMD level this machine has, and how fast
 * each is.
 *
 * The plain C kernel is the specification. A family of kernels is one table of function pointers, filled by
 * vh_dsp_<family>_init(&table, cpu_flags); its check is tests/checkasm/check_<family>.c with one function
 * `CHECKASM_CHECK(<family>) { ... }`. The harness calls it once per level ("c" first, then avx2,
 * avx512 or neon); the check fills two tables, one with flags 0 and one with ca->cpu_flags, and for each
 * kernel runs both on the same input and compares everything that was written, and what must not be written.
 * See docs/dev/adding-a-kernel.md.
 *
 * The idea (random input, both versions, compare with the padding, the same code benchmarks) is that of
 * dav1d's and x264's checkasm.
 */
#ifndef VH_CHECKASM_H
#define VH_CHECKASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One run of one family at one level. */
struct checkasm {
    unsigned cpu_flags; /* what the checked table is to be initialised with; 0 at level "c" */
    const char *level;  /* "c", "avx2", "avx512", "neon" */

    /* The harness's own state: */
    uint64_t random;
    const char *family, *kernel, *only; /* `only`: part of the kernel names to run, NULL = all */
    bool quiet, bench;
    int n_checked, n_failed; /* kernels begun; kernels with at least one difference */
    bool failed;             /* the kernel under way */
    struct {
        int64_t start_ns, batch, left, best_ns_e3; /* best: thousandths of ns per sample, 0 = none yet */
        int n_batches;
    } timer;
    int64_t c_ns_e3[256]; /* best of level "c", in order of kernels */
};

/* Starts one kernel. `differs`: whether the two tables hold different functions (ref.fn != opt.fn). False
 * when there is nothing to check at this level. At level "c" every kernel is run against itself, so that the
 * padding is checked and sanitizers see the C version too. */
bool checkasm_begin(struct checkasm *ca, const char *kernel, bool differs);

/* Marks the kernel under way as failed, with a reason. */
void checkasm_fail(struct checkasm *ca, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Uniform random numbers; the same for the same --seed. */
uint32_t checkasm_random(struct checkasm *ca);
int checkasm_random_in(struct checkasm *ca, int low, int high); /* low and high included */

/* Sizes that find mistakes: 1 x 1, odd, one less and one more than a register, one line, a real line. */
struct checkasm_size {
    int width, height;
};
const struct checkasm_size *checkasm_sizes(int *n);

/* A plane with guard bands on all four sides. Data starts at a 64-byte boundary, as frames do. */
enum { CHECKASM_GUARD_BYTES = 128, CHECKASM_GUARD_LINES = 4 };
struct checkasm_plane {
    void *data;       /* first sample */
    ptrdiff_t stride; /* in samples */
    int width, height, sample_bytes;
    unsigned char *base; /* the whole block, guards included */
    size_t n_bytes;
};

/* Allocates; the guards and the data are filled with fixed junk that depends on the place only. Ends the
 * program when out of memory. */
struct checkasm_plane checkasm_plane_make(int width, int height, int sample_bytes);
void checkasm_plane_free(struct checkasm_plane *plane);

/* What the samples are filled with. CHECKASM_EDGES mixes both ends of the range with random values. */
enum checkasm_fill {
    CHECKASM_RANDOM,
    CHECKASM_EDGES,
    CHECKASM_LOW,
    CHECKASM_HIGH,
    CHECKASM_SMOOTH,
    CHECKASM_FILLS
};

/* Fills the data of a plane of unsigned samples of 1 or 2 bytes with values low to high. SMOOTH is a ramp
 * with a little noise, as pictures are. */
void checkasm_fill(
    struct checkasm *ca, const struct checkasm_plane *plane, enum checkasm_fill fill, int low, int high);

/* The same for signed 16-bit, and for float samples. */
void checkasm_fill_s16(
    struct checkasm *ca, const struct checkasm_plane *plane, enum checkasm_fill fill, int low, int high);
void checkasm_fill_f32(
    struct checkasm *ca, const struct checkasm_plane *plane, enum checkasm_fill fill, float low, float high);

/* Copies data and guards; both planes were made with the same size. */
void checkasm_plane_copy(const struct checkasm_plane *to, const struct checkasm_plane *from);

/* Fails the kernel unless both planes hold the same bits and neither guard was touched. */
void checkasm_same_plane(struct checkasm *ca, const char *what, const struct checkasm_plane *ref,
    const struct checkasm_plane *opt);

/* The same for float planes that may differ within a stated signal-to-noise ratio; guards are still exact. */
void checkasm_close_plane(struct checkasm *ca, const char *what, const struct checkasm_plane *ref,
    const struct checkasm_plane *opt, double snr_db);

/* Fails the kernel unless the n bytes are equal; for results that are not planes. */
void checkasm_same_bytes(struct checkasm *ca, const char *what, const void *ref, const void *opt, size_t n);
void checkasm_same_int(struct checkasm *ca, const char *what, int64_t ref, int64_t opt);

/* With --bench: repeats the call in the braces and prints its time per sample, and the gain over C.
 *     CHECKASM_BENCH(ca, width * height) { opt.blend(...); }
 */
bool checkasm_bench_next(struct checkasm *ca, int64_t n_samples);
#define CHECKASM_BENCH(ca, n_samples) while (checkasm_bench_next((ca), (n_samples)))

/* Heads the definition of a family's check: CHECKASM_CHECK(blend) { ... } defines check_blend(struct checkasm
 * *ca). */
#define CHECKASM_CHECK(family)                                                                               \
    void check_##family(struct checkasm *ca);                                                                \
    void check_##family(struct checkasm *ca)

/* Runs one check at every level. `only` as above; returns the number of failed kernels. Used by main and by
 * the harness's own test. */
typedef void checkasm_fn(struct checkasm *ca);
struct checkasm_options {
    const char *only, *level; /* NULL = all */
    uint64_t seed;
    bool bench, quiet;
};
int checkasm_run(const char *family, checkasm_fn *check, const struct checkasm_options *options);

#endif
