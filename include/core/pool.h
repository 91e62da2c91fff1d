/* The worker pool: the only parallel-for of the program. One pool per process, shared by all stages.
 *
 * Work is split into slices; which thread runs a slice is not defined, so a slice may only write what belongs
 * to it. Results must not depend on the number of slices or threads: reduce over fixed pieces (rows, blocks),
 * in order.
 */
#ifndef VH_CORE_POOL_H
#define VH_CORE_POOL_H

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

/* The rows [*y0, *y1) that slice `index` of `n` covers out of `rows`; the same for every thread count. */
static inline void vh_pool_rows(int rows, int index, int n, int *y0, int *y1)
{
    *y0 = (int)((long long)rows * index / n);
    *y1 = (int)((long long)rows * (index + 1) / n);
}

#endif
