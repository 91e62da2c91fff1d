/* Worker pool: every slice runs once, nested and concurrent runs finish, one thread is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/pool.h"
#include "core/status.h"

#include <stdatomic.h>

struct work {
    struct vh_pool *pool;
    atomic_int hits[64];
    atomic_int inner;
};

static void count(void *arg, int index, int n)
{
    struct work *work = arg;
    assert_in_range(index, 0, n - 1);
    atomic_fetch_add(&work->hits[index], 1);
}

static void count_inner(void *arg, int index, int n)
{
    (void)index, (void)n;
    atomic_fetch_add(&((struct work *)arg)->inner, 1);
}

static void nest(void *arg, int index, int n)
{
    struct work *work = arg;
    count(arg, index, n);
    vh_pool_run(work->pool, count_inner, work, 5);
}

static void every_slice_runs_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 7; threads += 3) {
        struct work work = {0};
        assert_int_equal(vh_pool_create(&work.pool, threads), VH_OK);
        assert_int_equal(vh_pool_threads(work.pool), threads);
        for (int round = 0; round < 200; round++)
            vh_pool_run(work.pool, nest, &work, 64);
        for (int i = 0; i < 64; i++)
            assert_int_equal(work.hits[i], 200);
        assert_int_equal(work.inner, 200 * 64 * 5);
        vh_pool_destroy(&work.pool);
        assert_null(work.pool);
    }
}

/* Started jobs are done when waited for, whatever runs meanwhile; waiting again is nothing. */
static void started_jobs_run_beside_others(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 7; threads += 3) {
        struct work work = {0}, other = {0};
        struct vh_pool_job job[2] = {0};
        assert_int_equal(vh_pool_create(&work.pool, threads), VH_OK);
        other.pool = work.pool;
        for (int round = 1; round <= 200; round++) {
            vh_pool_start(work.pool, &job[0], nest, &work, 3);
            vh_pool_start(work.pool, &job[1], count, &work, 64);
            vh_pool_run(work.pool, nest, &other, 5);
            vh_pool_wait(work.pool, &job[1]);
            assert_int_equal(work.hits[63], round);
            vh_pool_wait(work.pool, &job[0]);
            vh_pool_wait(work.pool, &job[0]);
            assert_int_equal(work.hits[2], 2 * round);
            assert_int_equal(other.hits[4], round);
        }
        assert_int_equal(work.inner, 200 * 3 * 5);
        vh_pool_start(work.pool, &job[0], count, &work, 0);
        vh_pool_wait(work.pool, &job[0]);
        vh_pool_destroy(&work.pool);
    }
}

static void null_pool_runs_inline(void **state)
{
    (void)state;
    struct work work = {0};
    vh_pool_run(NULL, count, &work, 3);
    assert_int_equal(work.hits[2], 1);
    vh_pool_run(NULL, count, &work, 0);
    assert_int_equal(vh_pool_threads(NULL), 1);
}

static void rows_cover_everything(void **state)
{
    (void)state;
    int next = 0, y0, y1;
    for (int i = 0; i < 7; i++) {
        vh_pool_rows(288, i, 7, &y0, &y1);
        assert_int_equal(y0, next);
        next = y1;
    }
    assert_int_equal(next, 288);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slice_runs_once),
        cmocka_unit_test(started_jobs_run_beside_others),
        cmocka_unit_test(null_pool_runs_inline),
        cmocka_unit_test(rows_cover_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
