/* Speed of everything between decoder and encoder: a tape's fields from memory through every repair, the
 * motion deinterlacer and denoiser, sharpening, and the scaler to 1080 lines.
 *
 *     bench_pipeline_everything [WIDTHxHEIGHT [FRAMES [CPU-LEVEL [THREADS]]]]      default 720x576 44 auto 2
 *
 * The demo scene is made into a tape (speed worn, jitter 0.3) in memory; all stages run as the recipe orders
 * them, switched on by hand. Prints the CPU time of all threads per field: of each stage, of what the chain
 * does itself (motion search, evidence, looks), of the scaler; and the fields per second that two cores would
 * reach if they shared it evenly. CPU time, so that other work on the machine disturbs little. With one
 * thread the parts are listed; with several the scaler is a node of its own, as in a job, and the time by the
 * clock counts.
 */
#include "core/clock.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/pool.h"
#include "core/queue.h"
#include "core/status.h"
#include "evidence/evidence.h"
#include "motion/search.h"
#include "pipeline/chain.h"
#include "pipeline/field_looks.h"
#include "restore/motion_deinterlace.h"
#include "restore/recipe.h"
#include "restore/repairs.h"
#include "simulate/demo_scene.h"
#include "simulate/simulate.h"
#include "upscale/upscaler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_STAGES = 16, MAX_FRAMES = 100, SKIP = 20 }; /* windows hold up to 13 frames */

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

struct timed {
    struct vh_stage *stage;
    const struct vh_stage_ops *ops; /* the stage's own */
    struct vh_stage_ops wrapped;
    double ms[VH_STAGE_AT_ONCE]; /* by slot */
};

struct bench {
    struct vh_pool *pool;
    unsigned cpu;
    struct vh_format format;
    struct vh_recipe recipe;
    struct timed timed[MAX_STAGES];
    struct vh_stage *stage[MAX_STAGES];
    int n_stages;
    struct vh_chain *chain;
    struct vh_upscaler *scaler;
    struct vh_frame_pool *frames, *scaled;
    AVFrame *tape[MAX_FRAMES];
    double scaler_ms;
    int n_out;
    bool as_nodes;
    struct vh_queue *to_scaler;
    pthread_t scaler_thread;
};

/* The stage interface has no place for a context of the caller's: one bench at a time. */
static struct bench bench;

/* A stage that takes several centres at once does each in one thread (as long as there are no more threads
 * than that); everywhere else the whole process works for the one that is measured. */
static int timed_process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    int i = 0;
    while (bench.timed[i].stage != stage)
        i++;
    bool alone = stage->needs.at_once <= 1;
    double since = alone ? cpu_ms() : (double)vh_clock_thread_ns() * 1e-6;
    int status = bench.timed[i].ops->process(stage, in, out);
    bench.timed[i].ms[in->slot] += (alone ? cpu_ms() : (double)vh_clock_thread_ns() * 1e-6) - since;
    return status;
}

static double total_ms(const struct timed *t)
{
    double sum = 0;
    for (int i = 0; i < VH_STAGE_AT_ONCE; i++)
        sum += t->ms[i];
    return sum;
}

/* What the chain does itself, measured by standing in for it (the linker's --wrap, see CMakeLists.txt). */
enum part { SEARCH, EVIDENCE, LOOKS, N_PARTS };
static double part_ms[N_PARTS];

int __real_vh_motion_search_push(
    struct vh_motion_search *search, const struct vh_plane_const *luma, int parity, bool break_before);
int __wrap_vh_motion_search_push(
    struct vh_motion_search *search, const struct vh_plane_const *luma, int parity, bool break_before);
int __wrap_vh_motion_search_push(
    struct vh_motion_search *search, const struct vh_plane_const *luma, int parity, bool break_before)
{
    double since = cpu_ms();
    int status = __real_vh_motion_search_push(search, luma, parity, break_before);
    part_ms[SEARCH] += cpu_ms() - since;
    return status;
}

