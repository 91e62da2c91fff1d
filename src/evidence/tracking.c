/* Tracking bands by the misfit and roughness of lines. */
#include "evidence/tracking.h"

#include "core/select.h"

#include <string.h>

enum {
    BOTTOM = 16, /* lines that belong to the head switch and to what hides it */
    LEAST = 4,   /* lines of a band */
    GAP = 2,
    MOST_LINES = 1200, /* of a field */
};

static float median(const float *v, int n)
{
    float copy[MOST_LINES];
    memcpy(copy, v, (size_t)n * sizeof *copy);
    return vh_select_rank_float(copy, n, n / 2);
}

static bool is_broken(const struct vh_field_look *look, int y, float misfit, float rough)
{
    static const float times = 6, more = 36;
    return look->misfit[y] > times * misfit + more && look->rough[y] > times * rough + more;
}

int vh_tracking_find(const struct vh_field_look *look, uint8_t *broken)
{
    int n = look->n_lines < MOST_LINES ? look->n_lines : MOST_LINES, last = n - BOTTOM, bands = 0;
    memset(broken, 0, (size_t)look->n_lines);
    if (last < 4 * LEAST)
        return 0;
    float misfit = median(look->misfit, n), rough = median(look->rough, n);
    for (int y = 0; y < last;) {
        int from = y, until = y, count = 0;
        for (; y < last && y <= until + GAP; y++)
            if (is_broken(look, y, misfit, rough))
                until = y, count++;
        if (count < LEAST || !is_broken(look, from, misfit, rough)) {
            y = from + 1;
            continue;
        }
        memset(broken + from, 1, (size_t)(until + 1 - from));
        bands++;
        y = until + 1;
    }
    return bands;
}
