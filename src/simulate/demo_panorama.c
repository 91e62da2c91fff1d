/* The view behind the demo scene, painted once: hard edges and fine texture, then softened by [1 2 1] each
 * way so that no detail is finer than the samples of a tape's raster can carry. */
#include "counter_random.h"
#include "demo_scene_private.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static struct vh_colour *at(struct vh_colour *p, int x, int y)
{
    return &p[(ptrdiff_t)y * PANORAMA_WIDTH + (x & (PANORAMA_WIDTH - 1))];
}

static struct vh_colour shade(struct vh_colour c, double gain)
{
    return (struct vh_colour){
        (float)fmin(c.r * gain, 1), (float)fmin(c.g * gain, 1), (float)fmin(c.b * gain, 1)};
}

/* A random number in [0, 1) of a place. */
static double grain(int x, int y, int what)
{
    uint64_t key = vh_random_key((uint64_t)what, VH_RANDOM_SCENE, x & (PANORAMA_WIDTH - 1), y);
    return vh_random_uniform(&key);
}

/* Smooth noise with cells of `cell` units (a power of two), 0 … 1. */
static double clouds(int x, int y, int cell, int what)
{
    int cx = x / cell, cy = y / cell, wrap = PANORAMA_WIDTH / cell;
    double fx = (double)(x % cell) / cell, fy = (double)(y % cell) / cell;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    double a = grain(cx % wrap, cy, what), b = grain((cx + 1) % wrap, cy, what);
    double c = grain(cx % wrap, cy + 1, what), d = grain((cx + 1) % wrap, cy + 1, what);
    return (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy;
}

static void draw_sky(struct vh_colour *p)
{
    const struct vh_colour high = {0.25f, 0.45f, 0.80f}, low = {0.75f, 0.85f, 0.95f},
                           white = {0.97f, 0.97f, 0.97f};
    for (int y = 0; y < PANORAMA_HEIGHT; y++)
        for (int x = 0; x < PANORAMA_WIDTH; x++) {
            double c = 0.5 * clouds(x, 2 * y, 128, 1) + 0.3 * clouds(x, 2 * y, 64, 2) +
                       0.2 * clouds(x, 2 * y, 16, 3);
            struct vh_colour sky = vh_colour_blend(high, low, (float)fmin(y / 330.0, 1));
            *at(p, x, y) = vh_colour_blend(sky, white, (float)fmin(fmax(3 * (c - 0.52), 0), 0.9));
        }
}

static void draw_hills(struct vh_colour *p)
{
    const struct vh_colour far_hill = {0.35f, 0.47f, 0.52f}, near_hill = {0.27f, 0.42f, 0.20f};
    const double turn = 2 * 3.14159265358979323846 / PANORAMA_WIDTH;
    for (int x = 0; x < PANORAMA_WIDTH; x++) {
        double far_top = 250 + 40 * sin(2 * turn * x) + 18 * sin(5 * turn * x + 1) + 4 * sin(31 * turn * x);
        double near_top = 320 + 25 * sin(3 * turn * x + 2) + 9 * sin(11 * turn * x);
        for (int y = (int)far_top; y < PANORAMA_HEIGHT; y++) {
            bool near = y >= near_top;
            double tone = near ? 0.75 + 0.5 * grain(x / 2, y / 2, 5) : 0.9 + 0.2 * clouds(x, y, 8, 6);
            *at(p, x, y) = shade(near ? near_hill : far_hill, tone);
        }
    }
}

static void draw_grass(struct vh_colour *p)
{
    const struct vh_colour grass = {0.30f, 0.52f, 0.16f}, dry = {0.62f, 0.58f, 0.30f};
    for (int x = 0; x < PANORAMA_WIDTH; x++)
        for (int y = 430; y < PANORAMA_HEIGHT; y++) {
            double blade = grain(x, y / 9, 7), patch = clouds(x, y, 32, 8);
            *at(p, x, y) = shade(vh_colour_blend(grass, dry, (float)(patch * 0.6)), 0.55 + 0.8 * blade);
        }
}

static void fill(struct vh_colour *p, int x0, int y0, int x1, int y1, struct vh_colour c)
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            *at(p, x, y) = c;
}

static void draw_bricks(struct vh_colour *p, int x0, int y0, int x1, int y1)
{
    const struct vh_colour brick = {0.62f, 0.27f, 0.20f}, mortar = {0.72f, 0.68f, 0.62f};
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            int row = (y - y0) / 8, column = (x - x0 + (row & 1) * 10) / 20;
            bool joint = (y - y0) % 8 < 2 || (x - x0 + (row & 1) * 10) % 20 < 2;
            *at(p, x, y) = joint ? mortar : shade(brick, 0.8 + 0.4 * grain(column, row, 9));
        }
}

