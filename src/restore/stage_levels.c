/* levels: brings black and white of a tape to where they belong and takes a tint off, scene by scene.
 *
 * What is wrong with a tape (lifted black, a white that falls short, a tint) is measured over all of it or
 * given by hand; a scene that reaches below that black or above that white has limits of its own, so nothing
 * is crushed. Parameters stay as they are for a scene and are measured anew where the spread of luma becomes
 * another one (cuts, dissolves, long pans); from one set to the next they pass in 12 pictures along a cosine.
 * Luma: a straight line from black to 16 and white to 235, its slope within 0.9 to 1.25, above white a soft
 * knee; chroma: the tint off, scaled as white is. Behind the denoiser, whose pictures have clean ends.
 * (Algorithms 4.7 of the project's notes; docs/algorithms/levels.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "line_pass.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { CODES = 65536, BINS = 256, FADE = 12 /* pictures */, AHEAD = 4, STEP = 4 };

#define AT(member) offsetof(struct vh_levels_options, member)
#define PI         3.14159265358979323846

static const struct vh_option_row rows[] = {
    {.key = "levels.mode",
        .flag = "levels",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "black, white and tint to where they belong",
        .detail = "auto corrects what several scenes of the tape agree on with more than usual confidence; a "
                  "scene that goes beyond keeps its "
                  "own limits. A value given below switches it on.",
        .example = "--levels off"},
    {.key = "levels.black",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(black),
        .min = 0,
        .max = 64,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "where the tape's black lies; it becomes 16",
        .example = "--levels-black 24"},
    {.key = "levels.white",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(white),
        .min = 150,
        .max = 255,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "where the tape's white lies; it becomes 235",
        .example = "--levels-white 215"},
    {.key = "levels.tint_u",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(tint_u),
        .min = -6,
        .max = 6,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "blue difference of what should be neutral; taken off",
        .example = "--levels-tint-u 3"},
    {.key = "levels.tint_v",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(tint_v),
        .min = -6,
        .max = 6,
        .unit = "8-bit codes",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "red difference of what should be neutral; taken off",
        .example = "--levels-tint-v -2"},
    {.key = "levels.strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 1,
        .value = "1",
        .flags = VH_OPTION_ADVANCED,
        .help = "part of the correction that is made"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Levels", rows, struct vh_levels_options);

/* How luma of a picture is spread: shares of its samples. */
struct spread {
    float share[BINS];
};

struct set {
    double black, white;
};

struct priv {
    struct set tape; /* 16 and 235 where nothing is wrong */
    double tint[2];
    bool started;
    struct spread scene;        /* of the picture that the parameters were measured on */
    struct set from, to;        /* passed between in FADE pictures */
    int step;                   /* of FADE */
    struct set made;            /* what the tables are made for */
    uint16_t *luma, *chroma[2]; /* CODES entries each */
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_levels_options *o = stage->config.options;
    struct priv *p = stage->priv;
    p->tape = (struct set){isnan(o->black) ? 16 : o->black, isnan(o->white) ? 235 : o->white};
    p->tint[0] = isnan(o->tint_u) ? 0 : o->tint_u;
    p->tint[1] = isnan(o->tint_v) ? 0 : o->tint_v;
    uint16_t **tables[] = {&p->luma, &p->chroma[0], &p->chroma[1]};
    for (int i = 0; i < 3; i++)
        if (!(*tables[i] = vh_alloc(CODES, sizeof **tables[i])))
            return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for levels");
    line_pass_keep_kind(stage);
    stage->needs.look_ahead = AHEAD;
    stage->needs.stateful = true;
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    vh_freep(&p->luma);
    vh_freep(&p->chroma[0]);
    vh_freep(&p->chroma[1]);
}

static void reset(struct vh_stage *stage)
{
    ((struct priv *)stage->priv)->started = false;
}

/* Of the inner picture: borders and head switching say nothing about levels. */
static void take_spread(struct spread *s, const struct vh_plane_const *luma)
{
    int count[BINS] = {0}, n = 0;
    for (int y = luma->height / 16; y < luma->height - luma->height / 12; y += STEP)
        for (int x = luma->width / 16; x < luma->width - luma->width / 16; x += STEP, n++)
            count[luma->data[y * luma->stride + x] / VH_CODE]++;
    for (int i = 0; i < BINS; i++)
        s->share[i] = n ? (float)count[i] / (float)n : 0;
}

/* The distance from which on it is another scene (docs/algorithms/levels.md). */
static const double another_scene = 0.5;

/* 0 = the same, 2 = nothing in common; four codes are taken together. */
static double distance(const struct spread *a, const struct spread *b)
{
    double sum = 0;
    for (int i = 0; i < BINS; i += 4) {
        double d = 0;
        for (int k = i; k < i + 4; k++)
            d += (double)(a->share[k] - b->share[k]);
        sum += fabs(d);
    }
    return sum;
}

/* The code below which `part` of the samples lie. */
static double rank(const struct spread *s, double part)
{
    double sum = 0;
    int i = 0;
    while (i < BINS - 1 && sum + (double)s->share[i] < part)
        sum += (double)s->share[i++];
    return i + (s->share[i] > 0 ? fmin(1, (part - sum) / (double)s->share[i]) : 0);
}

/* The limits of a scene: those of the tape, or its own where it goes beyond. Where the tape has no fault
 * there is nothing to follow. */
static struct set limits_of(const struct set *tape, const struct spread *s)
{
    /* Codes: what is beyond by less is the same, by more than that part of another picture (a caption). */
    static const double tail = 0.005, least = 1.5, most = 8;
    struct set set = *tape;
    double below = tape->black - rank(s, tail), above = rank(s, 1 - tail) - tape->white;
    if (tape->black != 16 && below > least)
        set.black -= fmin(below, most);
    if (tape->white != 235 && above > least)
        set.white += fmin(above, most);
    return set;
}

static struct set mix(const struct set *a, const struct set *b, double part)
{
    return (struct set){a->black + part * (b->black - a->black), a->white + part * (b->white - a->white)};
}

/* What is in force between two scenes' sets: a cosine's half over FADE pictures. */
static struct set faded(const struct priv *p)
{
    return mix(&p->from, &p->to, 0.5 - 0.5 * cos(PI * p->step / FADE));
}

/* The mean over the centre, whose spread is `now`, and the pictures ahead that belong to its scene. */
static struct spread scene_spread(const struct spread *now, const struct vh_window *window)
{
    struct spread sum = *now, ahead;
    int n = 1;
    for (int k = 1; k <= AHEAD; k++, n++) {
        const struct vh_image_const *image = vh_window_at(window, k);
        if (!image)
            break;
        take_spread(&ahead, &image->plane[0]);
        if (distance(&ahead, now) > another_scene)
            break;
        for (int i = 0; i < BINS; i++)
            sum.share[i] += ahead.share[i];
    }
    for (int i = 0; i < BINS; i++)
        sum.share[i] /= (float)n;
    return sum;
}

static void start_scene(struct priv *p, const struct spread *now, const struct vh_window *window)
{
    struct spread scene = scene_spread(now, window);
    p->from = p->started ? faded(p) : p->tape;
    p->to = limits_of(&p->tape, &scene);
    p->step = p->started ? 0 : FADE;
    p->scene = *now;
    p->started = true;
}

/* The parameters of the centre. */
static struct set next_set(struct priv *p, const struct vh_window *window)
{
    struct spread now;
    take_spread(&now, &vh_window_at(window, 0)->plane[0]);
    if (!p->started || distance(&now, &p->scene) > another_scene)
        start_scene(p, &now, window);
    p->step += p->step < FADE;
    return faded(p);
}

static uint16_t limited(double v)
{
    return (uint16_t)(v <= 0 ? 0 : v >= CODES - 1 ? CODES - 1 : lrint(v));
}

static void make_tables(struct priv *p, const struct set *s, double strength)
{
    static const double least = 0.9, most = 1.25, knee = 20; /* codes above white */
    double black = 16 + strength * (s->black - 16), white = 235 + strength * (s->white - 235);
    double slope = fmin(fmax(219 / (white - black), least), most),
           colour = fmin(fmax(219 / (white - 16), least), most);
    for (int i = 0; i < CODES; i++) {
        double code = i / (double)VH_CODE, v = 16 + (code - black) * slope;
        /* What was below white before stays straight; the knee takes in what the slope lifted above. */
        if (v > 235 && slope > 1)
            v = 235 + knee * (1 - exp(-(v - 235) / knee));
        p->luma[i] = limited(v * VH_CODE);
        for (int c = 0; c < 2; c++)
            p->chroma[c][i] = limited(32768 + (i - 32768 - strength * p->tint[c] * VH_CODE) * colour);
    }
    p->made = *s;
}

static void look_up(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    const uint16_t *codes = place->plane ? p->chroma[place->plane - 1] : p->luma;
    for (int x = 0; x < place->src->width; x++)
        place->to[x] = codes[place->from[x]];
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    const struct vh_levels_options *o = stage->config.options;
    struct priv *p = stage->priv;
    struct set set = next_set(p, &in->window);
    if (set.black != p->made.black || set.white != p->made.white)
        make_tables(p, &set, o->strength);
    return line_pass_run(stage, NULL, LINE_ALL, look_up, in, out);
}

const struct vh_stage_ops vh_stage_levels = {
    .name = "levels",
    .summary = "brings black, white and neutral to where they belong",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .reset = reset,
    .close = close_stage,
};
