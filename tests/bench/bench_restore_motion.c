/* Speed and memory of the core: motion search, evidence, and stage motion-deinterlace (compensation and
 * fusion of luma and chroma), fields fed from memory.
 *
 *     bench_restore_motion [--cpu LEVEL] [--fields N] [--threads N] [--speed LEVEL] [SIZE | FILE:SIZE]...
 *
 * Without arguments it prints the speed table of docs/algorithms/motion.md: sizes from a quarter of 720x576
 * to four times as much, the speed levels, one thread and two. SIZE is WIDTHxHEIGHT of the made scene (a
 * texture that pans by 2.3 samples and 0.4 lines a field, without noise and with sigma 4); FILE is a raw
 * 8-bit 4:2:0 file of progressive pictures of that size, of which every picture gives one field. All fields
 * are in memory before the clock starts. Milliseconds are CPU time of the thread with one thread, else wall
 * time (only worth something on an idle machine); each is that of the fastest tenth of the fields, so that a
 * busy machine disturbs less. MB: what search and stage allocate (resident memory at the end less what it was
 * before).
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
#include <unistd.h>

enum { MAX_FIELDS = 400, N_SPEEDS = 3 };
static const char *const speed_names[N_SPEEDS] = {"fast", "normal", "best"};

/* Pictures, each of which gives one field. */
struct scene {
    const char *name;
    int width, height, n_fields;
    uint16_t *memory[MAX_FIELDS];
};

static struct vh_image view(const struct scene *s, uint16_t *p)
{
    int w = s->width, h = s->height, cw = (w + 1) / 2, ch = (h + 1) / 2;
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    image.plane[0] = (struct vh_plane){p, w, w, h};
    image.plane[1] = (struct vh_plane){p + w * h, cw, cw, ch};
    image.plane[2] = (struct vh_plane){p + w * h + cw * ch, cw, cw, ch};
    return image;
}

static size_t samples_of(const struct scene *s)
{
    return (size_t)s->width * (size_t)s->height +
           2 * (size_t)((s->width + 1) / 2) * (size_t)((s->height + 1) / 2);
}

static bool scene_room(struct scene *s)
{
    for (int n = 0; n < s->n_fields; n++)
        if (!(s->memory[n] = vh_alloc(samples_of(s) + 64, sizeof(uint16_t))))
            return false;
    return true;
}

static void scene_free(struct scene *s)
{
    for (int n = 0; n < s->n_fields; n++)
        vh_free(s->memory[n]);
}

static double next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24);
}

static double texture(double x, double y)
{
    return 50 * sin(x * 0.051) * sin(y * 0.043) + 25 * sin(x * 0.31 + y * 0.17) +
           15 * sin(x * 0.9 - y * 0.6) + 10 * sin(x * y * 0.002);
}

static void scene_draw(struct scene *s, double sigma)
{
    uint32_t random = 1;
    for (int n = 0; n < s->n_fields; n++) {
        struct vh_image image = view(s, s->memory[n]);
        for (int p = 0; p < 3; p++)
            for (int y = n & 1; y < image.plane[p].height; y += 2)
                for (int x = 0; x < image.plane[p].width; x++) {
                    int step = p ? 2 : 1;
                    double noise =
                        (next_random(&random) + next_random(&random) + next_random(&random) - 1.5) * 2 *
                        sigma;
                    double v = 120 + texture(x * step + 2.3 * n, y * step + 0.4 * n) * (p ? 0.3 : 1) + noise;
                    image.plane[p].data[y * image.plane[p].stride + x] =
                        (uint16_t)(256 * fmin(fmax(v, 0), 255));
                }
    }
}

static bool scene_read(struct scene *s, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t n = samples_of(s);
    uint8_t *bytes = vh_alloc(n, 1);
    int k = 0;
    for (; f && bytes && k < s->n_fields && fread(bytes, 1, n, f) == n; k++)
        for (size_t i = 0; i < n; i++)
            s->memory[k][i] = (uint16_t)(bytes[i] << 8);
    vh_free(bytes);
    if (f)
        fclose(f);
    return k == s->n_fields;
}

