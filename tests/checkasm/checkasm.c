/* The harness: levels, random input, guarded planes, comparison, timing. */
#include "checkasm.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool checkasm_begin(struct checkasm *ca, const char *kernel, bool differs)
{
    if (ca->only && !strstr(kernel, ca->only))
        return false;
    ca->kernel = kernel;
    ca->failed = false;
    ca->n_checked++;
    memset(&ca->timer, 0, sizeof ca->timer);
    return differs || !ca->cpu_flags;
}

void checkasm_fail(struct checkasm *ca, const char *format, ...)
{
    va_list args;
    if (ca->failed)
        return; /* the first difference tells enough */
    ca->failed = true;
    ca->n_failed++;
    if (ca->quiet)
        return;
    fprintf(stderr, "checkasm: %s, %s, level %s: ", ca->family, ca->kernel, ca->level);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint32_t checkasm_random(struct checkasm *ca)
{
    uint64_t z = ca->random += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

int checkasm_random_in(struct checkasm *ca, int low, int high)
{
    return (int)(low + (int64_t)(checkasm_random(ca) % ((uint64_t)((int64_t)high - low) + 1)));
}

const struct checkasm_size *checkasm_sizes(int *n)
{
    static const struct checkasm_size sizes[] = {{1, 1}, {2, 3}, {3, 2}, {5, 5}, {7, 4}, {8, 8}, {9, 1},
        {15, 3}, {16, 16}, {17, 7}, {31, 2}, {32, 5}, {33, 6}, {63, 3}, {64, 4}, {65, 9}, {129, 2}, {360, 3},
        {720, 12}};
    *n = sizeof sizes / sizeof *sizes;
    return sizes;
}

static unsigned char junk(size_t place)
{
    return (unsigned char)((place * 2654435761u) >> 11);
}

struct checkasm_plane checkasm_plane_make(int width, int height, int sample_bytes)
{
    struct checkasm_plane p = {.width = width, .height = height, .sample_bytes = sample_bytes};
    size_t line = ((size_t)width * (size_t)sample_bytes + 2 * CHECKASM_GUARD_BYTES + 63) / 64 * 64;
    p.n_bytes = line * ((size_t)height + 2 * CHECKASM_GUARD_LINES);
    p.stride = (ptrdiff_t)(line / (size_t)sample_bytes);
    p.base = vh_alloc(p.n_bytes, 1);
    if (!p.base) {
        fprintf(stderr, "checkasm: out of memory\n");
        exit(1);
    }
    p.data = p.base + line * CHECKASM_GUARD_LINES + CHECKASM_GUARD_BYTES;
    for (size_t i = 0; i < p.n_bytes; i++)
        p.base[i] = junk(i);
    return p;
}

void checkasm_plane_free(struct checkasm_plane *plane)
{
    vh_free(plane->base);
    *plane = (struct checkasm_plane){0};
}

/* A value in 0 to 1 for one sample. */
static double pick(struct checkasm *ca, enum checkasm_fill fill, double ramp)
{
    double any = checkasm_random(ca) / 4294967295.0;
    switch (fill) {
    case CHECKASM_EDGES:
        return any < 0.4 ? 0 : any < 0.8 ? 1 : checkasm_random(ca) / 4294967295.0;
    case CHECKASM_LOW:
        return 0;
    case CHECKASM_HIGH:
        return 1;
    case CHECKASM_SMOOTH:
        return 0.98 * ramp + 0.02 * any;
    default:
        return any;
    }
}

static double ramp_at(const struct checkasm_plane *p, int x, int y)
{
    return 0.5 * (x + 1) / p->width + 0.5 * (y + 1) / p->height;
}

void checkasm_fill(
    struct checkasm *ca, const struct checkasm_plane *p, enum checkasm_fill fill, int low, int high)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            double value = low + floor(pick(ca, fill, ramp_at(p, x, y)) * (high - low) + 0.5);
            if (p->sample_bytes == 1)
                ((uint8_t *)p->data)[y * p->stride + x] = (uint8_t)value;
            else
                ((uint16_t *)p->data)[y * p->stride + x] = (uint16_t)value;
        }
}

void checkasm_fill_s16(
    struct checkasm *ca, const struct checkasm_plane *p, enum checkasm_fill fill, int low, int high)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            ((int16_t *)p->data)[y * p->stride + x] =
                (int16_t)(low + floor(pick(ca, fill, ramp_at(p, x, y)) * (high - low) + 0.5));
}

void checkasm_fill_f32(
    struct checkasm *ca, const struct checkasm_plane *p, enum checkasm_fill fill, float low, float high)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            ((float *)p->data)[y * p->stride + x] =
                low + (float)pick(ca, fill, ramp_at(p, x, y)) * (high - low);
}

void checkasm_plane_copy(const struct checkasm_plane *to, const struct checkasm_plane *from)
{
    memcpy(to->base, from->base, to->n_bytes);
}

/* True when byte `place` of the block belongs to a sample; *x and *y say where it lies, relative to the first
 * sample. */
static bool locate(const struct checkasm_plane *p, size_t place, int *x, int *y)
{
    ptrdiff_t line = p->stride * p->sample_bytes;
    *y = (int)((ptrdiff_t)place / line) - CHECKASM_GUARD_LINES;
    ptrdiff_t column = (ptrdiff_t)place % line - CHECKASM_GUARD_BYTES;
    *x = (int)(column >= 0 ? column / p->sample_bytes : -((-column + p->sample_bytes - 1) / p->sample_bytes));
    return *y >= 0 && *y < p->height && *x >= 0 && *x < p->width;
}

