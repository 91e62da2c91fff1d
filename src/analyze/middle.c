/* Ranks by selection; nothing is sorted. */
#include "middle.h"

#include "core/select.h"

#include <string.h>

struct vh_measurement middle_of(const float *value, int n, float *work)
{
    struct vh_measurement m = {.n = n};
    memcpy(work, value, (size_t)n * sizeof *work);
    m.value = (double)vh_select_rank_float(work, n, n / 2);
    double low = (double)vh_select_rank_float(work, n, n / 4),
           high = (double)vh_select_rank_float(work, n, n * 3 / 4);
    m.spread = high - low;
    return m;
}
