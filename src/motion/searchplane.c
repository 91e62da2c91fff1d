/* Search planes of a field: S on the common grid, its half-sample planes, and the pyramid of 2 x 2 means. */
#include "core/memory.h"
#include "internal.h"

#include <string.h>

enum {
    SLACK_ROWS = 4, /* readable rows beyond the padding: partial cells of the last row look there */
    COARSE_STOP =
        120, /* a level this narrow is searched exhaustively: +-6 of its samples are 48 of the picture's */
    HALF_X = 28,
    HALF_Y = 14, /* how far around the picture the half-sample planes are made */
};

static ptrdiff_t plane_stride(int width)
{
    return (width + 2 * VH_MOTION_PAD_X + VH_ALIGN_BYTES - 1) / VH_ALIGN_BYTES * VH_ALIGN_BYTES;
}

static size_t plane_bytes(int width, int height)
{
    return (size_t)plane_stride(width) * (size_t)(height + 2 * (VH_MOTION_PAD_Y + SLACK_ROWS));
}

size_t vh_scratch_samples(int width)
{
    return 2 * (size_t)(plane_stride(width) + VH_ALIGN_BYTES);
}

int vh_planes_levels(int width, int height)
{
    int n = 1;
    while (
        n < VH_MAX_LEVELS && width > COARSE_STOP && width / 2 >= VH_WINDOW_W && height / 2 >= VH_WINDOW_H) {
        width /= 2;
        height /= 2;
        n++;
    }
    return n;
}

size_t vh_planes_bytes(int width, int height)
{
    int n_levels = vh_planes_levels(width, height);
    size_t bytes = 3 * plane_bytes(width, height);
    for (int l = 0; l < n_levels; l++)
        bytes += plane_bytes(width >> l, height >> l);
    return bytes;
}

void vh_planes_init(struct vh_planes *planes, int width, int height, uint8_t *memory)
{
    uint8_t *p = memory;
    planes->n_levels = vh_planes_levels(width, height);
    for (int l = 0; l < planes->n_levels; l++) {
        struct vh_level *level = &planes->level[l];
        level->width = width >> l;
        level->height = height >> l;
        level->stride = plane_stride(level->width);
        level->data = p + (VH_MOTION_PAD_Y + SLACK_ROWS) * level->stride + VH_MOTION_PAD_X;
        level->n_x = (level->width + VH_STEP_X - 1) / VH_STEP_X + 1;
        level->n_y = (level->height + VH_STEP_Y - 1) / VH_STEP_Y + 1;
        p += plane_bytes(level->width, level->height);
    }
    planes->half[0] = planes->level[0].data;
    for (int i = 1; i < 4; i++) {
        planes->half[i] = p + (planes->half[0] - memory);
        p += plane_bytes(width, height);
    }
}

static void pad_row(uint8_t *row, int width)
{
    memset(row - VH_MOTION_PAD_X, row[0], VH_MOTION_PAD_X);
    memset(row + width, row[width - 1], VH_MOTION_PAD_X);
}

static void pad_rows(const struct vh_level *level)
{
    size_t bytes = (size_t)(level->width + 2 * VH_MOTION_PAD_X);
    uint8_t *top = level->data - VH_MOTION_PAD_X;
    uint8_t *bottom = top + (level->height - 1) * level->stride;
    for (int y = 1; y <= VH_MOTION_PAD_Y; y++) {
        memcpy(top - y * level->stride, top, bytes);
        memcpy(bottom + y * level->stride, bottom, bytes);
    }
}

struct build {
    struct vh_motion_search *search;
    struct vh_planes *planes;
    uint16_t *activity;
    const struct vh_plane_const *luma;
    int parity;
};

static const uint16_t *line(const struct vh_plane_const *plane, int y)
{
    y = y < 0 ? 0 : y < plane->height ? y : plane->height - 1;
    return plane->data + y * plane->stride;
}

