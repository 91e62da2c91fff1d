/* Writes scenes that are hard on motion compensation, as raw 8-bit 4:2:0 pictures at field rate.
 *
 *   hard_scene KIND PICTURES > OUT.yuv        720x576; deinterlace_hard.sh makes clips of them and the table
 *
 * KIND is slow10, slow20, slow35 (a textured scene that creeps down by so many hundredths of a frame line a
 * field, which shows a field's missing lines almost, but not quite, where its neighbours had theirs), or
 * grille (rows of bars and windows, all alike, that pass by 2.3 samples and 0.45 lines a field: many vectors
 * match equally well). Pictures are drawn three times as large and reduced by area at their place, so that
 * every displacement is exact.
 */
#include "made_scene.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    W = 720,
    H = 576,
    SCALE = 3,
    MARGIN = 40,
    BIG_W = (W + 2 * MARGIN) * SCALE,
    BIG_H = (H + 2 * MARGIN) * SCALE
};

struct plane {
    const uint8_t *data;
    int width, height;
};

/* The mean of `large` over [x, x + SCALE) by [y, y + SCALE). */
static double area(const struct plane *large, double x, double y)
{
    int x0 = (int)floor(x), y0 = (int)floor(y);
    double fx = x - x0, fy = y - y0, sum = 0;
    for (int j = 0; j <= SCALE; j++)
        for (int i = 0; i <= SCALE; i++) {
            double wx = i == 0 ? 1 - fx : i == SCALE ? fx : 1, wy = j == 0 ? 1 - fy : j == SCALE ? fy : 1;
            sum += wx * wy * large->data[(size_t)(y0 + j) * (size_t)large->width + (size_t)(x0 + i)];
        }
    return sum / (SCALE * SCALE);
}

static void write_plane(const struct plane *large, int sub, double dx, double dy)
{
    for (int y = 0; y < H >> sub; y++)
        for (int x = 0; x < W >> sub; x++) {
            double at_x = SCALE * ((MARGIN >> sub) + x + dx / (1 << sub)),
                   at_y = SCALE * ((MARGIN >> sub) + y + dy / (1 << sub));
            putchar((int)(area(large, at_x, at_y) + 0.5));
        }
}

/* Bars of 9 samples, windows of 22 by 18 in rows, all alike. */
static void draw_grille(uint8_t *out)
{
    uint8_t *u = out + (size_t)BIG_W * BIG_H, *v = u + (size_t)BIG_W * BIG_H / 4;
    for (int y = 0; y < BIG_H; y++)
        for (int x = 0; x < BIG_W; x++) {
            int px = x / SCALE % 44, py = y / SCALE % 36;
            bool window = px >= 11 && px < 33 && py >= 9 && py < 27, bar = x % (9 * SCALE) < 4 * SCALE;
            out[(size_t)y * BIG_W + (size_t)x] = window ? (py % 6 < 2 ? 90 : 40) : bar ? 180 : 120;
        }
    memset(u, 118, (size_t)BIG_W * BIG_H / 4);
    memset(v, 140, (size_t)BIG_W * BIG_H / 4);
}

static void draw_shot(uint8_t *out)
{
    struct made_scene_config config = {.kind = MADE_STREET,
        .seed = 11,
        .width = BIG_W,
        .height = BIG_H,
        .field_rate = 50,
        .shot_fields = 100};
    struct made_scene *scene = made_scene_create(&config);
    if (scene)
        made_scene_draw(scene, 0, 0, out);
    made_scene_destroy(&scene);
}

int main(int argc, char **argv)
{
    bool grille = argc > 1 && !strcmp(argv[1], "grille");
    int slow = argc > 1 && !strncmp(argv[1], "slow", 4) ? atoi(argv[1] + 4) : 0,
        n = argc > 2 ? atoi(argv[2]) : 0;
    if ((!grille && slow < 1) || slow > 100 || n < 1 || n > 60) {
        fprintf(stderr, "usage: hard_scene slowNN|grille 1 to 60\n");
        return 2;
    }
    double dx = grille ? 2.3 : 0.05, dy = grille ? 0.45 : slow / 100.0;
    uint8_t *large = malloc((size_t)BIG_W * BIG_H * 3 / 2);
    if (!large)
        return 1;
    if (grille)
        draw_grille(large);
    else
        draw_shot(large);
    for (int k = 0; k < n; k++) {
        const uint8_t *p = large;
        for (int i = 0; i < 3; i++) {
            struct plane plane = {p, i ? BIG_W / 2 : BIG_W, i ? BIG_H / 2 : BIG_H};
            /* the camera moves: what is drawn passes the other way; centred, so that margins suffice */
            write_plane(
                &plane, i > 0, grille ? fmod(dx * k, 44) - 22 : dx * k, (grille ? dy * k - 13 : dy * k));
            p += (size_t)plane.width * (size_t)plane.height;
        }
    }
    free(large);
    return 0;
}
