/* Differences and order of two frames. Samples are taken with 10 bits, so that the squares of a block fit
 * into 32 bits. */
#include "evidence/frame_pair.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    HALVED = 512, /* widths from here on are halved */
    MIN_SIZE = 32,
    MARGIN = 16,   /* part of width and height left out at each side */
    SWITCHED = 12, /* lines at the bottom that the head switch may tear */
    BLOCK = 8,     /* samples and field lines */
    SHIFT = 6,     /* 16 bit to 10 bit: a quarter of a code */
};

/* A block votes when it differs between the frames by more than this, mean squared 8-bit codes: above the
 * noise of a bad tape (sigma 6 makes 72 on full lines, less on reduced ones). */
#define MIN_MOVED 60
/* A pair votes when this share of its blocks moves, or at least this many blocks (as analyze/scan.c). */
#define MIN_SHARE  0.004
#define MIN_BLOCKS 4

int vh_frame_pair_width(int width)
{
    return width >= HALVED ? width / 2 : width;
}

void vh_frame_pair_reduce(const struct vh_plane_const *from, const struct vh_plane *to)
{
    bool halved = to->width != from->width;
    for (int y = 0; y < to->height; y++) {
        const uint16_t *in = from->data + y * from->stride;
        uint16_t *out = to->data + y * to->stride;
        for (int x = 0; x < to->width; x++)
            out[x] = halved ? (uint16_t)((in[2 * x] + in[2 * x + 1] + 1) >> 1) : in[x];
    }
}

static float field_difference(
    const struct vh_plane_const *a, const struct vh_plane_const *b, int parity, int height)
{
    int x0 = a->width / MARGIN, x1 = a->width - x0;
    int64_t sum = 0, n = 0;
    for (int y = a->height / MARGIN / 2 * 2 + parity; y < height; y += 2) {
        const uint16_t *p = a->data + y * a->stride, *q = b->data + y * b->stride;
        int32_t line = 0;
        for (int x = x0; x < x1; x++)
            line += abs(p[x] - q[x]);
        sum += line;
        n += x1 - x0;
    }
    return n ? (float)((double)sum / (double)n / VH_CODE) : 0;
}

/* Four fields of two frames; line j of a bottom field lies between lines j and j + 1 of a top field. */
struct quad {
    const uint16_t *ta, *ba, *tb, *bb;
    ptrdiff_t a, b; /* strides of fields */
};

struct residual {
    int32_t e0, e1, e2, moved; /* sums over a block, squared quarter codes; e0 over two fields */
};

static int square_bend(int centre, int above, int below)
{
    int d = (2 * centre - above - below) / 2;
    return d * d;
}

static struct residual measure_block(const struct quad *f)
{
    struct residual r = {0};
    for (int j = 0; j < BLOCK; j++) {
        const uint16_t *t0 = f->ta + j * f->a, *t1 = t0 + f->a, *p = f->ba + j * f->a;
        const uint16_t *n0 = f->tb + j * f->b, *n1 = n0 + f->b, *q = f->bb + j * f->b;
        for (int i = 0; i < BLOCK; i++) {
            int a = t0[i] >> SHIFT, a1 = t1[i] >> SHIFT, b = n0[i] >> SHIFT, b1 = n1[i] >> SHIFT;
            int u = p[i] >> SHIFT, v = q[i] >> SHIFT;
            r.e0 += (square_bend(u, a, a1) + square_bend(v, b, b1)) / 2;
            r.e1 += square_bend(u, b, b1);
            r.e2 += square_bend(v, a, a1);
            r.moved += (a - b) * (a - b);
        }
    }
    return r;
}

static void measure_order(
    struct vh_frame_pair *pair, const struct vh_plane_const *a, const struct vh_plane_const *b, int height)
{
    static const int32_t least = MIN_MOVED * 16 * BLOCK * BLOCK;
    int lines = height / 2 - 1, n_blocks = 0;
    double e1 = 0, e2 = 0;
    for (int y = a->height / MARGIN / 2; y + BLOCK <= lines; y += BLOCK)
        for (int x = a->width / MARGIN; x + BLOCK <= a->width - a->width / MARGIN; x += BLOCK) {
            const uint16_t *ta = a->data + 2 * y * a->stride + x, *tb = b->data + 2 * y * b->stride + x;
            struct residual r = measure_block(
                &(struct quad){ta, ta + a->stride, tb, tb + b->stride, 2 * a->stride, 2 * b->stride});
            int32_t floor_ = r.e0 < r.e1 ? r.e0 : r.e1;
            floor_ = floor_ < r.e2 ? floor_ : r.e2;
            n_blocks++;
            if (r.moved < least || r.moved < floor_)
                continue;
            pair->n_moving++;
            e1 += r.e1;
            e2 += r.e2;
        }
    if (pair->n_moving < MIN_BLOCKS || pair->n_moving < MIN_SHARE * n_blocks)
        pair->n_moving = 0;
    double unit = 16.0 * BLOCK * BLOCK * (pair->n_moving ? pair->n_moving : 1);
    pair->order = pair->n_moving ? (float)log((e2 / unit + 1) / (e1 / unit + 1)) : 0;
}

void vh_frame_pair_measure(
    struct vh_frame_pair *pair, const struct vh_plane_const *a, const struct vh_plane_const *b)
{
    *pair = (struct vh_frame_pair){0};
    int height = a->height > 4 * SWITCHED ? a->height - SWITCHED : a->height;
    if (a->width < MIN_SIZE || a->height < MIN_SIZE || a->width != b->width || a->height != b->height)
        return;
    for (int parity = 0; parity < 2; parity++)
        pair->difference[parity] = field_difference(a, b, parity, height);
    measure_order(pair, a, b, height);
}
