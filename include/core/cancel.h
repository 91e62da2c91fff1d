/* Cancellation of one job: a flag anyone may set (a signal handler too) and everyone who waits looks at.
 *
 * Waits inside vh_queue and vh_pool end when their owner is told to stop; this token is how the owner learns
 * of it.
 */
#ifndef VH_CORE_CANCEL_H
#define VH_CORE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

struct vh_cancel {
    atomic_int reason; /* 0 = go on, else the vh_status to end with; set once, never cleared */
};

/* Asks the job to end with `status` (VH_ERR_CANCELLED, …). The first caller wins. Async-signal-safe. */
static inline void vh_cancel_set(struct vh_cancel *cancel, int status)
{
    int none = 0;
    atomic_compare_exchange_strong(&cancel->reason, &none, status);
}

/* 0, or the status to end with. `cancel` may be NULL. Thread-safe. */
static inline int vh_cancel_check(const struct vh_cancel *cancel)
{
    return cancel ? atomic_load_explicit(&cancel->reason, memory_order_relaxed) : 0;
}

#endif
