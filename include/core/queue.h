/* Bounded queue between two nodes: limit in items and in bytes, end of stream in both directions.
 *
 * Items are moved: after a successful send the queue owns the item, after a successful receive the receiver
 * does; after a failed send the sender still does. "No more comes" (vh_queue_finish) travels right, "nobody
 * needs this any more" (vh_queue_close) travels left, and both end every wait. One mutex; any number of
 * senders and receivers.
 */
#ifndef VH_CORE_QUEUE_H
#define VH_CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vh_queue;

/* Frees an item that nobody received. */
typedef void vh_queue_free_fn(void *item);

/* A queue that holds at most `max_items` (>= 1) items and `max_bytes` bytes (0 = no byte limit); one item is
 * always let in, however large. VH_OK or VH_ERR_RESOURCE. */
int vh_queue_create(struct vh_queue **queue, int max_items, size_t max_bytes, vh_queue_free_fn *free_item);

/* Frees the queue and what is left in it. NULL is legal. Nobody may be waiting on it. */
void vh_queue_destroy(struct vh_queue **queue);

/* Moves `item` of `bytes` bytes in; waits while the queue is full. VH_OK, or VH_EOF when the receiver closed
 * the queue (the item stays with the caller). */
int vh_queue_send(struct vh_queue *queue, void *item, size_t bytes);

/* The same without waiting: VH_AGAIN when full. */
int vh_queue_try_send(struct vh_queue *queue, void *item, size_t bytes);

/* Moves the oldest item to *item; waits while the queue is empty. VH_OK, or VH_EOF when the sender has
 * finished and all was received, or the queue was closed. */
int vh_queue_receive(struct vh_queue *queue, void **item);

/* The same without waiting: VH_AGAIN when empty. */
int vh_queue_try_receive(struct vh_queue *queue, void **item);

/* Sender's side: no more will come. Idempotent. */
void vh_queue_finish(struct vh_queue *queue);

/* Receiver's side: nobody needs more; frees what waits inside and makes every later send return VH_EOF.
 * Idempotent. */
void vh_queue_close(struct vh_queue *queue);

/* Lets the queue grow or shrink from now on (sound queues may grow while the picture starves). */
void vh_queue_limit(struct vh_queue *queue, int max_items, size_t max_bytes);

/* Calls fn(opaque) (without the queue's lock) after each change from empty to not empty, full to not full,
 * finish and close, so that one thread can sleep on several queues. Set before the first send. */
void vh_queue_watch(struct vh_queue *queue, void (*fn)(void *opaque), void *opaque);

struct vh_queue_state {
    int n_items;
    size_t n_bytes;
    int64_t wait_send_ns, wait_receive_ns; /* total time spent waiting on each side */
};

void vh_queue_get_state(struct vh_queue *queue, struct vh_queue_state *state);

#endif
