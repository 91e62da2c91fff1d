/* The worker pool: the only parallel-for of the program. One pool per process, shared by all stages.
 *
 * Work is split into slices; which thread runs a slice is not defined, so a slice may only write what belongs
 * to it. Results must not depend on the number of slices or threads: reduce over fixed pieces (rows, blocks),
 * in order.
 */
#ifndef VH_CORE_POOL_H
#define VH_CORE_POOL_H

#include <stdbool.h>

struct vh_pool;

/* Runs slice `index` of `n` slices. */
typedef void vh_pool_fn(void *arg, int index, int n);

/* Creates a pool of `n_threads` threads in all, the caller counted (1 = everything runs in the caller).
 * VH_OK or VH_ERR_RESOURCE (then *pool is NULL). */
int vh_pool_create(struct vh_pool **pool, int n_threads);

/* Ends the threads and frees the pool. NULL and *pool == NULL are legal. No vh_pool_run may be under way. */
void vh_pool_destroy(struct vh_pool **pool);

/* Number of threads; 1 for a NULL pool. */
int vh_pool_threads(const struct vh_pool *pool);

/* Calls fn(arg, i, n) for i = 0 … n-1 and returns when all are done. The caller takes part. May be called
 * from several threads at once, and from inside a slice. A NULL pool runs all slices in the caller. */
void vh_pool_run(struct vh_pool *pool, vh_pool_fn *fn, void *arg, int n);

/* A job under way. The caller's storage; zeroed, no job. The pool owns the members, which its lock guards. */
struct vh_pool_job {
    struct vh_pool_job *next;
    vh_pool_fn *fn;
    void *arg;
    int n, taken, done; /* slices in all (0: none, or waited for), handed out, finished */
    bool is_started;    /* by vh_pool_start */
};

/* Like vh_pool_run, but returns at once: workers take the slices, before those of any vh_pool_run. For few
 * long slices beside which the caller has other work. *job and what `arg` points at must stay where they are
 * until vh_pool_wait. Where there are no workers, all is done on return. */
void vh_pool_start(struct vh_pool *pool, struct vh_pool_job *job, vh_pool_fn *fn, void *arg, int n);

/* Returns when a started job is done; the caller takes part in what nobody has begun. Once per start; on a
 * job that was never started, or waited for, it does nothing. */
void vh_pool_wait(struct vh_pool *pool, struct vh_pool_job *job);

/* The rows [*y0, *y1) that slice `index` of `n` covers out of `rows`; the same for every thread count. */
static inline void vh_pool_rows(int rows, int index, int n, int *y0, int *y1)
{
    *y0 = (int)((long long)rows * index / n);
    *y1 = (int)((long long)rows * (index + 1) / n);
}

#endif