struct times {
    int64_t search[MAX_FIELDS], evidence[MAX_FIELDS], stage[MAX_FIELDS];
    int n, n_stage;
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
    const struct scene *scene;
    struct vh_pool *pool;
    struct vh_motion_search *search;
    struct vh_stage *stage;
    struct vh_motion_deinterlace_options options;
    uint16_t *out[VH_STAGE_AT_ONCE];
    struct times times;
    /* Fields prepared for the stage, which takes several at once where there are threads. */
    struct prepared {
        struct vh_stage_input in;
        struct vh_motion motion;
        struct vh_evidence evidence;
    } prepared[VH_STAGE_AT_ONCE];
    int n_prepared, at_once;
};

/* CPU time where one thread does everything, else wall time. */
static int64_t now(const struct bench *b)
{
    return vh_pool_threads(b->pool) == 1 ? vh_clock_thread_ns() : vh_clock_ns();
}

static double resident_mb(void)
{
    long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    int got = fscanf(f, "%ld %ld", &total, &resident);
    fclose(f);
    return got == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6 : 0;
}

static void restore_one(void *arg, int index, int n)
{
    struct bench *b = arg;
    struct vh_image out = view(b->scene, b->out[index]);
    (void)n;
    if (b->stage->ops->process(b->stage, &b->prepared[index].in, &out))
        exit(1);
}

/* The stage, once enough fields are prepared for it; its time is shared by them. */
static void restore(struct bench *b)
{
    struct times *t = &b->times;
    if (b->n_prepared < b->at_once)
        return;
    int64_t since = now(b);
    vh_pool_run(b->pool, restore_one, b, b->n_prepared);
    int64_t each = (now(b) - since) / b->n_prepared;
    for (; b->n_prepared; b->n_prepared--)
        t->stage[t->n_stage++] = each;
}

static void one_field(struct bench *b, int n)
{
    struct prepared *p = &b->prepared[b->n_prepared];
    struct vh_image field = vh_image_field(view(b->scene, b->scene->memory[n]), n & 1);
    struct vh_plane_const luma = vh_plane_read(field.plane[0]);
    p->in = (struct vh_stage_input){.window = {.index = n - 2, .frame_height = b->scene->height},
        .motion = &p->motion,
        .evidence = &p->evidence,
        .slot = b->n_prepared};
    int64_t t0 = now(b);
    vh_motion_search_push(b->search, &luma, n & 1, false);
    int64_t t1 = now(b);
    if (n < 4 || vh_motion_search_get(b->search, n - 2, &p->motion))
        return;
    for (int k = -2; k <= 2; k++) {
        struct vh_image image = vh_image_field(view(b->scene, b->scene->memory[n - 2 + k]), (n + k) & 1);
        p->in.window.image[VH_WINDOW_REACH + k] = vh_image_read(&image);
        p->in.window.parity[VH_WINDOW_REACH + k] = (n + k) & 1;
    }
    int64_t t2 = now(b);
    struct vh_dsp_block_noise blocks;
    vh_dsp_block_noise_init(&blocks, vh_cpu_detect());
    vh_evidence_measure(&p->evidence, &blocks, &p->in.window, &p->motion);
    int64_t t3 = now(b);
    struct times *t = &b->times;
    t->search[t->n] = t1 - t0;
    t->evidence[t->n++] = t3 - t2;
    b->n_prepared++;
    restore(b);
}

static void run(const struct scene *scene, int speed, unsigned cpu, int threads)
{
    static struct bench b;
    memset(&b, 0, sizeof b);
    b.scene = scene;
    bool room = true;
    for (int i = 0; i < VH_STAGE_AT_ONCE; i++)
        room = (b.out[i] = vh_alloc(samples_of(scene) + 64, sizeof(uint16_t))) && room;
    const struct vh_stage_ops *ops = vh_stage_find("motion-deinterlace");
    struct vh_motion_config mc = {.width = scene->width,
        .height = scene->height,
        .speed = (enum vh_motion_speed)speed,
        .keep = 5 + VH_STAGE_AT_ONCE,
        .cpu_flags = cpu};
    struct vh_stage_config sc = {
        .format = {.pix_fmt = AV_PIX_FMT_YUV420P16, .width = scene->width, .height = scene->height},
        .options = &b.options,
        .cpu_flags = cpu};
    vh_option_init(ops->options, &b.options);
    if (!room || vh_pool_create(&b.pool, threads))
        exit(1);
    for (int i = 0; i < VH_STAGE_AT_ONCE; i++)
        memset(b.out[i], 0, samples_of(scene) * sizeof *b.out[i]);
    double before = resident_mb();
    mc.pool = sc.pool = b.pool;
    if (vh_motion_search_create(&b.search, &mc) || vh_stage_open(&b.stage, ops, &sc))
        exit(1);
    b.at_once = b.stage->needs.at_once > 1 ? b.stage->needs.at_once : 1;
    for (int n = 0; n < scene->n_fields; n++)
        one_field(&b, n);
    double s = fastest_ms(b.times.search, b.times.n), e = fastest_ms(b.times.evidence, b.times.n),
           f = fastest_ms(b.times.stage, b.times.n_stage);
    printf("| %dx%d | %s | %s | %d | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f |\n", scene->width,
        scene->height, scene->name, speed_names[speed], threads, s, e, f, s + e + f, 1000 / (s + e + f),
        resident_mb() - before);
    fflush(stdout);
    vh_stage_close(&b.stage);
    vh_motion_search_destroy(&b.search);
    vh_option_uninit(ops->options, &b.options);
    vh_pool_destroy(&b.pool);
    for (int i = 0; i < VH_STAGE_AT_ONCE; i++)
        vh_free(b.out[i]);
}

