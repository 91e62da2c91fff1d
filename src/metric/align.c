/* Frame offset between two clips by exhaustive search over thumbnails. */
#include "metric/align.h"

#include <math.h>

int vh_align_thumb_size(int width, int height, int *thumb_width, int *thumb_height)
{
    *thumb_width = width < VH_ALIGN_CELL ? 1 : width / VH_ALIGN_CELL;
    *thumb_height = height < VH_ALIGN_CELL ? 1 : height / VH_ALIGN_CELL;
    return *thumb_width * *thumb_height;
}

static uint16_t cell_mean(struct vh_plane_const p, int x0, int y0)
{
    int x1 = x0 + VH_ALIGN_CELL < p.width ? x0 + VH_ALIGN_CELL : p.width;
    int y1 = y0 + VH_ALIGN_CELL < p.height ? y0 + VH_ALIGN_CELL : p.height;
    uint32_t sum = 0, n = (uint32_t)((x1 - x0) * (y1 - y0));
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            sum += p.data[y * p.stride + x];
    return (uint16_t)((sum + n / 2) / n);
}

int vh_align_thumb(uint16_t *dst, struct vh_plane_const luma)
{
    int width, height, cells = vh_align_thumb_size(luma.width, luma.height, &width, &height);
    for (int i = 0; i < cells; i++)
        dst[i] = cell_mean(luma, i % width * VH_ALIGN_CELL, i / width * VH_ALIGN_CELL);
    return cells;
}

/* Mean squared difference without the difference of the means: levels may have been changed between the
 * clips. */
static double difference(const uint16_t *a, const uint16_t *b, int cells)
{
    int64_t sum = 0;
    uint64_t squares = 0;
    for (int i = 0; i < cells; i++) {
        int64_t d = (int64_t)a[i] - b[i];
        sum += d;
        squares += (uint64_t)(d * d);
    }
    double mean = (double)sum / cells;
    return ((double)squares / cells - mean * mean) / (VH_CODE * VH_CODE);
}

/* Mean over the overlap, or INFINITY when it is too short to judge. */
static double error_at(
    const uint16_t *const *a, int n_a, const uint16_t *const *b, int n_b, int cells, int offset)
{
    int shorter = n_a < n_b ? n_a : n_b, n = 0;
    double sum = 0;
    for (int i = offset < 0 ? -offset : 0; i < n_a && i + offset < n_b; i++, n++)
        sum += difference(a[i], b[i + offset], cells);
    return n > 0 && 2 * n >= shorter ? sum / n : INFINITY;
}

struct vh_alignment vh_align_search(
    const uint16_t *const *a, int n_a, const uint16_t *const *b, int n_b, int cells, int max)
{
    const double gain = 0.9;
    struct vh_alignment best = {.error_at_0 = error_at(a, n_a, b, n_b, cells, 0)};
    best.error = best.error_at_0;
    double needed = best.error_at_0 * gain;
    for (int distance = 1; distance <= max; distance++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double error = error_at(a, n_a, b, n_b, cells, sign * distance);
            if (error < needed) {
                best.offset = sign * distance;
                best.error = needed = error;
            }
        }
    return best;
}
