/* Dead leaves on a canvas wider than the picture; the camera pans over it by cubic interpolation. */
#include "made_scene.h"

#include "simulate/demo_scene.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 400, TILE = 256, MAX_OBJECTS = 4, OBJECT = 192 };

struct style {
    double smallest, largest, steepness; /* radii of leaves, px; share of large ones falls as r^-steepness */
    double saturation, texture, rectangles;
    double pan, object; /* fastest, px per field */
    double warm;        /* mean of V - 128 */
};

static const struct style styles[] = {
    [MADE_LEAVES] = {4, 160, 2.2, 26, 9, 0.2, 4, 7, 0},
    [MADE_STREET] = {5, 220, 2.0, 12, 4, 1.0, 3, 6, 0},
    [MADE_PORTRAIT] = {20, 260, 1.8, 20, 3, 0.0, 1, 4, 12},
    [MADE_MEADOW] = {3, 60, 2.6, 9, 22, 0.1, 3, 5, -4},
};

struct canvas {
    int width, height;
    float *plane[3]; /* Y, Cb, Cr, all of full size, 8-bit codes */
};

struct object {
    double x, y, dx, dy;
};

struct made_scene {
    struct made_scene_config config;
    struct vh_scene *demo;
    uint16_t *demo_memory;
    struct canvas back, front; /* scenery; objects beside each other */
    float tile[TILE * TILE];
    int shot; /* the one drawn on the canvases; -1 = none */
    double x, y, dx, dy;
    struct object object[MAX_OBJECTS];
    int n_objects;
    uint64_t random;
    float *row;
};

static double uniform(struct made_scene *s)
{
    s->random += 0x9E3779B97F4A7C15u;
    uint64_t z = s->random;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static double between(struct made_scene *s, double low, double high)
{
    return low + (high - low) * uniform(s);
}

static double normal(struct made_scene *s)
{
    return uniform(s) + uniform(s) + uniform(s) + uniform(s) + uniform(s) + uniform(s) - 3;
}

/* Texture with power falling as 1/f^2: octaves of smooth noise. */
static void make_tile(struct made_scene *s)
{
    memset(s->tile, 0, sizeof s->tile);
    for (int size = 2; size <= TILE / 4; size *= 2)
        for (int y = 0; y < TILE; y += size)
            for (int x = 0; x < TILE; x += size) {
                float v = (float)(0.5 * normal(s));
                for (int j = 0; j < size; j++)
                    for (int i = 0; i < size; i++)
                        s->tile[(y + j) * TILE + x + i] += v;
            }
}

static bool canvas_create(struct canvas *c, int width, int height)
{
    c->width = width;
    c->height = height;
    bool ok = true;
    for (int p = 0; p < 3; p++)
        ok = (c->plane[p] = calloc((size_t)width * (size_t)height, sizeof(float))) && ok;
    return ok;
}

struct leaf {
    double x, y, rx, ry, cosine, sine;
    bool rectangle, windows;
    float colour[3], texture;
    int offset; /* into the texture */
};

static void paint_leaf(struct made_scene *s, struct canvas *c, const struct leaf *l)
{
    double reach = sqrt(l->rx * l->rx + l->ry * l->ry);
    int x0 = (int)fmax(0, l->x - reach), x1 = (int)fmin(c->width - 1, l->x + reach);
    int y0 = (int)fmax(0, l->y - reach), y1 = (int)fmin(c->height - 1, l->y + reach);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double u = ((x - l->x) * l->cosine + (y - l->y) * l->sine) / l->rx;
            double v = ((y - l->y) * l->cosine - (x - l->x) * l->sine) / l->ry;
            if (l->rectangle ? fabs(u) > 1 || fabs(v) > 1 : u * u + v * v > 1)
                continue;
            size_t at = (size_t)y * (size_t)c->width + (size_t)x;
            float grain = l->texture * s->tile[(y * TILE + x + l->offset) % (TILE * TILE)];
            bool hole = l->windows && fmod(fabs(u) * l->rx, 24) < 11 && fmod(fabs(v) * l->ry, 32) < 17;
            c->plane[0][at] = l->colour[0] * (hole ? 0.55f : 1) + grain;
            c->plane[1][at] = l->colour[1] + 0.15f * grain;
            c->plane[2][at] = l->colour[2] - 0.15f * grain;
        }
}

