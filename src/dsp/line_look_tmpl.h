/* Kernels of looks written so that the compiler vectorises them; included once per instruction set with
 * LINE_LOOK_NAME naming the table, LINE_LOOK_CELLS,
 * LINE_LOOK_DEVIATION and LINE_LOOK_MEAN what is not here. */
static inline uint16_t look_least(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static inline uint16_t look_most(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static void look_suspect(uint8_t *restrict dst, const uint16_t *restrict own, const uint16_t *const p[4],
    int n, const struct vh_line_limits *limits, uint8_t faint, uint8_t strong)
{
    const uint16_t *restrict p0 = p[0], *restrict p1 = p[1], *restrict p2 = p[2], *restrict p3 = p[3];
    const uint16_t far = limits->faint, further = limits->strong, agree = limits->agree;
    const uint8_t more = (uint8_t)(strong - faint);
    for (int x = 0; x < n; x++) {
        uint16_t low = look_least(look_least(p0[x], p1[x]), look_least(p2[x], p3[x]));
        uint16_t high = look_most(look_most(p0[x], p1[x]), look_most(p2[x], p3[x]));
        uint16_t past = (uint16_t)(((unsigned)p0[x] + p1[x]) >> 1),
                 future = (uint16_t)(((unsigned)p2[x] + p3[x]) >> 1);
        uint16_t off = (uint16_t)(look_most(own[x], high) - look_least(own[x], low) - (high - low));
        uint16_t apart = (uint16_t)(look_most(past, future) - look_least(past, future));
        uint8_t level = (uint8_t)((off > far ? faint : 0) + (off > further ? more : 0));
        dst[x] = apart < agree ? level : 0;
    }
}

static int32_t look_rough(
    const uint16_t *restrict a, const uint16_t *restrict b, const uint16_t *restrict c, int n)
{
    int32_t sum = 0;
    for (int x = 0; x < n; x++) {
        int d = (2 * (b[x] >> 8) - (a[x] >> 8) - (c[x] >> 8)) / 2;
        sum += d * d;
    }
    return sum;
}

static void look_steady(
    int16_t *restrict mv, const int16_t *restrict velocity, int n, int k, int camera, int common, int sway)
{
    for (int i = 0; i < n; i++) {
        int32_t x = k * velocity[2 * i] + camera, y = k * velocity[2 * i + 1];
        int32_t dx = 16 * mv[2 * i] - x, dy = 16 * mv[2 * i + 1] - y;
        int near = dx >= -sway && dx <= sway && dy >= -sway && dy <= sway;
        mv[2 * i] = (int16_t)((near ? x + 8 : 16 * mv[2 * i] - common + 8) >> 4);
        mv[2 * i + 1] = (int16_t)((near ? y + 8 : 16 * mv[2 * i + 1] + 8) >> 4);
    }
}

const struct vh_dsp_line_look LINE_LOOK_NAME = {.cells = LINE_LOOK_CELLS,
    .suspect = look_suspect,
    .rough = look_rough,
    .deviation = LINE_LOOK_DEVIATION,
    .mean = LINE_LOOK_MEAN,
    .steady = look_steady};