struct request {
    unsigned cpu;
    int fields, threads; /* threads 0: one and two */
    int speed;           /* -1: all */
};

/* One scene at all speeds or, for `brief`, at normal only. */
static bool scene_bench(
    const struct request *r, const char *file, int width, int height, double sigma, bool brief)
{
    static const char *const made[2] = {"pan", "pan, σ 4"};
    struct scene s = {.name = file ? file : made[sigma > 0], .width = width, .height = height};
    s.n_fields = r->fields + 4;
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (slash)
        s.name = slash + 1;
    bool ok = scene_room(&s);
    if (ok && file)
        ok = scene_read(&s, file);
    else if (ok)
        scene_draw(&s, sigma);
    for (int threads = 1; ok && threads <= 2; threads++)
        for (int speed = 0; speed < N_SPEEDS; speed++)
            if ((!r->threads || threads == 1) && (!brief || speed == VH_MOTION_NORMAL) &&
                (r->speed < 0 || r->speed == speed))
                run(&s, speed, r->cpu, r->threads ? r->threads : threads);
    scene_free(&s);
    if (!ok)
        fprintf(
            stderr, "%s: no room, or fewer than %d pictures of %dx%d\n", s.name, s.n_fields, width, height);
    return ok;
}

static bool bench_argument(const struct request *r, char *text)
{
    int width, height;
    char *colon = strrchr(text, ':');
    if (sscanf(colon ? colon + 1 : text, "%dx%d", &width, &height) != 2 || width < 16 || height < 16)
        return false;
    if (!colon)
        return scene_bench(r, NULL, width, height, 0, false) && scene_bench(r, NULL, width, height, 4, false);
    *colon = 0;
    return scene_bench(r, text, width, height, 0, false);
}

int main(int argc, char **argv)
{
    struct request r = {.fields = 40, .speed = -1};
    const char *level = "auto";
    int i = 1;
    for (; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
        if (!strcmp(argv[i], "--cpu"))
            level = argv[i + 1];
        else if (!strcmp(argv[i], "--fields"))
            r.fields = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--threads"))
            r.threads = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--speed"))
            for (r.speed = N_SPEEDS - 1; r.speed > 0 && strcmp(argv[i + 1], speed_names[r.speed]);)
                r.speed--;
        else
            break;
    }
    if (vh_cpu_parse(level, &r.cpu) || r.fields < 10 || r.fields > MAX_FIELDS - 4 || r.threads < 0 ||
        r.threads > 64 || (i < argc && !strncmp(argv[i], "--", 2))) {
        fprintf(stderr,
            "usage: %s [--cpu LEVEL] [--fields 10 to %d] [--threads N] [--speed LEVEL] "
            "[SIZE | FILE:SIZE]...\n",
            argv[0], MAX_FIELDS - 4);
        return 2;
    }
    printf("| size | scene | speed | threads | search | evidence | compensation, fusion | in all, ms | "
           "fields/s | MB "
           "|\n|---|---|---|---|---|---|---|---|---|---|\n");
    if (i == argc) {
        bool ok = scene_bench(&r, NULL, 360, 288, 0, true);
        ok = ok && scene_bench(&r, NULL, 720, 576, 0, false) && scene_bench(&r, NULL, 720, 576, 4, false);
        return ok && scene_bench(&r, NULL, 1440, 1080, 0, true) ? 0 : 1;
    }
    for (; i < argc; i++)
        if (!bench_argument(&r, argv[i]))
            return 1;
    return 0;
}
