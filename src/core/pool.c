/* Worker pool: lists of running jobs under one lock; each thread takes the next slice of the first job that
 * has any. Started jobs come first, the oldest of them in front: their slices are long, whoever started them
 * is busy with other things and can do the short slices of those alone meanwhile.
 *
 * A caller works on its own job only, then waits for slices that others still hold. Since a thread inside a
 * slice that calls vh_pool_run can always finish that inner job by itself, nesting cannot deadlock.
 */
#include "core/pool.h"

#include "core/memory.h"
#include "core/status.h"

#include <pthread.h>
#include <stdbool.h>

struct vh_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    struct vh_pool_job *jobs, *started; /* jobs with slices left, run and started; guarded by lock */
    bool stop;                          /* guarded by lock */
    int n_workers;
    pthread_t *workers;
};

/* Takes and runs one slice. Called with the lock held, returns with it held. */
static void run_slice(struct vh_pool *pool, struct vh_pool_job *job)
{
    int index = job->taken++;
    if (job->taken == job->n) {
        struct vh_pool_job **link = job->is_started ? &pool->started : &pool->jobs;
        while (*link != job)
            link = &(*link)->next;
        *link = job->next;
    }
    pthread_mutex_unlock(&pool->lock);
    job->fn(job->arg, index, job->n);
    pthread_mutex_lock(&pool->lock);
    if (++job->done == job->n)
        pthread_cond_broadcast(&pool->finished);
}

static void *worker(void *arg)
{
    struct vh_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        if (pool->started || pool->jobs)
            run_slice(pool, pool->started ? pool->started : pool->jobs);
        else
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int vh_pool_create(struct vh_pool **pool, int n_threads)
{
    struct vh_pool *p = *pool = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->finished, NULL);
    int wanted = n_threads > 1 ? n_threads - 1 : 0;
    p->workers = vh_alloc((size_t)wanted + 1, sizeof *p->workers);
    for (; p->workers && p->n_workers < wanted; p->n_workers++)
        if (pthread_create(&p->workers[p->n_workers], NULL, worker, p))
            break;
    if (!p->workers || p->n_workers < wanted) {
        vh_pool_destroy(pool);
        return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

void vh_pool_destroy(struct vh_pool **pool)
{
    struct vh_pool *p = pool ? *pool : NULL;
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_workers; i++)
        pthread_join(p->workers[i], NULL);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    vh_free(p->workers);
    vh_freep(pool);
}

int vh_pool_threads(const struct vh_pool *pool)
{
    return pool ? pool->n_workers + 1 : 1;
}

/* Takes part in a job until all of it is done. */
static void finish_job(struct vh_pool *pool, struct vh_pool_job *job)
{
    while (job->taken < job->n)
        run_slice(pool, job);
    while (job->done < job->n)
        pthread_cond_wait(&pool->finished, &pool->lock);
}

void vh_pool_run(struct vh_pool *pool, vh_pool_fn *fn, void *arg, int n)
{
    if (!pool || !pool->n_workers || n <= 1) {
        for (int i = 0; i < n; i++)
            fn(arg, i, n);
        return;
    }
    struct vh_pool_job job = {.fn = fn, .arg = arg, .n = n};
    pthread_mutex_lock(&pool->lock);
    job.next = pool->jobs;
    pool->jobs = &job;
    pthread_cond_broadcast(&pool->work);
    finish_job(pool, &job);
    pthread_mutex_unlock(&pool->lock);
}

void vh_pool_start(struct vh_pool *pool, struct vh_pool_job *job, vh_pool_fn *fn, void *arg, int n)
{
    *job = (struct vh_pool_job){.fn = fn, .arg = arg, .is_started = true};
    if (!pool || !pool->n_workers || n <= 0) {
        vh_pool_run(pool, fn, arg, n);
        return;
    }
    job->n = n;
    pthread_mutex_lock(&pool->lock);
    struct vh_pool_job **last = &pool->started;
    while (*last)
        last = &(*last)->next;
    *last = job;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

void vh_pool_wait(struct vh_pool *pool, struct vh_pool_job *job)
{
    if (!job->n)
        return;
    pthread_mutex_lock(&pool->lock);
    finish_job(pool, job);
    pthread_mutex_unlock(&pool->lock);
    job->n = 0;
}
