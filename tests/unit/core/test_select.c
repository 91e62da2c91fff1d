/* Selection agrees with sorting for every rank, with ties and in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/select.h"

#include <stdlib.h>
#include <string.h>

enum { N = 37 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void every_rank(void **state)
{
    (void)state;
    double value[N], sorted[N], work[N];
    float work_float[N];
    for (int i = 0; i < N; i++)
        sorted[i] = value[i] = (i * 7919) % 23;
    qsort(sorted, N, sizeof *sorted, compare);
    for (int k = 0; k < N; k++) {
        memcpy(work, value, sizeof work);
        for (int i = 0; i < N; i++)
            work_float[i] = (float)value[i];
        assert_float_equal(vh_select_rank(work, N, k), sorted[k], 0);
        assert_float_equal(vh_select_rank_float(work_float, N, k), sorted[k], 0);
    }
}

static void one_value(void **state)
{
    (void)state;
    double v = 3;
    assert_float_equal(vh_select_rank(&v, 1, 0), 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank),
        cmocka_unit_test(one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