void __real_vh_evidence_measure(struct vh_evidence *evidence, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *motion);
void __wrap_vh_evidence_measure(struct vh_evidence *evidence, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *motion);
void __wrap_vh_evidence_measure(struct vh_evidence *evidence, const struct vh_dsp_block_noise *dsp,
    const struct vh_window *window, const struct vh_motion *motion)
{
    double since = cpu_ms();
    __real_vh_evidence_measure(evidence, dsp, window, motion);
    part_ms[EVIDENCE] += cpu_ms() - since;
}

void __real_vh_field_looks_take(struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit);
void __wrap_vh_field_looks_take(struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit);
void __wrap_vh_field_looks_take(struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit)
{
    double since = cpu_ms();
    __real_vh_field_looks_take(looks, window, motion, sigma_8bit);
    part_ms[LOOKS] += cpu_ms() - since;
}

static void check(int status, const char *what)
{
    if (status == VH_OK)
        return;
    fprintf(stderr, "bench_pipeline_everything: %s failed (%s)\n", what, vh_status_name(status));
    exit(1);
}

static void say(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    fprintf(stderr, "%s\n", message);
}

static const struct vh_log messages = {.sink = say, .level = VH_LOG_WARNING};

static void make_tape(struct bench *b, int frames)
{
    struct vh_simulate_options faults;
    struct vh_simulate_format raster = {.width = b->format.width,
        .height = b->format.height,
        .n_planes = 3,
        .sub_x = 1,
        .sub_y = 1,
        .frame_rate = b->format.frame_rate};
    struct vh_simulate *tape;
    struct vh_scene *scene;
    vh_simulate_defaults(&faults, VH_TAPE_WORN);
    faults.jitter = 0.3;
    check(vh_simulate_create(&tape, &faults, &raster, b->pool, b->cpu, &messages), "simulate");
    check(vh_scene_create(&scene, &messages), "scene");
    for (int t = 0; t < frames; t++) {
        AVFrame *field[2];
        struct vh_image image[2], out;
        struct vh_image_const view[2];
        for (int i = 0; i < 2; i++) {
            field[i] = vh_frame_pool_acquire(b->frames);
            check(vh_frame_image(field[i], &image[i]), "frame");
            vh_scene_render(scene, (2 * t + i) * 0.02, &image[i], b->pool);
            view[i] = vh_image_read(&image[i]);
        }
        b->tape[t] = vh_frame_pool_acquire(b->frames);
        vh_frame_apply_format(b->tape[t], &b->format);
        check(vh_frame_image(b->tape[t], &out), "frame");
        check(vh_simulate_frame(tape, t, &view[0], &view[1], &out), "simulate");
        vh_frame_free(&field[0]);
        vh_frame_free(&field[1]);
    }
    vh_scene_destroy(&scene);
    vh_simulate_destroy(&tape);
}

/* Everything on, by measurements set by hand. */
static void make_recipe(struct bench *b)
{
    static const char *const measured[] = {"headswitch.lines=6", "chroma.delay_x=5", "chroma.delay_y=1",
        "jitter.rms=0.3", "flicker=1.5", "dropout.rate=1.5", "noise.luma=7", "noise.chroma=5",
        "response.corner=1.6", "response.order=3", "response.chroma_corner=0.3", "response.chroma_order=3"};
    struct vh_restore_options options = {0};
    struct vh_profile *profile;
    check(vh_profile_create(&profile), "profile");
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        check(vh_profile_set_text(profile, measured[i], &messages), measured[i]);
    check(vh_option_init(&vh_restore_option_table, &options), "options");
    struct vh_recipe_request request = {
        .options = &options, .profile = profile, .format = b->format, .log = &messages};
    check(vh_recipe_make(&b->recipe, &request), "recipe");
    for (int i = 0; i < b->recipe.n_steps; i++) {
        const struct vh_recipe_step *step = &b->recipe.step[i];
        if (step->off || step->kind != VH_STEP_NATIVE || b->n_stages == MAX_STAGES)
            continue;
        struct vh_format in = b->n_stages ? b->stage[b->n_stages - 1]->needs.format : b->format;
        struct vh_stage_config config = {
            .format = in, .options = step->options, .pool = b->pool, .cpu_flags = b->cpu, .log = &messages};
        struct timed *t = &b->timed[b->n_stages];
        check(vh_stage_open(&t->stage, step->stage, &config), step->name);
        t->ops = t->stage->ops;
        t->wrapped = *t->ops;
        t->wrapped.process = timed_process;
        t->stage->ops = &t->wrapped;
        b->stage[b->n_stages++] = t->stage;
    }
    vh_option_uninit(&vh_restore_option_table, &options);
    vh_profile_destroy(&profile);
}