static struct leaf random_leaf(struct made_scene *s, const struct canvas *c, const struct style *style)
{
    double a = 1 - style->steepness, low = pow(style->smallest, a), high = pow(style->largest, a);
    double r = pow(low + uniform(s) * (high - low), 1 / a), turn = between(s, 0, 3.14159);
    struct leaf l = {.x = between(s, 0, c->width),
        .y = between(s, 0, c->height),
        .rx = r,
        .ry = r * between(s, 0.4, 1.6),
        .rectangle = uniform(s) < style->rectangles,
        .texture = (float)(style->texture * uniform(s)),
        .offset = (int)(uniform(s) * TILE * TILE)};
    turn = l.rectangle ? 0.05 * (turn - 1.5) : turn;
    l.cosine = cos(turn);
    l.sine = sin(turn);
    l.windows = l.rectangle && l.rx > 60 && uniform(s) < 0.5;
    double room = 2.6 * l.texture; /* texture stays between black and white */
    l.colour[0] = (float)between(s, 28 + room, 215 - room);
    bool grey = uniform(s) < 0.25;
    l.colour[1] = (float)(128 + (grey ? 0 : style->saturation * normal(s) - 0.5 * style->warm));
    l.colour[2] = (float)(128 + (grey ? 0 : style->saturation * normal(s) + style->warm));
    return l;
}

/* Lens and sensor: [1 6 1] / 8 along the line (-3 dB at 3.7 MHz), [1 2 1] / 4 across. */
static void soften(struct canvas *c, float *row)
{
    for (int p = 0; p < 3; p++) {
        float *d = c->plane[p];
        for (int y = 0; y < c->height; y++) {
            memcpy(row, d + (ptrdiff_t)y * c->width, (size_t)c->width * sizeof *row);
            for (int x = 1; x < c->width - 1; x++)
                d[(ptrdiff_t)y * c->width + x] = (row[x - 1] + 6 * row[x] + row[x + 1]) / 8;
        }
        for (int x = 0; x < c->width; x++) {
            float above = d[x];
            for (int y = 1; y < c->height - 1; y++) {
                float *at = d + (ptrdiff_t)y * c->width + x, here = *at;
                *at = (above + 2 * here + at[c->width]) / 4;
                above = here;
            }
        }
    }
}

static void paint_canvas(struct made_scene *s, struct canvas *c, const struct style *style, double cover)
{
    struct leaf ground = {.x = c->width / 2.0,
        .y = c->height / 2.0,
        .rx = c->width,
        .ry = c->height,
        .cosine = 1,
        .rectangle = true,
        .colour = {(float)between(s, 60, 170), 126, 130},
        .texture = (float)style->texture};
    double area = (double)c->width * c->height, painted = 0;
    paint_leaf(s, c, &ground);
    while (painted < cover * area) {
        struct leaf l = random_leaf(s, c, style);
        painted += 3 * l.rx * l.ry;
        paint_leaf(s, c, &l);
    }
}

/* Some true black and white in a shot, spread so that every view has its share. */
static void paint_extremes(struct made_scene *s, struct canvas *c, const struct style *style)
{
    for (int i = 0; i < 24; i++) {
        struct leaf l = random_leaf(s, c, style);
        l.x = ((double)(i / 2 % 4) + uniform(s)) * c->width / 4;
        l.y = ((double)(i / 8) + uniform(s)) * c->height / 3;
        l.rx = between(s, 22, 50);
        l.ry = between(s, 22, 50);
        l.windows = false;
        l.texture = 0;
        l.colour[0] = i & 1 ? 235 : 16;
        l.colour[1] = l.colour[2] = 128;
        paint_leaf(s, c, &l);
    }
}