static void check_guards(struct checkasm *ca, const char *what, const struct checkasm_plane *p)
{
    int x, y;
    for (size_t i = 0; i < p->n_bytes; i++)
        if (p->base[i] != junk(i) && !locate(p, i, &x, &y)) {
            checkasm_fail(ca, "%s of %dx%d: wrote outside, at %d,%d", what, p->width, p->height, x, y);
            return;
        }
}

static void print_sample(const struct checkasm_plane *p, int x, int y, char *text, size_t size)
{
    ptrdiff_t at = y * p->stride + x;
    if (p->sample_bytes == 1)
        snprintf(text, size, "%d", ((uint8_t *)p->data)[at]);
    else if (p->sample_bytes == 2)
        snprintf(text, size, "%d", ((uint16_t *)p->data)[at]);
    else if (p->sample_bytes == 4)
        snprintf(text, size, "%.9g (0x%08x)", (double)((float *)p->data)[at], ((uint32_t *)p->data)[at]);
    else
        snprintf(text, size, "other");
}

void checkasm_same_plane(
    struct checkasm *ca, const char *what, const struct checkasm_plane *ref, const struct checkasm_plane *opt)
{
    int x, y;
    check_guards(ca, what, ref);
    check_guards(ca, what, opt);
    for (size_t i = 0; i < ref->n_bytes; i++)
        if (ref->base[i] != opt->base[i] && locate(ref, i, &x, &y)) {
            char a[48], b[48];
            print_sample(ref, x, y, a, sizeof a);
            print_sample(opt, x, y, b, sizeof b);
            checkasm_fail(ca, "%s of %dx%d differs at %d,%d: %s in C, %s here", what, ref->width, ref->height,
                x, y, a, b);
            return;
        }
}

void checkasm_close_plane(struct checkasm *ca, const char *what, const struct checkasm_plane *ref,
    const struct checkasm_plane *opt, double snr_db)
{
    double signal = 0, noise = 0;
    check_guards(ca, what, ref);
    check_guards(ca, what, opt);
    for (int y = 0; y < ref->height; y++)
        for (int x = 0; x < ref->width; x++) {
            double a = ((float *)ref->data)[y * ref->stride + x],
                   b = ((float *)opt->data)[y * opt->stride + x];
            signal += a * a;
            noise += (a - b) * (a - b);
        }
    /* Written so that a NaN fails. */
    if (!(noise == 0 || noise <= signal * pow(10, -snr_db / 10)))
        checkasm_fail(ca, "%s of %dx%d: SNR %.1f dB, %.1f wanted", what, ref->width, ref->height,
            10 * log10(signal / noise), snr_db);
}

void checkasm_same_bytes(struct checkasm *ca, const char *what, const void *ref, const void *opt, size_t n)
{
    const unsigned char *a = ref, *b = opt;
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) {
            checkasm_fail(ca, "%s differs at byte %zu: %02x in C, %02x here", what, i, a[i], b[i]);
            return;
        }
}

void checkasm_same_int(struct checkasm *ca, const char *what, int64_t ref, int64_t opt)
{
    if (ref != opt)
        checkasm_fail(ca, "%s is %lld in C, %lld here", what, (long long)ref, (long long)opt);
}

enum { BATCHES = 15, BATCH_NS = 1000000 }; /* best of 15 batches of about 1 ms each */

static void bench_done(struct checkasm *ca)
{
    int slot = ca->n_checked - 1;
    double ns = (double)ca->timer.best_ns_e3 / 1000;
    if (!ca->cpu_flags && slot < 256)
        ca->c_ns_e3[slot] = ca->timer.best_ns_e3;
    printf("%-36s %-7s %9.3f ns/sample", ca->kernel, ca->level, ns);
    if (ca->cpu_flags && slot < 256 && ca->c_ns_e3[slot])
        printf("  %5.2fx", (double)ca->c_ns_e3[slot] / 1000 / ns);
    printf("\n");
}

bool checkasm_bench_next(struct checkasm *ca, int64_t n_samples)
{
    if (!ca->bench || ca->failed)
        return false;
    if (!ca->timer.batch)
        ca->timer.batch = 1;
    else if (--ca->timer.left == 0) {
        int64_t ns = vh_clock_ns() - ca->timer.start_ns;
        if (ns < BATCH_NS && !ca->timer.n_batches) {
            ca->timer.batch *= 2;
        } else {
            int64_t each = (int64_t)((double)ns * 1000 / (double)ca->timer.batch / (double)n_samples);
            if (!ca->timer.best_ns_e3 || each < ca->timer.best_ns_e3)
                ca->timer.best_ns_e3 = each > 0 ? each : 1;
            if (++ca->timer.n_batches == BATCHES) {
                bench_done(ca);
                return false;
            }
        }
    }
    if (ca->timer.left == 0) {
        ca->timer.left = ca->timer.batch;
        ca->timer.start_ns = vh_clock_ns();
    }
    return true;
}

int checkasm_run(const char *family, checkasm_fn *check, const struct checkasm_options *options)
{
    static const char *const levels[] = {"c", "avx2", "avx512", "neon"};
    struct checkasm ca = {
        .family = family, .only = options->only, .bench = options->bench, .quiet = options->quiet};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        bool wanted = !options->level || !strcmp(options->level, levels[i]);
        if (!wanted || vh_cpu_parse(levels[i], &ca.cpu_flags))
            continue;
        ca.level = levels[i];
        ca.random = options->seed;
        ca.n_checked = 0;
        check(&ca);
        if (!options->quiet && !options->bench)
            printf("checkasm: %s, level %s: %d kernels\n", family, levels[i], ca.n_checked);
    }
    return ca.n_failed;
}