static int scale(struct bench *b, AVFrame *frame)
{
    double since = cpu_ms();
    AVFrame *out = vh_frame_pool_acquire(b->scaled);
    int status = out ? vh_upscaler_submit(b->scaler, frame, out) : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_upscaler_collect(b->scaler);
    vh_frame_free(&frame);
    vh_frame_free(&out);
    b->scaler_ms += cpu_ms() - since;
    b->n_out++;
    return status;
}

static void *scaler_node(void *opaque)
{
    struct bench *b = opaque;
    void *frame;
    while (vh_queue_receive(b->to_scaler, &frame) == VH_OK)
        check(scale(b, frame), "scaler");
    return NULL;
}

/* With several threads the scaler is a node of its own behind a queue, as in a job; what each part takes can
 * then not be told. */
static void start_scaler(struct bench *b)
{
    enum { QUEUED = 4 };
    if (!b->as_nodes)
        return;
    check(vh_queue_create(&b->to_scaler, QUEUED, 0, NULL), "queue");
    if (pthread_create(&b->scaler_thread, NULL, scaler_node, b))
        exit(1);
}

static void finish_scaler(struct bench *b)
{
    if (!b->as_nodes)
        return;
    vh_queue_finish(b->to_scaler);
    pthread_join(b->scaler_thread, NULL);
    vh_queue_destroy(&b->to_scaler);
}

static int emit(void *opaque, AVFrame *frame)
{
    struct bench *b = opaque;
    return b->as_nodes ? vh_queue_send(b->to_scaler, frame, 0) : scale(b, frame);
}

static void open_chain(struct bench *b)
{
    struct vh_chain_config chain = {.stage = b->stage,
        .n_stages = b->n_stages,
        .in = b->format,
        .kind = VH_KIND_WOVEN,
        .motion_speed = 1,
        .pool = b->pool,
        .cpu_flags = b->cpu,
        .log = &messages};
    check(vh_chain_create(&b->chain, &chain, emit, b), "chain");
    struct vh_format out = *vh_chain_format(b->chain);
    out.width = 1440;
    out.height = 1080;
    out.sar = (AVRational){1, 1};
    out.pix_fmt = AV_PIX_FMT_YUV420P;
    out.matrix = AVCOL_SPC_BT709;
    out.primaries = AVCOL_PRI_BT709;
    out.transfer = AVCOL_TRC_BT709;
    struct vh_upscaler_config scaler = {
        .in = *vh_chain_format(b->chain), .out = out, .pool = b->pool, .cpu_flags = b->cpu, .log = &messages};
    check(vh_upscaler_open(&b->scaler, &scaler), "scaler");
    check(vh_frame_pool_create(&b->scaled, out.pix_fmt, out.width, out.height), "frames");
}

static void reset(struct bench *b)
{
    for (int i = 0; i < b->n_stages; i++)
        memset(b->timed[i].ms, 0, sizeof b->timed[i].ms);
    for (int i = 0; i < N_PARTS; i++)
        part_ms[i] = 0;
    b->scaler_ms = 0;
    b->n_out = 0;
}

