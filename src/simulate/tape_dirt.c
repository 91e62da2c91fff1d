/* Dirt: dark or bright spots that cover several lines and are there in one field only. Ellipses of 3 to 12 px
 * by 1 to 4 lines either way with a soft rim of a quarter; where they cover, colour goes too. */
#include "tape_private.h"

#include "counter_random.h"

#include <math.h>

enum { MOST = 40 };

struct spot {
    double x, y, rx, ry; /* luma samples and lines of the field */
    double code;
};

static double cover_at(const struct spot *s, double x, double y)
{
    double dx = (x - s->x) / s->rx, dy = (y - s->y) / s->ry, r = sqrt(dx * dx + dy * dy);
    return fmin(fmax((1.125 - r) / 0.25, 0), 1);
}

/* `scale`: luma samples and lines per sample of the plane. */
static void draw_spot(const struct spot *s, const struct vh_plane *p, int scale_x, int scale_y, double code)
{
    int y0 = (int)floor((s->y - 1.2 * s->ry) / scale_y), y1 = (int)ceil((s->y + 1.2 * s->ry) / scale_y);
    int x0 = (int)floor((s->x - 1.2 * s->rx) / scale_x), x1 = (int)ceil((s->x + 1.2 * s->rx) / scale_x);
    for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < p->height; y++)
        for (int x = x0 < 0 ? 0 : x0; x <= x1 && x < p->width; x++) {
            uint16_t *sample = p->data + y * p->stride + x;
            double cover = cover_at(s, (x + 0.5) * scale_x - 0.5, (y + 0.5) * scale_y - 0.5);
            *sample = (uint16_t)lrint(*sample + cover * (code * VH_CODE - *sample));
        }
}

void vh_simulate_draw_dirt(const struct vh_simulate *tape, int64_t field, const struct vh_image *lines)
{
    if (tape->options.dirt <= 0)
        return;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_DIRT, field, 0);
    int n = vh_random_count(&key, tape->options.dirt);
    for (int i = 0; i < n && i < MOST; i++) {
        struct spot s = {
            .rx = (3 + 9 * vh_random_uniform(&key)) * tape->px, .ry = 1 + 3 * vh_random_uniform(&key)};
        s.x = vh_random_uniform(&key) * lines->plane[0].width;
        s.y = vh_random_uniform(&key) * lines->plane[0].height;
        s.code = vh_random_uniform(&key) < 0.5 ? 16 + 24 * vh_random_uniform(&key)
                                               : 235 - 24 * vh_random_uniform(&key);
        draw_spot(&s, &lines->plane[0], 1, 1, s.code);
        for (int p = 1; p < lines->n_planes; p++)
            draw_spot(&s, &lines->plane[p], 1 << lines->sub_x, 1 << lines->sub_y, 128);
    }
}
