/* Speed of the core: motion search, evidence, and stage motion-deinterlace (compensation and fusion of luma
 * and chroma).
 *
 *     bench_restore_motion [WIDTHxHEIGHT [FIELDS [CPU-LEVEL [THREADS]]]]      default 720x576 60 auto 1
 *
 * Fields come from memory: a textured scene that pans by 2.3 samples and 0.4 lines a field, 4:2:0, once
 * without noise and once with sigma 4. Prints milliseconds of wall time per field (the fastest tenth of the
 * fields, so that a busy machine disturbs less) and fields per second of the sum.
 */
#include "core/clock.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/pool.h"
#include "evidence/evidence.h"
#include "motion/search.h"
#include "restore/motion_deinterlace.h"
#include "restore/stage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 8, MAX_FIELDS = 400 };

struct scene {
    int width, height;
    double sigma;
    uint32_t random;
    uint16_t *memory[RING];
};

static double next_random(struct scene *s)
{
    s->random = s->random * 1664525u + 1013904223u;
    return (double)(s->random >> 8) / (1 << 24);
}

static struct vh_image picture(const struct scene *s, int n)
{
    int w = s->width, h = s->height, cw = (w + 1) / 2, ch = (h + 1) / 2;
    uint16_t *p = s->memory[n % RING];
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    image.plane[0] = (struct vh_plane){p, w, w, h};
    image.plane[1] = (struct vh_plane){p + w * h, cw, cw, ch};
    image.plane[2] = (struct vh_plane){p + w * h + cw * ch, cw, cw, ch};
    return image;
}

static double texture(double x, double y)
{
    return 50 * sin(x * 0.051) * sin(y * 0.043) + 25 * sin(x * 0.31 + y * 0.17) +
           15 * sin(x * 0.9 - y * 0.6) + 10 * sin(x * y * 0.002);
}

static void draw(struct scene *s, int n)
{
    struct vh_image image = picture(s, n);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < image.plane[p].height; y++)
            for (int x = 0; x < image.plane[p].width; x++) {
                int step = p ? 2 : 1;
                double noise = (next_random(s) + next_random(s) + next_random(s) - 1.5) * 2 * s->sigma;
                double v = 120 + texture(x * step + 2.3 * n, y * step + 0.4 * n) * (p ? 0.3 : 1) + noise;
                image.plane[p].data[y * image.plane[p].stride + x] = (uint16_t)(256 * fmin(fmax(v, 0), 255));
            }
}

struct times {
    int64_t search[MAX_FIELDS], evidence[MAX_FIELDS], stage[MAX_FIELDS];
    int n;
};

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double fastest_ms(int64_t *t, int n)
{
    qsort(t, (size_t)n, sizeof *t, compare);
    return (double)t[n / 10] * 1e-6;
}

struct bench {
    struct scene scene;
    struct vh_pool *pool;
    struct vh_motion_search *search;
    struct vh_stage *stage;
    struct vh_motion_deinterlace_options options;
    uint16_t *out;
    struct times times;
};

/* CPU time where one thread does everything, else wall time. */
static int64_t now(const struct bench *b)
{
    return vh_pool_threads(b->pool) == 1 ? vh_clock_thread_ns() : vh_clock_ns();
}

static void one_field(struct bench *b, int n)
{
    struct vh_image field = vh_image_field(picture(&b->scene, n), n & 1);
    struct vh_plane_const luma = vh_plane_read(field.plane[0]);
    struct vh_stage_input in = {.window = {.index = n - 2, .frame_height = b->scene.height}};
    struct vh_motion motion;
    struct vh_evidence evidence;
    int64_t t0 = now(b);
    vh_motion_search_push(b->search, &luma, n & 1, false);
    int64_t t1 = now(b);
    if (n < 4 || vh_motion_search_get(b->search, n - 2, &motion))
        return;
    for (int k = -2; k <= 2; k++) {
        struct vh_image image = vh_image_field(picture(&b->scene, n - 2 + k), (n + k) & 1);
        in.window.image[VH_WINDOW_REACH + k] = vh_image_read(&image);
        in.window.parity[VH_WINDOW_REACH + k] = (n + k) & 1;
    }
    struct scene target = b->scene;
    target.memory[0] = b->out;
    struct vh_image out = picture(&target, 0);
    int64_t t2 = now(b);
    vh_evidence_measure(&evidence, &in.window, &motion);
    int64_t t3 = now(b);
    in.motion = &motion;
    in.evidence = &evidence;
    if (b->stage->ops->process(b->stage, &in, &out))
        exit(1);
    int64_t t4 = now(b);
    struct times *t = &b->times;
    t->search[t->n] = t1 - t0;
    t->evidence[t->n] = t3 - t2;
    t->stage[t->n++] = t4 - t3;
}

static void run(double sigma, int width, int height, int fields, unsigned cpu, int threads)
{
    static struct bench b;
    memset(&b, 0, sizeof b);
    b.scene = (struct scene){.width = width, .height = height, .sigma = sigma, .random = 1};
    size_t samples = (size_t)width * (size_t)height * 2 + 64;
    for (int i = 0; i < RING; i++)
        b.scene.memory[i] = vh_alloc(samples, sizeof(uint16_t));
    b.out = vh_alloc(samples, sizeof(uint16_t));
    const struct vh_stage_ops *ops = vh_stage_find("motion-deinterlace");
    vh_pool_create(&b.pool, threads);
    struct vh_motion_config mc = {.width = width,
        .height = height,
        .speed = VH_MOTION_NORMAL,
        .keep = 5,
        .pool = b.pool,
        .cpu_flags = cpu};
    vh_option_init(ops->options, &b.options);
    struct vh_stage_config sc = {
        .format = {.pix_fmt = AV_PIX_FMT_YUV420P16, .width = width, .height = height},
        .options = &b.options,
        .pool = b.pool,
        .cpu_flags = cpu};
    if (vh_motion_search_create(&b.search, &mc) || vh_stage_open(&b.stage, ops, &sc))
        exit(1);
    for (int n = 0; n < fields + 4 && n < MAX_FIELDS; n++) {
        draw(&b.scene, n);
        one_field(&b, n);
    }
    double s = fastest_ms(b.times.search, b.times.n), e = fastest_ms(b.times.evidence, b.times.n),
           f = fastest_ms(b.times.stage, b.times.n);
    printf("sigma %g: search %.2f ms, evidence %.2f ms, deinterlace and denoise %.2f ms, in all %.2f ms = "
           "%.0f fields/s\n",
        sigma, s, e, f, s + e + f, 1000 / (s + e + f));
    vh_stage_close(&b.stage);
    vh_motion_search_destroy(&b.search);
    vh_option_uninit(ops->options, &b.options);
    vh_pool_destroy(&b.pool);
    for (int i = 0; i < RING; i++)
        vh_free(b.scene.memory[i]);
    vh_free(b.out);
}

int main(int argc, char **argv)
{
    int width = 720, height = 576, fields = argc > 2 ? atoi(argv[2]) : 60,
        threads = argc > 4 ? atoi(argv[4]) : 1;
    unsigned cpu;
    if (argc > 1 && sscanf(argv[1], "%dx%d", &width, &height) != 2)
        return 2;
    if (vh_cpu_parse(argc > 3 ? argv[3] : "auto", &cpu) || fields < 10 || width < 16 || height < 16)
        return 2;
    run(0, width, height, fields, cpu, threads);
    run(4, width, height, fields, cpu, threads);
    return 0;
}