static void draw_house(struct vh_colour *p, int x0)
{
    const struct vh_colour frame = {0.92f, 0.92f, 0.88f}, glass = {0.16f, 0.22f, 0.32f},
                           door = {0.12f, 0.32f, 0.22f};
    draw_bricks(p, x0, 270, x0 + 360, 440);
    for (int y = 200; y < 270; y++) /* roof with rows of tiles */
        for (int x = x0 - 20 + (270 - y) / 2; x < x0 + 380 - (270 - y) / 2; x++) {
            double tile = (y % 7 < 2 ? 0.6 : 1) * ((x + (y / 7) * 5) % 10 < 2 ? 0.75 : 1);
            *at(p, x, y) = shade((struct vh_colour){0.45f, 0.30f, 0.24f}, tile);
        }
    for (int i = 0; i < 4; i++) {
        int x = x0 + 24 + i * 86, y = 300;
        if (i == 2) {
            fill(p, x, 340, x + 50, 440, door);
            fill(p, x + 40, 390, x + 44, 396, frame);
            continue;
        }
        fill(p, x, y, x + 56, y + 80, frame);
        fill(p, x + 5, y + 5, x + 26, y + 37, glass);
        fill(p, x + 30, y + 5, x + 51, y + 37, glass);
        fill(p, x + 5, y + 42, x + 26, y + 75, glass);
        fill(p, x + 30, y + 42, x + 51, y + 75, glass);
    }
}

/* Leaves over leaves: discs of random size and tone inside an ellipse, smaller ones more often. */
static void draw_tree(struct vh_colour *p, int x0, int y0, int what)
{
    fill(p, x0 - 7, y0, x0 + 7, 440, (struct vh_colour){0.25f, 0.18f, 0.12f});
    uint64_t key = vh_random_key((uint64_t)what, VH_RANDOM_SCENE, x0, y0);
    for (int i = 0; i < 2600; i++) {
        double turn = 6.2831853 * vh_random_uniform(&key), out = sqrt(vh_random_uniform(&key));
        double cx = x0 + 75 * out * cos(turn), cy = y0 - 30 + 85 * out * sin(turn);
        double radius = 1.2 / sqrt(0.02 + vh_random_uniform(&key)),
               tone = 0.35 + 0.9 * vh_random_uniform(&key);
        struct vh_colour leaf =
            shade((struct vh_colour){0.25f, 0.42f, 0.14f}, tone * (1.2 - 0.4 * out * sin(turn)));
        for (int y = (int)(cy - radius); y <= cy + radius; y++)
            for (int x = (int)(cx - radius); x <= cx + radius; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius && y >= 0)
                    *at(p, x, y) = leaf;
    }
}

static void draw_fence(struct vh_colour *p, int x0, int x1)
{
    const struct vh_colour wood = {0.88f, 0.87f, 0.82f};
    fill(p, x0, 405, x1, 411, shade(wood, 0.8));
    fill(p, x0, 435, x1, 441, shade(wood, 0.8));
    for (int x = x0; x < x1; x += 14)
        for (int y = 388; y < 456; y++) {
            int half = y < 394 ? (y - 388) * 4 / 6 : 4;
            fill(p, x + 4 - half, y, x + 4 + half, y + 1, shade(wood, 0.9 + 0.1 * grain(x, y / 3, 10)));
        }
}

static void soften(struct vh_colour *p)
{
    for (int pass = 0; pass < 2; pass++) {
        ptrdiff_t step = pass ? PANORAMA_WIDTH : 1, lines = pass ? PANORAMA_WIDTH : PANORAMA_HEIGHT;
        ptrdiff_t n = pass ? PANORAMA_HEIGHT : PANORAMA_WIDTH, across = pass ? 1 : PANORAMA_WIDTH;
        for (ptrdiff_t line = 0; line < lines; line++) {
            struct vh_colour *l = p + line * across, before = l[0];
            for (ptrdiff_t i = 1; i + 1 < n; i++) {
                struct vh_colour c = l[i * step], next = l[(i + 1) * step];
                l[i * step] = (struct vh_colour){(before.r + 2 * c.r + next.r) / 4,
                    (before.g + 2 * c.g + next.g) / 4, (before.b + 2 * c.b + next.b) / 4};
                before = c;
            }
        }
    }
}

void vh_scene_draw_panorama(struct vh_colour *panorama)
{
    draw_sky(panorama);
    draw_hills(panorama);
    draw_grass(panorama);
    draw_house(panorama, 320);
    draw_house(panorama, 1400);
    draw_tree(panorama, 240, 350, 11);
    draw_tree(panorama, 820, 330, 12);
    draw_tree(panorama, 1280, 345, 13);
    draw_tree(panorama, 1880, 335, 14);
    draw_fence(panorama, 860, 1370);
    draw_fence(panorama, 1800, 2040);
    soften(panorama);
}
