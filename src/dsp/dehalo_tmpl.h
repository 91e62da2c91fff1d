/* The halo kernel, one source for every instruction set: see dsp/dehalo.h. DEHALO_NAME is the table's name.
 *
 * Works in tiles that stay in the first cache. Least and greatest of seven neighbours in three steps (two,
 * four, seven samples wide); the range around a sample is that of three such sevens.
 */
#include "dsp/dehalo.h"

enum { TILE = 256, BEFORE = VH_DEHALO_REACH, SPAN = VH_DEHALO_WIDTH, LENGTH = TILE + 2 * BEFORE };

static inline int16_t smaller(int16_t a, int16_t b)
{
    return a < b ? a : b;
}

static inline int16_t larger(int16_t a, int16_t b)
{
    return a > b ? a : b;
}

/* to[i] = least of from[i … i + SPAN - 1], for i < n. */
static void least_of(int16_t *restrict to, const int16_t *restrict from, int n)
{
    int16_t two[LENGTH], four[LENGTH];
    for (int i = 0; i < n + 5; i++)
        two[i] = smaller(from[i], from[i + 1]);
    for (int i = 0; i < n + 3; i++)
        four[i] = smaller(two[i], two[i + 2]);
    for (int i = 0; i < n; i++)
        to[i] = smaller(four[i], four[i + 3]);
}

static void greatest_of(int16_t *restrict to, const int16_t *restrict from, int n)
{
    int16_t two[LENGTH], four[LENGTH];
    for (int i = 0; i < n + 5; i++)
        two[i] = larger(from[i], from[i + 1]);
    for (int i = 0; i < n + 3; i++)
        four[i] = larger(two[i], two[i + 2]);
    for (int i = 0; i < n; i++)
        to[i] = larger(four[i], four[i + 3]);
}

/* a - b, not below 0. */
static inline uint16_t above(uint16_t a, uint16_t b)
{
    return (uint16_t)(a > b ? a - b : 0);
}

/* What of a line `height` high goes beside an edge `edge` high. */
static inline uint16_t share(uint16_t height, uint16_t edge, uint16_t part)
{
    uint16_t whole = (uint16_t)((uint32_t)above(edge, 256 * VH_DEHALO_LEAST) * part >> 16);
    uint16_t rest = above((uint16_t)(2 * whole), height);
    return height < rest ? height : rest;
}

/* At most TILE samples. */
static void tile(uint16_t *restrict dst, const int16_t *restrict src, int n, uint16_t part)
{
    int16_t low[LENGTH], high[LENGTH], open[TILE], close[TILE];
    least_of(low, src - BEFORE, n + 2 * BEFORE - SPAN + 1); /* low[i]: of src[i - BEFORE …] */
    greatest_of(high, src - BEFORE, n + 2 * BEFORE - SPAN + 1);
    greatest_of(open, low + BEFORE - SPAN + 1, n);
    least_of(close, high + BEFORE - SPAN + 1, n);
    for (int x = 0; x < n; x++) {
        int16_t least = smaller(smaller(low[x], low[x + SPAN]), low[x + 2 * SPAN]);
        int16_t greatest = larger(larger(high[x], high[x + SPAN]), high[x + 2 * SPAN]);
        uint16_t over = share((uint16_t)(src[x] - open[x]), (uint16_t)(open[x] - least), part);
        uint16_t under = share((uint16_t)(close[x] - src[x]), (uint16_t)(greatest - close[x]), part);
        dst[x] = (uint16_t)((uint16_t)src[x] + 32768u - over + under);
    }
}

static void line(uint16_t *dst, const int16_t *src, int n, int part)
{
    for (int x = 0; x < n; x += TILE)
        tile(dst + x, src + x, n - x < TILE ? n - x : TILE, (uint16_t)part);
}

const struct vh_dsp_dehalo DEHALO_NAME = {.line = line};
