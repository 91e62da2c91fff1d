/* Threads of a job. Cancellation is polled ten times a second by the one thread that waits, since a signal
 * handler may not take locks; from there it reaches everybody as closed queues. */
#include "pipeline/sched.h"

#include "core/memory.h"
#include "core/status.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { MAX_NODES = 64, MAX_QUEUES = 128 };

struct node {
    struct vh_sched *sched;
    const char *name;
    vh_node_fn *fn;
    void *arg;
    pthread_t thread;
};

struct vh_sched {
    struct vh_cancel *cancel;
    struct node node[MAX_NODES];
    int n_nodes, n_started;
    struct vh_queue *queue[MAX_QUEUES];
    int n_queues;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int n_running; /* guarded by lock */
    int status;    /* the first failure; guarded by lock */
};

struct vh_bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool ringing; /* guarded by lock */
};

int vh_sched_create(struct vh_sched **sched, struct vh_cancel *cancel)
{
    struct vh_sched *s = *sched = vh_alloc(1, sizeof *s);
    if (!s)
        return VH_ERR_RESOURCE;
    s->cancel = cancel;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return VH_OK;
}

void vh_sched_destroy(struct vh_sched **sched)
{
    struct vh_sched *s = sched ? *sched : NULL;
    if (!s)
        return;
    for (int i = 0; i < s->n_queues; i++)
        vh_queue_destroy(&s->queue[i]);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
    vh_freep(sched);
}

struct vh_queue *vh_sched_queue(
    struct vh_sched *sched, int max_items, size_t max_bytes, vh_queue_free_fn *free_item)
{
    if (sched->n_queues == MAX_QUEUES ||
        vh_queue_create(&sched->queue[sched->n_queues], max_items, max_bytes, free_item) < 0)
        return NULL;
    return sched->queue[sched->n_queues++];
}

int vh_sched_add(struct vh_sched *sched, const char *name, vh_node_fn *fn, void *arg)
{
    if (sched->n_nodes == MAX_NODES)
        return VH_ERR_RESOURCE;
    struct node *node = &sched->node[sched->n_nodes++];
    node->sched = sched;
    node->name = name;
    node->fn = fn;
    node->arg = arg;
    return VH_OK;
}

static void close_queues(struct vh_sched *sched)
{
    for (int i = 0; i < sched->n_queues; i++)
        vh_queue_close(sched->queue[i]);
}

static void *run_node(void *arg)
{
    struct node *node = arg;
    struct vh_sched *sched = node->sched;
    int status = node->fn(node->arg);
    if (status < 0)
        close_queues(sched);
    pthread_mutex_lock(&sched->lock);
    if (status < 0 && sched->status == VH_OK)
        sched->status = status;
    sched->n_running--;
    pthread_cond_broadcast(&sched->ended);
    pthread_mutex_unlock(&sched->lock);
    return NULL;
}

int vh_sched_start(struct vh_sched *sched)
{
    pthread_mutex_lock(&sched->lock);
    for (; sched->n_started < sched->n_nodes; sched->n_started++) {
        struct node *node = &sched->node[sched->n_started];
        sched->n_running++;
        if (pthread_create(&node->thread, NULL, run_node, node)) {
            sched->n_running--;
            sched->status = VH_ERR_RESOURCE;
            break;
        }
        char name[16];
        strncpy(name, node->name, sizeof name - 1);
        name[sizeof name - 1] = 0;
        pthread_setname_np(node->thread, name);
    }
    int status = sched->status;
    pthread_mutex_unlock(&sched->lock);
    if (sched->n_started < sched->n_nodes) {
        close_queues(sched);
        return vh_sched_wait(sched);
    }
    return status < 0 ? status : VH_OK;
}

static void sleep_tenth(struct vh_sched *sched)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&sched->ended, &sched->lock, &until);
}

int vh_sched_wait(struct vh_sched *sched)
{
    pthread_mutex_lock(&sched->lock);
    while (sched->n_running) {
        sleep_tenth(sched);
        int reason = vh_cancel_check(sched->cancel);
        if (reason && sched->status == VH_OK)
            sched->status = reason;
        bool stop = sched->status != VH_OK;
        pthread_mutex_unlock(&sched->lock);
        if (stop)
            close_queues(sched);
        pthread_mutex_lock(&sched->lock);
    }
    int status = sched->status;
    pthread_mutex_unlock(&sched->lock);
    for (int i = 0; i < sched->n_started; i++)
        pthread_join(sched->node[i].thread, NULL);
    sched->n_started = 0;
    return status;
}

int vh_bell_create(struct vh_bell **bell)
{
    struct vh_bell *b = *bell = vh_alloc(1, sizeof *b);
    if (!b)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->rung, NULL);
    return VH_OK;
}

void vh_bell_destroy(struct vh_bell **bell)
{
    if (!bell || !*bell)
        return;
    pthread_cond_destroy(&(*bell)->rung);
    pthread_mutex_destroy(&(*bell)->lock);
    vh_freep(bell);
}

void vh_bell_ring(void *opaque)
{
    struct vh_bell *bell = opaque;
    pthread_mutex_lock(&bell->lock);
    bell->ringing = true;
    pthread_cond_signal(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

void vh_bell_wait(struct vh_bell *bell)
{
    pthread_mutex_lock(&bell->lock);
    while (!bell->ringing)
        pthread_cond_wait(&bell->rung, &bell->lock);
    bell->ringing = false;
    pthread_mutex_unlock(&bell->lock);
}
