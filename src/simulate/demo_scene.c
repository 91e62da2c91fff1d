/* The demo scene: per pixel, from the back to the front, each thing covering what is behind it. Edges are
 * covered in part by their distance, so nothing has stairs and motion is smooth below a pixel. */
#include "simulate/demo_scene.h"

#include "core/memory.h"
#include "core/status.h"
#include "demo_scene_private.h"
#include "simulate/stroke_font.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
enum {
    CANVAS_WIDTH = 768,
    CANVAS_HEIGHT = 576,
    CAPTION_WIDTH = 560,
    CAPTION_HEIGHT = 64,
    COUNTER_HEIGHT = 40
};

struct vh_scene {
    struct vh_colour *panorama;
    float *credits; /* coverage, CREDITS_WIDTH * CREDITS_HEIGHT */
    float *caption; /* coverage, CAPTION_WIDTH * CAPTION_HEIGHT */
    float *counter; /* coverage, CAPTION_WIDTH * COUNTER_HEIGHT */
};

/* What of the scene depends on the time alone. */
struct moment {
    double t; /* in fiftieths of a second */
    double pan, sway;
    double ball_x, ball_y, ball_turn;
    double wheel_turn;
    double head_x, head_y, eye_open, mouth_open, gaze;
    double roll;
};

static struct moment moment_at(double time_s)
{
    struct moment m = {.t = time_s * 50};
    double t = m.t;
    m.pan = 1.7 * t;
    m.sway = 12 + 5 * sin(t * 0.031) + 1.5 * sin(t * 0.17);
    m.ball_x = fmod(9 * t, CANVAS_WIDTH + 160) - 80;
    m.ball_y = 470 - fabs(190 * sin(t * 0.045));
    m.ball_turn = 0.16 * t;
    m.wheel_turn = 0.02 * t;
    m.head_x = 170 + 14 * sin(t * 0.023);
    m.head_y = 372 + 6 * sin(t * 0.041);
    double blink = fmod(t, 145);
    m.eye_open = blink < 8 ? fabs(blink - 4) / 4 : 1;
    m.mouth_open = 0.5 + 0.5 * sin(t * 0.33) * sin(t * 0.071);
    m.gaze = 4 * sin(t * 0.015);
    m.roll = t;
    return m;
}

