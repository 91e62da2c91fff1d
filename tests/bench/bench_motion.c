/* Speed of the motion search and of compensation, in milliseconds of CPU time per field and step.
 *
 *     bench_motion [WIDTHxHEIGHT [FIELDS [CPU-LEVEL]]]        default 720x576 60 auto
 *
 * The scene is made in memory: a textured background that pans by 2.3 samples and 0.4 lines a field, a disk
 * that crosses it, a still caption, and white noise of sigma 2 codes; 4:2:0. One thread, so that CPU time is
 * cost; each figure is the median of the fields. `cells` is how many distinct vectors a cell has on average
 * (what compensation has to fetch).
 */
#include "core/clock.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "dsp/obmc.h"
#include "motion/compensate.h"
#include "motion/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 400, RING = 8 };

struct scene {
    int width, height;
    uint32_t random;
    uint16_t *texture; /* twice the size each way, 8-bit codes */
    uint16_t *memory[RING];
    struct vh_image_const field[RING];
};

static uint32_t next_random(struct scene *s)
{
    s->random = s->random * 1664525u + 1013904223u;
    return s->random >> 8;
}

/* Random spots of many sizes over each other. */
static void paint(struct scene *s)
{
    int w = 2 * s->width, h = 2 * s->height;
    for (int i = 0; i < w * h; i++)
        s->texture[i] = 110;
    for (int i = 0; i < w * h / 60; i++) {
        int r = 2 + (int)(24 / (1 + next_random(s) % 12)), cx = (int)(next_random(s) % (uint32_t)w);
        int cy = (int)(next_random(s) % (uint32_t)h), v = 40 + (int)(next_random(s) % 170);
        for (int y = cy - r < 0 ? 0 : cy - r; y <= cy + r && y < h; y++)
            for (int x = cx - r < 0 ? 0 : cx - r; x <= cx + r && x < w; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r)
                    s->texture[y * w + x] = (uint16_t)v;
    }
}

static double sample(const struct scene *s, double x, double y)
{
    int w = 2 * s->width, h = 2 * s->height, i = (int)floor(x), j = (int)floor(y);
    double u = x - i, v = y - j;
    i = (i % w + w) % w, j = (j % h + h) % h;
    int i1 = (i + 1) % w, j1 = (j + 1) % h;
    double a = s->texture[j * w + i] * (1 - u) + s->texture[j * w + i1] * u;
    double b = s->texture[j1 * w + i] * (1 - u) + s->texture[j1 * w + i1] * u;
    return a * (1 - v) + b * v;
}

