/* Welford, P² and histograms against exact computation over the same samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "stats/histogram.h"
#include "stats/quantile.h"
#include "stats/welford.h"

#include <math.h>
#include <stdlib.h>

enum { N = 20000 };
static double samples[N], sorted[N];

static uint64_t seed = 1;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 0: uniform; 1: exponential, as times are; 2: two humps; 3: rising. */
static void make(int shape)
{
    for (int i = 0; i < N; i++) {
        double u = uniform();
        samples[i] = shape == 0   ? u
                     : shape == 1 ? -log(1 - u)
                     : shape == 2 ? u + (uniform() < 0.3 ? 5 : 0)
                                  : i + u;
        sorted[i] = samples[i];
    }
    qsort(sorted, N, sizeof *sorted, by_value);
}

static void quantiles_are_near(void **state)
{
    (void)state;
    static const double ps[] = {0.5, 0.95, 0.99};
    for (int shape = 0; shape < 4; shape++) {
        make(shape);
        for (int k = 0; k < 3; k++) {
            struct vh_quantile q;
            vh_quantile_init(&q, ps[k]);
            for (int i = 0; i < N; i++)
                vh_quantile_add(&q, samples[i]);
            double found = vh_quantile_value(&q);
            /* Judged by rank: within 1 % of the samples. */
            int rank = 0;
            while (rank < N && sorted[rank] < found)
                rank++;
            assert_true(fabs((double)rank / N - ps[k]) < 0.01);
        }
    }
}

static void few_samples_are_exact(void **state)
{
    (void)state;
    struct vh_quantile q;
    vh_quantile_init(&q, 0.5);
    assert_true(vh_quantile_value(&q) == 0);
    vh_quantile_add(&q, 3);
    assert_true(vh_quantile_value(&q) == 3);
    vh_quantile_add(&q, 1);
    assert_true(vh_quantile_value(&q) == 2);
    vh_quantile_add(&q, 2);
    assert_true(vh_quantile_value(&q) == 2);
    vh_quantile_add(&q, 10);
    vh_quantile_add(&q, 11);
    assert_true(vh_quantile_value(&q) == 3);
    for (int i = 0; i < 100; i++)
        vh_quantile_add(&q, 7);
    assert_true(fabs(vh_quantile_value(&q) - 7) < 0.5);
}

static void welford_is_stable(void **state)
{
    (void)state;
    struct vh_welford all = {0}, a = {0}, b = {0}, none = {0};
    make(1);
    double mean = 0, variance = 0;
    for (int i = 0; i < N; i++) {
        double x = samples[i] + 1e9; /* a large offset breaks sums of squares */
        vh_welford_add(&all, x);
        vh_welford_add(i % 3 ? &a : &b, x);
        mean += samples[i] / N;
    }
    for (int i = 0; i < N; i++)
        variance += (samples[i] - mean) * (samples[i] - mean) / (N - 1);
    assert_true(fabs(all.mean - 1e9 - mean) < 1e-5);
    assert_true(fabs(vh_welford_variance(&all) / variance - 1) < 1e-6);
    vh_welford_merge(&a, &b);
    vh_welford_merge(&a, &none);
    vh_welford_merge(&none, &a);
    assert_int_equal(none.n, N);
    assert_true(fabs(vh_welford_variance(&none) / variance - 1) < 1e-6);
    assert_true(none.min == all.min && none.max == all.max && all.max == sorted[N - 1] + 1e9);
}

static void histogram_counts(void **state)
{
    (void)state;
    struct vh_histogram h;
    assert_int_equal(vh_histogram_init(&h, 1, 1, 4, false), VH_ERR_INTERNAL);
    assert_int_equal(vh_histogram_init(&h, 0, 1, 4, true), VH_ERR_INTERNAL);
    assert_int_equal(vh_histogram_init(&h, 0, 10, 100, false), VH_OK);
    assert_true(vh_histogram_quantile(&h, 0.5) == 0);
    make(1);
    for (int i = 0; i < N; i++)
        vh_histogram_add(&h, samples[i]);
    for (int k = 1; k < 20; k++)
        assert_true(fabs(vh_histogram_quantile(&h, k / 20.0) - sorted[N / 20 * k]) < 0.1);
    vh_histogram_add(&h, -1);
    vh_histogram_add(&h, NAN);
    vh_histogram_add(&h, 10);
    assert_int_equal(h.below, 2);
    assert_int_equal(h.total, N + 3);
    assert_true(vh_histogram_quantile(&h, 0) == 0);
    vh_histogram_uninit(&h);
    assert_int_equal(vh_histogram_init(&h, 1, 1000, 3, true), VH_OK);
    assert_true(fabs(vh_histogram_edge(&h, 1) - 10) < 1e-9 && fabs(vh_histogram_edge(&h, 3) - 1000) < 1e-9);
    vh_histogram_add(&h, 50);
    assert_int_equal(h.count[1], 1);
    vh_histogram_uninit(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_near),
        cmocka_unit_test(few_samples_are_exact),
        cmocka_unit_test(welford_is_stable),
        cmocka_unit_test(histogram_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