static inline double radius(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* Coverage of a pixel whose centre lies `inside` units inside an edge. */
static inline float edge(double inside)
{
    return inside <= -0.55 ? 0 : inside >= 0.55 ? 1 : (float)(0.5 + inside / 1.1);
}

static struct vh_colour sample_panorama(const struct vh_scene *s, double x, double y)
{
    double fx = floor(x), fy = floor(y);
    int x0 = (int)fx & (PANORAMA_WIDTH - 1), x1 = (x0 + 1) & (PANORAMA_WIDTH - 1);
    int y0 = fy < 0 ? 0 : fy > PANORAMA_HEIGHT - 2 ? PANORAMA_HEIGHT - 2 : (int)fy;
    float a = (float)(x - fx), b = (float)(y - fy);
    const struct vh_colour *l0 = s->panorama + (ptrdiff_t)y0 * PANORAMA_WIDTH, *l1 = l0 + PANORAMA_WIDTH;
    return vh_colour_blend(vh_colour_blend(l0[x0], l0[x1], a), vh_colour_blend(l1[x0], l1[x1], a), b);
}

/* Bilinear coverage of a mask, 0 outside. With `wrap`, rows repeat. */
static float sample_mask(const float *mask, int width, int height, double x, double y, bool wrap)
{
    double fx = floor(x), fy = floor(y);
    int x0 = (int)fx, y0 = (int)fy, y1 = y0 + 1;
    if (wrap) {
        y0 &= height - 1;
        y1 &= height - 1;
    }
    if (x0 < 0 || x0 + 1 >= width || y0 < 0 || y1 >= height)
        return 0;
    float a = (float)(x - fx), b = (float)(y - fy);
    const float *l0 = mask + (ptrdiff_t)y0 * width, *l1 = mask + (ptrdiff_t)y1 * width;
    float upper = l0[x0] + (l0[x0 + 1] - l0[x0]) * a, lower = l1[x0] + (l1[x0 + 1] - l1[x0]) * a;
    return upper + (lower - upper) * b;
}

/* ---- things, back to front ---- */

static struct vh_colour wheel(const struct moment *m, double x, double y, struct vh_colour c)
{
    const double cx = 425, cy = 190, outer = 105;
    double dx = x - cx, dy = y - cy, r = radius(dx, dy);
    if (r > outer + 16)
        return c;
    const struct vh_colour steel = {0.85f, 0.20f, 0.18f}, hub = {0.95f, 0.85f, 0.30f};
    c = vh_colour_blend(c, steel, edge(4 - fabs(r - outer)));
    c = vh_colour_blend(c, steel, edge(2 - fabs(r - 60)));
    double spoke = 2 * pi / 12, angle = atan2(dy, dx) + m->wheel_turn;
    double off = fmod(angle + 8 * pi, spoke) - spoke / 2;
    if (r < outer)
        c = vh_colour_blend(c, steel, edge(1.6 - fabs(r * sin(off))));
    c = vh_colour_blend(c, hub, edge(14 - r));
    double nearest = floor((angle + 8 * pi) / spoke) * spoke + spoke / 2 - m->wheel_turn;
    double gx = cx + outer * cos(nearest), gy = cy + outer * sin(nearest) + 7;
    return vh_colour_blend(c, hub, edge(8 - radius(x - gx, y - gy)));
}

static struct vh_colour head(const struct moment *m, double x, double y, struct vh_colour c)
{
    double dx = x - m->head_x, dy = y - m->head_y;
    if (fabs(dx) > 130 || dy < -130 || dy > 220)
        return c;
    const struct vh_colour skin = {0.87f, 0.67f, 0.55f}, hair = {0.23f, 0.13f, 0.08f},
                           white = {0.96f, 0.96f, 0.95f};
    const struct vh_colour iris = {0.15f, 0.35f, 0.55f}, dark = {0.06f, 0.05f, 0.05f},
                           lips = {0.72f, 0.25f, 0.27f};
    const struct vh_colour shirt = {0.15f, 0.28f, 0.62f}, stripe = {0.93f, 0.90f, 0.82f};
    /* shoulders with a striped shirt */
    double body = 1 - (dx * dx / (118.0 * 118.0) + (dy - 175) * (dy - 175) / (90.0 * 90.0));
    c = vh_colour_blend(
        c, vh_colour_blend(shirt, stripe, edge(3 - fabs(fmod(dy + 400, 14) - 7))), edge(body * 45));
    c = vh_colour_blend(c, skin, edge(fmin(24 - fabs(dx), 50 - fabs(dy - 70))));
    /* hair behind, face, fringe */
    double crown = radius(dx / 0.86, (dy + 12) / 1.02);
    c = vh_colour_blend(c, hair, edge(92 - crown));
    double face = radius(dx / 0.76, dy + 2), light = 1 + 0.10 * (-dx - dy) / 90;
    struct vh_colour lit = {(float)(skin.r * light), (float)(skin.g * light), (float)(skin.b * light)};
    c = vh_colour_blend(c, lit, edge(84 - face));
    double strands = 3 * sin(dx * 0.9) + 2 * sin(dx * 2.1);
    c = vh_colour_blend(c, hair, edge(fmin(84 - face, -48 - dy + strands)));
    for (int side = -1; side <= 1; side += 2) {
        double ex = dx - side * 27, ey = dy + 14;
        double lid = 1 - (ex * ex / (15.0 * 15.0) +
                             ey * ey / (fmax(8.5 * m->eye_open, 1) * fmax(8.5 * m->eye_open, 1)));
        float open = edge(lid * 5);
        struct vh_colour eye = vh_colour_blend(white, iris, edge(7 - radius(ex - m->gaze, ey)));
        eye = vh_colour_blend(eye, dark, edge(3.2 - radius(ex - m->gaze, ey)));
        eye = vh_colour_blend(eye, white, edge(1.2 - radius(ex - m->gaze + 2, ey + 2)));
        c = vh_colour_blend(c, eye, open);
        c = vh_colour_blend(c, hair, edge(fmin(2.2 - fabs(ey + 17 - ex * ex * 0.014), 17 - fabs(ex))));
    }
    c = vh_colour_blend(c, (struct vh_colour){0.70f, 0.48f, 0.38f},
        edge(fmin(1.5 - fabs(dx - 5 - (dy - 4) * 0.2), 14 - fabs(dy - 6))));
    double mouth_h = 3 + 8 * m->mouth_open, my = dy - 44 + 0.008 * dx * dx;
    double mouth = 1 - (dx * dx / (25.0 * 25.0) + my * my / (mouth_h * mouth_h));
    c = vh_colour_blend(c, lips, edge(mouth * mouth_h / 2 + 1));
    return vh_colour_blend(c, dark, edge(mouth * mouth_h / 2 - 1.5));
}

static struct vh_colour ball(const struct moment *m, double x, double y, struct vh_colour c)
{
    double dx = x - m->ball_x, dy = y - m->ball_y, r = radius(dx, dy);
    if (r > 36)
        return c;
    const struct vh_colour red = {0.85f, 0.15f, 0.12f}, cream = {0.96f, 0.93f, 0.80f};
    double u = dx * cos(m->ball_turn) + dy * sin(m->ball_turn);
    struct vh_colour skin = vh_colour_blend(red, cream, edge(5.5 - fabs(fmod(u + 66, 22) - 11)));
    return vh_colour_blend(c, skin, edge(34 - r));
}

/* Gratings of 1 to 4 MHz: a grating of f MHz has 52 f periods over a line's 768 units (52 us). */
static struct vh_colour gratings(double x, double y, struct vh_colour c)
{
    const double left = 452, top = 432, width = 64, height = 60;
    if (x < left || x >= left + 4 * width || y < top || y >= top + height + 18)
        return c;
    int field = (int)((x - left) / width);
    if (y >= top + height) { /* colour bars, 75 % */
        static const struct vh_colour bars[8] = {{0.75f, 0.75f, 0.75f}, {0.75f, 0.75f, 0}, {0, 0.75f, 0.75f},
            {0, 0.75f, 0}, {0.75f, 0, 0.75f}, {0.75f, 0, 0}, {0, 0, 0.75f}, {0, 0, 0}};
        return bars[(int)((x - left) / (width / 2))];
    }
    double wave = 0.5 + 0.42 * sin(2 * pi * 52.0 * (field + 1) * (x - left) / CANVAS_WIDTH);
    return (struct vh_colour){(float)wave, (float)wave, (float)wave};
}

static struct vh_colour words(
    const struct vh_scene *s, const struct moment *m, double x, double y, struct vh_colour c)
{
    const struct vh_colour white = {0.98f, 0.98f, 0.98f}, shadow = {0.03f, 0.03f, 0.04f},
                           yellow = {0.98f, 0.88f, 0.25f};
    double cx = x - 556, cy = y + m->roll;
    if (cx > 0 && y > 60 && y < 420) {
        c = vh_colour_blend(
            c, shadow, sample_mask(s->credits, CREDITS_WIDTH, CREDITS_HEIGHT, cx - 2, cy - 2, true));
        c = vh_colour_blend(c, white, sample_mask(s->credits, CREDITS_WIDTH, CREDITS_HEIGHT, cx, cy, true));
    }
    if (y > 504) {
        double tx = x - 40, ty = y - 506;
        c = vh_colour_blend(
            c, shadow, sample_mask(s->caption, CAPTION_WIDTH, CAPTION_HEIGHT, tx - 2.5, ty - 2.5, false));
        c = vh_colour_blend(c, yellow, sample_mask(s->caption, CAPTION_WIDTH, CAPTION_HEIGHT, tx, ty, false));
    }
    if (y < 80)
        c = vh_colour_blend(
            c, white, sample_mask(s->counter, CAPTION_WIDTH, COUNTER_HEIGHT, x - 48, y - 34, false));
    return c;
}

static struct vh_colour colour_at(const struct vh_scene *s, const struct moment *m, double x, double y)
{
    struct vh_colour c = sample_panorama(s, x + m->pan, y + m->sway);
    c = wheel(m, x, y, c);
    c = head(m, x, y, c);
    c = ball(m, x, y, c);
    c = gratings(x, y, c);
    return words(s, m, x, y, c);
}

/* ---- pictures ---- */

struct render {
    const struct vh_scene *scene;
    struct moment moment;
    struct vh_image out;
};

static uint16_t sample_of(double code)
{
    double v = code * VH_CODE + 0.5;
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

/* BT.601, limited range, in codes. */
static double luma_of(struct vh_colour c)
{
    return 16 + 219 * (0.299 * c.r + 0.587 * c.g + 0.114 * c.b);
}

static void chroma_of(struct vh_colour c, double *cb, double *cr)
{
    double y = 0.299 * c.r + 0.587 * c.g + 0.114 * c.b;
    *cb = 224 * (c.b - y) / 1.772;
    *cr = 224 * (c.r - y) / 1.402;
}

/* Rows of chroma [y0, y1) and the luma rows that belong to them. */
static void render_rows(const struct render *r, int y0, int y1, double *cb, double *cr)
{
    struct vh_plane luma = r->out.plane[0];
    int step = r->out.n_planes > 1 ? 1 << r->out.sub_y : 1,
        across = r->out.n_planes > 1 ? 1 << r->out.sub_x : 1;
    double ux = (double)CANVAS_WIDTH / luma.width, uy = (double)CANVAS_HEIGHT / luma.height;
    for (int row = y0; row < y1; row++) {
        memset(cb, 0, ((size_t)luma.width + 2) * sizeof *cb);
        memset(cr, 0, ((size_t)luma.width + 2) * sizeof *cr);
        int lines = 0;
        for (int y = row * step; y < (row + 1) * step && y < luma.height; y++, lines++)
            for (int x = 0; x < luma.width; x++) {
                struct vh_colour c = colour_at(r->scene, &r->moment, (x + 0.5) * ux, (y + 0.5) * uy);
                luma.data[y * luma.stride + x] = sample_of(luma_of(c));
                double b, d;
                chroma_of(c, &b, &d);
                cb[x + 1] += b;
                cr[x + 1] += d;
            }
        cb[0] = cb[1], cr[0] = cr[1];
        cb[luma.width + 1] = cb[luma.width], cr[luma.width + 1] = cr[luma.width];
        for (int i = 1; i < r->out.n_planes; i++) {
            struct vh_plane p = r->out.plane[i];
            const double *sum = i == 1 ? cb : cr;
            for (int x = 0; x < p.width; x++) {
                const double *at = sum + 1 + (x * across < luma.width ? x * across : luma.width - 1);
                double v = across > 1 ? (at[-1] + 2 * at[0] + at[1]) / 4 : at[0];
                p.data[row * p.stride + x] = sample_of(128 + v / lines);
            }
        }
    }
}

static void render_slice(void *arg, int index, int n)
{
    const struct render *r = arg;
    const struct vh_plane *last = &r->out.plane[r->out.n_planes - 1];
    size_t room = (size_t)r->out.plane[0].width + 2;
    double *chroma = vh_alloc(2 * room, sizeof *chroma);
    int y0, y1;
    vh_pool_rows(last->height, index, n, &y0, &y1);
    if (chroma)
        render_rows(r, y0, y1, chroma, chroma + room);
    vh_free(chroma);
}

void vh_scene_render(
    const struct vh_scene *scene, double time_s, const struct vh_image *out, struct vh_pool *pool)
{
    struct render r = {scene, moment_at(time_s), *out};
    vh_pool_run(pool, render_slice, &r, 32);
}

/* ---- life ---- */

static void write_credits(float *mask)
{
    static const char *const lines[] = {"CAST", "", "THE FACE", "THE WHEEL", "THE BALL", "", "CAMERA", "",
        "A FORMULA", "", "SOUND", "", "SINE WAVES", "", "SHOT ON", "", "NO TAPE", "AT ALL", "", "RESTORED",
        "BY VHSUP", "", "1989 - 2026", "", "THE END"};
    const struct vh_font_style style = {.height = 18, .stroke = 3, .stretch_x = 1};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        vh_font_cover(mask, CREDITS_WIDTH, CREDITS_HEIGHT, lines[i], 8, 20 + 38.0 * (double)i, &style);
}

int vh_scene_create(struct vh_scene **scene, const struct vh_log *log)
{
    struct vh_scene *s = *scene = vh_alloc(1, sizeof *s);
    if (!s)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the demo scene");
    s->panorama = vh_alloc((size_t)PANORAMA_WIDTH * PANORAMA_HEIGHT, sizeof *s->panorama);
    s->credits = vh_alloc((size_t)CREDITS_WIDTH * CREDITS_HEIGHT, sizeof *s->credits);
    s->caption = vh_alloc((size_t)CAPTION_WIDTH * CAPTION_HEIGHT, sizeof *s->caption);
    s->counter = vh_alloc((size_t)CAPTION_WIDTH * COUNTER_HEIGHT, sizeof *s->counter);
    if (!s->panorama || !s->credits || !s->caption || !s->counter) {
        vh_scene_destroy(scene);
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the demo scene");
    }
    vh_scene_draw_panorama(s->panorama);
    write_credits(s->credits);
    const struct vh_font_style large = {.height = 26, .stroke = 5, .stretch_x = 1};
    const struct vh_font_style small = {.height = 12, .stroke = 2, .stretch_x = 1};
    const struct vh_font_style counter = {.height = 20, .stroke = 3.5, .stretch_x = 1};
    vh_font_cover(s->caption, CAPTION_WIDTH, CAPTION_HEIGHT, "SUMMER 1989", 6, 6, &large);
    vh_font_cover(s->caption, CAPTION_WIDTH, CAPTION_HEIGHT, "A HOME VIDEO FOR VHSUP: FINE PRINT TO READ", 6,
        44, &small);
    vh_font_cover(s->counter, CAPTION_WIDTH, COUNTER_HEIGHT, "PLAY >  SP 0:07:31", 6, 8, &counter);
    return VH_OK;
}

void vh_scene_destroy(struct vh_scene **scene)
{
    if (!scene || !*scene)
        return;
    vh_free((*scene)->panorama);
    vh_free((*scene)->credits);
    vh_free((*scene)->caption);
    vh_free((*scene)->counter);
    vh_freep(scene);
}