/* Row j of S from the field lines around frame line 2j + 1/2. */
static void build_rows(void *arg, int index, int n)
{
    const struct build *b = arg;
    const struct vh_level *level = &b->planes->level[0];
    const struct vh_plane_const *luma = b->luma;
    uint16_t *scratch = b->search->scratch + (size_t)index * vh_scratch_samples(level->width);
    uint16_t *mean = scratch + vh_scratch_samples(level->width) / 2;
    int y0, y1;
    vh_pool_rows(level->height, index, n, &y0, &y1);
    for (int j = y0; j < y1; j++) {
        uint8_t *row = level->data + j * level->stride;
        if (b->parity == 2) {
            const uint16_t *upper = line(luma, 2 * j), *lower = line(luma, 2 * j + 1);
            for (int x = 0; x < level->width; x++)
                mean[x] = (uint16_t)((upper[x] + lower[x] + 1) >> 1);
            b->search->dsp.search_row(row, mean, mean, level->width, scratch);
        } else {
            b->search->dsp.search_row(
                row, line(luma, j), line(luma, b->parity ? j - 1 : j + 1), level->width, scratch);
        }
        pad_row(row, level->width);
    }
}

static void build_half_rows(const struct build *b, int y0, int y1)
{
    const struct vh_level *level = &b->planes->level[0];
    const struct vh_dsp_match *dsp = &b->search->dsp;
    int width = level->width + 2 * HALF_X;
    for (int y = y0; y < y1; y++) {
        ptrdiff_t at = y * level->stride - HALF_X;
        const uint8_t *s = level->data + at;
        uint8_t *down = b->planes->half[2] + at;
        dsp->half_horizontal(b->planes->half[1] + at, s, width);
        /* One sample more on each side, for the horizontal step that follows. */
        dsp->half_vertical(down - 2, s - 2 - level->stride, s - 2, s - 2 + level->stride,
            s - 2 + 2 * level->stride, width + 4);
        dsp->half_horizontal(b->planes->half[3] + at, down, width);
    }
}

static void build_slice(void *arg, int index, int n)
{
    const struct build *b = arg;
    const struct vh_dsp_match *dsp = &b->search->dsp;
    const struct vh_level *level = &b->planes->level[0];
    int y0, y1;
    vh_pool_rows(level->height + 2 * HALF_Y, index, n, &y0, &y1);
    build_half_rows(b, y0 - HALF_Y, y1 - HALF_Y);
    if (b->planes->n_levels > 1) {
        const struct vh_level *next = level + 1;
        vh_pool_rows(next->height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++) {
            const uint8_t *s = level->data + 2 * y * level->stride;
            dsp->shrink_row(next->data + y * next->stride, s, s + level->stride, next->width);
            pad_row(next->data + y * next->stride, next->width);
        }
    }
    vh_pool_rows(level->n_y, index, n, &y0, &y1);
    int last_x = level->width > VH_WINDOW_W ? level->width - VH_WINDOW_W : 0;
    int last_y = level->height > VH_WINDOW_H ? level->height - VH_WINDOW_H : 0;
    for (int by = y0; by < y1; by++)
        for (int bx = 0; bx < level->n_x; bx++) {
            int x = bx * VH_STEP_X - VH_WINDOW_W / 2, y = by * VH_STEP_Y - VH_WINDOW_H / 2;
            x = x < 0 ? 0 : x < last_x ? x : last_x;
            y = y < 0 ? 0 : y < last_y ? y : last_y;
            b->activity[by * level->n_x + bx] =
                (uint16_t)dsp->activity(level->data + y * level->stride + x, level->stride);
        }
}

void vh_planes_build(
    struct vh_motion_search *search, struct vh_entry *entry, const struct vh_plane_const *luma, int parity)
{
    struct build b = {search, &entry->planes, entry->activity, luma, parity};
    vh_pool_run(search->config.pool, build_rows, &b, search->n_slices);
    pad_rows(&entry->planes.level[0]);
    vh_pool_run(search->config.pool, build_slice, &b, search->n_slices);
    for (int l = 1; l < entry->planes.n_levels; l++) {
        const struct vh_level *level = &entry->planes.level[l], *above = level - 1;
        for (int y = 0; l > 1 && y < level->height; y++) {
            const uint8_t *s = above->data + 2 * y * above->stride;
            search->dsp.shrink_row(level->data + y * level->stride, s, s + above->stride, level->width);
            pad_row(level->data + y * level->stride, level->width);
        }
        pad_rows(level);
    }
}
