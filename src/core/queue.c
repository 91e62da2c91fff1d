/* Bounded queue: a ring under one mutex with a condition per side.
 *
 * The ring is allocated for the item limit at once, so sending never allocates. A sender that was refused for
 * bytes leaves a mark, so that the watcher hears of room even when the queue was never full by count.
 */
#include "core/queue.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"

#include <pthread.h>
#include <string.h>

struct slot {
    void *item;
    size_t bytes;
};

struct vh_queue {
    pthread_mutex_t lock;
    pthread_cond_t room, item; /* something left; something came */
    struct slot *ring;         /* all below guarded by lock */
    int capacity, first, n;
    int max_items;
    size_t max_bytes, n_bytes;
    bool finished, closed;
    bool refused; /* a try_send found no room since the last receive */
    int64_t wait_send_ns, wait_receive_ns;
    vh_queue_free_fn *free_item;
    void (*watch)(void *opaque);
    void *watch_opaque;
};

int vh_queue_create(struct vh_queue **queue, int max_items, size_t max_bytes, vh_queue_free_fn *free_item)
{
    struct vh_queue *q = *queue = vh_alloc(1, sizeof *q);
    if (!q)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->item, NULL);
    q->capacity = q->max_items = max_items > 1 ? max_items : 1;
    q->max_bytes = max_bytes;
    q->free_item = free_item;
    q->ring = vh_alloc((size_t)q->capacity, sizeof *q->ring);
    if (!q->ring) {
        vh_queue_destroy(queue);
        return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

static struct slot pop(struct vh_queue *q)
{
    struct slot slot = q->ring[q->first];
    q->first = (q->first + 1) % q->capacity;
    q->n--;
    q->n_bytes -= slot.bytes;
    return slot;
}

/* Frees what is inside, one by one, so that free_item is never called with the lock held. */
static void drop_all(struct vh_queue *q)
{
    for (;;) {
        pthread_mutex_lock(&q->lock);
        bool more = q->n > 0;
        void *item = more ? pop(q).item : NULL;
        pthread_mutex_unlock(&q->lock);
        if (!more)
            return;
        if (q->free_item)
            q->free_item(item);
    }
}

void vh_queue_destroy(struct vh_queue **queue)
{
    struct vh_queue *q = queue ? *queue : NULL;
    if (!q)
        return;
    drop_all(q);
    pthread_cond_destroy(&q->item);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    vh_free(q->ring);
    vh_freep(queue);
}

static bool full(const struct vh_queue *q, size_t bytes)
{
    if (q->n >= q->max_items)
        return true;
    return q->max_bytes && q->n && (bytes > q->max_bytes || q->n_bytes > q->max_bytes - bytes);
}

/* Tells the watcher, outside the lock. The pointer does not change after the first send. */
static void unlock_and_tell(struct vh_queue *q, bool tell)
{
    pthread_mutex_unlock(&q->lock);
    if (tell && q->watch)
        q->watch(q->watch_opaque);
}

static int send_item(struct vh_queue *q, void *item, size_t bytes, bool wait)
{
    pthread_mutex_lock(&q->lock);
    if (wait && !q->closed && full(q, bytes)) {
        int64_t start = vh_clock_ns();
        while (!q->closed && full(q, bytes))
            pthread_cond_wait(&q->room, &q->lock);
        q->wait_send_ns += vh_clock_ns() - start;
    }
    if (q->closed || q->finished || full(q, bytes)) {
        bool over = q->closed || q->finished;
        q->refused |= !over;
        pthread_mutex_unlock(&q->lock);
        return over ? VH_EOF : VH_AGAIN;
    }
    q->ring[(q->first + q->n) % q->capacity] = (struct slot){item, bytes};
    q->n_bytes += bytes;
    bool was_empty = q->n++ == 0;
    pthread_cond_signal(&q->item);
    unlock_and_tell(q, was_empty);
    return VH_OK;
}

int vh_queue_send(struct vh_queue *queue, void *item, size_t bytes)
{
    return send_item(queue, item, bytes, true);
}

int vh_queue_try_send(struct vh_queue *queue, void *item, size_t bytes)
{
    return send_item(queue, item, bytes, false);
}

static int receive_item(struct vh_queue *q, void **item, bool wait)
{
    *item = NULL;
    pthread_mutex_lock(&q->lock);
    if (wait && !q->n && !q->finished && !q->closed) {
        int64_t start = vh_clock_ns();
        while (!q->n && !q->finished && !q->closed)
            pthread_cond_wait(&q->item, &q->lock);
        q->wait_receive_ns += vh_clock_ns() - start;
    }
    if (!q->n || q->closed) {
        int status = q->finished || q->closed ? VH_EOF : VH_AGAIN;
        pthread_mutex_unlock(&q->lock);
        return status;
    }
    bool tell = full(q, 1) || q->refused;
    *item = pop(q).item;
    q->refused = false;
    pthread_cond_broadcast(&q->room);
    unlock_and_tell(q, tell);
    return VH_OK;
}

int vh_queue_receive(struct vh_queue *queue, void **item)
{
    return receive_item(queue, item, true);
}

int vh_queue_try_receive(struct vh_queue *queue, void **item)
{
    return receive_item(queue, item, false);
}

static void end(struct vh_queue *q, bool close)
{
    pthread_mutex_lock(&q->lock);
    bool news = close ? !q->closed : !q->finished;
    q->finished = true;
    q->closed |= close;
    pthread_cond_broadcast(&q->item);
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
    if (close)
        drop_all(q);
    if (news && q->watch)
        q->watch(q->watch_opaque);
}

void vh_queue_finish(struct vh_queue *queue)
{
    end(queue, false);
}

void vh_queue_close(struct vh_queue *queue)
{
    end(queue, true);
}

/* Grows the ring in order. Out of memory leaves the old one, and with it the old limit of items. */
static void grow(struct vh_queue *q, int capacity)
{
    struct slot *ring = vh_alloc((size_t)capacity, sizeof *ring);
    if (!ring)
        return;
    for (int i = 0; i < q->n; i++)
        ring[i] = q->ring[(q->first + i) % q->capacity];
    vh_free(q->ring);
    q->ring = ring;
    q->capacity = capacity;
    q->first = 0;
}

void vh_queue_limit(struct vh_queue *queue, int max_items, size_t max_bytes)
{
    pthread_mutex_lock(&queue->lock);
    bool was_full = full(queue, 1) || queue->refused;
    if (max_items > queue->capacity)
        grow(queue, max_items);
    queue->max_items = max_items < 1 ? 1 : max_items < queue->capacity ? max_items : queue->capacity;
    queue->max_bytes = max_bytes;
    bool tell = was_full && !full(queue, 1);
    pthread_cond_broadcast(&queue->room);
    unlock_and_tell(queue, tell);
}

void vh_queue_watch(struct vh_queue *queue, void (*fn)(void *opaque), void *opaque)
{
    pthread_mutex_lock(&queue->lock);
    queue->watch = fn;
    queue->watch_opaque = opaque;
    pthread_mutex_unlock(&queue->lock);
}

void vh_queue_get_state(struct vh_queue *queue, struct vh_queue_state *state)
{
    pthread_mutex_lock(&queue->lock);
    *state = (struct vh_queue_state){.n_items = queue->n,
        .n_bytes = queue->n_bytes,
        .wait_send_ns = queue->wait_send_ns,
        .wait_receive_ns = queue->wait_receive_ns};
    pthread_mutex_unlock(&queue->lock);
}