static void start_shot(struct made_scene *s, int shot)
{
    const struct style *style = &styles[s->config.kind];
    s->shot = shot;
    s->random = ((uint64_t)s->config.seed << 20) + ((uint64_t)s->config.kind << 8) + (uint64_t)shot;
    make_tile(s);
    paint_canvas(s, &s->back, style, 2.5);
    if (uniform(s) < 0.85)
        paint_extremes(s, &s->back, style);
    soften(&s->back, s->row);
    paint_canvas(s, &s->front, style, 3);
    soften(&s->front, s->row);
    double fast = fmin(style->pan, (SPARE - 16.0) / s->config.shot_fields);
    s->dx = between(s, -fast, fast);
    s->dy = between(s, -fast, fast) / 3;
    s->x = s->dx > 0 ? 4 : SPARE - 4;
    s->y = s->dy > 0 ? 4 : SPARE - 4;
    s->n_objects = 1 + (int)(uniform(s) * MAX_OBJECTS);
    for (int i = 0; i < s->n_objects; i++)
        s->object[i] = (struct object){between(s, 0, s->config.width - OBJECT / 2),
            between(s, 0, s->config.height - OBJECT), between(s, -style->object, style->object),
            between(s, -style->object, style->object) / 3};
}

static void cubic(double f, float w[4])
{
    w[0] = (float)(((-0.5 * f + 1) * f - 0.5) * f);
    w[1] = (float)((1.5 * f - 2.5) * f * f + 1);
    w[2] = (float)(((-1.5 * f + 2) * f + 0.5) * f);
    w[3] = (float)((0.5 * f - 0.5) * f * f);
}

/* Samples of row y of the view at (x, y), n of them, into out. */
static void view_row(
    const struct canvas *c, int plane, double x, double y, int n, float *restrict work, float *restrict out)
{
    int ix = (int)floor(x), iy = (int)floor(y);
    float wx[4], wy[4];
    cubic(x - ix, wx);
    cubic(y - iy, wy);
    ix = ix < 1 ? 1 : ix + n + 3 > c->width ? c->width - n - 3 : ix;
    iy = iy < 1 ? 1 : iy + 3 > c->height ? c->height - 3 : iy;
    const float *r = c->plane[plane] + (ptrdiff_t)(iy - 1) * c->width + ix - 1;
    ptrdiff_t w = c->width;
    for (int i = 0; i < n + 3; i++)
        work[i] = wy[0] * r[i] + wy[1] * r[i + w] + wy[2] * r[i + 2 * w] + wy[3] * r[i + 3 * w];
    for (int i = 0; i < n; i++)
        out[i] = wx[0] * work[i] + wx[1] * work[i + 1] + wx[2] * work[i + 2] + wx[3] * work[i + 3];
}

/* Puts the objects over row y of the picture (row `out`, full width). */
static void draw_objects(struct made_scene *s, int plane, int y, double t, float *out)
{
    float *work = s->row + 4096, *patch = s->row + 8192;
    for (int i = 0; i < s->n_objects; i++) {
        const struct object *o = &s->object[i];
        double ox = o->x + o->dx * t, oy = o->y + o->dy * t, v = (y - oy) / OBJECT * 2 - 1;
        double half = v * v < 1 ? OBJECT / 2.0 * sqrt(1 - v * v) : 0;
        if (half < 1)
            continue;
        int left = (int)floor(ox), from = left < 0 ? 0 : left;
        int to = left + OBJECT < s->config.width ? left + OBJECT : s->config.width;
        view_row(&s->front, plane, 4 + i * (OBJECT + 8) + left - ox + 1, y - oy + 2, OBJECT, work, patch);
        for (int x = from; x < to; x++) {
            double a = half - fabs(x - ox - OBJECT / 2.0) + 0.5;
            float alpha = (float)(a < 0 ? 0 : a > 1 ? 1 : a);
            out[x] += alpha * (patch[x - left] - out[x]);
        }
    }
}