static double look(const struct scene *s, int x, int y, int n)
{
    if (y > s->height * 7 / 8 && y < s->height * 15 / 16 && x % 90 > 20)
        return x / 3 % 4 ? 220 : 30;
    double cx = s->width * 0.2 + 6 * n, cy = s->height * 0.45, r = s->height * 0.17;
    if ((x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r)
        return sample(s, 1.3 * (x - 6 * n), 1.3 * y);
    return sample(s, x + 2.3 * n, y + 0.4 * n);
}

static void draw(struct scene *s, int n)
{
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    uint16_t *p = s->memory[n % RING];
    for (int i = 0; i < 3; i++) {
        int w = i ? (s->width + 1) / 2 : s->width, h = i ? (s->height + 1) / 2 : s->height;
        image.plane[i] = (struct vh_plane){p, w, w, h};
        for (int y = n & 1; y < h; y += 2)
            for (int x = 0; x < w; x++) {
                double noise = 0;
                for (int k = 0; k < 4; k++)
                    noise += next_random(s) / 16777216.0 - 0.5;
                double v = i ? 128 + 0.2 * (look(s, 2 * x, 2 * y, n) - 110) : look(s, x, y, n);
                p[y * w + x] = (uint16_t)((v + 2 * 1.73 * noise) * 256);
            }
        p += (size_t)w * (size_t)h;
    }
    s->field[n % RING] = vh_image_read(&image);
    image = vh_image_field(image, n & 1);
    s->field[n % RING] = vh_image_read(&image);
}

struct times {
    double search[MAX_FIELDS], luma[MAX_FIELDS], all[MAX_FIELDS];
    double distinct;
    int n;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which `part` of the fields lie. */
static double quantile(double *v, int n, double part)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return v[(int)(part * (n - 1))];
}

static double distinct_vectors(const struct vh_motion *m)
{
    int n = 0;
    for (int y = 0; y < m->cells_y; y++)
        for (int x = 0; x < m->cells_x; x++) {
            const struct vh_mv *p = m->ref[1].mv + y * m->n_x + x,
                               v[4] = {p[0], p[1], p[m->n_x], p[m->n_x + 1]};
            for (int i = 0; i < 4; i++) {
                int k = 0;
                while (k < i && memcmp(&v[k], &v[i], sizeof v[i]))
                    k++;
                n += k == i;
            }
        }
    return (double)n / (m->cells_x * m->cells_y);
}

enum {
    STRIP = 2
}; /* cell rows predicted at a time from all neighbours, so that the output stays in the cache */

static double compensate(const struct scene *s, const struct vh_motion *m, const struct vh_dsp_obmc *dsp,
    uint16_t *out, bool chroma, int merge)
{
    int64_t start = vh_clock_thread_ns();
    int w = s->width, cw = (w + 1) / 2;
    size_t n = (size_t)w * 8 * STRIP;
    for (int row = 0; row < m->cells_y; row += STRIP)
        for (int k = -2; k <= 2; k++) {
            if (!k || !vh_motion_usable(m, k))
                continue;
            uint16_t *p = out + (size_t)(k + 2) * 3 * n;
            struct vh_compensate job = {.motion = m,
                .ref = k,
                .image = &s->field[(m->index + k) % RING],
                .floor_8bit2 = 5,
                .merge_qpel = merge,
                .dsp = dsp,
                .row_origin = row,
                .error = p + 2 * n,
                .error_stride = w,
                .phase = (uint8_t *)(p + 2 * n + n / 2),
                .phase_stride = w};
            job.out = (struct vh_image){.n_planes = chroma ? 3 : 1, .sub_x = 1, .sub_y = 1};
            job.out.plane[0] = (struct vh_plane){p, w, w, s->height};
            job.out.plane[1] = (struct vh_plane){p + n, cw, cw, (s->height + 1) / 2};
            job.out.plane[2] = (struct vh_plane){p + n + n / 2, cw, cw, (s->height + 1) / 2};
            int end = row + STRIP < m->cells_y ? row + STRIP : m->cells_y;
            vh_motion_compensate(&job, row, end);
        }
    return (double)(vh_clock_thread_ns() - start) * 1e-6;
}

static void run(struct scene *s, enum vh_motion_speed speed, unsigned cpu, int fields, uint16_t *out)
{
    static const char *const names[] = {"fast", "normal", "best"};
    struct vh_motion_search *search;
    struct vh_motion_config config = {
        .width = s->width, .height = s->height, .speed = speed, .keep = 6, .cpu_flags = cpu};
    if (vh_motion_search_create(&search, &config))
        return;
    struct vh_dsp_obmc dsp;
    vh_dsp_obmc_init(&dsp, cpu);
    struct times *t = vh_alloc(1, sizeof *t);
    for (int n = 0; t && n < fields; n++) {
        draw(s, n);
        int64_t start = vh_clock_thread_ns();
        vh_motion_search_push(search, &s->field[n % RING].plane[0], n & 1, false);
        double spent = (double)(vh_clock_thread_ns() - start) * 1e-6;
        struct vh_motion m;
        if (n < 4 || vh_motion_search_get(search, n - 2, &m))
            continue;
        t->search[t->n] = spent;
        t->luma[t->n] = compensate(s, &m, &dsp, out, false, speed != VH_MOTION_BEST);
        t->all[t->n++] = compensate(s, &m, &dsp, out, true, speed != VH_MOTION_BEST);
        t->distinct += distinct_vectors(&m);
    }
    for (int i = 0; t && t->n && i < 2; i++) {
        double part = i ? 0.5 : 0.1;
        printf("%-7s %-12s %7.2f %12.2f %12.2f %10.2f\n", names[speed], i ? "median" : "fastest 10 %",
            quantile(t->search, t->n, part), quantile(t->luma, t->n, part), quantile(t->all, t->n, part),
            t->distinct / t->n);
    }
    vh_free(t);
    vh_motion_search_destroy(&search);
}

int main(int argc, char **argv)
{
    struct scene s = {.width = 720, .height = 576, .random = 1};
    int fields = 60;
    unsigned cpu;
    if ((argc > 1 && sscanf(argv[1], "%dx%d", &s.width, &s.height) != 2) || s.width < 32 || s.height < 32 ||
        (argc > 2 && sscanf(argv[2], "%d", &fields) != 1) || fields < 6 || fields > MAX_FIELDS ||
        vh_cpu_parse(argc > 3 ? argv[3] : "auto", &cpu)) {
        fprintf(stderr, "usage: %s [WIDTHxHEIGHT [FIELDS (6 to %d) [CPU-LEVEL]]]\n", argv[0], MAX_FIELDS);
        return 2;
    }
    size_t n = (size_t)(s.width + 1) * (size_t)(s.height + 1);
    s.texture = vh_alloc(4 * n, sizeof *s.texture);
    uint16_t *out = vh_alloc(15 * (size_t)(s.width + 8) * 8 * STRIP, sizeof *out);
    bool ok = s.texture && out;
    for (int i = 0; i < RING; i++)
        ok = (s.memory[i] = vh_alloc(2 * n, sizeof *s.memory[i])) && ok;
    if (ok) {
        paint(&s);
        printf("%dx%d, %d fields, ms of CPU time per field\n", s.width, s.height, fields);
        printf("speed   of fields     search  4 refs luma  with chroma  cells\n");
        for (int speed = VH_MOTION_FAST; speed <= VH_MOTION_BEST; speed++)
            run(&s, speed, cpu, fields, out);
    }
    for (int i = 0; i < RING; i++)
        vh_free(s.memory[i]);
    vh_free(s.texture);
    vh_free(out);
    return ok ? 0 : 1;
}
