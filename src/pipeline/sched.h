/* The scheduler: threads, their queues, and how everything stops.
 *
 * A job is a set of nodes; each is one function in one thread, connected by bounded queues. Nodes know their
 * queues, the scheduler knows all of them: when a node fails, or the job is cancelled, it closes every queue,
 * so every wait ends and every node returns. The first failure is the job's status.
 */
#ifndef VH_PIPELINE_SCHED_H
#define VH_PIPELINE_SCHED_H

#include "core/cancel.h"
#include "core/queue.h"

#include <stdbool.h>
#include <stdint.h>

struct vh_sched;

/* A node's whole life: receive, process, send, until the end of its input. Returns VH_OK or VH_EOF when done,
 * an error (already reported) otherwise. It must finish or close its queues on every way out. */
typedef int vh_node_fn(void *arg);

/* VH_OK or VH_ERR_RESOURCE. `cancel` is borrowed and may be NULL. */
int vh_sched_create(struct vh_sched **sched, struct vh_cancel *cancel);

/* Frees the scheduler and its queues. All nodes must have ended (vh_sched_wait), or none was started. */
void vh_sched_destroy(struct vh_sched **sched);

/* A queue owned by the scheduler; closed when the job stops. NULL when out of memory. */
struct vh_queue *vh_sched_queue(
    struct vh_sched *sched, int max_items, size_t max_bytes, vh_queue_free_fn *free_item);

/* Adds a node; threads start at vh_sched_start. `name` is constant text, also the thread's name. */
int vh_sched_add(struct vh_sched *sched, const char *name, vh_node_fn *fn, void *arg);

/* Starts all nodes. VH_OK or VH_ERR_RESOURCE (then those that started were stopped and joined). */
int vh_sched_start(struct vh_sched *sched);

/* Waits for all nodes, looking for cancellation ten times a second. Returns the first failure, the cancel
 * reason, or VH_OK. */
int vh_sched_wait(struct vh_sched *sched);

/* A bell for a node that sleeps on several queues: ring from vh_queue_watch, wait in the node. */
struct vh_bell;
int vh_bell_create(struct vh_bell **bell);
void vh_bell_destroy(struct vh_bell **bell);
void vh_bell_ring(void *bell);           /* void *: usable as the callback of vh_queue_watch */
void vh_bell_wait(struct vh_bell *bell); /* until rung since the last wait; returns at once if it was */

#endif
