/* bwdif, one source for every instruction set: see dsp/bwdif.h. BWDIF_NAME is the table's name. Everything is
 * select and 32-bit integer arithmetic, so that the compiler makes vectors of it. */
#include "dsp/bwdif.h"

/* Weston's weights by 2^13: low frequencies from the field itself, high ones from its neighbours, and the
 * vertical filter where the neighbours are not to be trusted. */
enum {
    LOW_1 = 4309,
    LOW_3 = 213,
    HIGH_0 = 5570,
    HIGH_2 = 3801,
    HIGH_4 = 1016,
    ALONE_1 = 5077,
    ALONE_3 = 981
};
enum { SHIFT = 13 };

static inline int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int32_t apart(int32_t a, int32_t b)
{
    return most(a, b) - least(a, b);
}

/* What the kernels know of one sample. */
struct place {
    int32_t above, below; /* in the field itself */
    int32_t mean;         /* of the fields before and after */
    int32_t change;       /* between those */
    int32_t bound;        /* how far from the mean the result may lie */
};

static inline struct place look(const struct vh_dsp_bwdif_lines *l, int x)
{
    int32_t above = l->own[1][x], below = l->own[2][x], a = l->before[2][x], b = l->after[2][x];
    int32_t change = apart(a, b);
    int32_t was = (apart(l->own_before[0][x], above) + apart(l->own_before[1][x], below)) >> 1;
    int32_t will = (apart(l->own_after[0][x], above) + apart(l->own_after[1][x], below)) >> 1;
    return (struct place){above, below, (a + b) >> 1, change, most(change >> 1, most(was, will))};
}

/* The bound that grows where the lines around stand out the same way in the fields before and after. */
static inline int32_t widen(const struct vh_dsp_bwdif_lines *l, int x, const struct place *p)
{
    int32_t up = ((l->before[1][x] + l->after[1][x]) >> 1) - p->above;
    int32_t down = ((l->before[3][x] + l->after[3][x]) >> 1) - p->below;
    int32_t to_above = p->mean - p->above, to_below = p->mean - p->below;
    int32_t high = most(most(to_below, to_above), least(up, down));
    int32_t low = least(least(to_below, to_above), most(up, down));
    int32_t wide = most(p->bound, most(low, -high));
    return p->bound ? wide : 0;
}

static inline uint16_t limit(int32_t value, int32_t mean, int32_t bound)
{
    value = least(most(value, mean - bound), mean + bound);
    return (uint16_t)least(most(value, 0), 65535);
}

static inline int32_t vertical(const struct vh_dsp_bwdif_lines *l, int x)
{
    int32_t one = l->own[1][x] + l->own[2][x], three = l->own[0][x] + l->own[3][x];
    return (ALONE_1 * one - ALONE_3 * three) >> SHIFT;
}

static inline int32_t three_fields(const struct vh_dsp_bwdif_lines *l, int x)
{
    int32_t one = l->own[1][x] + l->own[2][x], three = l->own[0][x] + l->own[3][x];
    int32_t here = l->before[2][x] + l->after[2][x];
    int32_t two = l->before[1][x] + l->after[1][x] + l->before[3][x] + l->after[3][x];
    int32_t four = l->before[0][x] + l->after[0][x] + l->before[4][x] + l->after[4][x];
    int32_t high = (HIGH_0 * here - HIGH_2 * two + HIGH_4 * four) >> 2;
    return (high + LOW_1 * one - LOW_3 * three) >> SHIFT;
}

static void full(uint16_t *restrict dst, const struct vh_dsp_bwdif_lines *lines, int n)
{
    const struct vh_dsp_bwdif_lines l = *lines;
    for (int x = 0; x < n; x++) {
        struct place p = look(&l, x);
        int32_t still = three_fields(&l, x), moving = vertical(&l, x);
        dst[x] = limit(apart(p.above, p.below) > p.change ? still : moving, p.mean, widen(&l, x, &p));
    }
}

static void near_border(uint16_t *restrict dst, const struct vh_dsp_bwdif_lines *lines, int n)
{
    const struct vh_dsp_bwdif_lines l = *lines;
    for (int x = 0; x < n; x++) {
        struct place p = look(&l, x);
        dst[x] = limit((p.above + p.below) >> 1, p.mean, widen(&l, x, &p));
    }
}

static void edge(uint16_t *restrict dst, const struct vh_dsp_bwdif_lines *lines, int n)
{
    const struct vh_dsp_bwdif_lines l = *lines;
    for (int x = 0; x < n; x++) {
        struct place p = look(&l, x);
        dst[x] = limit((p.above + p.below) >> 1, p.mean, p.bound);
    }
}

static void alone(uint16_t *restrict dst, const struct vh_dsp_bwdif_lines *lines, int n)
{
    const struct vh_dsp_bwdif_lines l = *lines;
    for (int x = 0; x < n; x++)
        dst[x] = (uint16_t)least(most(vertical(&l, x), 0), 65535);
}

const struct vh_dsp_bwdif BWDIF_NAME = {.full = full, .near = near_border, .edge = edge, .alone = alone};
