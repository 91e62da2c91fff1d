/* Look-up kernels, one source for every instruction set: see dsp/lut.h. LUT_NAME is the table's name. Work
 * goes in chunks: positions and weights of a chunk (vectorised over pixels), then the look-ups (vectorised
 * over channels), then back.
 */
#include "dsp/lut.h"

enum { CHUNK = 64 };

typedef float four __attribute__((vector_size(16)));

/* One chunk between the steps. */
struct chunk {
    float rgb[3][CHUNK];  /* the picture */
    float part[3][CHUNK]; /* position in the cell, 0 to 1 */
    int32_t cell[3][CHUNK];
    float weight[4][CHUNK];
    int32_t node[4][CHUNK];
    four out[CHUNK];
};

static void to_rgb(struct chunk *k, const uint16_t *y, const float *cb, const float *cr, int n,
    const struct vh_dsp_lut_params *p)
{
    for (int c = 0; c < 3; c++) {
        const float m0 = p->to_rgb[c][0], m1 = p->to_rgb[c][1], m2 = p->to_rgb[c][2];
        for (int i = 0; i < n; i++)
            k->rgb[c][i] = m0 * ((float)y[i] - 4096.0f) + m1 * cb[i] + m2 * cr[i];
    }
}

static void find_cells(struct chunk *k, int n, const struct vh_dsp_lut_params *p)
{
    const float last = (float)(p->size - 2);
    for (int c = 0; c < 3; c++) {
        const float low = p->low[c], high = p->high[c], scale = p->scale[c];
        for (int i = 0; i < n; i++) {
            float x = k->rgb[c][i];
            x = x < low ? low : x;
            x = x > high ? high : x;
            float at = (x - low) * scale;
            float cell = at > last ? last : at;
            k->cell[c][i] = (int32_t)cell;
            k->part[c][i] = at - (float)k->cell[c][i];
        }
    }
}

/* Corners and weights of the tetrahedron: along the axis with the largest part first, with the smallest last.
 * Where parts are equal the weight between them is 0 and the order does not matter. */
static void find_tetrahedra(struct chunk *k, int n, const struct vh_dsp_lut_params *p)
{
    const int32_t size = p->size, square = size * size;
    for (int i = 0; i < n; i++) {
        float r = k->part[0][i], g = k->part[1][i], b = k->part[2][i];
        float rg_most = r > g ? r : g, rg_least = r > g ? g : r;
        float most = rg_most > b ? rg_most : b, least = rg_least < b ? rg_least : b;
        float upper = rg_most < b ? rg_most : b, middle = rg_least > upper ? rg_least : upper;
        int32_t first = b > rg_most ? square : r > g ? 1 : size;
        int32_t final = b <= rg_least ? square : r > g ? size : 1;
        int32_t node = k->cell[0][i] + k->cell[1][i] * size + k->cell[2][i] * square;
        k->node[0][i] = node;
        k->node[1][i] = node + first;
        k->node[2][i] = node + 1 + size + square - final;
        k->node[3][i] = node + 1 + size + square;
        k->weight[0][i] = 1.0f - most;
        k->weight[1][i] = most - middle;
        k->weight[2][i] = middle - least;
        k->weight[3][i] = least;
    }
}

static inline four splat(float x)
{
    return (four){x, x, x, x};
}

static void read_cube(struct chunk *k, int n, const struct vh_dsp_lut_params *p)
{
    const four *node = (const four *)__builtin_assume_aligned(p->node, 16);
    for (int i = 0; i < n; i++)
        k->out[i] =
            node[k->node[0][i]] * splat(k->weight[0][i]) + node[k->node[1][i]] * splat(k->weight[1][i]) +
            node[k->node[2][i]] * splat(k->weight[2][i]) + node[k->node[3][i]] * splat(k->weight[3][i]);
}

static void read_curves(struct chunk *k, int n, const struct vh_dsp_lut_params *p)
{
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            const float *at = p->node + 4 * k->cell[c][i] + c;
            k->out[i][c] = at[0] + (at[4] - at[0]) * k->part[c][i];
        }
}

static inline uint16_t to_u16(float value)
{
    value += 0.5f;
    value = value < 0.0f ? 0.0f : value;
    value = value > 65535.0f ? 65535.0f : value;
    return (uint16_t)(int)value;
}

/* Adds what the table could not see, and goes back to YCbCr. */
static void from_rgb(struct chunk *k, uint16_t *y_out, float *cb_change, float *cr_change, const float *cb,
    const float *cr, int n, const struct vh_dsp_lut_params *p)
{
    for (int c = 0; c < 3; c++) {
        const float low = p->low[c], high = p->high[c], rest = p->rest;
        for (int i = 0; i < n; i++) {
            float x = k->rgb[c][i], seen = x < low ? low : x;
            seen = seen > high ? high : seen;
            k->rgb[c][i] = k->out[i][c] + (x - seen) * rest;
        }
    }
    for (int i = 0; i < n; i++) {
        float r = k->rgb[0][i], g = k->rgb[1][i], b = k->rgb[2][i];
        y_out[i] = to_u16(p->to_ycc[0][0] * r + p->to_ycc[0][1] * g + p->to_ycc[0][2] * b + 4096.0f);
        cb_change[i] = p->to_ycc[1][0] * r + p->to_ycc[1][1] * g + p->to_ycc[1][2] * b - cb[i];
        cr_change[i] = p->to_ycc[2][0] * r + p->to_ycc[2][1] * g + p->to_ycc[2][2] * b - cr[i];
    }
}

static void cube(uint16_t *y_out, float *cb_change, float *cr_change, const uint16_t *y, const float *cb,
    const float *cr, int n, const struct vh_dsp_lut_params *p)
{
    struct chunk k;
    for (int at = 0; at < n; at += CHUNK) {
        int m = n - at < CHUNK ? n - at : CHUNK;
        to_rgb(&k, y + at, cb + at, cr + at, m, p);
        find_cells(&k, m, p);
        find_tetrahedra(&k, m, p);
        read_cube(&k, m, p);
        from_rgb(&k, y_out + at, cb_change + at, cr_change + at, cb + at, cr + at, m, p);
    }
}

static void curves(uint16_t *y_out, float *cb_change, float *cr_change, const uint16_t *y, const float *cb,
    const float *cr, int n, const struct vh_dsp_lut_params *p)
{
    struct chunk k;
    for (int at = 0; at < n; at += CHUNK) {
        int m = n - at < CHUNK ? n - at : CHUNK;
        to_rgb(&k, y + at, cb + at, cr + at, m, p);
        find_cells(&k, m, p);
        read_curves(&k, m, p);
        from_rgb(&k, y_out + at, cb_change + at, cr_change + at, cb + at, cr + at, m, p);
    }
}

const struct vh_dsp_lut LUT_NAME = {.cube = cube, .curves = curves};
