/* The line registration kernel, written so that the compiler vectorises it; included once per instruction set
 * with LINE_MATCH_NAME naming the table to fill. */
#include <stddef.h>

enum { LANES = 16 };

struct lanes {
    float gd[LANES], gg[LANES], dd[LANES], w[LANES];
};

static inline void add_lanes(
    struct lanes *restrict s, const uint16_t *restrict a, const uint16_t *restrict p, int n, float k)
{
    for (int i = 0; i < n; i++) {
        float d = (float)(a[i] - p[i]) * (1.0f / 256);
        float g = (float)(a[i + 1] - a[i - 1] + p[i + 1] - p[i - 1]) * (1.0f / 1024);
        float w = 1 / (1 + d * d * k);
        s->gd[i] += w * g * d;
        s->gg[i] += w * g * g;
        s->dd[i] += w * d * d;
        s->w[i] += w;
    }
}

static void line_match_sums(
    struct vh_line_match *sums, const uint16_t *own, const uint16_t *prediction, int n, float k)
{
    struct lanes s = {{0}};
    int x = 0;
    for (; x + LANES <= n; x += LANES)
        add_lanes(&s, own + x, prediction + x, LANES, k);
    add_lanes(&s, own + x, prediction + x, n - x, k);
    *sums = (struct vh_line_match){0};
    for (int i = 0; i < LANES; i++) {
        sums->gd += s.gd[i];
        sums->gg += s.gg[i];
        sums->dd += s.dd[i];
        sums->w += s.w[i];
    }
}

const struct vh_dsp_line_match LINE_MATCH_NAME = {.sums = line_match_sums};
