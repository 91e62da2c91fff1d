/* Draws cases by a counter of random numbers per (set, case). */
#include "truth_cases.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 192, SHOTS = 4, GROUPS = 6, TIME_SHOTS = 10 };

struct dice {
    uint64_t state;
};

static double roll(struct dice *d)
{
    d->state += 0x9E3779B97F4A7C15u;
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static double between(struct dice *d, double low, double high)
{
    return low + (high - low) * roll(d);
}

__attribute__((format(printf, 2, 3))) static void fault(struct truth_case *c, const char *format, ...)
{
    size_t n = strlen(c->faults);
    va_list list;
    va_start(list, format);
    vsnprintf(c->faults + n, sizeof c->faults - n, format, list);
    va_end(list);
}

/* What a recording speed does: bandwidths, noise, colour beside its object. */
static void tape_path(struct truth_case *c, struct dice *d)
{
    static const double luma[] = {3.0, 2.4, 1.8}, chroma[] = {0.4, 0.375, 0.35};
    int speed = (int)(3 * roll(d));
    fault(c, " --tape-luma-bandwidth %.2f --tape-chroma-bandwidth %.3f", luma[speed] * between(d, 0.95, 1.05),
        chroma[speed]);
    if (roll(d) < 0.5)
        fault(c, " --tape-halo %.3f --tape-halo-distance 2.5 --tape-halo-skew 0.6", between(d, 0.1, 0.3));
}

static void noise(struct truth_case *c, struct dice *d, double least, double most)
{
    fault(c, " --tape-noise %.2f --tape-chroma-noise %.2f", between(d, least, most), between(d, least, most));
}

static void line_faults(struct truth_case *c, struct dice *d)
{
    if (roll(d) < 0.4)
        fault(c, " --tape-jitter %.2f --tape-jitter-correlation %.2f", between(d, 0.25, 1.2),
            between(d, 0, 0.8));
    if (roll(d) < 0.5)
        fault(c, " --tape-head-switch %d --tape-head-switch-shift %.1f", 3 + (int)(7 * roll(d)),
            between(d, 5, 20));
    if (roll(d) < 0.5)
        fault(c, " --tape-dropouts %.2f --tape-dropout-concealed 0", exp(between(d, log(0.15), log(5))));
    if (roll(d) < 0.15)
        fault(c, " --tape-flagging %.1f", between(d, 3, 12));
    if (roll(d) < 0.15)
        fault(c, " --tape-tracking 14 --tape-tracking-drift 1.5");
    if (roll(d) < 0.3)
        fault(c, " --tape-blanking %d", 4 + (int)(8 * roll(d)));
}

static void colour_faults(struct truth_case *c, struct dice *d)
{
    if (roll(d) < 0.65) /* later is usual, earlier rare */
        fault(c, " --tape-chroma-delay-x %.2f", between(d, 2, 9) * (roll(d) < 0.85 ? 1 : -1));
    if (roll(d) < 0.5)
        fault(c, " --tape-chroma-delay-y %.2f", 0.5 * (1 + (int)(4 * roll(d))));
    if (roll(d) < 0.3)
        fault(c, " --tape-hue-noise %.1f", between(d, 2, 10));
    if (roll(d) < 0.35)
        fault(c, " --tape-flicker %.4f", between(d, 0.008, 0.05));
    if (!c->pal && roll(d) < 0.4)
        fault(c, " --tape-setup 7.5");
    else if (roll(d) < 0.3)
        fault(c, " --tape-video-gain %.3f", between(d, 0.82, 1.07));
}

enum { CLEAN, STEADY, WORN, SINGLE, CADENCE, TIME };
static const char *const group_name[GROUPS] = {"clean", "noise", "worn", "single", "film", "time"};

/* By turns a flip of the field order, two recordings with blank tape between them, doubled and lost frames.
 */
static void time_faults(struct truth_case *c, struct dice *d, int index)
{
    static const char *const blank[] = {"black", "blue", "snow"};
    tape_path(c, d);
    noise(c, d, 1, 4);
    if (index % 3 == 0)
        fault(c, " --tape-flip-at %d", 80 + (int)(80 * roll(d)));
    else if (index % 3 == 1)
        fault(c, " --tape-blank %s --tape-blank-at %d --tape-blank-frames %d", blank[index / 3 % 3],
            66 + (int)(14 * roll(d)), 64 + (int)(6 * roll(d)));
    else
        fault(c, " --tape-doubles %.0f --tape-drops %.0f", between(d, 10, 40), between(d, 10, 40));
}

/* Groups: clean tapes; the path with noise; everything at random; one fault alone; film on tape; its course
 * in time. */
static void add_faults(struct truth_case *c, struct dice *d, int group, int index)
{
    fault(c, "--no-sound --tape-speed clean --tape-seed %d --tape-camera %s", 1 + (int)(1e6 * roll(d)),
        roll(d) < 0.6 ? "121" : "none");
    if (group == STEADY || group == WORN)
        tape_path(c, d);
    if (group == STEADY)
        noise(c, d, 1, 5);
    if (group == WORN || group == CADENCE)
        noise(c, d, 1, group == WORN ? 7 : 4);
    if (group == STEADY || group == WORN)
        colour_faults(c, d);
    if (group == WORN)
        line_faults(c, d);
    if (group == CADENCE && index % 2)
        tape_path(c, d);
    if (group == TIME)
        time_faults(c, d, index);
    if (group == SINGLE && index % 2)
        line_faults(c, d);
    else if (group == SINGLE)
        colour_faults(c, d);
}

/* How many of each group, and how the clean and the film tapes are scanned. */
static const int group_size[GROUPS] = {12, 10, 18, 8, 12, 9};
static const enum truth_scan clean_scan[12] = {TRUTH_INTERLACED, TRUTH_INTERLACED, TRUTH_INTERLACED,
    TRUTH_INTERLACED, TRUTH_INTERLACED, TRUTH_INTERLACED, TRUTH_STILL, TRUTH_PROGRESSIVE, TRUTH_PROGRESSIVE,
    TRUTH_SHIFTED, TRUTH_FILM, TRUTH_MIXED};
static const enum truth_scan film_scan[12] = {TRUTH_FILM, TRUTH_SHIFTED, TRUTH_FILM, TRUTH_PROGRESSIVE,
    TRUTH_FILM, TRUTH_SHIFTED, TRUTH_MIXED, TRUTH_PROGRESSIVE, TRUTH_FILM, TRUTH_SHIFTED, TRUTH_MIXED,
    TRUTH_STILL};

static bool needs_ntsc(enum truth_scan scan)
{
    return scan == TRUTH_FILM || scan == TRUTH_MIXED;
}

bool truth_case_get(struct truth_case *c, int set, int index)
{
    int group = 0, within = index;
    while (group < GROUPS && within >= group_size[group])
        within -= group_size[group++];
    if (group == GROUPS)
        return false;
    struct dice d = {((uint64_t)set << 32) + (uint64_t)index * 7919};
    *c = (struct truth_case){.scan = group == CLEAN     ? clean_scan[within]
                                     : group == CADENCE ? film_scan[within]
                                                        : TRUTH_INTERLACED,
        .clean = group == CLEAN,
        .time = group == TIME,
        .n_shots = group == TIME ? TIME_SHOTS : SHOTS,
        .phase = (int)(5 * roll(&d))};
    c->n_fields = c->n_shots * (FIELDS / SHOTS);
    c->pal = !needs_ntsc(c->scan) && (index & 1);
    bool top_first = roll(&d) < (c->pal ? 0.7 : 0.4);
    c->scene = (struct made_scene_config){.kind = (enum made_scene_kind)((index + set) % MADE_KINDS),
        .seed = (uint32_t)(set * 1000 + index),
        .width = 720,
        .height = c->pal ? 576 : 480,
        .field_rate = c->pal ? 50 : 60000 / 1001.0,
        .shot_fields = FIELDS / SHOTS};
    snprintf(c->name, sizeof c->name, "%02d.%s.%s.%s-%s.%s", index, group_name[group],
        made_scene_name(c->scene.kind), c->pal ? "pal" : "ntsc", top_first ? "tff" : "bff",
        truth_scan_name(c->scan));
    add_faults(c, &d, group, within);
    fault(c, " --tape-order %s", top_first ? "tff" : "bff");
    return true;
}

const char *truth_scan_name(enum truth_scan scan)
{
    static const char *const name[] = {"interlaced", "still", "progressive", "shifted", "film", "mixed"};
    return name[scan];
}

/* The instant that field n shows. */
static double instant_of(const struct truth_case *c, int n, int shot)
{
    enum truth_scan scan = c->scan;
    if (scan == TRUTH_MIXED)
        scan = shot & 1 ? TRUTH_INTERLACED : TRUTH_FILM;
    int k = n + c->phase;
    switch (scan) {
    case TRUTH_PROGRESSIVE:
        return n & ~1;
    case TRUTH_SHIFTED:
        return (n + 1) & ~1;
    case TRUTH_FILM:
        return 2.5 * (2 * (k / 5) + (k % 5 >= 2)) - c->phase;
    case TRUTH_STILL:
        return 0;
    default:
        return n;
    }
}

bool truth_case_write(const struct truth_case *c, FILE *file)
{
    struct made_scene *scene = made_scene_create(&c->scene);
    size_t bytes = (size_t)c->scene.width * (size_t)c->scene.height * 3 / 2;
    uint8_t *picture = malloc(bytes);
    bool ok = scene && picture;
    fprintf(file, "YUV4MPEG2 W%d H%d F%s Ip A%s C420mpeg2\n", c->scene.width, c->scene.height,
        c->pal ? "50:1" : "60000:1001", c->pal ? "16:15" : "8:9");
    for (int n = 0; n < c->n_fields && ok; n++) {
        int shot = n / c->scene.shot_fields;
        double t = fmax(0, instant_of(c, n, shot) - (double)shot * c->scene.shot_fields);
        made_scene_draw(scene, shot, c->scan == TRUTH_STILL ? 0 : t, picture);
        ok = fputs("FRAME\n", file) >= 0 && fwrite(picture, 1, bytes, file) == bytes;
    }
    made_scene_destroy(&scene);
    free(picture);
    return ok && fflush(file) == 0;
}