static void print_parts(const struct bench *b, double all)
{
    double rest = all - b->scaler_ms / b->n_out;
    for (int i = 0; i < b->n_stages; i++) {
        double ms = total_ms(&b->timed[i]) / b->n_out;
        rest -= ms;
        printf("%-36s %6.2f ms\n", b->timed[i].ops->name, ms);
    }
    for (int i = 0; i < N_PARTS; i++) {
        static const char *const name[N_PARTS] = {"motion search", "evidence", "looks at lines"};
        rest -= part_ms[i] / b->n_out;
        printf("%-36s %6.2f ms\n", name[i], part_ms[i] / b->n_out);
    }
    printf("%-36s %6.2f ms\n", "the chain", rest);
    printf("%-36s %6.2f ms\n", "scaler to 1440x1080, 8 bit", b->scaler_ms / b->n_out);
}

static void push(struct bench *b, int from, int to)
{
    start_scaler(b);
    for (int t = from; t < to; t++) {
        AVFrame *frame = vh_frame_ref(b->tape[t]);
        frame->pts = 2 * t;
        frame->time_base = (AVRational){1, 50};
        vh_frame_set_duration(frame, 2);
        check(vh_chain_push(b->chain, frame, false), "chain");
    }
    finish_scaler(b);
}

static void run(struct bench *b, int frames)
{
    push(b, 0, SKIP); /* windows are full, memory is warm */
    reset(b);
    double since = cpu_ms();
    int64_t wall = vh_clock_ns();
    push(b, SKIP, frames);
    double all = (cpu_ms() - since) / b->n_out, wall_ms = (double)(vh_clock_ns() - wall) * 1e-6 / b->n_out;
    if (!b->as_nodes)
        print_parts(b, all);
    printf("%-36s %6.2f ms of CPU a field: %.0f fields/s on two cores\n", "everything", all, 2000 / all);
    printf("%-36s %6.2f ms of wall time a field: %.0f fields/s\n", "by the clock", wall_ms, 1000 / wall_ms);
}

int main(int argc, char **argv)
{
    struct bench *b = &bench;
    int width = 720, height = 576, frames = argc > 2 ? atoi(argv[2]) : 44,
        threads = argc > 4 ? atoi(argv[4]) : 2;
    if ((argc > 1 && sscanf(argv[1], "%dx%d", &width, &height) != 2) ||
        vh_cpu_parse(argc > 3 ? argv[3] : "auto", &b->cpu) || frames <= SKIP || frames > MAX_FRAMES)
        return 2;
    check(vh_pool_create(&b->pool, threads), "pool");
    b->as_nodes = threads > 1;
    b->format = (struct vh_format){.pix_fmt = AV_PIX_FMT_YUV420P16,
        .width = width,
        .height = height,
        .sar = {16, 15},
        .frame_rate = {25, 1},
        .time_base = {1, 50},
        .fields = VH_FIELDS_TFF,
        .matrix = AVCOL_SPC_BT470BG,
        .primaries = AVCOL_PRI_BT470BG,
        .transfer = AVCOL_TRC_GAMMA28,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_LEFT};
    check(vh_frame_pool_create(&b->frames, b->format.pix_fmt, width, height), "frames");
    make_tape(b, frames);
    make_recipe(b);
    open_chain(b);
    run(b, frames);
    vh_chain_destroy(&b->chain);
    vh_upscaler_close(&b->scaler);
    for (int i = 0; i < b->n_stages; i++) {
        b->stage[i]->ops = b->timed[i].ops;
        vh_stage_close(&b->stage[i]);
    }
    vh_recipe_uninit(&b->recipe);
    for (int t = 0; t < frames; t++)
        vh_frame_free(&b->tape[t]);
    vh_frame_pool_destroy(&b->frames);
    vh_frame_pool_destroy(&b->scaled);
    vh_pool_destroy(&b->pool);
    return 0;
}