static uint8_t code(float v)
{
    return (uint8_t)(v < 1 ? 1 : v > 254 ? 254 : v + 0.5f);
}

static void draw_shot(struct made_scene *s, double t, uint8_t *out)
{
    int w = s->config.width, h = s->config.height;
    float *work = s->row + 4096, *line = s->row, *before = s->row + 12288;
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < h; y++) {
            view_row(&s->back, p, s->x + s->dx * t, s->y + s->dy * t + y, w, work, line);
            draw_objects(s, p, y, t, line);
            for (int x = 0; x < w && !p; x++)
                *out++ = code(line[x]);
            for (int x = 0; x < w && p && (y & 1); x += 2) {
                float a = line[x ? x - 1 : 0] + 2 * line[x] + line[x + 1];
                float b = before[x ? x - 1 : 0] + 2 * before[x] + before[x + 1];
                *out++ = code((a + b) / 8);
            }
            memcpy(before, line, (size_t)w * sizeof *line);
        }
}

static void draw_demo(struct made_scene *s, int shot, double t, uint8_t *out)
{
    int w = s->config.width, h = s->config.height;
    size_t n = (size_t)w * (size_t)h;
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    image.plane[0] = (struct vh_plane){s->demo_memory, w, w, h};
    image.plane[1] = (struct vh_plane){s->demo_memory + n, w / 2, w / 2, h / 2};
    image.plane[2] = (struct vh_plane){s->demo_memory + n * 5 / 4, w / 2, w / 2, h / 2};
    double from = s->config.seed % 97 * 0.37 + 3.7 * shot;
    vh_scene_render(s->demo, from + t / s->config.field_rate, &image, NULL);
    for (size_t i = 0; i < n * 3 / 2; i++)
        out[i] = (uint8_t)((s->demo_memory[i] + 128) >> 8);
}

struct made_scene *made_scene_create(const struct made_scene_config *config)
{
    struct made_scene *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->config = *config;
    s->shot = -1;
    s->row = calloc(5 * 4096, sizeof *s->row);
    bool ok = s->row && config->width + SPARE < 4096;
    if (ok && config->kind == MADE_DEMO) {
        s->demo_memory = calloc((size_t)config->width * (size_t)config->height * 3 / 2, sizeof(uint16_t));
        ok = s->demo_memory && vh_scene_create(&s->demo, NULL) == 0;
    } else if (ok) {
        ok = canvas_create(&s->back, config->width + SPARE, config->height + SPARE) &&
             canvas_create(&s->front, 8 + MAX_OBJECTS * (OBJECT + 8) + 8, OBJECT + 8);
    }
    if (!ok)
        made_scene_destroy(&s);
    return s;
}

void made_scene_destroy(struct made_scene **scene)
{
    if (!*scene)
        return;
    for (int p = 0; p < 3; p++) {
        free((*scene)->back.plane[p]);
        free((*scene)->front.plane[p]);
    }
    vh_scene_destroy(&(*scene)->demo);
    free((*scene)->demo_memory);
    free((*scene)->row);
    free(*scene);
    *scene = NULL;
}

void made_scene_draw(struct made_scene *scene, int shot, double instant, uint8_t *out)
{
    if (scene->config.kind == MADE_DEMO) {
        draw_demo(scene, shot, instant, out);
        return;
    }
    if (scene->shot != shot)
        start_shot(scene, shot);
    draw_shot(scene, instant, out);
}

const char *made_scene_name(enum made_scene_kind kind)
{
    static const char *const name[] = {"leaves", "street", "portrait", "meadow", "demo"};
    return name[kind];
}
